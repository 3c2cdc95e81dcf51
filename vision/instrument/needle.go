package instrument

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A needle is a pointer's angle, degrees clockwise from straight up, with the standard deviation of its fit.
type needle struct {
	deg, sigmaDeg float64
	share         float64 // of its way that is a ridge
	turnDeg       float64 // of the dial, clockwise, as its ticks say
	turned        bool    // its ticks say it
}

// The ridges of a dial are kept by angle and radius.
const (
	angles    = 720  // half a degree each
	radii     = 38   // kept
	fromR     = 0.22 // of the dial's radius: beyond the hub
	stepR     = 0.02
	scoredTo  = 23   // radii up to 0.68 R: no pointer ends before, no ticks stand there
	offsets   = 11   // of the pointer's line from the dial's middle
	offsetMax = 0.10 // of the dial's radius
	tailTo    = 10   // radii behind the hub that are looked at for the pointer's tail
	tailOff   = 0.03 // of the dial's radius, that a tail may be out of line of the last fit; of the first four times that
	pivotOff  = 0.04 // standard deviation of the pivot from the dial's middle, of the dial's radius
	edgePx    = 0.25 // standard deviation of a fitted line's end that blur and pixels leave, px
	broader   = 1.12 // of the pointer's breadth: a tail that is no broader could be the pointer
	minTail   = 0.33 // share of such a way
	// A thin pointer of low contrast may be a weaker way than its counterweight with a number behind it.
	minOpposite = 0.4
	reachSlack  = 3   // kept radii
	lean        = 0.3 // of the angle between the fitted line and the one from the middle, as a standard deviation
	swayed      = 0.1 // of the angle between the fitted line and the way it was fitted along, as a standard deviation
	mostAstray  = 10  // degrees between them from which print or a highlight was fitted
	gapDepth    = 3   // radii together that show a gap
)

// A ridges map holds how much each point stands out from both its sides, in grey levels; below 0 where glare hides it.
type ridges struct {
	v [radii][angles]float32
}

const glared = -1

// flanks are the distances at which a ridge's sides are looked at, of the dial's radius.
func flanks() [3]float64 { return [3]float64{0.055, 0.10, 0.16} }

// ridgesOf samples the ink of a dial around its middle.
func ridgesOf(ink, glare plane, d dial) *ridges {
	m := &ridges{}
	for a := range angles {
		sin, cos := math.Sincos(2 * math.Pi * float64(a) / angles)
		for i := range radii {
			r := d.r * (fromR + stepR*float64(i))
			x, y := d.x+r*sin, d.y-r*cos
			m.v[i][a] = float32(ridgeAt(ink, glare, d, x, y, cos, sin))
		}
	}
	return m
}

// ridgeAt is how much a point stands out from both sides along (right, down), at the best of some distances.
func ridgeAt(ink, glare plane, d dial, x, y, right, down float64) float64 {
	if glare.near(x, y) > 0 {
		return glared
	}
	c := ink.at(x, y)
	best := 0.0
	for _, f := range flanks() {
		s := max(1.5, f*d.r)
		if l := ink.at(x-s*right, y-s*down); l < c {
			best = max(best, min(c-l, c-ink.at(x+s*right, y+s*down)))
		}
	}
	return best
}

// strength is what a pointer's ridge must be expected to have: the median over the radii of the strongest ridge there.
func (m *ridges) strength() float64 {
	tops := make([]float64, scoredTo)
	for i := range tops {
		tops[i] = float64(slices.Max(m.v[i][:]))
	}
	slices.Sort(tops)
	return tops[len(tops)/2]
}

// along is the share of the way at an angle (index) and an offset (of R, to the right of the way out) that is a ridge of
// the given strength, between two radii. What glare hides does not count, but no more than half may be hidden. A way with
// a gap counts less: a counterweight in line with a number has one, a pointer has none.
func (m *ridges) along(a int, offset, strength float64, from, to int) float64 {
	var seen [radii]float64
	n, sum := 0, 0.0
	for i := from; i < to; i++ {
		turn := offset / (fromR + stepR*float64(i)) * angles / (2 * math.Pi)
		v := float64(m.v[i][(a+int(math.Round(turn))+angles)%angles])
		if v == glared {
			continue
		}
		seen[n] = min(1, v/strength)
		sum += seen[n]
		n++
	}
	least := 1.0
	for i := range n - gapDepth {
		least = min(least, (seen[i]+seen[i+1]+seen[i+2])/gapDepth)
	}
	return sum / float64(max(n, (to-from+1)/2)) * min(1, 0.4+1.5*least)
}

