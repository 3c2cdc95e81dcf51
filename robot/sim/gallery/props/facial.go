package props

import (
	"math"
	"math/rand/v2"
)

// profile adds what stands out beyond the skull when the head is turned far: nose, lips and chin.
func (b *bust) profile() {
	turned := smooth(0.75, 1.3, math.Abs(b.looks.yaw))
	if turned == 0 {
		return
	}
	s := math.Copysign(1, b.looks.yaw)
	c := b.looks.skin.tone(b.lit(s*0.6, 0.1, 0.6))
	rim := func(y float64) float64 {
		v := y / b.rh
		return s * b.rw * 0.97 * math.Sqrt(max(0, 1-v*v)) * b.narrowing(s, v)
	}
	draw := func(y, out, rx, ry, tone float64) {
		x, py := b.laid(rim(y)+s*out*turned, y)
		b.l.paint(oval(x, py, rx, ry, 0), c.tone(tone), 1, 2)
	}
	x0, y0 := b.laid(rim(-8)-s*4, -8)
	x1, y1 := b.laid(rim(38)+s*18*turned, 38)
	b.l.paint(stroke(x0, y0, x1, y1, 7, 8), c, 1, 2)
	draw(42, 5, 14, 8, 0.8)
	draw(b.mouthY-6, -6, 11, 6, 0.9)
	draw(b.mouthY+5, -7, 11, 6, 0.85)
}

// eyes draws sockets' shade, lids, whites, irises and brows.
func (b *bust) eyes(rng *rand.Rand) {
	gaze, open := between(rng, -2.5, 2.5), between(rng, 4.2, 6)
	brow := b.looks.hair.toward(b.looks.skin, 0.12)
	if b.looks.old {
		brow = brow.toward(grey(0.25), 0.3)
	}
	thick := between(rng, 2.6, 4.4)
	for _, s := range []float64{-1, 1} {
		x, wide := b.place(s*0.43, 3)
		if wide < 0.12 {
			continue
		}
		ex, ey := b.laid(x, 3)
		rx := 14.5 * wide
		b.l.paint(oval(ex, ey-3, rx*1.5, 13, b.looks.tilt), b.looks.skin.tone(0.22), 0.55, 14)
		b.l.paint(oval(ex, ey, rx, open, b.looks.tilt), grey(0.25), 1, 1.5)
		b.iris(ex+gaze*wide, ey-0.5, wide, open, rx)
		// The upper lid with its lashes throws a dark line, the lower a faint one.
		x0, y0 := b.laid(x-rx-1, 3)
		x1, y1 := b.laid(x+rx+1, 3)
		mx, my := b.laid(x, 3-open)
		b.l.paint(stroke(x0, y0, mx, my, 1.1, 1.5), grey(0.01), 0.9, 1.6)
		b.l.paint(stroke(mx, my, x1, y1, 1.5, 1.1), grey(0.01), 0.9, 1.6)
		lx, ly := b.laid(x, 3+open)
		b.l.paint(stroke(x0, y0, lx, ly, 0.6, 0.7), b.looks.skin.tone(0.3), 0.6, 1.6)
		b.l.paint(stroke(lx, ly, x1, y1, 0.7, 0.6), b.looks.skin.tone(0.3), 0.6, 1.6)
		bx0, by0 := b.laid(x-s*18*wide, b.browsY+2)
		bx1, by1 := b.laid(x+s*4*wide, b.browsY-4)
		bx2, by2 := b.laid(x+s*20*wide, b.browsY+1)
		b.l.paint(stroke(bx0, by0, bx1, by1, thick*0.9, thick), brow, 0.85, 2.5)
		b.l.paint(stroke(bx1, by1, bx2, by2, thick, thick*0.4), brow, 0.85, 2.5)
	}
}

// iris is cut off by the lids.
func (b *bust) iris(x, y, wide, open, rx float64) {
	lid := oval(x, y+0.5, rx, open, 0)
	paint := func(r float64, c rgb) {
		o := oval(x, y, r*wide, r, 0)
		b.l.paint(shape{func(px, py float64) float64 { return max(o.dist(px, py), lid.dist(px, py)) }, o.where}, c, 1, 1)
	}
	paint(6.2, b.looks.iris)
	paint(2.8, grey(0.003))
	b.l.paint(disc(x+1.5, y-2, 1), grey(0.8), 0.8, 1)
}

