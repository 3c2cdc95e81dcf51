package props

import (
	"math"
	"math/rand/v2"
)

// segments of each sign, a b c d e f g from the lowest bit: a is the top, going round clockwise, g the middle.
func segments(r rune) uint8 {
	if r >= '0' && r <= '9' {
		return [...]uint8{0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f}[r-'0']
	}
	switch r {
	case '-':
		return 0x40
	case 'E':
		return 0x79
	case 'H':
		return 0x76
	case 'L':
		return 0x38
	case 'o':
		return 0x5c
	case 'r':
		return 0x50
	}
	return 0
}

// A reader is a 7-segment display's way to look.
type reader struct {
	l                 *Layer
	lit, dark, ground rgb
	dim               [7]float64 // of each segment
	slant             float64    // x to the right for each mm up
	thick             float64    // of a segment, share of a digit's width
	lcd               bool
	digitW, digitH    float64
}

// Display draws a 7-segment display: its digits fill the box but for a small rim. Signs are 0-9, minus, a point, blank,
// and E, H, L, o, r.
func Display(rng *rand.Rand, wMM, hMM float64, text string) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, max(0.1, min(0.4, hMM/90)))
	d := newReader(rng, l)
	l.paintBy(slab(box{0, 0, wMM, hMM}, 0), 0, func(x, y, _ float64) (rgb, float64) {
		return d.ground.tone(1 + 0.15*(y/hMM-0.5)), 1
	})
	digits := 0
	for _, r := range text {
		if r != '.' {
			digits++
		}
	}
	if digits == 0 {
		return l
	}
	rim := hMM * between(rng, 0.1, 0.16)
	d.digitH = hMM - 2*rim
	cell := (wMM - 2*rim - d.slant*d.digitH) / float64(digits)
	d.digitW = min(cell*0.74, d.digitH*0.62)
	glow := make([]shape, 0, 7*digits)
	at := -1
	for _, r := range text {
		if r == '.' {
			glow = append(glow, d.point(rim+float64(max(at, 0)+1)*cell-0.1*(cell-d.digitW), hMM-rim, cell-d.digitW))
			continue
		}
		at++
		glow = append(glow, d.digit(rim+float64(at)*cell+(cell-d.digitW)/2, rim, segments(r))...)
	}
	if !d.lcd {
		d.bloom(glow, between(rng, 0.02, 0.12))
	}
	d.window(rng, wMM, hMM)
	return l
}

func newReader(rng *rand.Rand, l *Layer) *reader {
	d := &reader{l: l, slant: math.Tan(between(rng, 0, 12) * math.Pi / 180), thick: between(rng, 0.15, 0.23)}
	if rng.Float64() < 0.3 {
		d.slant = 0
	}
	for i := range d.dim {
		d.dim[i] = between(rng, 0.85, 1)
	}
	if rng.Float64() < 0.1 {
		d.dim[rng.IntN(7)] = between(rng, 0.3, 0.6) // a tired segment
	}
	if d.lcd = rng.Float64() < 0.3; d.lcd {
		d.ground = rgb{0.25, 0.30, 0.20}.tone(between(rng, 0.7, 1.3))
		if rng.Float64() < 0.4 {
			d.ground = grey(between(rng, 0.2, 0.4))
		}
		d.lit, d.dark = grey(0.025), d.ground.tone(between(rng, 0.9, 0.97))
		return d
	}
	bright := between(rng, 0.7, 2.5)
	d.lit = [...]rgb{{1, 0.06, 0.03}, {1, 0.05, 0.02}, {0.12, 1, 0.12}, {1, 0.42, 0.03}, {0.1, 0.3, 1}}[rng.IntN(5)].tone(bright)
	d.ground = grey(between(rng, 0.01, 0.03))
	d.dark = d.ground.tone(between(rng, 1, 2)).toward(d.lit, between(rng, 0, 0.012))
	return d
}

// digit draws a digit's segments, lit or not, and returns the lit ones.
func (d *reader) digit(x, y float64, on uint8) []shape {
	t := d.digitW * d.thick
	w, h := d.digitW-t, d.digitH-t
	g := t * 0.62 // from a corner to where a segment begins
	ends := [7][4]float64{
		{g, 0, w - g, 0}, {w, g, w, h/2 - g}, {w, h/2 + g, w, h - g}, {g, h, w - g, h},
		{0, h/2 + g, 0, h - g}, {0, g, 0, h/2 - g}, {g, h / 2, w - g, h / 2},
	}
	var lit []shape
	for i, e := range ends {
		s := d.bar(x+t/2, y+t/2, e, t/2, h)
		c := d.dark
		if on&(1<<i) != 0 {
			c = d.dark.toward(d.lit, d.dim[i])
			lit = append(lit, s)
		}
		d.l.paint(s, c, 1, 0)
	}
	return lit
}

// bar is one segment: a hexagon, leaning with the digit.
func (d *reader) bar(x, y float64, e [4]float64, r, h float64) shape {
	lean := func(py float64) float64 { return (h - py) * d.slant }
	x0, y0, x1, y1 := x+e[0]+lean(e[1]), y+e[1], x+e[2]+lean(e[3]), y+e[3]
	flat := e[1] == e[3]
	n := hypot(x1-x0, y1-y0)
	ux, uy := (x1-x0)/max(n, 1e-9), (y1-y0)/max(n, 1e-9)
	return shape{func(px, py float64) float64 {
		if flat { // its ends lean too
			px -= (y0 - py) * d.slant
		}
		u, v := (px-x0)*ux+(py-y0)*uy, math.Abs(-(px-x0)*uy+(py-y0)*ux)
		past := max(-u, u-n)
		return max(v-r, (max(past, -r)+v-r)*0.707, past-r)
	}, box{min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r}}
}

// point draws a decimal point in the gap, mm, right of a digit's foot.
func (d *reader) point(x, y, gap float64) shape {
	r := min(d.digitW*d.thick*0.55, 0.42*gap)
	s := disc(x, y-r, r)
	d.l.paint(s, d.lit, 1, 0)
	return s
}

// bloom spreads the light of lit segments over what is around them, as a lens and a red window do.
func (d *reader) bloom(lit []shape, share float64) {
	reach := d.digitW * 0.22
	for _, s := range lit {
		d.l.each(s.where.grown(2.5*reach), func(i int, x, y float64) {
			if far := max(0, s.dist(x, y)); far < 2.5*reach {
				d.l.add(i, d.lit.tone(share*bell(far*far/(reach*reach))))
			}
		})
	}
}

// window mirrors the hall: a veil, and at times a bright band.
func (d *reader) window(rng *rand.Rand, w, h float64) {
	veil, band, tilt := between(rng, 0, 0.012), 0.0, between(rng, -0.5, 0.5)
	if rng.Float64() < 0.2 {
		band = between(rng, 0.02, 0.15)
	}
	mid, wide := between(rng, 0, h), h*between(rng, 0.1, 0.3)
	d.l.each(box{0, 0, w, h}, func(i int, x, y float64) {
		u := (y + tilt*x - mid) / wide
		d.l.add(i, grey(veil+band*bell(u*u)))
	})
}
