package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// spreads are how the darkest and the brightest parts of a cell changed: logarithms over what those of all cells together
// lead to expect. Through a perforated leaf the sheet is most of what is seen and stays as it was; what lies behind shows
// in its holes only, which are the darkest parts, or the brightest behind a black leaf.
type spreads struct{ low, high float64 }

// Quantiles of a block's brightness, and the block's size, px of 2 mm: two holes of a door at least.
const (
	lowShare  = 0.15
	highShare = 0.85
)

// holeAjar is by how much the darkest parts of a place must be darker than before (logarithm) for a panel to be gone past a
// leaf that stands ajar: the reference shows the place through it.
const holeAjar = -0.45

// bared says whether a place may be darker than before only because its leaf is out of the way: the reference shows it
// through the sheet, or with the reflections of the pane.
func (c *comparison) bared(i int) bool {
	d := c.scene.Target.Door
	return c.spreads[i].low > holeAjar || d != nil && d.Kind == maps.GlassDoor
}

// ends are the low and high quantiles of brightness of each block of a part, reference first.
func (c *comparison) ends(r rect, dx, dy int) (low, high [][2]float64) {
	for x := r.x0; x+2*blockPx <= r.x1; x += 2 * blockPx {
		b := rect{x, r.y0, x + 2*blockPx, r.y1}
		nl, nh, ok := c.now.quantiles(b)
		rl, rh, ok2 := c.ref.quantiles(rect{b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy})
		if ok && ok2 {
			low, high = append(low, [2]float64{rl, nl}), append(high, [2]float64{rh, nh})
		}
	}
	return low, high
}

// quantiles of the brightness of a part that is wholly within the plane; ok is false when a fifth of it was not seen.
func (p plane) quantiles(r rect) (low, high float64, ok bool) {
	if r.x0 < 0 || r.y0 < 0 || r.x1 > p.w || r.y1 > p.h || r.empty() {
		return 0, 0, false
	}
	var hist [256]int
	n := 0
	for y := r.y0; y < r.y1; y++ {
		for x := r.x0; x < r.x1; x++ {
			if i := y*p.w + x; p.seen[i] {
				hist[max(0, min(255, int(p.v[i])))]++
				n++
			}
		}
	}
	if 5*n < 4*(r.x1-r.x0)*(r.y1-r.y0) {
		return 0, 0, false
	}
	sum, low, high := 0, -1.0, -1.0
	for v, k := range hist {
		sum += k
		if low < 0 && float64(sum) >= lowShare*float64(n) {
			low = float64(v)
		}
		if high < 0 && float64(sum) >= highShare*float64(n) {
			high = float64(v)
		}
	}
	return low, high, true
}

// spreadOut measures all cells together, each against the tone that all have in common.
func (c *comparison) spreadOut() []spreads {
	lows, highs := make([][][2]float64, len(c.cells)), make([][][2]float64, len(c.cells))
	for i, k := range c.cells {
		lows[i], highs[i] = c.ends(k.r, k.m.dx, k.m.dy)
	}
	l, h := fitTone(slices.Concat(lows...)), fitTone(slices.Concat(highs...))
	out := make([]spreads, len(c.cells))
	for i := range out {
		out[i] = spreads{overTone(lows[i], l), overTone(highs[i], h)}
	}
	return out
}

// overTone is the median logarithm of brightness over the expected; the 3 keeps noise in the dark small.
func overTone(pairs [][2]float64, t tone) float64 {
	v := make([]float64, 0, len(pairs))
	for _, p := range pairs {
		v = append(v, math.Log((p[1]+3)/(t.of(p[0])+3)))
	}
	return median(v)
}
