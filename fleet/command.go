package fleet

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/maps"
)

// A Wish is what an operator wants looked at: a rack, or one face, unit or device of it.
type Wish struct {
	Rack   string    `json:"rack"`
	Face   maps.Face `json:"face,omitempty"` // empty: both
	Unit   int       `json:"unit,omitempty"`
	Device string    `json:"device,omitempty"`
	By     string    `json:"by,omitempty"`
	Class  string    `json:"class,omitempty"` // emergency, operator (when empty) or patrol: when a robot comes by
}

// Inspect asks for looks and returns one inspection for each viewpoint that they need.
func (c *Controller) Inspect(ctx context.Context, w Wish) (out []Inspection, err error) {
	views, err := wanted(c.o.Site, c.views, w)
	if err != nil {
		return nil, err
	}
	err = c.do(ctx, func(ctx context.Context) error {
		now := c.o.Clock.Now()
		for n, v := range views {
			out = append(out, c.lookFrom(v, n, cmp.Or(w.Class, "operator"), w.By, now))
		}
		c.promise(out, views[0].Hall, now)
		return c.commit(ctx, KindInspection, now, Change{Inspections: out, Say: fmt.Sprintf("inspection of %s asked for: %d looks", w.Rack, len(out))})
	})
	return out, err
}

// promise says of inspections of one hall who will serve them, and when; nothing of those for which no robot can be named.
func (c *Controller) promise(all []Inspection, hall string, now time.Time) {
	h, ok := c.o.Site.Hall(hall)
	table := c.tables[hall]
	if !ok || table == nil {
		return
	}
	in := c.patrolInput(h, table, now)
	for k := range all {
		i := &all[k]
		if p, ok := patrol.Promise(in, patrol.Inspection{ID: i.ID, Viewpoint: i.Viewpoint, Class: i.class(), At: i.At, Moved: i.MovedAt, Not: i.Not}); ok {
			i.Promised = &p
		}
	}
}

// A MovedUp is an inspection that was moved up, with its new promise, and what that delays: the lap of the robot that is
// promised, and other inspections.
type MovedUp struct {
	Inspection
	// Before are the inspections of its class that waited before it until now, the longest-waiting first.
	Before []string `json:"before"`
}

// MoveUp has an inspection that waits served before the others of its class: by the robot that is there first when it is
// free, whatever its lap.
func (c *Controller) MoveUp(ctx context.Context, id, by string) (out MovedUp, err error) {
	out.Inspection, err = c.alter(ctx, id, func(i *Inspection, now time.Time) (say string, err error) {
		switch {
		case i.State != Waiting:
			return "", fmt.Errorf("inspection %s is %s: only one that waits is moved up: %w", id, i.State, ErrRefused)
		case i.class() == patrol.Patrol:
			return "", fmt.Errorf("inspection %s is of class patrol: it waits for a robot to come by; ask for one of class operator: %w", id, ErrRefused)
		}
		out.Before = c.waitBefore(*i)
		i.MovedAt, i.MovedBy, i.Promised = now, by, nil
		v, _ := c.o.Site.Viewpoint(i.Viewpoint)
		one := []Inspection{*i}
		c.promise(one, v.Hall, now)
		*i = one[0]
		return fmt.Sprintf("%s (%s) moved up by %s, before %d others", id, i.Viewpoint, by, len(out.Before)), nil
	})
	return out, err
}

// waitBefore are the inspections of the same class and hall that would be served before one that waits.
func (c *Controller) waitBefore(i Inspection) []string {
	before := []string{}
	v, _ := c.o.Site.Viewpoint(i.Viewpoint)
	for _, o := range sorted(c.inspections) {
		w, _ := c.o.Site.Viewpoint(o.Viewpoint)
		if o.ID == i.ID || o.State != Waiting || o.class() != i.class() || w.Hall != v.Hall {
			continue
		}
		if o.MovedAt.After(i.MovedAt) || o.MovedAt.Equal(i.MovedAt) && !o.At.After(i.At) {
			before = append(before, o.ID)
		}
	}
	return before
}

