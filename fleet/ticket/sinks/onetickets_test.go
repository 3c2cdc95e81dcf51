package sinks_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

const (
	token   = "tok-0123456789-secret"
	routing = "0123456789abcdef0123456789abcdef"
)

func lookup(env string) (string, bool) {
	v, ok := map[string]string{
		"TOKEN": token, "ROUTING": routing, "USER": "robot@test.example", "SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
	}[env]
	return v, ok
}

func basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("robot@test.example:"+token))
}

// made is what a system holds of a key.
type made struct {
	tickets  int // ever made; of those with one life an incident: open at the same time
	open     bool
	comments []string
	files    []string
}

// A bench is a sink, the system behind it, and how its tickets are counted.
type bench struct {
	file  string
	build func(now func() time.Time) (http.Handler, func(s *tickettest.Site, id string) made)
}

func count(all []*tickettest.Made, key string) (out made) {
	for _, m := range all {
		if m.Key == key {
			out = made{out.tickets + 1, m.Open, m.Comments, m.Files}
		}
	}
	return out
}

func keyOf(s *tickettest.Site, id string) string { return s.Revision(id).TicketKey() }

var benches = map[string]bench{
	"servicenow": {"kind: servicenow\nurl: https://sn.example\ncredentials: {user: {env: USER}, password: {env: TOKEN}}\n",
		func(now func() time.Time) (http.Handler, func(*tickettest.Site, string) made) {
			h := &tickettest.ServiceNow{Now: now, User: "robot@test.example", Auth: basic()}
			return h, func(s *tickettest.Site, id string) made { return count(h.Made, keyOf(s, id)) }
		}},
	"jira": {"kind: jira\nurl: https://jira.example\ncredentials: {user: {env: USER}, password: {env: TOKEN}}\nsettings: {project: DC}\n",
		func(now func() time.Time) (http.Handler, func(*tickettest.Site, string) made) {
			h := &tickettest.Jira{Now: now, Auth: basic(), Lag: 3 * time.Minute}
			return h, func(s *tickettest.Site, id string) made { return count(h.Made, keyOf(s, id)) }
		}},
	"rt": {"kind: request-tracker\nurl: https://rt.example\ncredentials: {token: {env: TOKEN}}\nsettings: {queue: Datacentre}\n",
		func(func() time.Time) (http.Handler, func(*tickettest.Site, string) made) {
			h := &tickettest.RequestTracker{Auth: "token " + token, Field: "FaultKey"}
			return h, func(s *tickettest.Site, id string) made { return count(h.Made, keyOf(s, id)) }
		}},
	"pagerduty": {"kind: pagerduty\ncredentials: {routing_key: {env: ROUTING}, api_token: {env: TOKEN}}\n",
		func(now func() time.Time) (http.Handler, func(*tickettest.Site, string) made) {
			h := &tickettest.PagerDuty{Now: now, RoutingKey: routing, Token: token}
			return h, func(s *tickettest.Site, id string) made {
				of := h.Of(keyOf(s, id))
				out := made{}
				for _, i := range of {
					if i.Status != "resolved" {
						out.tickets, out.open = out.tickets+1, true
					}
				}
				if len(of) > 0 && !out.open {
					out.tickets = 1
				}
				return out
			}
		}},
	"alertmanager": {"kind: alertmanager\nurl: https://am.example\n",
		func(now func() time.Time) (http.Handler, func(*tickettest.Site, string) made) {
			h := &tickettest.Alertmanager{Now: now}
			return h, func(_ *tickettest.Site, id string) made {
				n := 0
				for _, a := range h.Alerts {
					if a.Labels["fault_id"] == id {
						n++
					}
				}
				return made{tickets: n, open: len(h.Firing("fault_id", id)) > 0}
			}
		}},
}

