package led

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// The marks by which a lit light differs from labels, cables, latches and reflections. Each is about 0 to 1.
const (
	markOne     = iota // always 1
	markOut            // stands out on three sides of four
	markLow            // stands out on its worst side
	markBright         // strongest channel
	markRing           // strongest channel of the surroundings
	markPure           // saturation of what it adds to its surroundings
	markUneven         // unevenness of the surroundings
	markSize           // logarithm of its share of the picture's side
	markRound          // roundness
	markLeak           // runs on beyond the place
	markTint           // difference in chromaticity from the surroundings
	markCommon         // how common its colour is in this picture
	markGreen          // which colour it has; white is none of these
	markWarm           // red or amber
	markBlue           //
	markClipped        // share of clipped pixels
	markPeaked         // middle over rim
	markHalo           // spills beyond its rim
	markAlone          // share of directions where it ends
	markSmall          // square of size
	numMarks
)

type marks [numMarks]float64

// A lamp is a measured candidate.
type lamp struct {
	spot
	marks
}

// A search holds what is known of the picture that is searched.
type search struct {
	f      burst.Frame
	g      glare
	common [24 * 4 * 4]float64 // share of the picture's pixels of each hue, saturation, brightness
}

func newSearch(f burst.Frame) *search {
	s := &search{f: f, g: glareOf(f)}
	n := 0.0
	for i := 0; i < f.Width*f.Height; i += 3 {
		s.common[colourBin(float64(f.BGR[3*i]), float64(f.BGR[3*i+1]), float64(f.BGR[3*i+2]))]++
		n++
	}
	for i := range s.common {
		s.common[i] /= n
	}
	return s
}

// colourBin is the colour's place in the table of common ones.
func colourBin(b, g, r float64) int {
	top, low := max(b, g, r), min(b, g, r)
	hue := int(angle(b, g, r, top, top-low)/15) % 24
	sat := 0
	if top > 0 {
		sat = min(3, int(4*(top-low)/top))
	}
	return (hue*4+sat)*4 + min(3, int(top/64))
}

// measure takes the marks of a candidate; ok is false when it has no body.
func (s *search) measure(c candidate) (l lamp, ok bool) {
	window := 3*c.a + 4
	ring := s.ring(c, window)
	if len(ring) < 8 {
		return l, false
	}
	slices.Sort(ring)
	dark := ring[len(ring)/2]
	b := s.body(c, window, dark)
	if b.n < 3 {
		return l, false
	}
	l.spot = spot{u: b.sx / b.n, v: b.sy / b.n, r: max(minRadiusPx, math.Sqrt(b.n/math.Pi))}
	if l.r > maxHaloPx {
		return l, false
	}
	l.surroundings([]burst.Frame{s.f}, [][2]float64{{}})
	m := &l.marks
	m[markOne] = 1
	m[markOut], m[markLow] = c.out/510, c.low/510
	m[markUneven] = (ring[len(ring)*4/5] - ring[len(ring)/5]) / 510
	m[markSize] = math.Log(l.r / float64(max(s.f.Width, s.f.Height)) * 300)
	m[markSmall] = m[markSize] * m[markSize]
	m[markRound] = b.round()
	if b.leak {
		m[markLeak] = 1
	}
	m[markClipped] = b.clipped / b.n
	s.colours(&l)
	s.profile(&l, dark)
	return l, true
}

// ring is the glare of the surroundings of a candidate.
func (s *search) ring(c candidate, window int) []float64 {
	var out []float64
	inner, step := 2*c.a+2, max(1, c.a/3)
	for y := max(0, c.y-window); y <= min(s.g.h-1, c.y+window); y += step {
		for x := max(0, c.x-window); x <= min(s.g.w-1, c.x+window); x += step {
			if max(x-c.x, c.x-x, y-c.y, c.y-y) >= inner {
				out = append(out, float64(s.g.v[y*s.g.w+x]))
			}
		}
	}
	return out
}

// A body is the connected pixels of a candidate that are nearer to its glare than to its surroundings'.
type body struct {
	n, sx, sy, sxx, sxy, syy, clipped float64
	leak                              bool
}

