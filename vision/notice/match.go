package notice

import (
	"math"
	"slices"
)

// blockPx is the side of the blocks in which two pictures are compared, px of 2 mm: half a unit, so that shadows, falls
// of light and what hangs before a part of a device spoil only some.
const blockPx = 11

// flatVar is the variance of the logarithm below which a block has no structure that noise could not make.
const flatVar = 0.0008

// A match is how alike a part of one plane is to a part of another.
type match struct {
	ncc      float64 // correlation of what is left when each block's mean is taken out, -1..1
	now, ref float64 // variance within the blocks, of the logarithm
	alike    float64 // share of the structured blocks (of the reference) that correlate by more than 0.5
	blocks   int     // that could be compared
	structed int     // of them, with structure in the reference
	dx, dy   int     // where it was best, px
}

// compare lays the part r of now on the part of ref that lies (dx, dy) px off.
func compare(now, ref plane, r rect, dx, dy int) match {
	m := match{dx: dx, dy: dy}
	var cov, vn, vr float64
	alike := 0
	for y := r.y0; y+blockPx/2 <= r.y1; y += blockPx {
		for x := r.x0; x+blockPx/2 <= r.x1; x += blockPx {
			c, a, b, ok := block(now, ref, rect{x, y, min(x+blockPx, r.x1), min(y+blockPx, r.y1)}, dx, dy)
			if !ok {
				continue
			}
			m.blocks++
			cov, vn, vr = cov+c, vn+a, vr+b
			if b > flatVar {
				m.structed++
				if c > 0.5*math.Sqrt(a*b) {
					alike++
				}
			}
		}
	}
	if m.blocks == 0 {
		return m
	}
	m.now, m.ref = vn/float64(m.blocks), vr/float64(m.blocks)
	m.ncc = cov / math.Sqrt((vn+1e-9)*(vr+1e-9))
	if m.structed > 0 {
		m.alike = float64(alike) / float64(m.structed)
	}
	return m
}

// block is the covariance and the variances of one block of both; ok is false when it was not seen in both.
func block(now, ref plane, r rect, dx, dy int) (cov, vn, vr float64, ok bool) {
	if r.x0 < 0 || r.y0 < 0 || r.x1 > now.w || r.y1 > now.h || r.x0+dx < 0 || r.y0+dy < 0 || r.x1+dx > ref.w || r.y1+dy > ref.h {
		return 0, 0, 0, false
	}
	var sa, sb, saa, sbb, sab float32
	for y := r.y0; y < r.y1; y++ {
		i, k := y*now.w, (y+dy)*ref.w+dx
		if !now.seen[i+r.x0] || !now.seen[i+r.x1-1] || !ref.seen[k+r.x0] || !ref.seen[k+r.x1-1] {
			return 0, 0, 0, false
		}
		p, q := now.v[i+r.x0:i+r.x1], ref.v[k+r.x0:k+r.x1]
		for x, a := range p {
			b := q[x]
			a, b = a-4, b-4 // near the logarithm's middle, so that single precision is enough
			sa, sb, saa, sbb, sab = sa+a, sb+b, saa+a*a, sbb+b*b, sab+a*b
		}
	}
	n := float64((r.x1 - r.x0) * (r.y1 - r.y0))
	a, b := float64(sa)/n, float64(sb)/n
	return float64(sab)/n - a*b, max(0, float64(saa)/n-a*a), max(0, float64(sbb)/n-b*b), true
}

// best searches the shift, up to reach px about (dx, dy), at which the part matches best.
func best(now, ref plane, r rect, dx, dy, reach int) match {
	out := match{ncc: -2}
	for oy := -reach; oy <= reach; oy++ {
		for ox := -reach; ox <= reach; ox++ {
			if m := compare(now, ref, r, dx+ox, dy+oy); m.blocks > 0 && m.ncc > out.ncc {
				out = m
			}
		}
	}
	if out.ncc < -1 {
		return match{dx: dx, dy: dy}
	}
	return out
}

// median of values, which it sorts; 0 without any.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// A tone maps the brightness of the commissioning picture to that of now: gain and offset of the luma.
type tone struct{ gain, offset float64 }

// What tells a tone.
const (
	leastPairs = 6   // pairs
	leastGain  = 0.1 // below which a gain is rather a misfit
)

// fitTone fits a tone to pairs of means (reference, now), the outliers among them losing weight, round by round (Tukey).
func fitTone(pairs [][2]float64) tone {
	t := tone{gain: 1}
	if len(pairs) < leastPairs {
		return t
	}
	var ratio []float64
	for _, p := range pairs {
		ratio = append(ratio, (p[1]+3)/(p[0]+3))
	}
	t.gain = median(ratio)
	for range 8 {
		var off []float64
		for _, p := range pairs {
			off = append(off, math.Abs(p[1]-t.of(p[0])))
		}
		limit := 4.7 * max(2, 1.48*median(slices.Clone(off)))
		var s, sx, sy, sxx, sxy float64
		for i, p := range pairs {
			if q := off[i] / limit; q < 1 {
				w := (1 - q*q) * (1 - q*q)
				s, sx, sy, sxx, sxy = s+w, sx+w*p[0], sy+w*p[1], sxx+w*p[0]*p[0], sxy+w*p[0]*p[1]
			}
		}
		d := s*sxx - sx*sx
		if s < 4 || d < 30*s*s { // all of one brightness: no gain can be told from it
			break
		}
		g := min(8, max(leastGain, (s*sxy-sx*sy)/d))
		t = tone{g, (sy - g*sx) / s}
	}
	return t
}

// of is the brightness that now has what had v.
func (t tone) of(v float64) float64 { return max(0, t.gain*v+t.offset) }
