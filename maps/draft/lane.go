package draft

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// A lane is a chain of nodes down an aisle.
type lane struct {
	id     string
	axis   int
	o      float64 // of most of its nodes
	stands []*stand
	chain  []*spot // along the axis
	paired bool    // it has a partner on the aisle's other side
	side   float64 // of a paired lane: where its faces look to
	oneWay bool
}

const (
	asideM  = 0.1 // how far a node may lie beside a face's middle; maps allows 0.15
	nearbyM = 0.3 // offsets of stands that share a lane
	gapM    = 4.0 // between racks of one lane
)

// A run is the faces of one row that look to one side and whose lane has one offset.
type run struct {
	stands   []*stand
	o        float64
	from, to float64 // along the axis
}

// runs cuts the stands into runs, in the order of the site.
func (k *sketch) runs() []*run {
	type key struct {
		row  string
		face maps.Face
		axis int
		side float64
	}
	byKey, order := map[key][]*stand{}, []key(nil)
	for _, st := range k.stands {
		id := key{st.rack.Row, st.face, st.axis, st.side}
		if byKey[id] == nil {
			order = append(order, id)
		}
		byKey[id] = append(byKey[id], st)
	}
	var out []*run
	for _, id := range order {
		stands := byKey[id]
		slices.SortStableFunc(stands, alongAxis)
		k.straighten(stands)
		from := 0
		for i := 1; i <= len(stands); i++ {
			if i == len(stands) || stands[i].paired != stands[from].paired ||
				math.Abs(stands[i].o-stands[i-1].o) > 2*nearbyM || stands[i].s-stands[i-1].s > gapM+2 {
				out = append(out, newRun(stands[from:i]))
				from = i
			}
		}
	}
	return out
}

// straighten puts all stands before a row on the line that most of them have, where a robot can turn and see the face
// from there: a lane then runs straight past the end of the row across, or past a gap in it.
func (k *sketch) straighten(stands []*stand) {
	var alike [2][]*stand
	for _, st := range stands {
		alike[boolean(st.paired)] = append(alike[boolean(st.paired)], st)
	}
	most := alike[0]
	if len(alike[1]) > len(most) {
		most = alike[1]
	}
	o := middle(most)
	for _, st := range stands {
		x, y := k.point(st.axis, st.s, o)
		if k.turns(x, y) && k.seen(st, math.Abs(o-st.base)) {
			st.o, st.paired = o, most[0].paired
		}
	}
}

func newRun(stands []*stand) *run {
	return &run{stands: stands, o: middle(stands), from: stands[0].s, to: stands[len(stands)-1].s}
}

func alongAxis(a, b *stand) int {
	return cmp.Or(cmp.Compare(a.s, b.s), cmp.Compare(a.base, b.base), cmp.Compare(a.rack.ID, b.rack.ID))
}

