package props

import (
	"math"
	"math/rand/v2"
)

// panelWidthMM is the width of a 19-inch front (EIA-310).
const panelWidthMM = 482.6

// Panel draws a blanking panel: plain, ribbed, vented or dimpled sheet or plastic with screws or clips.
func Panel(rng *rand.Rand, hMM float64) *Layer {
	hMM = size(hMM)
	l := blank(panelWidthMM, hMM, 0.7)
	c := grey(between(rng, 0.012, 0.035))
	if rng.Float64() < 0.25 {
		c = grey(between(rng, 0.15, 0.45))
	}
	seed := rng.Uint32()
	rough := between(rng, 0.02, 0.1)
	l.paintBy(slab(box{0.3, 0.4, panelWidthMM - 0.3, hMM - 0.4}, 0.5), 0, func(x, y, d float64) (rgb, float64) {
		lip := 1.0
		if d > -1.4 { // the upper edge catches the light, the lower one does not
			lip += (0.5 - 0.9*smooth(0, hMM, y)) * smooth(-1.4, 0, d)
		}
		return c.tone(lip * (1 + rough*grain(int(x*2), int(y*2), seed) + 0.0004*(x-float64(seed&511)))), 1
	})
	switch rng.IntN(4) {
	case 0:
		l.vents(rng, box{40, 8, panelWidthMM - 40, hMM - 8})
	case 1:
		for y := 14.0; y < hMM-8; y += between(rng, 6, 14) {
			l.paint(stroke(30, y, panelWidthMM-30, y, 0.5, 0.5), c.tone(0.5), 1, 0)
			l.paint(stroke(30, y+1, panelWidthMM-30, y+1, 0.3, 0.3), c.tone(1.6), 0.8, 0)
		}
	}
	clips := rng.Float64() < 0.35
	for y := 6.35; y < hMM; y += 31.75 {
		if clips {
			break
		}
		l.screw(rng, 8, y, 3.6)
		l.screw(rng, panelWidthMM-8, y, 3.6)
		if hMM < 100 && y+31.75 > hMM {
			break
		}
	}
	if clips {
		for _, x := range []float64{9, panelWidthMM - 9} {
			l.paint(slab(box{x - 5, hMM/2 - 7, x + 5, hMM/2 + 7}, 2), c.tone(1.7), 1, 0)
			l.paint(slab(box{x - 4, hMM/2 - 6, x + 4, hMM/2 + 6}, 2), c.tone(0.8), 1, 0)
		}
	}
	return l
}

// vents draws rows of slots or small holes.
func (l *Layer) vents(rng *rand.Rand, b box) {
	if b.y1-b.y0 < 6 {
		return
	}
	dark := grey(0.002)
	if rng.Float64() < 0.5 {
		for x := b.x0; x < b.x1; x += 9 {
			l.paint(stroke(x, b.y0, x, b.y1, 1.6, 1.6), dark, 1, 0)
		}
		return
	}
	pitch := between(rng, 4, 7)
	odd := false
	for y := b.y0; y < b.y1; y += pitch * 0.866 {
		x := b.x0
		if odd {
			x += pitch / 2
		}
		for ; x < b.x1; x += pitch {
			l.paint(disc(x, y, pitch*0.36), dark, 1, 0)
		}
		odd = !odd
	}
}

// screw draws a head with its cross, as its own turn happens to be.
func (l *Layer) screw(rng *rand.Rand, x, y, r float64) {
	c := grey(between(rng, 0.1, 0.4))
	l.paintBy(disc(x, y, r), 0, func(px, py, _ float64) (rgb, float64) {
		return c.tone(1 - 0.35*(py-y)/r), 1
	})
	turn := rng.Float64() * math.Pi
	for _, a := range []float64{turn, turn + math.Pi/2} {
		sin, cos := math.Sincos(a)
		l.paint(stroke(x-cos*r*0.55, y-sin*r*0.55, x+cos*r*0.55, y+sin*r*0.55, 0.45, 0.45), c.tone(0.15), 1, 0)
	}
}

