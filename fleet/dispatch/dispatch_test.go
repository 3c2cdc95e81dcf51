package dispatch_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

var dusk = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

var way = []string{"dock-1", "w0", "a0-01", "a0-02", "a0-03", "a0-04", "a0-05", "a0-06"}

func setup(t *testing.T) (*maps.Graph, *fleettest.Robot, dispatch.Plan) {
	t.Helper()
	g, err := fleettest.SampleHall(time.Hour).Graph()
	if err != nil {
		t.Fatal(err)
	}
	id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	r, err := fleettest.New(fleettest.Options{
		ID: id, Graph: g, Hall: fleettest.HallID, Node: way[0], Charge: 0.9, Start: dusk, Body: fleettest.DefaultBody(),
	})
	if err != nil {
		t.Fatal(err)
	}
	looks := []patrol.Look{{Viewpoint: "A06-rear-1", Class: patrol.Operator, Inspections: []string{"I-7"}}, {Viewpoint: "A06-rear-2", Class: patrol.Patrol}}
	return g, r, dispatch.Plan{
		OrderID: "o-1", Hall: fleettest.HallID, Way: way,
		Duty: patrol.Duty{Robot: id.String(), Kind: patrol.Visit, Node: "a0-06", Looks: looks},
	}
}

func start(t *testing.T, g *maps.Graph, p dispatch.Plan) (dispatch.Mission, *vda5050.Order) {
	t.Helper()
	m, fx, err := dispatch.Start(g, p, len(p.Way), dispatch.DefaultRules(), dusk)
	if err != nil {
		t.Fatal(err)
	}
	return m, fx.Order
}

func TestAnOrderIsReleasedNodeByNodeToItsEnd(t *testing.T) {
	g, r, p := setup(t)
	m, o := start(t, g, p)
	var passed []string
	var looked []dispatch.Looked
	var end *dispatch.End
	released := 0
	for now := dusk; now.Before(dusk.Add(5*time.Minute)) && end == nil; now = now.Add(time.Second) {
		var states []*vda5050.State
		if o != nil {
			released = max(released, lastReleased(t, o))
			states, o = r.Receive(o, now), nil
		}
		for _, s := range append(states, r.Step(now)...) {
			// The controller is restarted before each state: the mission goes on from its JSON.
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			m = dispatch.Mission{}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			var fx dispatch.Effects
			m, fx = m.OnState(s, now)
			passed, looked = append(passed, fx.Passed...), append(looked, fx.Looked...)
			var on dispatch.Effects
			if m, on, err = m.Release(g, len(way), now); err != nil {
				t.Fatal(err)
			}
			if on.Order != nil {
				o = on.Order
			}
			if fx.End != nil {
				end = fx.End
			}
			if at := int(s.LastNodeSequenceID); released > at+2*dispatch.DefaultRules().Window {
				t.Errorf("node %d is released when the robot is at %d", released, at)
			}
		}
	}
	if end == nil || end.Outcome != dispatch.Done || end.Node != "a0-06" {
		t.Fatalf("got end %+v, want done at a0-06", end)
	}
	if !reflect.DeepEqual(passed, way) {
		t.Errorf("passed %v, want %v", passed, way)
	}
	if len(looked) != 2 || !looked[0].OK || looked[0].ActionID != "I-7" || looked[1].ActionID != "o-1-A06-rear-2" {
		t.Errorf("looked %+v", looked)
	}
}

func lastReleased(t *testing.T, o *vda5050.Order) int {
	t.Helper()
	if _, err := vda5050.Marshal(filled(*o)); err != nil {
		t.Errorf("the order breaks the standard: %v", err)
	}
	last := 0
	for _, n := range o.Nodes {
		if n.Released {
			last = int(n.SequenceID)
		}
	}
	return last
}

