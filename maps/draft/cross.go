package draft

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A track is a line of a cross aisle: what joins the ends of lanes.
type track struct {
	axis  int // of the lanes that it joins
	s     float64
	end   int  // -1 before the lanes' starts, 1 beyond their ends, 0 between racks
	outer bool // of two tracks the one further from the racks
}

// A crossing is where a lane meets a cross aisle.
type crossing struct {
	lane  *lane
	at    *spot // of the lane: its end, or the node before the gap
	s     float64
	track *track
	spot  *spot
}

const (
	sameTrackM = 0.6 // how far apart along the lanes crossings of one track may lie
	reachM     = 15  // the longest way between two lanes
)

// crossAisles lets lanes out at their ends and at gaps between racks, and joins them there.
func (k *sketch) crossAisles() {
	var all []*crossing
	for _, l := range k.lanes {
		for _, end := range []int{-1, 1} {
			all = append(all, k.laneEnd(l, end)...)
		}
		all = append(all, k.gaps(l)...)
	}
	k.alignCrossings(all)
	all = slices.DeleteFunc(all, func(c *crossing) bool { return !k.place(c) })
	for _, l := range k.lanes {
		k.thread(l, all)
	}
	k.joinCrossings(all)
}

// laneEnd finds where a lane meets the cross aisle beyond its last rack: in the aisle's middle, or on two tracks where
// two robots can pass there.
func (k *sketch) laneEnd(l *lane, end int) []*crossing {
	at, sign := l.chain[0], float64(end)
	if end > 0 {
		at = l.chain[len(l.chain)-1]
	}
	s, o := k.along(l.axis, at.x, at.y)
	edge := s // of the last rack
	for _, st := range l.stands {
		edge = sign * max(sign*edge, sign*st.s+st.half)
	}
	x, y := k.point(l.axis, edge, o)
	heading := k.axes[l.axis]
	if end < 0 {
		heading += math.Pi
	}
	wide := k.floor.Ahead(x, y, heading, 5*k.turn)
	if wide < 2*k.turn-k.floor.ResolutionM/2 {
		return nil
	}
	if k.hug {
		wide = 2*k.turn + k.floor.ResolutionM
	}
	if wide < 4*k.turn {
		return []*crossing{{lane: l, at: at, s: edge + sign*wide/2, track: &track{axis: l.axis, end: end}}}
	}
	mid := edge + sign*min(wide, 4*k.turn)/2
	return []*crossing{
		{lane: l, at: at, s: mid - sign*k.turn, track: &track{axis: l.axis, end: end}},
		{lane: l, at: at, s: mid + sign*k.turn, track: &track{axis: l.axis, end: end, outer: true}},
	}
}

// gaps finds where a row beside a lane leaves room to drive through.
func (k *sketch) gaps(l *lane) []*crossing {
	var out []*crossing
	for _, side := range []float64{-1, 1} {
		before := (*stand)(nil)
		for _, st := range l.stands {
			if st.side != side {
				continue
			}
			if before != nil && st.s-st.half-before.s-before.half >= 2*k.turn {
				s := (before.s + before.half + st.s - st.half) / 2
				if !slices.ContainsFunc(out, func(c *crossing) bool { return math.Abs(c.s-s) < 2*k.turn }) {
					out = append(out, &crossing{lane: l, at: k.lastBefore(l, s), s: s, track: &track{axis: l.axis}})
				}
			}
			before = st
		}
	}
	return out
}

// lastBefore is the last node of a lane before a place on its axis.
func (k *sketch) lastBefore(l *lane, s float64) *spot {
	at := l.chain[0]
	for _, p := range l.chain {
		if ps, _ := k.along(l.axis, p.x, p.y); ps < s {
			at = p
		}
	}
	return at
}

