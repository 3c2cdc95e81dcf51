// Package net is a route graph as seconds of driving between numbered nodes: what the patrol's plan and its bound
// search in, many times. Floor is taken as free.
package net

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// A Net is a route graph by number. It does not change.
type Net struct {
	Graph *maps.Graph
	Index map[string]int // node: its number, in the order of Graph.Nodes
	Out   [][]Arc        // edges that leave a node
	In    [][]Arc        // edges that lead to it, by where they come from
	Both  [][]Arc        // either way
	// OneWay is whether some edge has no way back as short.
	OneWay bool
}

// An Arc is a way to a node in seconds.
type Arc struct {
	To   int
	Long float64
}

// New numbers a graph, at a speed in m/s that an edge may limit.
func New(g *maps.Graph, speed float64) *Net {
	nodes := g.Nodes()
	n := &Net{Graph: g, Index: make(map[string]int, len(nodes))}
	for i, node := range nodes {
		n.Index[node.ID] = i
	}
	n.Out, n.In, n.Both = make([][]Arc, len(nodes)), make([][]Arc, len(nodes)), make([][]Arc, len(nodes))
	for _, e := range g.Edges() {
		s := speed
		if e.MaxSpeed > 0 {
			s = min(s, e.MaxSpeed)
		}
		from, to, t := n.Index[e.Start], n.Index[e.End], e.LengthM/s
		n.Out[from], n.In[to] = append(n.Out[from], Arc{to, t}), append(n.In[to], Arc{from, t})
		n.Both[from], n.Both[to] = append(n.Both[from], Arc{to, t}), append(n.Both[to], Arc{from, t})
		if back, ok := g.Edge(e.End, e.Start); !ok || back.LengthM > e.LengthM {
			n.OneWay = true
		}
	}
	return n
}

// Len is how many nodes there are.
func (n *Net) Len() int { return len(n.Out) }

// A Search finds the nodes nearest to some. It may be used again, which spares memory, but not by two at once.
type Search struct {
	arcs  [][]Arc
	dist  []float64
	owner []int
	round []int
	now   int
	queue []Arc
}

// NewSearch searches along some arcs of a net.
func NewSearch(arcs [][]Arc) *Search {
	return &Search{arcs: arcs, dist: make([]float64, len(arcs)), owner: make([]int, len(arcs)), round: make([]int, len(arcs))}
}

// From goes outwards from some nodes at once, nearest first, and hands each node that it reaches to visit with the
// seconds and the start that it is nearest to, until visit returns false.
func (s *Search) From(starts []int, visit func(node int, seconds float64, start int) bool) {
	s.now++
	s.queue = s.queue[:0]
	for _, i := range starts {
		s.dist[i], s.owner[i], s.round[i] = 0, i, s.now
		s.push(Arc{i, 0})
	}
	for len(s.queue) > 0 {
		at := s.pop()
		if at.Long > s.dist[at.To] {
			continue
		}
		if !visit(at.To, at.Long, s.owner[at.To]) {
			return
		}
		for _, a := range s.arcs[at.To] {
			if d := at.Long + a.Long; s.round[a.To] != s.now || d < s.dist[a.To] {
				s.dist[a.To], s.owner[a.To], s.round[a.To] = d, s.owner[at.To], s.now
				s.push(Arc{a.To, d})
			}
		}
	}
}

// Nearest is how far the nearest node other than the start is that stop holds for, in seconds; infinite for none.
func (s *Search) Nearest(start int, stop func(int) bool) (node int, seconds float64) {
	node, seconds = -1, math.Inf(1)
	s.From([]int{start}, func(n int, d float64, _ int) bool {
		if n != start && stop(n) {
			node, seconds = n, d
			return false
		}
		return true
	})
	return node, seconds
}

// less puts nearer nodes first; of equally near ones the first by number.
func less(a, b Arc) bool { return a.Long < b.Long || a.Long == b.Long && a.To < b.To }

func (s *Search) push(a Arc) {
	s.queue = append(s.queue, a)
	for i := len(s.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !less(s.queue[i], s.queue[up]) {
			return
		}
		s.queue[i], s.queue[up] = s.queue[up], s.queue[i]
		i = up
	}
}

func (s *Search) pop() Arc {
	top, last := s.queue[0], len(s.queue)-1
	s.queue[0] = s.queue[last]
	s.queue = s.queue[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return top
		}
		if down+1 < last && less(s.queue[down+1], s.queue[down]) {
			down++
		}
		if !less(s.queue[down], s.queue[i]) {
			return top
		}
		s.queue[i], s.queue[down] = s.queue[down], s.queue[i]
		i = down
	}
}
