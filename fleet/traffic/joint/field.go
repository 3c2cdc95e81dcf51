package joint

import "container/heap"

// A field tells how long the way from any node to one goal takes, in ms. It grows only as far as it is asked.
type field struct {
	g    *Graph
	dist []int32 // 1 more than the time, at most where it is not yet settled; 0 is unknown
	line []int32 // breadth first, where all edges are alike: nodes whose neighbours are still to be seen
	next int
	soon queue // nearest first, where they are not
	done []bool
}

// unreachable is farther than any way.
const unreachable = int32(1 << 30)

func newField(g *Graph, goal int32) *field {
	f := &field{g: g, dist: make([]int32, g.Size())}
	f.dist[goal] = 1
	if g.alike {
		f.line = append(f.line, goal)
	} else {
		f.done, f.soon = make([]bool, g.Size()), queue{{goal, 1}}
	}
	return f
}

// flat is the field of a robot that likes every node as much.
var flat = &field{}

// to returns the time from a node to the goal.
func (f *field) to(node int32) int32 {
	if f.dist == nil {
		return 0
	}
	if f.g.alike {
		f.wade(node)
	} else {
		f.settle(node)
	}
	if f.dist[node] == 0 {
		return unreachable
	}
	return f.dist[node] - 1
}

// wade goes on breadth first until a node is known.
func (f *field) wade(node int32) {
	for f.dist[node] == 0 && f.next < len(f.line) {
		u := f.line[f.next]
		f.next++
		for k, v := range f.g.in[u] {
			if f.dist[v] == 0 {
				f.dist[v] = f.dist[u] + f.g.back[u][k]
				f.line = append(f.line, v)
			}
		}
	}
}

// settle goes on nearest first until a node's time is final.
func (f *field) settle(node int32) {
	for !f.done[node] && len(f.soon) > 0 {
		at := heap.Pop(&f.soon).(waiting)
		if f.done[at.node] {
			continue
		}
		f.done[at.node] = true
		for k, v := range f.g.in[at.node] {
			if d := at.dist + f.g.back[at.node][k]; f.dist[v] == 0 || d < f.dist[v] {
				f.dist[v] = d
				heap.Push(&f.soon, waiting{v, d})
			}
		}
	}
}

type waiting struct {
	node int32
	dist int32
}

// A queue is a heap of nodes, nearest first.
type queue []waiting

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push is heap.Interface's.
func (q *queue) Push(x any) { *q = append(*q, x.(waiting)) }

// Pop is heap.Interface's.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
