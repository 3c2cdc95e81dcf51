package vision

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// The kinds of findings that sightings and instruments make.
const (
	KindDoorOpen        = "door-open"
	KindDoorAjar        = "door-ajar"
	KindPanelMissing    = "panel-missing"
	KindLiquid          = "liquid"
	KindLightUnexpected = "light-unexpected"
	KindDeviceMissing   = "device-missing"
	KindDeviceMoved     = "device-moved"
	KindReadingLow      = "reading-low"
	KindReadingHigh     = "reading-high"
	KindReadingRefused  = "reading-refused"
)

// judgeSeen says what is out of order of doors, panels, floor, devices, undeclared lights and instruments. A sighting less
// sure than the rules ask of a light says nothing, nor does one of a thing that the target does not hold.
func judgeSeen(t Target, r LookResult, rules Rules) []Finding {
	var out []Finding
	veiled := r.veiled()
	for _, s := range r.Sightings {
		if s.Confidence < rules.MinConfidence || veiled && s.Thing == ThingDevice {
			continue
		}
		if f, wrong := judgeSighting(t, s); wrong {
			f.Confidence = s.Confidence
			out = append(out, f)
		}
	}
	for _, i := range r.Instruments {
		for _, d := range t.Instruments {
			if d.ID == i.Instrument {
				if f, wrong := judgeReading(t, d, i); wrong {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// mostGone is how many devices can be gone from one stretch between two rounds.
const mostGone = 2

// veiled says whether more devices seem gone than can be: then something stands before the rack, or the light is another.
func (r LookResult) veiled() bool {
	gone := 0
	for _, s := range r.Sightings {
		if s.Thing == ThingDevice && (s.State == StateMissing || s.State == StateMoved) {
			gone++
		}
	}
	return gone > mostGone
}

// judgeSighting grades one sighting.
func judgeSighting(t Target, s Sighting) (Finding, bool) {
	f := Finding{Severity: Warning, Unit: s.Unit, Value: s.Value, X: s.X, Y: s.Y}
	switch s.Thing {
	case ThingDoor:
		return judgeDoor(t, s, f)
	case ThingPanel:
		f.Kind = KindPanelMissing
		f.Meaning = fmt.Sprintf("the blanking panel of U%d is missing: hot air returns to the inlets there", s.Unit)
		return f, s.State == StateMissing
	case ThingLiquid:
		f.Kind, f.Severity, f.Unit = KindLiquid, Critical, 0
		f.Meaning = fmt.Sprintf("liquid stands at the rack's foot, about %.0f cm², %.2f m from its left side", 1e4*s.Value, s.X)
		return f, s.State == StateWet
	case ThingLight:
		return judgeStray(t, s, f), s.State == StateLit
	case ThingDevice:
		return judgeDevice(t, s, f)
	}
	return f, false
}

// judgeDoor minds a door only where it should be closed.
func judgeDoor(t Target, s Sighting, f Finding) (Finding, bool) {
	if t.Door == nil || t.Door.NormallyOpen {
		return f, false
	}
	f.Unit, f.X, f.Y = 0, 0, 0
	switch s.State {
	case StateOpen:
		f.Kind, f.Meaning = KindDoorOpen, "the rack's door stands open"
		return f, true
	case StateAjar:
		f.Kind, f.Meaning = KindDoorAjar, fmt.Sprintf("the rack's door is ajar by %.0f°", s.Value)
		return f, true
	}
	return f, false
}

// judgeStray names where a light shines that nobody declared. Colour says nothing without a maker.
func judgeStray(t Target, s Sighting, f Finding) Finding {
	f.Kind, f.Device = KindLightUnexpected, s.Device
	colour := s.Colour
	if colour == "" {
		colour = "some"
	}
	where := fmt.Sprintf("at U%d", s.Unit)
	if d, ok := t.device(s.Device); ok {
		where = fmt.Sprintf("on %s at U%d", d.ID, s.Unit)
	}
	f.Meaning = fmt.Sprintf("a %s light shines %s, %.2f m from the rack's left side and %.2f m up, where none is known", colour, where, s.X, s.Y)
	return f
}

// judgeDevice compares a device's place with the record.
func judgeDevice(t Target, s Sighting, f Finding) (Finding, bool) {
	d, ok := t.device(s.Device)
	if !ok {
		return f, false
	}
	f.Device, f.X, f.Y = d.ID, 0, 0
	switch s.State {
	case StateMissing:
		f.Kind, f.Unit = KindDeviceMissing, d.Unit
		f.Value = 0
		f.Meaning = fmt.Sprintf("%s is not at U%d, where the record has it", d.ID, d.Unit)
		return f, true
	case StateMoved:
		f.Kind, f.Value, f.Reference = KindDeviceMoved, float64(s.Unit), float64(d.Unit)
		f.Meaning = fmt.Sprintf("%s stands at U%d, the record has it at U%d", d.ID, s.Unit, d.Unit)
		return f, true
	}
	return f, false
}

// judgeReading holds an instrument to its limits. Only a reading that lies beyond one by more than its bound is a
// finding: what may as well be in order is not worth waking somebody.
func judgeReading(t Target, d maps.Instrument, r InstrumentReading) (Finding, bool) {
	f := Finding{Severity: Warning, Device: d.ID, X: d.X, Y: d.Y, Value: r.Value, Confidence: 0.99}
	if u := int(math.Floor((d.Y-t.BaseM)/maps.UnitM)) + 1; u >= 1 && u <= t.UHeight {
		f.Unit = u
	}
	what := d.Quantity
	if what == "" {
		what = "reading"
	}
	if r.Refused != "" {
		f.Kind, f.Severity, f.Value = KindReadingRefused, Info, 0
		f.Meaning = fmt.Sprintf("%s (%s) cannot be read: %s", what, d.ID, r.Refused)
		return f, true
	}
	if math.IsNaN(r.Value) || math.IsNaN(r.Bound) {
		return f, false
	}
	say := func(side string, limit float64) string {
		return fmt.Sprintf("%s (%s) is %.*f ± %.2g %s, %s the limit of %g %s", what, d.ID, decimals(d), r.Value, r.Bound, d.Unit, side, limit, d.Unit)
	}
	switch {
	case d.Low != nil && r.Value+r.Bound < *d.Low:
		f.Kind, f.Reference, f.Meaning = KindReadingLow, *d.Low, say("below", *d.Low)
		return f, true
	case d.High != nil && r.Value-r.Bound > *d.High:
		f.Kind, f.Reference, f.Meaning = KindReadingHigh, *d.High, say("above", *d.High)
		return f, true
	}
	return f, false
}

// decimals that an instrument's value is worth saying.
func decimals(d maps.Instrument) int {
	if d.Kind == maps.Display {
		return max(0, min(6, d.Decimals))
	}
	return 2
}
