package traffic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
	"pgregory.net/rapid"
)

// clearanceM is what robots of 0.9 m across need, with 0.1 m of room.
const clearanceM = 1.0

func TestNeighbouringNodesOfAnAisleAreOneRobots(t *testing.T) {
	g := smallHall(t)
	table := traffic.Table{Clearance: clearanceM}
	place(t, &table, g, "r1", "a0-02")
	for _, node := range []string{"a0-01", "a0-02", "a0-03"} {
		if err := table.Place(g, "r2", node); !errors.Is(err, traffic.ErrHeld) {
			t.Errorf("r2 next to r1 at %s: %v", node, err)
		}
		if holder, ok := table.Holder(traffic.NodeResource(node)); !ok || holder != "r1" {
			t.Errorf("nobody keeps others off %s", node)
		}
	}
	place(t, &table, g, "r2", "w0")
	if reach := table.Reach(g, "r2", now); reach["a1-01"] == 0 {
		t.Errorf("r2 reaches %v", reach)
	}
	if _, err := table.Send(g, map[string]string{"r1": "a0-03", "r2": "a0-02"}, now); !errors.Is(err, traffic.ErrNoWay) {
		t.Errorf("two robots may both be sent into one place: %v", err)
	}
	table.SetStill("r1", true)
	if _, err := table.Send(g, map[string]string{"r2": "a0-01"}, now); !errors.Is(err, traffic.ErrNoWay) {
		t.Errorf("r2 may go next to a robot that stays: %v", err)
	}
	if err := table.Check(g); err != nil {
		t.Error(err)
	}
}

func TestARobotFollowsAtADistance(t *testing.T) {
	g := smallHall(t)
	table := traffic.Table{Clearance: clearanceM}
	place(t, &table, g, "r1", "a0-03")
	place(t, &table, g, "r2", "a0-01")
	send(t, &table, g, "r1", "a1-03")
	send(t, &table, g, "r2", "e0")
	if n := table.Grant("r2", 3); n != 0 {
		t.Fatalf("r2 was let go %d nodes up to r1", n)
	}
	table.Grant("r1", 2)
	table.Passed("r1", table.Held["r1"].Nodes[1])
	if n := table.Grant("r2", 3); n != 2 {
		t.Errorf("r2 was let go %d nodes when r1 had gone on to e0, want 2: up to 1.3 m before it", n)
	}
}

