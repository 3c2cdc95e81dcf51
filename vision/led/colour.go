package led

import "math"

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
		return Hue{Colour: White, Deg: deg, Margin: 60 * (minSaturation - (top-low)/top)}
	}
	h := Hue{Deg: deg, Saturated: true, Margin: 180}
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
