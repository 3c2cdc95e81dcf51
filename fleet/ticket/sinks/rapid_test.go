package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

// A turn is one stretch of a night: what happens to a fault, what befalls the next requests, and how long it is until the
// next turn.
type turn struct {
	Event   int // 0: a fault opens; 1: one is resolved or seen again; 2: its severity changes; 3: nothing
	Whose   int
	Mishaps []int
	Seconds int
}

var turns = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) turn {
	return turn{
		rapid.IntRange(0, 3).Draw(t, "event"), rapid.IntRange(0, 9).Draw(t, "whose"),
		rapid.SliceOfN(rapid.IntRange(0, int(tickettest.Mishaps)-1), 0, 6).Draw(t, "mishaps"), rapid.IntRange(0, 300).Draw(t, "seconds"),
	}
}), 12, 30)

func (u turn) happens(s *tickettest.Site) {
	if u.Event == 0 || len(s.Tickets) == 0 {
		s.Open()
		return
	}
	f := s.Faults[s.Tickets[u.Whose%len(s.Tickets)].FaultID]
	switch {
	case u.Event == 1 && f.State.Open():
		s.Close(f.ID)
	case u.Event == 1:
		s.Reopen(f.ID)
	case u.Event == 2 && f.State.Open():
		s.Grade(f.ID)
	}
}

// TestAnyNightLeavesOneTicketPerFault draws nights of errors, time-outs and restarts, a thousand and more of them in all,
// and holds for each: when the night is over and what was given up was sent again, every fault has exactly one ticket in
// the state of the fault, with each picture and comment once (ticket.per_cause is 1). A night that breaks it is shrunk to
// the few mishaps that do.
func TestAnyNightLeavesOneTicketPerFault(t *testing.T) {
	least := 1000
	if testing.Short() {
		least = 200
	}
	for name, b := range tickettest.Systems() {
		t.Run(name, func(t *testing.T) {
			mishaps, restarts, causes := 0, 0, 0
			rapid.Check(t, func(rt *rapid.T) {
				s := tickettest.NewSite(rapid.Uint64Range(0, 1<<20).Draw(rt, "luck"))
				var coming []int
				trouble := &tickettest.Trouble{Now: s.Now, Next: func() tickettest.Mishap {
					if len(coming) == 0 {
						return tickettest.None
					}
					m := tickettest.Mishap(coming[0])
					coming = coming[1:]
					if m != tickettest.None {
						mishaps++
					}
					return m
				}}
				handler, of := b.Build(trouble.Served)
				trouble.Handler = handler
				use(t, s, name, b.File, &http.Client{Transport: trouble}, s.Now)
				s.Crash = float64(rapid.IntRange(0, 20).Draw(rt, "crashes, in a hundred writes")) / 100
				for _, u := range turns.Draw(rt, "night") {
					u.happens(s)
					coming = append(coming, u.Mishaps...)
					for s.Step(t.Context()) {
					}
					s.At = s.At.Add(time.Duration(u.Seconds) * time.Second)
				}
				coming, s.Crash = nil, 0
				for range 60 {
					s.At = s.At.Add(time.Minute)
					trouble.Settle()
					s.Resend()
					for s.Step(t.Context()) {
					}
				}
				restarts, causes = restarts+s.Restarts, causes+len(s.Tickets)
				if out := s.Judge(of); len(out.Wrong) > 0 {
					rt.Fatalf("%s", strings.Join(out.Wrong, "\n"))
				}
			})
			if mishaps < least || restarts == 0 {
				t.Errorf("%d mishaps and %d restarts only", mishaps, restarts)
			}
			t.Logf("%d causes, %d mishaps, %d restarts", causes, mishaps, restarts)
		})
	}
}
