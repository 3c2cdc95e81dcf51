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

// stiles are the windows along both sides of the face, in the plane of the closed leaf, that had upright edges at
// commissioning: how many of them show the same now, how many of those lie at the free side, and how many show none of it.
type stiles struct{ kept, free, gone int }

// stiles compares what goes on from top to bottom along the sides of the face. A stile that has moved is missed at once,
// whatever shows through the leaf.
func (s Scene) stiles(now, ref plane) stiles {
	strip := [2]float64{0, s.Target.WidthM}
	p, q := now.unrolled(s.stanceOf(s.Eye, 0), strip, stileRows), ref.unrolled(s.stanceOf(s.NormalEye, 0), strip, stileRows)
	f, g := p.uprights(), q.uprights()
	wide := int(stileM / workM)
	reach := min(int(stileReach/workM), len(g)/2)
	var out stiles
	limit := stileGone
	if s.Target.Door.Kind != maps.PerforatedDoor {
		limit = stileLost
	}
	for side, from := range [2]int{0, len(g) - reach} {
		for x := from; x+wide <= from+reach; x += stileStep {
			power, ncc := windowMatch(f, g, x, wide)
			switch {
			case power < stileEdge:
			case ncc > stileKept:
				out.kept++
				if (side == 0) == (s.Target.Door.Hinge == "right") {
					out.free++
				}
			case ncc < limit:
				out.gone++
			}
		}
	}
	return out
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
func (e stiles) still() bool { return e.gone == 0 && e.kept >= stilesKept }

// byStiles corrects what was thought of a door by its upright edges.
func (s Scene) byStiles(o vision.Sighting, e stiles, now, ref plane) vision.Sighting {
	perforated := s.Target.Door.Kind == maps.PerforatedDoor
	switch {
	case e.gone >= stilesGone && len(s.Hidden) == 0 && (o.State == vision.StateClosed || o.State == vision.StateUnknown):
		o.State, o.Value, o.Confidence = vision.StateOpen, 90, 0.75
		if deg, ncc := s.swung(now, ref); perforated && ncc > leafSame {
			o.State, o.Value, o.Confidence = vision.StateAjar, deg, min(0.95, 0.5+0.5*ncc)
		}
	case perforated && e.still() && !leans(o) && (o.State == vision.StateUnknown || o.State == vision.StateAjar && (o.Value < stilesDeg || e.free >= stilesFree)):
		o.State, o.Value, o.Confidence = vision.StateClosed, 0, 0.8
	case e.still() && o.State == vision.StateOpen:
		o.State, o.Value, o.Confidence = vision.StateUnknown, 0, 0
	}
	return o
}

// leans says whether a perforated leaf's holes grow so surely towards its free edge that edges which stand still are taken
// for those of posts and devices: the rim of a leaf may be as dark as the post beside it.
func leans(o vision.Sighting) bool {
	return o.State == vision.StateAjar && o.Value >= leanDeg && o.Confidence > leanSure
}

// windowMatch is the power of g's window and its best correlation with f within one px.
func windowMatch(f, g []float64, x0, wide int) (power, ncc float64) {
	const slack = 1
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