// A way is a straight line outwards from near the dial's middle.
type way struct {
	a      int // angle, half degrees
	offset float64
	share  float64
}

// ways scores every angle by its best offset.
func (m *ridges) ways(strength float64) [angles]way {
	var out [angles]way
	for a := range angles {
		for o := range offsets {
			off := offsetMax * (float64(o)*2/(offsets-1) - 1)
			if s := m.along(a, off, strength, 0, scoredTo) * (1 - 10*off*off); s > out[a].share {
				out[a] = way{a: a, offset: off, share: s}
			}
		}
	}
	return out
}

// towards is where a way points half way out, degrees.
func (w way) towards() float64 {
	const half = 0.45
	return float64(w.a)*360/angles + math.Asin(w.offset/half)*180/math.Pi
}

// apart is the angle between two ways half way out, degrees.
func apart(a, b way) float64 { return math.Abs(math.Remainder(a.towards()-b.towards(), 360)) }

// findNeedle finds the pointer as dark ink on a light dial or light ink on a dark one, whichever stands out more; why
// says why there is none.
func findNeedle(dark, light plane, d dial, in maps.Instrument) (n needle, why string) {
	glare := glareOn(dark, d)
	nd, sd, whyDark := needleIn(dark, glare, d, in)
	nl, sl, whyLight := needleIn(light, glare, d, in)
	if whyDark == "" && (whyLight != "" || nd.share*sd >= nl.share*sl) {
		return nd, ""
	}
	if whyLight == "" {
		return nl, ""
	}
	if sd >= sl {
		return nd, whyDark
	}
	return nl, whyLight
}

// needleIn finds a pointer of one polarity; strength is how far it stands out, grey levels.
func needleIn(ink, glare plane, d dial, in maps.Instrument) (n needle, strength float64, why string) {
	m := ridgesOf(ink, glare, d)
	strength = m.strength()
	if strength < minContrast {
		return n, strength, "no pointer stands out from the dial: blurred, blown out or hidden"
	}
	ways := m.ways(0.7 * strength)
	best := way{}
	for _, w := range ways {
		if w.share > best.share {
			best = w
		}
	}
	if best.share < minPointer {
		return n, strength, "nothing on the dial reaches from its middle to its scale as a pointer does"
	}
	for _, w := range ways {
		g := apart(w, best)
		if w.share < rival*best.share || g < 16 {
			continue
		}
		if g < 164 {
			return n, strength, "two pointers could be meant"
		}
		if m.reach(w, strength) > m.reach(best, strength) {
			return n, strength, "both ends of the pointer reach equally far"
		}
	}
	t := tailOf(ways, best)
	if t.share > minOpposite && m.reach(t, strength) >= m.reach(best, strength)-reachSlack {
		return n, strength, "both ends of the pointer reach about equally far"
	}
	if t.share > minTail && breadth(ink, d, t) < broader*breadth(ink, d, best) {
		return n, strength, "which end of the pointer is the counterweight cannot be told"
	}
	n, ok := fitLine(ink, d, best)
	n.share = best.share
	astray := math.Abs(math.Remainder(n.deg-best.towards(), 360))
	n.sigmaDeg = math.Hypot(n.sigmaDeg, swayed*astray)
	if !ok || astray > mostAstray {
		return n, strength, "the pointer's edges are not clear enough to fit a line to"
	}
	n.turnDeg, n.turned = m.scaleTurn(n.deg, in)
	return n, strength, ""
}

// tailOf is the best way opposite of a pointer.
func tailOf(ways [angles]way, pointer way) way {
	best := way{}
	for _, w := range ways {
		if w.share > best.share && apart(w, pointer) > 164 {
			best = w
		}
	}
	return best
}

// breadth is how broad a way is on its inner half, px: a counterweight is broader than its pointer.
func breadth(ink plane, d dial, w way) float64 {
	sin, cos := math.Sincos(2 * math.Pi * float64(w.a) / angles)
	sum := 0.0
	for _, r := range [5]float64{0.26, 0.30, 0.34, 0.38, 0.42} {
		var v []float64
		for e := w.offset - 0.16; e <= w.offset+0.161; e += 0.01 {
			v = append(v, ink.at(d.x+d.r*(r*sin+e*cos), d.y-d.r*(r*cos-e*sin)))
		}
		mid := len(v) / 2
		base := max(slices.Min(v[:mid]), slices.Min(v[mid:]))
		peak := slices.Max(v[mid-4 : mid+5])
		for _, x := range v {
			sum += max(0, min(1, (x-base)/max(1, peak-base))) * 0.01 * d.r / 5
		}
	}
	return sum
}

