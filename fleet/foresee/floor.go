package foresee

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// A Floor is the rule that keeps robots apart.
type Floor interface {
	// Place sets a robot on a node.
	Place(robot, node string) error
	// Reach says how far nodes are to which a robot could be sent now. The answer holds until the floor changes.
	Reach(robot string, now time.Time) func(to string) (metres float64, ok bool)
	// Send gives a robot a way to a node, or refuses it. It returns the robots whose ways changed: it, and those that it
	// makes step aside.
	Send(robot, to string, now time.Time) (changed map[string][]string, err error)
	// Way is a robot's way, from the node that it last reported on.
	Way(robot string) []string
	// Granted says whether a robot may drive on to the next node of its way.
	Granted(robot string) bool
	// Passed notes that a robot has come to a node of its way.
	Passed(robot, node string)
	// Still notes whether a robot has stopped for good. Ways through its place end before it.
	Still(robot string, still bool)
	// Resume plans the ways anew that were cut short, and names robots that cannot go on.
	Resume(now time.Time) (changed map[string][]string, stuck []string)
	// Holder is the robot that holds a node, empty for none.
	Holder(node string) string
	// MayStay is whether a robot may stay at a node to which nobody sent it.
	MayStay(node string) bool
	// Close closes the edges between two nodes, both ways, until a time. Ways over them end before them.
	Close(a, b string, until time.Time)
	// CutOff names nodes to which no way leads, whatever the robots do that move.
	CutOff(now time.Time) map[string]bool
	// Remove takes a robot off the floor.
	Remove(robot string)
	// Check says what is wrong: two robots in one place.
	Check() error
}

// A tableFloor is the controller's traffic table.
type tableFloor struct {
	g      *maps.Graph
	table  traffic.Table
	window int
}

// NewFloor is the controller's traffic rule on an empty floor, where robots keep a clearance, in m, and are let go up to
// window nodes ahead.
func NewFloor(g *maps.Graph, clearanceM float64, window int) Floor {
	f := &tableFloor{g: g, window: window}
	f.table.Space(g, clearanceM)
	return f
}

// Place is Floor's.
func (f *tableFloor) Place(robot, node string) error { return f.table.Place(f.g, robot, node) }

// Reach is Floor's.
func (f *tableFloor) Reach(robot string, now time.Time) func(string) (float64, bool) {
	return f.table.ReachOf(f.g, robot, now)
}

// Send is Floor's.
func (f *tableFloor) Send(robot, to string, now time.Time) (map[string][]string, error) {
	return f.table.Send(f.g, map[string]string{robot: to}, now)
}

// Way is Floor's.
func (f *tableFloor) Way(robot string) []string { return f.table.Way(robot) }

// Granted is Floor's.
func (f *tableFloor) Granted(robot string) bool { return f.table.Grant(robot, f.window) > 0 }

// Passed is Floor's.
func (f *tableFloor) Passed(robot, node string) { f.table.Passed(robot, node) }

// Still is Floor's.
func (f *tableFloor) Still(robot string, still bool) { f.table.SetStill(robot, still) }

// Resume is Floor's.
func (f *tableFloor) Resume(now time.Time) (map[string][]string, []string) {
	f.table.Expire(now)
	return f.table.Resume(f.g, now)
}

// Holder is Floor's.
func (f *tableFloor) Holder(node string) string {
	robot, _ := f.table.Holder(traffic.NodeResource(node))
	return robot
}

// MayStay is Floor's.
func (f *tableFloor) MayStay(node string) bool { return f.table.MayStay(f.g, node) }

// Close is Floor's.
func (f *tableFloor) Close(a, b string, until time.Time) { f.table.Close(a, b, until) }

// CutOff is Floor's.
func (f *tableFloor) CutOff(now time.Time) map[string]bool { return f.table.CutOff(f.g, now) }

// Remove is Floor's.
func (f *tableFloor) Remove(robot string) { f.table.Release(robot) }

// Check is Floor's.
func (f *tableFloor) Check() error { return f.table.Check(f.g) }
