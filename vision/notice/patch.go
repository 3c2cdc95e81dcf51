package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/vision"
)

// A patch is a connected part of the floor that differs from what it was.
type patch struct {
	area   int     // px
	x      float64 // middle, px
	step   float64 // mean difference, logarithm, signed
	hard   float64 // share of the outline where the step happens within 1 cm
	rim    float64 // share of the outline that lies at the end of what was seen
	spread float64 // deviation of the difference within it
}

// weight orders patches: how much liquid each would be.
func (p patch) weight() float64 { return float64(p.area) * math.Abs(p.step) * (0.2 + p.hard) }

// smallM2 is the area below which a bright patch is rather a highlight.
const smallM2 = 0.0025

// verdict says what a patch is. Dark with a hard outline is wet; shining with one too, but a lamp mirrored in a polished
// floor shines as well, so that it takes damp air or a broken outline to be sure.
func (p patch) verdict(known bool, damp float64) (state string, confidence float64) {
	c := 0.68 + 0.5*(p.hard-hardEdge) + 0.5*(math.Abs(p.step)-minWetLog) + damp
	if p.step > 0 {
		c -= 0.1
		if float64(p.area)*floorM*floorM < smallM2 { // or a lamp's highlight
			c -= 0.15
		}
	}
	if !known {
		c -= 0.25
	}
	switch {
	case p.hard < hardEdge:
		return vision.StateDry, max(0.5, min(0.9, 0.9-0.8*p.hard))
	case p.rim > 0.7:
		return vision.StateUnknown, 0
	}
	return vision.StateWet, max(0.3, min(0.98, c))
}

// patches are the connected parts where the floor differs by more than its noise, at least 1 cm thick.
func patches(d plane) []patch {
	limit := minWetLog
	var abs []float64
	for i := 0; i < len(d.v); i += 5 {
		if d.seen[i] {
			abs = append(abs, math.Abs(float64(d.v[i])))
		}
	}
	limit = max(limit, 4*1.48*median(abs))
	var out []patch
	for _, sign := range [2]float32{-1, 1} {
		mark := make([]bool, len(d.v))
		for i, v := range d.v {
			mark[i] = d.seen[i] && sign*v > float32(limit)
		}
		mark = opened(mark, d.w, d.h, 2)
		for _, c := range components(mark, d.w, d.h) {
			if float64(len(c))*d.scale*d.scale >= minWetM2 {
				out = append(out, measure(d, c, float64(sign)))
			}
		}
	}
	return out
}

// opened keeps what a square of 2a+1 px fits into: seams and the rims of tiles, a registration apart, are thin.
func opened(mark []bool, w, h, a int) []bool {
	return spread(shrink(mark, w, h, a), w, h, a)
}

// shrink keeps the pixels whose whole square of 2a+1 px is marked.
func shrink(mark []bool, w, h, a int) []bool {
	inv := make([]bool, len(mark))
	for i := range mark {
		inv[i] = !mark[i]
	}
	inv = spread(inv, w, h, a)
	for i := range inv {
		inv[i] = !inv[i]
	}
	return inv
}

// spread marks the square of 2a+1 px about each marked pixel.
func spread(mark []bool, w, h, a int) []bool {
	tmp, out := make([]bool, len(mark)), make([]bool, len(mark))
	for y := range h {
		for x := range w {
			if mark[y*w+x] {
				for u := max(0, x-a); u <= min(w-1, x+a); u++ {
					tmp[y*w+u] = true
				}
			}
		}
	}
	for y := range h {
		for x := range w {
			if tmp[y*w+x] {
				for u := max(0, y-a); u <= min(h-1, y+a); u++ {
					out[u*w+x] = true
				}
			}
		}
	}
	return out
}

// components are the connected groups of marked pixels, each as indices. It uses up the marks.
func components(mark []bool, w, h int) [][]int {
	var out [][]int
	for i := range mark {
		if !mark[i] {
			continue
		}
		mark[i] = false
		group := []int{i}
		for k := 0; k < len(group); k++ {
			x, y := group[k]%w, group[k]/w
			for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if j := n[1]*w + n[0]; n[0] >= 0 && n[1] >= 0 && n[0] < w && n[1] < h && mark[j] {
					mark[j] = false
					group = append(group, j)
				}
			}
		}
		out = append(out, group)
	}
	return out
}

// measure describes a patch. Along its outline it compares the pixels 3 px within with those 3 px without.
func measure(d plane, group []int, sign float64) patch {
	in := make(map[int]bool, len(group))
	var sum, sq, sx float64
	for _, i := range group {
		in[i] = true
		v := float64(d.v[i])
		sum, sq, sx = sum+v, sq+v*v, sx+float64(i%d.w)
	}
	n := float64(len(group))
	p := patch{area: len(group), x: sx / n, step: sum / n}
	p.spread = math.Sqrt(max(0, sq/n-p.step*p.step))
	outline, hard, rim := 0, 0, 0
	for _, i := range group {
		x, y := i%d.w, i/d.w
		for _, dir := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			if in[i+dir[1]*d.w+dir[0]] {
				continue
			}
			outline++
			ox, oy, ix, iy := x+3*dir[0], y+3*dir[1], x-2*dir[0], y-2*dir[1]
			if ox < 0 || oy < 0 || ox >= d.w || oy >= d.h || ix < 0 || iy < 0 || ix >= d.w || iy >= d.h || !d.seen[oy*d.w+ox] {
				rim++
				continue
			}
			if sign*float64(d.v[iy*d.w+ix]-d.v[oy*d.w+ox]) > 0.55*math.Abs(p.step) {
				hard++
			}
		}
	}
	if outline > rim {
		p.hard = float64(hard) / float64(outline-rim)
	}
	p.rim = float64(rim) / float64(max(1, outline))
	return p
}
