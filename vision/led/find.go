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

// Limits of a search.
const (
	maxFindPixels = 64 << 20
	minFind       = 0.05 // confidence below which nothing is reported
	keyFrames     = 8    // of a burst that are searched
	minKeyFrames  = 2    // in which a light of a burst must be found
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
	shifts := followAll(frames)
	var out []Sighting
	for _, s := range lamps(frames, shifts) {
		if x, ok := sight(s, frames, t, shifts); ok {
			out = append(out, x)
		}
	}
	return out, nil
}

// lamps searches one picture, or some frames spread over a burst, and keeps what is found in several of those. Places
// are in px of the first frame.
func lamps(frames []burst.Frame, shifts [][2]float64) []seen {
	var found []seen
	step := max(1, (len(frames)-1)/(keyFrames-1))
	searched := 0
	for k := 0; k < len(frames); k += step {
		if math.IsNaN(shifts[k][0]) {
			continue
		}
		searched++
		for _, n := range searchOne(frames[k]) {
			n.u, n.v = n.u-shifts[k][0], n.v-shifts[k][1]
			found = merge(found, n)
		}
	}
	var out []seen
	for _, n := range found {
		if n.times >= min(minKeyFrames, searched) {
			n.sure /= float64(n.times)
			out = append(out, n)
		}
	}
	return out
}

// merge counts a sighting with the one it repeats, or as a new one.
func merge(found []seen, n seen) []seen {
	for i := range found {
		if m := &found[i]; math.Hypot(m.u-n.u, m.v-n.v) < 1.5*max(m.r, n.r)+3 {
			m.sure, m.times = m.sure+n.sure, m.times+1
			return found
		}
	}
	return append(found, n)
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
func sight(s seen, frames []burst.Frame, t []float64, shifts [][2]float64) (Sighting, bool) {
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
	out := Sighting{X: s.u, Y: s.v, RadiusPx: s.r, Rhythm: Classify(t, level, faceScale)}
	sum, n := s.hue(frames[best], shifts[best][0], shifts[best][1], level[best])
	if n < 3 {
		sum = s.glow(frames[best], shifts[best][0], shifts[best][1])
	}
	h := HueOf(sum)
	out.Colour, out.HueDeg = h.Colour, h.Deg
	out.Confidence = s.sure
	return out, out.Pattern != Off
}
