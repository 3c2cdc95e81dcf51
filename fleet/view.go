package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// ErrUnknown is what a question about something that is not there is answered with.
var ErrUnknown = errors.New("unknown")

// ErrRefused is what a command that does not fit the state of its object is answered with.
var ErrRefused = errors.New("refused")

// A RobotView is a robot as people see it.
type RobotView struct {
	ID         string    `json:"id"`
	State      string    `json:"state"` // offline, silent, idle, driving, looking, charging, stopped, manual
	Hall       string    `json:"hall"`
	X          float64   `json:"x"` // m, hall frame
	Y          float64   `json:"y"`
	ThetaRad   float64   `json:"thetaRad"`
	Node       string    `json:"node"`
	Battery    float64   `json:"battery"` // 0..1
	Charging   bool      `json:"charging"`
	Connection string    `json:"connection"`
	HeardAt    time.Time `json:"heardAt"` // zero when never since the controller started
	Order      string    `json:"order,omitempty"`
	Duty       string    `json:"duty,omitempty"` // what it is at, for people
	Target     string    `json:"target,omitempty"`
	Rack       string    `json:"rack,omitempty"` // that it is on its way to, or looks at
	Way        []string  `json:"way,omitempty"`  // nodes still ahead
	Errors     []string  `json:"errors"`
	Made
	SpeedMPS float64 `json:"speedMPS,omitempty"` // measured; 0 when it has driven too little
	// Observations is how many of its observations are durable.
	Observations uint64 `json:"observations"`
}

// A PatrolView is how the patrol stands.
type PatrolView struct {
	At       time.Time       `json:"at"`
	Began    time.Time       `json:"began"`
	Looked   int             `json:"looked"` // viewpoints that have been looked at at all
	Coverage patrol.Coverage `json:"coverage"`
	// Foretold are the viewpoints that will be late, or are, if nothing changes, soonest first; Cures what would keep them
	// in time, by hall.
	Foretold   []patrol.Foreseen `json:"foretold"`
	Cures      map[string]string `json:"cures,omitempty"`
	Viewpoints []ViewpointView   `json:"viewpoints"`
}

// A ViewpointView is how one viewpoint stands.
type ViewpointView struct {
	ID       string        `json:"id"`
	State    string        `json:"state"` // within, late, never
	Rack     string        `json:"rack"`
	Face     maps.Face     `json:"face"`
	FromU    int           `json:"fromU"`
	ToU      int           `json:"toU"`
	LookedAt *time.Time    `json:"lookedAt,omitempty"`
	Age      time.Duration `json:"ageNs"`
	Interval time.Duration `json:"intervalNs"`
	Ratio    float64       `json:"ratio"`
	Cause    string        `json:"cause,omitempty"` // the alarm without which it would not be late
	Why      string        `json:"why,omitempty"`   // why no robot can come there now
}

// A RackView is a rack with its newest looks, one for each viewpoint that has one.
type RackView struct {
	Rack  string             `json:"rack"`
	Looks []wire.Observation `json:"looks"`
}

// Robots lists the robots.
func (c *Controller) Robots(ctx context.Context) (out []RobotView, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.robotViews(c.o.Clock.Now()); return nil })
	return out, err
}

// Patrol reports the patrol.
func (c *Controller) Patrol(ctx context.Context) (out PatrolView, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.patrolView(c.o.Clock.Now()); return nil })
	return out, err
}

// Rack shows a rack's newest looks.
func (c *Controller) Rack(ctx context.Context, id string) (out RackView, err error) {
	if _, ok := c.o.Site.Rack(id); !ok {
		return RackView{}, fmt.Errorf("rack %q: %w", id, ErrUnknown)
	}
	out = RackView{Rack: id, Looks: []wire.Observation{}}
	err = c.do(ctx, func(context.Context) error {
		for _, v := range c.views {
			if o, ok := c.looks[v.ID]; ok && v.Rack == id {
				out.Looks = append(out.Looks, o)
			}
		}
		return nil
	})
	return out, err
}

// Faults lists the faults, newest first.
func (c *Controller) Faults(ctx context.Context) (out []fault.Fault, err error) {
	err = c.do(ctx, func(context.Context) error { out = newestFirst(c.faults); return nil })
	return out, err
}