// noseAndMouth draws nostrils, the nose's shadow and the lips.
func (b *bust) noseAndMouth(rng *rand.Rand) {
	dark := b.looks.skin.tone(0.12)
	x, wide := b.place(0, 46)
	if wide > 0 {
		nx, ny := b.laid(x+6*b.sin, 49)
		b.l.paint(oval(nx, ny, 15*max(0.35, wide), 5, b.looks.tilt), b.looks.skin.tone(0.25), 0.5, 7)
	}
	for _, s := range []float64{-1, 1} {
		x, wide := b.place(s*0.11, 46)
		if wide > 0.1 {
			nx, ny := b.laid(x+8*b.sin, 46.5)
			b.l.paint(oval(nx, ny, 4*wide, 2.6, b.looks.tilt), dark, 0.85, 2)
		}
	}
	lip := rgb{b.looks.skin[0] * 0.75, b.looks.skin[1] * 0.45, b.looks.skin[2] * 0.5}
	if b.looks.long && rng.Float64() < 0.5 {
		lip = rgb{0.35, 0.05, 0.06}
	}
	if wide <= 0.02 {
		wide = 0.02
	}
	half := between(rng, 22, 27) * max(0.25, wide)
	x, _ = b.place(0, b.mouthY)
	mid := x + 3*b.sin
	mx, my := b.laid(mid, b.mouthY)
	b.l.paint(oval(mx, my-3, half, 4.5, b.looks.tilt), lip.tone(0.65), 0.9, 2.5)
	b.l.paint(oval(mx, my+4, half*0.85, 5.5, b.looks.tilt), lip.tone(0.95), 0.9, 3)
	x0, y0 := b.laid(mid-half-1, b.mouthY)
	x1, y1 := b.laid(mid+half+1, b.mouthY)
	b.l.paint(stroke(x0, y0, x1, y1, 1.2, 1.2), dark, 0.9, 1.8)
	b.l.paint(oval(mx, my+15, half*0.7, 4, 0), b.looks.skin.tone(0.3), 0.3, 8)
}

// beard covers jaw and lip, thin or full.
func (b *bust) beard() {
	cover := 0.35 + 0.55*smooth(-1, 1, grain(1, 2, b.seed))
	x0, _ := b.place(0, b.mouthY)
	b.l.each(box{b.cx - b.rw, b.cy + 10, b.cx + b.rw, b.cy + b.rh + 14}, func(i int, px, py float64) {
		x, y := b.upright(px, py)
		o := b.outline(x, y/1.03)
		if o > 1.03 {
			return
		}
		jaw := smooth(0.72, 0.86, o) * smooth(15, 40, y)
		chin := smooth(b.mouthY+9, b.mouthY+17, y)
		lip := smooth(b.mouthY-17, b.mouthY-12, y) * smooth(b.mouthY-2, b.mouthY-7, y) * smooth(36, 26, math.Abs(x-x0))
		side := smooth(20, 30, math.Abs(x-x0)) * smooth(b.mouthY-16, b.mouthY-8, y) * 0.8
		a := cover * max(jaw, chin, lip, side) * smooth(1.03, 0.97, o)
		b.l.over(i, b.looks.hair.tone(0.9+0.4*waves(x/1.6, y/5, b.seed+7)), a)
	})
}

// crown is the hair on top, or a cap, or next to nothing.
func (b *bust) crown() {
	if b.looks.bald && !b.looks.cap {
		return
	}
	line := -0.50 + 0.06*grain(3, 4, b.seed)
	middle, _ := b.place(0, -40)
	b.l.each(box{b.cx - 1.3*b.rw, b.cy - 1.15*b.rh, b.cx + 1.3*b.rw, b.cy + 1.1*b.rh}, func(i int, px, py float64) {
		x, y := b.upright(px, py)
		o := b.outline(x, y)
		if o > 1.09 {
			return
		}
		// The hair line sinks from the forehead to the temples; the far side of a turned head is all hair.
		off := (x - middle) / b.rw
		if b.looks.yaw != 0 {
			off -= 0.15 * b.sin
		}
		low := line + 0.35*smooth(0.5, 0.8, math.Abs(off)) + 0.9*smooth(0.78, 1.5, math.Abs(off)) +
			0.03*waves(x/7, 0, b.seed+3)
		if b.looks.cap {
			low = min(low, line+0.1)
		}
		v := y / b.rh
		a := smooth(low+0.04, low-0.02, v) * smooth(1.09, 1.04, o)
		if a <= 0 {
			return
		}
		u := x / b.rw / 1.1
		n := b.lit(u, v*0.9, math.Sqrt(max(0.02, 1-min(1, u*u+v*v*0.8))))
		if b.looks.cap {
			b.l.over(i, b.looks.cloth.tone(n*(1+0.06*waves(x/2, y/2, b.seed))+0.01), a)
			return
		}
		b.l.over(i, b.looks.hair.tone((n+0.15)*(1+0.45*waves(x/2.2+y/30, y/16, b.seed+4))), a)
	})
	if b.looks.cap {
		x, y := b.laid(middle*1.15, line*b.rh+8)
		b.l.paint(oval(x, y, b.rw*0.8, 11, b.looks.tilt), b.looks.cloth.tone(0.35), 1, 3)
	}
}

