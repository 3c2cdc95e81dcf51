package thermal

import (
	"math"
	"slices"
)

// A pixel is dead when it lies outside its eight neighbours' range by more than deadK and deadShare of that range. A lens
// that blurs by half a pixel gives a lone point's neighbours a third of what the point gets.
const (
	deadK     = 2.0
	deadShare = 0.8
)

// mended is the picture with the median of their neighbours where a pixel is dead or has no temperature; with fewer than
// four neighbours that have one it stays without.
func mended(g Grid) Grid {
	out := Grid{Width: g.Width, Height: g.Height, C: slices.Clone(g.C)}
	var near [8]float32
	for y := range g.Height {
		for x := range g.Width {
			i := y*g.Width + x
			v := g.C[i]
			lo, hi, n := around(g, x, y, &near)
			spread := hi - lo
			dead := v != v || math.IsInf(float64(v), 0) || v-hi > deadK+deadShare*spread || lo-v > deadK+deadShare*spread
			switch {
			case dead && n >= 3:
				slices.Sort(near[:n])
				out.C[i] = (near[(n-1)/2] + near[n/2]) / 2
			case dead:
				out.C[i] = float32(math.NaN())
			}
		}
	}
	return out
}

// around lists the eight neighbours that have a temperature, with their range.
func around(g Grid, x, y int, near *[8]float32) (lo, hi float32, n int) {
	lo, hi = float32(math.Inf(1)), float32(math.Inf(-1))
	for ny := max(0, y-1); ny <= min(g.Height-1, y+1); ny++ {
		for nx := max(0, x-1); nx <= min(g.Width-1, x+1); nx++ {
			v := g.C[ny*g.Width+nx]
			if (nx == x && ny == y) || v != v || v > math.MaxFloat32 || v < -math.MaxFloat32 {
				continue
			}
			near[n] = v
			n++
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi, n
}

// shrunk averages by x by pixels to one so that at most workRows rows are left; a place that no camera sees sharper is
// not seen better by more pixels.
func shrunk(g Grid) (small Grid, by int) {
	by = max(1, int(math.Ceil(float64(max(g.Width, g.Height))/workRows)))
	if by == 1 {
		return g, 1
	}
	w, h := g.Width/by, g.Height/by
	if w < 2 || h < 2 {
		return g, 1
	}
	small = Grid{Width: w, Height: h, C: make([]float32, w*h)}
	for y := range h {
		for x := range w {
			var sum float32
			for k := range by * by {
				sum += g.C[(y*by+k/by)*g.Width+x*by+k%by]
			}
			small.C[y*w+x] = sum / float32(by*by)
		}
	}
	return small, by
}
