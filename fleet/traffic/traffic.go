// Package traffic is the rule that keeps robots apart: in which order they use the nodes of a hall's route graph.
//
// A robot that is sent somewhere gets a way: visits of nodes, each with a turn. The turns put all visits of all robots
// in one order, and a robot may be let go to its next node only when every robot whose visit of that node comes before
// has been seen at a later node of its own way (Grant). What it was let go to it holds, whoever waits; a robot on an
// edge holds the nodes at both ends, so nobody meets it there.
//
// No deadlock can arise, whatever the delays: of all visits that are still to come, the one with the first turn waits
// for nobody. That is the action dependency graph of the multi-agent path-finding literature, kept acyclic by its
// order. New ways are planned so that this stays so (Send): between the visits of the others where there is room, or
// else, from where all ways end, by a joint planner that moves others aside (package joint). When a robot stops for good,
// the ways that led through its place end before it, where their robots were let go to, and are planned anew (Resume).
//
// After Hoenig et al., "Persistent and Robust Execution of MAPF Schedules in Warehouses" (RA-L 2019), and Berndt et
// al., "A Feedback Scheme to Reorder a Multi-Agent Execution Schedule by Persistently Optimizing a Switchable Action
// Dependency Graph" (2020).
//
// Nodes that lie within the Clearance of each other are one resource: two robots there would touch.
//
// It gives no orders, and it reads no clock. One Table serves one hall.
package traffic

import (
	"cmp"
	"encoding/json"
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
	ErrNotPlaced = errors.New("robot has no known place")
	ErrNoWay     = errors.New("no way")
)

// A Resource is what at most one robot has at a time: "node/n1" or "edge/n1|n2" (both directions).
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

// A Holding is one robot's place and way.
type Holding struct {
	// Nodes holds the node last reported, then the way in order. It is never empty. A node may come again.
	Nodes []string `json:"nodes"`
	// Turns holds the turn of each of Nodes: the smaller comes first. Within a way they grow; that of the first counts
	// for nothing, since the robot is there. They are about the times, in ms, at which the way was last expected to be
	// travelled.
	Turns []int64 `json:"turns"`
	// Base is the index of the last node that the robot was let go to. All up to it is held.
	Base int `json:"base"`
	// Beside holds neighbours of Nodes[0] towards which the robot may have moved before it was stopped. They are held
	// until it reports its next node.
	Beside []string `json:"beside,omitempty"`
	// Goal is where it was sent. Its way ends elsewhere when it was cut short.
	Goal string `json:"goal,omitempty"`
	// Still is set for a robot that goes no farther than it was let go: it is silent, or takes no orders.
	Still bool `json:"still,omitempty"`
}

// UnmarshalJSON reads a holding. One without turns is of a table in which robots held their whole ways.
func (h *Holding) UnmarshalJSON(b []byte) error {
	type plain Holding
	if err := json.Unmarshal(b, (*plain)(h)); err != nil {
		return err
	}
	if len(h.Nodes) == 0 {
		return errors.New("a robot that holds no node")
	}
	if len(h.Turns) == 0 {
		h.Base, h.Goal = len(h.Nodes)-1, h.end()
		for i := range h.Nodes {
			h.Turns = append(h.Turns, int64(i))
		}
	}
	if len(h.Turns) != len(h.Nodes) || h.Base < 0 || h.Base >= len(h.Nodes) {
		return fmt.Errorf("%d nodes, %d turns, base %d: they do not fit", len(h.Nodes), len(h.Turns), h.Base)
	}
	return nil
}

// end is where the way ends.
func (h Holding) end() string { return h.Nodes[len(h.Nodes)-1] }

