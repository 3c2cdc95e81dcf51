package tickettest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// A Site has faults, a journal of deliveries and one sink, and carries tickets to it as the controller does: by
// ticket.Due, a ticket.Lane, and what the journal holds. Its time is its own.
type Site struct {
	Sink    ticket.Sink
	Chance  *rand.Rand
	At      time.Time
	Tickets []ticket.Ticket // as journaled
	Faults  map[string]fault.Fault
	// Crash is the chance that the controller dies at a write to its journal: half before it is durable, half after.
	Crash    float64
	Restarts int
	Tries    int
	Errors   int
	lane     *ticket.Lane
	rate     ticket.Rate
	told     map[string]time.Time // what must be said again
}

// NewSite makes a site without faults; mail and HTTP of the sink are told the time by Now.
func NewSite(seed uint64) *Site {
	return &Site{
		Chance: rand.New(rand.NewPCG(seed, 1)), At: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), Faults: map[string]fault.Fault{},
		lane: ticket.NewLane(ticket.DefaultRules()), told: map[string]time.Time{},
	}
}

// Use is the sink to carry to, at its rate.
func (s *Site) Use(sink ticket.Sink, rate ticket.Rate) {
	s.Sink, s.rate = sink, rate
	s.lane.Limit(rate)
}

// Now is the site's time.
func (s *Site) Now() time.Time { return s.At }

// Open opens a fault with two pictures.
func (s *Site) Open() string {
	n := len(s.Tickets) + 1
	f := fault.Fault{
		ID: fmt.Sprintf("F-%04d", n), State: fault.Ticketed, Kind: "disk-failed", Severity: vision.Warning, Rack: fmt.Sprintf("A%02d", n%40),
		Unit: 1 + n%40, Device: fmt.Sprintf("srv-%d", n), Cause: "disk is amber", OpenedAt: s.At, UpdatedAt: s.At,
		Before: []wire.EvidenceRef{picture(n, "visual"), picture(n, "thermal")},
	}
	s.revise(fault.Noted(f, s.At, "ticketed"))
	return f.ID
}

func picture(n int, kind string) wire.EvidenceRef {
	return wire.EvidenceRef{SHA256: fmt.Sprintf("%s%060d", map[string]string{"visual": "aaaa", "thermal": "bbbb"}[kind], n), Kind: kind, MediaType: "image/png", Bytes: 3}
}

// Close resolves a fault; Grade changes its severity; Reopen has it seen again.
func (s *Site) Close(id string) {
	f := s.Faults[id]
	at := s.At
	f.ResolvedAt = &at
	s.revise(fault.Moved(f, fault.Resolved, s.At, "verified"))
}

// Grade changes a fault's severity.
func (s *Site) Grade(id string) {
	f := s.Faults[id]
	if f.Severity == vision.Warning {
		f.Severity = vision.Critical
	} else {
		f.Severity = vision.Warning
	}
	s.revise(fault.Noted(f, s.At, "now "+string(f.Severity)))
}

// Reopen has a fault seen again.
func (s *Site) Reopen(id string) {
	f := s.Faults[id]
	f.ResolvedAt = nil
	s.revise(fault.Moved(f, fault.Confirmed, s.At, "seen again"))
}

func (s *Site) revise(f fault.Fault) {
	s.Faults[f.ID] = f
	i := slices.IndexFunc(s.Tickets, func(t ticket.Ticket) bool { return t.FaultID == f.ID })
	had := ticket.Ticket{}
	if i >= 0 {
		had = s.Tickets[i]
	}
	t, _ := ticket.Of(f, had, "asset-"+f.ID)
	if i < 0 {
		s.Tickets = append(s.Tickets, t)
	} else {
		s.Tickets[i] = t
	}
}

// Ticket is a fault's, as journaled.
func (s *Site) Ticket(faultID string) ticket.Ticket {
	i := slices.IndexFunc(s.Tickets, func(t ticket.Ticket) bool { return t.FaultID == faultID })
	return s.Tickets[i]
}

// Revision is what a sink is handed of a fault now.
func (s *Site) Revision(faultID string) ticket.Revision {
	f := s.Faults[faultID]
	return ticket.Revision{
		Site: "sample", Ticket: s.Ticket(faultID), Fault: f, Link: "https://nightrounds.example/#/faults/" + f.ID,
		Evidence: []string{"https://nightrounds.example/api/v1/evidence/1"},
		Picture:  func(context.Context, string) ([]byte, error) { return []byte("png"), nil },
	}
}

// errDied is what a dead controller does not say to anybody.
var errDied = errors.New("the controller died")

func (s *Site) keep(faultID string, d ticket.Delivery) {
	i := slices.IndexFunc(s.Tickets, func(t ticket.Ticket) bool { return t.FaultID == faultID })
	s.Tickets[i] = ticket.Kept(s.Tickets[i], s.Sink.Name(), d)
}

func (s *Site) dies() bool { return s.Chance.Float64() < s.Crash }

// Step hands the most urgent ticket that is due to the sink, once; false when none may go now.
func (s *Site) Step(ctx context.Context) bool {
	order := slices.Clone(s.Tickets)
	slices.SortStableFunc(order, ticket.Urgent)
	for _, due := range []func(ticket.Ticket) bool{func(t ticket.Ticket) bool { return ticket.Due(t, s.Sink.Name()) }, s.again} {
		for _, t := range order {
			if due(t) && s.lane.Take(t.ID, s.At) {
				s.carry(ctx, t)
				return true
			}
		}
	}
	return false
}

// again says whether a ticket must be said again.
func (s *Site) again(t ticket.Ticket) bool {
	r, ok := s.Sink.(ticket.Repeater)
	return ok && r.RepeatEvery() > 0 && t.State == ticket.Open && s.At.Sub(s.told[t.ID]) >= r.RepeatEvery() && t.Sinks[s.Sink.Name()].Dead < t.Revision
}

func (s *Site) carry(ctx context.Context, t ticket.Ticket) {
	s.Tries++
	died := false
	d, err := s.Sink.Deliver(ctx, s.Revision(t.FaultID), t.Sinks[s.Sink.Name()], func(_ context.Context, d ticket.Delivery) error {
		if s.dies() {
			died = true
			if s.Chance.IntN(2) == 0 {
				s.keep(t.FaultID, d)
			}
			return errDied
		}
		s.keep(t.FaultID, d)
		return nil
	})
	if died = died || s.dies(); died {
		s.Restarts++
		s.lane = ticket.NewLane(ticket.DefaultRules())
		s.lane.Limit(s.rate)
		return
	}
	s.lane.End(t.ID, err, s.At, s.Chance.Float64())
	if err != nil {
		s.Errors++
		d = ticket.Failed(d, t.Revision, err, s.At, ticket.DefaultRules())
	} else {
		s.told[t.ID] = s.At
	}
	s.keep(t.FaultID, d)
}

// Resend is a person who sends every dead letter again.
func (s *Site) Resend() {
	for _, dead := range ticket.DeadLetters(s.Tickets) {
		s.keep(dead.FaultID, ticket.Resent(s.Ticket(dead.FaultID).Sinks[s.Sink.Name()]))
		s.lane.Pause(dead.Ticket, time.Time{})
	}
}

// Settled says whether everything has been delivered.
func (s *Site) Settled() bool {
	return !slices.ContainsFunc(s.Tickets, func(t ticket.Ticket) bool { return t.Sinks[s.Sink.Name()].Done < t.Revision })
}
