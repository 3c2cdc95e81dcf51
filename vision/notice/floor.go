package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// How the floor is compared.
const (
	floorM     = 0.002  // of a pixel, m
	minWetM2   = 0.0009 // a patch of 3 x 3 cm; smaller ones are dirt
	minWetLog  = 0.10   // by which a patch must be darker or brighter (logarithm)
	hardEdge   = 0.45   // share of a patch's step that lies within a centimetre of its outline: liquid ends, a shadow fades
	floorShare = 0.06   // of the strip that must be in view
)

// liquid says whether a patch lies on the floor before the rack that was not there at commissioning.
func (s Scene) liquid(door vision.Sighting) vision.Sighting {
	o := vision.Sighting{Thing: vision.ThingLiquid, State: vision.StateUnknown, X: s.Target.WidthM / 2}
	if s.Floor == nil {
		return o
	}
	w := windowOf(*s.Floor, floorM)
	now := luma(*s.Floor, w)
	if now.w < 16 || now.h < 16 || now.seenShare(rect{0, 0, now.w, now.h}) < floorShare {
		return o
	}
	known := s.NormalFloor != nil
	ref := plane{}
	if known {
		ref = luma(*s.NormalFloor, w)
		known = ref.w == now.w && ref.seenShare(rect{0, 0, ref.w, ref.h}) >= floorShare
	}
	diff := difference(now, ref, known)
	best := patch{}
	for _, p := range patches(diff) {
		if p.weight() > best.weight() {
			best = p
		}
	}
	o.State, o.Confidence = vision.StateDry, 0.9
	if !known {
		o.Confidence = 0.6
	}
	if best.area > 0 {
		o.X, o.Value = now.left+best.x*floorM, float64(best.area)*floorM*floorM
		o.State, o.Confidence = best.verdict(known, s.damp())
		if best.rim > 0.02 && (door.State == vision.StateOpen || door.State == vision.StateAjar) { // the leaf hangs into the strip
			o.Confidence = min(o.Confidence, 0.55)
		}
	}
	if o.State != vision.StateWet {
		o.X, o.Value = s.Target.WidthM/2, 0
	}
	return o
}

// damp is how much the air speaks for liquid, -0.05..0.15: near its dew point water condenses and does not dry.
func (s Scene) damp() float64 {
	switch a := s.Air; {
	case a == nil:
		return 0
	case a.TemperatureC-a.DewPointC < 2:
		return 0.15
	case a.HumidityPercent >= 70:
		return 0.1
	case a.HumidityPercent > 0 && a.HumidityPercent < 25:
		return -0.05
	}
	return 0
}

// difference is the logarithm of the floor's brightness over what it was, less what another fall of light explains: a
// quadratic of place, fitted without the outliers. Without a reference the floor is compared with its own quadratic.
func difference(now, ref plane, known bool) plane {
	d := now.log().blur(1)
	if known {
		r := ref.log().blur(1)
		d.seen = slices.Clone(d.seen)
		for i := range d.v {
			d.v[i] -= r.v[i]
			d.seen[i] = d.seen[i] && ref.seen[i]
		}
	}
	erode(&d)
	q := newQuadratic(d)
	for range 6 {
		q.refit(d)
	}
	out := d
	out.v = make([]float32, len(d.v))
	for i := range d.v {
		if d.seen[i] {
			out.v[i] = d.v[i] - float32(q.at(i%d.w, i/d.w, d))
		}
	}
	return out
}

// erode takes back the pixels beside unseen ones: they are mixed.
func erode(p *plane) {
	seen := slices.Clone(p.seen)
	for j := range p.h {
		for i := range p.w {
			for _, n := range [4][2]int{{i - 1, j}, {i + 1, j}, {i, j - 1}, {i, j + 1}} {
				if n[0] < 0 || n[1] < 0 || n[0] >= p.w || n[1] >= p.h || !p.seen[n[1]*p.w+n[0]] {
					seen[j*p.w+i] = false
				}
			}
		}
	}
	p.seen = seen
}

// A quadratic is a smooth surface over a plane, coordinates -1..1: 1, x, y, x², xy, y².
type quadratic struct {
	c     [6]float64
	limit float64 // residual beyond which a pixel has no weight
}

func newQuadratic(p plane) quadratic {
	v := make([]float64, 0, len(p.v)/4)
	for i := 0; i < len(p.v); i += 4 {
		if p.seen[i] {
			v = append(v, float64(p.v[i]))
		}
	}
	q := quadratic{}
	q.c[0] = median(v)
	return q
}

func terms(x, y int, p plane) [6]float64 {
	u, v := 2*float64(x)/float64(p.w)-1, 2*float64(y)/float64(p.h)-1
	return [6]float64{1, u, v, u * u, u * v, v * v}
}

func (q quadratic) at(x, y int, p plane) float64 {
	var s float64
	for k, t := range terms(x, y, p) {
		s += q.c[k] * t
	}
	return s
}

// refit is a round of least squares with Tukey's weights at every third pixel both ways.
func (q *quadratic) refit(p plane) {
	var res []float64
	each := func(f func(i int, t [6]float64, r float64)) {
		for y := 0; y < p.h; y += 3 {
			for x := 0; x < p.w; x += 3 {
				if i := y*p.w + x; p.seen[i] {
					t := terms(x, y, p)
					f(i, t, float64(p.v[i])-q.at(x, y, p))
				}
			}
		}
	}
	each(func(_ int, _ [6]float64, r float64) { res = append(res, math.Abs(r)) })
	if len(res) < 60 {
		return
	}
	q.limit = 4.7 * max(0.02, 1.48*median(res))
	var a [6][7]float64
	each(func(i int, t [6]float64, r float64) {
		w := 1 - r*r/(q.limit*q.limit)
		if w <= 0 {
			return
		}
		w *= w
		for j := range 6 {
			for k := range 6 {
				a[j][k] += w * t[j] * t[k]
			}
			a[j][6] += w * t[j] * float64(p.v[i])
		}
	})
	if c, ok := solve(a); ok {
		q.c = c
	}
}

// solve is Gaussian elimination with pivots; ok is false for a singular system.
func solve(a [6][7]float64) (c [6]float64, ok bool) {
	for k := range 6 {
		p := k
		for j := k; j < 6; j++ {
			if math.Abs(a[j][k]) > math.Abs(a[p][k]) {
				p = j
			}
		}
		if a[k], a[p] = a[p], a[k]; math.Abs(a[k][k]) < 1e-6 {
			return c, false
		}
		for j := range 6 {
			if f := a[j][k] / a[k][k]; j != k {
				for i := k; i < 7; i++ {
					a[j][i] -= f * a[k][i]
				}
			}
		}
	}
	for k := range 6 {
		c[k] = a[k][6] / a[k][k]
	}
	return c, true
}