// A Table says who is where, and in which order the robots go on. The zero Table is empty and ready. It is a plain value
// that its owner changes through its methods, and it travels as JSON.
type Table struct {
	Held   map[string]Holding     `json:"held,omitempty"`   // by robot
	Closed map[Resource]time.Time `json:"closed,omitempty"` // edges, until when

	// Clearance is how far apart the nodes of two robots are at least, in m; nodes that lie nearer to each other are in
	// conflict, and a robot that holds one keeps the others off all of them. 0: only a node itself is one robot's, as on
	// graphs whose nodes are cells with room for a robot each. Set it before the first robot is placed, or by Space.
	Clearance float64 `json:"clearance,omitempty"`

	// Effort is how many robots' moves the joint planner tries before it gives up; 0: 40,000. What is small enough is
	// always searched to its end.
	Effort int `json:"effort,omitempty"`

	bars  *Bars
	known *ground          // the graph last used
	lines map[string][]use // by node; nil when it must be made anew
}

// A use is a visit as its node sees it.
type use struct {
	turn  int64
	robot string
	node  string
}

// At returns the node that the robot last reported.
func (t *Table) At(robot string) (node string, ok bool) {
	h, ok := t.Held[robot]
	if !ok {
		return "", false
	}
	return h.Nodes[0], true
}

// End returns the node where the robot's way ends; where it stands when it has none.
func (t *Table) End(robot string) (node string, ok bool) {
	h, ok := t.Held[robot]
	if !ok {
		return "", false
	}
	return h.end(), true
}

// Way returns the robot's way, from the node that it last reported on.
func (t *Table) Way(robot string) []string { return slices.Clone(t.Held[robot].Nodes) }

// Holder returns the robot that holds a resource; for a node that nobody holds, the robot whose way ends there, or else
// one that keeps others off it, for it holds a node in conflict with it or its way ends at one.
func (t *Table) Holder(r Resource) (robot string, ok bool) {
	ends, near := "", ""
	node, isNode := strings.CutPrefix(string(r), string(NodeResource("")))
	for robot, h := range t.Held {
		if isNode && h.holds(node) || !isNode && slices.Contains(h.resources(), r) {
			return robot, true
		}
		if isNode && h.end() == node {
			ends = robot
		}
		if isNode && (near == "" || robot < near) && (t.keepsOff(h, node) || slices.Contains(t.around(node), h.end())) {
			near = robot
		}
	}
	robot = cmp.Or(ends, near)
	return robot, robot != ""
}

// resources lists what a holding holds.
func (h Holding) resources() []Resource {
	var rs []Resource
	for i, n := range h.Nodes[:h.Base+1] {
		rs = append(rs, NodeResource(n))
		if i > 0 {
			rs = append(rs, EdgeResource(h.Nodes[i-1], n))
		}
	}
	for _, n := range h.Beside {
		rs = append(rs, NodeResource(n), EdgeResource(h.Nodes[0], n))
	}
	return rs
}

// Place sets a robot on a node: at first sight, or when it is found off its way. What it held before is freed, and
// ways that lead through its place end before it. It fails with ErrHeld, and changes nothing, when another robot holds
// that node, or one in conflict with it.
func (t *Table) Place(g *floor.Graph, robot, node string) error {
	if _, ok := g.Node(node); !ok {
		return fmt.Errorf("place robot %s: no node %q in the route graph", robot, node)
	}
	t.on(g)
	for _, other := range slices.Sorted(maps.Keys(t.Held)) {
		if h := t.Held[other]; other != robot && t.keepsOff(h, node) {
			return fmt.Errorf("place robot %s at %s: %w: %s", robot, node, ErrHeld, other)
		}
	}
	t.set(robot, Holding{Nodes: []string{node}, Turns: []int64{0}, Still: t.Held[robot].Still})
	t.cut(robot)
	return nil
}

// Passed notes that a robot has reported a node, and frees what lies behind it. A node to which the robot was not let go
// changes nothing and returns false: the robot is then somewhere else, and Place is the answer.
func (t *Table) Passed(robot, node string) bool {
	h, ok := t.Held[robot]
	if !ok {
		return false
	}
	i := slices.Index(h.Nodes[:h.Base+1], node)
	if i <= 0 {
		return i == 0
	}
	if t.lines != nil {
		for _, left := range h.Nodes[:i] {
			t.leave(robot, left)
		}
		for _, left := range h.Beside {
			t.leave(robot, left)
		}
	}
	h.Nodes, h.Turns, h.Base, h.Beside = slices.Clone(h.Nodes[i:]), slices.Clone(h.Turns[i:]), h.Base-i, nil
	t.Held[robot] = h
	return true
}

