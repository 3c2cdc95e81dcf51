package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// How a leaf is compared with what it was when closed.
const (
	rimM       = 0.045 // width of the strips along the hinge and the free edge
	rimBeyondM = 0.02  // beyond the free edge: what it stands against
	leafStep   = 2     // degrees between angles that are tried
	leafSame   = 0.5   // correlation from which the leaf is seen
	leafGone   = 0.25  // below which it is not
	rimSure    = 0.92  // confidence from which an angle of the rim outweighs a lattice that tells none
	leafEdge   = 0.08  // power of its upright edges, as the light of now would show them, from which they are missed
	leafShown  = 0.02  // power of what is to be seen now, from which it may be them
	leafMargin = 0.08  // by which an angle must explain more than the closed door
)

// A stance is where a leaf of a door is thought to be, and from where it is seen.
type stance struct {
	eye        [3]float64
	hinge, end float64 // x of the hinge's side, as seen from it, and of the rack's other side, m
	gap        float64
	sin, cos   float64
	right      bool
}

// stanceOf is a leaf open by deg, seen from an eye; an eye that is not known is taken to stand before the middle.
func (s Scene) stanceOf(eye vision.Registration, deg float64) stance {
	e := [3]float64{eye.X, eye.Y, eye.Z}
	if !(e[2] > 0.3 && e[2] < 10) {
		e = [3]float64{s.Target.WidthM / 2, s.Face.TopM - float64(s.Face.Height)*s.Face.ScaleM/2, 1.2}
	}
	sin, cos := math.Sincos(deg * math.Pi / 180)
	return stance{e, 0, s.Target.WidthM, s.Target.Door.GapM, sin, cos, s.Target.Door.Hinge == "right"}
}

// onFace is where a straightened face shows the leaf's point at h from the hinge and at height y: the leaf stands z before
// the plane onto which the picture was straightened, and so seems magnified about the eye's foot.
func (t stance) onFace(h, y float64) (fx, fy float64) {
	x, z := t.hinge+h*t.cos, t.gap+h*t.sin
	if t.right {
		x = t.end - x
	}
	m := t.eye[2] / max(0.2, t.eye[2]-z)
	return t.eye[0] + (x-t.eye[0])*m, t.eye[1] + (y-t.eye[1])*m
}

// leaf tells a door by its rim, or by all of it when it is solid: the leaf of the commissioning picture is turned in steps
// until it lies on what is seen now. A leaf covers the whole face or only the opening between the posts: the one that moved
// is believed.
func (s Scene) leaf(now, ref plane) (state string, deg, confidence float64) {
	state = vision.StateUnknown
	for _, hinge := range []float64{0, max(0, (s.Target.WidthM-openingM)/2)} {
		st, d, c := s.leafFrom(now, ref, hinge)
		if state == vision.StateUnknown || state == vision.StateClosed && st != vision.StateUnknown {
			state, deg, confidence = st, d, c
		}
	}
	return state, deg, confidence
}

// openingM is the width between the posts that a smaller leaf covers, m: 19 inches and the play of its frame.
const openingM = 0.5

// leafFrom is leaf for a door whose hinge stands so far in from the rack's side.
func (s Scene) leafFrom(now, ref plane, hinge float64) (state string, deg, confidence float64) {
	width := s.Target.WidthM - 2*hinge
	strips := [][2]float64{{-rimBeyondM, rimM}, {width - rimM, width + rimBeyondM}}
	if s.Target.Door.Kind == maps.SolidDoor {
		strips = append(strips, [2]float64{rimM, width - rimM})
	}
	still := s.turned(now, ref, strips, hinge, -1)
	edge, shown := leafEdge, leafShown
	if s.Target.Door.Kind == maps.SolidDoor {
		edge, shown = flatVar, flatVar
	}
	var closed, most match
	for d := 0.0; d <= maxAjarDeg; d += leafStep {
		m := s.turned(now, ref, strips, hinge, d)
		if d == 0 {
			closed = m
		}
		if m.ncc > most.ncc {
			most, deg = m, d
		}
	}
	switch {
	case still.blocks < 20:
		return vision.StateUnknown, 0, 0
	case still.ncc > max(0.6, closed.ncc+0.05): // what stood still is no leaf, but posts and devices
		return vision.StateUnknown, 0, 0
	case most.now > shown && deg >= minAjarDeg && most.ncc > max(leafSame, closed.ncc+leafMargin, still.ncc):
		return vision.StateAjar, deg, min(0.95, 0.5+0.3*most.ncc+most.ncc-closed.ncc)
	case closed.ncc > leafSame:
		return vision.StateClosed, 0, min(0.97, 0.4+0.6*closed.ncc)
	case closed.ref > edge && most.ncc < leafGone: // else it is too dark to miss it
		return vision.StateOpen, 90, min(0.9, 0.9-most.ncc)
	}
	return vision.StateUnknown, 0, 0
}

