package joint

import (
	"encoding/binary"
	"slices"
)

// One robot that is sent somewhere among others that are not: where those are does not matter, only how many nodes are
// free on each side of it. With the robot at a node x, the graph without x falls into parts; within a part, free nodes can
// be brought anywhere, robots moving into them one after the other, and none gets from one part to another. So whether
// the robot can go on depends on x and on the number of free nodes of each part alone, and that is a small search, which
// proves that there is no plan where LaCAM would have to try every configuration. After Papadimitriou, Raghavan, Sudan
// and Tamaki, "Motion Planning on a Graph" (FOCS 1994), whose robot moves among obstacles that can be moved so.
//
// It needs every edge to lead both ways.
type holes struct {
	g     *Graph
	goal  int32
	dist  *field
	parts map[int32]*parts
	seen  map[string]bool
	wide  bool // some choices were left out: what is not found may yet be
}

// parts are the connected pieces of a graph without one node.
type parts struct {
	of   []int32 // by node; None for the node itself, and for what was never connected with it
	size []int32
}

// A stand is the robot's node with the number of free nodes in each part around it.
type stand struct {
	at   int32
	free []int32
	from *stand
}

// maxShares bounds in how many ways the free nodes are shared out among the parts beyond a node.
const maxShares = 500

// maxStands bounds the search.
const maxStands = 20_000

// among searches for a solution of a problem in which one robot is sent. decided is false when this cannot tell.
func among(p *Problem, dist *field) (last *stand, decided bool) {
	me := slices.IndexFunc(p.Robots, func(r Robot) bool { return !r.Free })
	h := &holes{g: p.Graph, goal: p.Robots[me].Goal, dist: dist, parts: map[int32]*parts{}, seen: map[string]bool{}}
	start := &stand{at: p.Robots[me].Start}
	around := h.around(start.at)
	start.free = slices.Clone(around.size)
	for i, r := range p.Robots {
		if i != me && around.of[r.Start] != None {
			start.free[around.of[r.Start]]--
		}
	}
	open := map[int32][]*stand{dist.to(start.at): {start}} // by distance from the goal
	keys := []int32{dist.to(start.at)}
	h.seen[start.key()] = true
	for n := 0; len(keys) > 0; n++ {
		i := slices.Index(keys, slices.Min(keys))
		list := open[keys[i]]
		at := list[len(list)-1]
		if open[keys[i]] = list[:len(list)-1]; len(list) == 1 {
			delete(open, keys[i])
			keys = slices.Delete(keys, i, i+1)
		}
		if at.at == h.goal {
			return at, true
		}
		if n == maxStands {
			return nil, false
		}
		for _, next := range h.steps(at) {
			d := dist.to(next.at)
			if _, known := open[d]; !known {
				keys = append(keys, d)
			}
			open[d] = append(open[d], next)
		}
	}
	return nil, !h.wide
}

func (s *stand) key() string {
	b := binary.AppendVarint(nil, int64(s.at))
	for _, n := range s.free {
		b = binary.AppendVarint(b, int64(n))
	}
	return string(b)
}

// around finds the parts of the graph without a node.
func (h *holes) around(x int32) *parts {
	if p := h.parts[x]; p != nil {
		return p
	}
	p := &parts{of: make([]int32, h.g.Size())}
	for i := range p.of {
		p.of[i] = None
	}
	for _, v := range h.g.out[x] {
		if p.of[v] != None {
			continue
		}
		part, line := int32(len(p.size)), []int32{v}
		p.of[v] = part
		for k := 0; k < len(line); k++ {
			for _, w := range h.g.out[line[k]] {
				if w != x && p.of[w] == None {
					p.of[w] = part
					line = append(line, w)
				}
			}
		}
		p.size = append(p.size, int32(len(line)))
	}
	h.parts[x] = p
	return p
}

// steps are the stands to which the robot can go next, that were not met before.
func (h *holes) steps(s *stand) []*stand {
	var out []*stand
	here := h.around(s.at)
	for _, v := range h.g.out[s.at] {
		c := here.of[v]
		if s.free[c] < 1 {
			continue
		}
		there := h.around(v)
		room := h.room(s.at, v)
		behind := there.of[s.at]
		rest := int32(1) // the node that the robot leaves
		for d, n := range s.free {
			if int32(d) != c {
				rest += n
			}
		}
		for _, share := range h.shares(room, s.free[c]-1) {
			share[behind] += rest
			next := &stand{v, share, s}
			if k := next.key(); !h.seen[k] {
				h.seen[k] = true
				out = append(out, next)
			}
		}
	}
	return out
}

// room tells how many nodes of each part around v lie in v's part around u, v's neighbour.
func (h *holes) room(u, v int32) []int32 {
	here, there := h.around(u), h.around(v)
	room := make([]int32, len(there.size))
	for n, d := range there.of {
		if d != None && int32(n) != u && here.of[n] == here.of[v] {
			room[d]++
		}
	}
	return room
}

// shares lists the ways to share out n free nodes.
func (h *holes) shares(room []int32, n int32) [][]int32 {
	out := [][]int32{}
	share := make([]int32, len(room))
	var fill func(d int, left int32)
	fill = func(d int, left int32) {
		if len(out) >= maxShares {
			h.wide = true
			return
		}
		if d == len(room)-1 {
			if left <= room[d] {
				share[d] = left
				out = append(out, slices.Clone(share))
			}
			return
		}
		for k := range min(left, room[d]) + 1 {
			share[d] = k
			fill(d+1, left-k)
		}
	}
	if len(room) > 0 {
		fill(0, n)
	}
	return out
}

// twoWay reports whether every edge leads both ways.
func (g *Graph) twoWay() bool {
	for u := range g.out {
		for _, v := range g.out[u] {
			if !g.Leads(v, int32(u)) {
				return false
			}
		}
	}
	return true
}
