// Package rest asks a ticket system over HTTP and judges its answer: what was taken, what was refused for good, what is
// worth another try. An answer that is not what was asked for is a refusal, whatever its status says: a page of HTML,
// nothing at all, a redirect to a sign-in.
//
// It decides neither what is asked nor when it is asked again.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 4 << 20

// maxQuoted is how much of an answer is repeated, in bytes.
const maxQuoted = 300

// maxStruck is how much of an answer is searched for credentials, in bytes: more than what is repeated of it by the
// longest credential.
const maxStruck = 64 << 10

// A Client asks one system.
type Client struct {
	Base string       // without a slash at its end
	HTTP *http.Client // that follows no redirects; see NoRedirects
	// Sign adds who asks; nil: nobody.
	Sign func(*http.Request) error
	// Strike takes credentials out of an answer before it is quoted, so that none is cut in two; nil: there are none.
	Strike func(string) string
	Now    func() time.Time
}

// NoRedirects is a client that hands a redirect back: a ticket must not be carried, nor a credential, to where an
// answer points.
func NoRedirects(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Without is Request.Lacks for one thing that must be there.
func Without(thing string, there func() bool) func() string {
	return func() string {
		if there() {
			return ""
		}
		return thing
	}
}

// A Request is one question.
type Request struct {
	Method string
	Path   string // with a slash at its beginning
	Query  url.Values
	JSON   any // encoded as the body; or Body as it is
	Body   []byte
	Type   string // of Body
	Header map[string]string
	// Into takes the answer's JSON; nil: the answer does not matter.
	Into any
	// Lacks says what an answer in Into does not have and must; empty when it is whole, nil when nothing must be there.
	// A system may well answer 200 with its refusal inside.
	Lacks func() string
}

// Ask asks once. Any answer but 2xx with the wanted content is a *ticket.Refusal.
func (c *Client) Ask(ctx context.Context, q Request) (http.Header, error) {
	what := q.Method + " " + c.Base + q.Path
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, bare(err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return res.Header, fmt.Errorf("%s: read its answer: %w", what, err)
	}
	if why := c.judge(res, answer); why != nil {
		why.Said = what + ": " + why.Said
		return res.Header, why
	}
	if q.Into == nil {
		return res.Header, nil
	}
	err = Decode(answer, q.Into)
	if err == nil && q.Lacks != nil {
		if lacks := q.Lacks(); lacks != "" {
			err = errors.New("its answer has no " + lacks)
		}
	}
	if err != nil {
		why := ticket.Refused("%s answered %d, and %v: %s", what, res.StatusCode, err, c.quote(answer))
		why.Status = res.StatusCode
		return res.Header, why
	}
	return res.Header, nil
}

func (c *Client) request(ctx context.Context, q Request) (*http.Request, error) {
	body, kind := q.Body, q.Type
	if q.JSON != nil {
		var err error
		if body, err = json.Marshal(q.JSON); err != nil {
			return nil, err
		}
		kind = "application/json"
	}
	address := c.Base + q.Path
	if len(q.Query) > 0 {
		address += "?" + q.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, q.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "nightrounds")
	for name, v := range q.Header {
		req.Header.Set(name, v)
	}
	if c.Sign != nil {
		if err := c.Sign(req); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// judge says why an answer is no yes; nil when it is one.
func (c *Client) judge(res *http.Response, answer []byte) *ticket.Refusal {
	why := &ticket.Refusal{Status: res.StatusCode, RetryAfter: RetryAfter(res.Header, c.now())}
	switch s := res.StatusCode; {
	case len(answer) > maxAnswer:
		why.Final, why.Said = true, fmt.Sprintf("its answer is larger than %d bytes", maxAnswer)
	case s >= 200 && s <= 299:
		if !IsPage(res.Header, answer) {
			return nil
		}
		why.Final, why.Said = true, fmt.Sprintf("answered %d with a page for people instead of JSON: %s", s, c.quote(answer))
	case s >= 300 && s <= 399:
		why.Final, why.Said = true, fmt.Sprintf("answered %d: it sends us elsewhere, to a sign-in perhaps; give the address itself", s)
	default:
		why.Final = s >= 400 && s < 500 && s != http.StatusTooManyRequests && s != http.StatusRequestTimeout && s != http.StatusTooEarly
		why.Said = fmt.Sprintf("answered %d: %s", s, c.quote(answer))
	}
	return why
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// IsPage says whether an answer is a page of HTML: a sign-in or a notice of maintenance, which a proxy may send with 200.
func IsPage(h http.Header, answer []byte) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	text := bytes.TrimSpace(answer)
	head := strings.ToLower(string(text[:min(len(text), 100)]))
	return kind == "text/html" || strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")
}

// Decode reads one JSON value and nothing after it.
func Decode(answer []byte, into any) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		return fmt.Errorf("said nothing")
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("its answer is not what was asked for (%w)", err)
	}
	return nil
}

// quote is the beginning of an answer, on one line, without credentials.
func (c *Client) quote(answer []byte) string {
	text := string(answer[:min(len(answer), maxStruck)])
	if c.Strike != nil {
		text = c.Strike(text)
	}
	more := len(answer) > maxStruck || len(text) > maxQuoted
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text[:min(len(text), maxQuoted)], "?")), " ")
	if more {
		text += "..."
	}
	return strconv.Quote(text)
}

// maxWait bounds how long another system may have us wait.
const maxWait = 24 * time.Hour

// RetryAfter is the wait that an answer asks for: Retry-After in seconds or as a date (RFC 9110, 10.2.3), else
// X-RateLimit-Reset or RateLimit-Reset; 0 when it asks for none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	bound := func(d time.Duration) time.Duration { return min(max(d, 0), maxWait) }
	text := h.Get("Retry-After")
	if s, err := strconv.ParseInt(text, 10, 32); err == nil {
		return bound(time.Duration(s) * time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return bound(at.Sub(now))
	}
	for _, name := range []string{"X-RateLimit-Reset", "RateLimit-Reset"} {
		s, err := strconv.ParseInt(h.Get(name), 10, 64)
		switch {
		case err != nil || s <= 0 || h.Get("X-RateLimit-Remaining") != "0" && h.Get("RateLimit-Remaining") != "0":
		case s > 1e9: // seconds since 1970
			return bound(time.Unix(s, 0).Sub(now))
		default:
			return bound(time.Duration(min(s, 1e6)) * time.Second)
		}
	}
	return 0
}

// bare is a transport's error without the address, which the caller says without its query.
func bare(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // that is what http.Client returns
		return u.Err
	}
	return err
}
