package instrument_test

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/instrument"
)

// A colour is red, green, blue, 0..255, before gamma's error.
type colour [3]float64

// A look is how a drawn instrument is filmed: the camera's resolution and what goes wrong. Lengths in mm.
type look struct {
	pxPerMM  float64
	offX     float64 // of the instrument from its declared place
	offY     float64
	turnDeg  float64 // clockwise
	blur     float64 // standard deviation, px
	noise    float64 // grey levels
	gamma    float64 // 1 is right
	gradient float64 // share of light lost from left to right
	seed     uint64
}

// A paint gives the colour at a place of the instrument: mm from its middle, x right, y up.
type paint func(x, y float64) colour

// film draws what a camera sees of w x h mm around the declared place, with four samples a pixel, and says how to
// project onto it.
func (l look) film(wMM, hMM float64, in maps.Instrument, draw paint) (burst.Frame, instrument.Projection) {
	w, h := int(wMM*l.pxPerMM), int(hMM*l.pxPerMM)
	sin, cos := math.Sincos(l.turnDeg * math.Pi / 180)
	raw := make([]float64, 3*w*h)
	for y := range h {
		for x := range w {
			for k := range 4 {
				mx := (float64(x)+(float64(k%2)-0.5)/2-float64(w-1)/2)/l.pxPerMM - l.offX
				my := (float64(h-1)/2-float64(y)-(float64(k/2)-0.5)/2)/l.pxPerMM - l.offY
				c := draw(mx*cos-my*sin, mx*sin+my*cos)
				for i := range 3 {
					raw[3*(y*w+x)+i] += c[2-i] / 4
				}
			}
		}
	}
	raw = blurred(raw, w, h, l.blur)
	f := burst.Frame{Width: w, Height: h, BGR: make([]byte, 3*w*h)}
	rng := rand.New(rand.NewPCG(l.seed, 1))
	for i, v := range raw {
		v *= 1 - l.gradient*float64(i/3%w)/float64(w)
		v = 255*math.Pow(max(0, v)/255, l.gamma) + l.noise*rng.NormFloat64()
		f.BGR[i] = byte(max(0, min(255, math.Round(v))))
	}
	return f, func(x, y float64) (u, v float64, ok bool) {
		return float64(w-1)/2 + (x-in.X)*1000*l.pxPerMM, float64(h-1)/2 - (y-in.Y)*1000*l.pxPerMM, true
	}
}

// blurred is a Gaussian blur of three channels, columns and rows.
func blurred(v []float64, w, h int, sigma float64) []float64 {
	if sigma < 0.1 {
		return v
	}
	reach := int(3*sigma) + 1
	pass := func(v []float64, step, n int, place func(i int) int) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			sum, weight := 0.0, 0.0
			for k := -reach; k <= reach; k++ {
				if q := place(i) + k; q >= 0 && q < n {
					g := math.Exp(-float64(k*k) / 2 / sigma / sigma)
					sum, weight = sum+g*v[i+k*step], weight+g
				}
			}
			out[i] = sum / weight
		}
		return out
	}
	v = pass(v, 3, w, func(i int) int { return i / 3 % w })
	return pass(v, 3*w, h, func(i int) int { return i / 3 / w })
}

// A face is how a drawn dial looks.
type face struct {
	radius          float64 // mm
	dial, ink, hand colour
	bezel           colour
	handWidth       float64 // mm at the hub
	handLong        float64 // of the radius
	tail            float64 // of the radius
	tailWidth       float64 // mm
	majors, minors  int     // intervals
	valueDeg        float64
	glare           bool
	fromDeg, sweep  float64
	second          float64 // a second pointer, degrees from the first; 0: none
	coverX          float64 // everything right of it is hidden, mm
}

// at is the dial's colour at a place.
func (d face) at(x, y float64) colour {
	r := math.Hypot(x, y)
	if d.coverX != 0 && x > d.coverX {
		return colour{60, 60, 65}
	}
	if r > 1.2*d.radius {
		return colour{70, 72, 75}
	}
	if r > d.radius {
		return d.bezel
	}
	if d.glare && math.Hypot((x-d.radius*0.35)/1.6, y-d.radius*0.4) < d.radius*0.16 {
		return colour{255, 255, 255}
	}
	if r < 0.09*d.radius || d.pointerAt(x, y, d.valueDeg) || d.second != 0 && d.pointerAt(x, y, d.valueDeg+d.second) {
		return d.hand
	}
	if d.scaleAt(x, y, r) {
		return d.ink
	}
	return d.dial
}