// alignCrossings gives crossings that lie about on one line across the lanes one track, and its place.
func (k *sketch) alignCrossings(all []*crossing) {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b *crossing) int {
		return cmp.Or(cmp.Compare(a.track.axis, b.track.axis), cmp.Compare(a.track.end, b.track.end),
			boolean(a.track.outer)-boolean(b.track.outer), cmp.Compare(a.s, b.s))
	})
	for from := 0; from < len(sorted); {
		to := from + 1
		a := sorted[from]
		for to < len(sorted) && a.track.axis == sorted[to].track.axis && a.track.end == sorted[to].track.end &&
			a.track.outer == sorted[to].track.outer && sorted[to].s-a.s <= sameTrackM {
			to++
		}
		a.track.s = sorted[(from+to-1)/2].s
		for _, c := range sorted[from:to] {
			c.track = a.track
		}
		from = to
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// place puts a crossing on its track, or where it was found, or nowhere.
func (k *sketch) place(c *crossing) bool {
	_, o := k.along(c.lane.axis, c.at.x, c.at.y)
	for _, s := range []float64{c.track.s, c.s} {
		x, y := k.point(c.lane.axis, s, o)
		x, y = milli(x), milli(y)
		if k.turns(x, y) && k.clear(c.at.x, c.at.y, x, y) {
			name := map[int]string{-1: "start", 0: "gap", 1: "end"}[c.track.end]
			if c.track.outer {
				name += "-outer"
			}
			c.s = s
			c.spot = k.net.add(&spot{id: fmt.Sprintf("%s-%s", c.lane.id, name), x: x, y: y, kind: crossNode, lane: c.lane})
			return true
		}
	}
	return false
}

// thread joins a lane's crossings to its chain, in their order along the axis.
func (k *sketch) thread(l *lane, all []*crossing) {
	chain := slices.Clone(l.chain)
	for _, c := range all {
		if c.lane == l {
			chain = append(chain, c.spot)
		}
	}
	slices.SortStableFunc(chain, func(a, b *spot) int {
		as, _ := k.along(l.axis, a.x, a.y)
		bs, _ := k.along(l.axis, b.x, b.y)
		return cmp.Compare(as, bs)
	})
	for _, w := range k.net.ways {
		w.gone = w.gone || w.lane == l
	}
	k.net.tidy()
	for i := 1; i < len(chain); i++ {
		if k.clear(chain[i-1].x, chain[i-1].y, chain[i].x, chain[i].y) {
			k.net.join(chain[i-1], chain[i]).lane = l
		}
	}
	l.chain = chain
}

// joinCrossings joins each crossing with the next one across the lanes, or else with a lane that runs past there.
func (k *sketch) joinCrossings(all []*crossing) {
	joined := map[*spot]map[float64]bool{} // on which sides
	join := func(a, b *spot, side float64) *way {
		for _, s := range []*spot{a, b} {
			if joined[s] == nil {
				joined[s] = map[float64]bool{}
			}
		}
		joined[a][side], joined[b][-side] = true, true
		return k.net.join(a, b)
	}
	for _, c := range all {
		if d := k.across(c, 1, crossingsOf(all, c.lane)); d != nil {
			w := join(c.spot, d.spot, 1)
			if c.track == d.track {
				w.track = c.track
			}
		}
	}
	for _, c := range all {
		for _, side := range []float64{1, -1} {
			if c.track.outer || joined[c.spot][side] {
				continue
			}
			if d := k.across(c, side, k.passing(c.lane)); d != nil {
				join(c.spot, d.spot, side)
			}
		}
	}
}

func crossingsOf(all []*crossing, not *lane) []*crossing {
	return slices.DeleteFunc(slices.Clone(all), func(d *crossing) bool { return d.lane == not || d.lane.axis != not.axis })
}

// passing lists the nodes of other lanes of the same axis as places to join.
func (k *sketch) passing(not *lane) []*crossing {
	var out []*crossing
	for _, l := range k.lanes {
		if l == not || l.axis != not.axis {
			continue
		}
		for _, p := range l.chain {
			s, _ := k.along(l.axis, p.x, p.y)
			out = append(out, &crossing{lane: l, s: s, spot: p})
		}
	}
	return out
}

// across returns the nearest of some places to one side of a crossing to which the way is clear.
func (k *sketch) across(c *crossing, side float64, places []*crossing) *crossing {
	_, o := k.along(c.lane.axis, c.spot.x, c.spot.y)
	beyond := slices.DeleteFunc(places, func(d *crossing) bool {
		_, od := k.along(c.lane.axis, d.spot.x, d.spot.y)
		return side*(od-o) < 2*roundM || side*(od-o) > reachM || math.Abs(d.s-c.s) > sameTrackM
	})
	slices.SortStableFunc(beyond, func(a, b *crossing) int { return cmp.Compare(gap(a.spot, c.spot), gap(b.spot, c.spot)) })
	for _, d := range beyond {
		if k.clear(c.spot.x, c.spot.y, d.spot.x, d.spot.y) {
			return d
		}
	}
	return nil
}