// TestOneTicketPerCause does 1,000 random things to each sink that networks, servers and power cuts do, while faults come,
// go and come again; then the night ends, a person sends again what was given up, and every cause has one ticket, in the
// state of its fault, with each picture and each comment once.
func TestOneTicketPerCause(t *testing.T) {
	for name, b := range benches {
		t.Run(name, func(t *testing.T) {
			s := tickettest.NewSite(7)
			quiet := false
			mishaps := 0
			trouble := &tickettest.Trouble{Now: s.Now, Next: func() tickettest.Mishap {
				if quiet || s.Chance.Float64() > 0.25 {
					return tickettest.None
				}
				mishaps++
				if s.Chance.IntN(2) == 0 { // the two that make second tickets come more often
					return []tickettest.Mishap{tickettest.Lost, tickettest.Late}[s.Chance.IntN(2)]
				}
				return tickettest.Mishap(1 + s.Chance.IntN(int(tickettest.Mishaps)-1))
			}}
			handler, of := b.build(trouble.Served)
			trouble.Handler = handler
			use(t, s, name, b.file, &http.Client{Transport: trouble}, s.Now)
			s.Crash = 0.03
			for step := 0; mishaps < 1000; step++ {
				if step > 200_000 {
					t.Fatalf("%d mishaps only in %d steps", mishaps, step)
				}
				happens(s)
				for s.Step(t.Context()) {
				}
				s.At = s.At.Add(time.Duration(s.Chance.IntN(20)) * time.Second)
				if s.Chance.IntN(200) == 0 {
					s.Resend()
				}
			}
			quiet, s.Crash = true, 0
			for range 120 {
				s.At = s.At.Add(time.Minute)
				trouble.Settle()
				s.Resend()
				for s.Step(t.Context()) {
				}
			}
			judge(t, s, of)
			t.Logf("%d causes, %d tries, %d mishaps, %d restarts", len(s.Tickets), s.Tries, mishaps, s.Restarts)
		})
	}
}

func use(t *testing.T, s *tickettest.Site, name, file string, client *http.Client, now func() time.Time) {
	t.Helper()
	m, err := mapping.Parse(name+".yaml", []byte(file), sinks.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	s.Use(sinks.Make(m, sinks.Options{Lookup: lookup, HTTP: client, Now: now}), m.Rate)
}

// happens has something happen to the site's faults.
func happens(s *tickettest.Site) {
	if len(s.Tickets) == 0 || s.Chance.IntN(4) == 0 && len(s.Tickets) < 120 {
		s.Open()
		return
	}
	f := s.Faults[s.Tickets[s.Chance.IntN(len(s.Tickets))].FaultID]
	switch p := s.Chance.IntN(100); {
	case !f.State.Open() && p < 10:
		s.Reopen(f.ID)
	case f.State.Open() && p < 10:
		s.Close(f.ID)
	case f.State.Open() && p < 20:
		s.Grade(f.ID)
	}
}

func judge(t *testing.T, s *tickettest.Site, of func(*tickettest.Site, string) made) {
	t.Helper()
	if !s.Settled() {
		t.Errorf("not everything was delivered: %+v", ticket.DeadLetters(s.Tickets))
	}
	causes, tickets := 0, 0
	for _, one := range s.Tickets {
		got := of(s, one.FaultID)
		if uncalled(s, one, got) {
			continue
		}
		causes, tickets = causes+1, tickets+got.tickets
		if got.tickets != 1 || got.open != (one.State == ticket.Open) {
			t.Errorf("%s is %s here; there: %d tickets, open %v", one.ID, one.State, got.tickets, got.open)
		}
		once(t, one.ID, got)
	}
	if causes == 0 || tickets != causes {
		t.Errorf("%d tickets for %d causes", tickets, causes)
	}
}

// uncalled says whether a fault was over before a pager heard of it: nobody is called for that.
func uncalled(s *tickettest.Site, t ticket.Ticket, got made) bool {
	pager := s.Sink.Name() == "pagerduty" || s.Sink.Name() == "alertmanager"
	return pager && got.tickets == 0 && t.State == ticket.Closed
}

// once says whether each picture and each marked comment is there once.
func once(t interface {
	Errorf(format string, args ...any)
}, id string, got made) {
	seen := map[string]int{}
	for _, name := range got.files {
		seen[name]++
	}
	for _, c := range got.comments {
		if _, mark, ok := strings.Cut(c, "[nightrounds "); ok {
			mark, _, _ = strings.Cut(mark, "]")
			seen["comment "+mark]++
		}
	}
	for what, n := range seen {
		if n > 1 {
			t.Errorf("%s: %s is there %d times", id, what, n)
		}
	}
	if got.files != nil && len(got.files) != 2 {
		t.Errorf("%s has the pictures %v, want visual and thermal", id, got.files)
	}
}

// TestMailsAreOneThreadPerCause does the same over SMTP: mails of one revision have one Message-ID, by which the second is
// dropped, and all of a ticket one thread.
func TestMailsAreOneThreadPerCause(t *testing.T) {
	s := tickettest.NewSite(11)
	var quiet atomic.Bool
	var mishaps atomic.Int64
	chance := rand.New(rand.NewPCG(3, 3)) // of the server's own goroutine: it serves one mail at a time
	server := tickettest.NewSMTP(t, func() tickettest.Mishap {
		if quiet.Load() || chance.Float64() > 0.5 {
			return tickettest.None
		}
		mishaps.Add(1)
		return []tickettest.Mishap{tickettest.Unreached, tickettest.Lost, tickettest.Broken, tickettest.Page}[chance.IntN(4)]
	})
	file := fmt.Sprintf("kind: e-mail\nurl: smtp://%s\nsettings: {from: nr@test.example, to: noc@test.example, tls: never}\n", server.Addr)
	use(t, s, "mail", file, nil, s.Now)
	s.Crash = 0.03
	for mishaps.Load() < 200 {
		happens(s)
		for s.Step(t.Context()) {
		}
		s.At = s.At.Add(time.Minute)
	}
	quiet.Store(true)
	s.Crash = 0
	for range 200 {
		s.At = s.At.Add(time.Minute)
		s.Resend()
		for s.Step(t.Context()) {
		}
	}
	if !s.Settled() {
		t.Errorf("not everything was sent: %+v", ticket.DeadLetters(s.Tickets))
	}
	threads, ids := map[string]bool{}, map[string]string{}
	for _, m := range server.Got() {
		id, subject := m.Header.Get("Message-ID"), m.Header.Get("Subject")
		if had, ok := ids[id]; ok && had != subject {
			t.Errorf("%s is of two mails: %q and %q", id, had, subject)
		}
		ids[id] = subject
		threads[m.Header.Get("References")] = true
		if m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/mixed") {
			t.Fatalf("a mail with the headers %v", m.Header)
		}
	}
	if len(threads) != len(s.Tickets) {
		t.Errorf("%d threads for %d causes", len(threads), len(s.Tickets))
	}
	t.Logf("%d causes, %d mails, %d mishaps, %d restarts", len(s.Tickets), len(server.Got()), mishaps.Load(), s.Restarts)
}

