package cause_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
)

// A tour is looks at racks, ten seconds apart, and what they said.
type tour struct {
	site  *maps.Site
	now   time.Time
	signs []cause.Sign
}

// rear looks at the devices of some racks; those that are hot are named, with whether they are past their limit.
func (w *tour) rear(hot map[string]bool, racks ...string) {
	for _, id := range racks {
		w.now = w.now.Add(10 * time.Second)
		for _, r := range w.site.Racks() {
			if r.ID != id {
				continue
			}
			for _, d := range r.Devices {
				s := cause.Sign{Spot: cause.Spot{Thing: cause.Heat, Device: d.ID}}
				if limit, is := hot[d.ID]; is {
					s.Symptom, s.Limit = cause.Hot, limit
				}
				w.say(s)
			}
		}
	}
}

// front looks at the inlets of some racks.
func (w *tour) front(riseK float64, racks ...string) {
	for i, id := range racks {
		w.now = w.now.Add(10 * time.Second)
		s := cause.Sign{Spot: cause.Spot{Thing: cause.Inlet, Rack: id}, Value: riseK + 0.2*float64(i%4)}
		if s.Value >= cause.InletK {
			s.Symptom = cause.WarmInlet
		}
		w.say(s)
	}
}

func (w *tour) say(s cause.Sign) {
	s.At, s.By, s.Look = w.now, "NR-01", "NR-01/"+w.now.Format(time.TimeOnly)
	w.signs = append(w.signs, s)
}

// row names twelve racks.
func row(name string) (out []string) {
	for i := range 12 {
		out = append(out, fmt.Sprintf("%s%02d", name, i+1))
	}
	return out
}

// best is the most probable cause of what was seen at a device or rack, and how many signs it explains.
func best(groups []cause.Group, place string) (cause.Hypothesis, int) {
	for _, g := range groups {
		if slices.ContainsFunc(g.Symptoms, func(s cause.Sign) bool { return s.Device == place || s.Rack == place }) {
			return g.Ranked[0], len(g.Symptoms)
		}
	}
	return cause.Hypothesis{}, 0
}

func TestAWideCauseMustExplainWhatIsInOrderToo(t *testing.T) {
	rows, others := slices.Concat(row("A"), row("B")), row("C")
	strangers := map[string]bool{"A03-srv-23": false, "A09-srv-23": false, "B09-srv-23": false, "D09-srv-23": false, "B08-srv-11": true}
	burnt := map[string]bool{}
	for _, r := range rows[:10] {
		for _, u := range []int{3, 7, 11, 15, 19} {
			burnt[fmt.Sprintf("%s-srv-%02d", r, u)] = true
		}
	}
	const unit = "crac-1"
	for _, c := range []struct {
		name string
		see  func(*tour)
		own  []string // devices that keep a cause of their own
		wide []string // devices and racks whose cause is the cooling unit
	}{
		{"four devices above their habit, seen once, and one past its limit", func(w *tour) {
			w.rear(strangers, "A03", "A04", "A05", "A09", "B08", "B09", "B10", "D09", "A01", "A02")
		}, []string{"A03-srv-23", "A09-srv-23", "B09-srv-23", "D09-srv-23", "B08-srv-11"}, nil},
		{"the same, each seen by a second look", func(w *tour) {
			for _, r := range []string{"A03", "A09", "B08", "B09", "D09"} {
				w.rear(strangers, r, r)
			}
			w.rear(strangers, "A04", "A05", "B10")
		}, []string{"A03-srv-23", "A09-srv-23", "B09-srv-23", "D09-srv-23", "B08-srv-11"}, nil},
		{"the same, and the inlets of the row in order", func(w *tour) {
			w.rear(strangers, rows...)
			w.front(0.3, rows...)
		}, []string{"A03-srv-23", "A09-srv-23", "B09-srv-23", "B08-srv-11"}, nil},
		{"five past their limits, of a hundred", func(w *tour) {
			w.rear(map[string]bool{"A03-srv-23": true, "A09-srv-23": true, "B09-srv-23": true, "B01-srv-03": true, "B08-srv-11": true}, rows...)
		}, []string{"A03-srv-23", "A09-srv-23", "B09-srv-23", "B01-srv-03", "B08-srv-11"}, nil},
		{"the unit fails", func(w *tour) { w.front(6, rows...); w.front(0.3, others...) }, nil, rows},
		{"the unit fails, and half of the devices are past their limits", func(w *tour) {
			w.front(12, rows...)
			w.rear(burnt, rows[:10]...)
		}, nil, append([]string{"A01-srv-03", "A09-srv-19"}, rows...)},
		{"the unit fails, and one device is hot that was hot before", func(w *tour) {
			w.rear(map[string]bool{"B08-srv-11": true}, "B08", "B08")
			w.now = w.now.Add(time.Hour)
			w.front(0.3, rows[:12]...)
			w.now = w.now.Add(time.Hour)
			w.front(12, rows...)
			w.rear(burnt, rows[:10]...)
		}, []string{"B08-srv-11"}, append([]string{"A01-srv-03"}, rows...)},
		{"the unit fails, and one device is hot beside many that are not", func(w *tour) {
			w.front(6, rows...)
			w.front(0.3, others...)
			w.rear(map[string]bool{"B08-srv-11": true}, rows...)
		}, []string{"B08-srv-11"}, rows},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, topology := sample(t, false)
			w := &tour{site: s, now: night}
			c.see(w)
			groups := topology.Explain(heard(w.signs))
			for _, d := range c.own {
				if h, n := best(groups, d); h.Device != d || n != 1 {
					t.Errorf("%s: %s at %.2f explains it with %d others", d, h.What, h.Probability, n-1)
				}
			}
			for _, place := range c.wide {
				if h, _ := best(groups, place); h.Supply != unit || h.Probability < 0.5 {
					t.Errorf("%s: %s at %.2f", place, h.What, h.Probability)
				}
			}
			if len(c.own) == 0 && len(groups) != 1 {
				t.Errorf("%d groups", len(groups))
			}
			for _, g := range groups {
				if h := g.Ranked[0]; len(c.wide) == 0 && h.Shared() && g.Real > 0.5 {
					t.Errorf("%s at %.2f, although %s", h.What, h.Probability, strings.Join(h.Against, "; "))
				}
			}
		})
	}
}
