package traffic

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	floor "github.com/nightrounds/nightrounds/maps"
)

// A ground is a route graph by integers, with what traffic asks of it.
type ground struct {
	of    *floor.Graph
	num   map[string]int32
	dock  []bool
	stay  []bool
	graph *joint.Graph
	out   [][]arc   // by node: the edges that leave it
	both  [][]int32 // by node: those from which an edge leads to it, and back
	// oneWay is whether some edge has no way back.
	oneWay bool

	clearance float64        // m
	near      [][]joint.Near // by node: those within the clearance; nil when there are none
}

// An arc is an edge to a node, so long in m.
type arc struct {
	to     int32
	metres float64
}

// paceMPS is how fast robots are taken to be where order of passage is decided, in m/s. Only its order matters: which of two
// robots is about to come to a node first.
const paceMPS = 0.5

// on returns the ground of a graph, which is made once.
func (t *Table) on(g *floor.Graph) *ground {
	if t.known == nil || t.known.of != g || t.known.clearance != t.Clearance {
		t.known, t.lines = newGround(g, t.Clearance), nil
	}
	return t.known
}

func newGround(g *floor.Graph, clearanceM float64) *ground {
	nodes := g.Nodes()
	w := &ground{of: g, num: make(map[string]int32, len(nodes)), dock: make([]bool, len(nodes)), clearance: clearanceM, near: nearOf(nodes, clearanceM)}
	for i, n := range nodes {
		w.num[n.ID] = int32(i)
	}
	for _, d := range g.Docks() {
		w.dock[w.num[d.Node]] = true
	}
	w.graph = w.without(nil)
	w.out, w.both = make([][]arc, len(nodes)), make([][]int32, len(nodes))
	for i, n := range nodes {
		for _, e := range g.Out(n.ID) {
			to := w.num[e.End]
			w.out[i] = append(w.out[i], arc{to, e.LengthM})
			if _, ok := g.Edge(e.End, e.Start); ok {
				w.both[i] = append(w.both[i], to)
			} else {
				w.oneWay = true
			}
		}
	}
	w.stay = w.stays()
	return w
}

// without is the graph of the edges that a rule does not leave out, each as long as it says times its length; nil leaves out
// none.
func (w *ground) without(rule func(from int32, e floor.Edge) (leaveOut bool, weight float64)) *joint.Graph {
	nodes := w.of.Nodes()
	out, cost := make([][]int32, len(nodes)), make([][]int32, len(nodes))
	for i, n := range nodes {
		for _, e := range w.of.Out(n.ID) {
			weight := 1.0
			if rule != nil {
				var leaveOut bool
				if leaveOut, weight = rule(int32(i), e); leaveOut {
					continue
				}
			}
			speed := paceMPS
			if e.MaxSpeed > 0 {
				speed = min(speed, e.MaxSpeed)
			}
			out[i] = append(out[i], w.num[e.End])
			cost[i] = append(cost[i], int32(max(1, weight*e.LengthM/speed*1000)))
		}
	}
	return joint.NewGraph(out, cost).WithNear(w.near)
}

// open is the graph without the edges that are closed now.
func (t *Table) open(w *ground, now time.Time) *joint.Graph {
	if len(t.Closed) == 0 && t.bars == nil {
		return w.graph
	}
	nodes := w.of.Nodes()
	return w.without(func(from int32, e floor.Edge) (bool, float64) {
		weight := 1.0
		if t.bars != nil {
			weight = t.bars.Weight(e.Start, e.End)
		}
		return t.closed(nodes[from].ID, e.End, now), weight
	})
}

// MayStay reports whether a robot may stand at a node without limit though nobody sent it there: at a dock, in an aisle,
// or anywhere where it cuts no dock and no aisle off from another.
func (t *Table) MayStay(g *floor.Graph, node string) bool {
	w := t.on(g)
	i, ok := w.num[node]
	return ok && t.mayStay(w, i)
}

// IsDock reports whether a node is a dock's.
func IsDock(g *floor.Graph, node string) bool {
	for _, d := range g.Docks() {
		if d.Node == node {
			return true
		}
	}
	return false
}

// A cutter finds the nodes that hold a graph together (Tarjan, "Depth-first search and linear graph algorithms", 1972),
// edges taken to lead both ways.
type cutter struct {
	next     [][]int32
	wanted   []bool // docks and aisles; everything in a graph that has neither
	met, low []int32
	below    []int32 // wanted nodes of the subtree
	clock    int32
	cut      []bool
}

// stays tells for each node whether a robot may stay there.
func (w *ground) stays() []bool {
	nodes := w.of.Nodes()
	c := &cutter{
		next: make([][]int32, len(nodes)), wanted: make([]bool, len(nodes)), met: make([]int32, len(nodes)),
		low: make([]int32, len(nodes)), below: make([]int32, len(nodes)), cut: make([]bool, len(nodes)),
	}
	some := false
	for i, n := range nodes {
		c.wanted[i] = n.Aisle != "" || w.dock[i]
		some = some || c.wanted[i]
		for _, e := range w.of.Out(n.ID) {
			c.next[i] = append(c.next[i], w.num[e.End])
			c.next[w.num[e.End]] = append(c.next[w.num[e.End]], int32(i))
		}
	}
	for i := range nodes {
		c.wanted[i] = c.wanted[i] || !some
	}
	stay := make([]bool, len(nodes))
	for i := range nodes {
		if c.met[i] == 0 {
			root, pieces := int32(i), make(map[int32][]int32)
			c.visit(root, joint.None, pieces)
			c.judge(root, pieces)
		}
	}
	for i, n := range nodes {
		stay[i] = n.Aisle != "" || w.dock[i] || !c.cut[i]
	}
	return stay
}

// visit walks a subtree. pieces collects, by node, how many wanted nodes are in each part that hangs on it alone.
func (c *cutter) visit(u, parent int32, pieces map[int32][]int32) {
	c.clock++
	c.met[u], c.low[u] = c.clock, c.clock
	if c.wanted[u] {
		c.below[u] = 1
	}
	for _, v := range c.next[u] {
		if v == parent {
			continue
		}
		if c.met[v] != 0 {
			c.low[u] = min(c.low[u], c.met[v])
			continue
		}
		c.visit(v, u, pieces)
		c.low[u] = min(c.low[u], c.low[v])
		c.below[u] += c.below[v]
		if c.low[v] >= c.met[u] {
			pieces[u] = append(pieces[u], c.below[v])
		}
	}
}

// judge marks the nodes without which at least two parts with something wanted come apart.
func (c *cutter) judge(root int32, pieces map[int32][]int32) {
	for u, parts := range pieces {
		rest, apart := c.below[root], 0
		if c.wanted[u] {
			rest--
		}
		for _, n := range parts {
			rest -= n
			if n > 0 {
				apart++
			}
		}
		if rest > 0 {
			apart++
		}
		c.cut[u] = c.cut[u] || apart > 1
	}
}
