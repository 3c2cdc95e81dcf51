package notice

import (
	"math"
	"math/cmplx"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// The holes of a perforated sheet are staggered by 60 degrees, in rows that lie or stand (ISO 7806, pattern T). Such a
// sheet is three waves, 120 degrees apart, whose crests meet in the holes.
const (
	leastWave = 6.0  // cycles a tile: a pitch of 12 mm at 1 mm/px
	mostWave  = 20.0 // 3.7 mm
	waveStep  = 0.25

	firstOrder = 0.5 // power of a lattice's own frequencies that they must have, and not only their multiples

	webReach   = 24   // px about a place that its waves are measured in: some three pitches
	webRefined = 0.3  // cycles a tile between frequencies that are tried about a place, as a leaf may lean
	webAgrees  = 0.5  // cosine of the waves' phases together from which they meet in holes, or their negatives do
	webLevel   = -0.7 // of the three waves' sum, 3 in a hole's middle and -1.5 where three webs meet: above it lies three fifths of a sheet, about what its holes take
)

// A Web is the sheet of a door before the face, as a straightened picture shows it.
type Web struct {
	face  ortho.Picture
	waves waves
}

// waves are the frequencies of a sheet, cycles a pixel, x right and y down; their sum is zero.
type waves [3][2]float64

// wavesOf are three waves of so many cycles a tile, the first turned by an angle from upright.
func wavesOf(cycles, turn float64) (w waves) {
	for i := range w {
		sin, cos := math.Sincos(turn + 2*math.Pi/3*float64(i))
		w[i] = [2]float64{sin * cycles / tile, cos * cycles / tile}
	}
	return w
}

// Web finds the sheet of the face's door; ok is false where there is none, or its holes are too small to be seen.
func (s Scene) Web() (w Web, ok bool) {
	const rim = 0.03 // of the leaf, without holes, m
	d := s.Target.Door
	if face := valid(s.Face); d != nil && d.Kind == maps.PerforatedDoor && face.Width > 0 {
		w.face = face
		w.waves, ok = findWaves(columnsOf(face, rim, s.Target.WidthM-rim))
	}
	return w, ok
}

// findWaves searches the waves that most columns have in common, by those of the lattice's frequencies of the first three
// orders that lie off the axes, which the edges of devices fill. The higher orders of a lattice make up others, finer ones:
// of those that show alike the coarsest is meant.
func findWaves(cols []column) (best waves, ok bool) {
	if len(cols) == 0 {
		return best, false
	}
	specs := make([]spectrum, len(cols))
	for i, c := range cols {
		specs[i] = c.spec
	}
	all := middle(specs)
	most := 0.0
	for f := leastWave; f <= mostWave; f += waveStep {
		far, near := f*math.Sqrt(3)/2, f/2
		lying := [3]float64{all.both(far, near), all.both(far, 3*near), all.both(2*far, 2*near)}
		standing := [3]float64{all.both(near, far), all.both(3*near, far), all.both(2*near, 2*far)}
		for i, p := range [2][3]float64{lying, standing} {
			if sum := p[0] + p[1] + p[2]; p[0] > firstOrder && sum > meshPeak && sum/f > most {
				best, most, ok = wavesOf(f, math.Pi/6*float64(i)), sum/f, true
			}
		}
	}
	return best, ok
}

// both is what a frequency and its mirror image have in common; nothing beyond what a tile resolves.
func (s spectrum) both(fx, fy float64) float64 {
	x, y := int(math.Round(fx)), int(math.Round(fy))
	if x > maxBin || y > maxBin {
		return 0
	}
	return float64(min(s.at(x, y), s.at(-x, y)))
}

// Seen is the share of a disc on the face that lies behind holes; ok is false where the sheet about it cannot be told.
func (w Web) Seen(x, y, diameterM float64) (share float64, ok bool) {
	u, v := w.face.Pixel(x, y)
	about, ok := w.about(u, v)
	if !ok {
		return 0, false
	}
	var best waves
	var phases [3]complex128
	most := math.Inf(-1)
	for k := range 25 {
		by := [2]float64{webRefined / tile * float64(k%5-2), webRefined / tile * float64(k/5-2)}
		tried := wavesOf(tile*math.Hypot(w.waves[0][0]+by[0], w.waves[0][1]+by[1]), math.Atan2(w.waves[0][0]+by[0], w.waves[0][1]+by[1]))
		var power float64
		var z [3]complex128
		for i := range tried {
			z[i] = about.wave(tried[i])
			power += math.Log(cmplx.Abs(z[i]) + 1e-9)
		}
		if power > most {
			best, phases, most = tried, z, power
		}
	}
	return best.seen(phases, diameterM/2/w.face.ScaleM)
}

// seen is the share of a disc of radius r px in holes, by the waves at its middle. Where the sheet is brighter than what
// lies behind, crests meet on the webs and the waves are turned over: whether they meet in holes tells the sum of their
// phases, which is zero there and half a turn else.
func (w waves) seen(at [3]complex128, r float64) (share float64, ok bool) {
	var phase [3]float64
	sum := 0.0
	for i, z := range at {
		phase[i] = cmplx.Phase(z)
		sum += phase[i]
	}
	if math.Abs(math.Cos(sum)) < webAgrees {
		return 0, false
	}
	turned := 0.0
	if math.Cos(sum) < 0 {
		turned = math.Pi
	}
	rest := math.Remainder(sum+3*turned, 2*math.Pi) / 3
	const steps = 6
	in, n := 0.0, 0.0
	for j := -steps; j <= steps; j++ {
		for i := -steps; i <= steps; i++ {
			if i*i+j*j > steps*steps {
				continue
			}
			level := 0.0
			for k := range w {
				level += math.Cos(phase[k] + turned - rest + 2*math.Pi*r/steps*(w[k][0]*float64(i)+w[k][1]*float64(j)))
			}
			if n++; level > webLevel {
				in++
			}
		}
	}
	return in / n, true
}

// A webPatch is the brightness about a place (logarithm, its mean apart, under a Hann window), and the place itself from
// the patch's middle, px.
type webPatch struct {
	v      [(2*webReach + 1) * (2*webReach + 1)]float64
	du, dv float64
}

// about cuts out what is about a pixel; ok is false at the picture's rim.
func (w Web) about(u, v float64) (p webPatch, ok bool) {
	if !(u >= webReach && v >= webReach && u < float64(w.face.Width-webReach-1) && v < float64(w.face.Height-webReach-1)) {
		return p, false
	}
	x, y := int(math.Round(u)), int(math.Round(v))
	const side = 2*webReach + 1
	hann := func(i int) float64 { return 1 + math.Cos(math.Pi*float64(i-webReach)/(webReach+1)) }
	var sum, weight float64
	for i := range p.v {
		k := 3 * ((y+i/side-webReach)*w.face.Width + x + i%side - webReach)
		q := w.face.BGR[k : k+3 : k+3]
		p.v[i] = math.Log(8 + float64(29*int(q[0])+150*int(q[1])+77*int(q[2]))/256) // the 8 keeps noise in the dark small
		h := hann(i%side) * hann(i/side)
		sum, weight = sum+h*p.v[i], weight+h
	}
	for i := range p.v {
		p.v[i] = (p.v[i] - sum/weight) * hann(i%side) * hann(i/side)
	}
	p.du, p.dv = u-float64(x), v-float64(y)
	return p, true
}

// wave is a wave's amplitude and its phase at the place.
func (p *webPatch) wave(f [2]float64) (z complex128) {
	const side = 2*webReach + 1
	var along [side]complex128
	for i := range along {
		along[i] = cmplx.Rect(1, -2*math.Pi*f[0]*(float64(i-webReach)-p.du))
	}
	for j := range side {
		var row complex128
		for i, e := range along {
			row += complex(p.v[j*side+i], 0) * e
		}
		z += row * cmplx.Rect(1, -2*math.Pi*f[1]*(float64(j-webReach)-p.dv))
	}
	return z
}
