package led

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// How candidates for lights are looked for.
const (
	findSide      = 2100 // px of the longer side that is searched; a larger picture is shrunk
	minStandOut   = 40   // of a candidate's glare over its surroundings
	maxCandidates = 2000
	maxShareSide  = 30 // a light's radius is at most this part of the longer side
)

// A candidate is a spot of some radius, px, that stands out.
type candidate struct {
	x, y, a  int     // centre and half side of the box, px
	out, low float64 // by how much glare exceeds the two least different of its four sides, and the least
}

// A glare is a picture of how much each pixel is like a light: twice its strongest channel less its weakest, so that a
// saturated colour beats white of the same brightness. A running sum over it makes the mean of any box cheap.
type glare struct {
	w, h int
	v    []uint16
	sum  []uint32 // wraps, which differences do not mind
}

func glareOf(f burst.Frame) glare {
	g := glare{w: f.Width, h: f.Height, v: make([]uint16, f.Width*f.Height), sum: make([]uint32, (f.Width+1)*(f.Height+1))}
	for y := range g.h {
		var row uint32
		for x := range g.w {
			i := y*g.w + x
			p := f.BGR[3*i : 3*i+3 : 3*i+3]
			g.v[i] = 2*uint16(max(p[0], p[1], p[2])) - uint16(min(p[0], p[1], p[2]))
			row += uint32(g.v[i])
			g.sum[(y+1)*(g.w+1)+x+1] = g.sum[y*(g.w+1)+x+1] + row
		}
	}
	return g
}

// mean is of the box of half side a about (x, y), which must lie inside.
func (g glare) mean(x, y, a int) float64 {
	w := g.w + 1
	s := g.sum[(y+a+1)*w+x+a+1] - g.sum[(y-a)*w+x+a+1] - g.sum[(y+a+1)*w+x-a] + g.sum[(y-a)*w+x-a]
	return float64(s) / float64((2*a+1)*(2*a+1))
}

// candidates are the places where a box is more glaring than its surroundings on all sides, best first, over a ladder
// of sizes. A cable fails, for it goes on to two sides.
func (g glare) candidates() []candidate {
	var out []candidate
	for a := 1; a <= max(g.w, g.h)/maxShareSide; a = max(a+1, a*7/5) {
		out = append(out, g.ofSize(a)...)
	}
	slices.SortFunc(out, func(p, q candidate) int { return cmp.Compare(q.out, p.out) })
	return out[:min(len(out), maxCandidates)]
}

// ofSize searches one size on a grid as fine as the size needs.
func (g glare) ofSize(a int) []candidate {
	step, far := max(1, a/2), 2*a+2
	margin := far + a
	cols, rows := (g.w-2*margin+step-1)/step, (g.h-2*margin+step-1)/step
	if cols < 3 || rows < 3 {
		return nil
	}
	score := make([]float32, cols*rows)
	for j := range rows {
		for i := range cols {
			score[j*cols+i] = float32(g.standOut(margin+i*step, margin+j*step, a, far).out)
		}
	}
	var out []candidate
	for j := 1; j < rows-1; j++ {
		for i := 1; i < cols-1; i++ {
			if s := score[j*cols+i]; s >= minStandOut && isPeak(score, cols, i, j) {
				out = append(out, g.standOut(margin+i*step, margin+j*step, a, far))
			}
		}
	}
	return out
}

// standOut compares the box at (x, y) with those of its size far px to its four sides.
func (g glare) standOut(x, y, a, far int) candidate {
	m := g.mean(x, y, a)
	c := candidate{x: x, y: y, a: a}
	if m < minStandOut {
		return c
	}
	d := [4]float64{m - g.mean(x-far, y, a), m - g.mean(x+far, y, a), m - g.mean(x, y-far, a), m - g.mean(x, y+far, a)}
	slices.Sort(d[:])
	c.out, c.low = (d[0]+d[1])/2, d[0]
	return c
}

// isPeak says whether a grid point is not less than its neighbours, and more than those before it.
func isPeak(s []float32, cols, i, j int) bool {
	v := s[j*cols+i]
	for dj := -1; dj <= 1; dj++ {
		for di := -1; di <= 1; di++ {
			o := s[(j+dj)*cols+i+di]
			if o > v || o == v && (dj < 0 || dj == 0 && di < 0) {
				return false
			}
		}
	}
	return true
}

// shrunk is the picture with each n x n pixels made one, and n, such that its longer side is at most side px.
func shrunk(f burst.Frame, side int) (burst.Frame, int) {
	n := (max(f.Width, f.Height) + side - 1) / side
	if n <= 1 {
		return f, 1
	}
	o := burst.Frame{Width: f.Width / n, Height: f.Height / n}
	o.BGR = make([]byte, 3*o.Width*o.Height)
	for y := range o.Height {
		for x := range o.Width {
			var sum [3]int
			for v := range n {
				p := f.BGR[3*((y*n+v)*f.Width+x*n):]
				for u := range n {
					sum[0], sum[1], sum[2] = sum[0]+int(p[3*u]), sum[1]+int(p[3*u+1]), sum[2]+int(p[3*u+2])
				}
			}
			for c := range sum {
				o.BGR[3*(y*o.Width+x)+c] = byte(math.Round(float64(sum[c]) / float64(n*n)))
			}
		}
	}
	return o, n
}
