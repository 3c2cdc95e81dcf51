package maps

import "math"

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

// A Graph is a hall's route graph: nodes, one-way edges and docks.
type Graph struct {
	nodes map[string]Node
	order []string
	edges map[string]Edge
	out   map[string][]Edge
	docks []Dock
}

// Node returns the node of that ID.
func (g *Graph) Node(id string) (Node, bool) { n, ok := g.nodes[id]; return n, ok }

// Nodes returns all nodes by ID.
func (g *Graph) Nodes() []Node { return nil }

// Edge returns the edge that leads from one node straight to another.
func (g *Graph) Edge(from, to string) (Edge, bool) { return Edge{}, false }

// EdgeByID returns the edge of that ID.
func (g *Graph) EdgeByID(id string) (Edge, bool) { e, ok := g.edges[id]; return e, ok }

// Edges returns all edges by ID.
func (g *Graph) Edges() []Edge { return nil }

// Out returns the edges that leave a node, by ID.
func (g *Graph) Out(id string) []Edge { return g.out[id] }

// Docks returns the stations where a robot charges, by ID.
func (g *Graph) Docks() []Dock { return g.docks }

// AisleOf returns the one-robot stretch that a node lies on; empty when none.
func (g *Graph) AisleOf(node string) string { return g.nodes[node].Aisle }

// ShortestPath returns the shortest way over usable edges (nil: all), its length in m, and whether there is one.
func (g *Graph) ShortestPath(from, to string, usable func(Edge) bool) (nodes []string, lengthM float64, ok bool) {
	return nil, math.Inf(1), false
}

// Distances returns how far each node that can be reached lies from one node, in m over usable edges (nil: all).
func (g *Graph) Distances(from string, usable func(Edge) bool) map[string]float64 { return nil }
