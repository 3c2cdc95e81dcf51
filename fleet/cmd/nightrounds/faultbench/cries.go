package faultbench

import (
	"fmt"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// cries is the score of the alarms.
type cries struct {
	answered, right, ofTrue, ofFalse count
	byKind                           map[string]*count
	neither, refused, again, over    int
	looks                            int
	heard                            int // alarms on which what machines said bears
	misses                           []string
}

func (s *cries) miss(what string) {
	if len(s.misses) < keptMisses {
		s.misses = append(s.misses, what)
	}
}

func (s *cries) score(c *cry, a inbound.Alarm, answered bool) {
	want := map[bool]inbound.State{true: inbound.Confirmed, false: inbound.Refuted}[c.true]
	right := answered && a.State == want
	s.answered.add(answered)
	s.right.add(right)
	if c.true {
		s.ofTrue.add(right)
	} else {
		s.ofFalse.add(right)
	}
	if s.byKind[c.name] == nil {
		s.byKind[c.name] = &count{}
	}
	s.byKind[c.name].add(right)
	if len(a.Reports) > 0 {
		s.heard++
	}
	if a.State == inbound.Undecided {
		s.neither++
	}
	if !right {
		said := "no verdict"
		if a.Verdict != nil {
			said = fmt.Sprintf("%s (%.3g): %s", a.Verdict.State, a.Verdict.Odds, a.Verdict.Says)
		}
		s.miss(fmt.Sprintf("alarm %s of %s at %s, want %s: %s", c.name, a.Source, spotOf(c.at), want, said))
	}
}

func spotOf(c cause.Cause) string {
	return fmt.Sprintf("%s%s %s %s U%d", c.Rack, c.Supply, c.Device, c.Part, c.Unit)
}

func (s *cries) rows() []bench.Row {
	answered := bench.Rate("alarm.answered", s.answered.hits, s.answered.n).AtLeast(1)
	answered.Note = fmt.Sprintf("%d said again, %d ended before the look, %d of no place refused; %d looks", s.again, s.over, s.refused, s.looks)
	right := bench.Rate("alarm.right", s.right.hits, s.right.n).AtLeast(0.98)
	right.Note = fmt.Sprintf("%d neither; machines bore on %d", s.neither, s.heard)
	rows := []bench.Row{answered, right, bench.Rate("alarm.right.true", s.ofTrue.hits, s.ofTrue.n), bench.Rate("alarm.right.false", s.ofFalse.hits, s.ofFalse.n)}
	for _, o := range outcries() {
		if c := s.byKind[o.name]; c != nil {
			rows = append(rows, bench.Rate("alarm.right."+o.name, c.hits, c.n))
		}
	}
	return rows
}
