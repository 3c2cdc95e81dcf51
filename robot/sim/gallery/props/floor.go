package props

import (
	"math"
	"math/rand/v2"
)

// Puddle draws liquid on a floor, seen straight from above: a darker wet patch with an irregular edge, that often mirrors
// the hall's lamps.
func Puddle(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, 3)
	seed := rng.Uint32()
	dark := between(rng, 0.35, 0.65) // coverage of near black: a wet floor keeps so much less light
	shine, tint := 0.0, rgb{0.02, 0.02, 0.018}
	if rng.Float64() < 0.75 {
		shine = between(rng, 0.15, 0.9)
	}
	if rng.Float64() < 0.2 {
		tint = [...]rgb{{0.01, 0.06, 0.03}, {0.05, 0.015, 0.03}, {0.01, 0.03, 0.07}}[rng.IntN(3)] // dyed coolant
	}
	bx, by := between(rng, 0.3, 0.7)*wMM, between(rng, 0.3, 0.7)*hMM
	bw, bh := between(rng, 0.1, 0.3)*wMM, between(rng, 0.15, 0.5)*hMM
	blobs := spill(rng, wMM, hMM)
	scale := 0.08 * (wMM + hMM)
	l.each(box{0, 0, wMM, hMM}, func(i int, x, y float64) {
		depth := 0.0
		for _, b := range blobs {
			u, v := (x-b[0])/b[2], (y-b[1])/b[3]
			depth += bell(u*u + v*v)
		}
		edge := depth - 0.42 - 0.2*waves(x/scale, y/scale, seed) - 0.08*waves(x/scale*3, y/scale*3, seed+1)
		rim := min(x, y, wMM-x, hMM-y)
		wet := smooth(0, 0.05, edge) * smooth(0, 12, rim)
		if wet <= 0 {
			return
		}
		ripple := 0.15 * waves(x/25, y/25, seed+2)
		u, v := (x-bx)/bw+ripple, (y-by)/bh+ripple
		gloss := shine * smooth(1.35, 0.7, hypot(u, v)) * smooth(0.02, 0.12, edge) * (0.75 + 0.25*waves(x/30+ripple, y/160, seed+3))
		meniscus := 0.12 * smooth(0.16, 0.05, edge) * shine
		l.over(i, tint, dark*wet)
		l.over(i, rgb{0.8, 0.85, 0.9}.tone(shine), min(0.9, gloss+meniscus)*wet)
	})
	return l
}

// spill is where liquid stands: a few large pools that run together, and drops about them. Each has its middle and its
// two radii, mm.
func spill(rng *rand.Rand, wMM, hMM float64) [][4]float64 {
	var pools [][4]float64
	for range 2 + rng.IntN(3) {
		pools = append(pools, [4]float64{
			between(rng, 0.3, 0.7) * wMM, between(rng, 0.35, 0.65) * hMM,
			between(rng, 0.16, 0.28) * wMM, between(rng, 0.18, 0.32) * hMM,
		})
	}
	for range rng.IntN(6) {
		r := between(rng, 0.012, 0.04) * (wMM + hMM) / 2
		pools = append(pools, [4]float64{between(rng, 0.06, 0.94) * wMM, between(rng, 0.06, 0.94) * hMM, r, r * between(rng, 0.7, 1.3)})
	}
	return pools
}

// cableColour draws the colour of a jacket.
func cableColour(rng *rand.Rand) rgb {
	return [...]rgb{
		{0.02, 0.02, 0.02}, {0.03, 0.09, 0.4}, {0.5, 0.5, 0.47}, {0.5, 0.3, 0.02}, {0.45, 0.04, 0.03},
		{0.03, 0.25, 0.08}, {0.03, 0.4, 0.42}, {0.6, 0.2, 0.02}, {0.25, 0.25, 0.25}, {0.02, 0.02, 0.02},
	}[rng.IntN(10)]
}

// bend draws one cable as a bow from one end to the other; sag is how far its middle lies off the straight, mm.
func (l *Layer) bend(x0, y0, x1, y1, sag, r float64, c rgb) {
	length := max(hypot(x1-x0, y1-y0), 1)
	ux, uy := (x1-x0)/length, (y1-y0)/length
	bow := shape{func(px, py float64) float64 {
		t := ((px-x0)*ux + (py-y0)*uy) / length
		off := -(px-x0)*uy + (py-y0)*ux - sag*4*t*(1-t)
		slope := sag * 4 * (1 - 2*t) / length
		return math.Abs(off)/math.Sqrt(1+slope*slope) - r
	}, box{min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)}.grown(math.Abs(sag) + r)}
	l.paintBy(bow, 0, func(_, _, d float64) (rgb, float64) {
		return c.tone(0.45 + 0.75*smooth(0, -r, d)), 1 // a round jacket is brightest along its middle
	})
}

// Cable draws a bundle of cables that hangs or runs across a stretch of the given size, from edge to edge.
func Cable(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, 0.7)
	count := 2 + rng.IntN(7)
	r := between(rng, 2.2, 3.4)
	down := hMM >= wMM
	same := cableColour(rng)
	sag := between(rng, -0.3, 0.3) * min(wMM, hMM)
	spread := min(0.12*min(wMM, hMM), 2*r*float64(count)*0.5)
	for range count {
		c := same
		if rng.Float64() < 0.3 {
			c = cableColour(rng)
		}
		a, b := spread*between(rng, -1, 1), spread*between(rng, -1, 1)
		s := sag + spread*between(rng, -0.5, 0.5)
		if down {
			l.bend(wMM/2+a, 0, wMM/2+b, hMM, s, r, c)
		} else {
			l.bend(0, hMM/2+a, wMM, hMM/2+b, s, r, c)
		}
	}
	return l
}

// Sticker draws a label or a warning: asset tags with a bar code, cable labels, a yellow warning, a note by hand.
func Sticker(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, max(0.15, min(0.5, hMM/60)))
	paper := [...]rgb{{0.8, 0.8, 0.78}, {0.85, 0.85, 0.85}, {0.75, 0.58, 0.05}, {0.7, 0.72, 0.75}, {0.8, 0.75, 0.3}}[rng.IntN(5)]
	l.paint(slab(box{0, 0, wMM, hMM}, min(wMM, hMM)*0.05), paper.tone(between(rng, 0.7, 1)), 1, 0)
	ink := grey(0.02)
	words := []string{"PROPERTY OF DC1", "DO NOT UNPLUG", "CAUTION", "S/N 7F2K-" + string(rune('A'+rng.IntN(26))) + "9", "UPLINK A", "HOT SURFACE"}
	head, foot := words[rng.IntN(len(words))], words[rng.IntN(len(words))]
	l.centred(l.fittingPen(bold, hMM*0.28, head, 0.9*wMM), wMM/2, hMM*0.25, head, ink, 1)
	if rng.Float64() < 0.6 {
		for x := wMM * 0.08; x < wMM*0.92; {
			bar := between(rng, 0.2, 0.8) * wMM / 60
			l.paint(slab(box{x, hMM * 0.48, x + bar, hMM * 0.9}, 0), ink, 1, 0)
			x += bar + between(rng, 0.3, 1.2)*wMM/60
		}
		return l
	}
	l.centred(l.fittingPen(sans, hMM*0.22, foot, 0.9*wMM), wMM/2, hMM*0.68, foot, ink, 0.9)
	return l
}
