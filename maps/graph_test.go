package maps_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
)

// data returns a folder of the shared test data, or skips.
func data(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared data is not here: %v", err)
	}
	return dir
}

// All 13 examples of VDMA's LIF.md (section 10) are read, though none satisfies the official schema; what a robot
// without a load may use was counted by hand in the files.
func TestOfficialLIFExamplesAreRead(t *testing.T) {
	dir := data(t, "sched/lif")
	want := map[string][3]int{ // nodes, edges, docks
		"lif1-ex02-bidirectional-edge.json":       {2, 2, 0},
		"lif1-ex13-battery-charging-station.json": {2, 2, 1},
	}
	names, _ := filepath.Glob(filepath.Join(dir, "lif1-ex*.json"))
	if len(names) < 13 {
		t.Fatalf("%d examples", len(names))
	}
	for _, name := range names {
		base := filepath.Base(name)
		g, warnings, err := maps.ReadGraph(os.DirFS(dir), base, maps.GraphOptions{})
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if !strings.Contains(fmt.Sprint(warnings), "version 0.11.0 is read as 1.0.0") {
			t.Errorf("%s: no warning of its version: %v", base, warnings)
		}
		if w, ok := want[base]; ok && w != [3]int{len(g.Nodes()), len(g.Edges()), len(g.Docks())} {
			t.Errorf("%s: %d nodes, %d edges, docks %v: want %v", base, len(g.Nodes()), len(g.Edges()), g.Docks(), w)
		}
	}
}

// The example of continua-systems/vdma-lif writes angles in degrees.
func TestAnglesInDegreesAreWarnedOf(t *testing.T) {
	_, warnings, err := maps.ReadGraph(os.DirFS(data(t, "sched/lif")), "continua-example.lif.json", maps.GraphOptions{})
	if !strings.Contains(fmt.Sprint(warnings), "degrees") {
		t.Errorf("warnings %v, error %v", warnings, err)
	}
}

func TestLIF2IsRefused(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "graph.lif.json", `"layouts":`, `"origins": [], "layouts":`)
	_, _, err := maps.ReadGraph(files, "graph.lif.json", maps.GraphOptions{})
	if err == nil || !strings.Contains(err.Error(), "LIF 2.0") {
		t.Errorf("error = %v", err)
	}
}

func TestQuotedNumbersAndUnknownFieldsAreWarnings(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "graph.lif.json", `"x": 3.6,`, `"x": "3.6", "height": 1,`)
	g, warnings, err := maps.ReadGraph(files, "graph.lif.json", maps.GraphOptions{})
	if err != nil || len(warnings) != 2 {
		t.Fatalf("warnings %v, error %v", warnings, err)
	}
	if n, _ := g.Node("n2"); n.X != 3.6 {
		t.Errorf("n2 at %g", n.X)
	}
}

// An inspection robot never carries a load, so it may not use edges that are closed to the unloaded.
func TestEdgesForLoadedVehiclesAreLeftOut(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "graph.lif.json", `"rotationAllowed": true`, `"rotationAllowed": true, "loadRestriction": {"unloaded": false, "loaded": true}`)
	g, _, err := maps.ReadGraph(files, "graph.lif.json", maps.GraphOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := g.Edge("w1", "n1"); ok {
		t.Error("w1 to n1 is still there")
	}
	if _, ok := g.Edge("n1", "w1"); !ok {
		t.Error("n1 to w1 is gone")
	}
}

func TestAVehicleTypeSeesItsOwnGraph(t *testing.T) {
	files := folder(t, "testdata/small")
	g, warnings, err := maps.ReadGraph(files, "graph.lif.json", maps.GraphOptions{VehicleType: "other"})
	if err != nil || len(g.Nodes()) != 0 || len(warnings) == 0 {
		t.Errorf("nodes %v, warnings %v, error %v", g.Nodes(), warnings, err)
	}
}