// reach is how far out a way is a ridge, in kept radii.
func (m *ridges) reach(w way, strength float64) int {
	i := scoredTo / 2
	for i < radii-1 && m.along(w.a, w.offset, 0.7*strength, i, i+2) > 0.4 {
		i++
	}
	return i
}

// fitLine fits the middle of the ridge along a way, and along the tail behind it as far as it is in line: each radius
// gives the middle of its ink across, and a line offset + slope·r is fitted to them with a prior on the offset (the pivot
// is near the dial's middle), weights falling with the residual (Cauchy) so that print beside the pointer counts little.
func fitLine(ink plane, d dial, w way) (needle, bool) {
	theta := 2 * math.Pi * float64(w.a) / angles
	offset := w.offset * d.r
	sigma := math.Inf(1)
	const fits = 4
	for k, window := range [fits]float64{0.11, 0.09, 0.07, 0.07} {
		aside := tailOff * d.r * float64(fits-k)
		var rs, es []float64
		for i := -tailTo; i < scoredTo+3; i++ {
			r := fromR + stepR*float64(i)
			if i < 0 {
				r = -fromR + stepR*float64(i+1)
			}
			if e, ok := middle(ink, d, theta, offset, r*d.r, max(4, window*d.r)); ok && (i >= 0 || math.Abs(e) < aside) {
				rs, es = append(rs, r*d.r), append(es, e)
			}
		}
		if len(rs) < scoredTo/2 {
			return needle{}, false
		}
		a, b, s := robustLine(rs, es, pivotOff*d.r, offset, max(1, 4/(stepR*d.r)))
		offset += a
		theta += math.Atan(b)
		sigma = s
	}
	pixels := math.Hypot(edgePx, lean*offset) / d.r
	n := needle{deg: theta * 180 / math.Pi, sigmaDeg: math.Hypot(1.3*sigma, pixels) * 180 / math.Pi}
	return n, n.sigmaDeg < 4
}

// middle is the middle of the ink across a way at a radius, px to the right of the way, within half px of it.
func middle(ink plane, d dial, theta, offset, r, half float64) (float64, bool) {
	const steps = 12
	sin, cos := math.Sincos(theta)
	var v [2*steps + 1]float64
	for k := range v {
		e := offset + half*float64(k-steps)/steps
		v[k] = ink.at(d.x+r*sin+e*cos, d.y-r*cos+e*sin)
	}
	peak := steps
	for k := steps - 5; k <= steps+5; k++ {
		if v[k] > v[peak] {
			peak = k
		}
	}
	left, right := slices.Min(v[:peak+1]), slices.Min(v[peak:])
	base := max(left, right)
	if v[peak]-base < minContrast/2 {
		return 0, false
	}
	cut := base + 0.35*(v[peak]-base)
	sum, weight := 0.0, 0.0
	for k := peak; k >= 0 && v[k] > cut; k-- {
		sum, weight = sum+(v[k]-cut)*float64(k-steps), weight+v[k]-cut
	}
	for k := peak + 1; k < len(v) && v[k] > cut; k++ {
		sum, weight = sum+(v[k]-cut)*float64(k-steps), weight+v[k]-cut
	}
	return half / steps * sum / weight, true
}

// robustLine fits e = a + b·r; a's prior is a normal around -offset0 with the given deviation. It returns the standard
// deviation of the slope, rad, of which only one in so many points is independent.
func robustLine(rs, es []float64, prior, offset0, shared float64) (a, b, sigma float64) {
	w := make([]float64, len(rs))
	for i := range w {
		w[i] = 1
	}
	scale := 1.0
	for range 6 {
		k := scale * scale / (prior * prior)
		s, sr, srr, se, sre := k, 0.0, 0.0, -offset0*k, 0.0
		for i, r := range rs {
			s, sr, srr = s+w[i], sr+w[i]*r, srr+w[i]*r*r
			se, sre = se+w[i]*es[i], sre+w[i]*r*es[i]
		}
		det := s*srr - sr*sr
		if det < 1e-9 {
			return 0, 0, math.Inf(1)
		}
		a, b = (srr*se-sr*sre)/det, (s*sre-sr*se)/det
		res := make([]float64, len(rs))
		for i, r := range rs {
			res[i] = math.Abs(es[i] - a - b*r)
		}
		sorted := slices.Clone(res)
		slices.Sort(sorted)
		scale = max(0.15, 1.48*sorted[len(sorted)/2])
		for i := range w {
			w[i] = 1 / (1 + res[i]*res[i]/(4*scale*scale))
		}
		sigma = scale * math.Sqrt(shared*s/det)
	}
	return a, b, sigma
}
