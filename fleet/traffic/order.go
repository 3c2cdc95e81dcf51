package traffic

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	floor "github.com/nightrounds/nightrounds/maps"
)

// Grant lets a robot go on, to at most that many nodes ahead of the one that it last reported, as far as nobody comes
// before it. It returns how many nodes ahead it has been let go to in all. What is granted is held, and cannot be taken
// back until the robot has been seen beyond it or has stopped.
func (t *Table) Grant(robot string, ahead int) (granted int) {
	h, ok := t.Held[robot]
	if !ok {
		return 0
	}
	if granted = t.clear(robot, h, ahead); granted != h.Base {
		h.Base = granted
		t.Held[robot] = h
	}
	return granted
}

// Clear returns how many nodes ahead the robot could be let go to as far as others go: what Grant would grant, unbounded. It
// changes nothing.
func (t *Table) Clear(robot string) int {
	h, ok := t.Held[robot]
	if !ok {
		return 0
	}
	return t.clear(robot, h, len(h.Nodes))
}

// clear is how many nodes ahead, at most so many, nobody comes before a robot.
func (t *Table) clear(robot string, h Holding, ahead int) int {
	for !h.Still && !t.blind() && h.Base < min(ahead, len(h.Nodes)-1) && t.first(robot, h) {
		h.Base++
	}
	return h.Base
}

// first reports whether no other robot's visit of the next node to which a robot is to be let go, or of one in conflict
// with it, had or to come, is before its own.
func (t *Table) first(robot string, h Holding) bool {
	node, turn := h.Nodes[h.Base+1], h.Turns[h.Base+1]
	if t.ground(); t.lines == nil {
		t.line()
	}
	for _, u := range t.lines[node] {
		if u.turn >= turn {
			break
		}
		if u.robot != robot && !t.lets(h, node, u) {
			return false
		}
	}
	return true
}

// line puts all visits in order, by node and by the nodes in conflict with it. Where a robot stands, and what it holds beside, comes before all others.
func (t *Table) line() {
	t.lines = map[string][]use{}
	for robot, h := range t.Held {
		for i, n := range h.Nodes {
			turn := h.Turns[i]
			if i <= h.Base {
				turn = min(turn, held)
			}
			t.queue(use{turn, robot, n})
		}
		for _, n := range h.Beside {
			t.queue(use{held, robot, n})
		}
	}
	for _, l := range t.lines {
		slices.SortFunc(l, func(a, b use) int { return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.robot, b.robot)) })
	}
}

func (t *Table) queue(u use) {
	t.lines[u.node] = append(t.lines[u.node], u)
	for _, n := range t.around(u.node) {
		t.lines[n] = append(t.lines[n], u)
	}
}

// held is a turn before all turns that are still to come.
const held = int64(-1)

// leave takes a robot's first visit of a node out of the lines.
func (t *Table) leave(robot, node string) {
	t.leaveAt(node, robot, node)
	for _, n := range t.around(node) {
		t.leaveAt(n, robot, node)
	}
}

func (t *Table) leaveAt(line, robot, node string) {
	l := t.lines[line]
	if i := slices.IndexFunc(l, func(u use) bool { return u.robot == robot && u.node == node }); i >= 0 {
		t.lines[line] = slices.Delete(l, i, i+1)
	}
}

// cut ends a robot's way where it was let go to, and so the way of each robot that would then come to a place where
// another stays, or in conflict with it. What robots were let go to is never cut, and no two of them were let go to one
// node, or to two in conflict: so where the ways end after it, each is alone.
func (t *Table) cut(robot string) {
	stays, robots := map[string]bool{}, slices.Sorted(maps.Keys(t.Held))
	for todo := []string{robot}; len(todo) > 0; todo = todo[1:] {
		h := t.Held[todo[0]]
		h.Nodes, h.Turns = slices.Clone(h.Nodes[:h.Base+1]), slices.Clone(h.Turns[:h.Base+1])
		t.set(todo[0], h)
		t.spread(stays, h.stays()...)
		for _, other := range robots {
			o := t.Held[other]
			if other != todo[0] && (t.blind() && len(o.Nodes) > o.Base+1 || slices.ContainsFunc(o.Nodes[o.Base+1:], func(n string) bool { return stays[n] })) {
				todo = append(todo, other)
			}
		}
	}
}

// stays lists the nodes where a robot whose way was cut may be for good: where it ends, and of one that is Still all that it
// holds.
func (h Holding) stays() []string {
	if h.Still {
		return slices.Concat(h.Nodes[:h.Base+1], h.Beside)
	}
	if len(h.Nodes) == 1 {
		return slices.Concat(h.Nodes, h.Beside)
	}
	return h.Nodes[len(h.Nodes)-1:]
}

// Check returns what is wrong with the table, or nil: two robots that hold one node, or two in conflict, a way that is not a
// way of the graph, or turns by which robots could come to wait for each other in a circle.
func (t *Table) Check(g *floor.Graph) error {
	visits := map[string][]visit{}
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		h := t.Held[robot]
		if err := h.check(g); err != nil {
			return fmt.Errorf("robot %s: %w", robot, err)
		}
		for i, n := range h.Nodes {
			v := visit{h.Turns[i], endless, robot}
			if i+1 < len(h.Nodes) {
				v.left = h.Turns[i+1]
			}
			if i <= h.Base {
				v.turn = held
			}
			visits[n] = append(visits[n], v)
		}
		for _, n := range h.Beside {
			v := visit{held, endless, robot}
			if len(h.Nodes) > 1 {
				v.left = h.Turns[1]
			}
			visits[n] = append(visits[n], v)
		}
	}
	for _, node := range slices.Sorted(maps.Keys(visits)) {
		list := visits[node]
		slices.SortStableFunc(list, func(a, b visit) int { return cmp.Compare(a.turn, b.turn) })
		for i, b := range list[min(1, len(list)):] {
			a := list[i]
			if a.robot == b.robot {
				continue
			}
			if b.turn == held {
				return fmt.Errorf("node %s is held by %s and %s", node, a.robot, b.robot)
			}
			if a.left >= b.turn {
				return fmt.Errorf("node %s: %s comes at turn %d, but %s before it leaves at turn %d", node, b.robot, b.turn, a.robot, a.left)
			}
		}
		for _, other := range t.on(g).around(node) {
			if err := checkApart(node, other, list, visits[other]); err != nil {
				return err
			}
		}
	}
	return nil
}

// endless is the turn at which a robot leaves where its way ends.
const endless = int64(1) << 62

func (h Holding) check(g *floor.Graph) error {
	if len(h.Nodes) == 0 || len(h.Turns) != len(h.Nodes) || h.Base < 0 || h.Base >= len(h.Nodes) {
		return fmt.Errorf("%d nodes, %d turns, base %d", len(h.Nodes), len(h.Turns), h.Base)
	}
	for i := 1; i < len(h.Nodes); i++ {
		if _, ok := g.Edge(h.Nodes[i-1], h.Nodes[i]); !ok {
			return fmt.Errorf("no edge from %s to %s", h.Nodes[i-1], h.Nodes[i])
		}
		if i > 1 && h.Turns[i-1] >= h.Turns[i] {
			return fmt.Errorf("turns %v do not grow", h.Turns)
		}
	}
	return nil
}
