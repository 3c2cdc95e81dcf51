package patrol_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// standing are robots at the docks of a hall whose viewpoints were all looked at an age ago.
func standing(t *testing.T, robots int, interval, age time.Duration) patrol.Input {
	t.Helper()
	h := fleettest.SampleHall(interval)
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	in := patrol.Input{Now: now, Since: now.Add(-24 * time.Hour), Rules: patrol.DefaultRules(), Hall: patrol.NewHall(g, h.Viewpoints(), nil), Taken: map[string]bool{}}
	for _, v := range in.Hall.Viewpoints {
		in.Viewpoints = append(in.Viewpoints, patrol.Viewpoint{Viewpoint: v, Looked: now.Add(-age)})
	}
	for i, d := range g.Docks()[:robots] {
		in.Robots = append(in.Robots, patrol.Robot{ID: fmt.Sprint("r", i), Able: true, Node: d.Node, Charge: 0.8, Charging: true, Reach: func(string) (float64, bool) { return 0, false }})
	}
	in.Plan = patrol.NewPlan(in.Hall, in.Robots, in.Rules)
	return in
}

func TestDebtIsForetoldBeforeItIsThere(t *testing.T) {
	if got := patrol.Foretell(standing(t, 3, 2*time.Hour, 10*time.Minute)); len(got) != 0 {
		t.Errorf("with all the time in the world %d are foretold late, the first %+v", len(got), got[0])
	}
	in := standing(t, 3, time.Hour, 55*time.Minute)
	got := patrol.Foretell(in)
	if len(got) == 0 || len(got) == len(in.Viewpoints) {
		t.Fatalf("%d of %d are foretold late: the nearest can be reached in time, the others not", len(got), len(in.Viewpoints))
	}
	for _, f := range got {
		if !f.Late.After(in.Now) || !f.Look.After(f.Late) || !strings.Contains(f.Why, "comes by") {
			t.Fatalf("got %+v", f)
		}
	}
}

func TestWhatNobodyReachesIsForetoldWithTheReason(t *testing.T) {
	in := standing(t, 3, 2*time.Hour, 10*time.Minute)
	blocked := in.Viewpoints[5].Node
	in.Shut = func(node string) bool { return node == blocked }
	got := patrol.Foretell(in)
	if len(got) == 0 {
		t.Fatal("a node to which no way leads is not foretold")
	}
	for _, f := range got {
		if i, _ := in.Hall.Index(f.Viewpoint); in.Viewpoints[i].Node != blocked || !f.Look.IsZero() {
			t.Errorf("got %+v", f)
		}
	}
}

func TestTheCureSaysHowManyRobotsMore(t *testing.T) {
	if got := patrol.Cure(standing(t, 3, 2*time.Hour, 0), 5); got != "" {
		t.Errorf("a plan that keeps all is to be cured: %s", got)
	}
	got := patrol.Cure(standing(t, 1, 25*time.Minute, 0), 5)
	if !strings.Contains(got, "more would keep it") || !strings.Contains(got, "intervals longer by") {
		t.Errorf("got %q", got)
	}
}
