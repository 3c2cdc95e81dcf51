package joint_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	"pgregory.net/rapid"
)

// TestTinyInstances holds the planner to exact truth: small halls whose every state was searched.
func TestTinyInstances(t *testing.T) {
	dir := instances(t)
	f, err := os.Open(filepath.Join(dir, "tiny-truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		n, _ := strconv.Atoi(row[1])
		g := readGrid(t, filepath.Join(dir, row[0]+".map"))
		p, _ := g.readScenario(t, filepath.Join(dir, row[2]), n)
		ways, err := joint.Plan(p)
		switch {
		case row[3] == "unsolvable":
			if !errors.Is(err, joint.ErrUnsolvable) {
				t.Errorf("%s with %d robots: got error %v, want it proven unsolvable", row[2], n, err)
			}
		case err != nil:
			t.Errorf("%s with %d robots: %v", row[2], n, err)
		default:
			if why := wrong(p, joint.Improve(p, ways, 3)); why != "" {
				t.Errorf("%s with %d robots: %s", row[2], n, why)
			}
		}
	}
}

// TestAWarehouse plans for hundreds of robots in aisles one cell wide.
func TestAWarehouse(t *testing.T) {
	dir := instances(t)
	const name = "warehouse-10-20-10-2-1"
	g := readGrid(t, filepath.Join(dir, name+".map"))
	for n, most := range map[int]float64{50: 1.15, 200: 1.35} {
		p, bound := g.readScenario(t, filepath.Join(dir, name+"-nr4c-1.scen"), n)
		p.Budget = 5000
		ways, err := joint.Plan(p)
		if err != nil {
			t.Fatal(err)
		}
		ways = joint.Improve(p, ways, 3)
		if why := wrong(p, ways); why != "" {
			t.Fatal(why)
		}
		if got := cost(ways) / float64(bound); got > most {
			t.Errorf("%d robots: sum of costs %.3f of the bound, want at most %.2f", n, got, most)
		}
	}
}

// cost is the sum of the times at which the robots arrive for good, in steps of 1000 ms.
func cost(ways []joint.Way) float64 {
	sum := 0.0
	for _, w := range ways {
		sum += float64(w.End().At / 1000)
	}
	return sum
}

// wrong says what is wrong with a plan: it travels the ways in order of their times, one robot after the other.
func wrong(p joint.Problem, ways []joint.Way) string {
	on := map[int32]int{}
	at := make([]int, len(ways))
	for i, w := range ways {
		if w[0].Node != p.Robots[i].Start {
			return "a way starts elsewhere"
		}
		if r := p.Robots[i]; !r.Free && w.End().Node != r.Goal || r.Free && p.Stay != nil && !p.Stay(w.End().Node) {
			return "a way does not end where it should"
		}
		on[w[0].Node] = i
	}
	for {
		next := -1
		for i, w := range ways {
			if at[i]+1 < len(w) && (next < 0 || w[at[i]+1].At < ways[next][at[next]+1].At) {
				next = i
			}
		}
		if next < 0 {
			return ""
		}
		from, to := ways[next][at[next]], ways[next][at[next]+1]
		if to.At <= from.At || !p.Graph.Leads(from.Node, to.Node) {
			return "a robot jumps"
		}
		if _, taken := on[to.Node]; taken {
			return "a robot comes to a node before another has left it"
		}
		delete(on, from.Node)
		on[to.Node] = next
		at[next]++
	}
}

// The planner finds a plan exactly when there is one: a search of all states, one move at a time, is the truth.
func TestPlanIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(t, "nodes")
		out, cost := make([][]int32, n), make([][]int32, n)
		join := func(a, b int) {
			if a != b {
				out[a], cost[a] = append(out[a], int32(b)), append(cost[a], int32(rapid.IntRange(1, 3).Draw(t, "cost")))
			}
		}
		for a := range n {
			for b := range a {
				switch rapid.IntRange(0, 4).Draw(t, "edge") {
				case 0, 1:
					join(a, b)
					join(b, a)
				case 2:
					join(a, b)
				}
			}
		}
		p := joint.Problem{Graph: joint.NewGraph(out, cost), Seed: rapid.Uint64().Draw(t, "seed")}
		nodes := make([]int32, n)
		for i := range nodes {
			nodes[i] = int32(i)
		}
		starts, goals := rapid.Permutation(nodes).Draw(t, "starts"), rapid.Permutation(nodes).Draw(t, "goals")
		for i := range rapid.IntRange(1, min(3, n)).Draw(t, "robots") {
			p.Robots = append(p.Robots, joint.Robot{Start: starts[i], Goal: goals[i], Free: rapid.IntRange(0, 3).Draw(t, "free") == 0})
		}
		apart := rapid.Int32Range(0, int32(n)).Draw(t, "no stay")
		p.Stay = func(node int32) bool { return node != apart }
		ways, err := joint.Plan(p)
		if truth := solvable(p, out); truth != (err == nil) || err != nil && !errors.Is(err, joint.ErrUnsolvable) {
			t.Fatalf("got error %v, where a plan exists: %v", err, truth)
		}
		if err != nil {
			return
		}
		if why := wrong(p, ways); why != "" {
			t.Fatalf("%s: %v", why, ways)
		}
		better := joint.Improve(p, ways, 3)
		if why := wrong(p, better); why != "" {
			t.Fatalf("improved: %s: %v", why, better)
		}
		for i := range ways {
			if better[i].End().At > ways[i].End().At {
				t.Fatalf("robot %d arrives later than before", i)
			}
		}
	})
}

// solvable searches all states.
func solvable(p joint.Problem, out [][]int32) bool {
	type state [3]int32
	var start state
	for i, r := range p.Robots {
		start[i] = r.Start
	}
	seen, line := map[state]bool{start: true}, []state{start}
	for ; len(line) > 0; line = line[1:] {
		s, done := line[0], true
		for i, r := range p.Robots {
			done = done && (r.Free && p.Stay(s[i]) || !r.Free && s[i] == r.Goal)
		}
		if done {
			return true
		}
		for i := range p.Robots {
			for _, v := range out[s[i]] {
				next, free := s, true
				for j := range p.Robots {
					free = free && s[j] != v
				}
				if next[i] = v; free && !seen[next] {
					seen[next] = true
					line = append(line, next)
				}
			}
		}
	}
	return false
}
