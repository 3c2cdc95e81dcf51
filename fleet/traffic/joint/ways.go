package joint

import (
	"cmp"
	"slices"
)

// ways turns the configurations that lead to a spot into ways, and times them.
func (s *search) ways(last *spot) []Way {
	var steps [][]int32
	for n := last; n != nil; n = n.parent {
		steps = append(steps, n.at)
	}
	slices.Reverse(steps)
	ways := make([]Way, len(s.p.Robots))
	for i, v := range steps[0] {
		ways[i] = Way{{v, 0}}
	}
	leaver := make([]int32, s.p.Graph.Size()) // the robot that leaves a node in this step
	for i := range leaver {
		leaver[i] = None
	}
	turn := int64(0)
	for k := 1; k < len(steps); k++ {
		from, to := steps[k-1], steps[k]
		for i := range from {
			if from[i] != to[i] {
				leaver[from[i]] = int32(i)
			}
		}
		for i := range from {
			turn = led(s.p.Graph, int32(i), from, to, leaver, ways, turn)
		}
	}
	return Retime(s.p.Graph, ways, nil)
}

// led makes a robot's move of a step, after those of the robots which leave the node, and those in conflict with it, for it.
func led(g *Graph, i int32, from, to, leaver []int32, ways []Way, turn int64) int64 {
	if from[i] == to[i] || leaver[from[i]] != i {
		return turn
	}
	leaver[from[i]] = None
	if j := leaver[to[i]]; j != None {
		turn = led(g, j, from, to, leaver, ways, turn)
	}
	for _, n := range g.around(to[i]) {
		if j := leaver[n.Node]; j != None {
			turn = led(g, j, from, to, leaver, ways, turn)
		}
	}
	turn++
	ways[i] = append(ways[i], Visit{to[i], turn})
	return turn
}

// Retime gives ways the earliest times at which they can be travelled in the order that their times have now: a robot
// comes to a node when its edge takes it there, and after the robot before it there, or at a node in conflict with it, has
// come to its own next node.
// The first visit of each way keeps its time. beside, unless nil, are nodes that a way's robot has until its second
// visit, besides that of the first.
func Retime(g *Graph, ways []Way, beside [][]int32) []Way {
	type turn struct {
		at     int64
		way, k int32
	}
	var turns []turn
	out := make([]Way, len(ways))
	left := make([]int64, g.Size()) // when a node, or one in conflict with it, was last left or come to
	for i, w := range ways {
		out[i] = slices.Clone(w)
		for k := range w[1:] {
			turns = append(turns, turn{w[k+1].At, int32(i), int32(k + 1)})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.way, b.way))
	})
	for _, t := range turns {
		w := out[t.way]
		before, v := w[t.k-1], &w[t.k]
		v.At = max(before.At+g.edge(before.Node, v.Node), left[v.Node]+1)
		left[before.Node] = max(left[before.Node], v.At)
		// The coming counts too: what moves off from a robot at v has its order with it.
		for _, node := range []int32{before.Node, v.Node} {
			for _, n := range g.around(node) {
				left[n.Node] = max(left[n.Node], v.At)
			}
		}
		if t.k == 1 && beside != nil {
			for _, node := range beside[t.way] {
				left[node] = max(left[node], v.At)
				for _, n := range g.around(node) {
					left[n.Node] = max(left[n.Node], v.At)
				}
			}
		}
	}
	return out
}
