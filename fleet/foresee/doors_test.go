package foresee_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/maps"
)

// behindDoors is a night whose last aisle has a door at each end that takes so long to open.
func behindDoors(t *testing.T, opensIn time.Duration) foresee.Options {
	t.Helper()
	o := night(t, 30*time.Minute, 3)
	o.ClearanceM, o.Window = 1, 4
	for id, edge := range map[string][2]string{"west": {"w3", "w4"}, "east": {"e3", "e4"}} {
		o.Portals = append(o.Portals, maps.Portal{ID: id, Kind: maps.PortalDoor, Edges: [][2]string{edge}, OpensIn: opensIn, Patience: time.Hour})
	}
	return o
}

func TestRobotsWaitForDoorsInAForetoldNight(t *testing.T) {
	foretold := func(opensIn time.Duration) (crossed int, each time.Duration, waiting float64, kept bool) {
		out, err := foresee.Foretell(t.Context(), behindDoors(t, opensIn), 4)
		if err != nil {
			t.Fatal(err)
		}
		var waited time.Duration
		for _, d := range out.Doors {
			crossed, waited = crossed+d.Crossed, waited+d.Waited
			if d.OpensIn != opensIn {
				t.Errorf("%s is foretold to open in %s, want %s", d.ID, d.OpensIn, opensIn)
			}
		}
		for _, r := range out.Time {
			waiting += r.Shares["waiting"] / float64(len(out.Time))
		}
		return crossed, waited / time.Duration(max(1, crossed)), waiting, out.Kept
	}
	n, fast, little, kept := foretold(3 * time.Second)
	m, slow, much, _ := foretold(90 * time.Second)
	t.Logf("doors of 3 s: %d crossings, %s each, %.2f %% of the time waiting; of 90 s: %d, %s, %.2f %%", n, fast, 100*little, m, slow, 100*much)
	if n < 8 || m < 4 || !kept || fast > 10*time.Second || slow < fast+10*time.Second || much <= little {
		t.Error("want doors that open at once to cost next to nothing, and slow ones their time")
	}
}

func TestAnAirlockOfANightHoldsOneRobotAndLetsAllThrough(t *testing.T) {
	o := behindDoors(t, 5*time.Second)
	// w4 is the lock before the last aisle: its doors lead to the cross aisle and into the aisle.
	o.Portals = []maps.Portal{
		{ID: "outer", Kind: maps.PortalAirlock, Room: "lock", Inside: "w4", Edges: [][2]string{{"w3", "w4"}}, OpensIn: 5 * time.Second, Patience: time.Hour},
		{ID: "inner", Kind: maps.PortalAirlock, Room: "lock", Inside: "w4", Edges: [][2]string{{"w4", "a4-01"}}, OpensIn: 5 * time.Second, Patience: time.Hour},
		{ID: "east", Kind: maps.PortalDoor, Edges: [][2]string{{"e3", "e4"}}, OpensIn: 5 * time.Second, Patience: time.Hour},
	}
	o.Floor = foresee.NewFloor(o.Hall.Graph, 1, 4)
	n, err := foresee.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for range 6 * 60 {
		n.Run(n.Now().Add(time.Minute))
		if err := o.Floor.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if worst, at := n.Stats.Worst(o.Hall); worst > 1.2 {
		t.Errorf("%s waited %.2f of its interval", at, worst)
	}
	for _, v := range n.Input().Viewpoints {
		if v.Looked.Before(dusk.Add(5 * time.Hour)) {
			t.Errorf("%s was last looked at at %s", v.ID, v.Looked.Format(time.TimeOnly))
		}
	}
}
