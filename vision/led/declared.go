package led

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// What a declared rhythm is worth. A burst of 4 s holds one period of 0.25 Hz and two of 0.5 Hz: too little to tell a rhythm
// from nothing, and enough to recognise one that the light's type declares.
const (
	nearRate    = 0.15 // share by which a rate may lie beside the declared one to be it
	knownDoubt  = 3    // by which the doubt of a rhythm is less when its type declares it and has nothing normal like it
	knownFrom   = 0.7  // confidence from which that holds: three edges in a burst that they span
	leastSpan   = 0.3  // of a declared period that its light is lit at least, and dark at least
	spanSlack   = 0.03 // of that period, by which a span may miss this, besides a frame and a half
	onceTrusted = 0.88 // confidence of a rhythm of which one period was seen
)

// onePeriod is why a rhythm that was recognised is looked at once more.
const onePeriod = "one period of its rhythm was seen"

// declared lists the states that the light's type knows, normal ones first.
func (l *light) declared() []maps.LEDState {
	out := append([]maps.LEDState{}, l.Normal...)
	for _, m := range l.Meanings {
		out = append(out, m.LEDState)
	}
	return out
}

// traffic says whether the light may flicker in the colour when all is well: a slow or sparse flicker can be regular by
// chance.
func (l *light) traffic(colour string) bool {
	for _, s := range l.Normal {
		if s.Pattern == Irregular && (s.Colour == "" || s.Colour == colour) {
			return true
		}
	}
	return false
}

// foreign says that no normal state of the light shows the colour.
func (l *light) foreign(colour string) bool {
	for _, s := range l.Normal {
		if s.Pattern != Off && (s.Colour == "" || s.Colour == colour || s.OtherColour == colour) {
			return false
		}
	}
	return len(l.Normal) > 0
}

// alike says whether a declared state is a reading's, rates aside.
func alike(s maps.LEDState, r vision.LEDReading) bool {
	return s.Pattern == r.Pattern && (s.Colour == "" || s.Colour == r.Colour) && (s.OtherColour == "" || s.OtherColour == r.OtherColour)
}

// surer is the confidence of a rhythm, given that of the rhythm alone: higher where the type declares this rhythm in these
// colours, at this rate or, in a colour that is never normal, at any, and nothing normal is mistaken for it.
func (l *light) surer(r vision.LEDReading) float64 {
	if r.Pattern != Blink && r.Pattern != Alternating || r.Confidence < knownFrom || l.traffic(r.Colour) {
		return r.Confidence
	}
	for _, s := range l.declared() {
		unrated := s.RateHz == 0 && (l.foreign(r.Colour) || r.OtherColour != "" && l.foreign(r.OtherColour))
		if alike(s, r) && (unrated || math.Abs(r.RateHz-s.RateHz) <= nearRate*s.RateHz) {
			return 1 - (1-r.Confidence)/knownDoubt
		}
	}
	return r.Confidence
}

// once recognises in a brightness that changed once or twice the single period of a declared rhythm, in colours one of
// which is never normal. It says the declared rate: how long the burst's ends would have lasted is not seen.
func (l *light) once(r vision.LEDReading, t, v []float64) (rateHz float64, ok bool) {
	if l.traffic(r.Colour) || !l.foreign(r.Colour) && (r.OtherColour == "" || !l.foreign(r.OtherColour)) {
		return 0, false
	}
	for _, s := range l.declared() {
		if alike(s, r) && s.RateHz > 0 && singlePeriod(t, v, 1/s.RateHz) {
			return s.RateHz, true
		}
	}
	return 0, false
}

// singlePeriod says whether a brightness v at the times t, s, that crosses its middle once or twice, shows a whole period
// of a blink of which each span, lit or dark, is neither too short nor too long. What the burst's ends cut may be short.
func singlePeriod(t, v []float64, period float64) bool {
	t, v = finite(t, v)
	if len(v) < minFrames {
		return false
	}
	lo, hi := levels(v)
	edges := edgesOf(t, v, lo, hi)
	n := len(edges)
	if n < 1 || n > 2 {
		return false
	}
	slack := spanSlack*period + 1.5*sampling(t)
	least, most := leastSpan*period-slack, (1-leastSpan)*period+slack
	end := t[len(t)-1]
	if end-t[0] < period-slack || max(edges[0].at-t[0], end-edges[n-1].at) > most {
		return false
	}
	whole := edges[n-1].at - edges[0].at
	return n == 1 || whole >= least && whole <= most
}

// hasty says why a light that is dark, or steady in a colour, may yet be a slow blink that its type declares: the frames in
// which it was seen, at the times t, s, last no longer than the blink stays so. Empty when it cannot be.
func (l *light) hasty(t []float64, colour string) string {
	seen, usual := 0.0, sampling(t)
	for i := 1; i < len(t); i++ {
		seen += min(t[i]-t[i-1], 1.5*usual) // what hid it, hid how long it was so
	}
	for _, s := range l.declared() {
		if s.Pattern == Blink && s.RateHz > 0 && (colour == "" || s.Colour == colour) && seen < (1-leastSpan)/s.RateHz {
			return fmt.Sprintf("it was seen for %.1f s, in which it may be a blink of %.2g Hz", seen, s.RateHz)
		}
	}
	return ""
}
