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
	// Send gives a robot a way to a node, or refuses it. The ways are those that are new, each from where its robot's
	// way ended to a new end: the robot's own, and those of robots that it makes step aside.
	Send(robot, to string, now time.Time) (ways map[string][]string, err error)
	// Granted says whether a robot may drive on to the next node of its way.
	Granted(robot string) bool
	// Passed notes that a robot has come to a node of its way.
	Passed(robot, node string)
	// Holder is the robot that holds a node, empty for none.
	Holder(node string) string
	// Close closes the edges between two nodes, both ways, until a time.
	Close(a, b string, until time.Time)
	// Remove takes a robot off the floor.
	Remove(robot string)
	// Check says what is wrong: two robots in one place.
	Check() error
}

// A tableFloor is the controller's traffic table.
type tableFloor struct {
	g     *maps.Graph
	table traffic.Table
	end   map[string]string // robot: where its way ends
}

// NewFloor is the controller's traffic rule on an empty floor.
func NewFloor(g *maps.Graph) Floor {
	return &tableFloor{g: g, end: map[string]string{}}
}

// Place is Floor's.
func (f *tableFloor) Place(robot, node string) error {
	f.end[robot] = node
	return f.table.Place(f.g, robot, node)
}

// Reach is Floor's. A node that no usable edge leads to is refused without a search.
func (f *tableFloor) Reach(robot string, now time.Time) func(string) (float64, bool) {
	var usable func(maps.Edge) bool
	type found struct {
		metres float64
		ok     bool
	}
	known := map[string]found{}
	return func(to string) (float64, bool) {
		if got, ok := known[to]; ok {
			return got.metres, got.ok
		}
		if usable == nil {
			usable = f.table.Usable(f.g, robot, now)
		}
		var got found
		at := f.end[robot]
		switch {
		case at == to:
			got = found{0, true}
		case traffic.MayStay(f.g, to) && f.entered(to, usable):
			_, got.metres, got.ok = f.g.ShortestPath(at, to, usable)
		}
		known[to] = got
		return got.metres, got.ok
	}
}

// entered says whether a usable edge leads to a node.
func (f *tableFloor) entered(to string, usable func(maps.Edge) bool) bool {
	for _, e := range f.g.Out(to) {
		if back, ok := f.g.Edge(e.End, to); ok && usable(back) {
			return true
		}
	}
	return false
}

// Send is Floor's.
func (f *tableFloor) Send(robot, to string, now time.Time) (map[string][]string, error) {
	way, err := f.table.Way(f.g, robot, to, now)
	if err == nil {
		err = f.table.Reserve(f.g, robot, way, now)
	}
	if err != nil {
		return nil, err
	}
	f.end[robot] = to
	return map[string][]string{robot: way}, nil
}

// Granted is Floor's: whoever has a way has all of it.
func (f *tableFloor) Granted(string) bool { return true }

// Passed is Floor's.
func (f *tableFloor) Passed(robot, node string) { f.table.Passed(robot, node) }

// Holder is Floor's.
func (f *tableFloor) Holder(node string) string {
	robot, _ := f.table.Holder(f.g, traffic.NodeResource(node))
	return robot
}

// Close is Floor's.
func (f *tableFloor) Close(a, b string, until time.Time) { f.table.Close(a, b, until) }

// Remove is Floor's.
func (f *tableFloor) Remove(robot string) { f.table.Release(robot); delete(f.end, robot) }

// Check is Floor's.
func (f *tableFloor) Check() error { return f.table.Check(f.g) }
