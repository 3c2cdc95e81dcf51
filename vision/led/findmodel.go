package led

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// weights make a confidence of marks by logistic regression (ridge 1), fitted to the nine labelled rooms and nine
// switch crops of shared/data. Fitted without one room at a time (the crops count as one), a confidence of 0.3 found 65
// of the 84 lights in the rooms left out, with 60 false ones: expect about that of a new picture, not the better figures
// on the pictures that the weights have seen.
var weights = marks{ //nolint:gochecknoglobals // a constant table
	markOne: -13.144, markOut: 5.015, markLow: -4.197, markBright: 4.104, markRing: -2.870, markPure: -0.216,
	markUneven: -1.823, markSize: 1.353, markRound: 0.704, markLeak: -0.823, markTint: 9.504, markCommon: 7.903,
	markGreen: 1.620, markWarm: -0.063, markBlue: -0.502, markClipped: 8.336, markPeaked: -0.687, markHalo: 0.226,
	markAlone: 1.815, markSmall: -0.565,
}

// confidence is how likely the marks are those of a lit light, 0..1.
func (m marks) confidence() float64 {
	var s float64
	for k, w := range weights {
		s += w * m[k]
	}
	return 1 / (1 + math.Exp(-s))
}

// A seen spot is likely a lit light, in so many frames.
type seen struct {
	spot
	sure  float64 // confidence; its sum over frames while they are merged
	times int
}

// searchOne lists the lights of one picture, in its px, the surest of those that overlap.
func searchOne(f burst.Frame) []seen {
	small, n := shrunk(f, findSide)
	s := newSearch(small)
	var all []seen
	for _, c := range s.g.candidates() {
		if l, ok := s.measure(c); ok {
			if p := l.confidence(); p >= minFind {
				all = append(all, seen{l.spot, p, 1})
			}
		}
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Compare(b.sure, a.sure) })
	var out []seen
	for _, a := range all {
		near := func(b seen) bool { return math.Hypot(a.u-b.u, a.v-b.v) < 1.5*max(a.r, b.r)+3 }
		if !slices.ContainsFunc(out, near) {
			out = append(out, a)
		}
	}
	scale := float64(n)
	for i := range out {
		o := &out[i]
		o.u, o.v, o.r = (o.u+0.5)*scale-0.5, (o.v+0.5)*scale-0.5, o.r*scale
	}
	return out
}
