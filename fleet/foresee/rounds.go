package foresee

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/calendar"
)

// A RoundOutlook is what comes of a round in one window of its recurrence.
type RoundOutlook struct {
	Round string    `json:"round"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Looks int       `json:"looks"`
	Done  int       `json:"done"` // the others were given up when the window closed
}

// A call is a round in a window, with the inspections that it asks for.
type call struct {
	round  string
	window calendar.Occurrence
	asked  []string
}

// expect lines up a round's window, and the one after it.
func (n *Night) expect(r maps.Round, o calendar.Occurrence) {
	n.when(later(o.From, n.now), func() {
		n.call(r, o)
		if next, ok := r.Recurrence.Next(o.From); ok {
			n.expect(r, next)
		}
	})
}

// call asks for the looks of a round, and gives up those that are not begun when its window closes.
func (n *Night) call(r maps.Round, o calendar.Occurrence) {
	c := call{round: r.ID, window: o}
	for _, v := range n.views {
		if !r.Wants(v.Viewpoint) {
			continue
		}
		a := Ask{ID: fmt.Sprintf("%s %s %s", r.ID, o.From.Format(time.RFC3339), v.ID), Viewpoint: v.ID, Class: patrol.Operator, At: n.now}
		n.Stats.Served[a.ID] = &Service{Class: a.Class, At: a.At, Until: o.Until}
		c.asked = append(c.asked, a.ID)
		n.wanted(a)
	}
	if len(c.asked) == 0 {
		return // its racks are elsewhere
	}
	n.Stats.calls = append(n.Stats.calls, c)
	n.when(o.Until, func() {
		n.open = slices.DeleteFunc(n.open, func(i patrol.Inspection) bool { return slices.Contains(c.asked, i.ID) })
	})
}

// rounds are the windows that opened after the warm-up and have closed.
func (s *Stats) rounds(now time.Time) []RoundOutlook {
	out := []RoundOutlook{}
	for _, c := range s.calls {
		if c.window.From.Before(s.warm) || c.window.Until.After(now) {
			continue
		}
		o := RoundOutlook{Round: c.round, From: c.window.From, Until: c.window.Until, Looks: len(c.asked)}
		for _, id := range c.asked {
			if !s.Served[id].Done.IsZero() {
				o.Done++
			}
		}
		out = append(out, o)
	}
	return out
}
