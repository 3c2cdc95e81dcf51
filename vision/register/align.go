package register

import (
	"image"
	"math"
)

// The four corners of a tag in half sides, in the order of Tag.Corners.
var unitCorners = [4][2]float64{{-1, 1}, {1, 1}, {1, -1}, {-1, -1}} //nolint:gochecknoglobals // a constant table

// An overlay is a tag laid over a picture: the corners that fit best, and how well.
type overlay struct {
	corners [4][2]float64
	match   float64 // correlation of tag and picture, 1 at best; what covers parts of the tag lowers it
}

// When laying a tag over a picture ends.
const (
	alignRounds = 12
	alignStop   = 2e-4 // half sides: 0.005 px of a tag of 50 px
	alignReach  = 0.3  // half sides: a tag that moves farther was not there
)

// refineAll puts the corners of found tags where the printed tag fits the picture best; one that does not fit is left.
func refineAll(grey *image.Gray, tags []Tag) {
	s := sampler{grey}
	for i, t := range tags {
		if c, ok := codeOf(t.ID); ok {
			if o, ok := s.align(s.hung(c, t.Corners), t.Corners); ok && o.match > leastMatch {
				tags[i].Corners = o.corners
			}
		}
	}
}

// hung turns a code as the picture shows it: a sticker may be put on sideways.
func (s sampler) hung(c code, corners [4][2]float64) code {
	best, bestMatch := c, math.Inf(-1)
	h := ofSquare(corners)
	for range 4 {
		if m := s.match(templateOf(c, 2, 0), h, 0, 0); m > bestMatch {
			best, bestMatch = c, m
		}
		c = c.turned()
	}
	return best
}

// match is the correlation of a tag with the picture that shows it under h, moved by (du, dv) px; -1 outside.
func (s sampler) match(t template, h Homography, du, dv float64) float64 {
	var n, st, sp, stt, spp, stp float64
	for row := range t.side {
		for col := range t.side {
			u, v := h.At(t.place(col, row))
			p, ok := s.at(u+du, v+dv)
			if !ok {
				continue
			}
			q := t.v[row*t.side+col]
			n, st, sp, stt, spp, stp = n+1, st+q, sp+p, stt+q*q, spp+p*p, stp+p*q
		}
	}
	if n < leastShown*float64(len(t.v)) {
		return -1
	}
	vt, vp := stt-st*st/n, spp-sp*sp/n
	if vt <= 0 || vp <= n { // a patch without contrast
		return -1
	}
	return (stp - st*sp/n) / math.Sqrt(vt*vp)
}

// align moves, turns, scales and shears the tag from where its corners are thought to be until it fits the picture:
// efficient second-order minimisation (Benhimane and Malis 2004) over an affine change of the tag's plane, with gain,
// offset, and less weight for samples that do not fit, such as those of a cable before the tag.
// ok is false when it ends elsewhere.
func (s sampler) align(c code, corners [4][2]float64) (o overlay, ok bool) {
	h := ofSquare(corners)
	cell := math.Sqrt(math.Abs(area(corners))) / cells
	t := templateOf(c, max(3, min(14, int(math.Round(1.5*cell)))), 1)
	var w warp
	seen, shown := make([]float64, len(t.v)), make([]float64, len(t.v))
	for range alignRounds {
		if !s.look(t, h, w, seen, shown) {
			return o, false
		}
		step, match, ok := t.step6(seen, shown)
		if !ok {
			return o, false
		}
		o.match = match
		moved := 0.0
		for i := range w {
			w[i] += step[i]
			moved = max(moved, math.Abs(step[i]))
		}
		if w.largest() > alignReach {
			return o, false
		}
		if moved < alignStop {
			break
		}
	}
	for k, q := range unitCorners {
		o.corners[k][0], o.corners[k][1] = h.At(w.at(q[0], q[1]))
	}
	return o, true
}

// A warp is an affine change of the tag's plane: x + w0 + w1 x + w2 y, y + w3 + w4 x + w5 y.
type warp [6]float64

func (w warp) at(x, y float64) (wx, wy float64) {
	return x + w[0] + w[1]*x + w[2]*y, y + w[3] + w[4]*x + w[5]*y
}

func (w warp) largest() float64 {
	var m float64
	for _, v := range w {
		m = max(m, math.Abs(v))
	}
	return m
}

// look samples the picture where the template's samples lie; shown is 1 where it and its neighbours lie in the picture.
// ok is false when too much lies outside.
func (s sampler) look(t template, h Homography, w warp, seen, shown []float64) (ok bool) {
	for i := range seen {
		u, v := h.At(w.at(t.place(i%t.side, i/t.side)))
		if seen[i], ok = s.at(u, v); ok {
			shown[i] = 1
		} else {
			shown[i] = -1
		}
	}
	n := 0
	for i, own := range shown {
		col, row := i%t.side, i/t.side
		if own < 0 || col > 0 && shown[i-1] < 0 || col < t.side-1 && shown[i+1] < 0 ||
			row > 0 && shown[i-t.side] < 0 || row < t.side-1 && shown[i+t.side] < 0 {
			if own > 0 {
				shown[i] = 0
			}
			continue
		}
		n++
	}
	for i := range shown {
		shown[i] = max(0, shown[i])
	}
	return float64(n) >= leastShown*float64(len(seen))
}

