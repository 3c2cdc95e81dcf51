package gallery

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

// A memory is what the darkroom of one shot works in.
type memory struct {
	face    *props.Layer
	light   [holds][]float32 // linear light, all that does not change in the look; 1 clips
	weights [holds][]float32 // of the glows
	cover   []float32        // of the rack by what stands before it
	delta   []float32        // what flickering lights add in one frame; 0 between frames
	frames  [holds][]byte
	short   []byte
}

// borrow takes the memory for one shot: it is most of what a shot costs, and so it is used again.
func (g *Gallery) borrow() *memory {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.idle); n > 0 {
		m := g.idle[n-1]
		g.idle = g.idle[:n-1]
		return m
	}
	return &memory{face: &props.Layer{}}
}

func (g *Gallery) giveBack(m *memory) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.idle = append(g.idle, m)
}

// weightsOf is room for n weights of a glow in a hold, of any content.
func (m *memory) weightsOf(hold, n int) []float32 {
	b := m.weights[hold]
	if cap(b)-len(b) < n {
		b = make([]float32, 0, max(2*cap(b), n, 1<<16))
	}
	m.weights[hold] = b[:len(b)+n]
	return b[len(b) : len(b)+n : len(b)+n]
}

// A darkroom makes the frames of one shot.
type darkroom struct {
	*memory
	p      *Place
	s      *Shot
	ask    Ask
	rng    *rand.Rand
	lens   *lens
	lamps  []lamp
	glows  [holds][]glow
	spans  [holds][]span // what lamps make different in every frame
	shift  [holds][2]float64
	blur   float64 // px, along x
	gain   [3]float64
	film   film
	hall   hall // as it is lit at this look
	bloom  float64
	sheets []sheet
	glare  []glareSpot
	hold   []int // of each frame
	used   int   // holds that the look has: a short one only one
}

// A glareSpot is the mirrored light of a lamp on a bezel: it stays in the picture where the geometry puts it.
type glareSpot struct{ u, v, ru, rv, strength float64 }

func newDarkroom(p *Place, s *Shot, a Ask, rng *rand.Rand) *darkroom {
	d := &darkroom{memory: p.gallery.borrow(), p: p, s: s, ask: a, rng: rng, hall: p.hall.at(rng, a.Commission), bloom: 0.7 + 0.6*rng.Float64()}
	hard := p.gallery.options.Hard
	exposure := a.Exposure
	if hard {
		exposure *= math.Exp2(max(-1, min(1, 0.4*rng.NormFloat64())))
		if rng.Float64() < 0.1 && !a.Commission { // who commissions waits until the mast stands
			d.blur = 1 + 4*rng.Float64()
		}
	}
	for c := range d.gain {
		d.gain[c] = exposure * d.hall.balance[c]
		if hard {
			d.gain[c] *= 1 + 0.02*rng.NormFloat64()
		}
	}
	for i := range d.shift {
		d.shift[i] = [2]float64{0.45 * (2*rng.Float64() - 1), 0.45 * (2*rng.Float64() - 1)}
	}
	d.used = holds
	if a.Seconds < shortS {
		d.used = 1
	}
	for range s.Times {
		d.hold = append(d.hold, rng.IntN(d.used))
	}
	d.film = newFilm(d.hall, rng.Uint64(), s.Width)
	d.lens = newLens(s.Camera, s.Intrinsics, s.Width, s.Height)
	d.sheets = p.sheets(rng, a, s, p.paint(d.face, a.Commission))
	if hard && rng.Float64() < 0.35 {
		for range 1 + rng.IntN(3) {
			d.glare = append(d.glare, glareSpot{
				u: float64(s.Width) * rng.Float64(), v: float64(s.Height) * rng.Float64(),
				ru: 6 + 40*rng.Float64(), rv: 3 + 14*rng.Float64(), strength: 0.1 + 1.4*rng.Float64(),
			})
		}
	}
	d.allot()
	return d
}

// allot sizes the memory.
func (d *darkroom) allot() {
	n := d.s.Width * d.s.Height
	grow := func(b []float32, n int) []float32 {
		if cap(b) < n {
			return make([]float32, n)
		}
		return b[:n]
	}
	for i := range holds {
		d.light[i] = grow(d.light[i], 3*n)
		if cap(d.frames[i]) < 3*n {
			d.frames[i] = make([]byte, 3*n)
		}
		d.frames[i] = d.frames[i][:3*n]
	}
	d.cover, d.delta = grow(d.cover, n), grow(d.delta, 3*n)
	if cap(d.short) < 3*n {
		d.short = make([]byte, 3*n)
	}
	d.short = d.short[:3*n]
}

func (d *darkroom) release() {
	d.p.gallery.giveBack(d.memory)
	d.memory = nil
}

// expose renders what does not change in the look, and the truth of the lights.
func (d *darkroom) expose() {
	d.lamps = d.p.lampsOf(d.ask)
	for i := range d.used {
		d.still(i)
	}
	d.truth()
	d.s.Unread = d.unreadable()
	if !d.p.gallery.options.EveryFrame {
		for i := range d.used {
			d.film.develop(d.frames[i], d.light[i], nil, d.s.Width, 1, uint64(i))
		}
	}
}

