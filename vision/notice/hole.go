package notice

import (
	"math"
	"slices"
)

// A gap is what speaks for the place of a device or panel being an opening: less light comes back from within the rack
// than from a front, all across the place, and no further than its own edges. What stands, hangs or throws a shadow before
// the rack ends elsewhere, and what shines ends sooner. Logarithms of brightness over the expected.
type gap struct {
	inner        float64 // of the place without its ends: the median of its columns
	across       float64 // share of the columns that are darker by half of that or more
	above, below float64 // of the strips right above and below, which belong to the neighbours; NaN where not in view
	holed        bool
}

// How openings are told.
const (
	gapMin    = 0.12 // by which an opening is darker than its front at least (logarithm)
	gapSigmas = 6    // and so many robust deviations of all places of the look
	gapAcross = 0.75 // share of columns that must be
	gapCalm   = 0.4  // share of the darkness that the strips beyond its edges may show
	gapLeast  = 0.08 // what they may show anyhow
	gapKept   = 0.85 // correlation from which the front is there after all
	gapEndPx  = 12   // of each end that is left out: ears, and the stile of a leaf
)

// gapsOf measures all places and says which are openings: dark ones that are calm beyond their edges, two next to each other
// counting as one.
func (c *comparison) gapsOf() []gap {
	out := make([]gap, len(c.cells))
	abs := make([]float64, 0, len(out))
	for i, k := range c.cells {
		out[i] = c.gapOf(k)
		abs = append(abs, math.Abs(out[i].inner))
	}
	limit := max(gapMin, gapSigmas*1.48*median(abs))
	for i, k := range c.cells {
		g := &out[i]
		if !g.dark(limit) || k.m.structed >= 3 && k.m.ncc > gapKept {
			continue
		}
		above, below := g.calm(g.above), g.calm(g.below)
		for j, o := range c.cells {
			if n := out[j]; n.dark(limit) {
				above = above || o.r.near(k.r) && n.calm(n.above)
				below = below || k.r.near(o.r) && n.calm(n.below)
			}
		}
		g.holed = above && below
	}
	return out
}

// near says whether a part lies right above another.
func (r rect) near(below rect) bool {
	const slack = 8 // px
	d := below.y0 - r.y1
	return d > -slack && d < slack
}

// dark says whether all of a place is darker than expected.
func (g gap) dark(limit float64) bool { return g.inner < -limit && g.across >= gapAcross }

// calm says whether the darkness ends before a strip.
func (g gap) calm(strip float64) bool {
	return math.Abs(strip) <= max(gapLeast, gapCalm*math.Abs(g.inner))
}

// gapOf measures one place.
func (c *comparison) gapOf(k cell) gap {
	const off, thick = 3, 6 // px from an edge to the strip beyond it, and of the strip
	fall := c.fall(k.y)
	r := rect{k.r.x0 + gapEndPx, k.r.y0 + 2, k.r.x1 - gapEndPx, k.r.y1 - 2}
	cols := c.columnsOver(r, k.m, fall)
	g := gap{
		above: c.strip(rect{r.x0, k.r.y0 - off - thick, r.x1, k.r.y0 - off}, k.m, fall),
		below: c.strip(rect{r.x0, k.r.y1 + off, r.x1, k.r.y1 + off + thick}, k.m, fall),
	}
	if len(cols) == 0 {
		return g
	}
	g.inner = median(slices.Clone(cols))
	for _, v := range cols {
		if g.inner < 0 && v < g.inner/2 {
			g.across += 1 / float64(len(cols))
		}
	}
	return g
}

// strip is the median of a strip's columns; NaN where less than half of it is in view.
func (c *comparison) strip(r rect, m match, fall float64) float64 {
	cols := c.columnsOver(r, m, fall)
	if 2*len(cols) < (r.x1-r.x0)/(2*blockPx) || len(cols) == 0 {
		return math.NaN()
	}
	return median(cols)
}

// columnsOver is how much brighter than expected each column of a part is, as high as the part and two blocks wide.
func (c *comparison) columnsOver(r rect, m match, fall float64) []float64 {
	var out []float64
	for x := r.x0; x+2*blockPx <= r.x1; x += 2 * blockPx {
		b := rect{x, r.y0, x + 2*blockPx, r.y1}
		n, ok := c.now.mean(b)
		q, ok2 := c.ref.mean(rect{b.x0 + m.dx, b.y0 + m.dy, b.x1 + m.dx, b.y1 + m.dy})
		if ok && ok2 {
			out = append(out, c.excess([2]float64{q, n})-fall)
		}
	}
	return out
}
