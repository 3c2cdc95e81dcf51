package traffic

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	floor "github.com/nightrounds/nightrounds/maps"
)

// Space has robots keep a clearance, in m, in a hall from now on: for a new table, and for one that was kept, perhaps under
// another clearance or graph. Ways that do not keep it end where their robots were let go to; Resume plans them anew.
// Robots that are nearer to each other already can only go apart.
func (t *Table) Space(g *floor.Graph, clearanceM float64) {
	t.Clearance = clearanceM
	t.on(g)
	if len(t.Held) == 0 || t.Check(g) == nil {
		return
	}
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		t.cut(robot)
	}
}

// nearOf lists for each node the others that lie within a clearance, in m, of it. nil when none do.
func nearOf(nodes []floor.Node, clearanceM float64) [][]joint.Near {
	if !(clearanceM > 0) {
		return nil
	}
	type cell [2]float64
	cells := map[cell][]int32{}
	of := func(n floor.Node) cell { return cell{math.Floor(n.X / clearanceM), math.Floor(n.Y / clearanceM)} }
	for i, n := range nodes {
		cells[of(n)] = append(cells[of(n)], int32(i))
	}
	near, some := make([][]joint.Near, len(nodes)), false
	for i, n := range nodes {
		c := of(n)
		for k := range 9 {
			for _, j := range cells[cell{c[0] + float64(k/3-1), c[1] + float64(k%3-1)}] {
				m := math.Hypot(nodes[j].X-n.X, nodes[j].Y-n.Y)
				if j != int32(i) && m < clearanceM-roundingM {
					near[i], some = append(near[i], joint.Near{Node: j, M: float32(m)}), true
				}
			}
		}
	}
	if !some {
		return nil
	}
	return near
}

// roundingM is by how much nodes drawn at the clearance may lie nearer for the rounding of their coordinates, in m.
const roundingM = 1e-6

// ground is the ground last used; nil when the table knows of none yet.
func (t *Table) ground() *ground {
	if t.known == nil {
		return nil
	}
	return t.on(t.known.of)
}

// blind is set for a table that is to keep a clearance and does not know the graph: it was read and not given to Space.
// Then nobody is let go anywhere.
func (t *Table) blind() bool { return t.Clearance > 0 && t.known == nil }

// around lists the nodes in conflict with one.
func (t *Table) around(node string) []string {
	w := t.ground()
	if w == nil || w.near == nil {
		return nil
	}
	return w.around(node)
}

// nearTo lists the nodes in conflict with one, by number.
func (w *ground) nearTo(n int32) []joint.Near {
	if w.near == nil {
		return nil
	}
	return w.near[n]
}

func (w *ground) around(node string) []string {
	i, ok := w.num[node]
	if !ok || w.near == nil {
		return nil
	}
	list := make([]string, len(w.near[i]))
	for k, n := range w.near[i] {
		list[k] = w.of.Nodes()[n.Node].ID
	}
	return list
}

// spread marks nodes and all that are in conflict with them.
func (t *Table) spread(marks map[string]bool, nodes ...string) {
	for _, n := range nodes {
		marks[n] = true
		for _, m := range t.around(n) {
			marks[m] = true
		}
	}
}

// holds reports whether a robot was let go to a node, or may be towards it.
func (h Holding) holds(node string) bool {
	return slices.Contains(h.Nodes[:h.Base+1], node) || slices.Contains(h.Beside, node)
}

// keepsOff reports whether a robot holds a node, or one in conflict with it.
func (t *Table) keepsOff(h Holding, node string) bool {
	return h.holds(node) || slices.ContainsFunc(t.around(node), h.holds)
}

// lets reports whether another robot's use of a node does not keep one from going on to a node of its way: it moves off from
// where the other is.
func (t *Table) lets(h Holding, node string, u use) bool {
	w := t.ground()
	if w == nil || w.near == nil || u.node == node {
		return false
	}
	from, to := h.Nodes[h.Base], w.num[node]
	if !w.graph.Escapes(w.num[from], to, w.num[u.node]) {
		return false
	}
	o := t.Held[u.robot]
	for i, n := range o.Nodes[:o.Base+1] {
		if n == u.node && (u.turn == held || o.Turns[i] == u.turn) {
			return true
		}
	}
	return u.turn == held && slices.Contains(o.Beside, u.node)
}

// A visit is one of a robot's visits for Check: from its turn until the turn at which it is left.
type visit struct {
	turn, left int64
	robot      string
}

// checkApart returns what is wrong with the visits of two nodes in conflict, each in order of turns.
func checkApart(a, b string, atA, atB []visit) error {
	for _, x := range atA {
		for _, y := range atB {
			switch {
			case x.robot == y.robot:
			case x.turn == held && y.turn == held:
				return fmt.Errorf("%s holds node %s, and %s node %s, which are in conflict", x.robot, a, y.robot, b)
			case x.turn <= y.turn && x.left >= y.turn, y.turn <= x.turn && y.left >= x.turn:
				return fmt.Errorf("nodes %s and %s are in conflict: %s is at one from turn %d to %d, %s at the other from %d to %d",
					a, b, x.robot, x.turn, x.left, y.robot, y.turn, y.left)
			}
		}
	}
	return nil
}

// passes reports whether an edge leads into no conflict with nodes where robots stay, or out of it.
func (w *ground) passes(from, to int32, still []bool) bool {
	for _, n := range w.nearTo(to) {
		if still[n.Node] && !w.graph.Escapes(from, to, n.Node) {
			return false
		}
	}
	return true
}
