package draft

import (
	"math"
	"slices"
)

// What a node is there for.
type nodeKind int

const (
	laneNode  nodeKind = iota // before racks
	crossNode                 // where ways meet
	dockNode
	bayNode // beside a way, to let others pass
)

// A spot is a node of the sketch.
type spot struct {
	id     string
	x, y   float64
	kind   nodeKind
	lane   *lane    // of a lane node, or of a lane's end
	stands []*stand // faces that are looked at from here
	gone   bool
}

// A way joins two spots. It leads both ways, or from a to b only.
type way struct {
	a, b   *spot
	lane   *lane  // nil when it is none's
	track  *track // of a cross aisle that has two
	spur   bool   // leads to a dock or a bay
	oneWay bool
	gone   bool
}

func (w *way) length() float64 { return math.Hypot(w.b.x-w.a.x, w.b.y-w.a.y) }

// A network is all spots and ways, in the order they were drawn.
type network struct {
	spots   []*spot
	ways    []*way
	between map[[2]*spot]*way
	names   map[string]bool
}

// add draws a spot; a name that is taken gets a number.
func (n *network) add(s *spot) *spot {
	if n.names == nil {
		n.names = map[string]bool{}
	}
	s.id = unique(n.names, s.id)
	n.spots = append(n.spots, s)
	return s
}

// join draws a way unless there is one.
func (n *network) join(a, b *spot) *way {
	for _, ends := range [][2]*spot{{a, b}, {b, a}} {
		if w := n.between[ends]; w != nil && !w.gone {
			return w
		}
	}
	w := &way{a: a, b: b}
	if n.between == nil {
		n.between = map[[2]*spot]*way{}
	}
	n.between[[2]*spot{a, b}] = w
	n.ways = append(n.ways, w)
	return w
}

// split puts a spot into a way.
func (n *network) split(w *way, s *spot) {
	w.gone = true
	for _, ends := range [][2]*spot{{w.a, s}, {s, w.b}} {
		half := *w
		half.a, half.b, half.gone = ends[0], ends[1], false
		n.between[ends] = &half
		n.ways = append(n.ways, &half)
	}
	n.tidy()
}

// tidy takes out what is gone.
func (n *network) tidy() {
	n.ways = slices.DeleteFunc(n.ways, func(w *way) bool { return w.gone || w.a.gone || w.b.gone })
	n.spots = slices.DeleteFunc(n.spots, func(s *spot) bool { return s.gone })
}

// at returns the ways that end at a spot.
func (n *network) at(s *spot) []*way {
	var out []*way
	for _, w := range n.ways {
		if w.a == s || w.b == s {
			out = append(out, w)
		}
	}
	return out
}

// reach returns the spots that are reached from one, whichever way the ways lead, or along them, or against them.
func (n *network) reach(from *spot, along, against bool) map[*spot]bool {
	next := map[*spot][]*spot{}
	for _, w := range n.ways {
		if along || !w.oneWay {
			next[w.a] = append(next[w.a], w.b)
		}
		if against || !w.oneWay {
			next[w.b] = append(next[w.b], w.a)
		}
	}
	seen := map[*spot]bool{from: true}
	for queue := []*spot{from}; len(queue) > 0; queue = queue[1:] {
		for _, s := range next[queue[0]] {
			if !seen[s] {
				seen[s] = true
				queue = append(queue, s)
			}
		}
	}
	return seen
}

// pieces returns the sets of spots that hang together, each in drawing order.
func (n *network) pieces() [][]*spot {
	var out [][]*spot
	done := map[*spot]bool{}
	for _, s := range n.spots {
		if done[s] {
			continue
		}
		reached := n.reach(s, true, true)
		var piece []*spot
		for _, t := range n.spots {
			if reached[t] {
				piece, done[t] = append(piece, t), true
			}
		}
		out = append(out, piece)
	}
	return out
}

// strong reports whether every spot can be reached from every other along the ways.
func (n *network) strong() bool {
	if len(n.spots) == 0 {
		return true
	}
	return len(n.reach(n.spots[0], true, false)) == len(n.spots) && len(n.reach(n.spots[0], false, true)) == len(n.spots)
}

// away returns how far a point lies from the nearest way that passes the test, and from which.
func (n *network) away(x, y float64, counts func(*way) bool) (float64, *way) {
	least, nearest := math.Inf(1), (*way)(nil)
	for _, w := range n.ways {
		if !counts(w) {
			continue
		}
		fx, fy := w.foot(x, y)
		if d := math.Hypot(x-fx, y-fy); d < least-1e-9 {
			least, nearest = d, w
		}
	}
	return least, nearest
}

// foot is the point of a way that lies nearest to a point.
func (w *way) foot(x, y float64) (fx, fy float64) {
	dx, dy := w.b.x-w.a.x, w.b.y-w.a.y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = min(max(((x-w.a.x)*dx+(y-w.a.y)*dy)/l, 0), 1)
	}
	return w.a.x + t*dx, w.a.y + t*dy
}
