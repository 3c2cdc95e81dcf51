package led

import (
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// alternating tells two colours that take turns: the light stays lit while its chromaticity blinks.
func (j judge) alternating(l *light, c course, lit float64) (verdict, bool) {
	hi := c.top()
	if hi < lit {
		return verdict{}, false
	}
	var rg, blue, t []float64
	var at []int
	for i, v := range c.level {
		if v < max(lit, 0.2*hi) {
			continue
		}
		x, b := j.chroma(c.s[i])
		rg, blue, t, at = append(rg, x), append(blue, b), append(t, c.t[i]), append(at, i)
	}
	if len(t) < max(minFrames, len(c.t)*3/4) {
		return verdict{}, false
	}
	q := rg
	lo, up := levels(q)
	if l2, u2 := levels(blue); u2-l2 > up-lo {
		q, lo, up = blue, l2, u2
	}
	if up-lo < chromaSwing {
		return verdict{}, false
	}
	return j.turns(l, c, at, t, q, (lo+up)/2)
}

// turns names the two colours on either side of a chromaticity, and their rhythm.
func (j judge) turns(l *light, c course, at []int, t, q []float64, mid float64) (verdict, bool) {
	var sides [2][]int
	for k, i := range at {
		if q[k] > mid {
			sides[1] = append(sides[1], i)
		} else {
			sides[0] = append(sides[0], i)
		}
	}
	var names [2]string
	trust := 1.0
	for k := range sides {
		h, tr := j.haloHue(c, sides[k])
		h, ok := l.can.choose(h)
		if !ok {
			return verdict{}, false
		}
		names[k], trust = h.Colour, min(trust, tr*(0.7+0.3*min(1, h.Margin/6)))
	}
	if names[0] == names[1] || min(len(sides[0]), len(sides[1])) < 3 {
		return verdict{}, false
	}
	lo := slices.Min(q)
	shifted := make([]float64, len(q))
	for i := range q {
		shifted[i] = q[i] - lo
	}
	r := Classify(t, shifted, Scale{Lit: (mid - lo) / 2, Noise: chromaSwing / 2})
	slices.Sort(names[:])
	v := verdict{LEDReading: vision.LEDReading{
		Pattern: Alternating, Colour: names[0], OtherColour: names[1], RateHz: r.RateHz, Confidence: r.Confidence,
	}, remedy: vision.LongerBurst}
	switch r.Pattern {
	case Blink:
		v.Confidence = l.surer(v.LEDReading)
		if v.Confidence > trust {
			v.remedy = vision.OtherViewpoint
		}
		v.Confidence *= trust
		return v, true
	case Unknown:
		if rate, ok := l.once(v.LEDReading, t, shifted); ok {
			v.RateHz, v.Confidence, v.more = rate, onceTrusted*trust, onePeriod
			return v, true
		}
		return unknown(vision.LongerBurst, fmt.Sprintf("it changed from %s to %s too seldom to tell its rhythm", names[0], names[1])), true
	}
	return verdict{}, false
}

// haloHue is the colour of some frames, without the bracket, which may show the other one.
func (j judge) haloHue(c course, frames []int) (Hue, float64) {
	return j.colour(&light{}, c, frames)
}