// Void draws what one sees in open units: dark depth, the rails with their square holes, side sheets, and cables.
func Void(rng *rand.Rand, hMM float64) *Layer {
	hMM = size(hMM)
	l := blank(panelWidthMM, hMM, 0.8)
	deep := between(rng, 0.001, 0.006)
	seed := rng.Uint32()
	l.each(box{0, 0, panelWidthMM, hMM}, func(i int, x, y float64) {
		side := min(x, panelWidthMM-x)
		v := deep*(1+0.4*waves(x/40, y/40, seed)) + 0.012*smooth(75, 20, side)*smooth(16, 22, side) + 0.004*smooth(hMM*0.7, hMM, y)
		l.over(i, grey(v), 1)
	})
	l.rear(rng, hMM)
	rail := grey(between(rng, 0.02, 0.03)) // alike in all voids of a rack
	for _, x0 := range []float64{0, panelWidthMM - 16} {
		l.fill(box{x0, 0, x0 + 16, hMM}, rail)
		for u := 0.0; u < hMM; u += 44.45 {
			for _, y := range []float64{6.35, 22.225, 38.1} {
				l.paint(slab(box{x0 + 3.4, u + y - 4.7, x0 + 12.8, u + y + 4.7}, 0.6), grey(0.002), 1, 0)
			}
		}
	}
	return l
}

// rear is what shows dimly at the far end: cables, and light from the other aisle.
func (l *Layer) rear(rng *rand.Rand, hMM float64) {
	if rng.Float64() < 0.5 {
		x := between(rng, 120, 360)
		w, bright := between(rng, 20, 90), between(rng, 0.005, 0.04)
		l.paint(slab(box{x, hMM * 0.1, x + w, hMM * 0.95}, 3), grey(bright), 0.8, 12)
	}
	for range rng.IntN(7) {
		x := between(rng, 30, panelWidthMM-30)
		c := cableColour(rng).tone(between(rng, 0.03, 0.25))
		l.bend(x, 0, x+between(rng, -60, 60), hMM, between(rng, -30, 30), between(rng, 1.5, 4), c)
	}
}

// MeshDoor draws a perforated leaf of 60 to 65 % open area, with its frame and handle. Alpha is 0 in the holes.
func MeshDoor(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, 0.7)
	open := between(rng, 0.60, 0.65)
	pitch := float64(9+rng.IntN(5)) * l.MMPerPx // whole pixels, so that a row repeats
	hex := rng.Float64() < 0.5
	// Of staggered round holes of radius r the open share is 2 pi r² / (sqrt 3 p²); of hexagons of inradius a it is
	// (2a/p)².
	hole := pitch * math.Sqrt(open*math.Sqrt(3)/(2*math.Pi))
	if hex {
		hole = pitch / 2 * math.Sqrt(open)
	}
	c := grey(between(rng, 0.008, 0.03))
	if rng.Float64() < 0.15 {
		c = grey(between(rng, 0.2, 0.4))
	}
	l.perforate(pitch, hole, hex, c)
	frame := between(rng, 22, 45)
	for _, b := range []box{{0, 0, wMM, frame}, {0, hMM - frame, wMM, hMM}, {0, 0, frame, hMM}, {wMM - frame, 0, wMM, hMM}} {
		l.fill(b, c.tone(2))
		l.fill(b.grown(-1.5), c.tone(1.3))
	}
	l.handle(rng, wMM, hMM, frame)
	return l
}

