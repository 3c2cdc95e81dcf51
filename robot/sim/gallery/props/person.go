package props

import (
	"math"
	"math/rand/v2"
)

// A Person is somebody who stands between the camera and the rack, from the chest up.
type Person struct {
	*Layer
	// The head, from the crown or cap to the chin, mm from the layer's upper left corner, y down.
	HeadX0, HeadY0, HeadX1, HeadY1 float64
	YawRad                         float64 // how far the face is turned from the camera; 0 looks straight into it
}

// Size of a person's layer, mm.
const (
	personWMM = 540.0
	personHMM = 600.0
)

// looks are how a person looks, as chance has it.
type looks struct {
	yaw, tilt                                  float64
	skin, hair, iris, cloth                    rgb
	long, bald, cap, beard, glasses, mask, old bool
	lightX, ambient, key                       float64
}

func newLooks(rng *rand.Rand) looks {
	skins := [...]rgb{{0.62, 0.42, 0.33}, {0.56, 0.36, 0.26}, {0.47, 0.29, 0.19}, {0.36, 0.21, 0.13}, {0.22, 0.12, 0.075}, {0.13, 0.07, 0.045}}
	hairs := [...]rgb{{0.008, 0.007, 0.006}, {0.03, 0.018, 0.010}, {0.07, 0.04, 0.02}, {0.2, 0.13, 0.06}, {0.14, 0.05, 0.02}, {0.3, 0.3, 0.3}}
	cloths := [...]rgb{{0.02, 0.03, 0.09}, {0.03, 0.03, 0.03}, {0.35, 0.36, 0.38}, {0.6, 0.55, 0.03}, {0.25, 0.03, 0.03}, {0.05, 0.15, 0.3}, {0.6, 0.25, 0.02}}
	k := looks{skin: skins[rng.IntN(6)].tone(between(rng, 0.85, 1.1)), hair: hairs[rng.IntN(6)], cloth: cloths[rng.IntN(7)]}
	if k.skin[0] < 0.3 && k.hair[0] < 0.25 {
		k.hair = hairs[rng.IntN(2)]
	}
	k.iris = [...]rgb{{0.03, 0.015, 0.008}, {0.05, 0.09, 0.14}, {0.06, 0.07, 0.03}}[rng.IntN(3)]
	switch v := rng.Float64(); {
	case v < 0.55:
		k.yaw = between(rng, -0.15, 0.15)
	case v < 0.85:
		k.yaw = between(rng, 0.35, 0.85)
	default:
		k.yaw = between(rng, 1.3, 1.55)
	}
	if rng.Float64() < 0.5 {
		k.yaw = -k.yaw
	}
	k.tilt = between(rng, -0.1, 0.1)
	k.long, k.bald = rng.Float64() < 0.3, rng.Float64() < 0.1
	k.cap, k.glasses = rng.Float64() < 0.15, rng.Float64() < 0.3
	k.beard, k.mask, k.old = !k.long && rng.Float64() < 0.35, rng.Float64() < 0.08, rng.Float64() < 0.3
	k.lightX, k.ambient = between(rng, -0.5, 0.5), between(rng, 0.3, 0.5)
	k.key = 1.05 - k.ambient
	return k
}

// A bust is a head under the pen. Places on the face are angles to the side (rad) and heights below the middle (mm).
type bust struct {
	l              *Layer
	looks          looks
	cx, cy         float64 // of the head's middle
	rw, rh, depth  float64 // half the width as seen, half the height, half the depth
	sin, cos       float64 // of the yaw
	sinT, cosT     float64 // of the tilt in the picture
	bumps          []bump
	seed           uint32
	browsY, mouthY float64
}

// A bump raises or hollows the face: a Gaussian, mm, in the head's own upright frame.
type bump struct{ x, y, sx, sy, high float64 }

// Head draws a person from the front, in three-quarter view or in profile.
func Head(rng *rand.Rand) *Person {
	b := newBust(rng, newLooks(rng))
	b.body(rng)
	if b.looks.long {
		b.mane()
	}
	b.neck()
	turned := math.Abs(b.looks.yaw) > 0.3
	if !turned {
		b.ears()
	}
	b.profile()
	b.face()
	b.eyes(rng)
	b.noseAndMouth(rng)
	if b.looks.beard {
		b.beard()
	}
	b.crown()
	if turned {
		b.ears()
	}
	if b.looks.glasses {
		b.glasses(rng)
	}
	if b.looks.mask {
		b.mask(rng)
	}
	side := b.rw * 1.06
	return &Person{
		Layer: b.l, YawRad: b.looks.yaw,
		HeadX0: b.cx - side, HeadX1: b.cx + side, HeadY0: b.cy - b.rh*1.06, HeadY1: b.cy + b.rh*1.02,
	}
}

