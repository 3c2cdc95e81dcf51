package vision

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// KindLightChanged is the kind of a finding about a light that no type declares and that departs from what was learned.
const KindLightChanged = "light-changed"

const learnedPrefix = "learned-"

// LearnedName is the name of the k-th light, from 0, that was learned at a viewpoint.
func LearnedName(k int) string { return learnedPrefix + strconv.Itoa(k+1) }

// learnedIndex undoes LearnedName.
func learnedIndex(name string) (k int, ok bool) {
	text, ok := strings.CutPrefix(name, learnedPrefix)
	if !ok {
		return 0, false
	}
	k, err := strconv.Atoi(text)
	return k - 1, err == nil && k > 0
}

// sureOfChange is the confidence that a light without declared meanings must be read with to be told as changed.
const sureOfChange = 0.85

// judgeLearned compares lights that were learned with what they showed at commissioning. What the new state means nobody
// has said, so red or amber where there was none is a warning, and dark where it shone another; a change between steady
// and flickering in one colour is traffic.
func judgeLearned(t Target, readings []LEDReading, n *Normals) []Finding {
	if n == nil {
		return nil
	}
	var out []Finding
	for _, r := range readings {
		k, learned := learnedIndex(r.LED)
		if !learned || k >= len(n.Lights) || r.Pattern == patternUnknown || r.Confidence < sureOfChange {
			continue
		}
		was := n.Lights[k].States
		severity, changed := departure(was, r)
		if !changed {
			continue
		}
		d, _ := t.device(r.Device)
		out = append(out, Finding{
			Kind: KindLightChanged, Severity: severity, Unit: d.Unit, Device: r.Device, LED: r.LED, Confidence: r.Confidence,
			X: n.Lights[k].X, Y: n.Lights[k].Y,
			Meaning: fmt.Sprintf("a light of %s at U%d is %s; at commissioning it was %s", r.Device, d.Unit, describe(r), describeStates(was)),
		})
	}
	return out
}

// departure says whether a reading departs from the learned states, and how grave that is.
func departure(was []maps.LEDState, r LEDReading) (Severity, bool) {
	if len(was) == 0 {
		return "", false
	}
	steady := !slices.ContainsFunc(was, func(s maps.LEDState) bool { return s.Pattern != "solid" })
	switch {
	case r.Pattern == patternOff:
		return Warning, steady
	case slices.ContainsFunc(was, func(s maps.LEDState) bool { return s.Colour == r.Colour && s.OtherColour == r.OtherColour }):
		return "", false
	case r.Colour == "red" || r.Colour == "amber" || r.OtherColour == "red" || r.OtherColour == "amber":
		return Warning, true
	}
	return Info, true
}

// describeStates says learned states in words.
func describeStates(states []maps.LEDState) string {
	words := make([]string, 0, len(states))
	for _, s := range states {
		words = append(words, describe(LEDReading{Colour: s.Colour, OtherColour: s.OtherColour, Pattern: s.Pattern, RateHz: s.RateHz}))
	}
	return strings.Join(words, " or ")
}
