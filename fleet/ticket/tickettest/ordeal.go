package tickettest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// An Ordeal is a night of random trouble with one system: requests fail in all the ways of Mishap, the controller dies at
// writes to its journal, and faults come, go and come again. Then all is well, and a person sends again what was given up.
type Ordeal struct {
	Seed    uint64
	Mishaps int // how many there are at least, restarts not counted
	// Progress hears how many there were; nil: nobody does.
	Progress func(done, all int)
}

// The ordeal.
const (
	crashes     = 0.03 // of writes to the journal
	mostCauses  = 120
	mostSteps   = 200_000
	quietPeriod = 200 // minutes
)

// An Outcome is what a system holds after an ordeal.
type Outcome struct {
	Causes, Tickets int
	// One is how many causes have one ticket, in the state of its fault, with each picture and comment once; Wrong says
	// what is wrong with the others.
	One      int
	Wrong    []string
	Mishaps  map[Mishap]int
	Restarts int
	Tries    int
}

// Happened is how many mishaps there were.
func (o Outcome) Happened() int {
	n := 0
	for _, k := range o.Mishaps {
		n += k
	}
	return n
}

// fortune says what happens to each request.
type fortune struct {
	mu    sync.Mutex // a mail server asks from its own goroutines
	rng   *rand.Rand
	share float64 // of requests that something happens to
	some  func(*rand.Rand) Mishap
	quiet bool
	had   map[Mishap]int
}

func (f *fortune) next() Mishap {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.quiet || f.rng.Float64() > f.share {
		return None
	}
	m := f.some(f.rng)
	f.had[m]++
	return m
}

func (f *fortune) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Outcome{Mishaps: f.had}.Happened()
}

func (o Ordeal) fortune(share float64, some func(*rand.Rand) Mishap) *fortune {
	return &fortune{rng: rand.New(rand.NewPCG(o.Seed, 3)), share: share, some: some, had: map[Mishap]int{}}
}

// anyMishap is one of all; the two that make second tickets come more often.
func anyMishap(rng *rand.Rand) Mishap {
	if rng.IntN(2) == 0 {
		return []Mishap{Lost, Late}[rng.IntN(2)]
	}
	return Mishap(1 + rng.IntN(int(Mishaps)-1))
}

// Of puts a system through the ordeal.
func (o Ordeal) Of(ctx context.Context, name string, sys System) (Outcome, error) {
	s, luck := NewSite(o.Seed), o.fortune(0.25, anyMishap)
	trouble := &Trouble{Now: s.Now, Next: luck.next}
	handler, held := sys.Build(trouble.Served)
	trouble.Handler = handler
	if err := s.Connect(name, sys.File, &http.Client{Transport: trouble}, s.Now); err != nil {
		return Outcome{}, err
	}
	return o.pass(ctx, s, luck, trouble.Settle, held)
}

// OfMail puts a mail server through it, on the loopback.
func (o Ordeal) OfMail(ctx context.Context) (Outcome, error) {
	luck := o.fortune(0.5, func(rng *rand.Rand) Mishap { return []Mishap{Unreached, Lost, Broken, Page}[rng.IntN(4)] })
	server, err := NewSMTP(luck.next)
	if err != nil {
		return Outcome{}, err
	}
	defer server.Close()
	s := NewSite(o.Seed)
	file := fmt.Sprintf("kind: e-mail\nurl: smtp://%s\nsettings: {from: nr@test.example, to: noc@test.example, tls: never}\n", server.Addr)
	if err := s.Connect("mail", file, nil, s.Now); err != nil {
		return Outcome{}, err
	}
	out, err := o.pass(ctx, s, luck, func() {}, server.held)
	subjects := map[string]string{} // by Message-ID, by which a receiver drops what it has
	for _, m := range server.Got() {
		id, subject := m.Header.Get("Message-ID"), m.Header.Get("Subject")
		if had, ok := subjects[id]; ok && had != subject {
			out.Wrong = append(out.Wrong, fmt.Sprintf("%s is of two mails: %q and %q", id, had, subject))
		}
		subjects[id] = subject
		if m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/mixed") {
			out.Wrong = append(out.Wrong, fmt.Sprintf("a mail with the headers %v", m.Header))
		}
	}
	return out, err
}

