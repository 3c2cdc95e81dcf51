package traffic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
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

// corridor is a lane of some nodes, c0 on, with one place beside node at to let another pass.
func corridor(t testing.TB, length, at int) *maps.Graph {
	t.Helper()
	var nodes []maps.Node
	var edges []maps.Edge
	join := func(a, b string) {
		edges = append(edges, maps.Edge{ID: a + b, Start: a, End: b}, maps.Edge{ID: b + a, Start: b, End: a})
	}
	for i := range length {
		nodes = append(nodes, maps.Node{ID: fmt.Sprintf("c%d", i), X: float64(i)})
		if i > 0 {
			join(fmt.Sprintf("c%d", i-1), fmt.Sprintf("c%d", i))
		}
	}
	nodes = append(nodes, maps.Node{ID: "aside", X: float64(at), Y: 1})
	join("aside", fmt.Sprintf("c%d", at))
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func send(t testing.TB, table *traffic.Table, g *maps.Graph, robot, goal string) map[string][]string {
	t.Helper()
	ways, err := table.Send(g, map[string]string{robot: goal}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Check(g); err != nil {
		t.Fatal(err)
	}
	return ways
}

func TestSendGivesAWayOrSaysWhyNot(t *testing.T) {
	g := smallHall(t)
	cases := []struct {
		name string
		to   string
		want error
	}{
		{"into a free aisle", "a0-01", nil},
		{"to a node of a cross aisle", "w0", nil},
		{"to where another stands and gives way", "a1-03", nil},
		{"to where a robot stands that takes no orders", "a2-01", traffic.ErrNoWay},
		{"to a node behind closed edges", "dock-2", traffic.ErrNoWay},
		{"to no node", "nowhere", traffic.ErrNoWay},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var table traffic.Table
			place(t, &table, g, "r1", "dock-1")
			place(t, &table, g, "r2", "a1-03")
			place(t, &table, g, "r3", "a2-01")
			table.SetStill("r3", true)
			table.Close("dock-2", "w1", now.Add(time.Minute))
			before := mustJSON(t, table)
			_, err := table.Send(g, map[string]string{"r1": c.to}, now)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if err != nil && mustJSON(t, table) != before {
				t.Errorf("a refused way changed the table")
			}
			if end, _ := table.End("r1"); err == nil && end != c.to {
				t.Errorf("the way ends at %s", end)
			}
			if err := table.Check(g); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := new(traffic.Table).Send(g, map[string]string{"r1": "w0"}, now); !errors.Is(err, traffic.ErrNotPlaced) {
		t.Errorf("a robot that is nowhere: %v", err)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
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

func TestAClosureIsEndedBeforeItsTime(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "dock-1")
	table.Close("dock-1", "w0", now.Add(time.Minute))
	table.Reopen("w0", "dock-1")
	if len(table.Reach(g, "r1", now)) < 10 {
		t.Error("the edge is still closed")
	}
}

func TestClearSaysWhatWouldBeGrantedAndGrantsNothing(t *testing.T) {
	g := corridor(t, 6, 2)
	var table traffic.Table
	place(t, &table, g, "r1", "c0")
	place(t, &table, g, "r2", "c5")
	send(t, &table, g, "r1", "c3")
	send(t, &table, g, "r2", "c4")
	if clear := table.Clear("r1"); clear != 3 || table.Held["r1"].Base != 0 {
		t.Errorf("clear for %d nodes, let go to %d", clear, table.Held["r1"].Base)
	}
	if clear := table.Clear("r3"); clear != 0 {
		t.Errorf("one that is not there is clear for %d", clear)
	}
	send(t, &table, g, "r1", "c5") // r2 must make way first
	if clear, granted := table.Clear("r1"), table.Grant("r1", 10); clear != granted || granted >= len(table.Way("r1"))-1 {
		t.Errorf("clear for %d, granted %d of %v", clear, granted, table.Way("r1"))
	}
}

func TestANodeIsFreedByALaterNodeOnly(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "a0-01")
	place(t, &table, g, "r2", "dock-1")
	send(t, &table, g, "r1", "a1-01")
	send(t, &table, g, "r2", "w0")
	if n := table.Grant("r2", 4); n != 0 {
		t.Fatalf("r2 was let go %d nodes before r1", n)
	}
	if n := table.Grant("r1", 4); n != 3 {
		t.Fatalf("r1 was let go %d nodes, want its whole way", n)
	}
	holds := func(r traffic.Resource) bool { robot, ok := table.Holder(r); return ok && robot == "r1" }
	table.Passed("r1", "w0")
	if holds(traffic.NodeResource("a0-01")) || holds(traffic.EdgeResource("w0", "a0-01")) {
		t.Error("what lies behind is not freed")
	}
	if !holds(traffic.NodeResource("w0")) || !holds(traffic.NodeResource("w1")) || !holds(traffic.EdgeResource("w1", "w0")) {
		t.Error("where the robot is, or goes, is free")
	}
	if table.Grant("r2", 4) != 0 {
		t.Error("r2 may go where r1 stands")
	}
	table.Passed("r1", "w1")
	if table.Grant("r2", 4) != 1 {
		t.Error("r2 may not go where nobody is")
	}
	if table.Passed("r1", "e2") {
		t.Error("a node off the way counts as passed")
	}
}

func TestAStoppedRobotKeepsTheEdgeItMayBeOn(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "dock-1")
	send(t, &table, g, "r1", "a1-01")
	table.Grant("r1", 2)
	table.Stop("r1")
	if _, ok := table.Holder(traffic.NodeResource("w0")); !ok {
		t.Error("the node that the robot was on its way to is free")
	}
	if _, ok := table.Holder(traffic.NodeResource("w1")); ok {
		t.Error("the way beyond is still held")
	}
	send(t, &table, g, "r1", "a0-01")
}

func TestWaysThroughAStoppedRobotEndBeforeIt(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	place(t, &table, g, "r1", "a0-01")
	place(t, &table, g, "r2", "dock-1")
	send(t, &table, g, "r1", "a1-02")
	send(t, &table, g, "r2", "a2-02")
	table.Grant("r1", 1)
	table.Passed("r1", "w0")
	table.Stop("r1")
	table.SetStill("r1", true)
	if end, _ := table.End("r2"); end != "dock-1" {
		t.Fatalf("r2's way ends at %s, with r1 in its only way out", end)
	}
	if ways, stuck := table.Resume(g, now); len(ways) != 0 || !slices.Equal(stuck, []string{"r2"}) {
		t.Fatalf("got ways %v, stuck %v", ways, stuck)
	}
	table.Release("r1")
	if ways := send(t, &table, g, "r2", "a2-02"); ways["r2"][len(ways["r2"])-1] != "a2-02" {
		t.Fatalf("got ways %v when r1 is carried away", ways)
	}
}

func TestTableSurvivesJSON(t *testing.T) {
	g := smallHall(t)
	var table, back traffic.Table
	place(t, &table, g, "r1", "dock-1")
	place(t, &table, g, "r2", "a0-02")
	send(t, &table, g, "r1", "a0-01")
	send(t, &table, g, "r2", "a1-01")
	table.Close("w0", "w1", now)
	if err := json.Unmarshal([]byte(mustJSON(t, table)), &back); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		for _, r := range []string{"r1", "r2"} {
			a, b := table.Grant(r, 3), back.Grant(r, 3)
			if a != b || !reflect.DeepEqual(table.Held, back.Held) {
				t.Fatalf("after a restart %s is let go %d nodes, without one %d", r, b, a)
			}
			table.Passed(r, table.Held[r].Nodes[min(1, a)])
			back.Passed(r, back.Held[r].Nodes[min(1, b)])
		}
	}
}

func TestATableOfWholeWaysIsRead(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	old := `{"held":{"r1":{"nodes":["dock-1","w0","a0-01"],"beside":["w0"]},"r2":{"nodes":["a1-01"]}}}`
	if err := json.Unmarshal([]byte(old), &table); err != nil {
		t.Fatal(err)
	}
	if err := table.Check(g); err != nil {
		t.Fatal(err)
	}
	if n := table.Grant("r1", 9); n != 2 {
		t.Errorf("r1 was let go %d nodes, and held 2 before", n)
	}
	for _, bad := range []string{`{"held":{"r1":{"nodes":[]}}}`, `{"held":{"r1":{"nodes":["w0"],"turns":[0],"base":1}}}`} {
		if err := json.Unmarshal([]byte(bad), &table); err == nil {
			t.Errorf("took %s", bad)
		}
	}
}

func TestWhereARobotMayStay(t *testing.T) {
	g := smallHall(t)
	for node, want := range map[string]bool{"dock-1": true, "a0-02": true, "w0": false, "e1": true, "no": false} {
		if got := traffic.MayStay(g, node); got != want {
			t.Errorf("%s: got %v, want %v", node, got, want)
		}
	}
	lane := corridor(t, 5, 2)
	for node, want := range map[string]bool{"c0": true, "c1": false, "c2": false, "c4": true, "aside": true} {
		if got := traffic.MayStay(lane, node); got != want {
			t.Errorf("corridor's %s: got %v, want %v", node, got, want)
		}
	}
}

func place(t testing.TB, table *traffic.Table, g *maps.Graph, robot, node string) {
	t.Helper()
	if err := table.Place(g, robot, node); err != nil {
		t.Fatal(err)
	}
}

// Two robots that patrol a corridor from end to end with one place to pass is the case that locks others for good
// (open-rmf/rmf#373, strands-project). Each move takes from half a second to half a minute.
func TestTwoRobotsSwapPlacesInACorridorAllDay(t *testing.T) {
	g := corridor(t, 9, 4)
	var table traffic.Table
	place(t, &table, g, "r1", "c0")
	place(t, &table, g, "r2", "c8")
	goal := map[string]string{"r1": "c8", "r2": "c0"}
	trips, clock := map[string]int{}, now
	rng := rand.New(rand.NewPCG(7, 0))
	moves := map[string]time.Time{}
	for clock.Before(now.Add(24 * time.Hour)) {
		clock = clock.Add(500 * time.Millisecond)
		for _, r := range []string{"r1", "r2"} {
			h := table.Held[r]
			if h.Base > 0 && !moves[r].After(clock) {
				table.Passed(r, h.Nodes[1])
				h = table.Held[r]
				moves[r] = clock.Add(time.Duration(500+rng.IntN(30_000)) * time.Millisecond)
			}
			if h.Nodes[0] == goal[r] {
				trips[r]++
				goal[r] = map[string]string{"c0": "c8", "c8": "c0"}[goal[r]]
			}
			if len(h.Nodes) == 1 {
				send(t, &table, g, r, goal[r])
			}
			table.Grant(r, 2)
		}
	}
	if trips["r1"] < 200 || trips["r2"] < 200 {
		t.Errorf("in 24 hours the robots came through the corridor %v times", trips)
	}
}

// Whatever is asked for in whatever order, on whatever graph, no two robots hold one thing, and from every state all
// robots come to the ends of their ways, whichever moves first.
func TestNoTwoHoldersAndNoDeadlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		nodes := g.Nodes()
		var table traffic.Table
		var robots []string
		spots := rapid.Permutation(nodes).Draw(t, "spots")
		for i := range rapid.IntRange(1, min(6, len(nodes)-1)).Draw(t, "robots") {
			r := fmt.Sprintf("r%d", i)
			robots = append(robots, r)
			if err := table.Place(g, r, spots[i].ID); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			r := rapid.SampledFrom(robots).Draw(t, "robot")
			switch rapid.SampledFrom([]string{"go", "go", "grant", "grant", "pass", "pass", "pass", "stop", "still", "close", "resume", "place"}).Draw(t, "act") {
			case "go":
				to := rapid.SampledFrom(nodes).Draw(t, "to").ID
				if _, err := table.Send(g, map[string]string{r: to}, now); err == nil {
					if end, _ := table.End(r); end != to {
						t.Fatalf("%s was sent to %s and its way ends at %s", r, to, end)
					}
				}
			case "grant":
				table.Grant(r, rapid.IntRange(0, 4).Draw(t, "ahead"))
			case "pass":
				if h := table.Held[r]; h.Base > 0 {
					table.Passed(r, h.Nodes[1])
				}
			case "stop":
				table.Stop(r)
			case "still":
				table.SetStill(r, rapid.Bool().Draw(t, "still"))
			case "close":
				e := rapid.SampledFrom(g.Edges()).Draw(t, "edge")
				table.Close(e.Start, e.End, now.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "for"))*time.Hour))
			case "resume":
				table.Resume(g, now)
			case "place":
				_ = table.Place(g, r, rapid.SampledFrom(nodes).Draw(t, "at").ID) // refused where another is
			}
			if err := table.Check(g); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, &table, robots)
	})
}

