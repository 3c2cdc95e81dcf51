package fleet

import (
	"context"
	"fmt"
	"iter"
	stdmaps "maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
)

func keysOf[V any](m map[string]V) iter.Seq[string] { return stdmaps.Keys(m) }

// concludeShared is what an observation means for faults of shared causes: they are looked at wherever their symptoms are.
func (c *Controller) concludeShared(o wire.Observation, seen map[string]bool, change *Change) {
	for _, id := range c.sharedAt(o.Rack) {
		p := c.faultIn(change.Faults, id)
		if !p.State.Open() || o.At.Before(p.UpdatedAt) {
			continue
		}
		covered, again := c.symptomsIn(p, o, seen)
		if covered == 0 {
			continue
		}
		left := 0
		for _, k := range c.index.kids[id] {
			if c.faultIn(change.Faults, k).State == fault.Folded {
				left++
			}
		}
		next := p
		switch {
		case p.State == fault.Verifying && again > 0:
			next = fault.StillSeen(p, o, c.faultRules())
		case again > 0:
		case p.State == fault.Verifying:
			next = c.unseen(p, o)
		case left*2 <= len(c.index.kids[id]): // most of what it made is in order again
			next = c.unseen(p, o)
		}
		if len(next.Timeline) != len(p.Timeline) {
			change.Faults = upsert(change.Faults, next)
		}
	}
}

// sharedAt are the faults of shared causes that have symptoms at a rack.
func (c *Controller) sharedAt(rack string) []string {
	found := map[string]bool{}
	for _, id := range c.index.racks[rack] {
		if p := c.faults[id].Parent; p != "" && c.faults[p].Shared {
			found[p] = true
		}
	}
	for _, id := range slices.Concat(c.index.racks[noRack], c.index.racks[rack]) {
		if f := c.faults[id]; f.Shared && f.State.Open() && f.Shows(rack) {
			found[id] = true
		}
	}
	return slices.Sorted(keysOf(found))
}

// symptomsIn counts the symptoms of a fault that an observation looked at, and those that it still saw.
func (c *Controller) symptomsIn(p fault.Fault, o wire.Observation, seen map[string]bool) (covered, again int) {
	for _, k := range c.index.kids[p.ID] {
		if f := c.faults[k]; f.Rack == o.Rack && f.Covers(o) {
			covered++
			if seen[k] {
				again++
			}
		}
	}
	usual, known := c.usual[o.Rack]
	warmed := slices.ContainsFunc(p.Sightings, func(l fault.Look) bool { return l.Finding.Kind == kindInletWarm && l.Finding.Rack == o.Rack })
	if warmed && known && o.Air != nil && o.Face == maps.Front {
		covered++
		if o.Air.TemperatureC-usual >= inletBackK {
			again++
		}
	}
	return covered, again
}

// inletBackK is the rise under which an inlet that was warm counts as back to usual, K: less than what makes it a sign, so that
// one that hovers there does not come and go.
const inletBackK = 1.5

// closeKids closes symptoms whose cause was closed, and hands on those whose cause became a symptom itself.
func (c *Controller) closeKids(ctx context.Context, now time.Time) error {
	var folds []Fold
	for _, id := range slices.Sorted(keysOf(c.index.kids)) {
		p := c.faults[id]
		if p.State.Open() {
			continue
		}
		d := Fold{How: "with", Parent: id, At: now}
		if p.State == fault.Folded {
			d.How, d.Parent = "into", p.Parent
		}
		for _, k := range c.index.kids[id] {
			if c.faults[k].State == fault.Folded && k != d.Parent {
				d.Kids = append(d.Kids, k)
			}
		}
		if len(d.Kids) > 0 {
			folds = append(folds, d)
		}
	}
	if len(folds) == 0 {
		return nil
	}
	return c.commit(ctx, KindExplained, now, Change{Folds: folds, Say: fmt.Sprintf("%s: its symptoms go with it", folds[0].Parent)})
}

// forget drops from the search for causes what was dealt with.
func (c *Controller) forget(change Change) {
	if c.puzzle.memory == nil {
		return
	}
	for _, f := range change.Faults {
		c.drop(f)
	}
	for _, d := range change.Folds {
		for _, id := range d.Kids {
			c.drop(c.faults[id])
		}
	}
}

// drop forgets the signs of a fault that is closed.
func (c *Controller) drop(f fault.Fault) {
	if f.State != fault.Resolved && f.State != fault.Dismissed {
		return
	}
	for _, l := range f.Sightings {
		for _, s := range c.signOf(l) {
			c.puzzle.memory.DropBefore(s.Spot, f.UpdatedAt)
		}
	}
	all := f.Shared && f.State == fault.Resolved // what machines said goes in any case: they are asked anew
	for _, spot := range c.puzzle.topology.Spots(f.Best().Cause) {
		if all || spot.Thing == cause.Machine || spot.Thing == cause.Plant {
			c.puzzle.memory.DropBefore(spot, f.UpdatedAt)
		}
	}
}
