package feed_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/feed"
)

// open reads a feed as a page does; next is the data of its next event of that kind.
func open(t *testing.T, url, after string) (next func(kind string) string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Scan() // the retry line: the reader has joined
	return func(kind string) string {
		for lines.Scan() {
			if lines.Text() == "event: "+kind && lines.Scan() {
				return strings.TrimPrefix(lines.Text(), "data: ")
			}
		}
		t.Fatalf("feed ended before an event %q", kind)
		return ""
	}
}

func tell(t *testing.T, f *feed.Feed, kind string, v any, transient bool) {
	t.Helper()
	if err := f.Tell(kind, v, transient); err != nil {
		t.Fatal(err)
	}
}

func TestReaderHearsWhatHappens(t *testing.T) {
	var f feed.Feed
	s := httptest.NewServer(&f)
	defer s.Close()
	defer s.CloseClientConnections()
	next := open(t, s.URL, "")
	tell(t, &f, "fault", map[string]string{"id": "F-1"}, false)
	if got := next("fault"); got != `{"id":"F-1"}` {
		t.Fatalf("data %s", got)
	}
}

func TestReaderThatWasAwayMissesNothing(t *testing.T) {
	var f feed.Feed
	for _, v := range []int{1, 2, 3} {
		tell(t, &f, "fault", v, false)
	}
	s := httptest.NewServer(&f)
	defer s.Close()
	defer s.CloseClientConnections()
	next := open(t, s.URL, "1")
	if a, b := next("fault"), next("fault"); a != "2" || b != "3" {
		t.Fatalf("missed events are %s, %s; want 2, 3", a, b)
	}
}

func TestNewReaderSeesTheFloorAtOnce(t *testing.T) {
	var f feed.Feed
	tell(t, &f, "robots", "old", true)
	tell(t, &f, "robots", "new", true)
	s := httptest.NewServer(&f)
	defer s.Close()
	defer s.CloseClientConnections()
	if got := open(t, s.URL, "")("robots"); got != `"new"` {
		t.Fatalf("first sight is %s", got)
	}
}

func TestSlowReaderIsLetGoAndHoldsNobodyUp(t *testing.T) {
	var f feed.Feed
	s := httptest.NewServer(&f)
	defer s.Close()
	defer s.CloseClientConnections()
	_ = open(t, s.URL, "")
	next := open(t, s.URL, "")
	big := strings.Repeat("x", 32<<10)
	for range 2000 {
		tell(t, &f, "look", big, false)
		next("look") // the quick one keeps pace
	}
}
