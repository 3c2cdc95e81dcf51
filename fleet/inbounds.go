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
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
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
			c.sendFor(&taken, &change, nil, now)
			change.Say = fmt.Sprintf("alarm %q of %s at %s: a robot is sent to look", taken.Name, taken.Source, cmp.Or(taken.Place.Device, taken.Place.Rack, taken.Place.Supply))
		}
		change.Inbound, out = []inbound.Alarm{taken}, taken
		return c.commit(ctx, KindInbound, now, change)
	})
	return out, cmp.Or(wrong, err)
}

// sendFor asks for the looks that an alarm needs, of other robots than some. One that is asked for already, by another alarm,
// serves both.
func (c *Controller) sendFor(a *inbound.Alarm, change *Change, not []string, now time.Time) {
	open := map[string]string{} // viewpoint: inspection
	for _, i := range sorted(c.inspections) {
		if i.State == Waiting && !slices.ContainsFunc(not, func(r string) bool { return !slices.Contains(i.Not, r) }) {
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
				i := c.lookFrom(v, len(change.Inspections), class, "alarm "+a.ID, now)
				i.Not, id, open[v.ID] = not, i.ID, i.ID
				change.Inspections = append(change.Inspections, i)
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
	for _, a := range those(c.inbound, func(a inbound.Alarm) bool { return a.State == inbound.Waiting }) {
		signs, pictures := c.shown(a)
		left, why := c.looksLeft(a)
		late := now.Sub(a.TakenAt) >= inboundWithin
		if len(signs) == 0 && left > 0 && !late {
			continue
		}
		looks := inbound.Looks{Signs: slices.Concat(a.Told, signs), Groups: c.puzzle.groups}
		if len(looks.Signs) == 0 {
			looks.None = why
		}
		v := inbound.Judge(c.puzzle.topology, a, looks, now)
		if v.State != inbound.Confirmed && left > 0 && !late || !late && c.heed(a, v) { //nolint:contextcheck // an inquiry lasts as long as the leadership, not the turn
			continue
		}
		if !late && len(looks.Signs) > 0 && inbound.Again(a, v, c.others(a)) {
			if err := c.askAgain(ctx, a, looks.Signs, pictures, v.Odds, now); err != nil {
				return err
			}
			continue
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

// heed has the machines asked, once, what they know of an alarm that is in doubt, where any of them may know and is not who raised
// it. Waits says whether their answer is still to come.
func (c *Controller) heed(a inbound.Alarm, v inbound.LookVerdict) (waits bool) {
	p := &c.puzzle
	i := slices.IndexFunc(c.o.Inbound, func(s *inbound.Source) bool { return s.ID == a.Source })
	if !a.HeardAt.IsZero() || !v.Doubtful() || c.o.Machines == nil || i < 0 {
		return false
	}
	source := c.o.Inbound[i]
	q, ok := inbound.Asks(p.topology, source, a, machinesSince)
	if !ok || !c.o.Machines.Knows(q) {
		return false
	}
	if p.heeding[a.ID] || p.inquiries >= inquiriesMost {
		return true
	}
	p.heeding[a.ID] = true
	c.inquireOf(q, a.ID, func(ctx context.Context, answer machine.Answer) error {
		delete(p.heeding, a.ID)
		now := c.o.Clock.Now()
		a, known := c.inbound[a.ID]
		if !known || a.State != inbound.Waiting {
			return nil
		}
		a = inbound.Heard(p.topology, source, a, answer.Evidence, now)
		return c.commit(ctx, KindInbound, now, Change{Inbound: []inbound.Alarm{a}, Say: fmt.Sprintf("alarm %q of %s: the machines were asked, %d of their answers bear on it", a.Name, a.Source, len(a.Reports))})
	})
	return true
}

// lookers are the robots that looked for an alarm, its last looks included.
func (c *Controller) lookers(a inbound.Alarm) []string {
	var out []string
	for _, id := range a.Looks {
		i := c.inspections[id]
		out = append(append(out, i.Not...), i.Robot)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(r string) bool { return r == "" })
}

// others says whether an alarm's last looks were all of robots that had looked before, and there is one that has not.
func (c *Controller) others(a inbound.Alarm) bool {
	for _, id := range a.Looks {
		if i := c.inspections[id]; i.State == Looked && !slices.Contains(i.Not, i.Robot) {
			return false
		}
	}
	looked := c.lookers(a)
	return slices.ContainsFunc(sorted(c.robots), func(r Robot) bool {
		return r.Hall == a.Place.Hall && r.Connection == string(vda5050.ConnectionOnline) && !slices.Contains(looked, r.ID.String())
	})
}

// askAgain asks for another round of an alarm's looks, of other robots: what those before said, and their pictures, are kept.
func (c *Controller) askAgain(ctx context.Context, a inbound.Alarm, signs []cause.Sign, pictures []string, odds float64, now time.Time) error {
	not := c.lookers(a)
	a.Told, a.Odds, a.AskedAt = inbound.Bearing(c.puzzle.topology, a, signs), odds, now
	a.Pics, a.Looks = slices.Concat(a.Pics, pictures), nil
	a.Rounds++
	var change Change
	c.sendFor(&a, &change, not, now)
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
	for _, a := range those(s.inbound, func(a inbound.Alarm) bool { return a.Verdict != nil && !a.Answered }) {
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
