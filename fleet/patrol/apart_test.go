package patrol_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// A look that is to be another robot's is not served by the one that looked, be it the nearest, as long as there is another.
func TestASecondOpinionIsAnotherRobots(t *testing.T) {
	for _, class := range []patrol.Class{patrol.Operator, patrol.Emergency} {
		in := input(t, fleettest.SampleHall(time.Hour), 2)
		ins := patrol.Inspection{ID: "I-1", Viewpoint: "A12-rear-1", Class: class, At: now}
		serves := func() string {
			in.Inspections = []patrol.Inspection{ins}
			for _, r := range in.Robots {
				if d, ok := patrol.Next(in, r.ID); ok && len(d.Looks) > 0 && len(d.Looks[0].Inspections) > 0 {
					return r.ID
				}
			}
			return ""
		}
		first := serves()
		ins.Not = []string{first}
		second := serves()
		p, ok := patrol.Promise(in, ins)
		if first == "" || second == "" || first == second || !ok || p.Robot != second {
			t.Errorf("class %s: %s looks, then %s; promised of %+v", class, first, second, p)
		}
		for i := range in.Robots {
			if in.Robots[i].ID == second {
				in.Robots[i].Able, in.Robots[i].Gone = false, true
			}
		}
		in.Plan = patrol.NewPlan(in.Hall, in.Robots, in.Rules)
		if again := serves(); again != first {
			t.Errorf("class %s: with no other robot there, %q looks, not %s", class, again, first)
		}
	}
}