func TestShortestPathAsksWhatIsUsable(t *testing.T) {
	g := small(t).Halls[0].Graph
	nodes, length, ok := g.ShortestPath("dock", "n2", nil)
	if !ok || !slices.Equal(nodes, []string{"dock", "w1", "n1", "n2"}) || math.Abs(length-(math.Hypot(0.5, 1.55)+2.1)) > 1e-9 {
		t.Errorf("%v, %g, %v", nodes, length, ok)
	}
	_, _, ok = g.ShortestPath("dock", "n2", func(e maps.Edge) bool { return e.ID != "n1-n2" })
	if ok {
		t.Error("went over an edge that is not usable")
	}
	if nodes, length, ok = g.ShortestPath("n1", "n1", nil); !ok || length != 0 || len(nodes) != 1 {
		t.Errorf("from a node to itself: %v, %g, %v", nodes, length, ok)
	}
	if _, _, ok = g.ShortestPath("n1", "nowhere", nil); ok {
		t.Error("found a way to a node that is not there")
	}
}

// randomGraph has up to 7 nodes and any edges between them.
func randomGraph(t *rapid.T) *maps.Graph {
	n := rapid.IntRange(1, 7).Draw(t, "nodes")
	var nodes []maps.Node
	var edges []maps.Edge
	for i := range n {
		nodes = append(nodes, maps.Node{ID: fmt.Sprint(i)})
		for j := range n {
			if i != j && rapid.Bool().Draw(t, "edge") {
				edges = append(edges, maps.Edge{ID: fmt.Sprintf("%d-%d", i, j), Start: fmt.Sprint(i), End: fmt.Sprint(j),
					LengthM: float64(rapid.IntRange(1, 9).Draw(t, "length"))})
			}
		}
	}
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// bruteForce walks every way without a loop.
func bruteForce(g *maps.Graph, at, goal string, seen map[string]bool) float64 {
	if at == goal {
		return 0
	}
	seen[at] = true
	best := math.Inf(1)
	for _, e := range g.Out(at) {
		if !seen[e.End] {
			best = min(best, e.LengthM+bruteForce(g, e.End, goal, seen))
		}
	}
	delete(seen, at)
	return best
}

func TestShortestPathIsShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t)
		goal := g.Nodes()[rapid.IntRange(0, len(g.Nodes())-1).Draw(t, "goal")].ID
		want := bruteForce(g, "0", goal, map[string]bool{})
		nodes, length, ok := g.ShortestPath("0", goal, nil)
		if ok == math.IsInf(want, 1) || (ok && length != want) {
			t.Fatalf("to %s: got %g, %v; brute force %g", goal, length, ok, want)
		}
		if d, reached := g.Distances("0", nil)[goal]; reached != ok || (ok && d != want) {
			t.Fatalf("distance %g, %v: want %g", d, reached, want)
		}
		sum := 0.0
		for i := 1; i < len(nodes); i++ {
			e, joined := g.Edge(nodes[i-1], nodes[i])
			if !joined {
				t.Fatalf("no edge %s to %s", nodes[i-1], nodes[i])
			}
			sum += e.LengthM
		}
		if ok && sum != length {
			t.Fatalf("edges add up to %g, not %g", sum, length)
		}
	})
}

func TestNewGraphRefusesWhatDoesNotJoin(t *testing.T) {
	a, b := maps.Node{ID: "a"}, maps.Node{ID: "b", X: 1}
	for name, c := range map[string]struct {
		nodes []maps.Node
		edges []maps.Edge
		docks []maps.Dock
	}{
		"node twice":   {nodes: []maps.Node{a, a}},
		"no such node": {nodes: []maps.Node{a}, edges: []maps.Edge{{ID: "e", Start: "a", End: "b"}}},
		"no length":    {nodes: []maps.Node{a, {ID: "b"}}, edges: []maps.Edge{{ID: "e", Start: "a", End: "b"}}},
		"edge twice":   {nodes: []maps.Node{a, b}, edges: []maps.Edge{{ID: "e", Start: "a", End: "b"}, {ID: "e", Start: "b", End: "a"}}},
		"dock nowhere": {nodes: []maps.Node{a}, docks: []maps.Dock{{ID: "d", Node: "b"}}},
	} {
		if _, err := maps.NewGraph(c.nodes, c.edges, c.docks); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
