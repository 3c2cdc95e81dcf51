package privacy

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A newcomer is what stands before the rack and did not at commissioning. Cells are of 10 mm.
const (
	newM          = 0.16 // least side of one, m,
	newWideM      = 0.22 // or a lying screen's sides, m
	newLowM       = 0.12
	newGap        = 1    // cells that may lie between parts of one
	newShare      = 0.75 // of what can be told of such a place says that it is new
	suspectLeastM = 0.06 // side of a square that may be a part of a face, m
	newTold       = 0.50 // of the place that must be new
	changeGrowM   = 0.06 // by how much what is new is grown, m,
	changeGrow    = 0.3  // and of its size: an edge is told less well than the middle

	bandFull  = 0.82 // of a device's width is new in every row of a device that was moved or taken,
	bandNew   = 0.8  // and of what can be told there,
	bandEnd   = 8    // and most of so many cells at either end,
	bandOff   = 0.25 // but no more of what can be told beside it
	bandTallM = 0.45 // tallest such band

	deviceFull = 0.75 // of what can be told of a device's place is new when it was taken
	deviceNew  = 0.6  // and of the place
	aloneShare = 0.15 // of the cells around something that may be new as well

	doorFull   = 0.7 // of a column is new of a leaf that stands otherwise
	doorTold   = 20  // the first and last of so many parts of a column must be new
	doorBeside = 12  // cells beside such a column that may be of the leaf's frame

	glareM     = 0.15 // side of the square that no reflection fills, m
	glareOver  = 1.25 // brightness over what is around it, in roots
	glareAbove = 0.5
	glarePeak  = 0.2 // of white
	glareLong  = 22  // cells
	glareShort = 3
)

// newcomers marks what was not there at commissioning, the size of a head or larger, and is no device that was moved or
// taken and no door; and, for other detectors, any place as large as a face where something is new. Both are nil without
// a commissioning picture.
func (p *plane) newcomers(n *plane) (sure, suspected []bool) {
	if n == nil {
		return nil, nil
	}
	a, b := p.coarse(), n.coarse()
	p.forget(a, b)
	like := changeLike
	if p.target.Door != nil {
		like = changeDoor
	}
	c := compared(a, b, like)
	news := make([]bool, len(c.says))
	for i, s := range c.says {
		news[i] = s == other
	}
	side := cells(suspectLeastM) / changeCell
	news = opened(news, a.w, a.h, side, side, newShare)
	c.excuseGlare(a, p.grey())
	c.excuseGlare(b, n.grey())
	p.excuseDevices(&c)
	p.excuseBands(&c)
	if p.target.Door != nil {
		excuseDoor(&c)
	}
	return p.fine(c.standing(), a), p.fine(news, a)
}

// fine is a coarse mask in the plane's own cells.
func (p *plane) fine(mask []bool, c coarse) []bool {
	out := make([]bool, p.w*p.h)
	for i := range out {
		if x, y := i%p.w/changeCell, i/p.w/changeCell; x < c.w && y < c.h {
			out[i] = mask[y*c.w+x]
		}
	}
	return out
}

// forget takes the places of instruments out of a comparison: they show what they show.
func (p *plane) forget(a, b coarse) {
	told := make([]bool, p.w*p.h)
	for i := range told {
		told[i] = true
	}
	p.excuse(told, p.target.Instruments)
	gain := gainOf(a, b)
	for i := range a.v {
		if !told[i/a.w*changeCell*p.w+i%a.w*changeCell] {
			a.v[i] = b.v[i] * gain
		}
	}
}

// standing marks the places in which nearly all that can be told is new, and what is new right beside them.
func (c comparison) standing() []bool {
	w, h := c.a.w, c.a.h
	isNew, isSame := make([]bool, len(c.says)), make([]bool, len(c.says))
	for i, s := range c.says {
		isNew[i], isSame[i] = s == other, s == same
	}
	news, sames := sums(isNew, w, h), sums(isSame, w, h)
	sure := make([]bool, len(c.says))
	for _, size := range [...][2]float64{{newM, newM}, {newWideM, newLowM}} {
		sw, sh := cells(size[0])/changeCell, cells(size[1])/changeCell
		for y := 0; y+sh <= h; y++ {
			for x := 0; x+sw <= w; x++ {
				n := float64(boxCount(news, w, x, y, x+sw, y+sh))
				if s := float64(boxCount(sames, w, x, y, x+sw, y+sh)); n < newTold*float64(sw*sh) || n < newShare*(n+s) {
					continue
				}
				for k := range sh {
					for i := range sw {
						sure[(y+k)*w+x+i] = true
					}
				}
			}
		}
	}
	near := spread(isNew, w, h, newGap)
	out := make([]bool, len(c.says))
	for i := range near {
		near[i] = near[i] || sure[i]
	}
	for _, b := range blobs(near, w, h) {
		if !slices.ContainsFunc(b.cells, func(i int) bool { return sure[i] }) {
			continue
		}
		for _, i := range b.cells {
			out[i] = true
		}
	}
	return out
}