// TestSinkThatWasDownForADayIsNotFlooded opens 300 faults, half of which are over, while a system does not answer; when it
// does, each gets one ticket, in one go over its newest state, no faster than the rate allows, and nothing is lost.
func TestSinkThatWasDownForADayIsNotFlooded(t *testing.T) {
	s := tickettest.NewSite(5)
	b := benches["rt"]
	handler, of := b.build(s.Now)
	down, requests := true, 0
	trouble := &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap {
		requests++
		if down {
			return tickettest.Unreached
		}
		return tickettest.None
	}}
	use(t, s, "rt", b.file, &http.Client{Transport: trouble}, s.Now)
	for minute := range 24 * 60 {
		if minute%5 == 0 {
			id := s.Open()
			s.Grade(id)
			if minute%10 == 0 {
				s.Close(id)
			}
		}
		for s.Step(context.Background()) {
		}
		s.At = s.At.Add(time.Minute)
	}
	if len(ticket.DeadLetters(s.Tickets)) > 0 || requests > 24*60/2 {
		t.Errorf("a day down: %d dead letters, %d requests", len(ticket.DeadLetters(s.Tickets)), requests)
	}
	down = false
	tries := s.Tries
	for range 60 {
		before := s.Tries
		for s.Step(context.Background()) {
		}
		if n := s.Tries - before; n > ticket.DefaultRate().Count {
			t.Errorf("%d deliveries in a minute", n)
		}
		s.At = s.At.Add(time.Minute)
	}
	if n := s.Tries - tries; n != len(s.Tickets) {
		t.Errorf("%d deliveries for %d tickets: superseded revisions were sent", n, len(s.Tickets))
	}
	judge(t, s, of)
}

// A fault that is over is shown to nobody who must get up for it.
func TestPagersAreNotCalledForWhatIsOver(t *testing.T) {
	for _, name := range []string{"pagerduty", "alertmanager"} {
		s := tickettest.NewSite(1)
		b := benches[name]
		handler, of := b.build(s.Now)
		use(t, s, name, b.file, &http.Client{Transport: &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap { return tickettest.None }}}, s.Now)
		id := s.Open()
		s.Close(id)
		s.Step(t.Context())
		if got := of(s, id); got.tickets != 0 || !s.Settled() {
			t.Errorf("%s: %+v, settled %v", name, got, s.Settled())
		}
		s.Reopen(id)
		s.Step(t.Context())
		if got := of(s, id); got.tickets != 1 || !got.open {
			t.Errorf("%s: reopened %+v", name, got)
		}
		if s.Faults[id].State != fault.Confirmed {
			t.Fatal("the fault is not open")
		}
	}
}