// Stop takes back the way ahead of a robot that has been stopped, but for the node to which it may have been on its
// way: that is freed when the robot reports the next node. Call it when the robot has confirmed that it stopped.
func (t *Table) Stop(robot string) {
	h, ok := t.Held[robot]
	if !ok {
		return
	}
	h.Goal = ""
	if h.Base > 0 && !slices.Contains(h.Beside, h.Nodes[1]) {
		h.Beside = append(slices.Clone(h.Beside), h.Nodes[1])
	}
	h.Nodes, h.Turns, h.Base = slices.Clone(h.Nodes[:1]), slices.Clone(h.Turns[:1]), 0
	t.set(robot, h)
	t.cut(robot)
}

// Shorten ends a robot's way at most so many nodes ahead of the one that it last reported, of those that it was let go to.
// It must not have been told of the ones beyond. What it had leave for there is free, and ways that lead through where it
// now ends end before it: send it on at once.
func (t *Table) Shorten(robot string, ahead int) {
	h, ok := t.Held[robot]
	if !ok {
		return
	}
	h.Base, h.Goal = max(0, min(h.Base, ahead)), ""
	t.set(robot, h)
	t.cut(robot)
}

// SetStill notes whether a robot takes no orders for now, or is silent. Then its way ends where it was let go to, and it is
// not moved aside for others; Resume plans the rest anew when it is back.
func (t *Table) SetStill(robot string, still bool) {
	h, ok := t.Held[robot]
	if !ok || h.Still == still {
		return
	}
	h.Still = still
	t.set(robot, h)
	if still {
		t.cut(robot)
	}
}

// Release takes a robot off the floor, with all that it holds: a person has carried it away.
func (t *Table) Release(robot string) {
	delete(t.Held, robot)
	t.lines = nil
}

// Close closes the edges between two nodes, both ways, until a time: something stands there. Ways over them end where
// their robots were let go to.
func (t *Table) Close(a, b string, until time.Time) {
	if t.Closed == nil {
		t.Closed = map[Resource]time.Time{}
	}
	closed := EdgeResource(a, b)
	t.Closed[closed] = until
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		h := t.Held[robot]
		for i := h.Base + 1; i < len(h.Nodes); i++ {
			if EdgeResource(h.Nodes[i-1], h.Nodes[i]) == closed {
				t.cut(robot)
				break
			}
		}
	}
}

// Reopen ends a closure before its time.
func (t *Table) Reopen(a, b string) { delete(t.Closed, EdgeResource(a, b)) }

// Expire forgets closures that are over.
func (t *Table) Expire(now time.Time) {
	maps.DeleteFunc(t.Closed, func(_ Resource, until time.Time) bool { return !now.Before(until) })
}

// Clone returns a copy that shares nothing with t that either changes.
func (t *Table) Clone() Table {
	c := Table{Held: maps.Clone(t.Held), Closed: maps.Clone(t.Closed), Clearance: t.Clearance, Effort: t.Effort, bars: t.bars, known: t.known}
	for r, h := range c.Held {
		h.Nodes, h.Turns, h.Beside = slices.Clone(h.Nodes), slices.Clone(h.Turns), slices.Clone(h.Beside)
		c.Held[r] = h
	}
	return c
}

func (t *Table) set(robot string, h Holding) {
	if t.Held == nil {
		t.Held = map[string]Holding{}
	}
	t.Held[robot] = h
	t.lines = nil
}

// closes reports whether any edge may be closed.
func (t *Table) closes() bool { return len(t.Closed) > 0 || t.bars != nil }

func (t *Table) closed(a, b string, now time.Time) bool {
	until, ok := t.Closed[EdgeResource(a, b)]
	return ok && now.Before(until) || t.bars != nil && t.bars.Shut(a, b)
}
