package maps

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A Node is a place of the route graph where a robot can stop.
type Node struct {
	ID    string
	Name  string
	X, Y  float64 // m, hall frame
	Aisle string  // the one-robot stretch that it lies on; empty when none
}

// An Edge leads one way from Start to End.
type Edge struct {
	ID         string
	Start, End string
	LengthM    float64
	MaxSpeed   float64 // m/s; 0 when the graph sets no limit
}

// A Dock is a station where a robot charges.
type Dock struct {
	ID   string // of the station
	Node string
}

// A Graph is a hall's route graph: nodes, one-way edges and docks. It comes from ReadGraph, or from NewGraph for a
// graph that is not in a file, and does not change afterwards. What it returns belongs to it: do not write to it.
type Graph struct {
	nodes  []Node // by ID
	edges  []Edge // by ID
	docks  []Dock // by ID
	index  map[string]int
	out    [][]Edge        // by node, each by edge ID
	ends   [][]int         // nodes where out's edges end
	ids    map[string]bool // of the edges
	byEnds map[[2]string]int
	file   string         // that it was read from, and the lines of its nodes, edges and stations there
	lines  map[string]int // by "node x", "edge x", "station x"
}

func newGraph() *Graph {
	return &Graph{index: map[string]int{}, ids: map[string]bool{}, byEnds: map[[2]string]int{}}
}

// NewGraph makes a graph of nodes, edges and docks. An edge without a length gets the distance of its nodes.
func NewGraph(nodes []Node, edges []Edge, docks []Dock) (*Graph, error) {
	g := newGraph()
	for _, n := range nodes {
		if n.ID == "" || g.has(n.ID) {
			return nil, fmt.Errorf("new graph: node id %q is empty or there twice", n.ID)
		}
		g.addNode(n)
	}
	for _, e := range edges {
		from, ok1 := g.Node(e.Start)
		to, ok2 := g.Node(e.End)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("new graph: edge %q: node %q or %q does not exist", e.ID, e.Start, e.End)
		}
		if e.LengthM == 0 {
			e.LengthM = math.Hypot(to.X-from.X, to.Y-from.Y)
		}
		if !(e.LengthM > 0) {
			return nil, fmt.Errorf("new graph: edge %q has length %g m", e.ID, e.LengthM)
		}
		if why := g.addEdge(e); why != "" {
			return nil, fmt.Errorf("new graph: %s", why)
		}
	}
	for _, d := range docks {
		if !g.has(d.Node) {
			return nil, fmt.Errorf("new graph: dock %q: node %q does not exist", d.ID, d.Node)
		}
	}
	g.docks = slices.Clone(docks)
	g.seal()
	return g, nil
}

// problem is a fault of something of the graph, with its file and line.
func (g *Graph) problem(what, id, format string, args ...any) Problem {
	return Problem{File: g.file, Line: g.lines[what+" "+id], Message: what + " " + strconv.Quote(id) + " " + fmt.Sprintf(format, args...)}
}

func (g *Graph) has(node string) bool { _, ok := g.index[node]; return ok }

func (g *Graph) addNode(n Node) {
	g.index[n.ID] = len(g.nodes)
	g.nodes = append(g.nodes, n)
}

// addEdge takes an edge in, or says why not.
func (g *Graph) addEdge(e Edge) (why string) {
	if g.ids[e.ID] {
		return fmt.Sprintf("edge %q is there twice: give each its own id", e.ID)
	}
	if i, twice := g.byEnds[[2]string{e.Start, e.End}]; twice {
		return fmt.Sprintf("edge %q leads from %q to %q as edge %q does: keep one", e.ID, e.Start, e.End, g.edges[i].ID)
	}
	g.ids[e.ID] = true
	g.byEnds[[2]string{e.Start, e.End}] = len(g.edges)
	g.edges = append(g.edges, e)
	return ""
}

// seal puts everything in order of ID, so that every answer is the same for the same graph, and indexes it.
func (g *Graph) seal() {
	slices.SortFunc(g.nodes, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.edges, func(a, b Edge) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.docks, func(a, b Dock) int { return cmp.Compare(a.ID, b.ID) })
	for i, n := range g.nodes {
		g.index[n.ID] = i
	}
	g.out, g.ends = make([][]Edge, len(g.nodes)), make([][]int, len(g.nodes))
	for i, e := range g.edges {
		g.byEnds[[2]string{e.Start, e.End}] = i
		from := g.index[e.Start]
		g.out[from] = append(g.out[from], e)
		g.ends[from] = append(g.ends[from], g.index[e.End])
	}
}

