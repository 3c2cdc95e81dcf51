package traffic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

func smallHall(t testing.TB) *maps.Graph {
	t.Helper()
	g, err := fleettest.Hall{Rows: 2, RacksPerRow: 3, Docks: 3, MastHeights: 1}.Graph()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestReserveIsAllOrNothing(t *testing.T) {
	g := smallHall(t)
	cases := []struct {
		name string
		way  []string
		want error
	}{
		{"into a free aisle", []string{"dock-1", "w0", "a0-01"}, nil},
		{"through an aisle that another holds", []string{"dock-1", "w0", "w1", "a1-01"}, traffic.ErrHeld},
		{"to a node of a cross aisle", []string{"dock-1", "w0"}, traffic.ErrNoStay},
		{"over a closed edge", []string{"dock-1", "w0", "w1", "w2", "a2-01"}, traffic.ErrClosed},
		{"without an edge", []string{"dock-1", "a0-01"}, traffic.ErrNoWay},
		{"from where the robot is not", []string{"w0", "a0-01"}, traffic.ErrNoWay},
		{"round in a circle", []string{"dock-1", "w0", "dock-1"}, traffic.ErrNoWay},
		{"empty", nil, traffic.ErrNoWay},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var table traffic.Table
			place(t, &table, g, "r1", "dock-1")
			place(t, &table, g, "r2", "a1-03")
			table.Close("w2", "w1", now.Add(time.Minute))
			before := table.Clone()
			err := table.Reserve(g, "r1", c.way, now)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if err != nil && !reflect.DeepEqual(before, table) {
				t.Errorf("a refused way changed the table: %+v, was %+v", table, before)
			}
		})
	}
}

func TestAClosureEnds(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "dock-1")
	table.Close("dock-1", "w0", now.Add(time.Minute))
	if len(table.Reach(g, "r1", now)) != 1 {
		t.Error("the robot gets out of its dock over a closed edge")
	}
	table.Expire(now.Add(time.Minute))
	if len(table.Closed) != 0 || len(table.Reach(g, "r1", now)) < 10 {
		t.Errorf("the closure outlives its end: %v", table.Closed)
	}
}

func TestAPlaceIsFreedByALaterNodeOnly(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "a0-01")
	if err := table.Reserve(g, "r1", []string{"a0-01", "w0", "w1", "a1-01"}, now); err != nil {
		t.Fatal(err)
	}
	holds := func(r traffic.Resource) bool { _, ok := table.Holder(g, r); return ok }
	if !holds(traffic.AisleResource("aisle-0")) {
		t.Error("the aisle is free before the robot has left it")
	}
	table.Passed("r1", "w0")
	if holds(traffic.AisleResource("aisle-0")) || holds(traffic.EdgeResource("w0", "a0-01")) {
		t.Error("what lies behind is not freed")
	}
	if !holds(traffic.NodeResource("w0")) || !holds(traffic.EdgeResource("w1", "w0")) || !holds(traffic.AisleResource("aisle-1")) {
		t.Error("where the robot is, or goes, is free")
	}
	if table.Passed("r1", "e2") {
		t.Error("a node off the way counts as passed")
	}
}

func TestAStoppedRobotKeepsTheEdgeItMayBeOn(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "dock-1")
	if err := table.Reserve(g, "r1", []string{"dock-1", "w0", "w1", "a1-01"}, now); err != nil {
		t.Fatal(err)
	}
	table.Stop("r1")
	if _, ok := table.Holder(g, traffic.NodeResource("w0")); !ok {
		t.Error("the node that the robot was on its way to is free")
	}
	if _, ok := table.Holder(g, traffic.NodeResource("w1")); ok {
		t.Error("the way beyond is still held")
	}
}

func TestTableSurvivesJSON(t *testing.T) {
	g := smallHall(t)
	var table, back traffic.Table
	place(t, &table, g, "r1", "dock-1")
	table.Close("w0", "w1", now)
	b, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(table, back) {
		t.Errorf("got %+v (%v), want %+v", back, err, table)
	}
}

// Whatever is asked for in whatever order, no two robots hold one thing, and from every state every robot finishes
// its way, in any order, and can then reach a dock or another aisle.
func TestNoTwoHoldersAndNoDeadlock(t *testing.T) {
	g := smallHall(t)
	var stays []string
	for _, n := range g.Nodes() {
		if traffic.MayStay(g, n.ID) {
			stays = append(stays, n.ID)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var table traffic.Table
		robots := []string{"r1", "r2", "r3"}
		for i, r := range robots {
			if err := table.Place(g, r, fmt.Sprintf("dock-%d", i+1)); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			r := rapid.SampledFrom(robots).Draw(t, "robot")
			switch rapid.SampledFrom([]string{"go", "pass", "pass", "stop"}).Draw(t, "act") {
			case "go":
				if way, err := table.Way(g, r, rapid.SampledFrom(stays).Draw(t, "to"), now); err == nil {
					if err := table.Reserve(g, r, way, now); err != nil {
						t.Fatalf("a way found is refused: %v", err)
					}
				}
			case "pass":
				if h := table.Held[r]; len(h.Nodes) > 1 {
					table.Passed(r, h.Nodes[1])
				}
			case "stop":
				table.Stop(r)
			}
			if err := table.Check(g); err != nil {
				t.Fatal(err)
			}
		}
		finishable(t, g, &table, robots)
	})
}

// finishable lets all robots finish their ways in a drawn order and then asks that one of them can go on.
func finishable(t *rapid.T, g *maps.Graph, table *traffic.Table, robots []string) {
	for _, r := range rapid.Permutation(robots).Draw(t, "order") {
		end, _ := table.End(r)
		table.Passed(r, end)
	}
	for range robots { // those stopped in a cross aisle leave it, one lets the next go
		for _, r := range robots {
			h := table.Held[r]
			if traffic.MayStay(g, h.Nodes[0]) && len(h.Beside) == 0 {
				continue
			}
			for _, to := range sortedNodes(table.Reach(g, r, now)) {
				if way, err := table.Way(g, r, to, now); err == nil && len(way) > 1 && table.Reserve(g, r, way, now) == nil {
					table.Passed(r, to)
					break
				}
			}
		}
	}
	for _, r := range robots {
		if len(table.Reach(g, r, now)) < 2 {
			t.Fatalf("%s cannot leave its place: %+v", r, table.Held)
		}
	}
}

func sortedNodes(reach map[string]float64) []string {
	var nodes []string
	for n := range reach {
		nodes = append(nodes, n)
	}
	slices.Sort(nodes)
	return nodes
}

func place(t *testing.T, table *traffic.Table, g *maps.Graph, robot, node string) {
	t.Helper()
	if err := table.Place(g, robot, node); err != nil {
		t.Fatal(err)
	}
}
