package cause

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// A hit is a seen sign that a cause would have made; p is the probability, of a sign of a swing its factor on the share.
type hit struct {
	sign int // index into network.seen
	at   time.Time
	p    float64
	in   cell
	more bool // another voice told of the spot too
}

// A miss is a spot that was looked at and found in order although the cause would have changed it: how much that takes from
// the cause; of a swing one spot more that it left alone.
type miss struct {
	at    time.Time // when it last was in order
	takes float64   // logarithm
	in    cell
}

// A cell is the spots that share what a swing's share is; the swing is nil outside of any. Where the way that the symptoms
// come by was measured, all its spots are one cell. Where it was not, each rack is its own, and must look like it: air that is
// too warm is too warm for most of what stands in it.
type cell struct {
	swing *swing
	rack  string
}

// A course is what speaks for and against a cause.
type course struct {
	hits   []hit
	misses []miss
}

// relative is the factor on the probability that a cause which warms the air makes a device stand out of its peers or of its
// habit, both of which are taken above that air: only fans that fail at it do. Assumed.
const relative = 0.05

// rampUp is how long a cause that warms the air may take until all shows that it makes. Assumed.
const rampUp = 30 * time.Minute

// course goes through all that a cause would make.
func (n *network) course(c Cause, claims []claim) course {
	var out course
	made, told := map[Spot]bool{}, map[voice]bool{} // spots that the cause must have changed; signs of swings
	ramp := time.Duration(0)
	if _, warm := warms[c.Kind]; warm {
		ramp = rampUp
	}
	for _, cl := range claims {
		for _, s := range n.m.spots[cl.spot] {
			v := voice{s.Spot, s.By}
			if s.Symptom == InOrder || s.Symptom != cl.symptom || cl.p <= 0 || cl.swing != nil && told[v] {
				continue
			}
			if cl.swing != nil && n.barred(cl.via, s.At) {
				continue
			}
			told[v] = true
			h := hit{n.place[v], s.At, seen(s), n.cell(cl), made[cl.spot]}
			if !h.more { // who sees it too says nothing new of whether the cause makes it
				h.p *= n.makes(cl, s)
				made[cl.spot] = true
				if cl.swing == nil && !s.Fine.IsZero() {
					out.misses = append(out.misses, miss{s.Fine.Add(-ramp), math.Log(1 - eyeOf(s, cl.symptom).sees), cell{}})
				}
			}
			out.hits = append(out.hits, h)
		}
	}
	if len(out.hits) > 0 {
		n.misses(&out, claims, made)
	}
	return out
}

func (n *network) cell(cl claim) cell {
	if cl.swing == nil || cl.via == (Spot{}) || slices.ContainsFunc(n.m.spots[cl.via], Sign.ill) {
		return cell{swing: cl.swing}
	}
	return cell{cl.swing, cl.via.Rack}
}

// makes is the probability that a claim makes a sign that was seen, of a swing the factor on its share.
func (n *network) makes(cl claim, s Sign) float64 {
	switch {
	case cl.swing == nil:
		return cl.p
	case s.Thing == Heat && !s.Limit:
		return relative
	}
	return 1
}

// barred says whether a symptom that was first seen at a time cannot have come by way of a spot: that was in order then or since,
// and nobody says otherwise. Air that is not warm heats nothing past its limit.
func (n *network) barred(via Spot, at time.Time) bool {
	return n.fine(via) && slices.ContainsFunc(n.m.spots[via], func(s Sign) bool { return !s.At.Before(at) })
}

// misses adds what was found in order. Of a swing only spots count whose way there is not in order itself, for that was
// counted already. That several looked at one spot proves only that they did not miss what is there: the spot may have been
// left alone all the same.
func (n *network) misses(out *course, claims []claim, made map[Spot]bool) {
	for _, cl := range claims {
		if cl.swing != nil && (made[cl.spot] || n.fine(cl.via)) {
			continue
		}
		p := cl.p
		if made[cl.spot] { // somebody else saw it: these missed it
			p = 1
		}
		missed, sum := 1.0, 0.0
		for _, s := range n.inOrder(cl.spot) {
			if cl.swing != nil {
				out.misses = append(out.misses, miss{s.At, 0, n.cell(cl)})
				break
			}
			missed *= 1 - eyeOf(s, cl.symptom).sees
			takes := math.Log(max(1-p*(1-missed), 1e-6))
			out.misses, sum = append(out.misses, miss{s.At, takes - sum, cell{}}), takes
		}
	}
}

