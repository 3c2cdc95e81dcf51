package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/web"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	web.Page().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

var asset = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

func TestBuiltFilesAreKeptForEverAndTheFrameIsNot(t *testing.T) {
	frame := get(t, "/")
	if frame.Code != http.StatusOK || frame.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("frame: got %d, Cache-Control %q", frame.Code, frame.Header().Get("Cache-Control"))
	}
	assets := asset.FindAllStringSubmatch(frame.Body.String(), -1)
	if len(assets) != 2 {
		t.Fatalf("frame names %d built files, want the script and the style: %s", len(assets), frame.Body)
	}
	for _, a := range assets {
		w := get(t, a[1])
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d, Cache-Control %q", a[1], w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestWhatIsNotThereIsNotKept(t *testing.T) {
	for _, path := range []string{"/assets/main-GONE.js", "/assets/", "/nothing", "/assets/../../web.go"} {
		w := get(t, path)
		if w.Code == http.StatusOK || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d, Cache-Control %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestFrameLoadsNothingFromElsewhere(t *testing.T) {
	frame := get(t, "/").Body.String()
	for _, elsewhere := range []string{"http:", "https:", `"//`, "<style", "style=", "onclick"} {
		if strings.Contains(frame, elsewhere) {
			t.Errorf("the frame holds %q, which the content security policy forbids", elsewhere)
		}
	}
}