// Tickets lists the tickets, newest first.
func (c *Controller) Tickets(ctx context.Context) (out []ticket.Ticket, err error) {
	err = c.do(ctx, func(context.Context) error { out = newestFirst(c.tickets); return nil })
	return out, err
}

// Inspections lists the inspections, newest first.
func (c *Controller) Inspections(ctx context.Context) (out []Inspection, err error) {
	err = c.do(ctx, func(context.Context) error { out = newestFirst(c.inspections); return nil })
	return out, err
}

// Runs lists the repairs, newest first.
func (c *Controller) Runs(ctx context.Context) (out []remedy.Run, err error) {
	err = c.do(ctx, func(context.Context) error { out = newestFirst(c.runs); return nil })
	return out, err
}

// Needed names the pictures that must be kept: those of each viewpoint's newest look, and of every fault.
func (c *Controller) Needed(ctx context.Context) (map[string]bool, error) {
	needed := map[string]bool{}
	add := func(pictures []wire.EvidenceRef) {
		for _, e := range pictures {
			needed[e.SHA256] = true
		}
	}
	err := c.do(ctx, func(context.Context) error {
		for _, o := range c.looks {
			add(o.Evidence)
		}
		for _, f := range c.faults {
			add(f.Before)
			add(f.After)
			for _, s := range f.Sightings {
				add(s.Evidence)
			}
		}
		for _, a := range c.inbound {
			for _, sha := range a.Pics {
				needed[sha] = true
			}
		}
		return nil
	})
	return needed, err
}

func newestFirst[V any](m map[string]V) []V {
	list := sorted(m)
	slices.Reverse(list)
	return list
}

func (c *Controller) robotViews(now time.Time) []RobotView {
	out := []RobotView{}
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		v := RobotView{
			ID: key, Hall: r.Hall, X: r.X, Y: r.Y, ThetaRad: r.ThetaRad, Node: r.Node, Battery: r.Battery,
			Charging: r.Charging, Connection: r.Connection, Errors: r.Errors, Observations: r.Seq, Made: r.Made,
		}
		v.SpeedMPS, _ = c.measuredMPS(key)
		if l := c.live[key]; l != nil && l.state != nil {
			d := described(r, l.state, l.heard)
			v.Hall, v.X, v.Y, v.ThetaRad, v.Node = d.Hall, d.X, d.Y, d.ThetaRad, d.Node
			v.Battery, v.Charging, v.Errors, v.HeardAt, v.Order = d.Battery, d.Charging, d.Errors, l.heard, l.state.OrderID
		}
		if m, ok := c.missions[key]; ok {
			v.Duty, v.Target, v.Way = m.Duty.Why, m.Duty.Node, ahead(m)
			if view, ok := firstViewpoint(c.o.Site, m.Duty); ok {
				v.Rack = view.Rack
			}
		}
		v.State = c.stateText(key, r, now)
		out = append(out, v)
	}
	return out
}

func firstViewpoint(s *maps.Site, d patrol.Duty) (maps.Viewpoint, bool) {
	if len(d.Looks) == 0 {
		return maps.Viewpoint{}, false
	}
	return s.Viewpoint(d.Looks[0].Viewpoint)
}

// stateText is a robot's state in one word.
func (c *Controller) stateText(key string, r Robot, now time.Time) string {
	if r.Connection != string(vda5050.ConnectionOnline) {
		return "offline"
	}
	if !c.fresh(key, now) {
		return "silent"
	}
	s := c.live[key].state
	switch {
	case s.SafetyState.ActiveEmergencyStop != vda5050.EStopNone:
		return "stopped"
	case s.OperatingMode != vda5050.ModeAutomatic:
		return "manual"
	case s.Driving:
		return "driving"
	case s.PowerSupply.Charging:
		return "charging"
	case !dispatch.Idle(s):
		return "looking"
	}
	return "idle"
}

