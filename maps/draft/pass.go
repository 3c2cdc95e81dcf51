package draft

import (
	"fmt"
	"math"
)

// bayEvery is how far apart passing places need be, m: a robot of 0.5 m/s waits no longer than 20 s for one.
const bayEvery = 10.0

// makePassingPlaces adds bays beside ways that have no partner, where there is room for a robot to turn while another
// one drives by.
func (k *sketch) makePassingPlaces() {
	for _, w := range append([]*way(nil), k.net.ways...) {
		if w.gone || w.spur || w.track.paired(k) || (w.lane != nil && w.lane.paired) {
			continue
		}
		k.bayBeside(w)
	}
}

// paired reports whether the track has a partner.
func (t *track) paired(k *sketch) bool {
	if t == nil {
		return false
	}
	for _, w := range k.net.ways {
		if w.track != nil && w.track.axis == t.axis && w.track.end == t.end && w.track.outer != t.outer && math.Abs(w.track.s-t.s) < 3*k.turn {
			return true
		}
	}
	return false
}

// bayBeside adds one bay beside a way, from one of its ends, if there is room and none near.
func (k *sketch) bayBeside(w *way) {
	offset := k.turn + k.wide.WidthM/2
	theta := math.Atan2(w.b.y-w.a.y, w.b.x-w.a.x)
	for _, at := range []*spot{w.a, w.b} {
		if at.kind == dockNode || at.kind == bayNode {
			continue
		}
		for _, side := range []float64{math.Pi / 2, -math.Pi / 2} {
			sin, cos := math.Sincos(theta + side)
			x, y := milli(at.x+cos*offset), milli(at.y+sin*offset)
			if k.turns(x, y) && k.clear(at.x, at.y, x, y) && k.bayFits(x, y) {
				s := k.net.add(&spot{id: fmt.Sprintf("bay-%s", at.id), x: x, y: y, kind: bayNode})
				k.net.join(at, s).spur = true
				return
			}
		}
	}
}

// bayFits reports whether a robot that turns at a point is out of the way of all others, and no other bay is near.
func (k *sketch) bayFits(x, y float64) bool {
	if d, _ := k.net.away(x, y, func(*way) bool { return true }); d < k.turn+k.wide.WidthM/2-1e-3 {
		return false
	}
	for _, s := range k.net.spots {
		d := math.Hypot(s.x-x, s.y-y)
		if (s.kind == bayNode && d < bayEvery) || (s.kind == dockNode && d < 2*k.turn) || (len(s.stands) > 0 && d < 2*k.turn-1e-3) {
			return false
		}
	}
	return true
}
