package vision

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// The kinds of findings about lights that no device type names.
const (
	// KindLightUnknown is a light in a state that its type declares neither normal nor meaningful.
	KindLightUnknown = "light-unknown"
	// KindPowerLost is a device all of whose lights are dark though some should shine.
	KindPowerLost = "power-lost"
)

// The patterns of an LEDReading and of a maps.LEDState.
const (
	patternOff         = "off"
	patternSolid       = "solid"
	patternBlink       = "blink"
	patternIrregular   = "irregular"
	patternAlternating = "alternating"
	patternUnknown     = "unknown"
)

// What a light's finding needs besides MinConfidence of the rules.
const (
	sureOfUnknown = 0.8 // confidence to call a state one that the type does not explain
	minDark       = 2   // lights of a device that must be dark though they should shine, for its power to be gone
	minDarkShare  = 0.8 // of its lights that must have been read: where fewer are, something covers it

	mostDark  = 2 // devices that may have a dark light though others of theirs shine, before it is the view that hides them
	veiledOff = 4 // as minDark, where the view hides lights: it hides each with a chance of some 10 %
)

// judgeLights compares each light with what its type declares. Colour is relative to the maker (Raritan outlets are red
// when on, Supermicro activity is amber): only declarations count, never "red is bad". Of a device that is dark all over
// one thing is said, and not a thing of each light.
func judgeLights(t Target, readings []LEDReading, rules Rules) []Finding {
	read := map[string][]LEDReading{}
	var order []string
	for _, r := range readings {
		if r.Pattern == patternUnknown || r.Pattern == "" || r.Confidence < rules.MinConfidence {
			continue
		}
		if read[r.Device] == nil {
			order = append(order, r.Device)
		}
		read[r.Device] = append(read[r.Device], r)
	}
	var out []Finding
	dimmed := t.dimmed(read)
	for _, id := range order {
		d, ok := t.device(id)
		if !ok {
			continue
		}
		others, least := len(dimmed), minDark
		if dimmed[id] {
			others--
		}
		veiled := others > mostDark
		if veiled {
			least = veiledOff
		}
		if f, dark := powerLost(d, read[id], least); dark {
			out = append(out, f)
			continue
		}
		for _, r := range read[id] {
			if l, ok := d.light(r.LED); ok && (!veiled || r.Pattern != patternOff) {
				if f, wrong := judgeLight(d, l, r, rules); wrong {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// dimmed are the devices that have power, for some of their lights shine, and yet a light dark that always shines. One or
// two have a fault. Where there are more, the webs of a perforated door hide lights, others at each look.
func (t Target) dimmed(read map[string][]LEDReading) map[string]bool {
	out := map[string]bool{}
	for id, readings := range read {
		d, ok := t.device(id)
		if !ok {
			continue
		}
		shines, dark := false, false
		for _, r := range readings {
			l, known := d.light(r.LED)
			shines = shines || r.Pattern != patternOff
			dark = dark || known && r.Pattern == patternOff && len(l.Normal) > 0 && !admits(l.Normal, patternOff)
		}
		if shines && dark {
			out[id] = true
		}
	}
	return out
}

// light finds a light of the device by its name.
func (d TargetDevice) light(name string) (TargetLED, bool) {
	for _, l := range d.LEDs {
		if l.Name == name {
			return l, true
		}
	}
	return TargetLED{}, false
}

// powerLost says that every light of a device that could be read is dark, and that at least so many of them should shine. It
// is as severe as the worst that its type says of a dark light, and at least a warning.
func powerLost(d TargetDevice, read []LEDReading, least int) (Finding, bool) {
	f := Finding{Kind: KindPowerLost, Severity: Warning, Unit: d.Unit, Device: d.ID, Confidence: 1}
	should := 0
	for _, r := range read {
		l, ok := d.light(r.LED)
		if r.Pattern != patternOff {
			return f, false
		}
		if !ok || len(l.Normal) == 0 || admits(l.Normal, patternOff) {
			continue
		}
		should++
		f.Confidence = min(f.Confidence, r.Confidence)
		for _, m := range l.Meanings {
			if s := severityOf(m.Severity); m.Pattern == patternOff && rank(s) > rank(f.Severity) {
				f.Severity = s
			}
		}
	}
	f.Meaning = fmt.Sprintf("all %d lights of %s at U%d that can be seen are off, %d of which should shine: it has no power", len(read), d.ID, d.Unit, should)
	return f, should >= least && float64(len(read)) >= minDarkShare*float64(len(d.LEDs))
}

// admits says whether one of the states has the pattern.
func admits(states []maps.LEDState, pattern string) bool {
	for _, s := range states {
		if s.Pattern == pattern {
			return true
		}
	}
	return false
}

// judgeLight grades one light by the declared state that its reading fits best; of those that fit alike a normal one. A
// light with no declared normal state is never unknown.
func judgeLight(d TargetDevice, l TargetLED, r LEDReading, rules Rules) (Finding, bool) {
	f := Finding{Unit: d.Unit, Device: d.ID, LED: l.Name, Confidence: r.Confidence, Value: r.RateHz}
	best := math.Inf(1)
	for _, s := range l.Normal {
		best = min(best, misfit(s, r, rules))
	}
	var meant *maps.LEDMeaning
	for i := range l.Meanings {
		if m := misfit(l.Meanings[i].LEDState, r, rules); m < best {
			best, meant = m, &l.Meanings[i]
		}
	}
	switch {
	case meant != nil:
		f.Kind, f.Severity = meant.Kind, severityOf(meant.Severity)
		f.Meaning = fmt.Sprintf("%s of %s at U%d is %s: %s", l.Name, d.ID, d.Unit, describe(r), meant.Meaning)
		f.Reference = meant.RateHz
		return f, f.Kind != ""
	case !math.IsInf(best, 1) || len(l.Normal) == 0 || busy(l, r) || r.Confidence < sureOfUnknown:
		return f, false
	}
	f.Kind, f.Severity = KindLightUnknown, Info
	f.Meaning = fmt.Sprintf("%s of %s at U%d is %s, which its type does not explain", l.Name, d.ID, d.Unit, describe(r))
	return f, true
}

// busy says that a light which flickers with traffic happens to be regular, or steady: traffic may pause or saturate.
func busy(l TargetLED, r LEDReading) bool {
	for _, s := range l.Normal {
		if s.Pattern == patternIrregular && r.Pattern == patternBlink && (s.Colour == "" || s.Colour == r.Colour) {
			return true
		}
	}
	return false
}

// misfit is how far a reading lies from a declared state, as a share of the declared rate: infinite for another pattern or
// colour or beyond the rules' tolerance; a state that declares no rate fits any as badly as is tolerated.
func misfit(s maps.LEDState, r LEDReading, rules Rules) float64 {
	if s.Pattern != r.Pattern {
		return math.Inf(1)
	}
	if s.Pattern == patternOff {
		return 0
	}
	if s.Colour != "" && s.Colour != r.Colour || s.OtherColour != "" && s.OtherColour != r.OtherColour {
		return math.Inf(1)
	}
	if s.Pattern != patternBlink && s.Pattern != patternAlternating {
		return 0
	}
	if s.RateHz == 0 {
		return rules.RateTolerance
	}
	if off := math.Abs(r.RateHz-s.RateHz) / s.RateHz; off <= rules.RateTolerance {
		return off
	}
	return math.Inf(1)
}

// describe says a reading in words.
func describe(r LEDReading) string {
	switch r.Pattern {
	case patternOff:
		return "off"
	case patternBlink:
		return fmt.Sprintf("%s, blinking at %.1f Hz", r.Colour, r.RateHz)
	case patternIrregular:
		return r.Colour + ", flickering"
	case patternAlternating:
		return fmt.Sprintf("%s and %s in turn at %.1f Hz", r.Colour, r.OtherColour, r.RateHz)
	}
	return r.Colour
}

// severityOf reads a declared severity; what is not one of ours counts as a warning.
func severityOf(s string) Severity {
	if v := Severity(s); rank(v) >= 0 {
		return v
	}
	return Warning
}
