package draft

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

const (
	spurM  = 6.0  // the longest straight way to a dock
	mergeM = 0.3  // a branch so near to a crossing is the crossing
	wallM  = 0.15 // how near to a wall a docked robot's end must come, m
	tryM   = 0.25 // between places that are tried
)

// A branch is where a spur to a dock or a bay leaves the network.
type branch struct {
	way  *way // to split at x, y; nil when at is there already
	at   *spot
	x, y float64
	far  float64 // length of the spur
}

// givenDocks attaches the docks that are asked for.
func (k *sketch) givenDocks() {
	for _, d := range k.options.Docks {
		if !k.floor.Free(d.X, d.Y) {
			k.plan.Lost = append(k.plan.Lost, fmt.Sprintf("dock %s at %g, %g: the floor is not free there", d.ID, d.X, d.Y))
			continue
		}
		s := k.net.add(&spot{id: d.ID, x: milli(d.X), y: milli(d.Y), kind: dockNode})
		branches := k.branches(s.x, s.y)
		for _, b := range branches {
			if k.spurFits(b, s.x, s.y, k.bare) {
				k.attach(b, s)
				break
			}
		}
	}
}

// branches lists where a straight spur to a point could begin, cross aisles before lanes, then nearest first.
func (k *sketch) branches(x, y float64) []branch {
	var out []branch
	for _, w := range k.net.ways {
		if w.spur {
			continue
		}
		fx, fy := w.foot(x, y)
		b := branch{way: w, x: milli(fx), y: milli(fy), far: math.Hypot(x-fx, y-fy)}
		for _, s := range []*spot{w.a, w.b} {
			if (w.lane != nil || math.Hypot(s.x-fx, s.y-fy) < mergeM) && (b.way != nil || math.Hypot(s.x-x, s.y-y) < b.far) {
				b = branch{at: s, x: s.x, y: s.y, far: math.Hypot(s.x-x, s.y-y)}
			}
		}
		if b.far <= spurM {
			out = append(out, b)
		}
	}
	rank := func(b branch) int {
		switch {
		case b.way != nil || b.at.kind == crossNode:
			return 0
		default:
			return 1
		}
	}
	slices.SortStableFunc(out, func(a, b branch) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.far, b.far))
	})
	return out
}

// spurFits reports whether a robot drives a spur freely, turns where it branches, and meets no other dock or bay there.
func (k *sketch) spurFits(b branch, x, y float64, robot maps.Footprint) bool {
	if b.far < robot.WidthM || !k.turns(b.x, b.y) {
		return false
	}
	if _, _, ok := k.floor.Sweep(robot, b.x, b.y, x, y); !ok {
		return false
	}
	spur := way{a: &spot{x: b.x, y: b.y}, b: &spot{x: x, y: y}}
	for _, s := range k.net.spots {
		if s == b.at || (s.kind != dockNode && s.kind != bayNode) || (s.x == x && s.y == y) {
			continue
		}
		if fx, fy := spur.foot(s.x, s.y); math.Hypot(fx-s.x, fy-s.y) < (k.wide.WidthM+k.wide.LengthM)/2 {
			return false
		}
	}
	return true
}

// attach draws a spur.
func (k *sketch) attach(b branch, s *spot) {
	at := b.at
	if at == nil {
		at = k.net.add(&spot{id: "to-" + s.id, x: b.x, y: b.y, kind: crossNode, lane: b.way.lane})
		k.net.split(b.way, at)
	}
	w := k.net.join(at, s)
	w.spur = true
}

// A berth is a place at a wall where a dock may stand.
type berth struct {
	branch
	toX, toY float64
}

