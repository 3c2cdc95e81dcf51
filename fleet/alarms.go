package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// An AlarmView is an alarm that holds, with what has become of each robot that it is about.
type AlarmView struct {
	alarm.Alarm
	Robots []Evacuee `json:"robots"`
}

// An EvacueeState is how far a robot has come in an alarm.
type EvacueeState string

// The states of a robot in an alarm.
const (
	Out      EvacueeState = "out"       // it stands at a safe place
	Leaving  EvacueeState = "leaving"   // on its way to one, or breaking off what it was at
	Waits    EvacueeState = "waiting"   // for a way out, or a free place
	Unmoving EvacueeState = "unmoving"  // it answers, but takes no orders: stopped or in a person's hand
	Unheard  EvacueeState = "no-answer" // it does not answer
)

// An Evacuee is one robot in an alarm.
type Evacuee struct {
	ID    string       `json:"id"`
	State EvacueeState `json:"state"`
	Hall  string       `json:"hall"`
	Node  string       `json:"node"`            // that it last reported
	Place string       `json:"place,omitempty"` // safe place where it is, or to which it is on its way
}

// Alarms lists the alarms that hold, by their ids.
func (c *Controller) Alarms(ctx context.Context) (out []AlarmView, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.alarmViews(c.o.Clock.Now()); return nil })
	return out, err
}

// RaiseAlarm has robots leave a hall's aisles and doorways, or those of the whole site. An alarm that holds already is left as
// it is.
func (c *Controller) RaiseAlarm(ctx context.Context, a alarm.Alarm) (out alarm.Alarm, err error) {
	if err := c.checkAlarm(a); err != nil {
		return alarm.Alarm{}, err
	}
	out = a
	err = c.do(ctx, func(ctx context.Context) error { return c.raise(ctx, &out, c.o.Clock.Now()) })
	return out, err
}

// ClearAlarm ends an alarm in a person's name.
func (c *Controller) ClearAlarm(ctx context.Context, id, by string) (out alarm.Alarm, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		a, ok := c.alarms[id]
		if !ok || !a.Holds() {
			wrong = fmt.Errorf("alarm %q: %w: none of that name holds", id, ErrUnknown)
			return nil
		}
		out = a
		return c.clear(ctx, &out, by, c.o.Clock.Now())
	})
	return out, cmp.Or(wrong, err)
}

// SignalAlarm does what a signal from outside says, sent at a time by its sender's clock: it raises an alarm, or clears the one
// that such a signal raised. One that was sent before another that has been obeyed changes nothing, nor does one that says
// what is so already. The zero time is for signals that come in order.
func (c *Controller) SignalAlarm(ctx context.Context, s alarm.Signal, sent time.Time) error {
	if err := c.checkAlarm(s.Alarm()); err != nil {
		return err
	}
	return c.do(ctx, func(ctx context.Context) error {
		if s.Stale(sorted(c.alarms), sent) {
			return nil
		}
		now, a := c.o.Clock.Now(), s.Alarm()
		a.SentAt = sent
		if s.Signal == alarm.Raise {
			return c.raise(ctx, &a, now)
		}
		for _, held := range sorted(c.alarms) {
			if held.Holds() && held.Same(a) {
				if !sent.IsZero() {
					held.SentAt = sent
				}
				return c.clear(ctx, &held, s.By, now)
			}
		}
		return nil
	})
}

func (c *Controller) checkAlarm(a alarm.Alarm) error {
	if err := a.Check(); err != nil {
		return fmt.Errorf("%w: alarm: %w", ErrRefused, err)
	}
	if _, ok := c.o.Site.Hall(a.Hall); a.Hall != "" && !ok {
		return fmt.Errorf("alarm: hall %q: %w", a.Hall, ErrUnknown)
	}
	return nil
}

// raise journals an alarm that does not hold yet; else it says which one does.
func (c *Controller) raise(ctx context.Context, a *alarm.Alarm, now time.Time) error {
	for _, held := range sorted(c.alarms) {
		if held.Holds() && held.Same(*a) {
			*a = held
			return nil
		}
	}
	a.ID, a.At = fmt.Sprintf("A-%04d", len(c.alarms)+1), now
	c.stir()
	say := fmt.Sprintf("%s: %s alarm in %s, raised by %s: robots leave", a.ID, a.Kind, a.Place(), a.By)
	return c.commit(ctx, KindAlarm, now, Change{Alarms: []alarm.Alarm{*a}, Say: say})
}

