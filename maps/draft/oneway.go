package draft

import (
	"cmp"
	"slices"
)

// direct makes lanes one-way where two robots cannot pass, neighbours in turn this way and that, as long as every node
// can still be reached from every other: where a loop exists. The two lanes of a wide aisle lead opposite ways, so that
// robots keep to the right.
func (k *sketch) direct() {
	lanes := slices.Clone(k.lanes)
	slices.SortStableFunc(lanes, func(a, b *lane) int { return cmp.Or(cmp.Compare(a.axis, b.axis), cmp.Compare(a.o, b.o)) })
	turn := 0
	for _, l := range lanes {
		k.plan.Lanes++
		forward := turn%2 == 0
		if l.paired {
			k.plan.Pairs++
			// A lane at an aisle's right side, seen along the axis, has its racks to the right.
			forward = l.side > 0
		} else {
			turn++
		}
		if k.options.TwoWay && !l.paired {
			continue
		}
		ways := k.waysOf(func(w *way) bool { return w.lane == l })
		l.oneWay = k.tryOneWay(ways, k.laneOrder(l), forward) || (!l.paired && k.tryOneWay(ways, k.laneOrder(l), !forward))
		if l.oneWay {
			k.plan.OneWay++
		}
	}
	k.directTracks()
}

// directTracks makes the two tracks of a wide cross aisle lead opposite ways.
func (k *sketch) directTracks() {
	var tracks []*track
	for _, w := range k.net.ways {
		if w.track != nil && w.track.paired(k) && !slices.Contains(tracks, w.track) {
			tracks = append(tracks, w.track)
		}
	}
	for _, t := range tracks {
		across := func(s *spot) float64 { _, o := k.along(t.axis, s.x, s.y); return o }
		// To the left of the axis goes the track that lies further along it: robots keep to the right.
		forward := (t.end > 0) == t.outer
		k.tryOneWay(k.waysOf(func(w *way) bool { return w.track == t }), across, forward)
	}
}

func (k *sketch) waysOf(is func(*way) bool) []*way {
	var out []*way
	for _, w := range k.net.ways {
		if is(w) && !w.spur {
			out = append(out, w)
		}
	}
	return out
}

func (k *sketch) laneOrder(l *lane) func(*spot) float64 {
	return func(s *spot) float64 { along, _ := k.along(l.axis, s.x, s.y); return along }
}

// tryOneWay makes ways lead one way by the order of their ends, unless some node could then not be reached.
func (k *sketch) tryOneWay(ways []*way, order func(*spot) float64, forward bool) bool {
	for _, w := range ways {
		if (order(w.a) < order(w.b)) != forward {
			w.a, w.b = w.b, w.a
		}
		w.oneWay = true
	}
	if len(ways) > 0 && k.net.strong() {
		return true
	}
	for _, w := range ways {
		w.oneWay = false
	}
	return false
}
