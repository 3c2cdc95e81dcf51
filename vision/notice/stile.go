package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// How the upright edges of a closed leaf are found again.
const (
	stileM     = 0.03 // width of the windows that are compared
	stileStep  = 5    // px of 2 mm from window to window
	stileReach = 0.19 // from either side of the rack that is searched: leaves cover all of it or the opening only, m
	stileRows  = 6    // every so many rows are looked at
	stileEdge  = 0.04 // power of a window's edges (logarithm of brightness, squared) from which they say something
	stileKept  = 0.9  // correlation from which a window shows what it showed
	stileGone  = 0.85 // below which it does not
	stileLost  = 0.35 // the same where reflections wander over the leaf
	stilesGone = 2    // windows from which the leaf has moved
	stilesKept = 5    // windows from which it has not, none being gone
	stilesDeg  = 6    // an angle that those of the hinge's side would show too
	leanDeg    = 5    // an angle and
	leanSure   = 0.95 // a confidence of the lattice, eleven deviations, that still edges do not outweigh
	stilesFree = 2    // windows at the free side that show the same only while it has not moved by any angle
)

// How far from its place the registrations of two looks may show an edge that has not moved.
const (
	heldPx       = 1     // wherever they are good
	wanderSigmas = 2     // deviations of the two together
	wanderMostM  = 0.008 // a deviation beyond which no place is told
)

// stiles are the windows along both sides of the face, in the plane of the closed leaf, that had upright edges at
// commissioning: how many of them show the same now, how many of those lie at the free side, how many show it beside its
// place, no further than the registrations may be astray, and how many show none of it.
type stiles struct{ kept, free, astray, gone int }

// stiles compares what goes on from top to bottom along the sides of the face. A stile that has moved is missed at once,
// whatever shows through the leaf. Seen aslant, a side whose tags the leaf hides may be registered millimetres off: what
// shows there the same beside its place says neither that the leaf hangs as it did nor that it does not.
func (s Scene) stiles(now, ref plane) stiles {
	wander := s.wanderPx()
	beyond := float64(wander) * workM // so that what lies beside its place is seen at the rack's sides too
	strip := [2]float64{-beyond, s.Target.WidthM + beyond}
	p, q := now.unrolled(s.stanceOf(s.Eye, 0), strip, stileRows), ref.unrolled(s.stanceOf(s.NormalEye, 0), strip, stileRows)
	f, g := p.uprights(), q.uprights()
	wide := int(stileM / workM)
	reach := min(int(stileReach/workM), len(g)/2-wander)
	var out stiles
	limit := stileGone
	if s.Target.Door.Kind != maps.PerforatedDoor {
		limit = stileLost
	}
	for side, from := range [2]int{wander, len(g) - wander - reach} {
		for x := from; x+wide <= from+reach; x += stileStep {
			power, ncc := windowMatch(f, g, x, wide, heldPx)
			_, beside := windowMatch(f, g, x, wide, wander)
			switch {
			case power < stileEdge:
			case ncc > stileKept:
				out.kept++
				if (side == 0) == (s.Target.Door.Hinge == "right") {
					out.free++
				}
			case beside < limit:
				out.gone++
			case ncc < limit:
				out.astray++
			}
		}
	}
	return out
}

// wanderPx is how far beside its place an edge may show by the errors of both registrations, px.
func (s Scene) wanderPx() int {
	sigma := math.Hypot(s.SigmaM, s.NormalEye.SigmaMM/1000)
	if !(sigma > 0) {
		return heldPx
	}
	return heldPx + int(wanderSigmas*min(wanderMostM, sigma)/workM+0.5)
}

// swung searches the angle at which the free edge of the leaf is seen again, from 2 degrees on; ncc says how well.
func (s Scene) swung(now, ref plane) (deg, ncc float64) {
	for _, hinge := range []float64{0, max(0, (s.Target.WidthM-openingM)/2)} {
		width := s.Target.WidthM - 2*hinge
		strips := [][2]float64{{width - rimM, width + rimM}}
		for d := float64(minAjarDeg); d <= maxAjarDeg; d++ {
			if m := s.turned(now, ref, strips, hinge, d); m.ncc > ncc {
				deg, ncc = d, m.ncc
			}
		}
	}
	return deg, ncc
}

// still says whether every stile stands where it did.
func (e stiles) still() bool { return e.gone+e.astray == 0 && e.kept >= stilesKept }

// byStiles corrects what was thought of a door by its upright edges. Hangs says that its sheet hangs as it did: edges that
// are gone then contradict it, and another viewpoint must tell.
func (s Scene) byStiles(o vision.Sighting, e stiles, hangs bool, now, ref plane) vision.Sighting {
	perforated := s.Target.Door.Kind == maps.PerforatedDoor
	switch {
	case hangs && e.gone >= stilesGone && len(s.Hidden) == 0 && o.State == vision.StateClosed:
		o.State, o.Value, o.Confidence = vision.StateUnknown, 0, 0
	case e.gone >= stilesGone && len(s.Hidden) == 0 && (o.State == vision.StateClosed || o.State == vision.StateUnknown):
		o.State, o.Value, o.Confidence = vision.StateOpen, 90, 0.75
		if deg, ncc := s.swung(now, ref); perforated && ncc > leafSame {
			o.State, o.Value, o.Confidence = vision.StateAjar, deg, min(0.95, 0.5+0.5*ncc)
		}
	case perforated && e.still() && !leans(o) && (o.State == vision.StateUnknown || o.State == vision.StateAjar && (o.Value < stilesDeg || e.free >= stilesFree)):
		o.State, o.Value, o.Confidence = vision.StateClosed, 0, 0.8
	case o.State == vision.StateOpen && (e.still() || perforated && e.gone+e.astray == 0): // no edge says that it moved
		o.State, o.Value, o.Confidence = vision.StateUnknown, 0, 0
	}
	return o
}

// leans says whether a perforated leaf's holes grow so surely towards its free edge that edges which stand still are taken
// for those of posts and devices: the rim of a leaf may be as dark as the post beside it.
func leans(o vision.Sighting) bool {
	return o.State == vision.StateAjar && o.Value >= leanDeg && o.Confidence > leanSure
}

// windowMatch is the power of g's window and its best correlation with f within so many px.
func windowMatch(f, g []float64, x0, wide, slack int) (power, ncc float64) {
	for d := -slack; d <= slack; d++ {
		var cov, vf, vg float64
		for x := x0; x < x0+wide; x++ {
			if x+d >= 0 && x+d < len(f) {
				cov, vf, vg = cov+f[x+d]*g[x], vf+f[x+d]*f[x+d], vg+g[x]*g[x]
			}
		}
		power, ncc = max(power, vg), max(ncc, cov/math.Sqrt((vf+1e-3)*(vg+1e-3)))
	}
	return power, ncc
}
