package sinks_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

func use(t *testing.T, s *tickettest.Site, name, file string, client *http.Client, now func() time.Time) {
	t.Helper()
	if err := s.Connect(name, file, client, now); err != nil {
		t.Fatal(err)
	}
}

// TestOneTicketPerCause does 1,000 random things to each sink that networks, servers and power cuts do, while faults come,
// go and come again; then the night ends, a person sends again what was given up, and every cause has one ticket, in the
// state of its fault, with each picture and each comment once.
func TestOneTicketPerCause(t *testing.T) {
	systems := tickettest.Systems()
	systems["webhook"] = tickettest.Hook()
	mishaps := 1000
	if testing.Short() {
		mishaps = 100
	}
	for name, b := range systems {
		t.Run(name, func(t *testing.T) {
			out, err := tickettest.Ordeal{Seed: 7, Mishaps: mishaps}.Of(t.Context(), name, b)
			if err != nil {
				t.Fatal(err)
			}
			hold(t, out)
		})
	}
}

// TestMailsAreOneThreadPerCause does the same over SMTP: mails of one revision have one Message-ID, by which the second is
// dropped, and all of a ticket one thread.
func TestMailsAreOneThreadPerCause(t *testing.T) {
	out, err := tickettest.Ordeal{Seed: 11, Mishaps: 200}.OfMail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hold(t, out)
}

func hold(t *testing.T, out tickettest.Outcome) {
	t.Helper()
	for _, w := range out.Wrong {
		t.Error(w)
	}
	if out.Causes == 0 || out.Tickets != out.Causes || out.One != out.Causes {
		t.Errorf("%d tickets for %d causes, of which %d have one", out.Tickets, out.Causes, out.One)
	}
	t.Logf("%d causes, %d tries, mishaps %v, %d restarts", out.Causes, out.Tries, out.Mishaps, out.Restarts)
}

// TestSinkThatWasDownForADayIsNotFlooded opens 300 faults, half of which are over, while a system does not answer; when it
// does, each gets one ticket, in one go over its newest state, no faster than the rate allows, and nothing is lost.
func TestSinkThatWasDownForADayIsNotFlooded(t *testing.T) {
	s := tickettest.NewSite(5)
	b := tickettest.Systems()["rt"]
	handler, of := b.Build(s.Now)
	down, requests := true, 0
	trouble := &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap {
		requests++
		if down {
			return tickettest.Unreached
		}
		return tickettest.None
	}}
	use(t, s, "rt", b.File, &http.Client{Transport: trouble}, s.Now)
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
	out := s.Judge(of)
	for _, w := range out.Wrong {
		t.Error(w)
	}
	if out.Causes != len(s.Tickets) || out.Tickets != out.Causes {
		t.Errorf("%d tickets for %d causes", out.Tickets, out.Causes)
	}
}

// A fault that is over is shown to nobody who must get up for it.
func TestPagersAreNotCalledForWhatIsOver(t *testing.T) {
	for _, name := range []string{"pagerduty", "alertmanager"} {
		s := tickettest.NewSite(1)
		b := tickettest.Systems()[name]
		handler, of := b.Build(s.Now)
		use(t, s, name, b.File, &http.Client{Transport: &tickettest.Trouble{Handler: handler, Now: s.Now, Next: func() tickettest.Mishap { return tickettest.None }}}, s.Now)
		id := s.Open()
		s.Close(id)
		s.Step(t.Context())
		if got := of(s, id); got.Tickets != 0 || !s.Settled() {
			t.Errorf("%s: %+v, settled %v", name, got, s.Settled())
		}
		s.Reopen(id)
		s.Step(t.Context())
		if got := of(s, id); got.Tickets != 1 || !got.Open {
			t.Errorf("%s: reopened %+v", name, got)
		}
		if s.Faults[id].State != fault.Confirmed {
			t.Fatal("the fault is not open")
		}
	}
}