// clear journals the end of an alarm, with the debt that it made so far.
func (c *Controller) clear(ctx context.Context, a *alarm.Alarm, by string, now time.Time) error {
	a.ClearedAt, a.ClearedBy = now, by
	late := 0
	for _, v := range c.views {
		if a.Covers(v.Hall) && c.lateBy(v, now) != "" {
			late++
		}
	}
	c.stir()
	say := fmt.Sprintf("%s: %s alarm in %s cleared by %s after %s; it made %d viewpoints late", a.ID, a.Kind, a.Place(), by, now.Sub(a.At).Round(time.Second), late)
	return c.commit(ctx, KindAlarm, now, Change{Alarms: []alarm.Alarm{*a}, Say: say})
}

// alarmed says whether an alarm holds in a hall.
func (c *Controller) alarmed(hall string) bool {
	for _, a := range c.alarms {
		if a.Holds() && a.Covers(hall) {
			return true
		}
	}
	return false
}

// lateBy names the alarm to which it is due that a viewpoint is late; empty when it is in time, or late for another reason.
func (c *Controller) lateBy(v maps.Viewpoint, now time.Time) string {
	if len(c.alarms) == 0 {
		return ""
	}
	looked := c.looked[v.ID]
	if looked.IsZero() {
		looked = c.began
	}
	return alarm.Cause(sorted(c.alarms), v.Hall, looked, v.RevisitInterval, now)
}

func (c *Controller) alarmViews(now time.Time) []AlarmView {
	out := []AlarmView{}
	for _, a := range sorted(c.alarms) {
		if !a.Holds() {
			continue
		}
		v := AlarmView{Alarm: a, Robots: []Evacuee{}}
		for _, h := range c.o.Site.Halls {
			if a.Covers(h.ID) {
				v.Robots = append(v.Robots, c.evacuees(h, now)...)
			}
		}
		out = append(out, v)
	}
	return out
}

// evacuees are a hall's robots as an alarm finds them. Each that does not answer is among them, wherever it was heard last.
func (c *Controller) evacuees(h *maps.Hall, now time.Time) []Evacuee {
	first, more := c.refuge(h).Safe()
	safe := slices.Concat(first, more)
	var out []Evacuee
	for _, r := range sorted(c.robots) {
		if r.Hall != h.ID {
			continue
		}
		e := Evacuee{ID: r.ID.String(), State: Waits, Hall: h.ID, Node: c.nodeOf(r)}
		m, busy := c.missions[e.ID]
		switch {
		case !c.fresh(e.ID, now) || r.Connection != string(vda5050.ConnectionOnline):
			e.State = Unheard
		case !busy && c.able(e.ID, now) && slices.Contains(safe, e.Node) && c.stands(e.ID):
			e.State, e.Place = Out, e.Node
		case busy && c.steerable(e.ID, now):
			e.State = Leaving
			if slices.Contains(safe, m.Duty.Node) && len(m.Duty.Looks) == 0 {
				e.Place = m.Duty.Node
			}
		case busy && m.Phase != dispatch.Running:
			e.State = Leaving
		case !c.takesOrders(r.ID):
			e.State = Unmoving
		}
		out = append(out, e)
	}
	return out
}

// nodeOf is the node that a robot last reported.
func (c *Controller) nodeOf(r Robot) string {
	if _, table := c.tableOf(r.ID.String()); table != nil {
		if node, ok := table.At(r.ID.String()); ok {
			return node
		}
	}
	return r.Node
}

// stands says whether a robot is at the node that it last reported, and was not stopped beyond it.
func (c *Controller) stands(robot string) bool {
	_, table := c.tableOf(robot)
	return table != nil && len(table.Held[robot].Beside) == 0
}

// takesOrders says whether a robot that answers is automatic and not stopped.
func (c *Controller) takesOrders(id wire.RobotID) bool {
	s := c.live[id.String()].state
	return s.OperatingMode == vda5050.ModeAutomatic && s.SafetyState.ActiveEmergencyStop == vda5050.EStopNone
}
