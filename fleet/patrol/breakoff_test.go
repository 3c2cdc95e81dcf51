package patrol_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// r1 stands idle at dock-1; r2 is busy for five minutes, and can break off in 4 s beside the rack of the emergency.
func twoRobots(t *testing.T) patrol.Input {
	t.Helper()
	in := input(t, fleettest.SampleHall(time.Hour), 2)
	reach := in.Robots[0].Reach
	in.Robots[1].FreeIn, in.Robots[1].Charge = 5*time.Minute, 0.5
	in.Robots[1].Break = &patrol.Break{In: 4 * time.Second, Node: "a0-11", Reach: func(node string) (float64, bool) {
		_, ok := reach(node)
		return 0.6, ok
	}}
	in.Inspections = []patrol.Inspection{{ID: "E-1", Viewpoint: "A12-rear-1", Class: patrol.Emergency, At: now.Add(-time.Second)}}
	return in
}

func TestTheNearestRobotBreaksOff(t *testing.T) {
	in := twoRobots(t)
	all := patrol.BreakOff(in)
	if len(all) != 1 || all[0].Robot != "r2" || all[0].Kind != patrol.Visit || all[0].Node != "a0-12" || all[0].Lap || !all[0].Urgent() {
		t.Fatalf("got %+v, want r2 at A12-rear-1", all)
	}
	if l := all[0].Looks[0]; l.Viewpoint != "A12-rear-1" || l.Inspections[0] != "E-1" {
		t.Errorf("its first look is %+v", l)
	}
	if d, ok := patrol.Next(in, "r1"); ok && d.Urgent() {
		t.Errorf("r1 goes too: %+v", d)
	}
	p, ok := patrol.Promise(in, in.Inspections[0])
	if !ok || p.Robot != "r2" || p.In > time.Minute {
		t.Errorf("promised %+v, want r2 within a minute", p)
	}
}

func TestNobodyBreaksOffWhereAnotherIsThereFirstOrItCannot(t *testing.T) {
	for name, change := range map[string]func(*patrol.Input){
		"an idle robot is nearer":     func(in *patrol.Input) { in.Robots[1].Break.In = 10 * time.Minute },
		"it cannot break off":         func(in *patrol.Input) { in.Robots[1].Break = nil },
		"its battery is too low":      func(in *patrol.Input) { in.Robots[1].Charge = 0.2 },
		"its mast is too short":       func(in *patrol.Input) { in.Robots[1].MastM = 0.1 },
		"it takes no orders":          func(in *patrol.Input) { in.Robots[1].Able = false },
		"an operator asks":            func(in *patrol.Input) { in.Inspections[0].Class = patrol.Operator },
		"a look for it failed lately": func(in *patrol.Input) { in.Inspections[0].Tried = now.Add(-time.Minute) },
	} {
		in := twoRobots(t)
		change(&in)
		if all := patrol.BreakOff(in); len(all) > 0 {
			t.Errorf("%s, and yet %+v", name, all)
		}
	}
}

func TestTwoEmergenciesAreTwoRobots(t *testing.T) {
	in := twoRobots(t)
	near := *in.Robots[1].Break
	near.In = 10 * time.Second
	in.Robots[0].FreeIn, in.Robots[0].Break = time.Minute, &near
	in.Inspections = append(in.Inspections, patrol.Inspection{ID: "E-2", Viewpoint: "A11-rear-1", Class: patrol.Emergency, At: now})
	all := patrol.BreakOff(in)
	if len(all) != 2 || all[0].Robot != "r2" || all[0].Looks[0].Inspections[0] != "E-1" || all[1].Robot != "r1" {
		t.Errorf("got %+v, want the older emergency for r2, which is nearer, and the other for r1", all)
	}
}
