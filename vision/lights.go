package vision

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// KindLightUnknown is a light in a state that its type declares neither normal nor meaningful.
const KindLightUnknown = "light-unknown"

// The patterns of an LEDReading and of a maps.LEDState.
const (
	patternOff       = "off"
	patternBlink     = "blink"
	patternIrregular = "irregular"
	patternUnknown   = "unknown"
)

// judgeLights compares each light with what its type declares. Colour is relative to the maker (Raritan outlets are red
// when on, Supermicro activity is amber): only declarations count, never "red is bad".
func judgeLights(t Target, readings []LEDReading, rules Rules) []Finding {
	var out []Finding
	for _, r := range readings {
		d, ok := t.device(r.Device)
		if !ok || r.Pattern == patternUnknown || r.Pattern == "" || r.Confidence < rules.MinConfidence {
			continue
		}
		for _, l := range d.LEDs {
			if l.Name != r.LED {
				continue
			}
			if f, wrong := judgeLight(d, l, r, rules); wrong {
				out = append(out, f)
			}
		}
	}
	return out
}

// judgeLight grades one light: an exact meaning first, then what is normal, then unknown. A light with no declared
// normal state is never unknown.
func judgeLight(d TargetDevice, l TargetLED, r LEDReading, rules Rules) (Finding, bool) {
	f := Finding{Unit: d.Unit, Device: d.ID, LED: l.Name, Confidence: r.Confidence, Value: r.RateHz}
	for _, s := range l.Normal {
		if (state{s}).shows(r, rules) {
			return f, false
		}
	}
	for _, m := range l.Meanings {
		if !(state{m.LEDState}).shows(r, rules) {
			continue
		}
		f.Kind, f.Severity = m.Kind, severityOf(m.Severity)
		f.Meaning = fmt.Sprintf("%s of %s at U%d is %s: %s", l.Name, d.ID, d.Unit, describe(r), m.Meaning)
		f.Reference = m.RateHz
		return f, f.Kind != ""
	}
	for _, s := range l.Normal { // a busy light that happens to be regular
		if s.Pattern == patternIrregular && r.Pattern == patternBlink && (s.Colour == "" || s.Colour == r.Colour) {
			return f, false
		}
	}
	if len(l.Normal) == 0 {
		return f, false
	}
	f.Kind, f.Severity = KindLightUnknown, Info
	f.Meaning = fmt.Sprintf("%s of %s at U%d is %s, which its type does not explain", l.Name, d.ID, d.Unit, describe(r))
	return f, true
}

// A state is a declared state that readings are compared with.
type state struct{ maps.LEDState }

// shows says whether a reading is this state: same pattern, same colour unless off or none is declared, and the rate
// within the tolerance unless none is declared.
func (s state) shows(r LEDReading, rules Rules) bool {
	if s.Pattern != r.Pattern {
		return false
	}
	if s.Pattern == patternOff {
		return true
	}
	if s.Colour != "" && s.Colour != r.Colour {
		return false
	}
	return s.Pattern != patternBlink || s.RateHz == 0 || math.Abs(r.RateHz-s.RateHz) <= rules.RateTolerance*s.RateHz
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