// unreadable says whether nobody could tell what the look shows: white paper is lost in the noise, or next to nothing of
// the picture's middle is free.
func (d *darkroom) unreadable() bool {
	const lost, blocked = 10, 0.9
	white := d.film.curve[min(filmSteps, int(0.8*d.hall.light*d.gain[1]*filmSteps))]
	sum, n := float32(0), float32(0)
	for y := d.s.Height / 8; y < d.s.Height*7/8; y += 16 {
		for x := d.s.Width / 8; x < d.s.Width*7/8; x += 16 {
			sum, n = sum+d.cover[y*d.s.Width+x], n+1
		}
	}
	return white < lost || sum > blocked*n
}

// still renders one hold: surfaces, glare, and lights that do not flicker.
func (d *darkroom) still(i int) {
	light, w := d.light[i], d.s.Width
	for k := range 3 * w {
		light[k] = 0.02
	}
	for n := 3 * w; n < len(light); n *= 2 {
		copy(light[n:], light[:n])
	}
	if i == 0 {
		clear(d.cover)
	}
	cover := d.cover
	if i > 0 {
		cover = nil
	}
	for k := range d.sheets {
		d.sheets[k].project(d.lens, d.shift[i][0], d.shift[i][1], light, cover)
	}
	for _, g := range d.glare {
		g.add(light, w, d.s.Height)
	}
	if d.blur > 0 {
		smear(light, w, d.blur)
	}
	k := [3]float32{float32(d.gain[0] * d.hall.light), float32(d.gain[1] * d.hall.light), float32(d.gain[2] * d.hall.light)}
	for j := 0; j+2 < len(light); j += 3 {
		light[j], light[j+1], light[j+2] = light[j]*k[0], light[j+1]*k[1], light[j+2]*k[2]
	}
	d.glows[i], d.weights[i] = d.glows[i][:0], d.weights[i][:0]
	for j := range d.lamps {
		g := d.glowOf(&d.lamps[j], i)
		if d.lamps[j].steady() && d.lamps[j].state.Pattern == "solid" {
			g.add(light, w, g.first)
		}
		d.glows[i] = append(d.glows[i], g)
	}
	d.spans[i] = d.spansOf(i)
}

// add lays a soft ellipse of light over a picture.
func (g glareSpot) add(light []float32, w, h int) {
	for y := max(0, int(g.v-3*g.rv)); y < min(h, int(g.v+3*g.rv)); y++ {
		for x := max(0, int(g.u-3*g.ru)); x < min(w, int(g.u+3*g.ru)); x++ {
			a, b := (float64(x)-g.u)/g.ru, (float64(y)-g.v)/g.rv
			v := float32(g.strength * math.Exp(-(a*a + b*b)))
			o := light[3*(y*w+x):][:3]
			o[0], o[1], o[2] = o[0]+v, o[1]+v, o[2]+v
		}
	}
}

// smear blurs along the rows, as a base that still rolls does.
func smear(light []float32, w int, px float64) {
	n := int(px) | 1
	row := make([]float32, 3*w)
	for at := 0; at+3*w <= len(light); at += 3 * w {
		copy(row, light[at:at+3*w])
		for c := range 3 {
			var sum float32
			for x := -n / 2; x <= n/2; x++ {
				sum += row[3*max(0, min(w-1, x))+c]
			}
			for x := range w {
				light[at+3*x+c] = sum / float32(n)
				sum += row[3*min(w-1, x+n/2+1)+c] - row[3*max(0, x-n/2)+c]
			}
		}
	}
}

// lampsOf lists the lights of the face.
func (p *Place) lampsOf(a Ask) []lamp {
	var out []lamp
	for _, s := range p.shown(a.Commission) {
		for _, l := range s.leds {
			st := p.states[s.id+"/"+l.Name]
			if a.Commission {
				st = l.Normal[0]
				if hold := p.states[s.id+"/"+l.Name]; !isFault(l, hold) && isNormal(l, hold) {
					st = hold
				}
			}
			seed := hash(s.id, l.Name)
			out = append(out, p.lampOf(s.id, l.Name, s.x+l.XMM/1000, s.y+l.YMM/1000, l.DiameterMM/2000, st, seed))
		}
	}
	if !a.Commission {
		for i, l := range p.Standing.StrayLights {
			st := maps.LEDState{Colour: l.Colour, Pattern: "solid"}
			out = append(out, p.lampOf("", "", l.X, l.Y, 0.002, st, hash(p.Rack.ID, "stray")+uint64(i)))
		}
	}
	return out
}

func isNormal(l maps.LED, s maps.LEDState) bool {
	for _, n := range l.Normal {
		if n == s {
			return true
		}
	}
	return false
}

func (p *Place) lampOf(device, led string, x, y, r float64, st maps.LEDState, seed uint64) lamp {
	l := lamp{device: device, led: led, x: x, y: y, r: r, state: st, seed: seed}
	if st.Colour != "" {
		l.first = emission(st.Colour, seed)
	}
	if st.OtherColour != "" {
		l.other = emission(st.OtherColour, seed+1)
	}
	if p.gallery.options.Hard && share(seed, 6) < 0.3 {
		l.pwmHz, l.duty = 200*math.Pow(10, share(seed, 7)), 0.2+0.6*share(seed, 8)
	}
	return l
}

// steady says whether a lamp gives the same light in every frame.
func (l *lamp) steady() bool {
	return l.pwmHz == 0 && (l.state.Pattern == "solid" || l.state.Pattern == "off" || l.state.Pattern == "")
}

// dark says whether a lamp never gives light in the look.
func (l *lamp) dark() bool {
	return l.steady() && l.state.Pattern != "solid" && l.state.Colour == ""
}