func newBust(rng *rand.Rand, k looks) *bust {
	b := &bust{l: blank(personWMM, personHMM, 1.25), looks: k, seed: rng.Uint32()}
	b.cx, b.cy = personWMM/2+between(rng, -12, 12), 150+between(rng, -8, 8)
	half := between(rng, 74, 84)
	b.rh, b.depth = between(rng, 108, 120), 96
	b.sin, b.cos = math.Sincos(k.yaw)
	b.sinT, b.cosT = math.Sincos(k.tilt)
	b.rw = hypot(half*b.cos, b.depth*0.98*b.sin)
	b.browsY, b.mouthY = -14+between(rng, -2, 2), 66+between(rng, -3, 3)
	b.relief()
	return b
}

// place is where a spot of the face shows: side is its angle to the face's own middle, y its height below the head's
// middle. wide is how much of its width is left by the turn, and below 0 behind the rim.
func (b *bust) place(side, y float64) (x, wide float64) {
	a := side + b.looks.yaw
	v := y / b.rh
	round := math.Sqrt(max(0.1, 1-v*v)) * b.narrowing(math.Sin(a), v)
	return b.rw * math.Sin(a) * round, math.Cos(a)
}

// narrowing is how wide the head is at a height v of the side where x is, against an egg: a skull is broad above the
// temples, and the jaw draws in. Turned aside, the chin stays under the face and the nape draws in more.
func (b *bust) narrowing(x, v float64) float64 {
	if v < 0 {
		return 1 / (1 - 0.12*v*v)
	}
	jaw := 0.26 - 0.20*b.sin*b.sin
	if x*b.sin < 0 {
		jaw = 0.26 + 0.25*b.sin*b.sin
	}
	return (1 - jaw*v*v) * (1 - 0.06*smooth(0.6, 1, v))
}

// relief lays out what makes a face of an egg.
func (b *bust) relief() {
	add := func(side, y, sx, sy, high float64) {
		x, wide := b.place(side, y)
		if wide > 0.05 {
			b.bumps = append(b.bumps, bump{x, y, max(4, sx*wide), sy, high * (0.4 + 0.6*wide)})
		}
	}
	for _, s := range []float64{-1, 1} {
		add(s*0.43, 2, 17, 11, -9)        // sockets
		add(s*0.40, b.browsY-4, 22, 7, 5) // ridges of the brows
		add(s*0.52, 34, 18, 18, 6)        // cheeks
		add(s*0.30, 50, 7, 16, -2.5)      // folds
	}
	add(0, 10, 8, 22, 9)   // bridge
	add(0, 36, 11, 13, 17) // tip
	add(0.13, 41, 7, 6, 6)
	add(-0.13, 41, 7, 6, 6)
	add(0, b.mouthY-2, 24, 9, 5)
	add(0, b.mouthY+16, 20, 6, -4)
	add(0, 92, 18, 13, 8) // chin
}

// outline is how far out a place of the head is: below 1 inside. The jaw is narrower than the skull.
func (b *bust) outline(x, y float64) float64 {
	u, v := x/b.rw, y/b.rh
	u /= b.narrowing(x, v)
	return math.Sqrt(u*u + v*v*(1-0.08*math.Abs(u)))
}

// upright maps a place of the layer to the head's own frame.
func (b *bust) upright(x, y float64) (hx, hy float64) {
	dx, dy := x-b.cx, y-b.cy
	return dx*b.cosT + dy*b.sinT, -dx*b.sinT + dy*b.cosT
}

// laid is the inverse of upright.
func (b *bust) laid(hx, hy float64) (x, y float64) {
	return b.cx + hx*b.cosT - hy*b.sinT, b.cy + hx*b.sinT + hy*b.cosT
}

// lit is the light on a surface with the given normal, from lamps above and a bright hall around.
func (b *bust) lit(nx, ny, nz float64) float64 {
	n := math.Sqrt(nx*nx + ny*ny + nz*nz)
	lx, ly, lz := b.looks.lightX, -0.62, 0.62
	m := math.Sqrt(lx*lx + ly*ly + lz*lz)
	key := max(0, (nx*lx+ny*ly+nz*lz)/(n*m))
	return b.looks.ambient*(0.75-0.25*ny/n) + b.looks.key*key
}

// face shades the skin by the slope of the relief.
func (b *bust) face() {
	where := box{b.cx - 1.15*b.rw, b.cy - b.rh, b.cx + 1.15*b.rw, b.cy + b.rh}.grown(4)
	b.l.each(where, func(i int, px, py float64) {
		x, y := b.upright(px, py)
		o := b.outline(x, y)
		if o > 1.02 {
			return
		}
		u, v := x/b.rw, y/b.rh
		z := math.Sqrt(max(0.03, 1-o*o))
		gx, gy := -b.depth/b.rw*u/z, -0.8*v/z
		hollow := 0.0
		for _, p := range b.bumps {
			dx, dy := (x-p.x)/p.sx, (y-p.y)/p.sy
			q := dx*dx + dy*dy
			if q >= 8 {
				continue
			}
			e := p.high * bell(q)
			gx -= 2 * e * dx / p.sx
			gy -= 2 * e * dy / p.sy
			hollow += min(0, e)
		}
		c := b.skinAt(x, y).tone(b.lit(-gx, -gy, 1) * (1 + 0.04*hollow))
		b.l.over(i, c, smooth(1.02, 0.99, o))
	})
}