// pass lets the night pass, and the morning in which everything is delivered.
func (o Ordeal) pass(ctx context.Context, s *Site, luck *fortune, settle func(), held Count) (Outcome, error) {
	s.Crash = crashes
	for step := 0; luck.count() < o.Mishaps; step++ {
		if step > mostSteps {
			return Outcome{}, fmt.Errorf("%d mishaps only in %d steps", luck.count(), step)
		}
		if err := ctx.Err(); err != nil {
			return Outcome{}, fmt.Errorf("stopped: %w", err)
		}
		s.Happen(mostCauses)
		s.carryAll(ctx)
		s.At = s.At.Add(time.Duration(s.Chance.IntN(20)) * time.Second)
		if s.Chance.IntN(200) == 0 {
			s.Resend()
		}
		if o.Progress != nil {
			o.Progress(min(luck.count(), o.Mishaps), o.Mishaps)
		}
	}
	luck.mu.Lock()
	luck.quiet = true
	luck.mu.Unlock()
	s.Crash = 0
	for range quietPeriod {
		s.At = s.At.Add(time.Minute)
		settle()
		s.Resend()
		s.carryAll(ctx)
	}
	out := s.Judge(held)
	out.Mishaps, out.Restarts, out.Tries = luck.had, s.Restarts, s.Tries
	return out, nil
}

func (s *Site) carryAll(ctx context.Context) {
	for s.Step(ctx) {
	}
}

// Happen has something happen to the site's faults: one opens, while there are fewer than most, or another changes.
func (s *Site) Happen(most int) {
	if len(s.Tickets) == 0 || s.Chance.IntN(4) == 0 && len(s.Tickets) < most {
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

// Judge holds what a system has to what the site knows, when everything should have been delivered.
func (s *Site) Judge(held Count) (out Outcome) {
	if !s.Settled() {
		out.Wrong = append(out.Wrong, fmt.Sprintf("not everything was delivered: %+v", ticket.DeadLetters(s.Tickets)))
	}
	for _, t := range s.Tickets {
		got := held(s, t.FaultID)
		if s.uncalled(t, got) {
			continue
		}
		out.Causes, out.Tickets = out.Causes+1, out.Tickets+got.Tickets
		wrong := Odd(t, got)
		if len(wrong) == 0 {
			out.One++
		}
		out.Wrong = append(out.Wrong, wrong...)
	}
	return out
}

// uncalled says whether a fault was over before a pager heard of it: nobody is called for that.
func (s *Site) uncalled(t ticket.Ticket, got Held) bool {
	pager := s.Sink.Name() == "pagerduty" || s.Sink.Name() == "alertmanager"
	return pager && got.Tickets == 0 && t.State == ticket.Closed
}

// Odd says what is wrong with what a system holds of a ticket: none or a second, another state, a picture or one of our
// marked comments twice.
func Odd(t ticket.Ticket, got Held) (wrong []string) {
	if got.Tickets != 1 || got.Open != (t.State == ticket.Open) {
		wrong = append(wrong, fmt.Sprintf("%s is %s here; there: %d tickets, open %v", t.ID, t.State, got.Tickets, got.Open))
	}
	seen := map[string]int{}
	for _, name := range got.Files {
		seen[name]++
	}
	for _, c := range got.Comments {
		if _, mark, ok := strings.Cut(c, "[nightrounds "); ok {
			mark, _, _ = strings.Cut(mark, "]")
			seen["comment "+mark]++
		}
	}
	for what, n := range seen {
		if n > 1 {
			wrong = append(wrong, fmt.Sprintf("%s: %s is there %d times", t.ID, what, n))
		}
	}
	if got.Files != nil && len(got.Files) != 2 {
		wrong = append(wrong, fmt.Sprintf("%s has the pictures %v, want visual and thermal", t.ID, got.Files))
	}
	return wrong
}
