package patrol_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

func TestWhatIsMovedUpComesBeforeItsClassAndTheLastMovedFirst(t *testing.T) {
	in := input(t, fleettest.SampleHall(time.Hour), 1)
	in.Inspections = []patrol.Inspection{
		{ID: "I-1", Viewpoint: "A01-rear-1", Class: patrol.Operator, At: now.Add(-30 * time.Minute)},
		{ID: "I-2", Viewpoint: "D01-front-1", Class: patrol.Operator, At: now},
		{ID: "I-3", Viewpoint: "B06-rear-1", Class: patrol.Operator, At: now.Add(-time.Minute)},
		{ID: "E-1", Viewpoint: "C06-front-1", Class: patrol.Emergency, At: now},
	}
	for _, want := range []string{"E-1", "I-2", "I-3", "I-1"} {
		if in.Inspections[1].Moved.IsZero() && want != "E-1" {
			in.Inspections[2].Moved, in.Inspections[1].Moved = now.Add(-2*time.Second), now.Add(-time.Second)
		}
		d, ok := patrol.Next(in, "r1")
		if !ok || len(d.Looks) == 0 || len(d.Looks[0].Inspections) == 0 || d.Looks[0].Inspections[0] != want {
			t.Fatalf("got %+v, want %s", d, want)
		}
		for i := range in.Inspections {
			if in.Inspections[i].ID == want {
				in.Inspections[i].Tried = now // out of the way
			}
		}
	}
}

func TestABusyRobotGoesForWhatIsMovedUp(t *testing.T) {
	in := input(t, fleettest.SampleHall(10*time.Minute), 1)
	for i := range in.Viewpoints {
		in.Viewpoints[i].Looked = now.Add(-9 * time.Minute)
	}
	in.Plan = patrol.NewPlan(in.Hall, in.Robots, in.Rules)
	in.Robots[0].Last = in.Plan.Parts[0].Nodes[0]
	ins := patrol.Inspection{ID: "I-1", Viewpoint: "D12-front-1", Class: patrol.Operator, At: now}
	serves := func() bool {
		in.Inspections = []patrol.Inspection{ins}
		d, ok := patrol.Next(in, "r1")
		return ok && len(d.Looks) > 0 && len(d.Looks[0].Inspections) > 0
	}
	promised := func() time.Duration {
		p, ok := patrol.Promise(in, ins)
		if !ok {
			t.Fatal("nothing is promised")
		}
		return p.In
	}
	if serves() {
		t.Fatal("a busy robot goes far for an operator's new wish: the test shows nothing")
	}
	later := promised()
	ins.Moved = now
	if !serves() || promised() >= later {
		t.Errorf("moved up, it is served at once: %v, promised in %s, before in %s", serves(), promised(), later)
	}
	for i := range in.Viewpoints {
		in.Viewpoints[i].Looked = now.Add(-40 * time.Minute)
	}
	if serves() {
		t.Error("a patrol that is four intervals late waits for an operator's wish")
	}
}