// body grows from the most glaring pixel within the candidate's box.
func (s *search) body(c candidate, window int, dark float64) (b body) {
	start, best := 0, -1.0
	for y := max(0, c.y-c.a); y <= min(s.g.h-1, c.y+c.a); y++ {
		for x := max(0, c.x-c.a); x <= min(s.g.w-1, c.x+c.a); x++ {
			if v := float64(s.g.v[y*s.g.w+x]); v > best {
				best, start = v, y*s.g.w+x
			}
		}
	}
	level := (s.g.mean(c.x, c.y, c.a) + dark) / 2
	side := 2*window + 1
	seen := make([]bool, side*side)
	stack := []int{start}
	for len(stack) > 0 {
		k := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := k%s.g.w, k/s.g.w
		i := (y-c.y+window)*side + x - c.x + window
		if seen[i] || float64(s.g.v[k]) < level {
			continue
		}
		seen[i] = true
		b.add(float64(x), float64(y), s.f.BGR[3*k:3*k+3:3*k+3])
		for _, d := range [4][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
			u, v := x+d[0], y+d[1]
			if u < max(0, c.x-window) || v < max(0, c.y-window) || u > min(s.g.w-1, c.x+window) || v > min(s.g.h-1, c.y+window) {
				b.leak = true
				continue
			}
			stack = append(stack, v*s.g.w+u)
		}
	}
	return b
}

func (b *body) add(x, y float64, p []byte) {
	b.n++
	b.sx, b.sy = b.sx+x, b.sy+y
	b.sxx, b.sxy, b.syy = b.sxx+x*x, b.sxy+x*y, b.syy+y*y
	if max(p[0], p[1], p[2]) >= clipped {
		b.clipped++
	}
}

// round is the ratio of the body's short axis to its long one.
func (b *body) round() float64 {
	xx, yy, xy := b.sxx/b.n-b.sx*b.sx/b.n/b.n+1./12, b.syy/b.n-b.sy*b.sy/b.n/b.n+1./12, b.sxy/b.n-b.sx*b.sy/b.n/b.n
	mean, half := (xx+yy)/2, math.Hypot((xx-yy)/2, xy)
	return math.Sqrt(max(0, mean-half) / (mean + half))
}

// colours sets the marks of colour.
func (s *search) colours(l *lamp) {
	m := &l.marks
	glow := l.glow(s.f, 0, 0)
	sum, n := l.hue(s.f, 0, 0, max(glow[0], glow[1], glow[2]))
	if n < 3 {
		sum = glow
	}
	h := HueOf(sum)
	if top := max(sum[0], sum[1], sum[2]); top > 0 {
		m[markPure] = min(1, (top-min(sum[0], sum[1], sum[2]))/top)
	}
	switch h.Colour {
	case Green:
		m[markGreen] = 1
	case Red, Amber:
		m[markWarm] = 1
	case Blue:
		m[markBlue] = 1
	}
	var p [3]float64
	for c := range p {
		p[c] = glow[c] + l.dark[c]
	}
	m[markBright] = max(p[0], p[1], p[2]) / 255
	m[markRing] = max(l.dark[0], l.dark[1], l.dark[2]) / 255
	here, there := p[0]+p[1]+p[2]+30, l.dark[0]+l.dark[1]+l.dark[2]+30
	for c := range p {
		m[markTint] += math.Abs((p[c]+10)/here - (l.dark[c]+10)/there)
	}
	m[markCommon] = -math.Log10(s.common[colourBin(max(0, p[0]), max(0, p[1]), max(0, p[2]))]+1e-5) / 5
}

// profile sets the marks of how the glare falls off.
func (s *search) profile(l *lamp, dark float64) {
	m := &l.marks
	var mid, rim, beyond, nMid, nRim, nBeyond float64
	alone := 0.0
	const directions = 16
	for k := range directions {
		sin, cos := math.Sincos(float64(k) * 2 * math.Pi / directions)
		if v, ok := s.at(l.u+cos*l.r*0.3, l.v+sin*l.r*0.3); ok {
			mid, nMid = mid+v, nMid+1
		}
		if v, ok := s.at(l.u+cos*l.r, l.v+sin*l.r); ok {
			rim, nRim = rim+v, nRim+1
		}
		if v, ok := s.at(l.u+cos*l.r*1.7, l.v+sin*l.r*1.7); ok {
			beyond, nBeyond = beyond+v, nBeyond+1
		}
	}
	mid, rim, beyond = mid/max(1, nMid), rim/max(1, nRim), beyond/max(1, nBeyond)
	over := max(20, mid-dark)
	for k := range directions {
		sin, cos := math.Sincos(float64(k) * 2 * math.Pi / directions)
		if v, ok := s.at(l.u+cos*l.near(), l.v+sin*l.near()); ok && v < dark+0.4*over {
			alone += 1. / directions
		}
	}
	m[markAlone] = alone
	m[markPeaked] = clamp((mid-rim)/over, 1.5)
	m[markHalo] = clamp((beyond-dark)/over, 1)
}

// at is the glare of the nearest pixel.
func (s *search) at(x, y float64) (v float64, in bool) {
	u, w := int(math.Round(x)), int(math.Round(y))
	if u < 0 || w < 0 || u >= s.g.w || w >= s.g.h {
		return 0, false
	}
	return float64(s.g.v[w*s.g.w+u]), true
}
