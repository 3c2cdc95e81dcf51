package fleet

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// saidKept bounds what is kept of what machines said: the oldest goes.
const saidKept = 5000

// saidKey names who said something of what: what it says next of that takes its place.
func saidKey(s cause.Sign) string {
	return fmt.Sprintf("%s|%s|%s|%d|%s|%s|%s", s.Thing, s.Rack, s.Face, s.Unit, s.Device, s.Part, s.By)
}

// noted adds signs to what was said, the newest of each voice and spot.
func noted(said map[string]cause.Sign, signs []cause.Sign) map[string]cause.Sign {
	if said == nil {
		said = map[string]cause.Sign{}
	}
	for _, s := range signs {
		if had, known := said[saidKey(s)]; !known || !s.At.Before(had.At) {
			said[saidKey(s)] = s
		}
	}
	return said
}

// resting carries an explanation on by one group. Where that changes anything, what machines said of the group's causes, and is
// not in the journal yet, comes into it with the change: a restarted controller then knows on what it rests.
func (e *explanation) resting(g cause.Group, take func()) {
	p := &e.c.puzzle
	if len(p.unkept) == 0 {
		take()
		return
	}
	faults, folds := slices.Clone(e.change.Faults), len(e.change.Folds)
	take()
	if folds == len(e.change.Folds) && reflect.DeepEqual(faults, e.change.Faults) {
		return
	}
	spots := map[cause.Spot]bool{}
	for _, s := range g.Symptoms {
		spots[s.Spot] = true
	}
	for _, h := range g.Ranked {
		for _, s := range p.topology.Spots(h.Cause) {
			spots[s] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.unkept)) {
		s := p.unkept[key]
		if spots[s.Spot] && !slices.ContainsFunc(e.change.Said, func(o cause.Sign) bool { return saidKey(o) == key }) {
			s.Looks = max(s.Looks, 1)
			if had, known := e.c.said[key]; known && had.Symptom == s.Symptom {
				s.Looks += had.Looks
			}
			e.change.Said = append(e.change.Said, s)
		}
	}
	e.forget()
}

// forget drops the oldest of what machines said where it has become too much.
func (e *explanation) forget() {
	over := len(e.c.said) + len(e.change.Said) - saidKept
	if over <= len(e.change.SaidOver) {
		return
	}
	keys := slices.SortedFunc(maps.Keys(e.c.said), func(a, b string) int {
		return cmp.Or(e.c.said[a].At.Compare(e.c.said[b].At), cmp.Compare(a, b))
	})
	e.change.SaidOver = keys[:min(over, len(keys))]
}

// A Report is what a machine or the building itself said that bears on a fault.
type Report struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"` // as machines.yaml names it
	Says string    `json:"says"`
	// InOrder says that what it tells of is as it should be.
	InOrder bool `json:"inOrder"`
}

// Reports lists what machines and the building said of a fault's device and of what may be behind it, the newest first.
func (c *Controller) Reports(ctx context.Context, id string) (out []Report, err error) {
	var wrong error
	out = []Report{}
	err = c.do(ctx, func(context.Context) error {
		f, ok := c.faults[id]
		if !ok {
			wrong = fmt.Errorf("fault %q: %w", id, ErrUnknown)
			return nil
		}
		bears := map[cause.Spot]bool{}
		for _, h := range f.Hypotheses {
			for _, s := range c.puzzle.topology.Spots(h.Cause) {
				bears[s] = true
			}
		}
		all := noted(maps.Clone(c.said), slices.Collect(maps.Values(c.puzzle.unkept)))
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if s := all[key]; s.Meaning != "" && (bears[s.Spot] || f.Device != "" && s.Device == f.Device) {
				out = append(out, Report{At: s.At, By: s.By, Says: s.Meaning, InOrder: s.Symptom == cause.InOrder})
			}
		}
		slices.SortStableFunc(out, func(a, b Report) int { return b.At.Compare(a.At) })
		return nil
	})
	return out, cmp.Or(wrong, err)
}

// recallSaid takes what machines said, as far as anything rests on it, into the memory again.
func (c *Controller) recallSaid() {
	all := sorted(c.said)
	slices.SortStableFunc(all, func(a, b cause.Sign) int { return a.At.Compare(b.At) })
	c.puzzle.memory.Hear(false, all...)
}
