package sinks_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

// A bad answer is what a system says to everything, and what of it a person must read.
type bad struct {
	kind, body string
	said       string
}

// refusals are each system's own words for no, said with status 200.
var refusals = map[string]bad{
	"servicenow":   {"application/json", `{"error":{"message":"Operation Failed","detail":"ACL denies the insert"},"status":"failure"}`, "ACL denies the insert"},
	"jira":         {"application/json", `{"errorMessages":["The tenant is read-only"],"errors":{}}`, "The tenant is read-only"},
	"rt":           {"application/json", `{"message":"Queue is disabled"}`, "Queue is disabled"},
	"pagerduty":    {"application/json", `{"status":"throttled","message":"The service is disabled"}`, "The service is disabled"},
	"alertmanager": {"application/json", `{"code":500,"message":"the cluster is not settled"}`, "the cluster is not settled"},
}

func answers(name string) map[string]bad {
	return map[string]bad{
		"a page":          {"text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in to go on</title>", "Sign in to go on"},
		"a page, as JSON": {"application/json", "<html>Down for maintenance</html>", "Down for maintenance"},
		"an error inside": refusals[name],
		"nothing":         {"application/json", "", "said nothing"},
		"half an answer":  {"application/json", `{"result": [`, `{\"result\": [`},
		"something else":  {"application/json", `"ok"`, `ok`},
		"null":            {"application/json", `null`, `null`},
	}
}

// TestBadAnswersAreTriedAgainThenDeadLetters has each system answer 200 and nonsense: the revision is tried again, is a
// dead letter after six refusals with what the system said, waits there, and is one ticket once a person sends it again.
func TestBadAnswersAreTriedAgainThenDeadLetters(t *testing.T) {
	for name, b := range tickettest.Systems() {
		for what, a := range answers(name) {
			t.Run(name+" says "+what, func(t *testing.T) {
				s := tickettest.NewSite(3)
				handler, of := b.Build(s.Now)
				broken := true
				either := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !broken {
						handler.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", a.kind)
					fmt.Fprint(w, a.body)
				})
				use(t, s, name, b.File, &http.Client{Transport: &tickettest.Trouble{Handler: either, Now: s.Now, Next: calm}}, s.Now)
				id := s.Open()
				over(t, s, 12*time.Hour)
				dead := ticket.DeadLetters(s.Tickets)
				if len(dead) != 1 || dead[0].Refusals != ticket.DefaultRules().MaxRefusals || s.Tries != dead[0].Refusals {
					t.Fatalf("after %d tries the dead letters are %+v", s.Tries, dead)
				}
				if !strings.Contains(dead[0].Said, a.said) {
					t.Errorf("it said %s, want %q in it", dead[0].Said, a.said)
				}
				broken = false
				s.Resend()
				over(t, s, time.Hour)
				if got := of(s, id); got.Tickets != 1 || !got.Open || !s.Settled() {
					t.Errorf("sent again: %+v, settled %v", got, s.Settled())
				}
			})
		}
	}
}

func calm() tickettest.Mishap { return tickettest.None }

// over lets time pass at a site.
func over(t *testing.T, s *tickettest.Site, d time.Duration) {
	t.Helper()
	for end := s.At.Add(d); s.At.Before(end); s.At = s.At.Add(10 * time.Second) {
		for s.Step(t.Context()) {
		}
	}
}

// A system that does not answer at all gets three days, then a person hears of it.
func TestSilenceOfThreeDaysIsADeadLetter(t *testing.T) {
	for name, b := range tickettest.Systems() {
		s := tickettest.NewSite(3)
		handler, _ := b.Build(s.Now)
		trouble := &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap { return tickettest.Unreached }}
		use(t, s, name, b.File, &http.Client{Transport: trouble}, s.Now)
		s.Open()
		over(t, s, 71*time.Hour)
		if dead := ticket.DeadLetters(s.Tickets); len(dead) != 0 {
			t.Errorf("%s: given up after %s: %+v", name, 71*time.Hour, dead)
		}
		over(t, s, 2*time.Hour)
		if dead := ticket.DeadLetters(s.Tickets); len(dead) != 1 || !strings.Contains(dead[0].Said, "connection refused") {
			t.Errorf("%s: after three days %+v", name, dead)
		}
	}
}

