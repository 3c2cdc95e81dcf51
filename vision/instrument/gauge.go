package instrument

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// What a gauge must show to be read.
const (
	minContrast  = 14.0 // grey levels of the pointer over the dial
	minPointer   = 0.55 // share of the pointer's way that is a ridge
	rival        = 0.80 // of the best's share: a second pointer
	overrunDeg   = 18.0 // beyond the scale's ends a pointer rests on its stop
	mountDeg     = 1.2  // standard deviation of how straight dials are mounted and registered, degrees
	ticksDeg     = 0.8  // the same once their ticks are seen
	confidence99 = 2.6  // standard deviations of a normal error in 99 of 100 cases
)

// readGauge reads a dial.
func readGauge(p ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	span := in.MaxDeg - in.MinDeg
	if !(in.DiameterM > 0.005 && in.DiameterM < 2) || in.Max == in.Min || !(math.Abs(span) > 10 && math.Abs(span) < 360) {
		return refuse(in, "the site model's scale of it makes no sense: diameter, values or angles")
	}
	dark, ok := planeOf(p, darkInk)
	if !ok {
		return refuse(in, "the picture is too small, too large or broken")
	}
	light, _ := planeOf(p, lightInk)
	d := dial{x: (in.X-p.LeftM)/p.ScaleM - 0.5, y: (p.TopM-in.Y)/p.ScaleM - 0.5, r: in.DiameterM / 2 / p.ScaleM}
	if d.r < 10 || !dark.inside(d.x, d.y) {
		return refuse(in, "it is too small in the picture, or outside")
	}
	if unseen(p, d.x-d.r, d.y-d.r, d.x+d.r, d.y+d.r) > 0.02 {
		return refuse(in, "a part of it lies outside the picture")
	}
	d = d.centred(dark, 0.0045/p.ScaleM)
	n, why := findNeedle(dark, light, d, in)
	if why != "" {
		return refuse(in, why)
	}
	return gaugeValue(n, in)
}

// gaugeValue turns the pointer's angle into a value; a pointer on its stop reads the scale's end.
func gaugeValue(n needle, in maps.Instrument) vision.InstrumentReading {
	span := in.MaxDeg - in.MinDeg
	mid := (in.MaxDeg + in.MinDeg) / 2
	sigma := mountDeg
	if n.turned {
		n.deg, sigma = n.deg-n.turnDeg, ticksDeg
	}
	deg := mid + math.Remainder(n.deg-mid, 360)
	over := (math.Abs(deg-mid) - math.Abs(span)/2)
	if over > min(overrunDeg, (360-math.Abs(span))/2) {
		return refuse(in, fmt.Sprintf("the pointer seems to stand %.0f° beyond the end of the scale", over))
	}
	share := max(0, min(1, (deg-in.MinDeg)/span))
	perDeg := math.Abs((in.Max - in.Min) / span)
	return vision.InstrumentReading{
		Instrument: in.ID, Value: in.Min + share*(in.Max-in.Min),
		Bound: perDeg * confidence99 * math.Hypot(n.sigmaDeg, sigma),
	}
}

// A dial is a circle in px.
type dial struct{ x, y, r float64 }

// Rings of a dial: its rim shows as circles of strong change around one middle.
const (
	rimAngles = 48
	rimRadii  = 26
	rimFrom   = 0.78 // of the declared radius
	rimStep   = 0.02
)

// centred moves the dial's middle by at most reach px to where the circles around it are the sharpest.
func (d dial) centred(p plane, reach float64) dial {
	best, top := d, 0.0
	step := max(0.5, reach/4)
	at := func(x, y float64) {
		c := dial{x: x, y: y, r: d.r}
		off := math.Hypot(x-d.x, y-d.y) / reach
		if s := c.roundness(p) * (1 - 0.25*off*off); s > top {
			best, top = c, s
		}
	}
	for dy := -reach; dy <= reach; dy += step {
		for dx := -reach; dx <= reach; dx += step {
			at(d.x+dx, d.y+dy)
		}
	}
	for fine := step / 2; fine >= 0.25; fine /= 2 {
		from := best
		for i := range 9 {
			at(from.x+float64(i%3-1)*fine, from.y+float64(i/3-1)*fine)
		}
	}
	return best
}

// roundness is the power of the change across circles around the dial's middle, over its rim. Each point's change is
// limited so that a highlight cannot outweigh a rim.
func (d dial) roundness(p plane) float64 {
	const limit = 40
	var sum [rimRadii]float64
	for a := range rimAngles {
		sin, cos := math.Sincos(2 * math.Pi * float64(a) / rimAngles)
		last := 0.0
		for i := range rimRadii {
			r := d.r * (rimFrom + rimStep*float64(i))
			v := p.at(d.x+r*sin, d.y-r*cos)
			if i > 0 {
				sum[i] += max(-limit, min(limit, v-last))
			}
			last = v
		}
	}
	power := 0.0
	for _, s := range sum {
		power += s * s
	}
	return power
}