// perforate fills a layer with a grid of staggered holes. Of each row one period is computed and copied on, as doors are
// large.
func (l *Layer) perforate(pitch, hole float64, hex bool, c rgb) {
	dy := pitch * math.Sqrt(3) / 2
	m := l.MMPerPx
	period := min(l.W, int(math.Round(pitch/m)))
	for i := range l.Pix {
		l.Pix[i] = float32(c[i%3])
	}
	for py := range l.H {
		y := (float64(py) + 0.5) * m
		row := math.Floor(y / dy)
		line := l.Alpha[py*l.W : (py+1)*l.W]
		for px := range period {
			x := (float64(px) + 0.5) * m
			// The nearest of the holes of this row and of the next.
			d := holeDistance(x, y, row, pitch, dy, hole, hex)
			d = min(d, holeDistance(x, y, row+1, pitch, dy, hole, hex))
			line[px] = float32(max(0, min(1, 0.5+d/m)))
		}
		for done := period; done < len(line); done *= 2 {
			copy(line[done:], line[:done])
		}
	}
}

// holeDistance is how far a place lies from the edge of the nearest hole of a row, mm, negative in it.
func holeDistance(x, y, row, pitch, dy, hole float64, hex bool) float64 {
	shift := 0.0
	if int(row)&1 != 0 {
		shift = pitch / 2
	}
	u := x - shift
	dx, down := math.Abs(u-pitch*math.Floor(u/pitch+0.5)), math.Abs(y-row*dy)
	if hex {
		return max(dx, dx*0.5+down*0.8660254) - hole
	}
	return math.Sqrt(dx*dx+down*down) - hole
}

// handle is a swing handle with its lock, on either side.
func (l *Layer) handle(rng *rand.Rand, wMM, hMM, frame float64) {
	x := wMM - frame/2
	if rng.Float64() < 0.5 {
		x = frame / 2
	}
	y, tall := hMM*between(rng, 0.45, 0.58), between(rng, 140, 190)
	c := grey(between(rng, 0.02, 0.3))
	l.paint(slab(box{x - 15, y - tall/2, x + 15, y + tall/2}, 6), c.tone(0.6), 1, 0)
	l.paintBy(slab(box{x - 10, y - tall/2 + 6, x + 10, y + tall/2 - 30}, 8), 0, func(px, _, _ float64) (rgb, float64) {
		return c.tone(1.2 - 0.03*(px-x)*(px-x)/10), 1
	})
	l.paint(disc(x, y+tall/2-15, 7), grey(0.3), 1, 0)
	l.paint(slab(box{x - 1, y + tall/2 - 19, x + 1, y + tall/2 - 11}, 0.5), grey(0.01), 1, 0)
}

// GlassDoor draws a tinted pane in a frame. Its reflections are soft bands and patches of the aisle behind the camera.
func GlassDoor(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, 4)
	tint := between(rng, 0.15, 0.5)
	seed := rng.Uint32()
	veil := between(rng, 0.005, 0.03)
	type lamp struct{ x, wide, top, low, bright float64 }
	lamps := make([]lamp, rng.IntN(4))
	for i := range lamps {
		top := between(rng, 0, hMM*0.7)
		lamps[i] = lamp{between(rng, 0, wMM), between(rng, 15, 70), top, top + between(rng, 100, 900), between(rng, 0.02, 0.35)}
	}
	shade := rgb{0.9, 1, 1.05}
	l.each(box{0, 0, wMM, hMM}, func(i int, x, y float64) {
		v := veil * (1 + 0.6*waves(x/150, y/200, seed))
		for _, p := range lamps {
			u := (x - p.x) / p.wide
			v += p.bright * bell(u*u) * smooth(p.top-60, p.top, y) * smooth(p.low+60, p.low, y)
		}
		// A pane adds light to what shows through it; as a layer that is a colour of v/a at coverage a.
		a := min(0.97, tint+v)
		l.over(i, shade.tone(v/a), a)
	})
	frame, c := between(rng, 20, 40), grey(between(rng, 0.008, 0.03))
	for _, b := range []box{{0, 0, wMM, frame}, {0, hMM - frame, wMM, hMM}, {0, 0, frame, hMM}, {wMM - frame, 0, wMM, hMM}} {
		l.fill(b, c)
	}
	l.handle(rng, wMM, hMM, frame)
	return l
}
