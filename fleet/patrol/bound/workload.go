package bound

import (
	"math"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
)

// A group is the viewpoints of one node.
type group struct {
	node    int
	looks   float64 // sum of look over interval
	least   float64 // the shortest interval, s
	look    float64 // the longest look among those of the shortest interval, s
	arrival float64 // least travel that an arrival owns, s
}

// Workload is the bound by work at nodes, in robots, when every interval is ratio times as long.
//
// Proof. Cut every robot's time into looks, stays at a node and drives between stops (viewpoint nodes and docks), and
// give half of each drive to each of its ends. Then no time is given twice, so the sum over all nodes of what each
// node is given is at most the robots' time at work. Let a node's shortest interval be T, the longest look of that
// interval s, the sum of look over interval of all its viewpoints w, and let d be half the shortest drive from any other
// stop plus half the shortest to any other stop plus the turn with which a robot leaves. With r arrivals a second the node is given at least w + r·d: its looks
// and its halves of the drives. It is also given at least 1 - r·(T - s - d): in a gap g between two arrivals whoever looks
// last before the next arrival begins no sooner than T before it and stays s, and somebody has been there since the
// arrival before, so g - T + s of the gap somebody stays, and d is driven. The two are equal at r = (1 - w)/(T - s); with
// fewer arrivals the second is larger than there, with more the first. So the node is given at least
// w + d·(1 - w)/(T - s), or 1 when d > T - s.
//
// (Adding d/T to w, for each node by itself, would ignore the robot that stays; adding the mean of the two nearest
// distances would be wrong for a robot that goes to and fro between two nodes.)
func (b *Bound) Workload(ratio float64) float64 {
	var sum float64
	for _, g := range b.groups {
		sum += g.share(ratio)
	}
	return sum
}

func (g group) share(ratio float64) float64 {
	w, free := g.looks/ratio, g.least*ratio-g.look
	if w >= 1 {
		return w
	}
	if g.arrival >= free {
		return 1
	}
	return w + g.arrival*(1-w)/free
}

// groups puts viewpoints together by node, with the least travel of an arrival there.
func groups(points []Point, n *net.Net, turn time.Duration) []group {
	at := map[int]int{}
	var all []group
	stop := make([]bool, n.Len())
	for _, d := range n.Graph.Docks() {
		stop[n.Index[d.Node]] = true
	}
	for _, p := range points {
		node := n.Index[p.Node]
		stop[node] = true
		i, ok := at[node]
		if !ok {
			i = len(all)
			at[node] = i
			all = append(all, group{node: node, least: math.Inf(1)})
		}
		g, t, s := &all[i], p.Interval.Seconds(), p.Look.Seconds()
		g.looks += s / t
		switch {
		case t < g.least:
			g.least, g.look = t, s
		case t == g.least:
			g.look = max(g.look, s)
		}
	}
	away, back := net.NewSearch(n.Out), net.NewSearch(n.In)
	for i := range all {
		_, out := away.Nearest(all[i].node, func(n int) bool { return stop[n] })
		_, in := back.Nearest(all[i].node, func(n int) bool { return stop[n] })
		if !math.IsInf(out+in, 1) {
			all[i].arrival = (out+in)/2 + turn.Seconds()
		}
	}
	return all
}