func (d face) pointerAt(x, y, deg float64) bool {
	sin, cos := math.Sincos(deg * math.Pi / 180)
	along, across := x*sin+y*cos, math.Abs(x*cos-y*sin)
	long := d.handLong * d.radius
	if along >= 0 && along < long {
		return across < d.handWidth/2*(1-0.7*along/long)
	}
	return along < 0 && along > -d.tail*d.radius && across < d.tailWidth/2
}

// scaleAt says whether there are ticks or the blots that stand for numbers.
func (d face) scaleAt(x, y, r float64) bool {
	deg := math.Remainder(math.Atan2(x, y)*180/math.Pi-d.fromDeg-d.sweep/2, 360) + d.sweep/2
	if deg < -1 || deg > d.sweep+1 {
		return false
	}
	near := func(parts int) float64 { // mm to the next tick
		step := d.sweep / float64(parts)
		return math.Abs(deg-step*math.Round(deg/step)) * math.Pi / 180 * r
	}
	switch q := r / d.radius; {
	case q > 0.78 && q < 0.92 && near(d.majors) < 0.012*d.radius+0.2:
		return true
	case q > 0.84 && q < 0.92 && near(d.minors) < 0.006*d.radius+0.1:
		return true
	case q > 0.56 && q < 0.70 && near(d.majors) < 0.07*d.radius:
		return math.Mod(math.Abs(x)+1.3*math.Abs(y), 0.06*d.radius) < 0.025*d.radius
	}
	return false
}

// A panel is how a drawn display looks; heights and widths in mm.
type panel struct {
	text           string // right-aligned in digits cells
	digits         int
	point          int     // digits after the point; 0: none
	high, wide     float64 // of a digit
	pitch, bar     float64
	slant          float64
	on, off, field colour
	frame          colour
	boxW, boxH     float64
	half           int // index of a segment of the last digit that is half lit, plus one; 0: none
}

// lines are a drawn digit's segments a to g as x0, y0, x1, y1 of its size, y down.
func lines() [7][4]float64 {
	return [7][4]float64{
		{0, 0, 1, 0}, {1, 0, 1, .5}, {1, .5, 1, 1}, {0, 1, 1, 1}, {0, .5, 0, 1}, {0, 0, 0, .5}, {0, .5, 1, .5},
	}
}

// shapes are the segments of each character.
func shapes(c byte) string {
	return map[byte]string{
		'0': "abcdef", '1': "bc", '2': "abdeg", '3': "abcdg", '4': "bcfg", '5': "acdfg", '6': "acdefg", '7': "abc",
		'8': "abcdefg", '9': "abcdfg", '-': "g", 'E': "adefg", 'r': "eg",
	}[c]
}

// at is the display's colour at a place.
func (p panel) at(x, y float64) colour {
	if math.Abs(x) > p.boxW/2+1 || math.Abs(y) > p.boxH/2+1 {
		return p.frame
	}
	x -= p.slant * y
	for d := range p.digits {
		cx := x - (float64(d)-float64(p.digits-1)/2)*p.pitch
		if i := d - p.digits + len(p.text); i >= 0 {
			if c, hit := p.digitAt(cx, y, p.text[i], i == len(p.text)-1); hit {
				return c
			}
		}
		if p.point > 0 && d == p.digits-1-p.point &&
			math.Hypot(cx-p.wide/2-0.9*p.bar, y+p.high/2-p.bar/2) < 0.6*p.bar {
			return p.on
		}
	}
	return p.field
}

func (p panel) digitAt(x, y float64, char byte, last bool) (colour, bool) {
	for s, l := range lines() {
		w, h := p.wide-p.bar, p.high-p.bar
		x0, y0 := (l[0]-0.5)*w, (0.5-l[1])*h
		x1, y1 := (l[2]-0.5)*w, (0.5-l[3])*h
		long := math.Hypot(x1-x0, y1-y0)
		ux, uy := (x1-x0)/long, (y1-y0)/long
		t := (x-x0)*ux + (y-y0)*uy
		if across := math.Abs((x-x0)*uy - (y-y0)*ux); across > p.bar/2 || t < 0.12*p.bar+across || t > long-0.12*p.bar-across {
			continue
		}
		if last && p.half == s+1 {
			var mix colour
			for i := range mix {
				mix[i] = (p.on[i] + p.off[i]) / 2
			}
			return mix, true
		}
		for _, c := range []byte(shapes(char)) {
			if int(c-'a') == s {
				return p.on, true
			}
		}
		return p.off, true
	}
	return colour{}, false
}
