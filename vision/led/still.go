package led

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// What makes a light of a still picture lit. Off lights of shared/data/real/led have a tint of at most 0.06, lit coloured
// ones of at least 0.16.
const (
	stillTint  = 0.11
	stillWhite = 0.16 // linear light that a colourless light adds to its surroundings
	blownLight = 0.75 // linear light of a disc that clips in all channels: it may be of any colour
)

// Spot reads one picture at a place that is known: whether the light of radius radiusPx px at (u, v) is lit, and in which
// of the colours that it can show; none named means any. A picture tells no rhythm. Confidence is of both together; a
// place outside the picture has none.
func Spot(f burst.Frame, u, v, radiusPx float64, can []string) (lit bool, colour string, confidence float64) {
	if f.Width < 1 || f.Height < 1 || len(f.BGR) != 3*f.Width*f.Height || !(radiusPx > 0) ||
		!(u >= 0 && v >= 0 && u <= float64(f.Width-1) && v <= float64(f.Height-1)) {
		return false, "", 0
	}
	r := min(maxHaloPx, max(minRadiusPx, radiusPx))
	crop, x, y := around(f, u, v, int(math.Ceil(spot{r: r}.outer()))+2)
	s := newSampler(crop.Width, crop.Height).take(crop, x, y, r, nil)
	if !s.ok {
		return false, "", 0
	}
	e := s.excess()
	white := float64(max(0, min(e[0], e[1], e[2]))) / stillWhite
	ratio := float64(s.tint) / stillTint
	if p := palette(can); !p.coloured() || min(s.core[0], s.core[1], s.core[2]) >= blownLight {
		ratio = max(ratio, white)
	}
	confidence = 1 / (1 + math.Pow(ratio, -4))
	if ratio < 1 {
		return false, "", 1 - confidence
	}
	sum := [3]float64{float64(s.hue[0]), float64(s.hue[1]), float64(s.hue[2])}
	if s.tints < 2 {
		sum = e
		confidence *= 0.7
	}
	h := judge{ambient: ambient{gain: [3]float64{1, 1, 1}}}.hue(sum)
	h, known := palette(can).choose(h)
	confidence *= 0.7 + 0.3*min(1, h.Margin/6)
	if !known {
		confidence = min(confidence, 0.5)
	}
	return true, h.Colour, confidence
}

// around cuts a square of half side m out of a frame, its rim repeated where it reaches beyond, and says where (u, v) is.
func around(f burst.Frame, u, v float64, m int) (burst.Frame, float64, float64) {
	x0, y0, side := int(math.Round(u))-m, int(math.Round(v))-m, 2*m+1
	c := burst.Frame{Width: side, Height: side, BGR: make([]byte, 3*side*side)}
	for y := range side {
		fy := max(0, min(f.Height-1, y0+y))
		for x := range side {
			fx := max(0, min(f.Width-1, x0+x))
			copy(c.BGR[3*(y*side+x):][:3], f.BGR[3*(fy*f.Width+fx):])
		}
	}
	return c, u - float64(x0), v - float64(y0)
}
