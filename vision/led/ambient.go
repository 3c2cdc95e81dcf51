package led

import (
	"image"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// An ambient is how the picture shows a white surface that only reflects: the white of fiducials, which is neutral and
// known. A light must outshine it, or be purer in colour than a surface can be; and by its tint the camera's channels are
// balanced.
type ambient struct {
	white [3]float64 // linear light of the tags' white, blue green red
	gain  [3]float64 // that balances the channels
}

// Limits of what an ambient believes.
const (
	usualWhite   = 0.35 // linear light of white where no tag tells
	maxGain      = 1.5  // a tint beyond it is no camera's error
	balanceShare = 0.5  // of the tint is the camera's; the rest is the lamps', which a light that shines itself does not share
)

// ambientOf reads the fiducials in the patches; without any the hall is taken as usual.
func ambientOf(f burst.Frame, patches []image.Rectangle) ambient {
	a := ambient{white: [3]float64{usualWhite, usualWhite, usualWhite}, gain: [3]float64{1, 1, 1}}
	var lumas []int
	visit := func(use func(p []byte, luma int)) {
		for _, r := range patches {
			r = r.Intersect(image.Rect(0, 0, f.Width, f.Height))
			for y := r.Min.Y; y < r.Max.Y; y += 2 {
				for x := r.Min.X; x < r.Max.X; x += 2 {
					i := 3 * (y*f.Width + x)
					use(f.BGR[i:i+3:i+3], f.Luma(x, y))
				}
			}
		}
	}
	visit(func(_ []byte, luma int) { lumas = append(lumas, luma) })
	if len(lumas) < 100 {
		return a
	}
	slices.Sort(lumas)
	lo, hi := lumas[len(lumas)*80/100], lumas[len(lumas)*95/100]
	var sum [3]float64
	n := 0.0
	visit(func(p []byte, luma int) {
		if luma < lo || luma > hi {
			return
		}
		for c := range sum {
			sum[c] += linear(float64(p[c]) / 255)
		}
		n++
	})
	if n == 0 {
		return a
	}
	mean := (sum[0] + sum[1] + sum[2]) / 3 / n
	for c := range sum {
		a.white[c] = max(1e-3, sum[c]/n)
		if hi < clipped && mean > 0.01 {
			g := max(1/maxGain, min(maxGain, mean/a.white[c]))
			a.gain[c] = 1 + balanceShare*(g-1)
		}
	}
	return a
}

// level is the white's brightness, linear.
func (a ambient) level() float64 { return (a.white[0] + a.white[1] + a.white[2]) / 3 }
