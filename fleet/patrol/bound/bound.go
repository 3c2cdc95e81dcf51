// Package bound says what no patrol can undercut: how much of so many robots' time the intervals of a hall take at the
// least, and by how much they would have to grow. What it calls impossible is impossible, whatever the plan; what it
// does not may still be out of reach.
//
// All bounds are of the steady state: of averages over a long time, with gaps counted from look to look (begin to
// begin, or end to end). They grant every robot the speed and the frugality of the best one, and free floor.
package bound

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
	"github.com/nightrounds/nightrounds/maps"
)

// A Point is one viewpoint.
type Point struct {
	Node     string
	Look     time.Duration // the least that a look at it takes
	Interval time.Duration // the longest gap allowed between two looks
}

// A Battery is how charge is used and won at best, as shares of full per second.
type Battery struct {
	UsePerSec    float64 // the least that a robot draws away from its dock
	ChargePerSec float64 // the most that it takes up at a dock; 0: robots need no charging
}

// Share is the least share of its time that a robot is at a dock.
//
// Proof: over a long time what is drawn, at least UsePerSec times the time out, is at most what is taken up,
// ChargePerSec times the time at docks.
func (b Battery) Share() float64 {
	if b.ChargePerSec <= 0 {
		return 0
	}
	return b.UsePerSec / (b.UsePerSec + b.ChargePerSec)
}

// A Problem is a hall, its viewpoints and its robots at their best.
type Problem struct {
	Graph    *maps.Graph
	Points   []Point
	SpeedMPS float64 // of the fastest robot
	Battery  Battery
	// Turn is the least that a robot needs to set out from a stop, beside the drive.
	Turn time.Duration
	// Other is the time that work beside the patrol takes, in robots: 0.5 is half of one robot's time.
	Other float64
}

// A Bound is a problem whose geometry has been worked out.
type Bound struct {
	p      Problem
	groups []group // viewpoints by node
	cover  []cover // by ascending interval
	docks  int
}

// New works out a problem's geometry.
func New(p Problem) (*Bound, error) {
	if p.Graph == nil || p.SpeedMPS <= 0 {
		return nil, fmt.Errorf("bound of a patrol: it needs a route graph and a speed above 0, not %g m/s", p.SpeedMPS)
	}
	b := &Bound{p: p, docks: len(p.Graph.Docks())}
	for i, v := range p.Points {
		if _, ok := p.Graph.Node(v.Node); !ok {
			return nil, fmt.Errorf("bound of a patrol: viewpoint %d: no node %q in the route graph", i, v.Node)
		}
		if v.Interval <= 0 || v.Look <= 0 {
			return nil, fmt.Errorf("bound of a patrol: viewpoint %d at %s: look %s and interval %s must be above 0", i, v.Node, v.Look, v.Interval)
		}
	}
	n := net.New(p.Graph, p.SpeedMPS)
	b.groups = groups(p.Points, n, p.Turn)
	b.cover = covers(p.Points, n)
	return b, nil
}

// Need is the least number of robots' time that the patrol takes when every interval is ratio times as long and so
// many robots share it, with the work beside it, in robots at work. It is the larger of Workload and Covering.
func (b *Bound) Need(robots int, ratio float64) float64 {
	return b.p.Other + max(b.Workload(ratio), b.Covering(robots, ratio))
}

// Capacity is how many of so many robots can be at work in the mean: what charging leaves, and what the docks can
// keep charged.
//
// Proof of the latter: docks take up at most docks x ChargePerSec, and each robot at work draws UsePerSec.
func (b *Bound) Capacity(robots int) float64 {
	out := float64(robots) * (1 - b.p.Battery.Share())
	if b.p.Battery.ChargePerSec > 0 && b.p.Battery.UsePerSec > 0 {
		out = min(out, float64(b.docks)*b.p.Battery.ChargePerSec/b.p.Battery.UsePerSec)
	}
	return out
}

// Utilisation is need over capacity: above 1 the promise is impossible with so many robots.
func (b *Bound) Utilisation(robots int) float64 {
	return b.Need(robots, 1) / b.Capacity(robots)
}

// Ratio is the least worst ratio of idleness to interval that so many robots could reach, infinite for none.
func (b *Bound) Ratio(robots int) float64 {
	if b.Capacity(robots) <= b.p.Other {
		return math.Inf(1)
	}
	low, high := 0.0, 1.0
	for b.Need(robots, high) > b.Capacity(robots) {
		low, high = high, 2*high
	}
	for range 50 {
		if mid := (low + high) / 2; b.Need(robots, mid) > b.Capacity(robots) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// Robots is the least number of robots that the bound does not exclude; ok is false when no number would do, since
// docks are too few.
func (b *Bound) Robots() (n int, ok bool) {
	most := int(math.Ceil(b.Need(1, 1)/(1-b.p.Battery.Share()))) + len(b.groups) + 1
	for n = 1; n <= most; n++ {
		if b.Need(n, 1) <= b.Capacity(n) {
			return n, true
		}
	}
	return 0, false
}

// Certificate says in words why so many robots cannot keep the promise; empty when the bound does not exclude it.
func (b *Bound) Certificate(robots int) string {
	u := b.Utilisation(robots)
	if robots > 0 && u <= 1 {
		return ""
	}
	n, ok := b.Robots()
	if !ok {
		return fmt.Sprintf("impossible with %d robots and %d docks: the docks charge %.1f robots at work, %.1f are needed", robots, b.docks, b.Capacity(robots), b.Need(robots, 1))
	}
	return fmt.Sprintf("impossible with %d robots: %d needed (%.1f robots at work, %d give %.1f)", robots, n, b.Need(robots, 1), robots, b.Capacity(robots))
}

// Reach is the least interval that one robot alone can keep at a node when it stays at the dock for at least so long
// without a break: it goes there and comes back between two looks. With more robots it holds for any node that one
// robot alone looks after. ok is false when no dock can be reached.
func (b *Bound) Reach(node string, stop time.Duration) (least time.Duration, ok bool) {
	best := math.Inf(1)
	there := b.p.Graph.Distances(node, nil)
	for _, d := range b.p.Graph.Docks() {
		if back, reached := b.p.Graph.Distances(d.Node, nil)[node]; reached {
			if m, reached := there[d.Node]; reached {
				best = min(best, m+back)
			}
		}
	}
	if math.IsInf(best, 1) {
		return 0, false
	}
	return stop + time.Duration(best/b.p.SpeedMPS*float64(time.Second)), true
}

// sortedIntervals are the different intervals, ascending.
func sortedIntervals(points []Point) []time.Duration {
	var all []time.Duration
	for _, p := range points {
		all = append(all, p.Interval)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
