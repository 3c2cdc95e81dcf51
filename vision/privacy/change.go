package privacy

import (
	"math"
	"slices"
)

// How the picture is compared with that of the commissioning: windows of the face plane are correlated, which neither
// another lamp nor another exposure changes; a head or a screen in the way does.
const (
	changeCell   = 2   // plane cells a cell here: 10 mm
	changeWindow = 7   // cells a window: 70 mm
	changeShift  = 1   // cells that two registrations and what stands proud of the face may lie apart
	changeLike   = 0.7 // correlation above which nothing has changed
	changeDoor   = 0.5 // the same behind a door, whose holes and bars shift against what is behind
	changeText   = 0.2 // structure, in roots of grey levels, below which a window is flat and says nothing
	changeStep   = 1.5 // but when its brightness has changed by so much, and by this share
	changePart   = 0.35
	changeDim    = 0.4 // contrast that is left of what there was, or was of what there is, at least
)

// What a window of the face says of who stands before it.
const (
	unsaid = iota // flat then and now: nobody can tell
	same
	other
)

// A coarse is a plane in cells of 10 mm: roots of grey levels, whose noise is the same in light and shade.
type coarse struct {
	w, h int
	v    []float64
	ok   []bool
}

func (p *plane) coarse() coarse {
	c := coarse{w: p.w / changeCell, h: p.h / changeCell}
	c.v, c.ok = make([]float64, c.w*c.h), make([]bool, c.w*c.h)
	for i := range c.v {
		sum, n := 0.0, 0
		for q := range changeCell * changeCell {
			if l, ok := p.luma(i%c.w*changeCell+q%changeCell, i/c.w*changeCell+q/changeCell); ok {
				sum, n = sum+l, n+1
			}
		}
		if c.ok[i] = n == changeCell*changeCell; c.ok[i] {
			c.v[i] = math.Sqrt(sum / float64(n))
		}
	}
	c.smooth()
	return c
}

// smooth takes the mean of 3 x 3 cells, so that fine slots and holes do not beat against the cells.
func (c coarse) smooth() {
	s := integrals(c.v, c.v, c.w, c.h)
	n := sums(c.ok, c.w, c.h)
	for y := range c.h {
		for x := range c.w {
			if i := y*c.w + x; c.ok[i] {
				x0, y0, x1, y1 := max(0, x-1), max(0, y-1), min(c.w, x+2), min(c.h, y+2)
				c.v[i] = boxSum(s.sum, c.w, x0, y0, x1, y1) / float64(boxCount(n, c.w, x0, y0, x1, y1))
			}
		}
	}
}

// A comparison of two planes, cell by cell, and what each says.
type comparison struct {
	a, b   coarse
	gain   float64 // of a over b, in roots
	sa, sb integral
	like   float64
	says   []byte
}

// compared says of each cell whether its surroundings show what they showed at commissioning.
func compared(a, b coarse, like float64) comparison {
	c := comparison{a: a, b: b, gain: gainOf(a, b), like: like, says: make([]byte, len(a.v))}
	c.sa, c.sb = integrals(a.v, a.v, a.w, a.h), integrals(b.v, b.v, b.w, b.h)
	products := integrals(a.v, b.v, a.w, a.h)
	valid := make([]bool, len(a.v))
	for i := range valid {
		valid[i] = a.ok[i] && b.ok[i]
	}
	seen := sums(valid, a.w, a.h)
	const half, n = changeWindow / 2, changeWindow * changeWindow
	for y := half; y < a.h-half; y++ {
		for x := half; x < a.w-half; x++ {
			if boxCount(seen, a.w, x-half, y-half, x+half+1, y+half+1) < n*9/10 {
				continue
			}
			c.says[y*a.w+x] = c.window(products, x, y)
		}
	}
	return c
}

