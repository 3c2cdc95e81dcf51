package dispatch_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

func emergency(node, viewpoint string) patrol.Duty {
	return patrol.Duty{
		Robot: "nightrounds/NR-01", Kind: patrol.Visit, Node: node, Why: "an emergency",
		Looks: []patrol.Look{{Viewpoint: viewpoint, Class: patrol.Emergency, Inspections: []string{"E-1"}}},
	}
}

// granted lets the robot of a drive go to a node of its way at most.
func granted(d *drive, node int) func() int { return func() int { return node - max(d.m.At, 0) } }

func TestARedirectedRobotTurnsAtItsLastReleasedNodeAndDoesTheNewDuty(t *testing.T) {
	d := newDrive(t, 2)
	d.run(granted(d, 2), 6*time.Second)
	if d.m.At != 1 || d.m.Base != 2 || d.m.Break() != dispatch.Turn {
		t.Fatalf("at %d, released to %d, break %v: want it under way to a0-01", d.m.At, d.m.Base, d.m.Break())
	}
	if nodes, works := d.m.Committed(); works || !slices.Equal(nodes, []string{"w0", "a0-01"}) {
		t.Fatalf("committed to %v, works %v", nodes, works)
	}
	m, fx, err := d.m.Redirect(d.g, []string{"w0", "a0-01", "w0", "w1", "a1-01"}, emergency("a1-01", "B01-rear-1"), 10, d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.m, d.order = m, fx.Order
	if fx.Order.OrderID != "o-1" || fx.Order.Nodes[0].NodeID != "a0-01" || fx.Order.Nodes[0].SequenceID != 4 {
		t.Errorf("the update begins at %s of order %s, want the decision point a0-01", fx.Order.Nodes[0].NodeID, fx.Order.OrderID)
	}
	if d.m.Break() != dispatch.NoBreak {
		t.Error("it may be broken off again while the robot has not shown the update")
	}
	d.run(func() int { return 10 }, 5*time.Minute)
	if want := []string{"dock-1", "w0", "a0-01", "w0", "w1", "a1-01"}; d.end == nil || d.end.Outcome != dispatch.Done || !reflect.DeepEqual(d.seen, want) {
		t.Fatalf("got end %+v after %v, want it done after %v", d.end, d.seen, want)
	}
	if len(d.m.Actions) != 1 || d.m.Actions["E-1"] != vda5050.ActionFinished {
		t.Errorf("actions %v: want the emergency's look and none of the dropped duty", d.m.Actions)
	}
}

func TestARedirectedRobotMayJustEndThere(t *testing.T) {
	d := newDrive(t, 2)
	d.run(granted(d, 2), 6*time.Second)
	m, fx, err := d.m.Redirect(d.g, []string{"w0", "a0-01"}, patrol.Duty{Robot: "nightrounds/NR-01", Kind: patrol.Yield, Node: "a0-01"}, 10, d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.m, d.order = m, fx.Order
	d.run(func() int { return 10 }, time.Minute)
	if d.end == nil || d.end.Outcome != dispatch.Done || d.end.Node != "a0-01" || d.end.Between {
		t.Errorf("got end %+v, want it done at a0-01", d.end)
	}
}

func TestARedirectThatTheRobotWouldRefuseIsNotMade(t *testing.T) {
	d := newDrive(t, 2)
	d.run(granted(d, 2), 6*time.Second)
	for _, c := range []struct {
		way []string
		say string
	}{
		{[]string{"w0", "w1", "a1-01"}, "leaves what the robot was released to"},
		{[]string{"w0"}, "ends before"},
		{[]string{"w0", "a0-01"}, "nothing can be added there"},
		{[]string{"w0", "a0-01", "a1-01"}, "no edge"},
	} {
		if m, fx, err := d.m.Redirect(d.g, c.way, emergency("a1-01", "B01-rear-1"), 10, d.now); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("way %v: error %v, want %q", c.way, err, c.say)
		} else if fx.Order != nil || !reflect.DeepEqual(m, d.m) {
			t.Errorf("way %v: refused, and yet something changed", c.way)
		}
	}
}

func TestARobotAtItsLooksEndsTheOneThatRunsAndStands(t *testing.T) {
	d := newDrive(t, 10)
	for d.m.Actions["I-7"] != vda5050.ActionRunning {
		if works := d.m.Base == len(way)-1; works && d.m.At < d.m.Base && d.m.Break() == dispatch.Turn {
			t.Fatal("a duty whose node is released may be redirected")
		}
		d.run(func() int { return 10 }, time.Second)
	}
	if d.m.Break() != dispatch.Halt || !d.m.Undone() {
		t.Fatalf("break %v, undone %v: want it to be halted", d.m.Break(), d.m.Undone())
	}
	m, fx := d.m.Cancel("an emergency", d.now)
	d.m = m
	var looked []dispatch.Looked
	for d.end == nil && d.now.Before(dusk.Add(10*time.Minute)) {
		states := d.r.Step(d.now)
		if fx.Instant != nil {
			states = append(states, d.r.Receive(fx.Instant, d.now)...)
		}
		fx = dispatch.Effects{}
		for _, s := range states {
			var on dispatch.Effects
			d.m, on = d.m.OnState(s, d.now)
			looked = append(looked, on.Looked...)
			if on.End != nil {
				d.end = on.End
			}
		}
		d.now = d.now.Add(time.Second)
	}
	if d.end == nil || d.end.Outcome != dispatch.Cancelled || d.end.Node != "a0-06" || d.end.Between {
		t.Errorf("got end %+v, want it cancelled at a0-06", d.end)
	}
	if len(looked) != 1 || !looked[0].OK || looked[0].ActionID != "I-7" || !d.m.Undone() {
		t.Errorf("looked %+v: want the look that ran, and the other neither done nor failed", looked)
	}
}

func TestADriveIsMeasuredWhereNothingHoldsTheRobotUp(t *testing.T) {
	measured := func(granted func(d *drive) int) dispatch.Drive {
		d := newDrive(t, 1)
		d.run(func() int { return granted(d) }, 20*time.Minute)
		if d.end == nil || d.end.Outcome != dispatch.Done {
			t.Fatalf("got end %+v", d.end)
		}
		return d.m.Drive
	}
	free := measured(func(*drive) int { return 10 })
	if free.Metres < 2 {
		t.Fatalf("%.1f m of a free way were measured", free.Metres)
	}
	begin := dusk
	held := measured(func(d *drive) int { // each node is granted a minute after the one before
		return int(d.now.Sub(begin)/time.Minute) + 1 - max(d.m.At, 0)
	})
	mps := func(d dispatch.Drive) float64 { return d.Metres / d.Took.Seconds() }
	if held.Metres > free.Metres/2 && mps(held) < mps(free)/2 {
		t.Errorf("a robot that waited for traffic counts as slow: %.2f m/s, free %.2f", mps(held), mps(free))
	}
}