// middle is the median of the stands' offsets.
func middle(stands []*stand) float64 {
	all := make([]float64, len(stands))
	for i, st := range stands {
		all[i] = st.o
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// together reports whether two runs are looked at from one lane.
func (r *run) together(q *run) bool {
	a, b := r.stands[0], q.stands[0]
	return a.axis == b.axis && a.paired == b.paired && (!a.paired || a.side == b.side) &&
		math.Abs(r.o-q.o) <= nearbyM && r.from-q.to <= gapM && q.from-r.to <= gapM
}

// layLanes joins runs into lanes and places their nodes.
func (k *sketch) layLanes() {
	runs := k.runs()
	group := make([]int, len(runs)) // each run's lane, by the first run of it
	for i := range runs {
		group[i] = i
		for j := range i {
			if runs[i].together(runs[j]) {
				old, now := max(group[i], group[j]), min(group[i], group[j])
				for m := range i + 1 {
					if group[m] == old {
						group[m] = now
					}
				}
			}
		}
	}
	for i := range runs {
		var stands []*stand
		for j := range runs {
			if group[j] == i {
				stands = append(stands, runs[j].stands...)
			}
		}
		if len(stands) > 0 {
			slices.SortStableFunc(stands, alongAxis)
			k.layLane(stands)
		}
	}
	k.linkPairs()
}

// layLane places a lane's nodes and joins neighbours; where the way between them is not clear the lane is cut.
func (k *sketch) layLane(stands []*stand) {
	first := stands[0]
	l := &lane{axis: first.axis, o: middle(stands), stands: stands, paired: first.paired, side: first.side}
	for _, s := range k.laneSpots(l) {
		if n := len(l.chain); n > 0 && !k.clear(l.chain[n-1].x, l.chain[n-1].y, s.x, s.y) {
			k.keepLane(l)
			l = &lane{axis: l.axis, o: l.o, paired: l.paired, side: l.side}
		}
		l.chain = append(l.chain, s)
	}
	k.keepLane(l)
}

func (k *sketch) keepLane(l *lane) {
	if len(l.chain) == 0 {
		return
	}
	l.stands = nil
	rows := map[string]bool{}
	var names []string
	for _, s := range l.chain {
		s.lane = l
		for _, st := range s.stands {
			l.stands = append(l.stands, st)
			if name := st.rack.Row + letter(st.face); !rows[name] {
				rows[name] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	taken := map[string]bool{}
	for _, other := range k.lanes {
		taken[other.id] = true
	}
	l.id = unique(taken, "aisle-"+strings.Join(names, "-"))
	for i := 1; i < len(l.chain); i++ {
		k.net.join(l.chain[i-1], l.chain[i]).lane = l
	}
	k.lanes = append(k.lanes, l)
}

func letter(f maps.Face) string { return string(f[:1]) }

// laneSpots places as few nodes as lie before all faces: going along the axis, a node takes in all faces that one
// place serves (greedy stabbing of intervals, which is optimal).
func (k *sketch) laneSpots(l *lane) []*spot {
	var out []*spot
	rest := l.stands
	for len(rest) > 0 {
		low, high, n := math.Inf(-1), math.Inf(1), 0
		for n < len(rest) && rest[n].s-asideM <= high {
			low, high = max(low, rest[n].s-asideM), min(high, rest[n].s+asideM)
			n++
		}
		out = append(out, k.serve(l, (low+high)/2, rest[:n])...)
		rest = rest[n:]
	}
	slices.SortStableFunc(out, func(a, b *spot) int {
		as, _ := k.along(l.axis, a.x, a.y)
		bs, _ := k.along(l.axis, b.x, b.y)
		return cmp.Compare(as, bs)
	})
	return out
}

// serve places one node before the faces, or one before each where there is no room for it.
func (k *sketch) serve(l *lane, s float64, stands []*stand) []*spot {
	fits := func(o float64) bool {
		x, y := k.point(l.axis, s, o)
		return k.turns(x, y) && !slices.ContainsFunc(stands, func(st *stand) bool {
			return !k.seen(st, math.Abs(o-st.base))
		})
	}
	for _, o := range []float64{l.o, middle(stands)} {
		if fits(o) {
			x, y := k.point(l.axis, s, o)
			return []*spot{k.net.add(&spot{id: faceNames(stands), x: milli(x), y: milli(y), kind: laneNode, stands: slices.Clone(stands)})}
		}
	}
	if len(stands) == 1 {
		st := stands[0]
		if o, ok := k.nearestFit(st, l.o, fits); ok {
			x, y := k.point(l.axis, s, o)
			return []*spot{k.net.add(&spot{id: faceNames(stands), x: milli(x), y: milli(y), kind: laneNode, stands: stands})}
		}
		k.unreached(st.rack, st.face, "no place before it has both room to turn, a circle of %.2f m, and the whole face in view", 2*k.turn)
		return nil
	}
	var out []*spot
	for i, st := range stands {
		out = append(out, k.serve(l, st.s, stands[i:i+1])...)
	}
	return out
}

// nearestFit returns the offset nearest to the lane's from which a face can be looked at where the lane's own will not do:
// beside the corner of a shorter row across, or before a rack taller than its neighbours.
func (k *sketch) nearestFit(st *stand, lane float64, fits func(o float64) bool) (o float64, ok bool) {
	const step = 0.05
	for d := k.site.Optics.NearM; d <= k.site.Optics.FarM; d += step {
		if at := st.base + st.side*d; (!ok || math.Abs(at-lane) < math.Abs(o-lane)) && fits(at) {
			o, ok = at, true
		}
	}
	return o, ok
}

// faceNames names a node after the faces before which it lies, as A05f-B05f.
func faceNames(stands []*stand) string {
	names := make([]string, len(stands))
	for i, st := range stands {
		names[i] = st.rack.ID + letter(st.face)
	}
	slices.Sort(names)
	if len(names) > 3 {
		names = []string{names[0], names[len(names)-1]}
	}
	return strings.Join(names, "-")
}

// linkEvery is after how many nodes the two lanes of an aisle are linked, so that a robot need not go round.
const linkEvery = 6

// linkPairs links lanes that lie side by side in one aisle.
func (k *sketch) linkPairs() {
	for i, a := range k.lanes {
		for _, b := range k.lanes[:i] {
			if !a.paired || !b.paired || a.axis != b.axis || a.side == b.side || math.Abs(a.o-b.o) > 2*k.site.Optics.FarM {
				continue
			}
			for n, s := range a.chain {
				if n%linkEvery != linkEvery/2 && len(a.chain) > linkEvery {
					continue
				}
				near := slices.MinFunc(b.chain, func(p, q *spot) int { return cmp.Compare(gap(p, s), gap(q, s)) })
				if gap(near, s) < math.Abs(a.o-b.o)+0.2 && k.clear(s.x, s.y, near.x, near.y) {
					k.net.join(s, near)
				}
			}
		}
	}
}

func gap(a, b *spot) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

// milli rounds to a mm: finer is beneath what a robot steers to.
func milli(v float64) float64 { return math.Round(v*1e3) / 1e3 }