// excuseBands forgets devices that were moved or taken and panels: bands over the whole of a device's width and nothing
// beyond it. Who stands before a rack is narrower, or covers a post as well.
func (p *plane) excuseBands(c *comparison) {
	const cell = cellM * changeCell
	const half = changeWindow / 2 // by how much windows spread what is new
	w := c.a.w
	x0 := int(((p.target.WidthM-maps.PanelWidthM)/2 - p.left) / cell)
	x1 := int(((p.target.WidthM+maps.PanelWidthM)/2 - p.left) / cell)
	if x0 < 0 || x1 > w || x1-x0 < 4*half {
		return
	}
	band := make([]bool, c.a.h)
	for y := range band {
		in, ins := c.count(y, x0, x1)
		l, _ := c.count(y, x0, x0+bandEnd)
		r, _ := c.count(y, x1-bandEnd, x1)
		band[y] = in > bandFull*float64(x1-x0) && in > bandNew*ins && min(l, r) > bandEnd/3
	}
	for y := 0; y < len(band); y++ {
		end := y
		for end < len(band) && band[end] {
			end++
		}
		if end > y {
			tall := float64(end-y)*cell - half*cell
			var left, leftTold, right, rightTold float64
			for r := y; r < end; r++ {
				l, ls := c.count(r, 0, x0-half-1)
				k, ks := c.count(r, x1+half+1, w)
				left, leftTold, right, rightTold = left+l, leftTold+ls, right+k, rightTold+ks
			}
			if tall <= bandTallM && left <= bandOff*leftTold && right <= bandOff*rightTold {
				for i := max(0, y-half) * w; i < min(c.a.h, end+half)*w; i++ {
					if c.says[i] == other {
						c.says[i] = unsaid
					}
				}
			}
		}
		y = end
	}
}

// count is how many cells of a row are new, and of how many that can be told.
func (c *comparison) count(y, x0, x1 int) (news, told float64) {
	for x := max(0, x0); x < min(c.a.w, x1); x++ {
		switch c.says[y*c.a.w+x] {
		case other:
			news, told = news+1, told+1
		case same:
			told++
		}
	}
	return news, told
}

// excuseDoor clears the columns that are new from the top of the view to its bottom, and those beside them: a leaf that
// stands otherwise. Somebody of whom that is true shows no head.
func excuseDoor(c *comparison) {
	w := c.a.w
	leaf := make([]bool, w)
	for x := range w {
		var told []byte
		news := 0
		for y := range c.a.h {
			if s := c.says[y*w+x]; s != unsaid {
				told = append(told, s)
				if s == other {
					news++
				}
			}
		}
		n := len(told)
		if n < doorTold || float64(news) < doorFull*float64(n) || told[n/doorTold] != other || told[n-1-n/doorTold] != other {
			continue
		}
		for k := max(0, x-doorBeside); k < min(w, x+doorBeside+1); k++ {
			leaf[k] = true
		}
	}
	for i := range c.says {
		if leaf[i%w] && c.says[i] == other {
			c.says[i] = unsaid
		}
	}
}

