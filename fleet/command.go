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
			out = append(out, Inspection{
				ID: c.inspectionID(n), State: Waiting, Class: cmp.Or(w.Class, "operator"), By: w.By, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, At: now,
			})
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
		if p, ok := patrol.Promise(in, patrol.Inspection{ID: i.ID, Viewpoint: i.Viewpoint, Class: i.class(), At: now}); ok {
			i.Promised = &p
		}
	}
}

// Cancel takes back an inspection that no robot is on its way for.
func (c *Controller) Cancel(ctx context.Context, id, by string) (out Inspection, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		i, ok := c.inspections[id]
		switch {
		case !ok:
			wrong = fmt.Errorf("inspection %q: %w", id, ErrUnknown)
			return nil
		case i.State != Waiting || i.Class == "verification":
			wrong = fmt.Errorf("inspection %s is %s, of class %s: only one that waits, and verifies no repair, is cancelled: %w", id, i.State, i.Class, ErrRefused)
			return nil
		}
		now := c.o.Clock.Now()
		i.State, i.DoneAt, i.Result = Withdrawn, &now, "cancelled by "+by
		out = i
		return c.commit(ctx, KindInspection, now, Change{Inspections: []Inspection{i}, Say: id + " cancelled by " + by})
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
