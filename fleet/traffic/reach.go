package traffic

import (
	"container/heap"
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
	for n, m := range s.final {
		if s.may(n) {
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
			if m, ok := s.final[n]; ok {
				return m, true
			}
			if !s.step() {
				return 0, false
			}
		}
	}
}

// A spread is a search outwards from where a robot's way ends (Dijkstra), as far as it has come.
type spread struct {
	t     *Table
	w     *ground
	now   time.Time
	at    int32
	inWay map[string]bool   // nodes where others stay, or their ways end
	near  map[int32]bool    // the same, with those in conflict with them
	final map[int32]float64 // m, of the nodes reached
	soon  map[int32]float64 // m, at most, of their neighbours
	queue ahead
}

// newSpread is nil when the robot has no known place.
func (t *Table) newSpread(g *floor.Graph, robot string, now time.Time) *spread {
	end, ok := t.End(robot)
	if !ok {
		return nil
	}
	w := t.on(g)
	s := &spread{t: t, w: w, now: now, at: w.num[end], inWay: map[string]bool{}, near: map[int32]bool{}, final: map[int32]float64{}, soon: map[int32]float64{}}
	for other, h := range t.Held {
		if other == robot {
			continue
		}
		nodes := h.Nodes[len(h.Nodes)-1:]
		if h.Still {
			nodes = h.stays()
		}
		for _, n := range nodes {
			i := w.num[n]
			s.inWay[n], s.near[i] = true, true
			if w.near != nil {
				for _, m := range w.near[i] {
					s.near[m.Node] = true
				}
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
	node := s.w.of.Nodes()[n].ID
	for _, e := range s.w.of.Out(node) {
		if back, ok := s.w.of.Edge(e.End, node); ok && s.usable(back) {
			return true
		}
	}
	return s.w.oneWay
}

func (s *spread) usable(e floor.Edge) bool {
	return !s.inWay[e.End] && !s.t.closed(e.Start, e.End, s.now) && s.w.passes(e, s.inWay)
}

func (s *spread) reach(n int32, metres float64) {
	if old, ok := s.soon[n]; !ok || metres < old {
		s.soon[n] = metres
		heap.Push(&s.queue, spot{n, metres})
	}
}

// step reaches one node more; false when there are none.
func (s *spread) step() bool {
	for len(s.queue) > 0 {
		at := heap.Pop(&s.queue).(spot)
		if _, done := s.final[at.node]; done {
			continue
		}
		s.final[at.node] = at.metres
		for _, e := range s.w.of.Out(s.w.of.Nodes()[at.node].ID) {
			to := s.w.num[e.End]
			if _, done := s.final[to]; !done && s.usable(e) {
				s.reach(to, at.metres+e.LengthM)
			}
		}
		return true
	}
	return false
}

type spot struct {
	node   int32
	metres float64
}

// ahead is a heap of nodes, nearest first; of equally near ones the first by number.
type ahead []spot

func (a ahead) Len() int { return len(a) }

func (a ahead) Less(i, j int) bool {
	return a[i].metres < a[j].metres || a[i].metres == a[j].metres && a[i].node < a[j].node
}

func (a ahead) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is heap.Interface's.
func (a *ahead) Push(x any) { *a = append(*a, x.(spot)) }

// Pop is heap.Interface's.
func (a *ahead) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// CutOff names the nodes to which no way leads from any dock, whatever the robots do that move: behind closed edges and
// robots that are Still. nil when there are none, or no docks.
func (t *Table) CutOff(g *floor.Graph, now time.Time) map[string]bool {
	w := t.on(g)
	still := map[string]bool{}
	for _, h := range t.Held {
		if h.Still {
			for _, n := range h.stays() {
				still[n] = true
			}
		}
	}
	if len(g.Docks()) == 0 || len(still) == 0 && len(t.Closed) == 0 && t.bars == nil {
		return nil
	}
	var line []string
	seen := map[string]bool{}
	for _, d := range g.Docks() {
		if !seen[d.Node] && !still[d.Node] {
			seen[d.Node], line = true, append(line, d.Node)
		}
	}
	for ; len(line) > 0; line = line[1:] {
		for _, e := range g.Out(line[0]) {
			if !seen[e.End] && !still[e.End] && !t.closed(e.Start, e.End, now) && w.passes(e, still) {
				seen[e.End], line = true, append(line, e.End)
			}
		}
	}
	var off map[string]bool
	for _, n := range g.Nodes() {
		if !seen[n.ID] {
			if off == nil {
				off = map[string]bool{}
			}
			off[n.ID] = true
		}
	}
	return off
}