// mane is long hair behind the head and down to the shoulders.
func (b *bust) mane() {
	low := b.cy + b.rh + 60
	b.l.each(box{b.cx - 1.6*b.rw, b.cy - b.rh, b.cx + 1.6*b.rw, low + 40}, func(i int, x, y float64) {
		t := (y - b.cy) / b.rh
		half := b.rw * (1.10 + 0.12*smooth(-0.2, 1.2, t))
		if t < 0 {
			half = b.rw * 1.10 * math.Sqrt(max(0, 1-t*t*0.85))
		}
		u := (x - b.cx + 12*b.sin) / half
		end := low + 30*waves(x/14, 0, b.seed+5)
		if math.Abs(u) > 1 || y > end {
			return
		}
		n := b.lit(u, -0.2, math.Sqrt(1-u*u)+0.1)
		c := b.looks.hair.tone((n + 0.1) * (1 + 0.5*waves(x/3, y/40, b.seed+6)))
		b.l.over(i, c, smooth(1, 0.95, math.Abs(u))*smooth(end, end-15, y))
	})
}

// glasses have rims of wire or plastic, and glasses that mirror a lamp.
func (b *bust) glasses(rng *rand.Rand) {
	c, thick := grey(0.01), between(rng, 0.9, 2.2)
	if rng.Float64() < 0.3 {
		c = grey(0.25)
	}
	high := between(rng, 15, 20)
	glare := 0.0
	if rng.Float64() < 0.4 {
		glare = between(rng, 0.1, 0.5)
	}
	for _, s := range []float64{-1, 1} {
		x, wide := b.place(s*0.44, 6)
		if wide < 0.1 {
			continue
		}
		px, py := b.laid(x+5*b.sin, 6)
		lens := slab(box{px - 24*wide, py - high, px + 24*wide, py + high}, min(high, 24*wide)*0.7)
		b.l.paint(lens, grey(0.5), 0.06+0.3*glare, 0)
		b.l.paint(shape{func(x, y float64) float64 { return math.Abs(lens.dist(x, y)) - thick }, lens.where.grown(thick)}, c, 1, 0)
		b.l.paint(stroke(px-8*wide, py-high*0.5, px+6*wide, py-high*0.1, 2.5, 1), grey(0.9), glare, 3)
	}
	x0, y0 := b.laid(b.rw*math.Sin(b.looks.yaw-0.12)+5*b.sin, 2)
	x1, y1 := b.laid(b.rw*math.Sin(b.looks.yaw+0.12)+5*b.sin, 2)
	b.l.paint(stroke(x0, y0, x1, y1, thick, thick), c, 1, 0)
}

// mask covers nose, mouth and chin.
func (b *bust) mask(rng *rand.Rand) {
	c := [...]rgb{{0.35, 0.55, 0.7}, {0.75, 0.75, 0.75}, {0.02, 0.02, 0.02}}[rng.IntN(3)]
	middle, _ := b.place(0, 50)
	b.l.each(box{b.cx - b.rw, b.cy, b.cx + b.rw, b.cy + b.rh + 8}, func(i int, px, py float64) {
		x, y := b.upright(px, py)
		o := b.outline(x, y/1.03)
		off := (x - middle) / b.rw
		edge := 22 + 22*off*off
		if o > 1.02 || y < edge || math.Abs(off) > 0.95 {
			return
		}
		u := x / b.rw
		n := b.lit(u, 0.2*y/b.rh-0.25*smooth(60, 25, y), math.Sqrt(max(0.05, 1-u*u)))
		pleat := 1 - 0.2*smooth(2.5, 0, math.Abs(math.Mod(y, 16)-8))
		b.l.over(i, c.tone(n*pleat), smooth(edge, edge+2, y))
	})
}
