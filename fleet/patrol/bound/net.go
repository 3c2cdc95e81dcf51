package bound

import (
	"container/heap"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// A net is a route graph in seconds of driving, by number.
type net struct {
	g     *maps.Graph
	id    []string
	index map[string]int
	out   [][]arc
	in    [][]arc
	both  [][]arc // either way at the price of the cheaper
}

type arc struct {
	to   int
	long float64 // s
}

func newNet(g *maps.Graph, speed float64) *net {
	n := &net{g: g, index: map[string]int{}}
	for i, node := range g.Nodes() {
		n.id, n.index[node.ID] = append(n.id, node.ID), i
	}
	n.out, n.in, n.both = make([][]arc, len(n.id)), make([][]arc, len(n.id)), make([][]arc, len(n.id))
	for _, e := range g.Edges() {
		s := speed
		if e.MaxSpeed > 0 {
			s = min(s, e.MaxSpeed)
		}
		from, to, t := n.index[e.Start], n.index[e.End], e.LengthM/s
		n.out[from], n.in[to] = append(n.out[from], arc{to, t}), append(n.in[to], arc{from, t})
		n.both[from], n.both[to] = append(n.both[from], arc{to, t}), append(n.both[to], arc{from, t})
	}
	return n
}

// nearest is how far the nearest other stop is from a node, in s; infinite when there is none.
func (n *net) nearest(arcs [][]arc, from int, stop []bool) float64 {
	dist := map[int]float64{from: 0}
	q := &queue{{from, 0}}
	for q.Len() > 0 {
		at := heap.Pop(q).(arc)
		if at.to != from && stop[at.to] {
			return at.long
		}
		if at.long > dist[at.to] {
			continue
		}
		for _, a := range arcs[at.to] {
			if d, seen := dist[a.to]; !seen || at.long+a.long < d {
				dist[a.to] = at.long + a.long
				heap.Push(q, arc{a.to, at.long + a.long})
			}
		}
	}
	return math.Inf(1)
}

// cells gives each node its nearest terminal (-1: none) and how far that is, in s, either way.
func (n *net) cells(terminal []bool) (dist []float64, owner []int) {
	dist, owner = make([]float64, len(n.id)), make([]int, len(n.id))
	q := &queue{}
	for i := range dist {
		dist[i], owner[i] = math.Inf(1), -1
		if terminal[i] {
			dist[i], owner[i] = 0, i
			*q = append(*q, arc{i, 0})
		}
	}
	heap.Init(q)
	for q.Len() > 0 {
		at := heap.Pop(q).(arc)
		if at.long > dist[at.to] {
			continue
		}
		for _, a := range n.both[at.to] {
			if d := at.long + a.long; d < dist[a.to] {
				dist[a.to], owner[a.to] = d, owner[at.to]
				heap.Push(q, arc{a.to, d})
			}
		}
	}
	return dist, owner
}

// A queue is a heap of places, nearest first.
type queue []arc

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].long < q[j].long }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push is heap.Interface's.
func (q *queue) Push(x any) { *q = append(*q, x.(arc)) }

// Pop is heap.Interface's.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
