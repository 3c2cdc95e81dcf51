package gallery

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// A film is the sensor and its processing: from linear light to noisy 8-bit values.
type film struct {
	curve [2 * filmSteps]uint8 // of light by filmSteps; the upper half spares a check
	sigma [256]int32           // noise by value, 1/256
	sides []float32            // how much darker each column is
	grain *[grainSize + 2]int8 // normal noise of 32 a standard deviation
	seed  uint64
}

const (
	filmSteps = 1 << 14
	grainSize = 1 << 16
	grainUnit = 32
	vignette  = 0.14
)

func newFilm(h hall, seed uint64, w int) film {
	f := film{grain: new([grainSize + 2]int8), sides: sides(w), seed: seed}
	for i := range f.curve {
		f.curve[i] = uint8(255*math.Pow(float64(min(i, filmSteps))/filmSteps, 1/h.gamma) + 0.5)
	}
	for i := range f.sigma {
		b := float64(i) / 255
		f.sigma[i] = int32(256 * math.Sqrt(h.read*h.read*(0.4+0.6*(1-b))+h.shot*h.shot*b*(1-0.5*b)) / grainUnit)
		if i == 255 {
			f.sigma[i] /= 4 // what clips hides its noise
		}
	}
	rng := rand.New(rand.NewPCG(seed, 11))
	for i := range f.grain {
		f.grain[i] = int8(max(-120, min(120, math.Round(grainUnit*rng.NormFloat64()))))
	}
	return f
}

// value is one channel of a pixel.
func (f *film) value(light float32, noise int8) uint8 {
	i := int32(light * filmSteps)
	if uint32(i) > filmSteps {
		i = min(max(i, 0), filmSteps)
	}
	b := f.curve[i&(2*filmSteps-1)]
	v := int32(b) + (int32(noise)*f.sigma[b]+128)>>8
	if uint32(v) > 255 {
		v = min(max(v, 0), 255)
	}
	return uint8(v)
}

// row develops a stretch of one row, that begins at channel first of the picture: light, what delta adds when not nil,
// darker to the sides by vignette, and all of it scaled.
func (f *film) row(out []byte, light, delta, vignette []float32, scale float32, start uint64, first int) {
	n := start + uint64(first)*7
	for _, side := range vignette {
		k := scale * side
		l, o := light[:3:3], out[:3:3]
		r, g, b := l[0], l[1], l[2]
		if delta != nil {
			a := delta[:3:3]
			r, g, b = r+a[0], g+a[1], b+a[2]
			delta = delta[3:]
		}
		at := n & (grainSize - 1)
		o[0] = f.value(b*k, f.grain[at])
		o[1] = f.value(g*k, f.grain[at+1])
		o[2] = f.value(r*k, f.grain[at+2])
		light, out = light[3:], out[3:]
		n += 21
	}
}

// sides is how much darker each column is than the middle; down does so for a row.
func sides(w int) []float32 {
	out := make([]float32, w)
	for x := range out {
		out[x] = down(x, w)
	}
	return out
}

func down(y, h int) float32 {
	f := 2*float32(y)/float32(h) - 1
	return 1 - vignette/2*f*f
}

// develop turns a whole picture of light into bytes, blue first, with what delta adds and its light scaled. Nr chooses
// the noise.
func (f *film) develop(out []byte, light, delta []float32, w int, scale float32, nr uint64) {
	h := len(light) / 3 / w
	at := f.start(nr)
	for y := range h {
		i := 3 * y * w
		var add []float32
		if delta != nil {
			add = delta[i : i+3*w]
		}
		f.row(out[i:], light[i:], add, f.sides, scale*down(y, h), at, i)
	}
}

// start is where a picture's noise begins.
func (f *film) start(nr uint64) uint64 { return uint64(share(f.seed, nr) * grainSize) }

// A glow is a lamp's light in the picture of one hold, by pixel of a patch.
type glow struct {
	x0, y0, x1, y1 int // patch
	nx0, ny0       int // the part around its middle that gets fresh noise in every frame
	nx1, ny1       int
	shows          bool      // some of it is in the picture
	weight         []float32 // per pixel of the patch; nil for a lamp that gives no light
	first, other   [3]float32
}