// inOrder is who found a spot in order, the last look first.
func (n *network) inOrder(spot Spot) []Sign {
	var out []Sign
	for _, s := range n.m.spots[spot] {
		if s.Symptom == InOrder {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Sign) int { return b.At.Compare(a.At) })
	return out
}

// fine says whether all that was last said of a spot is that it is in order.
func (n *network) fine(spot Spot) bool {
	all := n.m.spots[spot]
	return len(all) > 0 && !slices.ContainsFunc(all, Sign.ill)
}

// A swung is what was found of a swing: in how many spots of each cell, and of how many.
type swung struct {
	*swing
	cells map[string]*[2]int // rack: found, in order
	ease  float64            // of the found ones at a share of 1: the sum of ln(1 + p/leak)
	fits  float64            // logarithm of the probability that just these spots show it and those do not (beta-binomial)
	found int
}

func (x *swung) count(rack string, which int) {
	c := x.cells[rack]
	if c == nil {
		c = &[2]int{}
		x.cells[rack] = c
	}
	x.fits -= lnBeta(x.alpha+float64(c[0]), x.beta+float64(c[1]))
	c[which]++
	x.fits += lnBeta(x.alpha+float64(c[0]), x.beta+float64(c[1]))
}

// share is the mean of what a cell's share may be after what was found.
func (x *swung) share(rack string) float64 {
	c := x.cells[rack]
	return (x.alpha + float64(c[0])) / (x.alpha + x.beta + float64(c[0]+c[1]))
}

// gain is what a cause gains when it takes the found ones on itself, over leaving them to others.
func (x *swung) gain() float64 { return math.Log(x.on) + x.fits + x.ease - math.Log(1-x.on) }

// weight is the logarithm of the probability of what was found, over that of each found spot by itself at its share.
func (x *swung) weight() float64 {
	w := math.Log(x.on) + x.fits
	for _, rack := range slices.Sorted(maps.Keys(x.cells)) {
		w -= float64(x.cells[rack][0]) * math.Log(x.share(rack))
	}
	return w
}

func lnBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// A tale is what a stretch of a course amounts to: the firm part of it, a logarithm, and its swings.
type tale struct {
	firm   float64
	swings []*swung
}

func (t *tale) of(s *swing) *swung {
	i := slices.IndexFunc(t.swings, func(x *swung) bool { return x.swing == s })
	if i < 0 {
		i, t.swings = len(t.swings), append(t.swings, &swung{swing: s, cells: map[string]*[2]int{}})
	}
	return t.swings[i]
}

func (t *tale) hit(h hit, leak float64) {
	ease := math.Log1p(h.p / leak)
	if h.in.swing == nil {
		t.firm += ease
		return
	}
	x := t.of(h.in.swing)
	x.ease += ease
	if !h.more {
		x.found++
		x.count(h.in.rack, 0)
	}
}

func (t *tale) miss(m miss) {
	if t.firm += m.takes; m.in.swing != nil {
		t.of(m.in.swing).count(m.in.rack, 1)
	}
}

func (t *tale) score() float64 {
	sum := t.firm
	for _, x := range t.swings {
		if x.found > 0 {
			sum += max(0, x.gain())
		}
	}
	return sum
}

// since leaves of a course what belongs to a cause, from when that most probably began: at a sign of it, from which on what was
// found speaks most for it (all onsets are thought alike). What was found before has another cause, and what was in order
// before says nothing of it. A cause of one place began with its first sign. It gives the beginning.
func (n *network) since(c Cause, all *course) time.Time {
	slices.SortStableFunc(all.hits, func(a, b hit) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.sign, b.sign)) })
	slices.SortStableFunc(all.misses, func(a, b miss) int { return b.at.Compare(a.at) })
	var t tale
	most, last, k := math.Inf(-1), 0, 0
	for i, h := range all.hits {
		t.hit(h, n.leaks[h.sign])
		if i+1 < len(all.hits) && all.hits[i+1].at.Equal(h.at) {
			continue
		}
		for ; k < len(all.misses) && !all.misses[k].at.Before(h.at); k++ {
			t.miss(all.misses[k])
		}
		if score := t.score(); score >= most || !c.Shared() {
			most, last = score, i
		}
	}
	onset := all.hits[last].at
	all.hits = all.hits[:last+1]
	for k = len(all.misses); k > 0 && all.misses[k-1].at.Before(onset); k-- {
	}
	all.misses = all.misses[:k]
	return onset
}
