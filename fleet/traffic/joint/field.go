package joint

import "container/heap"

// A field tells how long the way from any node to one goal takes, in ms. It grows only as far as it is asked.
type field struct {
	g    *Graph
	dist []int32 // 1 more than the time; 0 is unknown
	line []int32 // breadth first: nodes whose neighbours are still to be seen
	next int
}

// unreachable is farther than any way.
const unreachable = int32(1 << 30)

func newField(g *Graph, goal int32) *field {
	f := &field{g: g, dist: make([]int32, g.Size())}
	f.dist[goal] = 1
	if g.alike {
		f.line = append(f.line, goal)
	} else {
		f.dijkstra(goal)
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
	if f.dist[node] == 0 {
		return unreachable
	}
	return f.dist[node] - 1
}

func (f *field) dijkstra(goal int32) {
	queue := &queue{{goal, 1}}
	for queue.Len() > 0 {
		at := heap.Pop(queue).(waiting)
		if at.dist > f.dist[at.node] {
			continue
		}
		for k, v := range f.g.in[at.node] {
			if d := at.dist + f.g.back[at.node][k]; f.dist[v] == 0 || d < f.dist[v] {
				f.dist[v] = d
				heap.Push(queue, waiting{v, d})
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