// window judges the window around a cell.
func (c *comparison) window(products integral, x, y int) byte {
	const half, n = changeWindow / 2, changeWindow * changeWindow
	ma, da := c.sa.moments(x-half, y-half, x+half+1, y+half+1)
	mb, db := c.sb.moments(x-half, y-half, x+half+1, y+half+1)
	if max(da, db*c.gain) < changeText {
		if off := math.Abs(ma - mb*c.gain); off > max(changeStep, changePart*mb*c.gain) {
			return other
		}
		return unsaid
	}
	if lo, hi := min(da, db*c.gain), max(da, db*c.gain); hi > 2*changeText && lo < changeDim*hi {
		return other
	}
	cov := boxSum(products.sq, c.a.w, x-half, y-half, x+half+1, y+half+1)/n - ma*mb
	if cov >= c.like*max(da*db, 1e-3) {
		return same
	}
	for dy := -changeShift; dy <= changeShift; dy++ {
		for dx := -changeShift; dx <= changeShift; dx++ {
			if (dx != 0 || dy != 0) && c.shifted(x, y, dx, dy, ma, da) {
				return same
			}
		}
	}
	return other
}

// shifted says whether a window is like that of the other plane a little aside.
func (c *comparison) shifted(x, y, dx, dy int, ma, da float64) bool {
	const half, n = changeWindow / 2, changeWindow * changeWindow
	w, h := c.a.w, c.a.h
	if x+dx < half || y+dy < half || x+dx+half >= w || y+dy+half >= h {
		return false
	}
	mb, db := c.sb.moments(x+dx-half, y+dy-half, x+dx+half+1, y+dy+half+1)
	sum := 0.0
	for k := -half; k <= half; k++ {
		ra := c.a.v[(y+k)*w+x-half:][:changeWindow]
		rb := c.b.v[(y+dy+k)*w+x+dx-half:][:changeWindow]
		for i, v := range ra {
			sum += v * rb[i]
		}
	}
	return sum/n-ma*mb >= c.like*max(da*db, 1e-3)
}

// gainOf is by how much brighter the one is than the other, in roots: the median of all cells.
func gainOf(a, b coarse) float64 {
	var ratios []float64
	for i := range a.v {
		if a.ok[i] && b.ok[i] && b.v[i] > 1 {
			ratios = append(ratios, a.v[i]/b.v[i])
		}
	}
	if len(ratios) == 0 {
		return 1
	}
	slices.Sort(ratios)
	return max(0.1, ratios[len(ratios)/2])
}

// An integral holds the running sums of a plane, of its squares, or of its products with another.
type integral struct {
	w       int
	sum, sq []float64
}

// integrals sums a, and the products of a and b.
func integrals(a, b []float64, w, h int) integral {
	s := integral{w: w, sum: make([]float64, (w+1)*(h+1)), sq: make([]float64, (w+1)*(h+1))}
	for y := range h {
		row, sq := 0.0, 0.0
		for x := range w {
			i := y*w + x
			row, sq = row+a[i], sq+a[i]*b[i]
			k := (y+1)*(w+1) + x + 1
			s.sum[k], s.sq[k] = s.sum[k-w-1]+row, s.sq[k-w-1]+sq
		}
	}
	return s
}

func boxSum(s []float64, w, x0, y0, x1, y1 int) float64 {
	return s[y1*(w+1)+x1] - s[y0*(w+1)+x1] - s[y1*(w+1)+x0] + s[y0*(w+1)+x0]
}

func boxCount(s []int32, w, x0, y0, x1, y1 int) int {
	return int(s[y1*(w+1)+x1] - s[y0*(w+1)+x1] - s[y1*(w+1)+x0] + s[y0*(w+1)+x0])
}

// moments are the mean and standard deviation of a box.
func (s integral) moments(x0, y0, x1, y1 int) (mean, sd float64) {
	n := float64((x1 - x0) * (y1 - y0))
	mean = boxSum(s.sum, s.w, x0, y0, x1, y1) / n
	return mean, math.Sqrt(max(0, boxSum(s.sq, s.w, x0, y0, x1, y1)/n-mean*mean))
}