// glowOf computes a lamp's patch: a disc, what its lens scatters, and what the camera's lens blooms.
func (d *darkroom) glowOf(l *lamp, hold int) glow {
	u, v, z := d.lens.see(vec{l.x, l.y, 0.002})
	if z < 0.05 {
		return glow{}
	}
	u, v = u+d.shift[hold][0], v+d.shift[hold][1]
	r := max(0.8, l.r*d.p.focal/z)
	reach := 2.5*r + 8
	if l.steady() {
		reach = 5*r + 20
	}
	w, h := d.s.Width, d.s.Height
	g := glow{
		x0: max(0, int(u-reach-d.blur)), y0: max(0, int(v-reach)), x1: min(w, int(u+reach+d.blur)+2), y1: min(h, int(v+reach)+2),
		nx0: max(0, int(u-r-4)), ny0: max(0, int(v-r-4)), nx1: min(w, int(u+r+4)+2), ny1: min(h, int(v+r+4)+2),
	}
	if g.x0 >= g.x1 || g.y0 >= g.y1 {
		return glow{}
	}
	for c := range 3 {
		g.first[c], g.other[c] = float32(l.first[c]*d.gain[c]), float32(l.other[c]*d.gain[c])
	}
	g.shows = true
	if l.dark() {
		return g
	}
	g.weight = d.weightsOf(hold, (g.x1-g.x0)*(g.y1-g.y0))
	steps := 1 + int(d.blur)
	for y := g.y0; y < g.y1; y++ {
		for x := g.x0; x < g.x1; x++ {
			sum := 0.0
			for k := range steps {
				off := d.blur * (float64(k) + 0.5 - float64(steps)/2) / float64(steps)
				dx, dy := float64(x)-u-off, float64(y)-v
				sum += d.spread(math.Sqrt(dx*dx+dy*dy), r, reach)
			}
			g.weight[(y-g.y0)*(g.x1-g.x0)+x-g.x0] = float32(sum/float64(steps)) * (1 - d.cover[y*w+x])
		}
	}
	return g
}

// spread is the light of a lamp at a distance from its middle, px; 1 in the middle.
func (d *darkroom) spread(dist, r, reach float64) float64 {
	if dist >= reach {
		return 0
	}
	core := min(1, max(0, (r-dist)/1.2+0.5)) * (1 - 0.25*min(1, dist/r))
	out := max(0, dist-r*0.5)
	wide, rim := out/(1.5*r+2), dist*dist/(reach*reach)
	halo := d.bloom * (0.09*math.Exp(-out/(0.45*r+1)) + 0.012/(1+wide*wide))
	return (core + halo) * max(0, 1-rim*rim)
}

// add lays the glow of a colour over a picture.
func (g *glow) add(light []float32, w int, colour [3]float32) {
	for y := g.y0; y < g.y1; y++ {
		row := g.weight[(y-g.y0)*(g.x1-g.x0):][:g.x1-g.x0]
		o := light[3*(y*w+g.x0):][:3*len(row)]
		for x, k := range row {
			o[3*x] += k * colour[0]
			o[3*x+1] += k * colour[1]
			o[3*x+2] += k * colour[2]
		}
	}
}

// flicker adds to delta what every lamp that is not steady gives at t, s since the look's first frame.
func (d *darkroom) flicker(hold int, t, exposure float64) {
	for i := range d.lamps {
		l, g := &d.lamps[i], &d.glows[hold][i]
		if l.steady() || g.weight == nil {
			continue
		}
		row := (float64(g.y0+g.y1)/2 - float64(d.s.Height)/2) * rowTime
		if !d.p.gallery.options.Hard {
			row = 0
		}
		a, b := l.lit(t+row-exposure/2, exposure)
		if a <= 0 && b <= 0 {
			continue
		}
		var c [3]float32
		for k := range c {
			c[k] = float32(a)*g.first[k] + float32(b)*g.other[k]
		}
		g.add(d.delta, d.s.Width, c)
	}
}

// settle takes away what flicker added.
func (d *darkroom) settle(hold int) {
	w := d.s.Width
	for i := range d.lamps {
		if g := &d.glows[hold][i]; !d.lamps[i].steady() && g.weight != nil {
			for y := g.y0; y < g.y1; y++ {
				clear(d.delta[3*(y*w+g.x0) : 3*(y*w+g.x1)])
			}
		}
	}
}

// frameAt makes a frame.
func (d *darkroom) frameAt(i int) []byte {
	hold := d.hold[i]
	t := seconds(d.s.Times[i].Sub(d.s.Times[0]))
	if d.p.gallery.options.EveryFrame {
		d.still(hold)
		d.film.develop(d.frames[hold], d.light[hold], nil, d.s.Width, 1, uint64(hold))
	}
	d.flicker(hold, t, seconds(d.s.Exposure))
	d.freshen(hold, 1000+uint64(i))
	d.settle(hold)
	return d.frames[hold]
}

// A span is a stretch of a row of the picture, px.
type span struct{ y, x0, x1 int }

// spansOf lists, row by row, the pixels around the lamps: those that a flickering one lights, and those around any that
// get fresh noise. Patches of neighbours overlap: each pixel is listed once.
func (d *darkroom) spansOf(hold int) []span {
	list := d.spans[hold][:0]
	for k := range d.glows[hold] {
		g := &d.glows[hold][k]
		if !g.shows {
			continue
		}
		x0, y0, x1, y1 := g.x0, g.y0, g.x1, g.y1
		if d.lamps[k].steady() {
			x0, y0, x1, y1 = g.nx0, g.ny0, g.nx1, g.ny1
		}
		for y := y0; y < y1 && x0 < x1; y++ {
			list = append(list, span{y, x0, x1})
		}
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.y-b.y, a.x0-b.x0) })
	n := 0
	for _, s := range list {
		if n > 0 && list[n-1].y == s.y && list[n-1].x1 >= s.x0 {
			list[n-1].x1 = max(list[n-1].x1, s.x1)
			continue
		}
		list[n] = s
		n++
	}
	return list[:n]
}