// findDocks looks for free places at walls, beside cross aisles first, then with the shortest spur, where a robot that
// charges is in nobody's way.
func (k *sketch) findDocks() {
	if len(k.options.Docks) > 0 {
		return
	}
	found := 0
	for _, b := range append(k.berths(false), k.berths(true)...) {
		if found == k.options.DockCount {
			return
		}
		if b.way != nil && b.way.gone { // split meanwhile
			far, w := k.net.away(b.x, b.y, func(w *way) bool { return !w.spur })
			if far > 2e-3 {
				continue
			}
			b.way = w
		}
		if !k.berthFits(b) {
			continue
		}
		found++
		b = k.centred(b)
		k.attach(b.branch, k.net.add(&spot{id: fmt.Sprintf("dock-%d", found), x: b.toX, y: b.toY, kind: dockNode}))
	}
	if found < k.options.DockCount {
		k.plan.Lost = append(k.plan.Lost, fmt.Sprintf("%d of %d docks: no other free place at a wall where a robot of %g x %g m is out of the way: say where they stand",
			k.options.DockCount-found, k.options.DockCount, k.bare.WidthM, k.bare.LengthM))
	}
}

func (k *sketch) berthFits(b berth) bool {
	return k.outOfTheWay(b.toX, b.toY, b.branch) && k.spurFits(b.branch, b.toX, b.toY, k.bare)
}

// berths lists places at walls straight beside cross aisles or lanes, the shortest spur first.
func (k *sketch) berths(inLanes bool) []berth {
	var out []berth
	for _, w := range k.net.ways {
		if w.spur || (w.lane != nil) != inLanes {
			continue
		}
		theta := math.Atan2(w.b.y-w.a.y, w.b.x-w.a.x)
		for at := 0.0; at <= w.length(); at += tryM {
			t := at / w.length()
			b := branch{way: w, x: milli(w.a.x + t*(w.b.x-w.a.x)), y: milli(w.a.y + t*(w.b.y-w.a.y))}
			switch {
			case at < mergeM:
				b = branch{at: w.a, x: w.a.x, y: w.a.y}
			case w.length()-at < mergeM:
				b = branch{at: w.b, x: w.b.x, y: w.b.y}
			case inLanes:
				continue // a lane is left at its nodes
			}
			for _, side := range []float64{math.Pi / 2, -math.Pi / 2} {
				sin, cos := math.Sincos(theta + side)
				b.far = k.floor.Ahead(b.x, b.y, theta+side, spurM+k.bare.LengthM) - k.bare.LengthM/2 - wallM/2
				c := berth{b, milli(b.x + cos*b.far), milli(b.y + sin*b.far)}
				if b.far <= spurM && k.berthFits(c) {
					out = append(out, c)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b berth) int { return cmp.Compare(math.Round(a.far*20), math.Round(b.far*20)) })
	return out
}

// centred moves a spur to the middle of the niche that its dock stands in.
func (k *sketch) centred(b berth) berth {
	heading := math.Atan2(b.toY-b.y, b.toX-b.x)
	width, left := k.floor.Across(b.toX, b.toY, heading, 2)
	if b.way == nil || width >= 4 {
		return b
	}
	sin, cos := math.Sincos(heading + math.Pi/2)
	shift := left - width/2
	moved := b
	moved.toX, moved.toY = milli(b.toX+cos*shift), milli(b.toY+sin*shift)
	moved.x, moved.y = milli(b.x+cos*shift), milli(b.y+sin*shift)
	if fx, fy := b.way.foot(moved.x, moved.y); math.Hypot(fx-moved.x, fy-moved.y) < 2e-3 && k.berthFits(moved) {
		return moved
	}
	return b
}

// outOfTheWay reports whether a robot that stands at the end of a spur leaves all other ways free, and all places before
// racks.
func (k *sketch) outOfTheWay(x, y float64, b branch) bool {
	need := (k.wide.WidthM + k.bare.LengthM) / 2
	if d, _ := k.net.away(x, y, func(*way) bool { return true }); d < need-1e-9 {
		return false
	}
	for _, s := range k.net.spots {
		apart := need
		if s.kind == dockNode || len(s.stands) > 0 {
			apart = k.turn + k.bare.WidthM/2
		}
		if s != b.at && math.Hypot(s.x-x, s.y-y) < apart {
			return false
		}
	}
	return true
}
