package robot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

func TestPackagesAreKeptByTheirContent(t *testing.T) {
	content, name, err := maps.Pack(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	p := packages{dir: filepath.Join(t.TempDir(), "packages")}
	if got, err := p.add(content); err != nil || got != name {
		t.Fatalf("added as %q, %v; want %q", got, err, name)
	}
	place, err := p.open(name)
	if err != nil || place.anyHall() != "hall-1" || len(place.docks("hall-1")) != 3 {
		t.Fatalf("%+v, %v", place, err)
	}
	if err := os.WriteFile(p.path(name), content[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.open(name); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged package: %v", err)
	}
	for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("A", 64)} {
		if _, err := p.open(bad); err == nil {
			t.Errorf("package %q: no error", bad)
		}
	}
	if _, err := p.add([]byte("no zip")); err == nil {
		t.Error("what is no package was kept")
	}
}

func TestFetchTakesOnlyWhatWasNamed(t *testing.T) {
	content, name, err := maps.Pack(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	served := content
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(served)
	}))
	defer s.Close()
	p := packages{dir: filepath.Join(t.TempDir(), "packages")}
	ctx := context.Background()
	for what, tc := range map[string]struct {
		link, name string
		body       []byte
	}{
		"another content": {s.URL, name, content[:len(content)-1]},
		"too large":       {s.URL, name, make([]byte, maxPackage+1)},
		"not there":       {s.URL + "/gone", name, nil},
		"a file":          {"file:///etc/passwd", name, nil},
		"no link":         {"", name, nil},
		"no name":         {s.URL, "latest", content},
	} {
		served = tc.body
		if _, err := p.fetch(ctx, http.DefaultClient, tc.link, tc.name); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	served = content
	if _, err := p.fetch(ctx, http.DefaultClient, s.URL, name); err != nil {
		t.Error(err)
	}
	served = nil
	if _, err := p.fetch(ctx, http.DefaultClient, s.URL, name); err != nil {
		t.Errorf("a package that is kept is fetched again: %v", err)
	}
}

func TestARobotWithoutASiteSaysSo(t *testing.T) {
	var p *place
	if _, _, err := p.viewpoint("A01-front-1"); err == nil {
		t.Error("a viewpoint of nowhere")
	}
	if p.needHall("hall-1") == nil || p.anyHall() != "" || p.docks("hall-1") != nil {
		t.Error("a nil place knows something")
	}
}