// step6 is how the warp must change by one Gauss-Newton step, and the correlation before it.
func (t template) step6(seen, shown []float64) (step [6]float64, match float64, ok bool) {
	gain, offset, match := regress(t.v, seen, shown)
	if gain <= 0 {
		return step, match, false
	}
	weight := weights(t.v, seen, shown, gain, offset)
	if gain, offset, _ = regress(t.v, seen, weight); gain <= 0 {
		return step, match, false
	}
	sx, sy := slopes(seen, t.side, t.step())
	var n [6][6]float64
	var b [6]float64
	for i, w := range weight {
		x, y := t.place(i%t.side, i/t.side)
		gx, gy := (sx[i]+gain*t.gx[i])/2, (sy[i]+gain*t.gy[i])/2
		j := [6]float64{gx, gx * x, gx * y, gy, gy * x, gy * y}
		r := offset + gain*t.v[i] - seen[i]
		for k, jk := range j {
			b[k] += w * jk * r
			for l := k; l < 6; l++ {
				n[k][l] += w * jk * j[l]
			}
		}
	}
	for k := range 6 {
		for l := range k {
			n[k][l] = n[l][k]
		}
	}
	inv, ok := invert6(n)
	for k := range 6 {
		for l := range 6 {
			step[k] += inv[k][l] * b[l]
		}
	}
	return step, match, ok
}

// regress fits seen = offset + gain * printed, and gives their correlation.
func regress(printed, seen, weight []float64) (gain, offset, match float64) {
	var n, st, sp, stt, spp, stp float64
	for i, q := range printed {
		w, p := weight[i], seen[i]
		n, st, sp, stt, spp, stp = n+w, st+w*q, sp+w*p, stt+w*q*q, spp+w*p*p, stp+w*p*q
	}
	vt, vp, c := stt-st*st/n, spp-sp*sp/n, stp-st*sp/n
	if !(vt > 0 && vp > 0) {
		return 0, 0, 0
	}
	gain = c / vt
	return gain, (sp - gain*st) / n, c / math.Sqrt(vt*vp)
}

// weights give samples less say the farther they are from the fit, after Cauchy, with 2.4 mean deviations as the scale,
// and none to those that are not shown.
func weights(printed, seen, shown []float64, gain, offset float64) []float64 {
	var sum, n float64
	w := make([]float64, len(printed))
	for i, q := range printed {
		w[i] = seen[i] - offset - gain*q
		sum, n = sum+shown[i]*math.Abs(w[i]), n+shown[i]
	}
	scale := max(2.4*sum/max(n, 1), 1)
	for i, r := range w {
		w[i] = shown[i] / (1 + r*r/(scale*scale))
	}
	return w
}

// A Homography maps places of a plane to another, row by row.
type Homography [9]float64

// At is where a place is mapped to.
func (h Homography) At(x, y float64) (u, v float64) {
	d := h[6]*x + h[7]*y + h[8]
	return (h[0]*x + h[1]*y + h[2]) / d, (h[3]*x + h[4]*y + h[5]) / d
}

// ofSquare maps the square of unitCorners to four corners, after Heckbert, "Fundamentals of texture mapping" (1989).
func ofSquare(c [4][2]float64) Homography {
	// With s, t from 0 to 1: (0,0) the first corner, (1,0) the second, (1,1) the third, (0,1) the fourth.
	sx, sy := c[0][0]-c[1][0]+c[2][0]-c[3][0], c[0][1]-c[1][1]+c[2][1]-c[3][1]
	dx1, dy1, dx2, dy2 := c[1][0]-c[2][0], c[1][1]-c[2][1], c[3][0]-c[2][0], c[3][1]-c[2][1]
	den := dx1*dy2 - dx2*dy1
	if math.Abs(den) < 1e-12 {
		return Homography{2: c[0][0], 5: c[0][1], 8: 1}
	}
	g, k := (sx*dy2-dx2*sy)/den, (dx1*sy-sx*dy1)/den
	a, b := c[1][0]-c[0][0]+g*c[1][0], c[3][0]-c[0][0]+k*c[3][0]
	d, e := c[1][1]-c[0][1]+g*c[1][1], c[3][1]-c[0][1]+k*c[3][1]
	// s = (x+1)/2, t = (1-y)/2.
	row := func(p, q, r float64) (float64, float64, float64) { return p / 2, -q / 2, r + p/2 + q/2 }
	var h Homography
	h[0], h[1], h[2] = row(a, b, c[0][0])
	h[3], h[4], h[5] = row(d, e, c[0][1])
	h[6], h[7], h[8] = row(g, k, 1)
	return h
}

// area of a quadrilateral, px², by the shoelace formula.
func area(c [4][2]float64) float64 {
	var s float64
	for k := range c {
		n := c[(k+1)%4]
		s += c[k][0]*n[1] - n[0]*c[k][1]
	}
	return s / 2
}
