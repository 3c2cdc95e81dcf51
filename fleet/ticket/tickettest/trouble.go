// Package tickettest has ticket systems for tests and for the bench of faults: each answers as its documentation says, as strictly, and fails as
// silently. Trouble stands between them and a sink, and does what networks and servers do at night; an Ordeal is a night of it.
//
// Sources: those that the sinks' packages name; for Request Tracker and Alertmanager, what was measured of 5.0.3 and
// 0.25.0.
package tickettest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// A Mishap is what happens to one request.
type Mishap int

// The mishaps. After Lost the request was carried out; after Late it will be, within LateBy.
const (
	None      Mishap = iota
	Unreached        // the connection is refused
	Lost             // carried out, and the answer is lost
	Late             // given up by the client, and carried out by the server later
	Broken           // 500
	Busy             // 503 with Retry-After
	TooMany          // 429 with Retry-After
	Page             // 200, and a page for people
	Silence          // carried out, 200 and nothing
	Mishaps          // how many there are
)

// String is the mishap in a few words.
func (m Mishap) String() string {
	return []string{"none", "refused connection", "lost answer", "time-out", "500", "503", "429", "page", "silence"}[m]
}

// LateBy is how long a request that was given up may wait at a server before it is carried out.
const LateBy = 25 * time.Second

// Trouble is a transport to a handler, in memory. Next says what happens to a request; Now is the time. A handler that has a
// clock should have Served.
type Trouble struct {
	Handler http.Handler
	Next    func() Mishap
	Now     func() time.Time
	late    []late
	serving time.Time // of the late request that is being carried out; else zero
}

type late struct {
	at   time.Time
	req  *http.Request
	body []byte
}

var errLost = errors.New("read: connection reset by peer")

// Served is the time at the server: that of the request that it carries out. A late one is carried out when it is due and
// not when somebody next asks, although nobody sees what it did before.
func (t *Trouble) Served() time.Time {
	if !t.serving.IsZero() {
		return t.serving
	}
	return t.Now()
}

// Settle carries out what was late and is due by now.
func (t *Trouble) Settle() {
	var rest []late
	for _, l := range t.late {
		if l.at.After(t.Now()) {
			rest = append(rest, l)
			continue
		}
		t.serving = l.at
		t.serve(l.req, l.body)
	}
	t.late, t.serving = rest, time.Time{}
}

func (t *Trouble) serve(r *http.Request, body []byte) *http.Response {
	w := &recorder{header: http.Header{}}
	in := r.Clone(r.Context())
	in.Body, in.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	t.Handler.ServeHTTP(w, in)
	return w.result(r)
}

// A recorder keeps what a handler answers. It is not that of net/http/httptest: the bench of the program uses this package
// too, and that one brings a flag of its own into every program.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) result(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}
}

func answer(r *http.Request, status int, kind, body string, header ...string) *http.Response {
	w := &recorder{header: http.Header{}}
	w.Header().Set("Content-Type", kind)
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	w.body.WriteString(body)
	return w.result(r)
}

// RoundTrip carries a request, or does not.
func (t *Trouble) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	t.Settle()
	switch t.Next() {
	case Unreached:
		return nil, errors.New("dial tcp: connection refused")
	case Lost:
		t.serve(r, body)
		return nil, errLost
	case Late:
		t.late = append(t.late, late{t.Now().Add(LateBy), r, body})
		return nil, errors.New("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
	case Broken:
		return answer(r, 500, "text/plain", "internal error"), nil
	case Busy:
		return answer(r, 503, "text/html", "<html>maintenance</html>", "Retry-After", "20"), nil
	case TooMany:
		return answer(r, 429, "application/json", `{"error":"too many"}`, "Retry-After", "7"), nil
	case Page:
		return answer(r, 200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>"), nil
	case Silence:
		t.serve(r, body)
		return answer(r, 200, "application/json", ""), nil
	}
	return t.serve(r, body), nil
}

// Made is what a system holds of one ticket.
type Made struct {
	ID, Key, Status string
	Open            bool
	Fields          map[string]string
	Files           []string
	Comments        []string
}