// An echo repeats all that it was sent, headers too, in an answer of one status, behind so many bytes of something else.
type echo struct {
	status, pad int
	kind        string
	saw         bool
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	all := fmt.Sprintf("%v %s %s", r.Header, r.URL.RawQuery, body)
	e.saw = e.saw || strings.Contains(all, tickettest.Token) || strings.Contains(all, tickettest.Routing) || strings.Contains(all, tickettest.Basic())
	w.Header().Set("Content-Type", e.kind)
	w.WriteHeader(e.status)
	fmt.Fprint(w, strings.Repeat("x", e.pad)+all)
}

// TestCredentialsAreInNoErrorAndNoTicket has systems repeat what they are sent, cut at every place where an answer is
// quoted: no piece of a credential of eight characters comes out, neither in an error nor in what is kept of a ticket.
func TestCredentialsAreInNoErrorAndNoTicket(t *testing.T) {
	for name, b := range tickettest.Systems() {
		saw := name == "alertmanager" // it has none
		for _, status := range []int{200, 302, 400, 401, 403, 429, 500} {
			for pad := 0; pad < 330; pad += 7 {
				e := &echo{status: status, pad: pad, kind: []string{"text/html", "application/json"}[pad%2]}
				s := tickettest.NewSite(1)
				use(t, s, name, b.File, &http.Client{Transport: &tickettest.Trouble{Handler: e, Now: s.Now, Next: calm}, CheckRedirect: func(*http.Request, []*http.Request) error {
					return http.ErrUseLastResponse
				}}, s.Now)
				id := s.Open()
				s.Step(t.Context())
				saw = saw || e.saw
				leaks(t, fmt.Sprintf("%s, status %d, %d bytes before", name, status, pad), fmt.Sprintf("%+v", s.Ticket(id)))
				if p, ok := s.Sink.(ticket.Poller); ok {
					if _, cursor, err := p.Poll(t.Context(), ""); err != nil || cursor != "" {
						leaks(t, name+" asked", fmt.Sprint(cursor, err))
					}
				}
			}
		}
		if !saw {
			t.Errorf("%s never sent its credential: nothing was tested", name)
		}
	}
}

// leaks says which piece of a credential stands in a text.
func leaks(t *testing.T, where, text string) {
	t.Helper()
	const piece = 8
	for _, secret := range []string{tickettest.Token, tickettest.Routing, base64.StdEncoding.EncodeToString([]byte("robot@test.example:" + tickettest.Token))[28:]} {
		for i := 0; i+piece <= len(secret); i++ {
			if strings.Contains(text, secret[i:i+piece]) {
				t.Fatalf("%s: %q of a credential stands in %s", where, secret[i:i+piece], text)
			}
		}
	}
}

// A transport's error may name the request, with all that is in it.
func TestCredentialsAreInNoTransportError(t *testing.T) {
	for name, b := range tickettest.Systems() {
		s := tickettest.NewSite(1)
		use(t, s, name, b.File, &http.Client{Transport: failing(func(r *http.Request) error {
			body, err := io.ReadAll(r.Body)
			return errors.Join(err, fmt.Errorf("proxy refused %v %s", r.Header, body))
		})}, s.Now)
		id := s.Open()
		s.Step(t.Context())
		text := fmt.Sprintf("%+v", s.Ticket(id))
		if !strings.Contains(text, "proxy refused") {
			t.Errorf("%s does not say what the proxy said: %s", name, text)
		}
		leaks(t, name, text)
	}
}

type failing func(*http.Request) error

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) { return nil, f(r) }

// TestAWebhookIsNotTakenByAPage has a proxy's page answer 200 for a receiver: the revision is tried again, a dead letter after
// six refusals, and taken when the receiver itself answers, with nothing.
func TestAWebhookIsNotTakenByAPage(t *testing.T) {
	s, hook := tickettest.NewSite(3), tickettest.Hook()
	handler, of := hook.Build(s.Now)
	mishap := tickettest.Page
	use(t, s, "hook", hook.File, &http.Client{Transport: &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap { return mishap }}}, s.Now)
	id := s.Open()
	over(t, s, 12*time.Hour)
	dead := ticket.DeadLetters(s.Tickets)
	if len(dead) != 1 || dead[0].Refusals != ticket.DefaultRules().MaxRefusals || !strings.Contains(dead[0].Said, "Sign in") || of(s, id).Tickets != 0 {
		t.Fatalf("the dead letters are %+v", dead)
	}
	mishap = tickettest.None
	s.Resend()
	over(t, s, time.Hour)
	if got := of(s, id); got.Tickets != 1 || !got.Open || !s.Settled() {
		t.Errorf("sent again: %+v, settled %v", got, s.Settled())
	}
}
