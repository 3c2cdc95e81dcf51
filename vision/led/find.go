package led

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A Sighting is a light found in pictures of unknown things: place and radius in px of the first picture.
type Sighting struct {
	X, Y, RadiusPx float64
	Colour         string
	HueDeg         float64
	Rhythm
}

// What may be a light, in grey levels and shares.
const (
	maxFindPixels = 64 << 20
	minTop        = 130  // of the strongest channel
	minContrast   = 50   // over the mean around
	minPure       = 0.35 // saturation; paler must be nearly clipped
	nearClip      = 235
	maxSightings  = 400
	whiteLevel    = 120 // a colourless sighting must be brighter than a label
)

// Find searches pictures of one scene (one picture, or the frames of a burst at the times t, s) for lit lights. It is a
// search by brightness, colour and shape, and takes some lit labels and reflections for lights: where the site model
// knows the place, Read is the better way. A light that is off is not found.
func Find(frames []burst.Frame, t []float64) ([]Sighting, error) {
	if len(frames) == 0 || len(t) != len(frames) {
		return nil, fmt.Errorf("find lights: %d times for %d pictures", len(t), len(frames))
	}
	f := frames[0]
	for i, o := range frames {
		if o.Width != f.Width || o.Height != f.Height || len(o.BGR) != 3*o.Width*o.Height || o.Width < 8 || o.Height < 8 || o.Width*o.Height > maxFindPixels {
			return nil, fmt.Errorf("find lights: picture %d is %d x %d px, the first is %d x %d", i, o.Width, o.Height, f.Width, f.Height)
		}
	}
	spots := blobs(brightest(frames))
	shifts := followAll(frames)
	out := make([]Sighting, 0, len(spots))
	for _, s := range spots {
		if x, ok := sight(s, frames, t, shifts); ok {
			out = append(out, x)
		}
	}
	return out, nil
}

// brightest is each pixel at its brightest over up to 16 of the frames.
func brightest(frames []burst.Frame) burst.Frame {
	f := burst.Frame{Width: frames[0].Width, Height: frames[0].Height, BGR: slices.Clone(frames[0].BGR)}
	step := max(1, len(frames)/16)
	for k := step; k < len(frames); k += step {
		for i, v := range frames[k].BGR {
			f.BGR[i] = max(f.BGR[i], v)
		}
	}
	return f
}

// followAll finds the shift of every frame against the first by its most textured tiles.
func followAll(frames []burst.Frame) [][2]float64 {
	shifts := make([][2]float64, len(frames))
	if len(frames) == 1 {
		return shifts
	}
	s, ok := newSteadier(frames[0], textured(frames[0], 12))
	if !ok {
		return shifts
	}
	for i := 1; i < len(frames); i++ {
		dx, dy, ok := s.shift(frames[i])
		if !ok {
			dx, dy = math.NaN(), math.NaN()
		}
		shifts[i] = [2]float64{dx, dy}
	}
	return shifts
}

// textured are the n tiles of a picture with the most gradient, where it is not clipped: a light may go out.
func textured(f burst.Frame, n int) []image.Rectangle {
	const side = 48
	type tile struct {
		r image.Rectangle
		e float64
	}
	var tiles []tile
	for y := side; y+2*side <= f.Height; y += side {
		for x := side; x+2*side <= f.Width; x += side {
			t := tile{r: image.Rect(x, y, x+side, y+side)}
			for v := y; v < y+side; v += 3 {
				for u := x; u < x+side; u += 3 {
					g := green(f, u, v)
					gx, gy := green(f, u+1, v)-g, green(f, u, v+1)-g
					if g < clipped {
						t.e += min(gx*gx, 400) + min(gy*gy, 400)
					}
				}
			}
			tiles = append(tiles, t)
		}
	}
	slices.SortFunc(tiles, func(a, b tile) int { return cmp.Compare(b.e, a.e) })
	var out []image.Rectangle
	for _, t := range tiles[:min(n, len(tiles))] {
		out = append(out, t.r)
	}
	return out
}

// sight reads a found spot; ok is false when it proves to be none.
func sight(s spot, frames []burst.Frame, t []float64, shifts [][2]float64) (Sighting, bool) {
	s.surroundings(frames[:1], shifts[:1])
	level := make([]float64, len(frames))
	best := 0
	for i, f := range frames {
		level[i] = math.NaN()
		if !math.IsNaN(shifts[i][0]) {
			level[i] = s.level(f, shifts[i][0], shifts[i][1])
		}
		if level[i] > level[best] || math.IsNaN(level[best]) {
			best = i
		}
	}
	if !(level[best] >= faceScale.Lit) {
		return Sighting{}, false
	}
	out := Sighting{X: s.u, Y: s.v, RadiusPx: s.r, Rhythm: Classify(t, level, faceScale)}
	sum, n := s.hue(frames[best], shifts[best][0], shifts[best][1], level[best])
	if n < 3 {
		sum = s.glow(frames[best], shifts[best][0], shifts[best][1])
	}
	h := HueOf(sum)
	out.Colour, out.HueDeg = h.Colour, h.Deg
	out.Confidence *= 0.6 + 0.4*min(1, h.Margin/10)
	if h.Colour == White { // most are labels and reflections
		out.Confidence *= 0.5
		if level[best] < whiteLevel {
			return Sighting{}, false
		}
	}
	return out, out.Pattern != Off
}
