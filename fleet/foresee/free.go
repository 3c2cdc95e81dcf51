package foresee

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
	"github.com/nightrounds/nightrounds/maps"
)

// A freeFloor keeps nobody apart but at docks: what a night would be without traffic.
type freeFloor struct {
	g      *maps.Graph
	n      *net.Net // at 1 m/s: its seconds are metres
	way    map[string][]string
	docks  map[string]string // node: who is to stand there
	closed map[[2]string]time.Time
}

// NewFreeFloor is a floor on which robots pass through each other: to see what traffic costs.
func NewFreeFloor(g *maps.Graph) Floor {
	f := &freeFloor{g: g, n: net.New(g, 1), way: map[string][]string{}, docks: map[string]string{}, closed: map[[2]string]time.Time{}}
	for _, d := range g.Docks() {
		f.docks[d.Node] = ""
	}
	return f
}

// Place is Floor's.
func (f *freeFloor) Place(robot, node string) error {
	f.move(robot, []string{node})
	return nil
}

func (f *freeFloor) move(robot string, way []string) {
	f.Remove(robot)
	if _, dock := f.docks[way[len(way)-1]]; dock {
		f.docks[way[len(way)-1]] = robot
	}
	f.way[robot] = way
}

func (f *freeFloor) end(robot string) string { return f.way[robot][len(f.way[robot])-1] }

// Reach is Floor's.
func (f *freeFloor) Reach(robot string, now time.Time) func(string) (float64, bool) {
	from := f.n.Index[f.end(robot)]
	return func(to string) (float64, bool) {
		if holder := f.docks[to]; holder != "" && holder != robot {
			return 0, false
		}
		goal, metres, ok := f.n.Index[to], 0.0, false
		net.NewSearch(f.n.Out).From([]int{from}, func(n int, m float64, _ int) bool {
			metres, ok = m, n == goal
			return !ok
		})
		return metres, ok
	}
}

func (f *freeFloor) open(now time.Time) func(maps.Edge) bool {
	return func(e maps.Edge) bool { return !now.Before(f.closed[[2]string{e.Start, e.End}]) }
}

// Send is Floor's.
func (f *freeFloor) Send(robot, to string, now time.Time) (map[string][]string, error) {
	way, _, ok := f.g.ShortestPath(f.end(robot), to, f.open(now))
	if holder := f.docks[to]; !ok || holder != "" && holder != robot {
		return nil, fmt.Errorf("send %s to %s: no way, or the dock is %s's", robot, to, holder)
	}
	way = append(slices.Clone(f.way[robot]), way[1:]...)
	f.move(robot, way)
	return map[string][]string{robot: way}, nil
}

// Way is Floor's.
func (f *freeFloor) Way(robot string) []string { return slices.Clone(f.way[robot]) }

// Granted is Floor's: whoever has a way has all of it.
func (f *freeFloor) Granted(string) bool { return true }

// Passed is Floor's.
func (f *freeFloor) Passed(robot, node string) {
	if i := slices.Index(f.way[robot], node); i > 0 {
		f.way[robot] = f.way[robot][i:]
	}
}

// Still is Floor's.
func (f *freeFloor) Still(robot string, still bool) {
	if still {
		f.move(robot, f.way[robot][:1])
	}
}

// Resume is Floor's: no way is cut short.
func (f *freeFloor) Resume(time.Time) (map[string][]string, []string) { return nil, nil }

// Holder is Floor's.
func (f *freeFloor) Holder(node string) string { return f.docks[node] }

// MayStay is Floor's.
func (f *freeFloor) MayStay(string) bool { return true }

// Close is Floor's.
func (f *freeFloor) Close(a, b string, until time.Time) {
	f.closed[[2]string{a, b}], f.closed[[2]string{b, a}] = until, until
}

// CutOff is Floor's.
func (f *freeFloor) CutOff(time.Time) map[string]bool { return nil }

// Remove is Floor's.
func (f *freeFloor) Remove(robot string) {
	if way := f.way[robot]; len(way) > 0 && f.docks[f.end(robot)] == robot {
		f.docks[f.end(robot)] = ""
	}
	delete(f.way, robot)
}

// Check is Floor's.
func (f *freeFloor) Check() error { return nil }
