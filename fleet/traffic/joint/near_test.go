package joint_test

import (
	"errors"
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	"pgregory.net/rapid"
)

// A yard is a graph of nodes on a plane, with the distance within which two are in conflict.
type yard struct {
	x, y      []float64
	out       [][]int32
	clearance float64
	graph     *joint.Graph
}

func (y *yard) metres(a, b int32) float64 {
	return math.Hypot(y.x[a]-y.x[b], y.y[a]-y.y[b])
}

func (y *yard) conflict(a, b int32) bool { return a == b || y.metres(a, b) < y.clearance }

// allows is the truth about one move: it leads to no node in conflict with another robot, but away from one with which the
// mover was in conflict already.
func (y *yard) allows(from, to, other int32) bool {
	return !y.conflict(to, other) || to != other && y.conflict(from, other) && float32(y.metres(to, other)) > float32(y.metres(from, other))
}

// anyYard draws up to 8 nodes on a small grid, neighbours of a drawn tree or more joined.
func anyYard(t *rapid.T) *yard {
	n := rapid.IntRange(3, 8).Draw(t, "nodes")
	y := &yard{out: make([][]int32, n), clearance: rapid.Float64Range(0, 2.5).Draw(t, "clearance")}
	cells := make([]int, 16)
	for i := range cells {
		cells[i] = i
	}
	cells = rapid.Permutation(cells).Draw(t, "cells")
	cost := make([][]int32, n)
	for i := range n {
		y.x, y.y = append(y.x, float64(cells[i]%4)), append(y.y, float64(cells[i]/4))
	}
	join := func(a, b int) {
		y.out[a], cost[a] = append(y.out[a], int32(b)), append(cost[a], int32(rapid.IntRange(1, 3).Draw(t, "cost")))
	}
	for a := range n {
		parent := rapid.IntRange(0, max(0, a-1)).Draw(t, "parent")
		for b := range a {
			if b == parent || rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
				join(a, b)
				join(b, a)
			}
		}
	}
	near := make([][]joint.Near, n)
	for a := range int32(n) {
		for b := range int32(n) {
			if a != b && y.conflict(a, b) {
				near[a] = append(near[a], joint.Near{Node: b, M: float32(y.metres(a, b))})
			}
		}
	}
	y.graph = joint.NewGraph(y.out, cost).WithNear(near)
	return y
}

// problem draws up to 3 robots, anywhere: some start in conflict.
func (y *yard) problem(t *rapid.T) joint.Problem {
	nodes := make([]int32, len(y.x))
	for i := range nodes {
		nodes[i] = int32(i)
	}
	p := joint.Problem{Graph: y.graph, Seed: rapid.Uint64().Draw(t, "seed")}
	starts, goals := rapid.Permutation(nodes).Draw(t, "starts"), rapid.Permutation(nodes).Draw(t, "goals")
	for i := range rapid.IntRange(1, 3).Draw(t, "robots") {
		p.Robots = append(p.Robots, joint.Robot{Start: starts[i], Goal: goals[i], Free: rapid.IntRange(0, 3).Draw(t, "free") == 0})
	}
	apart := rapid.Int32Range(0, int32(len(nodes))).Draw(t, "no stay")
	p.Stay = func(node int32) bool { return node != apart }
	return p
}

// The planner finds a plan exactly when there is one in which robots keep their distance, and can be taken apart.
func TestPlanKeepsRobotsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := anyYard(t)
		p := y.problem(t)
		ways, err := joint.Plan(p)
		if truth := y.solvable(p); truth != (err == nil) || err != nil && !errors.Is(err, joint.ErrUnsolvable) {
			t.Fatalf("got error %v, where a plan exists: %v", err, truth)
		}
		if err != nil {
			return
		}
		y.travel(t, p, ways)
		y.travel(t, p, joint.Improve(p, ways, 3))
	})
}

// travel makes the moves of ways in order of their times, and fails at one that leads into a conflict.
func (y *yard) travel(t *rapid.T, p joint.Problem, ways []joint.Way) {
	if why := wrong(p, ways); why != "" {
		t.Fatalf("%s: %v", why, ways)
	}
	at := make([]int, len(ways))
	for {
		next := -1
		for i, w := range ways {
			if at[i]+1 < len(w) && (next < 0 || w[at[i]+1].At < ways[next][at[next]+1].At) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		from, to := ways[next][at[next]], ways[next][at[next]+1]
		for j, w := range ways {
			if j != next && !y.allows(from.Node, to.Node, w[at[j]].Node) {
				t.Fatalf("robot %d comes to %d, in conflict with robot %d at %d: %v", next, to.Node, j, w[at[j]].Node, ways)
			}
		}
		at[next]++
	}
}

// solvable searches all states, one move at a time.
func (y *yard) solvable(p joint.Problem) bool {
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
			for _, v := range y.out[s[i]] {
				next, free := s, true
				for j := range p.Robots {
					free = free && (i == j || y.allows(s[i], v, s[j]))
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

// A way put between others keeps clear of all nodes in conflict with theirs, for as long as they have them.
func TestInsertKeepsRobotsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := anyYard(t)
		p := y.problem(t)
		table := joint.NewTimetable(y.graph)
		var ways []joint.Way
		for i, r := range p.Robots {
			for _, w := range ways {
				if y.conflict(r.Start, w[0].Node) {
					return
				}
			}
			ways = append(ways, joint.Way{{Node: r.Start}})
			table.Add(int32(i), ways[i], 1)
		}
		for i, r := range p.Robots {
			table.Remove(int32(i), ways[i])
			if way, ok := table.Insert(joint.Visit{Node: r.Start}, r.Goal); ok {
				ways[i] = way
			}
			table.Add(int32(i), ways[i], 1)
			y.times(t, ways)
		}
	})
}

// times fails when two robots have nodes in conflict at one time.
func (y *yard) times(t *rapid.T, ways []joint.Way) {
	for i, way := range ways {
		for j, w := range ways[:i] {
			for k, v := range way {
				for l, o := range w {
					if y.conflict(v.Node, o.Node) && v.At <= until(w, l) && o.At <= until(way, k) {
						t.Fatalf("robot %d is at %d from %d, in conflict with robot %d at %d from %d", i, v.Node, v.At, j, o.Node, o.At)
					}
				}
			}
		}
	}
}

func until(w joint.Way, k int) int64 {
	if k+1 < len(w) {
		return w[k+1].At
	}
	return math.MaxInt64
}