// finish lets all robots that move go to the ends of their ways in a drawn order.
func finish(t *rapid.T, table *traffic.Table, robots []string) {
	order := rapid.Permutation(robots).Draw(t, "order")
	for moved := true; moved; {
		moved = false
		for _, r := range order {
			if table.Grant(r, 3); table.Held[r].Base > 0 {
				table.Passed(r, table.Held[r].Nodes[1])
				moved = true
			}
		}
	}
	for _, r := range robots {
		if h := table.Held[r]; len(h.Nodes) > 1 {
			t.Fatalf("%s waits for ever: %+v", r, table.Held)
		}
	}
}

// anyGraph draws a tree of up to 12 nodes, with some edges more, some of them one-way.
func anyGraph(t *rapid.T) *maps.Graph {
	n := rapid.IntRange(3, 12).Draw(t, "nodes")
	var nodes []maps.Node
	var edges []maps.Edge
	known := map[[2]int]bool{}
	join := func(a, b int) {
		if a != b && !known[[2]int{a, b}] {
			known[[2]int{a, b}] = true
			edges = append(edges, maps.Edge{ID: fmt.Sprintf("%d-%d", a, b), Start: fmt.Sprintf("n%02d", a), End: fmt.Sprintf("n%02d", b), LengthM: 1})
		}
	}
	for i := range n {
		nodes = append(nodes, maps.Node{ID: fmt.Sprintf("n%02d", i)})
		if i > 0 {
			j := rapid.IntRange(0, i-1).Draw(t, "parent")
			join(i, j)
			join(j, i)
		}
	}
	for range rapid.IntRange(0, 6).Draw(t, "more") {
		a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
		join(a, b)
		if rapid.Bool().Draw(t, "both") {
			join(b, a)
		}
	}
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