// Cancel takes back an inspection that no robot is on its way for.
func (c *Controller) Cancel(ctx context.Context, id, by string) (Inspection, error) {
	return c.alter(ctx, id, func(i *Inspection, now time.Time) (say string, err error) {
		if i.State != Waiting || i.Class == "verification" {
			return "", fmt.Errorf("inspection %s is %s, of class %s: only one that waits, and verifies no repair, is cancelled: %w", id, i.State, i.Class, ErrRefused)
		}
		i.State, i.DoneAt, i.Result = Withdrawn, &now, "cancelled by "+by
		return id + " cancelled by " + by, nil
	})
}

// alter changes an inspection at a person's word, or refuses it.
func (c *Controller) alter(ctx context.Context, id string, change func(i *Inspection, now time.Time) (say string, err error)) (out Inspection, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		i, ok := c.inspections[id]
		if !ok {
			wrong = fmt.Errorf("inspection %q: %w", id, ErrUnknown)
			return nil
		}
		now := c.o.Clock.Now()
		var say string
		if say, wrong = change(&i, now); wrong != nil {
			return nil //nolint:nilerr // what a person asked wrongly ends no leadership
		}
		out = i
		return c.commit(ctx, KindInspection, now, Change{Inspections: []Inspection{i}, Say: say})
	})
	return out, cmp.Or(wrong, err)
}

// wanted are the viewpoints that a wish needs.
func wanted(s *maps.Site, all []maps.Viewpoint, w Wish) ([]maps.Viewpoint, error) {
	if w.Device != "" {
		d, ok := s.Device(w.Device)
		if !ok {
			return nil, fmt.Errorf("device %q: %w", w.Device, ErrUnknown)
		}
		if w.Rack != "" && w.Rack != d.Rack {
			return nil, fmt.Errorf("device %q is in rack %s, not %s: %w", w.Device, d.Rack, w.Rack, ErrUnknown)
		}
		w.Rack, w.Unit = d.Rack, d.Position
	}
	r, ok := s.Rack(w.Rack)
	if !ok {
		return nil, fmt.Errorf("rack %q: %w", w.Rack, ErrUnknown)
	}
	if w.Unit < 0 || w.Unit > r.Type.UHeight {
		return nil, fmt.Errorf("rack %s has units 1 to %d, not %d: %w", w.Rack, r.Type.UHeight, w.Unit, ErrUnknown)
	}
	var out []maps.Viewpoint
	for _, v := range all {
		if v.Rack == w.Rack && (w.Face == "" || v.Face == w.Face) && (w.Unit == 0 || v.FromU <= w.Unit && w.Unit <= v.ToU) {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("rack %s has no face %q that a robot can see: %w", w.Rack, w.Face, ErrUnknown)
	}
	return out, nil
}

// Verify sends a robot to look at a fault again: somebody says that it is repaired.
func (c *Controller) Verify(ctx context.Context, id, by string) (out fault.Fault, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		f, ok := c.faults[id]
		switch {
		case !ok:
			wrong = fmt.Errorf("fault %q: %w", id, ErrUnknown)
			return nil
		case f.State != fault.Escalated && f.State != fault.Ticketed:
			wrong = fmt.Errorf("fault %s is %s: only an escalated or ticketed one is verified on request: %w", id, f.State, ErrRefused)
			return nil
		}
		return c.verifyNow(ctx, f, by, c.o.Clock.Now(), &out)
	})
	return out, cmp.Or(wrong, err)
}

func (c *Controller) verifyNow(ctx context.Context, f fault.Fault, by string, now time.Time, out *fault.Fault) error {
	f.Verifications = 0
	*out = fault.Moved(f, fault.Verifying, now, by+" says that it is repaired; a robot looks again")
	return c.commit(ctx, KindFault, now, Change{Faults: []fault.Fault{*out}, Say: fmt.Sprintf("%s verifying: %s says that it is repaired", f.ID, by)})
}