// turned compares the strips of a leaf open by deg with those of the commissioning, where it was closed: of a solid leaf
// all that is on it, of others the upright edges, since what shines through or stands beside is not of the leaf.
// Negative degrees compare the plane of the devices. The match's variances are a block's of a solid leaf, else those of all
// edges together.
func (s Scene) turned(now, ref plane, strips [][2]float64, hinge, deg float64) match {
	a, b := s.stanceOf(s.Eye, max(0, deg)), s.stanceOf(s.NormalEye, 0)
	a.hinge, b.hinge = hinge, hinge
	if deg < 0 {
		a.gap, b.gap = 0, 0
	}
	solid := s.Target.Door.Kind == maps.SolidDoor
	var out match
	var cov, vn, vr float64
	for _, strip := range strips {
		step := 10 // px from row to row: what goes on from top to bottom is in a tenth of the rows as well
		if solid {
			step = 1
		}
		p, q := now.unrolled(a, strip, step), ref.unrolled(b, strip, step)
		if solid {
			m := compare(p, q, rect{0, 0, p.w, p.h}, 0, 0)
			n := float64(m.blocks)
			out.blocks += m.blocks
			cov += m.ncc * math.Sqrt((m.now*n+1e-9)*(m.ref*n+1e-9))
			vn, vr = vn+m.now*n, vr+m.ref*n
			continue
		}
		f, g := p.uprights(), q.uprights()
		for i := range f {
			if f[i] != 0 && g[i] != 0 {
				out.blocks++
			}
			cov, vn, vr = cov+f[i]*g[i], vn+f[i]*f[i], vr+g[i]*g[i]
		}
	}
	out.ncc = cov / math.Sqrt((vn+1e-3)*(vr+1e-3))
	if out.now, out.ref = vn, vr; solid {
		out.now, out.ref = vn/float64(max(1, out.blocks)), vr/float64(max(1, out.blocks))
	}
	return out
}

// uprights is the median over the rows of how brightness changes to the right: only what goes on from top to bottom
// counts.
func (p plane) uprights() []float64 {
	out := make([]float64, p.w)
	v := make([]float64, 0, p.h)
	for x := 1; x < p.w-1; x++ {
		v = v[:0]
		for y := range p.h {
			if i := y*p.w + x; p.seen[i-1] && p.seen[i+1] {
				v = append(v, float64(p.v[i+1]-p.v[i-1]))
			}
		}
		if len(v) > 10 {
			out[x] = median(v)
		}
	}
	return out
}

// unrolled is a strip of a leaf, from h to h of the hinge, as a plane shows it, on the plane's own scale; only every step-th
// row of it.
func (p plane) unrolled(t stance, strip [2]float64, step int) plane {
	out := plane{scale: p.scale, w: int(math.Round((strip[1] - strip[0]) / p.scale)), h: p.h / step}
	out.v, out.seen = make([]float32, out.w*out.h), make([]bool, out.w*out.h)
	for j := range out.h {
		y := p.top - (float64(j*step)+0.5)*p.scale
		for i := range out.w {
			fx, fy := t.onFace(strip[0]+(float64(i)+0.5)*p.scale, y)
			out.v[j*out.w+i], out.seen[j*out.w+i] = p.between((fx-p.left)/p.scale-0.5, (p.top-fy)/p.scale-0.5)
		}
	}
	return out
}

// between interpolates; ok is false beyond the plane and beside what was not seen.
func (p plane) between(x, y float64) (v float32, ok bool) {
	if !(x >= 0 && y >= 0 && x < float64(p.w-1) && y < float64(p.h-1)) {
		return 0, false
	}
	i := int(y)*p.w + int(x)
	if !p.seen[i] || !p.seen[i+1] || !p.seen[i+p.w] || !p.seen[i+p.w+1] {
		return 0, false
	}
	u, w := float32(x-math.Floor(x)), float32(y-math.Floor(y))
	return (p.v[i]*(1-u)+p.v[i+1]*u)*(1-w) + (p.v[i+p.w]*(1-u)+p.v[i+p.w+1]*u)*w, true
}
