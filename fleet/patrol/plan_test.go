package patrol_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"pgregory.net/rapid"
)

// Whatever hall and robots: each node with viewpoints is in one part, or in several only where robots differ.
func TestAPlanLeavesNothingOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := fleettest.Hall{
			Rows: rapid.IntRange(1, 3).Draw(t, "rows"), RacksPerRow: rapid.IntRange(1, 6).Draw(t, "racks"), Docks: 1,
			MastHeights: rapid.IntRange(1, 2).Draw(t, "heights"), RevisitEvery: time.Hour,
		}
		g, err := h.Graph()
		if err != nil {
			t.Fatal(err)
		}
		views := h.Viewpoints()
		for i := range views {
			views[i].RevisitInterval = time.Duration(rapid.SampledFrom([]int{1, 2, 3, 8}).Draw(t, "class")) * time.Hour
		}
		var robots []patrol.Robot
		for i := range rapid.IntRange(1, 8).Draw(t, "robots") {
			robots = append(robots, patrol.Robot{ID: fmt.Sprint("r", i)})
		}
		p := patrol.NewPlan(patrol.NewHall(g, views, nil), robots, patrol.DefaultRules())
		in := map[string]int{}
		for _, part := range p.Parts {
			for _, n := range part.Nodes {
				in[n]++
			}
		}
		for _, v := range views {
			if in[v.Node] != 1 {
				t.Fatalf("%s is in %d parts", v.Node, in[v.Node])
			}
		}
		if !p.Fits(robots) || p.Fits(robots[1:]) {
			t.Fatal("the plan does not know its robots")
		}
	})
}

func TestPartsAreAlikeLarge(t *testing.T) {
	h := fleettest.Hall{Rows: 10, RacksPerRow: 25, Docks: 5, MastHeights: 1, RevisitEvery: 15 * time.Minute}
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	var robots []patrol.Robot
	for i := range 10 {
		robots = append(robots, patrol.Robot{ID: fmt.Sprintf("r%02d", i)})
	}
	p := patrol.NewPlan(patrol.NewHall(g, h.Viewpoints(), nil), robots, patrol.DefaultRules())
	least, most := p.Parts[0].Lap, p.Parts[0].Lap
	for _, part := range p.Parts {
		least, most = min(least, part.Lap), max(most, part.Lap)
	}
	if float64(most) > 1.08*float64(least) {
		t.Errorf("laps between %s and %s", least, most)
	}
}

func TestWhatOneRobotCannotSeeIsAnothers(t *testing.T) {
	h := fleettest.SampleHall(time.Hour)
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	hall := patrol.NewHall(g, h.Viewpoints(), map[string][]string{"A01-front-1": {"thermal"}})
	robots := []patrol.Robot{{ID: "low", MastM: 1}, {ID: "tall", Sensors: []string{"thermal"}}}
	p := patrol.NewPlan(hall, robots, patrol.DefaultRules())
	low, _ := p.Part("low")
	tall, _ := p.Part("tall")
	if len(low.Nodes) == 0 || len(tall.Nodes) != 60 {
		t.Errorf("the low one keeps %d nodes, the tall one %d, want all 60: only it sees the upper halves", len(low.Nodes), len(tall.Nodes))
	}
}
