package foresee

import (
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A freeFloor keeps nobody apart but at docks: what a night would be without traffic.
type freeFloor struct {
	g      *maps.Graph
	end    map[string]string
	docks  map[string]string // node: who is to stand there
	closed map[[2]string]time.Time
}

// NewFreeFloor is a floor on which robots pass through each other: to see what traffic costs.
func NewFreeFloor(g *maps.Graph) Floor {
	f := &freeFloor{g: g, end: map[string]string{}, docks: map[string]string{}, closed: map[[2]string]time.Time{}}
	for _, d := range g.Docks() {
		f.docks[d.Node] = ""
	}
	return f
}

// Place is Floor's.
func (f *freeFloor) Place(robot, node string) error {
	f.move(robot, node)
	return nil
}

func (f *freeFloor) move(robot, node string) {
	f.Remove(robot)
	if _, dock := f.docks[node]; dock {
		f.docks[node] = robot
	}
	f.end[robot] = node
}

// Reach is Floor's.
func (f *freeFloor) Reach(robot string, now time.Time) func(string) (float64, bool) {
	return func(to string) (float64, bool) {
		if holder := f.docks[to]; holder != "" && holder != robot {
			return 0, false
		}
		_, m, ok := f.g.ShortestPath(f.end[robot], to, f.open(now))
		return m, ok
	}
}

func (f *freeFloor) open(now time.Time) func(maps.Edge) bool {
	return func(e maps.Edge) bool { return !now.Before(f.closed[[2]string{e.Start, e.End}]) }
}

// Send is Floor's.
func (f *freeFloor) Send(robot, to string, now time.Time) (map[string][]string, error) {
	way, _, ok := f.g.ShortestPath(f.end[robot], to, f.open(now))
	if holder := f.docks[to]; !ok || holder != "" && holder != robot {
		return nil, fmt.Errorf("send %s to %s: no way, or the dock is %s's", robot, to, holder)
	}
	f.move(robot, to)
	return map[string][]string{robot: way}, nil
}

// Granted is Floor's.
func (f *freeFloor) Granted(string) bool { return true }

// Passed is Floor's.
func (f *freeFloor) Passed(string, string) {}

// Holder is Floor's.
func (f *freeFloor) Holder(node string) string { return f.docks[node] }

// Close is Floor's.
func (f *freeFloor) Close(a, b string, until time.Time) {
	f.closed[[2]string{a, b}], f.closed[[2]string{b, a}] = until, until
}

// Remove is Floor's.
func (f *freeFloor) Remove(robot string) {
	if at := f.end[robot]; f.docks[at] == robot {
		f.docks[at] = ""
	}
	delete(f.end, robot)
}

// Check is Floor's.
func (f *freeFloor) Check() error { return nil }
