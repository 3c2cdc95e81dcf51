package patrol

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
	"github.com/nightrounds/nightrounds/maps"
)

// A Hall is what a decision needs of a place and that never changes: worked out once, by NewHall, and shared.
type Hall struct {
	Graph      *maps.Graph
	Viewpoints []maps.Viewpoint
	// Sensors are those that a viewpoint needs, by its id; none for one that every robot can do.
	Sensors map[string][]string
	// Home is how far each node is from the nearest dock whatever the traffic, in m.
	Home map[string]float64

	index map[string]int   // viewpoint: its place in Viewpoints
	at    map[string][]int // node: the viewpoints there
	stops []int            // numbers of the nodes with viewpoints, in the order in which all are swept
	net   *net.Net         // at 1 m/s: its seconds are metres
}

// NewHall works a hall out. Sensors may be nil.
func NewHall(g *maps.Graph, views []maps.Viewpoint, sensors map[string][]string) *Hall {
	h := &Hall{
		Graph: g, Viewpoints: views, Sensors: sensors,
		index: make(map[string]int, len(views)), at: map[string][]int{}, net: net.New(g, 1),
	}
	h.Home = distanceHome(h.net)
	for i, v := range views {
		h.index[v.ID] = i
		h.at[v.Node] = append(h.at[v.Node], i)
	}
	h.stops = h.sweep()
	return h
}

// Index is where a viewpoint stands in Viewpoints.
func (h *Hall) Index(viewpoint string) (i int, ok bool) {
	i, ok = h.index[viewpoint]
	return i, ok
}

// sweep orders the nodes with viewpoints by going from each to the nearest that is left, from one at the floor's edge:
// in a hall of aisles that is up one and down the next.
func (h *Hall) sweep() []int {
	left := make(map[int]bool, len(h.at))
	for node := range h.at {
		if i, ok := h.net.Index[node]; ok {
			left[i] = true
		}
	}
	order := make([]int, 0, len(left))
	search := net.NewSearch(h.net.Out)
	for at := h.edgemost(left); at >= 0; {
		order = append(order, at)
		delete(left, at)
		next, _ := search.Nearest(at, func(n int) bool { return left[n] })
		if next < 0 {
			next = h.edgemost(left)
		}
		at = next
	}
	return order
}

// edgemost is the node of some that lies farthest from all the others' middle, the first by number; -1 for none.
func (h *Hall) edgemost(of map[int]bool) int {
	var x, y float64
	nodes := h.Graph.Nodes()
	for i := range nodes {
		if of[i] {
			x, y = x+nodes[i].X/float64(len(of)), y+nodes[i].Y/float64(len(of))
		}
	}
	best, far := -1, -1.0
	for i, n := range nodes {
		if d := (n.X-x)*(n.X-x) + (n.Y-y)*(n.Y-y); of[i] && d > far+1e-9 {
			best, far = i, d
		}
	}
	return best
}

// distanceHome returns how far each node is from the nearest dock over free floor, in m. Edges are taken to lead both
// ways.
func distanceHome(n *net.Net) map[string]float64 {
	var docks []int
	for _, d := range n.Graph.Docks() {
		docks = append(docks, n.Index[d.Node])
	}
	home := make(map[string]float64, n.Len())
	nodes := n.Graph.Nodes()
	net.NewSearch(n.Both).From(docks, func(node int, metres float64, _ int) bool {
		home[nodes[node].ID] = metres
		return true
	})
	return home
}

// between are the metres from each of some nodes to each other of them over free floor.
func (h *Hall) between(nodes []int) [][]float64 {
	place := make(map[int]int, len(nodes))
	for i, n := range nodes {
		place[n] = i
	}
	search := net.NewSearch(h.net.Out)
	m := make([][]float64, len(nodes))
	for i, n := range nodes {
		row, found := make([]float64, len(nodes)), 0
		for j := range row {
			row[j] = farAway
		}
		search.From([]int{n}, func(at int, metres float64, _ int) bool {
			if j, ok := place[at]; ok {
				row[j] = metres
				found++
			}
			return found < len(nodes)
		})
		m[i] = row
	}
	return m
}

// metres is how far it is from a node to another over free floor: farAway where there is no way.
func (h *Hall) metres(from, to string) float64 {
	goal, far := h.net.Index[to], float64(farAway)
	net.NewSearch(h.net.Out).From([]int{h.net.Index[from]}, func(n int, m float64, _ int) bool {
		if n == goal {
			far = m
		}
		return n != goal
	})
	return far
}

// farAway stands for a way that does not exist, in m: so far that no tour goes there, and still a number to add.
const farAway = 1e7

// can says whether a robot is made for a viewpoint.
func (h *Hall) can(r Robot, view int) bool {
	v := &h.Viewpoints[view]
	if r.MastM > 0 && v.MastM > r.MastM+0.01 {
		return false
	}
	for _, s := range h.Sensors[v.ID] {
		if !slices.Contains(r.Sensors, s) {
			return false
		}
	}
	return true
}

// interval is a viewpoint's revisit interval.
func (h *Hall) interval(view int) time.Duration { return h.Viewpoints[view].RevisitInterval }