// skinAt is the skin's own colour: redder cheeks and nose, small flecks, darker where a beard was shaved.
func (b *bust) skinAt(x, y float64) rgb {
	c := b.looks.skin
	red := 0.0
	for _, s := range []float64{-0.5, 0, 0.5} {
		px, _ := b.place(s, 36)
		red += 0.12 * bell(((x-px)*(x-px)+(y-36)*(y-36))/(20*20))
	}
	c = rgb{c[0] * (1 + 0.4*red), c[1] * (1 - 0.8*red), c[2] * (1 - 0.8*red)}
	return c.tone(1 + 0.035*waves(x/2.2, y/2.2, b.seed) + 0.03*waves(x/9, y/9, b.seed+1))
}

// body is chest and shoulders, with a collar and folds, at times a lanyard.
func (b *bust) body(rng *rand.Rand) {
	top, wide := b.cy+b.rh+52, between(rng, 215, 245)
	seed, lanyard := rng.Uint32(), rng.Float64() < 0.5
	strap := cableColour(rng)
	b.l.each(box{0, top - 60, personWMM, personHMM}, func(i int, x, y float64) {
		u := (x - b.cx) / wide
		slope := top + 55*u*u + 170*max(0, math.Abs(u)-0.78)*4*max(0, math.Abs(u)-0.78)*4 - 28*bell(u*u*18)
		d := y - slope
		if d < -1 || math.Abs(u) > 1.02 {
			return
		}
		fold := 0.16*waves(x/30+y/70, y/60, seed) + 0.04*grain(int(x), int(y), seed)
		n := b.lit(0.9*u*u*u, -0.5*smooth(60, 0, d)+0.15, 0.7)
		c := b.looks.cloth.tone((n + 0.15) * (1 + fold))
		if side := math.Abs(u) - 0.76 - 0.0003*d; math.Abs(side) < 0.02 && d > 110 {
			c = c.tone(0.7 + 15*math.Abs(side)) // between arm and chest
		}
		if d < 9 && math.Abs(u) < 0.34 {
			c = c.tone(0.7) // a collar
		}
		if math.Abs(x-b.cx) < 3 && y > top+70 { // a placket
			c = c.tone(0.7)
		}
		if v := math.Abs(math.Abs(x-b.cx) - 0.45*max(0, 150-(y-top))); lanyard && v < 5 && y < top+150 {
			c = strap.tone(n)
		}
		b.l.over(i, c, smooth(-1, 1, d)*smooth(1.02, 1, math.Abs(u)))
	})
	if lanyard {
		b.l.paint(slab(box{b.cx - 27, top + 150, b.cx + 27, top + 230}, 4), grey(0.65), 1, 0)
		b.l.paint(slab(box{b.cx - 14, top + 160, b.cx + 14, top + 192}, 2), b.looks.skin.tone(0.6), 1, 0)
	}
}

// neck joins the head to the body; the chin throws its shadow on it.
func (b *bust) neck() {
	half, low := 54.0, b.cy+b.rh+58
	b.l.each(box{b.cx - 80, b.cy + 50, b.cx + 80, low}, func(i int, x, y float64) {
		t := (y - b.cy - 50) / (low - b.cy - 50)
		u := (x - b.cx + 14*b.sin*(1-t)) / (half + 16*t*t)
		v := (x - b.cx) / 44
		if math.Abs(u) >= 1 || y > low-26*v*v+6 {
			return
		}
		shadow := 0.45 + 0.4*smooth(b.rh*0.95, b.rh*1.4, y-b.cy)
		c := b.looks.skin.tone(b.lit(u, 0, math.Sqrt(1-u*u)+0.1) * shadow)
		b.l.over(i, c, smooth(1, 0.97, math.Abs(u)))
	})
}

// ears stand at the sides, the one that is turned away not at all.
func (b *bust) ears() {
	for _, s := range []float64{-1, 1} {
		x, wide := b.place(s*1.5, 18)
		if wide < -0.25 || (b.looks.long && !b.looks.cap) {
			continue
		}
		if math.Abs(b.looks.yaw) < 0.3 {
			x = s * b.rw * 1.0
		}
		px, py := b.laid(x, 18)
		rx := 9 + 9*max(0, wide)
		c := b.looks.skin.tone(0.75)
		b.l.paint(oval(px, py, rx, 29, -s*0.15+b.looks.tilt), c, 1, 3)
		b.l.paint(oval(px-s, py-1, rx*0.55, 19, -s*0.15), c.tone(0.6), 0.8, 7)
	}
}
