// Package traffic is the rule that keeps robots apart: who holds which node, edge and aisle of a hall's route graph.
//
// A robot reserves its whole way at once, from where it stands to a node where it may stay (in an aisle or at a
// dock), or nothing. An edge is one resource with its way back, and an aisle is one resource with all its nodes.
// What a robot holds is freed only when it has reported a later node, so a silent robot keeps what it holds.
//
// No deadlock can arise: a robot that moves needs nothing more than it holds, and a robot that stands holds only its
// own aisle or dock, so when no robot moves, the cross aisles are free for any of them (hold-and-wait, the second
// of Coffman's conditions, is broken).
//
// It plans no ways and gives no orders; it reads no clock. One Table serves one hall.
package traffic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	floor "github.com/nightrounds/nightrounds/maps"
)

// Errors on which a caller decides.
var (
	ErrHeld      = errors.New("held by another robot")
	ErrClosed    = errors.New("closed")
	ErrNotPlaced = errors.New("robot has no known place")
	ErrNoWay     = errors.New("no way")
	ErrNoStay    = errors.New("a robot may not stay there")
)

// A Resource is what at most one robot holds: "node/n1", "edge/n1|n2" (both directions) or "aisle/a1".
type Resource string

// NodeResource is the resource of a node.
func NodeResource(node string) Resource { return Resource("node/" + node) }

// EdgeResource is the one resource of the edges between two nodes, whichever way they lead.
func EdgeResource(a, b string) Resource {
	if b < a {
		a, b = b, a
	}
	return Resource("edge/" + a + "|" + b)
}

// AisleResource is the resource of an aisle.
func AisleResource(aisle string) Resource { return Resource("aisle/" + aisle) }

// A Holding is what one robot holds: the node that it last reported, and the way ahead of it.
type Holding struct {
	// Nodes holds the node last reported, then the reserved way in order. It is never empty.
	Nodes []string `json:"nodes"`
	// Beside holds neighbours of Nodes[0] towards which the robot may have moved before it was stopped.
	// They are freed with the next node that it reports.
	Beside []string `json:"beside,omitempty"`
}

// A Table says who holds what. The zero Table is empty and ready. It is a plain value that its owner changes through
// its methods, and it travels as JSON.
type Table struct {
	Held   map[string]Holding     `json:"held,omitempty"`   // by robot
	Closed map[Resource]time.Time `json:"closed,omitempty"` // edges, until when
}

// MayStay reports whether a robot may stand at a node without limit: in an aisle or at a dock.
func MayStay(g *floor.Graph, node string) bool {
	return g.AisleOf(node) != "" || IsDock(g, node)
}

// IsDock reports whether a node is a dock's.
func IsDock(g *floor.Graph, node string) bool {
	return slices.ContainsFunc(g.Docks(), func(d floor.Dock) bool { return d.Node == node })
}

// At returns the node that the robot last reported.
func (t *Table) At(robot string) (node string, ok bool) {
	h, ok := t.Held[robot]
	if !ok {
		return "", false
	}
	return h.Nodes[0], true
}

// End returns the node where the robot's reserved way ends; where it stands when it has none.
func (t *Table) End(robot string) (node string, ok bool) {
	h, ok := t.Held[robot]
	if !ok {
		return "", false
	}
	return h.Nodes[len(h.Nodes)-1], true
}

// Holder returns the robot that holds a resource.
func (t *Table) Holder(g *floor.Graph, r Resource) (robot string, ok bool) {
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		if slices.Contains(t.Held[robot].resources(g), r) {
			return robot, true
		}
	}
	return "", false
}

// Place sets a robot on a node: at first sight, or when it is found off its way. What it held before is freed.
// It fails with ErrHeld, and changes nothing, when another robot holds that node or its aisle.
func (t *Table) Place(g *floor.Graph, robot, node string) error {
	if _, ok := g.Node(node); !ok {
		return fmt.Errorf("place robot %s: no node %q in the route graph", robot, node)
	}
	h := Holding{Nodes: []string{node}}
	if err := t.free(g, robot, h.resources(g)); err != nil {
		return fmt.Errorf("place robot %s at %s: %w", robot, node, err)
	}
	t.set(robot, h)
	return nil
}

// Reserve gives a robot a way: all of it, or none and an error. The way starts at any node that the robot holds, and
// replaces what it had reserved beyond that node; it ends where a robot may stay.
func (t *Table) Reserve(g *floor.Graph, robot string, way []string, now time.Time) error {
	h, err := t.joined(robot, way)
	if err == nil {
		err = t.passable(g, way, now)
	}
	if err == nil {
		err = t.free(g, robot, h.resources(g))
	}
	if err != nil {
		return fmt.Errorf("reserve %s for robot %s: %w", strings.Join(way, " "), robot, err)
	}
	t.set(robot, h)
	return nil
}

// Passed notes that a robot has reported a node, and frees what lies behind it. A node that is not on the robot's
// way changes nothing and returns false: the robot is then somewhere else, and Place is the answer.
func (t *Table) Passed(robot, node string) bool {
	h, ok := t.Held[robot]
	if !ok {
		return false
	}
	i := slices.Index(h.Nodes, node)
	if i < 0 {
		return false
	}
	if i > 0 {
		t.Held[robot] = Holding{Nodes: slices.Clone(h.Nodes[i:])}
	}
	return true
}

// Stop takes back the way ahead of a robot that has been stopped, but for the node to which it may have been on its
// way: that is freed when the robot reports the next node. Call it when the robot has confirmed that it stopped.
func (t *Table) Stop(robot string) {
	h, ok := t.Held[robot]
	if !ok || len(h.Nodes) == 1 {
		return
	}
	beside := append(slices.Clone(h.Beside), h.Nodes[1])
	t.Held[robot] = Holding{Nodes: slices.Clone(h.Nodes[:1]), Beside: beside}
}

// Release takes a robot off the floor, with all that it holds: a person has carried it away.
func (t *Table) Release(robot string) { delete(t.Held, robot) }

// Close closes the edges between two nodes, both ways, until a time: something stands there.
func (t *Table) Close(a, b string, until time.Time) {
	if t.Closed == nil {
		t.Closed = map[Resource]time.Time{}
	}
	t.Closed[EdgeResource(a, b)] = until
}

// Expire forgets closures that are over.
func (t *Table) Expire(now time.Time) {
	maps.DeleteFunc(t.Closed, func(_ Resource, until time.Time) bool { return !now.Before(until) })
}

// Clone returns a copy that shares nothing with t.
func (t *Table) Clone() Table {
	c := Table{Held: maps.Clone(t.Held), Closed: maps.Clone(t.Closed)}
	for r, h := range c.Held {
		c.Held[r] = Holding{Nodes: slices.Clone(h.Nodes), Beside: slices.Clone(h.Beside)}
	}
	return c
}
