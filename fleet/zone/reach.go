package zone

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Reach is what one more zone does to a hall's ways, by the nodes of its graph.
type Reach struct {
	Nodes []string // that lie in the zone
	Edges int      // that touch it, each direction for itself; none: the zone changes nothing
	Lost  []string // to which a robot could drive from a dock, and home again, and cannot while the zone holds
}

// ReachOf works out what one more zone would do when it begins, or now if it has begun.
func ReachOf(g *maps.Graph, hall string, zones []Zone, more Zone, now time.Time) Reach {
	at := begins(more, now)
	var out Reach
	for _, e := range g.Edges() {
		from, _ := g.Node(e.Start)
		to, _ := g.Node(e.End)
		if more.touches(from, to) {
			out.Edges++
		}
	}
	before, after := visitable(g, Of(g, hall, zones, at)), visitable(g, Of(g, hall, with(zones, more), at))
	for _, n := range g.Nodes() {
		if more.Holds(n.X, n.Y) {
			out.Nodes = append(out.Nodes, n.ID)
		}
		if before(n.ID) && !after(n.ID) {
			out.Lost = append(out.Lost, n.ID)
		}
	}
	return out
}

// begins is when a zone that holds or will hold is looked at.
func begins(z Zone, now time.Time) time.Time {
	if z.From.After(now) {
		return z.From
	}
	return now
}

func with(zones []Zone, more Zone) []Zone { return append(slices.Clone(zones), more) }

// visitable says of a node whether a robot may be sent there from some dock and can come back to one.
func visitable(g *maps.Graph, e Effect) func(node string) bool {
	home := homely(g, e)
	out := spread(g, func(edge maps.Edge) (from, to string) { return edge.Start, edge.End }, e)
	return func(node string) bool { return home[node] && out[node] && !e.Barred(node) }
}

// homely are the nodes from which some dock can be reached over open edges.
func homely(g *maps.Graph, e Effect) map[string]bool {
	return spread(g, func(edge maps.Edge) (from, to string) { return edge.End, edge.Start }, e)
}

// spread are the nodes that are reached from the docks over open edges, each taken the way that ends says.
func spread(g *maps.Graph, ends func(maps.Edge) (from, to string), e Effect) map[string]bool {
	next := map[string][]string{}
	for _, edge := range g.Edges() {
		if e.Open(edge) {
			from, to := ends(edge)
			next[from] = append(next[from], to)
		}
	}
	seen := map[string]bool{}
	var todo []string
	for _, d := range g.Docks() {
		todo = append(todo, d.Node)
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[n] {
			seen[n] = true
			todo = append(todo, next[n]...)
		}
	}
	return seen
}