func filled(o vda5050.Order) *vda5050.Order {
	o.Header = vda5050.Header{Timestamp: vda5050.At(dusk), Version: vda5050.Version, Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	return &o
}

func TestALostOrderIsSentAgainWordForWord(t *testing.T) {
	g, _, p := setup(t)
	m, first := start(t, g, p)
	if _, fx := m.Tick(dusk.Add(time.Second)); fx.Order != nil {
		t.Error("sent again at once")
	}
	_, fx := m.Tick(dusk.Add(3 * time.Second))
	if !reflect.DeepEqual(fx.Order, first) {
		t.Errorf("got %+v, want the same order again", fx.Order)
	}
}

func TestARefusedOrderEndsTheMission(t *testing.T) {
	g, r, p := setup(t)
	p.Way = way[1:]
	m, o := start(t, g, p)
	var end *dispatch.End
	for _, s := range r.Receive(o, dusk) {
		var fx dispatch.Effects
		if m, fx = m.OnState(s, dusk); fx.End != nil {
			end = fx.End
		}
	}
	if end == nil || end.Outcome != dispatch.Rejected || end.Between {
		t.Errorf("got end %+v, want rejected", end)
	}
}

func TestACancelledRobotMayStandBetweenTwoNodes(t *testing.T) {
	g, r, p := setup(t)
	m, o := start(t, g, p)
	now := dusk.Add(4 * time.Second)
	states := append(r.Receive(o, dusk), r.Step(now)...)
	m, fx := m.Cancel("an operator", now)
	states = append(states, r.Receive(fx.Instant, now)...)
	var end *dispatch.End
	for _, s := range states {
		if m, fx = m.OnState(s, now); fx.End != nil {
			end = fx.End
		}
	}
	if end == nil || end.Outcome != dispatch.Cancelled || !end.Between || end.Node != "dock-1" {
		t.Errorf("got end %+v, want cancelled beyond dock-1", end)
	}
}

func TestARobotThatForgotItsOrderIsLost(t *testing.T) {
	g, r, p := setup(t)
	m, o := start(t, g, p)
	states := r.Receive(o, dusk)
	m, _ = m.OnState(states[len(states)-1], dusk)
	blank := *states[len(states)-1]
	blank.OrderID, blank.NodeStates, blank.EdgeStates, blank.ActionStates = "", nil, nil, nil
	if _, fx := m.OnState(&blank, dusk); fx.End == nil || fx.End.Outcome != dispatch.Lost {
		t.Errorf("got end %+v, want lost", fx.End)
	}
}

func TestAnUnknownOrderIsCancelled(t *testing.T) {
	g, r, p := setup(t)
	_, o := start(t, g, p)
	states := r.Receive(o, dusk)
	a := dispatch.Stray(states[len(states)-1], "stray-1")
	if a == nil || len(a.Actions) != 1 || a.Actions[0].ActionType != vda5050.CancelOrder {
		t.Fatalf("got %+v, want one cancelOrder", a)
	}
	states = r.Receive(a, dusk.Add(time.Second))
	if dispatch.Stray(states[len(states)-1], "stray-2") != nil {
		t.Error("an idle robot is cancelled again")
	}
}

func TestLocate(t *testing.T) {
	g, _, _ := setup(t)
	at := func(last string, x, y float64, localized bool) *vda5050.State {
		return &vda5050.State{LastNodeID: last, MobileRobotPosition: &vda5050.MobileRobotPosition{X: x, Y: y, MapID: fleettest.HallID, Localized: localized}}
	}
	cases := []struct {
		name string
		s    *vda5050.State
		node string
		ok   bool
	}{
		{"where it says", at("w0", 0.1, 1, true), "w0", true},
		{"carried elsewhere", at("w0", 0, 4.2, true), "w1", true},
		{"in the middle of nowhere", at("w0", 90, 90, true), "", false},
		{"without a position", &vda5050.State{LastNodeID: "w2"}, "w2", true},
		{"not localized, unknown node", at("x", 0, 0, false), "", false},
	}
	for _, c := range cases {
		node, ok := dispatch.Locate(g, fleettest.HallID, c.s, 0.5)
		if ok != c.ok || ok && node != c.node {
			t.Errorf("%s: got %q %v, want %q %v", c.name, node, ok, c.node, c.ok)
		}
	}
}

// A drive is one mission with its robot, whose messages all arrive.
type drive struct {
	t     *testing.T
	g     *maps.Graph
	r     *fleettest.Robot
	m     dispatch.Mission
	now   time.Time
	end   *dispatch.End
	order *vda5050.Order // on its way to the robot
	seen  []string       // nodes reported
}

func newDrive(t *testing.T, granted int) *drive {
	g, r, p := setup(t)
	m, fx, err := dispatch.Start(g, p, granted, dispatch.DefaultRules(), dusk)
	if err != nil {
		t.Fatal(err)
	}
	return &drive{t: t, g: g, r: r, m: m, now: dusk, order: fx.Order}
}

// run drives on for a time, let go to a number of nodes ahead.
func (d *drive) run(granted func() int, long time.Duration) {
	d.t.Helper()
	for until := d.now.Add(long); d.now.Before(until) && d.end == nil; d.now = d.now.Add(time.Second) {
		var states []*vda5050.State
		if d.order != nil {
			lastReleased(d.t, d.order)
			states, d.order = d.r.Receive(d.order, d.now), nil
		}
		for _, s := range append(states, d.r.Step(d.now)...) {
			if len(s.Errors) > 0 {
				d.t.Fatalf("the robot refuses: %+v", s.Errors)
			}
			var fx, on dispatch.Effects
			var err error
			d.m, fx = d.m.OnState(s, d.now)
			d.seen, d.end = append(d.seen, fx.Passed...), fx.End
			if d.m, on, err = d.m.Release(d.g, granted(), d.now); err != nil {
				d.t.Fatal(err)
			}
			if on.Order != nil {
				d.order = on.Order
			}
		}
	}
}

func TestNothingIsReleasedThatTrafficDoesNotGrant(t *testing.T) {
	d := newDrive(t, 1)
	at := func() int { return max(d.m.At, 0) }
	d.run(func() int { return 2 - at() }, time.Minute)
	if d.m.At != 2 || d.m.Base != 2 {
		t.Fatalf("granted two nodes, the robot is at %d, released to %d", d.m.At, d.m.Base)
	}
	d.run(func() int { return 3 - at() }, time.Minute)
	if d.m.At != 3 {
		t.Fatalf("granted one node more, the robot is at %d", d.m.At)
	}
	d.run(func() int { return 10 }, 5*time.Minute)
	if d.end == nil || d.end.Outcome != dispatch.Done || !reflect.DeepEqual(d.seen, way) {
		t.Errorf("got end %+v after %v", d.end, d.seen)
	}
}

func TestAMissionFollowsANewWay(t *testing.T) {
	round := []string{"w0", "w1", "w0", "a0-01", "a0-02", "a0-03", "a0-04", "a0-05", "a0-06"}
	d := newDrive(t, 1)
	d.run(func() int { return 1 - max(d.m.At, 0) }, 20*time.Second)
	var err error
	if d.m, err = d.m.Follow(round); err != nil {
		t.Fatal(err)
	}
	if d.m, err = d.m.Follow(append(slices.Clone(round), "a0-07")); err != nil { // it is moved aside when it has looked
		t.Fatal(err)
	}
	d.run(func() int { return 10 }, 10*time.Minute)
	want := append(append([]string{"dock-1"}, round...), "a0-07")
	if d.end == nil || d.end.Outcome != dispatch.Done || !reflect.DeepEqual(d.seen, want) {
		t.Fatalf("got end %+v after %v, want %v", d.end, d.seen, want)
	}
	for _, a := range d.m.Actions {
		if a != vda5050.ActionFinished {
			t.Errorf("actions %v: all looks were to be done", d.m.Actions)
		}
	}
}

func TestADoneMissionIsLengthened(t *testing.T) {
	d := newDrive(t, 10)
	for d.m.At < len(way)-1 {
		d.run(func() int { return 10 }, time.Second)
	}
	var err error
	if d.m, err = d.m.Follow([]string{"a0-06", "a0-07"}); err != nil {
		t.Fatal(err)
	}
	d.run(func() int { return 10 }, 5*time.Minute)
	if d.end == nil || d.end.Node != "a0-07" {
		t.Errorf("got end %+v, want it at a0-07", d.end)
	}
}

func TestARobotIsStuckOnlyWhereItMayGoOn(t *testing.T) {
	d := newDrive(t, 1)
	d.run(func() int { return 1 - max(d.m.At, 0) }, 10*time.Minute)
	if d.m.Stuck(d.now.Add(-time.Minute)) {
		t.Error("a robot that waits for traffic counts as stuck")
	}
	m, fx, err := d.m.Release(d.g, 2, d.now)
	if err != nil || fx.Order == nil {
		t.Fatalf("nothing released: %v", err)
	}
	if m.Stuck(d.now.Add(-time.Minute)) {
		t.Error("a robot that was let go just now counts as stuck")
	}
	states := d.r.Receive(fx.Order, d.now)
	m, _ = m.OnState(states[len(states)-1], d.now)
	if !m.Stuck(d.now) || m.Stuck(d.now.Add(-time.Minute)) {
		t.Error("a robot that stands for a minute though it may go on does not count as stuck")
	}
}

func TestAWayThatLosesTheDutyIsNotFollowed(t *testing.T) {
	d := newDrive(t, 1)
	d.run(func() int { return 1 - max(d.m.At, 0) }, 20*time.Second)
	for _, w := range [][]string{{"w0"}, {"w0", "w1"}, {"dock-1", "w0"}, {"w1"}} {
		if _, err := d.m.Follow(w); err == nil {
			t.Errorf("followed %v", w)
		}
	}
}
