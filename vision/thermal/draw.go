package thermal

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The layout of a drawn picture, px.
const (
	minSide = 384 // a small sensor's picture is enlarged to at least this height
	barW    = 16
	margin  = 8
	labelW  = 56
)

// inferno follows matplotlib's colour map of that name (CC0; exact at every quarter, within a few levels between): dark is
// cold, and brightness alone tells the order, on paper and to the colour-blind.
var inferno = [...][3]uint8{ //nolint:gochecknoglobals // a constant table
	{0, 0, 4}, {11, 7, 36}, {33, 12, 74}, {58, 9, 99}, {87, 16, 110}, {111, 25, 110}, {136, 34, 106}, {159, 42, 99}, {187, 55, 84},
	{207, 68, 70}, {225, 85, 53}, {239, 105, 37}, {249, 142, 9}, {252, 165, 10}, {249, 192, 42}, {243, 223, 83}, {252, 255, 164},
}

// colourOf is the colour of v within 0..1.
func colourOf(v float64) color.RGBA {
	v = max(0, min(1, v)) * float64(len(inferno)-1)
	i := min(int(v), len(inferno)-2)
	a := v - float64(i)
	mix := func(c int) uint8 {
		return uint8(math.Round(float64(inferno[i][c])*(1-a) + float64(inferno[i+1][c])*a))
	}
	return color.RGBA{R: mix(0), G: mix(1), B: mix(2), A: 255}
}

// Draw paints a picture in false colours with a scale in °C at its right, from the coldest to the hottest pixel (but
// never less than 5 K apart, so that noise does not look like heat), and marks the hot spots.
func Draw(g Grid, spots []HotSpot) (*image.RGBA, error) {
	if g.Width < 1 || g.Height < 1 || g.Width > maxPixels || g.Height > maxPixels || len(g.C) != g.Width*g.Height {
		return nil, fmt.Errorf("draw thermal picture: %d values for %d x %d px", len(g.C), g.Width, g.Height)
	}
	lo, hi := span(g)
	zoom := max(1, (minSide+g.Height-1)/g.Height)
	w, h := g.Width*zoom, g.Height*zoom
	img := image.NewRGBA(image.Rect(0, 0, w+margin+barW+labelW, h))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{R: 24, G: 24, B: 28, A: 255}), image.Point{}, draw.Src)
	for y := range h {
		for x := range w {
			if c := float64(g.C[y/zoom*g.Width+x/zoom]); !math.IsNaN(c) {
				img.SetRGBA(x, y, colourOf((c-lo)/(hi-lo)))
			}
		}
	}
	for _, s := range spots {
		cross(img, s.X*zoom+zoom/2, s.Y*zoom+zoom/2, fmt.Sprintf("%.1f", s.MaxC), w)
	}
	scale(img, w+margin, lo, hi)
	return img, nil
}

// span is the range of a picture's colours.
func span(g Grid) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, c := range g.C {
		if v := float64(c); !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return 0, 5
	}
	if d := 5 - (hi - lo); d > 0 {
		lo, hi = lo-d/2, hi+d/2
	}
	return lo, hi
}

// scale draws the bar of colours with round temperatures beside it.
func scale(img *image.RGBA, x int, lo, hi float64) {
	h := img.Rect.Dy()
	top, low := margin, h-margin
	for y := top; y < low; y++ {
		c := colourOf(float64(low-1-y) / float64(max(1, low-1-top)))
		for k := range barW {
			img.SetRGBA(x+k, y, c)
		}
	}
	step := round((hi - lo) / max(2, min(8, float64(h)/48)))
	for t := math.Ceil(lo/step) * step; t <= hi; t += step {
		y := low - 1 - int((t-lo)/(hi-lo)*float64(low-1-top))
		for k := range 4 {
			img.SetRGBA(x+barW+k, y, color.RGBA{R: 230, G: 230, B: 230, A: 255})
		}
		label := fmt.Sprintf("%.0f", t)
		if step < 1 {
			label = fmt.Sprintf("%.1f", t)
		}
		text(img, x+barW+6, min(max(y+4, 10), h-2), label)
	}
	text(img, x+barW+38, 11, "C")
	for _, d := range [...]image.Point{{X: 1}, {Y: 1}, {X: 2, Y: 1}, {X: 1, Y: 2}} { // the font has no degree sign
		img.SetRGBA(x+barW+33+d.X, 2+d.Y, color.RGBA{R: 255, G: 255, B: 255, A: 255})
	}
}

// round is the next of 1, 2, 5 times a power of ten.
func round(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*p {
			return m * p
		}
	}
	return 10 * p
}

// cross marks a hot spot with its temperature beside it.
func cross(img *image.RGBA, x, y int, label string, w int) {
	c := color.RGBA{R: 90, G: 230, B: 255, A: 255}
	for d := -5; d <= 5; d++ {
		for _, p := range [2]image.Point{{X: x + d, Y: y}, {X: x, Y: y + d}} {
			if d != 0 && p.In(img.Rect) && p.X < w {
				img.SetRGBA(p.X, p.Y, c)
			}
		}
	}
	at := x + 8
	if at+7*len(label) > w {
		at = x - 8 - 7*len(label)
	}
	text(img, max(0, at), min(max(y+4, 10), img.Rect.Dy()-2), label)
}

// text writes with a dark outline.
func text(img *image.RGBA, x, y int, s string) {
	for _, o := range [...]struct {
		dx, dy int
		c      color.Color
	}{{-1, 0, color.Black}, {1, 0, color.Black}, {0, -1, color.Black}, {0, 1, color.Black}, {0, 0, color.White}} {
		d := font.Drawer{Dst: img, Src: image.NewUniform(o.c), Face: basicfont.Face7x13, Dot: fixed.P(x+o.dx, y+o.dy)}
		d.DrawString(s)
	}
}
