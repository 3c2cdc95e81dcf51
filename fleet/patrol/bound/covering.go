package bound

import (
	"cmp"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
)

// A cover is what must be touched in every window of one length.
type cover struct {
	interval float64   // s
	tree     []float64 // edges of a minimum spanning tree of the nodes, s, ascending
	parts    int       // trees of the forest: 1, or more where the floor is in pieces
}

// Covering is the bound by forests, in robots, when every interval is ratio times as long.
//
// Proof. Let V be the nodes with a viewpoint whose interval is at most t. In any window of length t each of them is
// visited, so the robots' drives within the window, taken as sets of edges between the stops of V in the metric of
// shortest drives, join V into at most as many trees as there are robots. Their length is at least that of the
// lightest such forest: the minimum spanning tree without its robots-1 longest edges (Kruskal). Cut a long time into
// windows: the drives' share of it is at least forest/t. What is not driving, looks, stays and turns, takes at least what
// Workload's proof gives each node when drives take no time, so that an arrival costs the turn alone. The two are of
// different time, so they add up. It holds for every t, so for the largest sum. Charging changes nothing: the bound is on
// the time at work.
//
// (The shortest tour over the number of robots is no lower bound with more than one: robots need not come back.)
func (b *Bound) Covering(robots int, ratio float64) float64 {
	var most float64
	for _, c := range b.cover {
		keep := len(c.tree) - max(0, robots-c.parts)
		var forest float64
		for _, e := range c.tree[:max(0, keep)] {
			forest += e
		}
		most = max(most, forest/(c.interval*ratio))
	}
	for _, g := range b.groups {
		g.arrival = b.p.Turn.Seconds()
		most += g.share(ratio)
	}
	return most
}

// covers works out the trees of all different intervals.
func covers(points []Point, n *net.Net) []cover {
	var all []cover
	for _, t := range sortedIntervals(points) {
		in := make([]bool, n.Len())
		for _, p := range points {
			in[n.Index[p.Node]] = in[n.Index[p.Node]] || p.Interval <= t
		}
		tree, parts := spanning(n, in)
		all = append(all, cover{interval: float64(t) / float64(time.Second), tree: tree, parts: parts})
	}
	return all
}

// spanning returns the edges of a minimum spanning forest of some nodes in the metric of shortest drives, either way,
// and how many trees it has. After Mehlhorn, "A faster approximation algorithm for the Steiner problem in graphs"
// (1988): the bridges between the cells of nodes that are nearest to one terminal hold a minimum spanning tree.
func spanning(n *net.Net, in []bool) (tree []float64, parts int) {
	dist, owner := cells(n, in)
	type bridge struct {
		a, b int
		long float64
	}
	var bridges []bridge
	for u, arcs := range n.Both {
		for _, a := range arcs {
			if owner[u] >= 0 && owner[a.To] >= 0 && owner[u] != owner[a.To] {
				bridges = append(bridges, bridge{owner[u], owner[a.To], dist[u] + a.Long + dist[a.To]})
			}
		}
	}
	slices.SortFunc(bridges, func(x, y bridge) int {
		return cmp.Or(cmp.Compare(x.long, y.long), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	root := make([]int, len(in))
	for i := range root {
		root[i] = i
		if in[i] {
			parts++
		}
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, e := range bridges {
		if a, b := find(e.a), find(e.b); a != b {
			root[a] = b
			tree = append(tree, e.long)
			parts--
		}
	}
	return tree, parts
}

// cells gives each node its nearest terminal (-1: none) and how far that is, in s, either way.
func cells(n *net.Net, terminal []bool) (dist []float64, owner []int) {
	dist, owner = make([]float64, n.Len()), make([]int, n.Len())
	var starts []int
	for i := range owner {
		owner[i] = -1
		if terminal[i] {
			starts = append(starts, i)
		}
	}
	net.NewSearch(n.Both).From(starts, func(node int, seconds float64, start int) bool {
		dist[node], owner[node] = seconds, start
		return true
	})
	return dist, owner
}
