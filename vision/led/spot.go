package led

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// How a spot is sampled, besides the light's own radius.
const (
	minRadiusPx = 1.5 // a light smaller than a pixel still smears over some
	clipped     = 246 // a channel at or above it tells no colour
	maxHaloPx   = 40
	minPurity   = 0.6 // of a lit light's disc, the spread of its channels against the strongest; brass beside a lens reaches 0.45
	blown       = 225 // of a disc's mean: the weakest channel clips too
)

// faceScale is how a spot that was searched for is read: at least 40 grey levels above its surroundings to be lit.
var faceScale = Scale{Lit: 40, Noise: 22} //nolint:gochecknoglobals // a constant

// A spot is one place in the picture where a light may be.
type spot struct {
	u, v, r float64    // centre and radius in the reference frame, px
	dark    [3]float64 // of its surroundings, blue green red
	can     palette    // what it can show
}

// inside says whether the spot with its surroundings lies in a frame of w x h px.
func (s spot) inside(w, h int) bool {
	m := s.outer() + 1
	return s.u >= m && s.v >= m && s.u < float64(w)-m-1 && s.v < float64(h)-m-1
}

// near and outer bound the ring of the surroundings, px: beyond the halo, before the next light.
func (s spot) near() float64  { return 2.2*s.r + 2.5 }
func (s spot) outer() float64 { return 3*s.r + 5 }

// surroundings sets dark to the median of the ring over some frames, each with its shift.
func (s *spot) surroundings(frames []burst.Frame, shifts [][2]float64) {
	var ch [3][]float64
	for i, f := range frames {
		cx, cy := s.u+shifts[i][0], s.v+shifts[i][1]
		disc(f, cx, cy, s.outer(), func(p []byte, d float64) {
			if d >= s.near() {
				for c := range ch {
					ch[c] = append(ch[c], float64(p[c]))
				}
			}
		})
	}
	for c := range ch {
		slices.Sort(ch[c])
		if n := len(ch[c]); n > 0 {
			s.dark[c] = ch[c][n*2/5]
		}
	}
}

// glow is what the light adds to its surroundings: the mean over its disc less dark, blue green red, grey levels.
func (s spot) glow(f burst.Frame, dx, dy float64) (g [3]float64) {
	var weight float64
	var acc [3]float64
	disc(f, s.u+dx, s.v+dy, s.r+0.5, func(p []byte, d float64) {
		w := max(0, min(1, s.r+0.5-d))
		for c := range acc {
			acc[c] += w * float64(p[c])
		}
		weight += w
	})
	if weight == 0 {
		return g
	}
	for c := range g {
		g[c] = acc[c]/weight - s.dark[c]
	}
	return g
}

// level is the light's brightness: the strongest channel of its glow, but no more than four times what it stands out
// against the eight directions just around it. A neighbour's halo covers both alike, and is no light of this place.
func (s spot) level(f burst.Frame, dx, dy float64) float64 {
	g := s.glow(f, dx, dy)
	c := 0
	for k := range g {
		if g[k] > g[c] {
			c = k
		}
	}
	var around [8]float64
	for k := range around {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		x, y := int(math.Round(s.u+dx+cos*s.near())), int(math.Round(s.v+dy+sin*s.near()))
		if x < 0 || y < 0 || x >= f.Width || y >= f.Height {
			return math.NaN()
		}
		around[k] = float64(f.BGR[3*(y*f.Width+x)+c])
	}
	slices.Sort(around[:])
	stand := g[c] + s.dark[c] - (around[3]+around[4])/2
	return min(g[c], max(stand, 4*stand), s.tinted(g))
}

// tinted bounds the level of a light that has only colours by the colour in its glow. An unlit lens in a dark bezel, a
// label and a reflection are brighter than what is around them, but as grey. A disc clipped to white all over may be
// any light.
func (s spot) tinted(g [3]float64) float64 {
	if !s.can.coloured() {
		return math.Inf(1)
	}
	pure := max(g[0], g[1], g[2]) - min(g[0], g[1], g[2])
	if low := min(g[0]+s.dark[0], g[1]+s.dark[1], g[2]+s.dark[2]); low >= blown {
		return math.Inf(1)
	}
	return pure / minPurity
}

// hue adds up the colour of the unclipped pixels of the light and its halo: the clipped core of an amber light reads
// yellow or green. n is how many pixels took part.
func (s spot) hue(f burst.Frame, dx, dy, level float64) (sum [3]float64, n int) {
	disc(f, s.u+dx, s.v+dy, s.near(), func(p []byte, _ float64) {
		if p[0] >= clipped || p[1] >= clipped || p[2] >= clipped {
			return
		}
		e := [3]float64{float64(p[0]) - s.dark[0], float64(p[1]) - s.dark[1], float64(p[2]) - s.dark[2]}
		if max(e[0], e[1], e[2]) < max(10, 0.12*level) {
			return
		}
		for c := range sum {
			sum[c] += e[c]
		}
		n++
	})
	return sum, n
}

// disc calls f for each pixel whose centre lies within r of (cx, cy), with its bytes and distance.
func disc(fr burst.Frame, cx, cy, r float64, f func(p []byte, d float64)) {
	r = min(r, maxHaloPx*3)
	for y := max(0, int(math.Ceil(cy-r))); y <= min(fr.Height-1, int(cy+r)); y++ {
		for x := max(0, int(math.Ceil(cx-r))); x <= min(fr.Width-1, int(cx+r)); x++ {
			dx, dy := float64(x)-cx, float64(y)-cy
			if d2 := dx*dx + dy*dy; d2 <= r*r {
				i := 3 * (y*fr.Width + x)
				f(fr.BGR[i:i+3:i+3], math.Sqrt(d2))
			}
		}
	}
}
