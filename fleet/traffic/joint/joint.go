// Package joint plans the ways of many robots at once over a graph of one-robot nodes.
//
// Plan searches configurations (where every robot stands) for one in which each is where it should be: LaCAM, with PIBT
// and its swap rule to make the next configuration. It is complete: it finds a plan, or has proven that there is none,
// or says that it gave up. Insert adds one robot's way to a timetable without moving anybody (SIPP), and Improve makes
// a plan's ways shorter by it, robot by robot.
//
// In a plan a robot may follow another into the node that it leaves, but robots never turn in a full circle, each into
// the next one's node: executed node by node, where a node is free only when its robot has reached the next, such a
// circle could never begin. So the moves of every plan can be put in one order in which each can be made by itself.
//
// Nodes may lie so near to each other that two robots would touch (Near): a robot at one keeps others off all of them.
//
// After Okumura, "LaCAM: Search-Based Algorithm for Quick Multi-Agent Pathfinding" (AAAI 2023) and "Improving LaCAM for
// Scalable Eventually Optimal Multi-Agent Pathfinding" (IJCAI 2023: the swap rule); Okumura et al., "Priority
// Inheritance with Backtracking for Iterative Multi-agent Path Finding" (AIJ 2022); Phillips and Likhachev, "SIPP: Safe
// Interval Path Planning for Dynamic Environments" (ICRA 2011).
//
// Nodes and robots are integers. It reads no clock, and its chance comes from a seed.
package joint

import (
	"errors"
	"math"
)

// Errors on which a caller decides.
var (
	// ErrUnsolvable is proven: from that start no order of moves leads to those goals.
	ErrUnsolvable = errors.New("no order of moves leads there")
	// ErrGaveUp says that the search ended at its budget, without a plan and without a proof.
	ErrGaveUp = errors.New("no plan found within the budget")
)

// None stands for no node and no robot.
const None = int32(-1)

// never is a time after all others.
const never = int64(math.MaxInt64 / 4)

// A Graph has the edges that lead out of each node, and the time that each takes, in ms and at least 1.
type Graph struct {
	out, in [][]int32
	cost    [][]int32 // of out
	back    [][]int32 // of in
	alike   bool      // all edges take as long
	least   int32     // the time that the shortest edge takes
	near    [][]Near  // by node; nil: no nodes are in conflict
}

// NewGraph indexes a graph. out and cost belong to it afterwards.
func NewGraph(out [][]int32, cost [][]int32) *Graph {
	g := &Graph{out: out, cost: cost, in: make([][]int32, len(out)), back: make([][]int32, len(out)), alike: true, least: unreachable}
	first := int32(0)
	for u, edges := range out {
		for k, v := range edges {
			c := cost[u][k]
			if first == 0 {
				first = c
			}
			g.alike, g.least = g.alike && c == first, min(g.least, c)
			g.in[v] = append(g.in[v], int32(u))
			g.back[v] = append(g.back[v], c)
		}
	}
	return g
}

// Size is the number of nodes.
func (g *Graph) Size() int { return len(g.out) }

// edge returns the time from one node to its neighbour.
func (g *Graph) edge(u, v int32) int64 {
	for k, w := range g.out[u] {
		if w == v {
			return int64(g.cost[u][k])
		}
	}
	return never
}

// Leads reports whether an edge leads from one node straight to another.
func (g *Graph) Leads(u, v int32) bool { return g.edge(u, v) < never }

// A Robot is where one robot stands and should come to.
type Robot struct {
	Start, Goal int32
	// Free is set for a robot that nobody sends anywhere: it gives way, Goal is where it would best be, and any node
	// where it may stay does.
	Free bool
}

// A Problem is what Plan solves.
type Problem struct {
	Graph  *Graph
	Robots []Robot
	// Stay says where a free robot may end; nil: everywhere.
	Stay func(node int32) bool
	// Budget is how many configurations are tried before the search gives up; 0: no limit.
	Budget int
	Seed   uint64
}

// Configurations bounds from above how many configurations there are that differ in more than which free robot is where.
func (p Problem) Configurations() float64 {
	all, free := 1.0, 0.0
	for i, r := range p.Robots {
		all *= float64(p.Graph.Size() - i)
		if r.Free {
			free++
			all /= free
		}
	}
	return all
}

// A Visit is a robot's coming to a node, at a time in ms.
type Visit struct {
	Node int32
	At   int64
}

// A Way is a robot's visits, from where it stands on.
type Way []Visit

// End is the last visit.
func (w Way) End() Visit { return w[len(w)-1] }

// Shortest returns the nodes of a shortest way, whoever else is there; none when there is no way.
func (g *Graph) Shortest(from, to int32) []int32 {
	f := newField(g, to)
	if f.to(from) >= unreachable {
		return nil
	}
	way := []int32{from}
	for at := from; at != to; {
		best := None
		for k, v := range g.out[at] {
			if f.to(v) < unreachable && g.cost[at][k]+f.to(v) == f.to(at) {
				best = v
				break
			}
		}
		at = best
		way = append(way, at)
	}
	return way
}

// Nearest returns the node with the fewest edges from a node for which a rule holds.
func (g *Graph) Nearest(from int32, ok func(int32) bool) (int32, bool) {
	met, line := map[int32]bool{from: true}, []int32{from}
	for len(line) > 0 {
		u := line[0]
		line = line[1:]
		if ok(u) {
			return u, true
		}
		for _, v := range g.out[u] {
			if !met[v] {
				met[v] = true
				line = append(line, v)
			}
		}
	}
	return None, false
}
