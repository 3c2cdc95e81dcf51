package led

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// The colours of lights, as the site model names them.
const (
	Red   = "red"
	Amber = "amber"
	Green = "green"
	Blue  = "blue"
	White = "white"
)

// minSaturation is the share by which a light's weakest channel stays below its strongest; paler is white.
const minSaturation = 0.28

// hues is where each colour begins, in degrees of hue (0 red, 120 green, 240 blue; not OpenCV's halves), up to the
// next. Measured on the unclipped halo of real lights: "green" 76, amber 34, dim orange 17 (FACTS.md section 5); cyan
// blue router lights 184 to 212 (blink_timeseries.json).
var hues = [...]struct { //nolint:gochecknoglobals // a constant table
	from   float64
	colour string
}{{0, Red}, {11, Amber}, {54, Green}, {172, Blue}, {290, Red}}

// A Hue is a colour by its name and angle; Margin is the distance in degrees to the nearest border to another colour.
type Hue struct {
	Colour    string
	Deg       float64
	Margin    float64
	Purity    float64 // by how much the weakest channel stays below the strongest, as a share of it
	Saturated bool
}

// HueOf names the colour of what a light adds to its surroundings, in the order blue, green, red; any scale.
func HueOf(bgr [3]float64) Hue {
	b, g, r := max(0, bgr[0]), max(0, bgr[1]), max(0, bgr[2])
	top, low := max(b, g, r), min(b, g, r)
	if top <= 0 {
		return Hue{}
	}
	deg := angle(b, g, r, top, top-low)
	if (top-low)/top < minSaturation {
		return Hue{Colour: White, Deg: deg, Margin: 60 * (minSaturation - (top-low)/top), Purity: (top - low) / top}
	}
	h := Hue{Deg: deg, Saturated: true, Margin: 180, Purity: (top - low) / top}
	for _, x := range hues {
		if deg >= x.from {
			h.Colour = x.colour
		}
	}
	for _, x := range hues[1:] { // red reaches over 0
		d := math.Abs(deg - x.from)
		h.Margin = min(h.Margin, d, 360-d)
	}
	return h
}

// A palette is the colours that a light can show; an empty one says nothing of it.
type palette []string

// maxStray is by how many degrees a hue may lie beside the range of a colour and still be it, when the light has no
// other: parts and cameras differ by as much.
const maxStray = 8

// paletteOf lists the colours that a light's type declares for it, in order or not.
func paletteOf(l vision.TargetLED) palette {
	var p palette
	add := func(colour string) {
		if colour != "" && !slices.Contains(p, colour) {
			p = append(p, colour)
		}
	}
	for _, s := range l.Normal {
		add(s.Colour)
	}
	for _, m := range l.Meanings {
		add(m.Colour)
	}
	return p
}

// coloured says whether every colour of the palette is one; white is none.
func (p palette) coloured() bool { return len(p) > 0 && !slices.Contains(p, White) }

// choose takes a hue for the nearest colour of the palette; ok is false when it is none of them. The margin is then to
// the next best of the palette.
func (p palette) choose(h Hue) (Hue, bool) {
	if len(p) == 0 || slices.Contains(p, White) && !h.Saturated {
		return h, true
	}
	if !h.Saturated {
		return h, false
	}
	best, next := 360.0, 360.0
	for _, colour := range p {
		switch d := stray(h.Deg, colour); {
		case d < best:
			best, next, h.Colour = d, best, colour
		case d < next:
			next = d
		}
	}
	h.Margin = next - best
	return h, best <= maxStray
}

// stray is how many degrees a hue lies beside a colour's range, 0 within it; white has none.
func stray(deg float64, colour string) float64 {
	best := 360.0
	for i, x := range hues {
		if x.colour != colour {
			continue
		}
		to := 360.0
		if i+1 < len(hues) {
			to = hues[i+1].from
		}
		if deg >= x.from && deg < to {
			return 0
		}
		for _, end := range [2]float64{x.from, to} {
			d := math.Abs(deg - end)
			best = min(best, d, 360-d)
		}
	}
	return best
}

// angle is the hue of a colour with the given spread, degrees 0..360.
func angle(b, g, r, top, spread float64) float64 {
	if spread <= 0 {
		return 0
	}
	var deg float64
	switch top {
	case r:
		deg = 60 * (g - b) / spread
	case g:
		deg = 120 + 60*(b-r)/spread
	default:
		deg = 240 + 60*(r-g)/spread
	}
	if deg < 0 {
		deg += 360
	}
	return deg
}