// freshen develops the pixels around the lamps anew; nr chooses the noise.
func (d *darkroom) freshen(hold int, nr uint64) {
	w, h := d.s.Width, d.s.Height
	f := &d.film
	at := f.start(nr)
	for _, s := range d.spans[hold] {
		i, j := 3*(s.y*w+s.x0), 3*(s.y*w+s.x1)
		f.row(d.frames[hold][i:j], d.light[hold][i:j], d.delta[i:j], f.sides[s.x0:s.x1], down(s.y, h), at, i)
	}
}

// bracket is the frame of short exposure, 40 ms after the last.
func (d *darkroom) bracket() []byte {
	last := len(d.s.Times) - 1
	hold := d.hold[last]
	d.flicker(hold, seconds(d.s.Times[last].Sub(d.s.Times[0]))+0.04, seconds(d.s.BracketExposure))
	d.film.develop(d.short, d.light[hold], d.delta, d.s.Width, bracketShare, 77)
	d.settle(hold)
	return d.short
}

// truth notes what each light shows in this shot.
func (d *darkroom) truth() {
	declared := map[string]bool{}
	misplaced := map[string]bool{}
	units := map[string][2]int{}
	faulty := map[string]bool{}
	for _, s := range d.p.shown(false) {
		declared[s.id], misplaced[s.id] = len(s.kind.typ.LEDs) > 0, s.misplaced
		units[s.id] = [2]int{s.unit, s.unit + s.units - 1}
		for _, l := range s.leds {
			faulty[s.id+"/"+l.Name] = isFault(l, d.p.states[s.id+"/"+l.Name])
		}
	}
	first := d.hold[0]
	for i := range d.lamps {
		l := &d.lamps[i]
		u, v, z := d.lens.see(vec{l.x, l.y, 0.002})
		span := units[l.device]
		if l.device == "" || z < 0.05 || misplaced[l.device] && !d.ask.Commission || span[0] < d.p.View.FromU || span[1] > d.p.View.ToU {
			continue
		}
		u, v = u+d.shift[first][0], v+d.shift[first][1]
		if u < 8 || v < 8 || u > float64(d.s.Width)-9 || v > float64(d.s.Height)-9 {
			continue
		}
		t := Light{Device: l.device, LED: l.led, State: l.state, Declared: declared[l.device], U: u, V: v, RadiusPx: l.r * d.p.focal / z}
		t.Fault = faulty[l.device+"/"+l.led] && !d.ask.Commission
		t.Hidden = d.hidden(u, v, t.RadiusPx)
		t.Clipped = d.clipped(first, i, u, v, t.RadiusPx)
		d.s.Lights = append(d.s.Lights, t)
	}
}

// clipped is the share of a lit lamp's disc of which a channel is clipped, at its brightest.
func (d *darkroom) clipped(hold, lamp int, u, v, r float64) float64 {
	g, l := &d.glows[hold][lamp], &d.lamps[lamp]
	if g.weight == nil || l.state.Colour == "" {
		return 0
	}
	light, over, n := d.light[hold], 0.0, 0.0
	for y := max(g.y0, int(v-r)); y <= min(g.y1-1, int(v+r)); y++ {
		for x := max(g.x0, int(u-r)); x <= min(g.x1-1, int(u+r)); x++ {
			if math.Hypot(float64(x)-u, float64(y)-v) > r+0.5 {
				continue
			}
			n++
			k, peak := g.weight[(y-g.y0)*(g.x1-g.x0)+x-g.x0], float32(0)
			for c := range 3 {
				lit := k * max(g.first[c], g.other[c])
				if l.steady() {
					lit = 0 // it is in the still picture
				}
				peak = max(peak, light[3*(y*d.s.Width+x)+c]+lit)
			}
			if peak >= 1 {
				over++
			}
		}
	}
	return over / max(n, 1)
}

// hidden is the share of a disc that something before the rack covers.
func (d *darkroom) hidden(u, v, r float64) float64 {
	sum, n := 0.0, 0.0
	for y := int(v - r); y <= int(v+r); y++ {
		for x := int(u - r); x <= int(u+r); x++ {
			if math.Hypot(float64(x)-u, float64(y)-v) <= r+0.5 && x >= 0 && y >= 0 && x < d.s.Width && y < d.s.Height {
				sum += float64(d.cover[y*d.s.Width+x])
				n++
			}
		}
	}
	return min(1, sum/max(n, 1))
}
