package props

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// A dial is the face of a gauge under the pen, mm from its middle.
type dial struct {
	l          *Layer
	mid, r     float64 // of the case
	in         float64 // radius of the scale
	ink, paper rgb
	black      bool
	min, max   float64
	from, to   float64 // rad clockwise from straight up
}

// Gauge draws a dial gauge as plants have them. The pointer stands at minDeg for min and at maxDeg for max, degrees
// clockwise from straight up, and evenly between; a value off the scale leaves it at the stop.
func Gauge(rng *rand.Rand, diameterMM, minimum, maximum, minDeg, maxDeg, value float64) *Layer {
	diameterMM = size(diameterMM)
	l := blank(diameterMM, diameterMM, max(0.15, min(0.5, diameterMM/260)))
	g := &dial{
		l: l, mid: diameterMM / 2, r: diameterMM / 2, min: minimum, max: maximum,
		from: minDeg * math.Pi / 180, to: maxDeg * math.Pi / 180, black: rng.Float64() < 0.25,
	}
	g.in = g.r * between(rng, 0.76, 0.84)
	g.paper, g.ink = rgb{0.82, 0.81, 0.77}.tone(between(rng, 0.8, 1.05)), grey(0.02)
	if g.black {
		g.paper, g.ink = grey(between(rng, 0.015, 0.03)), grey(0.75)
	}
	g.body(rng)
	g.zones(rng)
	g.scale(rng)
	g.words(rng)
	share := 0.0
	if maximum != minimum {
		share = max(-0.015, min(1.015, (value-minimum)/(maximum-minimum)))
	}
	g.pointer(rng, g.from+share*(g.to-g.from))
	g.glass(rng)
	return l
}

// at is the place at an angle and a distance from the middle.
func (g *dial) at(angle, r float64) (x, y float64) {
	sin, cos := math.Sincos(angle)
	return g.mid + r*sin, g.mid - r*cos
}

// body is the case: a ring of steel or black plastic that shades from one side to the other, and the paper in it.
func (g *dial) body(rng *rand.Rand) {
	metal := grey(between(rng, 0.35, 0.6))
	if rng.Float64() < 0.4 {
		metal = grey(0.03)
	}
	sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
	ring := disc(g.mid, g.mid, g.r)
	ring.dist = func(x, y float64) float64 {
		d := hypot(x-g.mid, y-g.mid)
		return max(d-g.r, 0.9*g.r-d)
	}
	g.l.paintBy(ring, 0, func(x, y, d float64) (rgb, float64) {
		return metal.tone(0.7 + 0.45*g.facing(x, y, sin, cos)*math.Cos(d/g.r*22)), 1
	})
	inner := g.r * 0.91
	shade := between(rng, 0.1, 0.4)
	g.l.paintBy(disc(g.mid, g.mid, inner), 0, func(x, y, d float64) (rgb, float64) {
		// The rim throws a shadow on the paper, on the side where the light comes from.
		if d < -0.14*g.r {
			return g.paper, 1
		}
		side := 0.5 + 0.5*g.facing(x, y, sin, cos)
		return g.paper.tone(1 - shade*side*smooth(-0.14*g.r, 0, d)), 1
	})
}

// facing is 1 on the side of the dial that a direction names and -1 on the other.
func (g *dial) facing(x, y, sin, cos float64) float64 {
	return ((x-g.mid)*cos + (y-g.mid)*sin) / max(hypot(x-g.mid, y-g.mid), 1e-6)
}

// zones are coloured arcs along the scale: red at the upper end, green in the middle.
func (g *dial) zones(rng *rand.Rand) {
	arc := func(a, b float64, c rgb) {
		a, b = g.from+a*(g.to-g.from), g.from+b*(g.to-g.from)
		low, high := min(a, b), max(a, b)
		wide := g.r * between(rng, 0.025, 0.05)
		g.l.paintBy(disc(g.mid, g.mid, g.in), 0, func(x, y, d float64) (rgb, float64) {
			return c, 0.9 * g.along(x, y, d, wide, low, high)
		})
	}
	if rng.Float64() < 0.5 {
		arc(between(rng, 0.7, 0.88), 1, rgb{0.55, 0.03, 0.03})
	}
	if rng.Float64() < 0.25 {
		arc(between(rng, 0.2, 0.35), between(rng, 0.55, 0.68), rgb{0.04, 0.35, 0.07})
	}
}

// scale is the ticks and the numbers. Numbers stand at round values, as printed scales have them.
func (g *dial) scale(rng *rand.Rand) {
	span := math.Abs(g.max - g.min)
	if !(span > 0) || math.IsInf(span, 0) {
		return
	}
	step := wholeStep(span, span/between(rng, 4, 9))
	minor := float64([...]int{5, 10, 5, 2}[rng.IntN(4)])
	wide := g.r * between(rng, 0.010, 0.016)
	letters := g.l.newPen(sans+rng.IntN(2), g.r*between(rng, 0.15, 0.2))
	mark := func(v float64) float64 { return g.from + (v-g.min)/(g.max-g.min)*(g.to-g.from) }
	low, high := min(g.min, g.max), max(g.min, g.max)
	n := int(math.Round(span / step * minor))
	first := math.Ceil(low/step*minor - 1e-6)
	for i := 0; i <= min(n, 400); i++ {
		v := (first + float64(i)) * step / minor
		if v > high+step*1e-6 {
			break
		}
		a := mark(v)
		long, thick := 0.06, wide*0.6
		if major := math.Mod(math.Abs(first)+float64(i), minor) < 0.5 || math.Abs(math.Remainder(first+float64(i), minor)) < 0.5; major {
			long, thick = 0.12, wide
			x, y := g.at(a, g.in-g.r*0.25)
			g.l.centred(letters, x, y, strconv.FormatFloat(math.Round(v*1e6)/1e6, 'g', 5, 64), g.ink, 1)
		}
		x0, y0 := g.at(a, g.in)
		x1, y1 := g.at(a, g.in-g.r*long)
		g.l.paint(stroke(x0, y0, x1, y1, thick, thick), g.ink, 1, 0)
	}
	if rng.Float64() < 0.5 {
		g.rim(wide)
	}
}