// excuseGlare forgets what is about a lamp's reflection, now or at commissioning: a soft spot, smaller than a head and
// much brighter than what is around it. It stands elsewhere for every pose.
func (c *comparison) excuseGlare(p coarse, white float64) {
	base := p.openedGrey(glareM)
	spots := make([]bool, len(p.v))
	for i, v := range p.v {
		spots[i] = p.ok[i] && v > glareOver*base[i]+glareAbove
	}
	dimmest := math.Sqrt(glarePeak * white)
	for _, b := range blobs(spots, p.w, p.h) {
		peak := 0.0
		for _, i := range b.cells {
			peak = max(peak, p.v[i])
		}
		if long, short := max(b.x1-b.x0, b.y1-b.y0), min(b.x1-b.x0, b.y1-b.y0); peak < dimmest || long > glareLong || short < glareShort {
			continue
		}
		const reach = changeWindow/2 + 2
		near := blob{x0: b.x0 - reach, y0: b.y0 - reach, x1: b.x1 + reach, y1: b.y1 + reach}
		if c.alone(near) {
			c.forget(near)
		}
	}
}

// alone says whether little is new right around a box.
func (c *comparison) alone(b blob) bool {
	const ring = 2
	news, all := 0.0, 0.0
	for y := b.y0 - ring; y < b.y1+ring; y++ {
		if y < 0 || y >= c.a.h {
			continue
		}
		x0, x1 := b.x0-ring, b.x1+ring
		n, _ := c.count(y, x0, x1)
		cells := float64(max(0, min(c.a.w, x1)-max(0, x0)))
		if y >= b.y0 && y < b.y1 {
			in, _ := c.count(y, b.x0, b.x1)
			n, cells = n-in, cells-float64(max(0, min(c.a.w, b.x1)-max(0, b.x0)))
		}
		news, all = news+n, all+cells
	}
	return news <= aloneShare*all
}

// forget takes back that what a box shows is new.
func (c *comparison) forget(b blob) {
	for y := max(0, b.y0); y < min(c.a.h, b.y1); y++ {
		for x := max(0, b.x0); x < min(c.a.w, b.x1); x++ {
			if i := y*c.a.w + x; c.says[i] == other {
				c.says[i] = unsaid
			}
		}
	}
}

// excuseDevices forgets devices that were taken: what is new fills a device's place and ends with it.
func (p *plane) excuseDevices(c *comparison) {
	const cell, half = cellM * changeCell, changeWindow/2 + 1
	for _, d := range p.target.Devices {
		b := blob{
			x0: int((d.Min.X - p.left) / cell), x1: int((d.Max.X-p.left)/cell) + 1,
			y0: int((p.top - d.Max.Y) / cell), y1: int((p.top-d.Min.Y)/cell) + 1,
		}
		news, told := 0.0, 0.0
		for y := max(0, b.y0); y < min(c.a.h, b.y1); y++ {
			n, all := c.count(y, b.x0, b.x1)
			news, told = news+n, told+all
		}
		near := blob{x0: b.x0 - half, y0: b.y0 - half, x1: b.x1 + half, y1: b.y1 + half}
		if area := float64((b.x1 - b.x0) * (b.y1 - b.y0)); news > deviceFull*told && news > deviceNew*area && c.alone(near) {
			c.forget(near)
		}
	}
}

// openedGrey is a plane without what is bright and smaller than a square (grey opening: the least of each square, and of
// those the greatest).
func (c coarse) openedGrey(sideM float64) []float64 {
	half := cells(sideM) / changeCell / 2
	v := slices.Clone(c.v)
	for i, ok := range c.ok {
		if !ok {
			v[i] = math.Inf(1)
		}
	}
	v = least(v, c.w, c.h, half)
	for i, x := range v {
		if v[i] = -x; math.IsInf(x, 1) {
			v[i] = 0
		}
	}
	v = least(v, c.w, c.h, half)
	for i := range v {
		v[i] = -v[i]
	}
	return v
}

// least takes the least of each square of 2 half + 1 cells, rows first.
func least(v []float64, w, h, half int) []float64 {
	rows, out := make([]float64, len(v)), make([]float64, len(v))
	for y := range h {
		for x := range w {
			rows[y*w+x] = slices.Min(v[y*w+max(0, x-half) : y*w+min(w, x+half+1)])
		}
	}
	for y := range h {
		to := out[y*w : (y+1)*w]
		copy(to, rows[y*w:])
		for k := max(0, y-half); k < min(h, y+half+1); k++ {
			for x, m := range rows[k*w : (k+1)*w] {
				if m < to[x] {
					to[x] = m
				}
			}
		}
	}
	return out
}

// grey is what white paint shows.
func (p *plane) grey() float64 { return 0.114*p.white[0] + 0.587*p.white[1] + 0.299*p.white[2] }
