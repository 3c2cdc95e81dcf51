package led

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// blobs lists what has the size, shape and brightness of a lit light.
func blobs(f burst.Frame) []spot {
	around := boxMean(f, max(8, min(f.Width, f.Height)/24))
	mask := make([]bool, f.Width*f.Height)
	for i := range mask {
		p := f.BGR[3*i : 3*i+3 : 3*i+3]
		top, low := max(p[0], p[1], p[2]), min(p[0], p[1], p[2])
		if top < minTop || float64(top)-float64(around[i]) < minContrast {
			continue
		}
		mask[i] = top >= nearClip || float64(top-low) >= minPure*float64(top)
	}
	var out []spot
	side := float64(max(f.Width, f.Height))
	var stack []int
	for i := range mask {
		if !mask[i] {
			continue
		}
		var b blob
		b, stack = take(mask, f.Width, f.Height, i, stack)
		if s, ok := b.spot(side); ok && len(out) < maxSightings {
			out = append(out, s)
		}
	}
	return out
}

// boxMean is the mean of the strongest channel within r px of each pixel, by an integral image.
func boxMean(f burst.Frame, r int) []uint8 {
	w, h := f.Width, f.Height
	sum := make([]uint32, (w+1)*(h+1))
	for y := range h {
		var row uint32
		for x := range w {
			p := f.BGR[3*(y*w+x):]
			row += uint32(max(p[0], p[1], p[2]))
			sum[(y+1)*(w+1)+x+1] = sum[y*(w+1)+x+1] + row
		}
	}
	out := make([]uint8, w*h)
	for y := range h {
		y0, y1 := max(0, y-r), min(h, y+r+1)
		for x := range w {
			x0, x1 := max(0, x-r), min(w, x+r+1)
			s := sum[y1*(w+1)+x1] - sum[y0*(w+1)+x1] - sum[y1*(w+1)+x0] + sum[y0*(w+1)+x0]
			out[y*w+x] = uint8(s / uint32((y1-y0)*(x1-x0))) //nolint:gosec // a mean of bytes
		}
	}
	return out
}

// A blob is a connected set of pixels.
type blob struct {
	n              int
	sx, sy         float64
	x0, y0, x1, y1 int
}

// take removes the blob at i from the mask and measures it.
func take(mask []bool, w, h, i int, stack []int) (blob, []int) {
	b := blob{x0: w, y0: h}
	stack = append(stack[:0], i)
	mask[i] = false
	for len(stack) > 0 {
		k := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := k%w, k/w
		b.n++
		b.sx, b.sy = b.sx+float64(x), b.sy+float64(y)
		b.x0, b.y0, b.x1, b.y1 = min(b.x0, x), min(b.y0, y), max(b.x1, x), max(b.y1, y)
		for v := max(0, y-1); v <= min(h-1, y+1); v++ {
			for u := max(0, x-1); u <= min(w-1, x+1); u++ {
				if mask[v*w+u] {
					mask[v*w+u] = false
					stack = append(stack, v*w+u)
				}
			}
		}
	}
	return b, stack
}

// spot takes a blob for a light when it is compact and of a light's size: side is the picture's longer one, px.
func (b blob) spot(side float64) (spot, bool) {
	w, h := float64(b.x1-b.x0+1), float64(b.y1-b.y0+1)
	if b.n < 5 || max(w, h) > side/12 || max(w, h)/min(w, h) > 3.2 || float64(b.n) < 0.45*w*h {
		return spot{}, false
	}
	r := max(minRadiusPx, math.Sqrt(float64(b.n)/math.Pi))
	return spot{u: b.sx / float64(b.n), v: b.sy / float64(b.n), r: min(r, maxHaloPx)}, true
}
