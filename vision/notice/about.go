package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// How what is about a place is compared with what was there at commissioning.
const (
	aboutM    = 0.014 // half the side of the part that is compared, m
	glowM     = 0.006 // by which a light glows beyond its rim, m
	aboutPx   = 30    // pixels of 2 mm that the lights about must leave
	brightM   = 0.20  // half the side of the part that tells how much brighter it is, m
	evenVar   = 0.002 // variance of the logarithm (a contrast of 4 %) below which a part has no structure, noise in the dark aside
	sameAbout = 0.5   // concordance from which two parts show the same
	sameLevel = 0.25  // by which the brightness (logarithm) of a part without structure may differ
)

// Surroundings tell whether a place of the face looks, but for its lights, as it did at commissioning. What hangs or
// stands before it, and another thing that is mounted there, look otherwise.
type Surroundings struct {
	// Logarithms of blue, green and red, a little blurred, so that noise is no structure. Colour is looked at because a
	// cable may be as bright as what it hides.
	now, ref [3]plane
	gain     [3]plane     // now over ref, in patches of 1 cm
	lights   []KnownLight // whose glow is left out
	reach    int          // by how many px the two may lie apart
}

// SurroundingsOf is ok only where there is a picture of commissioning. The lights are all that may shine at either time.
func (s Scene) SurroundingsOf(lights []KnownLight) (a Surroundings, ok bool) {
	face, ref := valid(s.Face), valid(faceOf(s.NormalFace))
	w := windowOf(face, workM)
	if face.Width == 0 || ref.Width == 0 || w.w < 1 || w.h < 1 {
		return a, false
	}
	a = Surroundings{lights: lights, reach: 2 + int(min(3, max(0, s.SigmaM/workM)))}
	for c := range 3 {
		a.now[c], a.ref[c] = channel(face, w, c).log().blur(1), channel(ref, w, c).log().blur(1)
		a.gain[c] = gainOf(a.now[c], a.ref[c])
	}
	return a, true
}

// channel is the brightness of one of blue, green and red.
func channel(p ortho.Picture, w window, c int) plane {
	var weights [3]int
	weights[c] = 256
	return weighed(p, w, weights)
}

// gainOf is by how much each patch of 1 cm is brighter (logarithm) than at commissioning.
func gainOf(now, ref plane) plane {
	const side = 5 // px
	out := plane{left: now.left, top: now.top, scale: side * now.scale, w: now.w / side, h: now.h / side}
	out.v, out.seen = make([]float32, out.w*out.h), make([]bool, out.w*out.h)
	for k := range out.v {
		x, y := side*(k%out.w), side*(k/out.w)
		r := rect{x, y, x + side, y + side}
		p, ok := now.mean(r)
		q, ok2 := ref.mean(r)
		out.v[k], out.seen[k] = float32(p-q), ok && ok2
	}
	return out
}

// Same says whether what is about a place of the face is what was there. Known is false when too little of it is in view
// at both times, or free of lights.
func (a Surroundings) Same(x, y float64) (same, known bool) {
	var level [3]float64
	for c := range level {
		level[c] = a.gain[c].medianAbout(x, y)
	}
	for dy := -a.reach; dy <= a.reach; dy++ {
		for dx := -a.reach; dx <= a.reach; dx++ {
			p, ok := a.pair(x, y, dx, dy, level)
			known = known || ok
			if ok && p.same() {
				return true, true
			}
		}
	}
	return false, known
}

// Other says whether something else than at commissioning is surely about a place.
func (a Surroundings) Other(x, y float64) bool {
	same, known := a.Same(x, y)
	return known && !same
}

// otherThing says whether the thing on which a light shines is surely another than at commissioning, by what is to the left
// and right of it: at its own place its halo, or glare, may cover what there is.
func (a Surroundings) otherThing(x, y float64) bool {
	known, other := 0, 0
	for _, beside := range [4]float64{-0.06, -0.03, 0.03, 0.06} { // m
		switch same, ok := a.Same(x+beside, y); {
		case ok && same:
			known++
		case ok:
			known, other = known+1, other+1
		}
	}
	return known >= 2 && 4*other >= 3*known
}

// medianAbout is the median near a place: what is common there, so that a cable or one device counts little.
func (p plane) medianAbout(x, y float64) float64 {
	r := p.rect(x-brightM, y-brightM, x+brightM, y+brightM)
	var v []float64
	for j := r.y0; j < r.y1; j++ {
		for i := r.x0; i < r.x1; i++ {
			if k := j*p.w + i; p.seen[k] {
				v = append(v, float64(p.v[k]))
			}
		}
	}
	return median(v)
}

// A pairing is the statistics of the same part at two times, over its pixels and their colours: by how much it is brighter
// than the rest leads to expect, and variances.
type pairing struct{ off, now, ref, cov float64 }

// same says whether two parts agree in what structure they have (Lin's concordance, their means apart), or have none and
// are as bright as expected.
func (p pairing) same() bool {
	if p.now < evenVar && p.ref < evenVar {
		return math.Abs(p.off) < sameLevel
	}
	return 2*p.cov > sameAbout*(p.now+p.ref)
}

// pair compares the part about a place, the reference lying (dx, dy) px off.
func (a Surroundings) pair(x, y float64, dx, dy int, level [3]float64) (pairing, bool) {
	now, ref := a.now[0], a.ref[0]
	r := now.rect(x-aboutM, y-aboutM, x+aboutM, y+aboutM)
	var n, sa, sb, saa, sbb, sab float64
	for j := max(r.y0, -dy); j < min(r.y1, ref.h-dy); j++ {
		for i := max(r.x0, -dx); i < min(r.x1, ref.w-dx); i++ {
			at, was := j*now.w+i, (j+dy)*ref.w+i+dx
			if !now.seen[at] || !ref.seen[was] || a.glows(now.left+(float64(i)+0.5)*workM, now.top-(float64(j)+0.5)*workM) {
				continue
			}
			for c := range level {
				p, q := float64(a.now[c].v[at])-level[c]-4, float64(a.ref[c].v[was])-4 // near the logarithm's middle
				n, sa, sb = n+1, sa+p, sb+q
				saa, sbb, sab = saa+p*p, sbb+q*q, sab+p*q
			}
		}
	}
	if n < 3*aboutPx {
		return pairing{}, false
	}
	sa, sb = sa/n, sb/n
	return pairing{off: sa - sb, now: saa/n - sa*sa, ref: sbb/n - sb*sb, cov: sab/n - sa*sb}, true
}

// glows says whether a light shines at a place, or beside it.
func (a Surroundings) glows(x, y float64) bool {
	for _, l := range a.lights {
		if math.Abs(x-l.X) < 0.02 && math.Hypot(x-l.X, y-l.Y) < l.DiameterM/2+glowM {
			return true
		}
	}
	return false
}