// rim is the line along the scale.
func (g *dial) rim(wide float64) {
	low, high := min(g.from, g.to), max(g.from, g.to)
	g.l.paintBy(disc(g.mid, g.mid, g.in+wide), 0, func(x, y, d float64) (rgb, float64) {
		return g.ink, g.along(x, y, d, 2*wide, low, high)
	})
}

// along is 1 on an arc that is wide mm thick, of which a place lies d inside the outer edge, and 0 off it.
func (g *dial) along(x, y, d, wide, low, high float64) float64 {
	if d < -wide {
		return 0
	}
	angle := math.Atan2(x-g.mid, g.mid-y)
	for angle < low {
		angle += 2 * math.Pi
	}
	if angle > high {
		return 0
	}
	return 1
}

// wholeStep is a round step of at least the given one, of which whole ones fill the scale when any does.
func wholeStep(span, least float64) float64 {
	step := roundStep(least)
	for _, k := range []float64{1, 2, 0.5, 0.8, 0.4, 2.5, 4} {
		if n := span / (k * step); n > 1.5 && n < 12 && math.Abs(n-math.Round(n)) < 1e-6 {
			return k * step
		}
	}
	return step
}

// roundStep is the least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below x.
func roundStep(x float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, k := range []float64{1, 2, 2.5, 5} {
		if k*p >= x*0.999 {
			return k * p
		}
	}
	return 10 * p
}

// words are the unit, the maker and the class of accuracy.
func (g *dial) words(rng *rand.Rand) {
	unit := [...]string{"bar", "kPa", "°C", "psi", "A", "MPa", "l/min"}[rng.IntN(7)]
	maker := [...]string{"WIKA", "ASHCROFT", "KOBOLD", "TECSIS", "STAUFF", "SIKA", "FISCHER"}[rng.IntN(7)]
	mid := (g.from + g.to) / 2 // the middle of the scale; the free side is the other
	x, y := g.at(mid, g.r*0.33)
	g.l.centred(g.l.newPen(sans, g.r*between(rng, 0.13, 0.17)), x, y, unit, g.ink, 0.95)
	x, y = g.at(mid+math.Pi, g.r*0.42)
	g.l.centred(g.l.fittingPen(bold, g.r*between(rng, 0.09, 0.13), maker, 0.5*g.r), x, y, maker, g.ink, 0.85)
	if rng.Float64() < 0.6 {
		x, y = g.at(mid+math.Pi, g.r*0.58)
		g.l.centred(g.l.newPen(sans, g.r*0.07), x, y, "cl. 1.6  EN 837-1", g.ink, 0.8)
	}
}

// pointer is thin or broad, black, white or red, with a tail on the other side, and its shadow on the paper.
func (g *dial) pointer(rng *rand.Rand, angle float64) {
	tip, tail := g.in*between(rng, 0.86, 1.0), g.r*between(rng, 0.16, 0.32)
	root, point := g.r*between(rng, 0.016, 0.03), g.r*between(rng, 0.004, 0.010)
	if rng.Float64() < 0.25 {
		root = g.r * between(rng, 0.035, 0.06)
	}
	c := grey(0.015)
	if g.black {
		c = grey(0.7)
	}
	if rng.Float64() < 0.15 {
		c = rgb{0.6, 0.03, 0.02}
	}
	draw := func(dx, dy float64, c rgb, a, soft float64) {
		x1, y1 := g.at(angle, tip)
		x2, y2 := g.at(angle+math.Pi, tail)
		m := g.mid
		g.l.paint(stroke(m+dx, m+dy, x1+dx, y1+dy, root, point), c, a, soft)
		g.l.paint(stroke(m+dx, m+dy, x2+dx, y2+dy, root, root*1.8), c, a, soft)
		g.l.paint(disc(m+dx, m+dy, g.r*0.075), c, a, soft)
	}
	if !g.black {
		turn, far := rng.Float64()*2*math.Pi, g.r*between(rng, 0.01, 0.05)
		draw(far*math.Cos(turn), far*math.Sin(turn), grey(0), between(rng, 0.1, 0.35), g.r*0.04)
	}
	draw(0, 0, c, 1, 0)
	if rng.Float64() < 0.5 {
		g.l.paint(disc(g.mid, g.mid, g.r*0.04), grey(between(rng, 0.2, 0.5)), 1, 0)
	}
}

// glass mirrors a lamp as a soft streak and the hall as a faint veil.
func (g *dial) glass(rng *rand.Rand) {
	veil := between(rng, 0, 0.03)
	streak, turn := 0.0, rng.Float64()*math.Pi
	if rng.Float64() < 0.45 {
		streak = between(rng, 0.05, 0.5)
	}
	off, wide := g.r*between(rng, -0.7, 0.7), g.r*between(rng, 0.05, 0.2)
	sin, cos := math.Sincos(turn)
	d := disc(g.mid, g.mid, g.r*0.91)
	g.l.each(d.where, func(i int, x, y float64) {
		if d.dist(x, y) > 0 {
			return
		}
		u := ((x-g.mid)*cos + (y-g.mid)*sin - off) / wide
		v := (-(x-g.mid)*sin + (y-g.mid)*cos) / (g.r * 0.55)
		g.l.add(i, rgb{0.95, 1, 1.05}.tone(veil+streak*bell(u*u+v*v*v*v)))
	})
}
