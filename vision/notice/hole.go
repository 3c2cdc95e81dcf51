package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A gap is what speaks for the place of a device or panel being an opening: less light comes back from within the rack
// than from a front, all across the place, and no further than its own edges. What stands, hangs or throws a shadow before
// the rack ends elsewhere, and what shines ends sooner. Logarithms of brightness over the expected.
type gap struct {
	inner        float64 // of the place without its ends: the median of its columns
	across       float64 // share of the columns that are darker by half of that or more
	above, below float64 // of the strips right above and below, which belong to the neighbours; NaN where not in view
	holed        bool
	veiled       bool    // a leaf hangs before it, whose lattice or reflections are alike whatever lies behind
	dusk         float64 // natural logarithm of the odds that its darkness speaks for an opening
	beyond       float64 // share of the darkness that goes on beyond its edges, or beyond those of openings next to it; NaN where not in view
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
	inner, low := make([]float64, 0, len(out)), make([]float64, 0, len(out))
	for i, k := range c.cells {
		out[i] = c.gapOf(k)
		inner, low = append(inner, math.Abs(out[i].inner)), append(low, math.Abs(c.spreads[i].low))
	}
	limit := max(gapMin, gapSigmas*1.48*median(inner))
	wide, deep := calmest(inner), calmest(low)
	for i := range out {
		out[i].dusk = dusk(out[i].inner, wide)
		if d := c.scene.Target.Door; d != nil {
			out[i].veiled = true
			if d.Kind == maps.PerforatedDoor { // what lies behind the leaf shows in its holes
				out[i].dusk = max(out[i].dusk, dusk(c.spreads[i].low, deep))
			}
		}
	}
	for i, k := range c.cells {
		out[i].beyond = c.beyond(out, i)
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

// What speaks for a panel being gone and what against it, each the natural logarithm of a ratio of likelihoods: the one of
// what is measured where panels are gone, over that where they are in place and something else is dark.
const (
	oddsBefore = -5.0 // one panel in 150 is gone
	duskMost   = 8.0  // of darkness however deep
	duskLeast  = 0.01 // standard deviation that no look is better than (logarithm of brightness)
	duskSpan   = 2.0  // over which the darkness of openings is spread about evenly (logarithm)
	duskFrom   = 2.0  // from which a place counts as an opening for the one next to it
	duskLike   = 0.3  // and share of the darkness of the one that it must have
	oddsGone   = 2.5  // from which a panel is gone: 92 %
	oddsKept   = -1.0 // below which it may be in place
)

// calmest is the standard deviation of changes by their lowest third, so that most may be of openings: of normal ones a
// third lies within 0.43 of it. It sorts them.
func calmest(abs []float64) float64 {
	if len(abs) == 0 {
		return 0
	}
	slices.Sort(abs)
	return abs[len(abs)/3] / 0.43
}

// dusk is what a change of brightness says, by the deviation of such changes in the look: in good order changes fall off
// exponentially, openings are darker by anything up to duskSpan.
func dusk(change, sigma float64) float64 {
	sigma = max(duskLeast, sigma)
	return max(-duskMost, min(duskMost, -change/sigma-math.Log(duskSpan/sigma)))
}

// beyond is the share of a place's darkness that goes on beyond its edges, the worse of the two: 0 of an opening, 1 of a
// shadow. Beyond an opening next to it the edges of that one count.
func (c *comparison) beyond(all []gap, i int) float64 {
	k, g := c.cells[i], all[i]
	above, below := g.above/g.inner, g.below/g.inner
	for j, o := range c.cells {
		n := all[j]
		if n.dusk < duskFrom || n.inner > duskLike*g.inner {
			continue
		}
		if v := n.above / n.inner; o.r.near(k.r) && !(v > above) {
			above = v
		}
		if v := n.below / n.inner; k.r.near(o.r) && !(v > below) {
			below = v
		}
	}
	switch {
	case math.IsNaN(above):
		return below
	case math.IsNaN(below):
		return above
	}
	return max(above, below)
}

// odds is the natural logarithm of the odds that a panel is gone, by all that speaks for and against it together.
func (a appearance) odds() float64 {
	o := oddsBefore + a.dusk
	o += ramp(a.across, 0.3, -4, 0.9, 1) // a cable or a lamp covers a part of it
	if !math.IsNaN(a.beyond) {
		o += ramp(a.beyond, 0.15, 2, 0.8, -6)
	}
	o += ramp(a.bright, 0.05, 0, 0.4, -6)
	if a.structed >= 3 && !a.veiled {
		o += ramp(a.ncc, 0.8, 0, 0.95, -4) // the front is seen
	}
	o += 0.7 * float64(a.lost)
	if a.beside {
		o -= 4
	}
	if a.masked {
		o -= 3
	}
	return o
}

// ramp goes from one value to another between two places, and is level before and after.
func ramp(x, x0, y0, x1, y1 float64) float64 {
	return y0 + (y1-y0)*max(0, min(1, (x-x0)/(x1-x0)))
}
