package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// Limits of an ajar door, degrees.
const (
	minAjarDeg = 2
	maxAjarDeg = 35
)

// door says how the face's door stands.
func (s Scene) door() vision.Sighting {
	d := s.Target.Door
	if d == nil || s.Face.Width == 0 {
		return vision.Sighting{Thing: vision.ThingDoor, State: vision.StateUnknown}
	}
	o := vision.Sighting{Thing: vision.ThingDoor, State: vision.StateUnknown, X: s.Target.WidthM / 2,
		Y: s.Face.TopM - float64(s.Face.Height)*s.Face.ScaleM/2}
	hangs := false
	if d.Kind == maps.PerforatedDoor {
		o.State, o.Value, o.Confidence, hangs = s.perforated()
	}
	if s.NormalFace == nil || d.NormallyOpen || !(s.Target.WidthM > 0.3 && s.Target.WidthM < 3) {
		return o
	}
	w := windowOf(s.Face, workM)
	bright, normal := luma(s.Face, w), luma(*s.NormalFace, w)
	now, ref := bright.log().blur(1), s.lit(bright, normal).log().blur(1)
	e := stiles{}
	if d.Kind != maps.SolidDoor {
		e = s.stiles(now, ref)
	}
	if o.State == vision.StateClosed && e.still() {
		return o
	}
	if o.State == vision.StateUnknown || o.State == vision.StateClosed {
		// A coarse lattice may miss a small angle: the rim has the last word where it is sure.
		switch st, deg, sure := s.leaf(now, ref); {
		case o.State == vision.StateUnknown:
			o.State, o.Value, o.Confidence = st, deg, sure
		case st == vision.StateAjar && sure > rimSure && hangs: // one of the two is mistaken
			o.State, o.Value, o.Confidence = vision.StateUnknown, 0, 0
		case st == vision.StateAjar && sure > rimSure:
			o.State, o.Value, o.Confidence = st, deg, sure
		}
	}
	return s.byStiles(o, e, hangs, now, ref)
}

// perforated tells a door by the lattice of its sheet: gone means open; its pitch, growing towards the free edge, means
// that this edge stands out. Hangs says that the sheet of the commissioning is seen again, with no angle to it: no leaf that
// stands open or ajar shows that.
func (s Scene) perforated() (state string, deg, confidence float64, hangs bool) {
	const rim = 0.03 // of the leaf, without holes, m
	cols := columnsOf(s.Face, rim, s.Target.WidthM-rim)
	var ref lattice
	if s.NormalFace != nil && !s.Target.Door.NormallyOpen {
		ref = findLattice(columnsOf(*s.NormalFace, rim, s.Target.WidthM-rim))
	}
	own := findLattice(cols)
	if len(cols) < 3 {
		return vision.StateUnknown, 0, 0, false
	}
	l := own
	if ref.power > meshPeak && ref.share > meshShare {
		l = ref
		l.power, l.share = own.power, shareOf(cols, ref)
		as := s.lean(cols, ref)
		hangs = l.share > meshShare && as.agree > 0.7 && math.Abs(as.deg) < minAjarDeg
		if l.share < own.share && own.power > meshPeak {
			l = own
		}
	}
	lean := s.lean(cols, l)
	if l.share > meshShare || lean.agree > 0.7 {
		if lean.deg > minAjarDeg && lean.deg > 3*lean.sigma && lean.deg < maxAjarDeg+10 {
			return vision.StateAjar, lean.deg, min(0.97, 0.5+0.04*lean.deg/max(0.3, lean.sigma)), hangs
		}
		return vision.StateClosed, 0, min(0.97, 0.6+0.4*max(l.share, lean.agree-0.2)), hangs
	}
	if l.share < 0.34 && ref.share > meshShare {
		return vision.StateOpen, 90, min(0.97, 0.95-0.5*l.share), hangs
	}
	if l.share < 0.2 && s.NormalFace == nil { // too far to resolve the holes, or open
		return vision.StateOpen, 90, 0.5, hangs
	}
	return vision.StateUnknown, 0, 0, hangs
}

// A leaning is how far a leaf's free edge stands out, degrees, and the share of columns that agree on it.
type leaning struct{ deg, sigma, agree float64 }

// lean fits how the lattice's heights shrink in frequency from the hinge to the free edge: the leaf's plane stands out
// by z = gap + h sin(angle) at h from the hinge, and what stands out by z is magnified by D/(D-z) for a camera at D.
func (s Scene) lean(cols []column, l lattice) leaning {
	const faint, agreed = 0.9, 0.15 // of a column's peak; cycles a tile
	dist := s.Eye.Z
	if !(dist > 0.3 && dist < 10) {
		dist = 1.2
	}
	var h, f []float64
	for _, c := range cols {
		fx, fy, power := c.peak(l, 0.15)
		if power < faint {
			continue
		}
		x := c.x
		if s.Target.Door.Hinge == "right" {
			x = s.Target.WidthM - x
		}
		h, f = append(h, x), append(f, finer(s.Face, c, fx, fy))
	}
	a, b, sigma, ok := line(h, f)
	if !ok || a <= 0 {
		return leaning{sigma: 90}
	}
	n := 0
	for i := range h {
		if math.Abs(f[i]-a-b*h[i]) < agreed {
			n++
		}
	}
	scale := (dist - s.Target.Door.GapM) / a
	sin := max(-1, min(1, -b*scale))
	return leaning{math.Asin(sin) * 180 / math.Pi, sigma * scale * 180 / math.Pi, float64(n) / float64(len(cols))}
}

// line fits y = a + b x without outliers (Theil and Sen), with the standard deviation of b.
func line(x, y []float64) (a, b, sigma float64, ok bool) {
	if len(x) < 4 {
		return 0, 0, 0, false
	}
	var slopes []float64
	for i := range x {
		for k := range i {
			if d := x[i] - x[k]; math.Abs(d) > 1e-6 {
				slopes = append(slopes, (y[i]-y[k])/d)
			}
		}
	}
	if len(slopes) == 0 {
		return 0, 0, 0, false
	}
	b = median(slopes)
	var rest []float64
	for i := range x {
		rest = append(rest, y[i]-b*x[i])
	}
	a = median(rest)
	var abs []float64
	mean, sxx := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		abs = append(abs, math.Abs(y[i]-a-b*x[i]))
		sxx += (x[i] - mean) * (x[i] - mean)
	}
	return a, b, max(0.01, 1.48*median(abs)) / math.Sqrt(max(1e-9, sxx)), true
}
