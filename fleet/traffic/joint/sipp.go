package joint

import (
	"cmp"
	"math"
	"slices"
)

// A Timetable says when which robot has which node: from its coming there until its coming to its next node, and at
// the end of its way without end.
type Timetable struct {
	g    *Graph
	busy [][]stretch // by node, in order of time: of the robots that are there, or at a node in conflict with it
	upto [][]int64   // by node: the latest end of each of its stretches and those before; nil when none overlap
	// Of one search:
	head   []int32 // by node: its first label
	gen    []uint32
	now    uint32
	labels []label
	heap   []lead
}

// A stretch is a time in which a robot has a node.
type stretch struct {
	from, to int64
	robot    int32
}

// NewTimetable returns an empty timetable.
func NewTimetable(g *Graph) *Timetable {
	n := g.Size()
	t := &Timetable{g: g, busy: make([][]stretch, n), head: make([]int32, n), gen: make([]uint32, n)}
	if g.near != nil {
		t.upto = make([][]int64, n)
	}
	return t
}

// Add enters a robot's way. Its first held visits are the robot's already: nobody comes there before it.
func (t *Timetable) Add(robot int32, w Way, held int) {
	for k, v := range w {
		s := stretch{v.At, never, robot}
		if k < held {
			s.from = -1
		}
		if k+1 < len(w) {
			s.to = w[k+1].At
		}
		t.enter(v.Node, s)
	}
}

// Beside enters a node that a robot has now until its second visit.
func (t *Timetable) Beside(robot, node int32, w Way) {
	s := stretch{-1, never, robot}
	if len(w) > 1 {
		s.to = w[1].At
	}
	t.enter(node, s)
}

// enter enters a stretch at a node and at those in conflict with it.
func (t *Timetable) enter(node int32, s stretch) {
	t.insertAt(node, s)
	for _, n := range t.g.around(node) {
		t.insertAt(n.Node, s)
	}
}

func (t *Timetable) insertAt(node int32, s stretch) {
	list := t.busy[node]
	i, _ := slices.BinarySearchFunc(list, s, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	t.busy[node] = slices.Insert(list, i, s)
	t.overlap(node)
}

// overlap notes when the stretches of a node end, which may overlap where several nodes are in conflict with it.
func (t *Timetable) overlap(node int32) {
	if t.upto == nil {
		return
	}
	upto, last := t.upto[node][:0], int64(0)
	for _, s := range t.busy[node] {
		last = max(last, s.to)
		upto = append(upto, last)
	}
	t.upto[node] = upto
}

// Remove takes a robot's way out.
func (t *Timetable) Remove(robot int32, w Way) {
	for _, v := range w {
		t.removeAt(robot, v.Node)
		for _, n := range t.g.around(v.Node) {
			t.removeAt(robot, n.Node)
		}
	}
}

func (t *Timetable) removeAt(robot, node int32) {
	t.busy[node] = slices.DeleteFunc(t.busy[node], func(s stretch) bool { return s.robot == robot })
	t.overlap(node)
}

// A label is the earliest known coming to a node within one gap of its timetable.
type label struct {
	at     int64
	node   int32
	gap    int32
	from   int32 // label; None at the start
	next   int32 // the node's next label
	closed bool
}

// A lead is a label that waits for its turn; done is when the goal can be reached over it at best.
type lead struct {
	done  int64
	at    int64
	label int32
}

// gap returns when a gap of a node begins, and when the node must be left, both inclusive.
func (t *Timetable) gap(node int32, k int) (from, until int64) {
	list := t.busy[node]
	until = never
	if k > 0 {
		from = list[k-1].to + 1
		if t.upto != nil {
			from = t.upto[node][k-1] + 1
		}
	}
	if k < len(list) {
		until = list[k].from - 1
	}
	return from, until
}

// Insert returns the earliest way for a robot that stands at a node from a time on to a goal where it can stay without
// end, between what the timetable has. ok is false when there is none.
func (t *Timetable) Insert(start Visit, goal int32) (w Way, ok bool) {
	return t.insert(newField(t.g, goal), start, goal, never, math.MaxInt)
}

// insert is Insert for a way that comes before a time, and is found with a number of labels at most.
func (t *Timetable) insert(f *field, start Visit, goal int32, before int64, limit int) (w Way, ok bool) {
	t.now++
	t.labels, t.heap = t.labels[:0], t.heap[:0]
	for k := range len(t.busy[start.Node]) + 1 {
		if from, until := t.gap(start.Node, k); from <= start.At && start.At <= until {
			t.reach(f, start.Node, k, start.At, None, before)
		}
	}
	for len(t.heap) > 0 && len(t.labels) < limit {
		i := t.pop().label
		l := &t.labels[i]
		if l.closed {
			continue
		}
		l.closed = true
		if l.node == goal && int(l.gap) == len(t.busy[goal]) {
			return t.way(i), true
		}
		t.expand(f, i, before)
	}
	return nil, false
}

// expand reaches the neighbours of a label's node, in every gap that can be reached before the node must be left.
func (t *Timetable) expand(f *field, i int32, before int64) {
	l := t.labels[i]
	_, until := t.gap(l.node, int(l.gap))
	for e, v := range t.g.out[l.node] {
		soonest := l.at + int64(t.g.cost[l.node][e])
		for k := range len(t.busy[v]) + 1 {
			from, leave := t.gap(v, k)
			at := max(soonest, from)
			if at > until {
				break
			}
			if at < leave {
				t.reach(f, v, k, at, i, before)
			}
		}
	}
}

func (t *Timetable) reach(f *field, node int32, gap int, at int64, from int32, before int64) {
	done := at + int64(f.to(node))
	if done >= before {
		return
	}
	if t.gen[node] != t.now {
		t.gen[node], t.head[node] = t.now, None
	}
	for i := t.head[node]; i != None; i = t.labels[i].next {
		l := &t.labels[i]
		if int(l.gap) != gap {
			continue
		}
		if at < l.at && !l.closed {
			l.at, l.from = at, from
			t.push(lead{done, at, i})
		}
		return
	}
	i := int32(len(t.labels))
	t.labels = append(t.labels, label{at: at, node: node, gap: int32(gap), from: from, next: t.head[node]})
	t.head[node] = i
	t.push(lead{done, at, i})
}

func (t *Timetable) way(i int32) Way {
	var w Way
	for ; i != None; i = t.labels[i].from {
		w = append(w, Visit{t.labels[i].node, t.labels[i].at})
	}
	slices.Reverse(w)
	return w
}

// before says which of two leads has its turn first: what ends soonest, and of those what has come farthest.
func (l lead) before(m lead) bool { return l.done < m.done || l.done == m.done && l.at > m.at }

// push and pop keep the leads a binary heap.
func (t *Timetable) push(l lead) {
	t.heap = append(t.heap, l)
	h, i := t.heap, len(t.heap)-1
	for up := (i - 1) / 2; i > 0 && l.before(h[up]); up = (i - 1) / 2 {
		h[i], i = h[up], up
	}
	h[i] = l
}

func (t *Timetable) pop() lead {
	h := t.heap
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		k := 2*i + 1
		if k >= len(h) {
			break
		}
		if k+1 < len(h) && h[k+1].before(h[k]) {
			k++
		}
		if !h[k].before(last) {
			break
		}
		h[i], i = h[k], k
	}
	if len(h) > 0 {
		h[i] = last
	}
	t.heap = h
	return top
}
