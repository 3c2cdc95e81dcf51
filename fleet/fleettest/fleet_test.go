package fleettest_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// dusk is when nights begin.
var dusk = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// A unit is one robot of a night, its radio both ways, and what the fleet knows of it.
type unit struct {
	id      string
	robot   *fleettest.Robot
	up      *fleettest.Link[*vda5050.State]
	down    *fleettest.Link[vda5050.Message]
	state   *vda5050.State
	heard   time.Time
	mission *dispatch.Mission
	last    string        // node of its last visit of its lap
	idle    time.Time     // since when it has no mission
	dies    time.Time     // at the first move or look after it; zero when never
	worked  time.Duration // driving and looking
	docked  time.Duration
}

// A night is a fleet in the small: the rules, an event loop and the truth to hold them to.
type night struct {
	t      *testing.T
	g      *maps.Graph
	rules  patrol.Rules
	table  traffic.Table
	units  []*unit
	views  []patrol.Viewpoint
	hall   *patrol.Hall
	plan   *patrol.Plan
	asked  []patrol.Inspection  // of the whole night; each is known from its At on
	served map[string]time.Time // inspections
	now    time.Time
	orders int
	ends   map[dispatch.Outcome]int

	worst   float64 // largest ratio of idleness to interval; what was never seen is as old as the night
	worstOf string
	looks   int
	least   float64 // smallest charge
}

type nightOptions struct {
	hall   fleettest.Hall
	robots int
	loss   float64
	delay  time.Duration
	seed   uint64
	charge float64
}

func newNight(t *testing.T, o nightOptions) *night {
	t.Helper()
	g, err := o.hall.Graph()
	if err != nil {
		t.Fatal(err)
	}
	n := &night{
		t: t, g: g, rules: patrol.DefaultRules(), hall: patrol.NewHall(g, o.hall.Viewpoints(), nil), now: dusk, least: 1,
		ends: map[dispatch.Outcome]int{}, served: map[string]time.Time{},
	}
	for _, v := range o.hall.Viewpoints() {
		n.views = append(n.views, patrol.Viewpoint{Viewpoint: v})
	}
	for i, d := range g.Docks()[:o.robots] {
		id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: fmt.Sprintf("NR-%02d", i+1)}
		r, err := fleettest.New(fleettest.Options{
			ID: id, Graph: g, Hall: fleettest.HallID, Node: d.Node, Charge: o.charge, Seed: o.seed + uint64(i),
			Start: dusk, Body: fleettest.DefaultBody(),
		})
		if err != nil {
			t.Fatal(err)
		}
		n.units = append(n.units, &unit{
			id: id.String(), robot: r,
			up:   fleettest.NewLink[*vda5050.State](o.loss, o.delay, o.seed*100+uint64(2*i)),
			down: fleettest.NewLink[vda5050.Message](o.loss, o.delay, o.seed*100+uint64(2*i+1)),
		})
	}
	return n
}

// run lets the night go on until an end; whatever breaks a promise fails the test.
func (n *night) run(until time.Time) {
	n.t.Helper()
	tick := n.now
	for n.now.Before(until) && !n.t.Failed() {
		next := tick
		for _, u := range n.units {
			next = earliest(next, u.robot.NextEventAt())
			for _, at := range []func() (time.Time, bool){u.up.NextEventAt, u.down.NextEventAt} {
				if t, ok := at(); ok {
					next = earliest(next, t)
				}
			}
		}
		n.advance(next)
		if !next.Before(tick) {
			tick = tick.Add(time.Second)
			n.tick()
		}
		n.truth()
	}
}

