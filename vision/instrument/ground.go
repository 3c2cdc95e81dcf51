package instrument

import "slices"

// unframe blots out the ink that hangs together with the picture's border, no deeper than so many px: the display's frame
// and what is printed beside it. Digits stand free.
func (p plane) unframe(depth int) {
	const inked = 0.55
	var todo []int
	visit := func(x, y int) {
		if x < 0 || y < 0 || x >= p.w || y >= p.h || x >= depth && x < p.w-depth && y >= depth && y < p.h-depth {
			return
		}
		if i := y*p.w + x; p.v[i] > inked {
			p.v[i] = 0
			todo = append(todo, i)
		}
	}
	for x := range p.w {
		visit(x, 0)
		visit(x, p.h-1)
	}
	for y := range p.h {
		visit(0, y)
		visit(p.w-1, y)
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x, y := i%p.w, i/p.w
		visit(x-1, y)
		visit(x+1, y)
		visit(x, y-1)
		visit(x, y+1)
	}
}

// worked is the part of a picture around a box, resampled to workHeight, as ink from 0 (the background) to 1 (lit);
// levels is what 1 means in grey levels.
func worked(grey plane, b box, dark bool) (ink plane, levels float64, at box) {
	s := workHeight / b.h
	edge := b.reach + 0.1*b.h
	at = box{x: s * (b.w/2 + edge), y: s * (b.h/2 + edge), w: s * b.w, h: s * b.h, reach: s * b.reach}
	ink = plane{w: int(2 * at.x), h: int(2 * at.y)}
	ink.v = make([]float32, ink.w*ink.h)
	taps := max(1, min(4, int(1/s)))
	for y := range ink.h {
		for x := range ink.w {
			sum := 0.0
			for k := range taps * taps {
				ox, oy := (float64(k%taps)+0.5)/float64(taps)-0.5, (float64(k/taps)+0.5)/float64(taps)-0.5
				sum += grey.at(b.x+(float64(x)+ox-at.x)/s, b.y+(float64(y)+oy-at.y)/s)
			}
			ink.v[y*ink.w+x] = float32(sum / float64(taps*taps))
		}
	}
	levels = ink.normalise(at, dark)
	ink.unframe(int(s*edge + 0.12*at.h))
	return ink, levels, at
}

// normalise turns grey levels into ink: 0 is the middle of the darker (of dark digits, the lighter) part of the box, 1
// its brightest (darkest) hundredths.
func (p plane) normalise(b box, dark bool) (levels float64) {
	if dark {
		for i, v := range p.v {
			p.v[i] = 255 - v
		}
	}
	// A glint among dark digits is far lighter than their ground: it is brought up to it.
	floor := p.quantile(b, 0.1)
	for i, v := range p.v {
		p.v[i] = max(v, floor)
	}
	p.flatten(max(3, int(0.32*b.h)))
	low, high := p.quantile(b, 0.35), p.quantile(b, 0.99)
	for i, v := range p.v {
		p.v[i] = max(0, min(1.3, (v-low)/max(1, high-low)))
	}
	return float64(high - low)
}

// quantile is the value that a share of a box's pixels stay below; 0 when the box is outside.
func (p plane) quantile(b box, share float64) float32 {
	var in []float32
	for y := max(0, int(b.y-b.h/2)); y < min(p.h, int(b.y+b.h/2)); y++ {
		for x := max(0, int(b.x-b.w/2)); x < min(p.w, int(b.x+b.w/2)); x++ {
			in = append(in, p.v[y*p.w+x])
		}
	}
	if len(in) == 0 {
		return 0
	}
	slices.Sort(in)
	return in[int(share*float64(len(in)-1))]
}

// flatten takes away all that is wider than 2·reach+1 px, as uneven light is (a white top-hat: the ink over the highest
// of the lowest around).
func (p plane) flatten(reach int) {
	low := p.swept(reach, func(a, b float32) float32 { return min(a, b) })
	back := low.swept(reach, func(a, b float32) float32 { return max(a, b) })
	for i := range p.v {
		p.v[i] -= back.v[i]
	}
}

// swept takes the lowest or highest value of the square around each pixel, rows first, then columns.
func (p plane) swept(reach int, pick func(a, b float32) float32) plane {
	rows, out := make([]float32, len(p.v)), make([]float32, len(p.v))
	for i := range p.v {
		x, row := i%p.w, i-i%p.w
		rows[i] = p.v[i]
		for k := max(0, x-reach); k <= min(p.w-1, x+reach); k++ {
			rows[i] = pick(rows[i], p.v[row+k])
		}
	}
	for i := range p.v {
		x, y := i%p.w, i/p.w
		out[i] = rows[i]
		for k := max(0, y-reach); k <= min(p.h-1, y+reach); k++ {
			out[i] = pick(out[i], rows[k*p.w+x])
		}
	}
	return plane{w: p.w, h: p.h, v: out}
}