func (c *Controller) patrolView(now time.Time) PatrolView {
	report := c.idle(now)
	out := PatrolView{At: now, Began: c.began, Looked: len(c.looked), Coverage: patrol.Cover(report), Viewpoints: make([]ViewpointView, 0, len(report))}
	cut := map[string]map[string]string{}
	for _, h := range c.o.Site.Halls {
		cut[h.ID] = c.cutOff(h, now)
	}
	for i, r := range report {
		v := c.views[i]
		view := ViewpointView{
			ID: v.ID, State: "within", Rack: v.Rack, Face: v.Face, FromU: v.FromU, ToU: v.ToU, Age: r.Age, Interval: r.Interval, Ratio: r.Ratio,
			Why: cut[v.Hall][v.Node],
		}
		if at := c.looked[v.ID]; !at.IsZero() {
			view.LookedAt = &at
		} else {
			view.State = "never"
		}
		if r.Ratio > 1 {
			view.State = "late"
			view.Cause = c.lateBy(v, now)
		}
		out.Viewpoints = append(out.Viewpoints, view)
	}
	out.Foretold, out.Cures = c.foretell(now)
	hopeless := map[string]string{} // why no robot will come
	for _, f := range out.Foretold {
		if f.Look.IsZero() {
			hopeless[f.Viewpoint] = f.Why
		}
	}
	for i := range out.Viewpoints {
		v := &out.Viewpoints[i]
		v.Why = cmp.Or(v.Why, hopeless[v.ID])
	}
	return out
}

// foretell says which viewpoints will be late, and what would cure it where the robots' plan cannot keep them.
func (c *Controller) foretell(now time.Time) (late []patrol.Foreseen, cures map[string]string) {
	late, cures = []patrol.Foreseen{}, map[string]string{}
	for _, h := range c.o.Site.Halls {
		table := c.tables[h.ID]
		if table == nil {
			continue
		}
		in := c.patrolInput(h, table, now)
		late = append(late, patrol.Foretell(in)...)
		cure, known := c.cures[in.Plan]
		if !known { // it takes plans of its own, and stays what it is for as long as the plan
			cure = patrol.Cure(in, cureUpTo)
			c.cures[in.Plan] = cure
		}
		if cure != "" {
			cures[h.ID] = cure
		}
	}
	slices.SortStableFunc(late, func(a, b patrol.Foreseen) int { return a.Late.Compare(b.Late) })
	return late, cures
}

// cureUpTo is how many robots more are tried when a plan does not keep every interval.
const cureUpTo = 3

// idle reports every viewpoint's idleness, in the order of c.views.
func (c *Controller) idle(now time.Time) []patrol.Idleness {
	points, quiet := make([]patrol.Viewpoint, 0, len(c.views)), c.o.Site.Quiet(now)
	for _, v := range c.views {
		points = append(points, c.patrolViewpoint(v, quiet, now))
	}
	return patrol.Idle(points, c.began, now)
}

// tell hands a committed change to the page.
func (c *Controller) tell(at time.Time, change Change) {
	for _, f := range change.Faults {
		c.o.Told("fault", f)
	}
	for _, d := range change.Folds {
		for _, id := range d.Kids {
			c.o.Told("fault", c.faults[id])
		}
	}
	for _, t := range change.Tickets {
		c.o.Told("ticket", t)
	}
	for _, r := range change.Runs {
		c.o.Told("run", r)
	}
	for _, i := range change.Inspections {
		c.o.Told("inspection", i)
	}
	for _, a := range change.Inbound {
		c.o.Told("inbound", a)
	}
	if o := change.Observation; o != nil {
		c.o.Told("look", o)
	}
	if len(change.Zones)+len(change.ZonesOver) > 0 {
		c.o.Told("zones", sorted(c.zones))
	}
	if len(change.Alarms) > 0 {
		c.o.Told("alarms", c.alarmViews(at))
	}
	if change.Stop != nil {
		c.o.Told("stop", *change.Stop)
	}
	if len(change.Silences)+len(change.SilencesOver) > 0 {
		c.o.Told("silences", c.silenceViews(at))
	}
	if change.Say != "" {
		c.o.Told("story", Line{At: at, Text: change.Say})
	}
}

// A Line is one line of the site's story.
type Line struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// tellFloor hands the robots' places and the coverage to the page, once a tick.
func (c *Controller) tellFloor(now time.Time) {
	c.o.Told("robots", c.robotViews(now))
	if held := c.alarmViews(now); len(held) > 0 {
		c.o.Told("alarms", held)
	}
	c.o.Told("coverage", struct {
		At     time.Time `json:"at"`
		Looked int       `json:"looked"` // viewpoints that have been looked at at all
		patrol.Coverage
	}{now, len(c.looked), patrol.Cover(c.idle(now))})
}
