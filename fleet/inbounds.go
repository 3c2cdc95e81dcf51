package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
)

// KindInbound is the kind of journal record by which alarms from outside come, are judged and are answered.
const KindInbound = "inbound.changed"

// The limits of alarms from outside.
const (
	inboundKept   = 5000
	inboundWithin = 2 * time.Hour // a look is waited for; then the answer is that there was none
)

// Outside lists the alarms from outside, newest first.
func (c *Controller) Outside(ctx context.Context) (out []inbound.Alarm, err error) {
	err = c.do(ctx, func(context.Context) error {
		out = sorted(c.inbound)
		slices.SortStableFunc(out, func(a, b inbound.Alarm) int { return b.TakenAt.Compare(a.TakenAt) })
		return nil
	})
	return out, err
}

// TakeAlarm takes an alarm from outside and sends robots to look, once, however often it comes.
func (c *Controller) TakeAlarm(ctx context.Context, a inbound.Alarm) (out inbound.Alarm, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		now := c.o.Clock.Now()
		taken, changed, err := inbound.Take(c.inbound, a, now)
		if out = taken; err != nil || !changed {
			wrong = err
			return nil //nolint:nilerr // what a sender did wrong does not end the leadership
		}
		change := Change{InboundOver: inbound.Forget(c.inbound, inboundKept, now)}
		if _, known := c.inbound[taken.ID]; !known && taken.State == inbound.Waiting {
			c.sendFor(&taken, &change, now)
			change.Say = fmt.Sprintf("alarm %q of %s at %s: a robot is sent to look", taken.Name, taken.Source, cmp.Or(taken.Place.Device, taken.Place.Rack, taken.Place.Supply))
		}
		change.Inbound, out = []inbound.Alarm{taken}, taken
		return c.commit(ctx, KindInbound, now, change)
	})
	return out, cmp.Or(wrong, err)
}

// sendFor asks for the looks that an alarm needs. One that is asked for already, by another alarm, serves both.
func (c *Controller) sendFor(a *inbound.Alarm, change *Change, now time.Time) {
	open := map[string]string{} // viewpoint: inspection
	for _, i := range sorted(c.inspections) {
		if i.State == Waiting {
			open[i.Viewpoint] = i.ID
		}
	}
	class := "operator"
	if a.Severity == "critical" {
		class = "emergency"
	}
	for _, w := range a.Wishes() {
		views, err := wanted(c.o.Site, c.views, Wish{Rack: w.Rack, Face: w.Face, Unit: w.Unit, Device: w.Device})
		if err != nil { // no robot sees it: said when it is judged
			c.o.Logger.Warn("an alarm is about what no robot sees", "alarm", a.ID, "why", err)
			continue
		}
		for _, v := range views {
			id, asked := open[v.ID]
			if !asked {
				id = c.inspectionID(len(change.Inspections))
				open[v.ID] = id
				change.Inspections = append(change.Inspections, Inspection{
					ID: id, State: Waiting, Class: class, By: "alarm " + a.ID, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, At: now,
				})
			}
			a.Looks = append(a.Looks, id)
		}
	}
	if len(change.Inspections) > 0 {
		c.promise(change.Inspections, a.Place.Hall, now)
	}
}

// judgeAlarms gives its verdict to each alarm whose looks are done, or have shown enough.
func (c *Controller) judgeAlarms(ctx context.Context, now time.Time) error {
	var change Change
	for _, a := range sorted(c.inbound) {
		if a.State != inbound.Waiting {
			continue
		}
		signs, pictures := c.shown(a)
		left, why := c.looksLeft(a)
		late := now.Sub(a.TakenAt) >= inboundWithin
		if len(signs) == 0 && left > 0 && !late {
			continue
		}
		signs = slices.Concat(a.Told, signs)
		v := inbound.Judge(c.puzzle.topology, a, signs, now)
		if v.State != inbound.Confirmed && left > 0 && !late {
			continue
		}
		if inbound.Again(a, v) && !late && len(signs) > 0 {
			if err := c.askAgain(ctx, a, signs, v.Odds, now); err != nil {
				return err
			}
			continue
		}
		if len(signs) == 0 {
			v.Says = "no robot could look: " + why
		}
		a.State, a.Verdict, a.Told = v.State, &v, nil
		a.Pics = slices.Concat(a.Pics, pictures)
		change.Inbound = append(change.Inbound, a)
		change.Say = fmt.Sprintf("alarm %q of %s is %s: %s", a.Name, a.Source, v.State, v.Says)
	}
	if len(change.Inbound) == 0 {
		return nil
	}
	return c.commit(ctx, KindInbound, now, change)
}

