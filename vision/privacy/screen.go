package privacy

import (
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// What a lit screen is: at least this large, m; this much brighter than the white of the tags, or, where that clips, as
// bright; and dark
// right outside its outline, where a reflection of a lamp fades slowly.
const (
	screenWM      = 0.06
	screenHM      = 0.04
	screenBright  = 0.85 // of white, mean of the channels
	screenPaint   = 0.6  // of the brightness now: as much before, and it is paint
	screenBlue    = 0.45 // of white's blue, of a blue screen,
	screenBluish  = 1.3  // with so much more blue than red
	screenFill    = 0.70 // share of its box that is bright, text and all
	screenShare   = 0.70 // the same, of a window of the least size
	screenFull    = 0.9  // of a full rectangle; an ellipse fills 0.785
	screenLargeM  = 0.12 // side of a square as large as a large one, m
	screenEdge    = 0.55 // brightness outside over inside, at half of the outline at least
	screenGrow    = 0.3  // by what share of its size one is grown: its frame, and what of it is dark
	screenGrowM   = 0.03
	screenEdgeM   = 0.02 // how far outside
	instrumentGap = 0.01 // around a declared instrument, m
)

// screens marks lit screens. What was as bright at commissioning, relative to white, is paint; n may be nil. Of what lies
// below the face's foot only blue counts: the floor is as bright as paint, and the tags' white says little of it.
func (p *plane) screens(n *plane, instruments []maps.Instrument) []bool {
	foot := int(p.top / cellM)
	mask := make([]bool, p.w*p.h)
	for i, seen := range p.seen {
		x := p.left + float64(i%p.w)*cellM
		if !seen || x < -besideSideM || x > p.target.WidthM+besideSideM { // there all is averaged anyhow
			continue
		}
		level, blue, bluish := p.lit(i)
		if n != nil && n.seen[i] {
			if before, _, was := n.lit(i); before > screenPaint*level && was == bluish {
				continue
			}
		}
		mask[i] = level > screenBright && i/p.w < foot || bluish && blue > screenBlue
	}
	p.excuse(mask, instruments)
	wide := opened(mask, p.w, p.h, cells(screenWM), cells(screenHM), screenShare)
	tall := opened(mask, p.w, p.h, cells(screenHM), cells(screenWM), screenShare)
	for i := range wide {
		wide[i] = wide[i] || tall[i]
	}
	out := make([]bool, len(mask))
	for _, b := range blobs(wide, p.w, p.h) {
		if b = b.trimmed(mask, p.w); p.screenLike(b, n != nil) {
			for _, c := range b.cells {
				out[c] = true
			}
		}
	}
	return out
}

// lit is how bright a cell is and how blue, relative to white, and whether it is clearly bluish.
func (p *plane) lit(i int) (level, blue float64, bluish bool) {
	b, g, r := float64(p.bgr[3*i])/p.white[0], float64(p.bgr[3*i+1])/p.white[1], float64(p.bgr[3*i+2])/p.white[2]
	return (b + g + r) / 3, b, b > screenBluish*r
}

// excuse clears the places of declared instruments: they are lit, and are meant to be read.
func (p *plane) excuse(mask []bool, instruments []maps.Instrument) {
	for _, in := range instruments {
		w, h := max(in.WidthM, in.DiameterM)/2+instrumentGap, max(in.HeightM, in.DiameterM)/2+instrumentGap
		x0, x1 := int((in.X-w-p.left)/cellM), int((in.X+w-p.left)/cellM)
		y0, y1 := int((p.top-in.Y-h)/cellM), int((p.top-in.Y+h)/cellM)
		for y := max(0, y0); y <= min(p.h-1, y1); y++ {
			for x := max(0, x0); x <= min(p.w-1, x1); x++ {
				mask[y*p.w+x] = false
			}
		}
	}
}

// screenLike says whether a bright region has a screen's shape and outline. The outline need not be sharp of a large full
// rectangle that is news since commissioning: what lies behind it may be as bright.
func (p *plane) screenLike(b blob, news bool) bool {
	w, h := b.x1-b.x0, b.y1-b.y0
	if min(w, h) < cells(screenHM)-1 || max(w, h) < cells(screenWM)-1 || float64(len(b.cells)) < screenFill*float64(w*h) {
		return false
	}
	if full := float64(len(b.cells)) > screenFull*float64(w*h); news && full && w*h > cells(screenLargeM)*cells(screenLargeM) {
		return true
	}
	d := cells(screenEdgeM)
	sharp, all := 0, 0
	test := func(xi, yi, xo, yo int) {
		in, okIn := p.brightest(xi, yi)
		out, okOut := p.brightest(xo, yo)
		if okIn && okOut {
			all++
			if out < screenEdge*in {
				sharp++
			}
		}
	}
	for x := b.x0 + d; x < b.x1-d; x++ {
		test(x, b.y0+d/2, x, b.y0-d)
		test(x, b.y1-1-d/2, x, b.y1-1+d)
	}
	for y := b.y0 + d; y < b.y1-d; y++ {
		test(b.x0+d/2, y, b.x0-d, y)
		test(b.x1-1-d/2, y, b.x1-1+d, y)
	}
	return all == 0 || 2*sharp >= all
}

// trimmed is a region without the rows and columns at its ends of which less than half is in the mask, and only what of
// it is in the mask.
func (b blob) trimmed(mask []bool, w int) blob {
	cols, rows := make([]int, b.x1-b.x0), make([]int, b.y1-b.y0)
	in := b.cells[:0]
	for _, c := range b.cells {
		if mask[c] {
			in = append(in, c)
			cols[c%w-b.x0]++
			rows[c/w-b.y0]++
		}
	}
	left, right := ends(cols, len(rows))
	top, bottom := ends(rows, len(cols))
	b.x0, b.x1, b.y0, b.y1 = b.x0+left, b.x0+right, b.y0+top, b.y0+bottom
	b.cells = slices.DeleteFunc(in, func(c int) bool {
		return c%w < b.x0 || c%w >= b.x1 || c/w < b.y0 || c/w >= b.y1
	})
	return b
}

// ends are the first and one past the last of counts that reach half of the highest possible.
func ends(counts []int, most int) (from, to int) {
	to = len(counts)
	for from < to && 2*counts[from] < most {
		from++
	}
	for to > from && 2*counts[to-1] < most {
		to--
	}
	return from, to
}

// brightest is the brighter of a cell's blue and green, 0..255: a frame around a blue screen is as bright in grey.
func (p *plane) brightest(x, y int) (float64, bool) {
	if _, ok := p.luma(x, y); !ok {
		return 0, false
	}
	c := p.bgr[3*(y*p.w+x):]
	return float64(max(c[0], c[1])), true
}

// luma is a cell's brightness, 0..255.
func (p *plane) luma(x, y int) (float64, bool) {
	if x < 0 || y < 0 || x >= p.w || y >= p.h || !p.seen[y*p.w+x] {
		return 0, false
	}
	c := p.bgr[3*(y*p.w+x):]
	return 0.114*float64(c[0]) + 0.587*float64(c[1]) + 0.299*float64(c[2]), true
}
