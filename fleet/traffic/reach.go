package traffic

import (
	"math"
	"slices"
	"time"

	floor "github.com/nightrounds/nightrounds/maps"
)

// Reach returns how far each node is to which the robot could be sent now, in m from where its way ends: where it may stay,
// where no other robot's way ends, or in conflict with it, and to which a way leads that nobody must give. Robots whose ways
// end in that way, and closed edges, are gone round; Send would have those that move step aside. It is empty when the robot
// has no known place.
func (t *Table) Reach(g *floor.Graph, robot string, now time.Time) map[string]float64 {
	s := t.newSpread(g, robot, now)
	if s == nil {
		return nil
	}
	for s.step() {
	}
	reach := map[string]float64{}
	for n, m := range s.metres {
		if s.final[n] && s.may(int32(n)) {
			reach[s.w.of.Nodes()[n].ID] = m
		}
	}
	return reach
}

// ReachOf is Reach for a few nodes: what it returns tells one at a time, and looks no farther than it must. It holds until
// the table changes.
func (t *Table) ReachOf(g *floor.Graph, robot string, now time.Time) func(node string) (metres float64, ok bool) {
	var s *spread
	return func(node string) (float64, bool) {
		if s == nil {
			if s = t.newSpread(g, robot, now); s == nil {
				return 0, false
			}
		}
		n, known := s.w.num[node]
		if !known || !s.may(n) || n != s.at && !s.entered(n) {
			return 0, false
		}
		for {
			if s.final[n] {
				return s.metres[n], true
			}
			if !s.step() {
				return 0, false
			}
		}
	}
}

// A spread is a search outwards from where a robot's way ends (Dijkstra), as far as it has come.
type spread struct {
	t      *Table
	w      *ground
	now    time.Time
	at     int32
	inWay  []bool    // by node: others stay there, or their ways end there
	near   []bool    // the same, with those in conflict with them
	final  []bool    // by node: it is reached,
	metres []float64 // and so far away, in m; of its neighbours at most, and farAway of all others
	queue  []spot    // a heap of nodes, nearest first; of equally near ones the first by number
}

// farAway is farther than any node is, in m.
const farAway = math.MaxFloat64

// newSpread is nil when the robot has no known place.
func (t *Table) newSpread(g *floor.Graph, robot string, now time.Time) *spread {
	end, ok := t.End(robot)
	if !ok {
		return nil
	}
	w := t.on(g)
	n := len(w.out)
	s := &spread{t: t, w: w, now: now, at: w.num[end], inWay: make([]bool, n), near: make([]bool, n), final: make([]bool, n), metres: slices.Repeat([]float64{farAway}, n)}
	for other, h := range t.Held {
		if other == robot {
			continue
		}
		nodes := h.Nodes[len(h.Nodes)-1:]
		if h.Still {
			nodes = h.stays()
		}
		for _, n := range nodes {
			i, ok := w.num[n]
			if !ok {
				continue
			}
			s.inWay[i], s.near[i] = true, true
			for _, m := range w.nearTo(i) {
				s.near[m.Node] = true
			}
		}
	}
	s.reach(s.at, 0)
	return s
}

// may is whether the robot may be sent to a node at all.
func (s *spread) may(n int32) bool { return s.t.mayStay(s.w, n) && !s.near[n] }

// entered is whether some usable edge leads to a node.
func (s *spread) entered(n int32) bool {
	for _, from := range s.w.both[n] {
		if s.usable(from, n) {
			return true
		}
	}
	return s.w.oneWay
}

// usable is whether the robot may go along an edge.
func (s *spread) usable(from, to int32) bool {
	if s.inWay[to] || !s.w.passes(from, to, s.inWay) {
		return false
	}
	nodes := s.w.of.Nodes()
	return !s.t.closes() || !s.t.closed(nodes[from].ID, nodes[to].ID, s.now)
}

func (s *spread) reach(n int32, metres float64) {
	if metres < s.metres[n] {
		s.metres[n] = metres
		s.push(spot{n, metres})
	}
}

// step reaches one node more; false when there are none.
func (s *spread) step() bool {
	for len(s.queue) > 0 {
		at := s.pop()
		if s.final[at.node] {
			continue
		}
		s.final[at.node] = true
		for _, a := range s.w.out[at.node] {
			if !s.final[a.to] && s.usable(at.node, a.to) {
				s.reach(a.to, at.metres+a.metres)
			}
		}
		return true
	}
	return false
}

// A spot is a node, and how far away it is, in m.
type spot struct {
	node   int32
	metres float64
}

func (a spot) before(b spot) bool {
	return a.metres < b.metres || a.metres == b.metres && a.node < b.node
}

// push and pop keep the queue a binary heap: container/heap would make a value of each spot on its own.
func (s *spread) push(a spot) {
	s.queue = append(s.queue, a)
	i := len(s.queue) - 1
	for i > 0 && a.before(s.queue[(i-1)/2]) {
		s.queue[i] = s.queue[(i-1)/2]
		i = (i - 1) / 2
	}
	s.queue[i] = a
}

func (s *spread) pop() spot {
	first, last := s.queue[0], s.queue[len(s.queue)-1]
	s.queue = s.queue[:len(s.queue)-1]
	if len(s.queue) == 0 {
		return first
	}
	i := 0
	for {
		k := 2*i + 1
		if k+1 < len(s.queue) && s.queue[k+1].before(s.queue[k]) {
			k++
		}
		if k >= len(s.queue) || !s.queue[k].before(last) {
			break
		}
		s.queue[i], i = s.queue[k], k
	}
	s.queue[i] = last
	return first
}

// CutOff names the nodes to which no way leads from any dock, whatever the robots do that move: behind closed edges and
// robots that are Still. nil when there are none, or no docks.
func (t *Table) CutOff(g *floor.Graph, now time.Time) map[string]bool {
	w := t.on(g)
	still, some := make([]bool, len(w.out)), false
	for _, h := range t.Held {
		if h.Still {
			for _, n := range h.stays() {
				if i, ok := w.num[n]; ok {
					still[i], some = true, true
				}
			}
		}
	}
	if len(g.Docks()) == 0 || !some && !t.closes() {
		return nil
	}
	s := &spread{t: t, w: w, now: now, inWay: still}
	seen, line := make([]bool, len(w.out)), []int32(nil)
	for n, dock := range w.dock {
		if dock && !still[n] {
			seen[n], line = true, append(line, int32(n))
		}
	}
	for ; len(line) > 0; line = line[1:] {
		for _, a := range w.out[line[0]] {
			if !seen[a.to] && s.usable(line[0], a.to) {
				seen[a.to], line = true, append(line, a.to)
			}
		}
	}
	var off map[string]bool
	for i, n := range g.Nodes() {
		if !seen[i] {
			if off == nil {
				off = map[string]bool{}
			}
			off[n.ID] = true
		}
	}
	return off
}
