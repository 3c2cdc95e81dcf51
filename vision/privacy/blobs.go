package privacy

import (
	"math"

	"github.com/nightrounds/nightrounds/vision"
)

// A blob is a connected region of a mask: its bounding box in cells, ends exclusive, and its cells.
type blob struct {
	x0, y0, x1, y1 int
	cells          []int
}

// sums is the integral image of a mask: sums[(y)*(w+1)+x] counts what is set above and left of (x, y).
func sums(mask []bool, w, h int) []int32 {
	s := make([]int32, (w+1)*(h+1))
	for y := range h {
		row := int32(0)
		for x := range w {
			if mask[y*w+x] {
				row++
			}
			s[(y+1)*(w+1)+x+1] = s[y*(w+1)+x+1] + row
		}
	}
	return s
}

// opened keeps the windows of sw x sh cells of which at least share is set: what is smaller or narrower vanishes.
func opened(mask []bool, w, h, sw, sh int, share float64) []bool {
	out := make([]bool, len(mask))
	if sw > w || sh > h {
		return out
	}
	s := sums(mask, w, h)
	need := int32(math.Ceil(share * float64(sw*sh)))
	marks := make([]int32, (w+1)*(h+1)) // differences of how many windows cover a cell
	for y := 0; y+sh <= h; y++ {
		for x := 0; x+sw <= w; x++ {
			n := s[(y+sh)*(w+1)+x+sw] - s[y*(w+1)+x+sw] - s[(y+sh)*(w+1)+x] + s[y*(w+1)+x]
			if n >= need {
				marks[y*(w+1)+x]++
				marks[y*(w+1)+x+sw]--
				marks[(y+sh)*(w+1)+x]--
				marks[(y+sh)*(w+1)+x+sw]++
			}
		}
	}
	for y := range h {
		row := int32(0)
		for x := range w {
			row += marks[y*(w+1)+x]
			marks[y*(w+1)+x] = row
		}
	}
	for x := range w {
		col := int32(0)
		for y := range h {
			col += marks[y*(w+1)+x]
			out[y*w+x] = col > 0
		}
	}
	return out
}

// blobs are the connected regions of a mask (4 neighbours), in the order of their first cells.
func blobs(mask []bool, w, h int) []blob {
	var out []blob
	done := make([]bool, len(mask))
	var stack []int
	for i, set := range mask {
		if !set || done[i] {
			continue
		}
		b := blob{x0: w, y0: h}
		stack, done[i] = append(stack[:0], i), true
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := c%w, c/w
			b.x0, b.y0, b.x1, b.y1 = min(b.x0, x), min(b.y0, y), max(b.x1, x+1), max(b.y1, y+1)
			b.cells = append(b.cells, c)
			for _, n := range [4]struct {
				ok bool
				i  int
			}{{x > 0, c - 1}, {x < w-1, c + 1}, {y > 0, c - w}, {y < h-1, c + w}} {
				if n.ok && mask[n.i] && !done[n.i] {
					done[n.i] = true
					stack = append(stack, n.i)
				}
			}
		}
		out = append(out, b)
	}
	return out
}

// places are the regions of a mask of the plane as rectangles of the picture, grown at every side by growM and by a share
// of their size.
func (p *plane) places(what string, mask []bool, growM, share float64) []vision.Hidden {
	if mask == nil {
		return nil
	}
	var out []vision.Hidden
	for _, b := range blobs(mask, p.w, p.h) {
		if h, ok := p.place(what, b, growM, share); ok {
			out = append(out, h)
		}
	}
	return out
}

// place is the box of the picture that shows a region's box.
func (p *plane) place(what string, b blob, growM, share float64) (vision.Hidden, bool) {
	w, h := p.small.Width*p.small.k, p.small.Height*p.small.k
	gx, gy := growM+share*float64(b.x1-b.x0)*cellM, growM+share*float64(b.y1-b.y0)*cellM
	x0, x1 := p.left+float64(b.x0)*cellM-gx, p.left+float64(b.x1)*cellM+gx
	if x0 < 0 { // nothing is compared beside the rack, where it may go on
		x0 = min(x0, p.left)
	}
	if x1 > p.target.WidthM {
		x1 = max(x1, p.left+float64(p.w)*cellM)
	}
	y0, y1 := p.top-float64(b.y1)*cellM-gy, p.top-float64(b.y0)*cellM+gy
	u0, v0, u1, v1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range [4][2]float64{{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}} {
		u, v, ok := p.projector.FaceToPixel(c[0], c[1])
		if !ok || math.IsNaN(u) || math.IsNaN(v) {
			return vision.Hidden{}, false
		}
		u0, v0, u1, v1 = min(u0, u), min(v0, v), max(u1, u), max(v1, v)
	}
	out := vision.Hidden{
		What: what, X0: int(max(0, u0)), Y0: int(max(0, v0)), X1: int(min(float64(w), u1+1)), Y1: int(min(float64(h), v1+1)),
	}
	return out, out.X1 > out.X0 && out.Y1 > out.Y0
}

// united joins places that overlap by more than half of the smaller one. A face stays a face, whatever it is joined to.
func united(in []vision.Hidden) []vision.Hidden {
	for again := true; again; {
		again = false
		for i := 0; i < len(in) && !again; i++ {
			for j := i + 1; j < len(in) && !again; j++ {
				a, b := in[i], in[j]
				if 2*area(common(a, b)) <= min(area(a), area(b)) {
					continue
				}
				if b.What == Face {
					a.What = Face
				}
				a.X0, a.Y0, a.X1, a.Y1 = min(a.X0, b.X0), min(a.Y0, b.Y0), max(a.X1, b.X1), max(a.Y1, b.Y1)
				in[i] = a
				in = append(in[:j], in[j+1:]...)
				again = true
			}
		}
	}
	return in
}

func common(a, b vision.Hidden) vision.Hidden {
	return vision.Hidden{X0: max(a.X0, b.X0), Y0: max(a.Y0, b.Y0), X1: min(a.X1, b.X1), Y1: min(a.Y1, b.Y1)}
}

func area(h vision.Hidden) int { return max(0, h.X1-h.X0) * max(0, h.Y1-h.Y0) }
