package privacy

import (
	"math"
	"slices"
)

// How the picture is compared with that of the commissioning: windows of the face plane are correlated, which neither
// another lamp nor another exposure changes; a head in the way does.
const (
	changeCell   = 2    // plane cells a cell here: 10 mm
	changeWindow = 9    // cells a window: 90 mm, two units
	changeShift  = 1    // cells that two registrations and what stands proud of the face may lie apart
	changeLike   = 0.4  // correlation above which nothing has changed
	changeDoor   = 0.2  // the same behind a door, whose holes and bars shift against what is behind
	changeText   = 0.5  // structure, in roots of grey levels, below which a window is flat
	changeStep   = 1.5  // and by how much the brightness of a flat one must have changed
	changeM      = 0.15 // smallest thing that could be a head, m
	changeShare  = 0.8  // of it
	changeGrowM  = 0.06
	mostChanged  = 0.6  // of all that was compared: beyond it a door was opened or closed
	bandRow      = 0.6  // a row of which more has changed belongs to a device that changed,
	bandBeside   = 0.35 // unless the rows above or below have changed by more than this
	bandM        = 0.30 // or it is taller, m
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
	return c
}

// changed marks what was not there at commissioning, the size of a head or larger, and is no device that was moved or
// taken and no door; nil without a commissioning picture.
func (p *plane) changed(n *plane, hasDoor bool) []bool {
	if n == nil {
		return nil
	}
	a, b := p.coarse(), n.coarse()
	gain := gainOf(a, b)
	told := make([]bool, p.w*p.h) // an instrument shows what it shows
	for i := range told {
		told[i] = true
	}
	p.excuse(told, p.target.Instruments)
	for i := range a.v {
		if !told[i/a.w*changeCell*p.w+i%a.w*changeCell] {
			a.v[i] = b.v[i] * gain
		}
	}
	like := changeLike
	if hasDoor {
		like = changeDoor
	}
	mask, compared := differing(a, b, gain, like)
	count := 0
	for _, set := range mask {
		if set {
			count++
		}
	}
	if compared == 0 || hasDoor && float64(count) > mostChanged*float64(compared) {
		return nil
	}
	p.excuseBands(mask, a)
	side := cells(changeM) / changeCell
	open := opened(mask, a.w, a.h, side, side, changeShare)
	if hasDoor {
		excuseDoor(open, a)
	}
	out := make([]bool, p.w*p.h)
	for i := range out {
		if x, y := i%p.w/changeCell, i/p.w/changeCell; x < a.w && y < a.h {
			out[i] = open[y*a.w+x]
		}
	}
	return out
}

// differing marks the cells around which two planes show something else, and counts those that could be compared.
func differing(a, b coarse, gain, like float64) (mask []bool, compared int) {
	mask = make([]bool, len(a.v))
	sa, sb := integrals(a.v, a.v, a.w, a.h), integrals(b.v, b.v, b.w, b.h)
	valid := make([]bool, len(a.v))
	for i := range valid {
		valid[i] = a.ok[i] && b.ok[i]
	}
	seen := sums(valid, a.w, a.h)
	best := correlated(a, b, sa, sb)
	const half, n = changeWindow / 2, changeWindow * changeWindow
	for y := half; y < a.h-half; y++ {
		for x := half; x < a.w-half; x++ {
			if boxCount(seen, a.w, x-half, y-half, x+half+1, y+half+1) < n*9/10 {
				continue
			}
			compared++
			ma, da := sa.moments(x-half, y-half, x+half+1, y+half+1)
			mb, db := sb.moments(x-half, y-half, x+half+1, y+half+1)
			mb, db = mb*gain, db*gain
			i := y*a.w + x
			if max(da, db) < changeText {
				mask[i] = math.Abs(ma-mb) > max(changeStep, 0.35*mb)
			} else {
				mask[i] = best[i] < like
			}
		}
	}
	return mask, compared
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

// correlated is, for each cell, the best normalised correlation of its window with those of the other plane nearby.
func correlated(a, b coarse, sa, sb integral) []float64 {
	best := make([]float64, len(a.v))
	moved := make([]float64, len(a.v))
	const half = changeWindow / 2
	for dy := -changeShift; dy <= changeShift; dy++ {
		for dx := -changeShift; dx <= changeShift; dx++ {
			for i := range moved {
				x, y := i%a.w+dx, i/a.w+dy
				moved[i] = 0
				if x >= 0 && y >= 0 && x < a.w && y < a.h {
					moved[i] = b.v[y*a.w+x]
				}
			}
			products := integrals(a.v, moved, a.w, a.h)
			for y := half + changeShift; y < a.h-half-changeShift; y++ {
				for x := half + changeShift; x < a.w-half-changeShift; x++ {
					ma, da := sa.moments(x-half, y-half, x+half+1, y+half+1)
					mb, db := sb.moments(x+dx-half, y+dy-half, x+dx+half+1, y+dy+half+1)
					cov := boxSum(products.sq, a.w, x-half, y-half, x+half+1, y+half+1)/(changeWindow*changeWindow) - ma*mb
					best[y*a.w+x] = max(best[y*a.w+x], cov/max(da*db, 1e-3))
				}
			}
		}
	}
	return best
}

// excuseBands clears devices that were moved or taken: bands right across the rack, no taller than a few units, with
// rows above and below that have not changed. A person narrows to a head and goes on to the feet.
func (p *plane) excuseBands(mask []bool, c coarse) {
	const cell = cellM * changeCell
	x0, x1 := max(0, int((0-p.left)/cell)), min(c.w, int((p.target.WidthM-p.left)/cell))
	if x1 <= x0 {
		return
	}
	share := make([]float64, c.h)
	for y := range c.h {
		n := 0
		for x := x0; x < x1; x++ {
			if mask[y*c.w+x] {
				n++
			}
		}
		share[y] = float64(n) / float64(x1-x0)
	}
	gap, tall := cells(0.05)/changeCell, cells(bandM)/changeCell
	for y := 0; y < c.h; y++ {
		end := y
		for end < c.h && share[end] > bandRow {
			end++
		}
		if end > y && end-y <= tall && rowAt(share, y-gap) < bandBeside && rowAt(share, end-1+gap) < bandBeside {
			clear(mask[max(0, y-gap)*c.w : min(c.h, end+gap)*c.w])
		}
		y = end
	}
}

func rowAt(share []float64, y int) float64 {
	if y < 0 || y >= len(share) {
		return 0
	}
	return share[y]
}

// excuseDoor clears what has changed from the top of the view to its bottom: a leaf that stands otherwise. Somebody of
// whom that is true shows no head.
func excuseDoor(open []bool, c coarse) {
	top, bottom := c.h, 0
	for i, ok := range c.ok {
		if ok {
			top, bottom = min(top, i/c.w), max(bottom, i/c.w)
		}
	}
	const near = changeWindow
	for _, b := range blobs(open, c.w, c.h) {
		if b.y0 <= top+near && b.y1 > bottom-near {
			for _, i := range b.cells {
				open[i] = false
			}
		}
	}
}