// Node returns the node of that ID.
func (g *Graph) Node(id string) (Node, bool) {
	i, ok := g.index[id]
	if !ok {
		return Node{}, false
	}
	return g.nodes[i], true
}

// Nodes returns all nodes by ID.
func (g *Graph) Nodes() []Node { return g.nodes }

// Edge returns the edge that leads from one node straight to another.
func (g *Graph) Edge(from, to string) (Edge, bool) {
	i, ok := g.byEnds[[2]string{from, to}]
	if !ok {
		return Edge{}, false
	}
	return g.edges[i], true
}

// Edges returns all edges by ID.
func (g *Graph) Edges() []Edge { return g.edges }

// Out returns the edges that leave a node, by ID.
func (g *Graph) Out(id string) []Edge {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	return g.out[i]
}

// Docks returns the stations where a robot charges, by ID.
func (g *Graph) Docks() []Dock { return g.docks }

// AisleOf returns the one-robot stretch that a node lies on; empty when none.
func (g *Graph) AisleOf(node string) string {
	i, ok := g.index[node]
	if !ok {
		return ""
	}
	return g.nodes[i].Aisle
}

// ShortestPath returns the shortest way over usable edges (nil: all), its length in m, and whether there is one.
// Of ways of one length it always gives the same. A way from a node to itself has one node.
func (g *Graph) ShortestPath(from, to string, usable func(Edge) bool) (nodes []string, lengthM float64, ok bool) {
	start, ok1 := g.index[from]
	goal, ok2 := g.index[to]
	if !ok1 || !ok2 {
		return nil, math.Inf(1), false
	}
	dist, before := g.dijkstra(start, goal, usable)
	if math.IsInf(dist[goal], 1) {
		return nil, math.Inf(1), false
	}
	for n := goal; n >= 0; n = before[n] {
		nodes = append(nodes, g.nodes[n].ID)
	}
	slices.Reverse(nodes)
	return nodes, dist[goal], true
}

// Distances returns how far each node that can be reached lies from one node, in m over usable edges (nil: all).
func (g *Graph) Distances(from string, usable func(Edge) bool) map[string]float64 {
	start, ok := g.index[from]
	if !ok {
		return nil
	}
	dist, _ := g.dijkstra(start, -1, usable)
	out := make(map[string]float64, len(dist))
	for i, d := range dist {
		if !math.IsInf(d, 1) {
			out[g.nodes[i].ID] = d
		}
	}
	return out
}

// dijkstra returns distances from start, final up to goal (-1: all), and each node's predecessor (-1: none).
func (g *Graph) dijkstra(start, goal int, usable func(Edge) bool) (dist []float64, before []int) {
	dist, before = make([]float64, len(g.nodes)), make([]int, len(g.nodes))
	for i := range dist {
		dist[i], before[i] = math.Inf(1), -1
	}
	dist[start] = 0
	queue := &frontier{{start, 0}}
	for queue.Len() > 0 {
		at := heap.Pop(queue).(reached)
		if at.node == goal {
			return dist, before
		}
		if at.dist > dist[at.node] {
			continue
		}
		for i, e := range g.out[at.node] {
			to := g.ends[at.node][i]
			if d := at.dist + e.LengthM; d < dist[to] && (usable == nil || usable(e)) {
				dist[to], before[to] = d, at.node
				heap.Push(queue, reached{to, d})
			}
		}
	}
	return dist, before
}

// A reached node waits in the frontier for its turn.
type reached struct {
	node int
	dist float64
}

// A frontier is a heap of nodes, nearest first; of equally near ones the first by ID.
type frontier []reached

func (f frontier) Len() int { return len(f) }

func (f frontier) Less(i, j int) bool {
	return f[i].dist < f[j].dist || (f[i].dist == f[j].dist && f[i].node < f[j].node)
}

func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }

// Push is heap.Interface's.
func (f *frontier) Push(x any) { *f = append(*f, x.(reached)) }

// Pop is heap.Interface's.
func (f *frontier) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