// Robots that stood next to each other when the clearance came, or were pushed there, can be sent apart.
func TestRobotsInConflictAreTakenApart(t *testing.T) {
	for pitch, beside := range map[float64]int{0.6: 1, 0.3: 1, 0.2: 2} {
		var nodes []maps.Node
		var edges []maps.Edge
		for i := range 30 {
			nodes = append(nodes, maps.Node{ID: fmt.Sprintf("n%02d", i), X: pitch * float64(i)})
			if i > 0 {
				a, b := nodes[i-1].ID, nodes[i].ID
				edges = append(edges, maps.Edge{ID: a + b, Start: a, End: b, LengthM: pitch}, maps.Edge{ID: b + a, Start: b, End: a, LengthM: pitch})
			}
		}
		g, err := maps.NewGraph(nodes, edges, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, still := range []bool{false, true} {
			var old, table traffic.Table
			place(t, &old, g, "r1", nodes[14].ID)
			place(t, &old, g, "r2", nodes[14+beside].ID)
			old.SetStill("r2", still)
			if err := json.Unmarshal([]byte(mustJSON(t, old)), &table); err != nil {
				t.Fatal(err)
			}
			table.Space(g, clearanceM)
			if table.Check(g) == nil {
				t.Fatal("robots next to each other are in no conflict")
			}
			if _, err := table.Send(g, map[string]string{"r1": "n20"}, now); still && !errors.Is(err, traffic.ErrNoWay) {
				t.Fatalf("at a pitch of %.1f m r1 is sent through r2: %v", pitch, err)
			}
			if _, err := table.Send(g, map[string]string{"r1": "n00"}, now); err != nil {
				t.Fatalf("at a pitch of %.1f m: %v", pitch, err)
			}
			for range 200 {
				for r, h := range table.Held {
					if table.Grant(r, 3); h.Base > 0 {
						table.Passed(r, h.Nodes[1])
					}
				}
			}
			if at, _ := table.At("r1"); at != "n00" {
				t.Errorf("at a pitch of %.1f m, the other still %v: r1 came to %s: %+v", pitch, still, at, table.Held)
			}
			if err := table.Check(g); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestATableThatDoesNotKnowItsGraphLetsNobodyGo(t *testing.T) {
	g := smallHall(t)
	table := traffic.Table{Clearance: clearanceM}
	place(t, &table, g, "r1", "a0-02")
	send(t, &table, g, "r1", "a1-02")
	var back traffic.Table
	if err := json.Unmarshal([]byte(mustJSON(t, table)), &back); err != nil {
		t.Fatal(err)
	}
	if n := back.Grant("r1", 3); n != 0 {
		t.Errorf("let go %d nodes", n)
	}
	back.Space(g, clearanceM)
	if n := back.Grant("r1", 3); n != 3 {
		t.Errorf("let go %d nodes once the graph is known", n)
	}
}

func TestTheClearanceOfALargeGraphIsFoundAtOnce(t *testing.T) {
	var nodes []maps.Node
	for i := range 40_000 {
		nodes = append(nodes, maps.Node{ID: fmt.Sprintf("n%05d", i), X: 0.6 * float64(i%200), Y: 0.6 * float64(i/200)})
	}
	g, err := maps.NewGraph(nodes, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	table := traffic.Table{Clearance: clearanceM}
	place(t, &table, g, "r1", "n20100")
	if err := table.Place(g, "r2", "n20301"); !errors.Is(err, traffic.ErrHeld) {
		t.Errorf("a node 0.85 m away: %v", err)
	}
	place(t, &table, g, "r3", "n20102")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// Whatever is asked for, on whatever graph at whatever clearance: no two robots hold nodes in conflict, and all come to
// the ends of their ways.
func TestNoTwoInConflictAndNoDeadlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyPlane(t)
		clearance := rapid.Float64Range(0, 2.5).Draw(t, "clearance")
		table := traffic.Table{Clearance: clearance}
		var robots []string
		for i := range rapid.IntRange(1, 6).Draw(t, "robots") {
			r := fmt.Sprintf("r%d", i)
			if err := table.Place(g, r, rapid.SampledFrom(g.Nodes()).Draw(t, "spot").ID); err == nil {
				robots = append(robots, r)
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			anyAct(t, &table, g, rapid.SampledFrom(robots).Draw(t, "robot"))
			if err := apart(&table, g, clearance); err != nil {
				t.Fatal(err)
			}
			if err := table.Check(g); err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				var back traffic.Table
				if err := json.Unmarshal([]byte(mustText(t, table)), &back); err != nil {
					t.Fatal(err)
				}
				back.Space(g, clearance)
				if mustText(t, back) != mustText(t, table) {
					t.Fatalf("a restart changes the table from %+v to %+v", table.Held, back.Held)
				}
				table = back
			}
		}
		finish(t, &table, robots)
		if err := apart(&table, g, clearance); err != nil {
			t.Fatal(err)
		}
	})
}

func mustText(t *rapid.T, table traffic.Table) string {
	b, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// anyAct does to a robot what a night may.
func anyAct(t *rapid.T, table *traffic.Table, g *maps.Graph, r string) {
	switch rapid.SampledFrom([]string{"go", "go", "grant", "grant", "pass", "pass", "pass", "stop", "still", "close", "resume", "place"}).Draw(t, "act") {
	case "go":
		to := rapid.SampledFrom(g.Nodes()).Draw(t, "to").ID
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
		_ = table.Place(g, r, rapid.SampledFrom(g.Nodes()).Draw(t, "at").ID) // refused where another is
	}
}

// apart measures how far what robots hold lies from what others hold.
func apart(table *traffic.Table, g *maps.Graph, clearance float64) error {
	type spot struct {
		robot string
		maps.Node
	}
	var spots []spot
	for r, h := range table.Held {
		for _, id := range append(append([]string{}, h.Nodes[:h.Base+1]...), h.Beside...) {
			n, _ := g.Node(id)
			spots = append(spots, spot{r, n})
		}
	}
	for _, a := range spots {
		for _, b := range spots {
			if m := math.Hypot(a.X-b.X, a.Y-b.Y); a.robot != b.robot && (a.ID == b.ID || m < clearance-1e-5) {
				return fmt.Errorf("%s holds %s and %s holds %s, %.2f m away", a.robot, a.ID, b.robot, b.ID, m)
			}
		}
	}
	return nil
}

// anyPlane draws up to 16 nodes on a grid of 1 m, most of them joined with their neighbours.
func anyPlane(t *rapid.T) *maps.Graph {
	side := rapid.IntRange(2, 6).Draw(t, "side")
	var nodes []maps.Node
	var edges []maps.Edge
	at := map[int]string{}
	join := func(a, b string) {
		if a == "" {
			return
		}
		way := rapid.SampledFrom([]string{"both", "both", "both", "both", "one", "none"}).Draw(t, "edge")
		if way != "none" {
			edges = append(edges, maps.Edge{ID: a + "-" + b, Start: a, End: b, LengthM: 1})
		}
		if way == "both" {
			edges = append(edges, maps.Edge{ID: b + "-" + a, Start: b, End: a, LengthM: 1})
		}
	}
	for cell := range side * 3 {
		if cell > 1 && rapid.IntRange(0, 4).Draw(t, "hole") == 0 {
			continue
		}
		x, y := cell%side, cell/side
		id := fmt.Sprintf("n%02d", cell)
		nodes = append(nodes, maps.Node{ID: id, X: float64(x), Y: float64(y)})
		at[cell] = id
		if x > 0 {
			join(at[cell-1], id)
		}
		join(at[cell-side], id)
	}
	if len(edges) == 0 {
		edges = append(edges, maps.Edge{ID: "e", Start: nodes[0].ID, End: nodes[1].ID, LengthM: 1})
	}
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The sample hall's patrol is not held up by the clearance: its docks and aisles have room.
func TestTheSampleHallHasRoom(t *testing.T) {
	hall := fleettest.SampleHall(time.Hour)
	g, err := hall.Graph()
	if err != nil {
		t.Fatal(err)
	}
	table := traffic.Table{Clearance: clearanceM}
	for i, d := range g.Docks() {
		place(t, &table, g, fmt.Sprintf("r%d", i), d.Node)
	}
	for i, node := range []string{"a0-01", "a1-06", "a2-12"} {
		send(t, &table, g, fmt.Sprintf("r%d", i), node)
	}
}