func earliest(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

// advance brings robots and messages to a time.
func (n *night) advance(to time.Time) {
	for _, u := range n.units {
		if u.robot.Busy() {
			u.worked += to.Sub(n.now)
		} else if u.robot.Charging() {
			u.docked += to.Sub(n.now)
		}
	}
	n.now = to
	for _, u := range n.units {
		if !u.dies.IsZero() && !to.Before(u.dies) && u.robot.Busy() {
			u.robot.Kill()
		}
		states := u.robot.Step(to)
		for _, m := range u.down.Arrived(to) {
			states = append(states, u.robot.Receive(m, to)...)
		}
		for _, s := range states {
			u.up.Send(s, to)
		}
		for _, s := range u.up.Arrived(to) {
			n.hear(u, s)
		}
	}
}

// hear is what a controller does with a state.
func (n *night) hear(u *unit, s *vda5050.State) {
	u.state, u.heard = s, n.now
	if u.mission != nil {
		m, fx := u.mission.OnState(s, n.now)
		n.carry(u, m, fx)
		return
	}
	if _, placed := n.table.At(u.id); placed {
		return
	}
	if node, ok := dispatch.Locate(n.g, fleettest.HallID, s, 0.5); ok {
		if err := n.table.Place(n.g, u.id, node); err != nil {
			n.t.Error(err)
		}
	}
}

// carry does what a mission wants done.
func (n *night) carry(u *unit, m dispatch.Mission, fx dispatch.Effects) {
	u.mission = &m
	for _, node := range fx.Passed {
		if !n.table.Passed(u.id, node) {
			n.t.Errorf("%s reports %s, which it does not hold", u.id, node)
		}
	}
	m, more, err := m.Release(n.g, n.table.Grant(u.id, m.Rules.Window), n.now)
	if err != nil {
		n.t.Error(err)
	}
	*u.mission = m
	fx.Order = cmp.Or(more.Order, fx.Order)
	for _, l := range fx.Looked {
		n.looked(l)
	}
	if fx.Order != nil {
		u.down.Send(fx.Order, n.now)
	}
	if fx.Instant != nil {
		u.down.Send(fx.Instant, n.now)
	}
	if fx.End != nil {
		n.ends[fx.End.Outcome]++
		u.mission, u.idle = nil, n.now
		if fx.End.Outcome != dispatch.Done {
			n.table.Stop(u.id)
		}
	}
}

func (n *night) looked(l dispatch.Looked) {
	i := slices.IndexFunc(n.views, func(v patrol.Viewpoint) bool { return v.ID == l.Look.Viewpoint })
	if !l.OK {
		n.views[i].Tried = n.now
		return
	}
	n.looks++
	n.views[i].Looked = n.now
	for _, id := range l.Look.Inspections {
		n.served[id] = n.now
	}
}

// tick is what a controller does each second.
func (n *night) tick() {
	for _, v := range patrol.Idle(n.views, dusk, n.now) {
		if v.Ratio > n.worst {
			n.worst, n.worstOf = v.Ratio, v.Viewpoint
		}
	}
	for _, u := range n.units {
		n.least = min(n.least, u.robot.Charge())
		if u.mission != nil {
			m, fx := u.mission.Tick(n.now)
			n.carry(u, m, fx)
		}
	}
	n.direct()
	idle := slices.Clone(n.units)
	slices.SortStableFunc(idle, func(a, b *unit) int { return int(1000 * (a.robot.Charge() - b.robot.Charge())) })
	for _, u := range idle {
		if u.mission == nil && n.able(u) {
			n.assign(u)
		}
	}
	if err := n.table.Check(n.g); err != nil {
		n.t.Errorf("%s: %v", n.now.Format(time.TimeOnly), err)
	}
}

func (n *night) able(u *unit) bool {
	return u.state != nil && n.now.Sub(u.heard) < 10*time.Second && dispatch.Able(u.state)
}

func (n *night) assign(u *unit) {
	if !dispatch.Idle(u.state) {
		return
	}
	d, ok := patrol.Next(n.input(), u.id)
	if !ok {
		return
	}
	ways, err := n.table.Send(n.g, map[string]string{u.id: d.Node}, n.now)
	if err != nil {
		n.t.Errorf("%s: duty %s %s: %v", n.now.Format(time.TimeOnly), d.Kind, d.Why, err)
		return
	}
	delete(ways, u.id)
	n.depart(u, d)
	n.reroute(ways)
}

// depart starts the mission of a robot on the way that it has in the table.
func (n *night) depart(u *unit, d patrol.Duty) {
	n.orders++
	if d.Lap {
		u.last = d.Node
	}
	m, fx, err := dispatch.Start(n.g, dispatch.Plan{
		OrderID: fmt.Sprintf("o-%d", n.orders), Hall: fleettest.HallID, Way: n.table.Way(u.id), Duty: d,
		Charging: u.state.PowerSupply.Charging,
	}, n.table.Grant(u.id, dispatch.DefaultRules().Window), dispatch.DefaultRules(), n.now)
	if err != nil {
		n.t.Error(err)
		return
	}
	n.carry(u, m, fx)
}

// direct has ways planned anew that were cut short.
func (n *night) direct() {
	for _, u := range n.units {
		n.table.SetStill(u.id, !n.able(u) || u.mission == nil && !dispatch.Idle(u.state) || u.mission != nil && u.mission.Phase != dispatch.Running)
	}
	ways, stuck := n.table.Resume(n.g, n.now)
	for _, u := range n.units {
		if slices.Contains(stuck, u.id) && u.mission != nil {
			m, fx := u.mission.Cancel("the way is blocked", n.now)
			n.carry(u, m, fx)
		}
	}
	n.reroute(ways)
}

// reroute has robots follow new ways, or make way.
func (n *night) reroute(ways map[string][]string) {
	for _, u := range n.units {
		way := ways[u.id]
		switch {
		case way == nil:
		case u.mission == nil:
			n.depart(u, patrol.Duty{Robot: u.id, Kind: patrol.Yield, Node: way[len(way)-1], Why: "makes way"})
		default:
			m, err := u.mission.Follow(way)
			var fx dispatch.Effects
			if err != nil {
				m, fx = u.mission.Cancel(err.Error(), n.now)
			}
			n.carry(u, m, fx)
		}
	}
}

// input is what the patrol knows when one robot asks.
func (n *night) input() patrol.Input {
	in := patrol.Input{
		Now: n.now, Since: dusk, Rules: n.rules, Viewpoints: n.views, Hall: n.hall,
		Taken: map[string]bool{},
	}
	under := map[string]bool{}
	for _, u := range n.units {
		if u.state == nil {
			continue
		}
		r := patrol.Robot{
			ID: u.id, Able: n.able(u), Charging: u.state.PowerSupply.Charging,
			Charge: u.state.PowerSupply.StateOfCharge / 100, Last: u.last, Idle: n.now.Sub(u.idle),
			Gone: n.now.Sub(u.heard) > n.rules.GoneAfter,
		}
		r.Reach = n.table.ReachOf(n.g, u.id, n.now)
		r.Node, _ = n.table.End(u.id)
		r.Astray = !n.table.MayStay(n.g, r.Node)
		if u.mission != nil {
			r.FreeIn = 30 * time.Second
			for _, l := range u.mission.Duty.Looks {
				in.Taken[l.Viewpoint] = true
				for _, id := range l.Inspections {
					under[id] = true
				}
			}
		}
		in.Robots = append(in.Robots, r)
	}
	for _, i := range n.asked {
		if !i.At.After(n.now) && n.served[i.ID].IsZero() && !under[i.ID] {
			in.Inspections = append(in.Inspections, i)
		}
	}
	for _, d := range n.g.Docks() {
		holder, _ := n.table.Holder(traffic.NodeResource(d.Node))
		in.Docks = append(in.Docks, patrol.Dock{ID: d.ID, Node: d.Node, Holder: holder})
	}
	if !n.plan.Fits(in.Robots) {
		n.plan = patrol.NewPlan(n.hall, in.Robots, n.rules)
	}
	in.Plan = n.plan
	if off := n.table.CutOff(n.g, n.now); off != nil {
		in.Shut = func(node string) bool { return off[node] }
	}
	return in
}

// truth holds the robots' true places to the promise, whatever the table says: nobody shares a node or an edge, nobody
// comes to a node where another is, and nobody is empty.
func (n *night) truth() {
	holder := map[traffic.Resource]string{}
	for _, u := range n.units {
		from, to := u.robot.Where()
		places := []traffic.Resource{traffic.NodeResource(from)}
		if to != "" {
			places = append(places, traffic.EdgeResource(from, to), traffic.NodeResource(to))
		}
		for _, p := range places {
			if other := holder[p]; other != "" {
				n.t.Errorf("%s: %s and %s are both on %s", n.now.Format(time.TimeOnly), other, u.id, p)
			}
			holder[p] = u.id
		}
		if u.robot.Charge() <= 0 {
			n.t.Errorf("%s: %s is empty at %s", n.now.Format(time.TimeOnly), u.id, from)
		}
	}
}