// askAgain asks for another round of an alarm's looks: what those before said is kept.
func (c *Controller) askAgain(ctx context.Context, a inbound.Alarm, signs []cause.Sign, odds float64, now time.Time) error {
	_, pictures := c.shown(a)
	a.Told, a.Odds, a.AskedAt = inbound.Bearing(c.puzzle.topology, a, signs), odds, now
	a.Pics, a.Looks = slices.Concat(a.Pics, pictures), nil
	a.Rounds++
	var change Change
	c.sendFor(&a, &change, now)
	change.Inbound = []inbound.Alarm{a}
	change.Say = fmt.Sprintf("alarm %q of %s: the looks do not say enough, robots look again", a.Name, a.Source)
	return c.commit(ctx, KindInbound, now, change)
}

// looksLeft is how many of an alarm's looks are still to come, and what became of the others.
func (c *Controller) looksLeft(a inbound.Alarm) (left int, why string) {
	why = "no place from which one sees it is known"
	for _, id := range a.Looks {
		i := c.inspections[id]
		if i.Open() {
			left++
			why = fmt.Sprintf("none came within %s", inboundWithin)
		} else if left == 0 {
			why = cmp.Or(i.Result, string(i.State))
		}
	}
	return left, why
}

// shown is what the looks at an alarm's place said since it came, and their pictures.
func (c *Controller) shown(a inbound.Alarm) (signs []cause.Sign, pictures []string) {
	for _, id := range a.Looks {
		o, ok := c.looks[c.inspections[id].Viewpoint]
		if !ok || o.At.Before(a.TakenAt) || !a.AskedAt.IsZero() && !o.At.After(a.AskedAt) {
			continue
		}
		signs = append(signs, c.puzzle.topology.Read(o, c.usual[o.Rack])...)
		for _, e := range o.Evidence {
			if !slices.Contains(pictures, e.SHA256) {
				pictures = append(pictures, e.SHA256)
			}
		}
	}
	return signs, pictures
}

// answer carries verdicts to those who raised the alarms and want them.
func (d *courier) answer(s *state) {
	for _, a := range sorted(s.inbound) {
		if a.Verdict == nil || a.Answered {
			continue
		}
		i := slices.IndexFunc(d.c.o.Inbound, func(s *inbound.Source) bool { return s.ID == a.Source })
		if i < 0 || d.c.o.Inbound[i].Answer == nil {
			continue
		}
		target := d.c.o.Inbound[i].Answer
		d.try("inbound/"+a.ID, func(ctx context.Context) error {
			return target.Deliver(ctx, d.client, a, d.c.o.Link+"/api/v1/inbound", time.Now())
		}, func(ctx context.Context, err error) error { return d.c.answered(ctx, a.ID, err) })
	}
}

// answered notes that a verdict was taken, or cannot be any more.
func (c *Controller) answered(ctx context.Context, id string, err error) error {
	a, ok := c.inbound[id]
	if err != nil && !errors.Is(err, inbound.ErrTooLate) {
		c.o.Logger.Warn("a verdict was not taken; it is sent again", "alarm", id, "error", err)
		return nil
	}
	if !ok {
		return nil
	}
	a.Answered = true
	return c.commit(ctx, KindInbound, c.o.Clock.Now(), Change{Inbound: []inbound.Alarm{a}})
}
