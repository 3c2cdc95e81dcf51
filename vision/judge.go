package vision

import (
	"cmp"
	"slices"
)

// Rules are the limits by which a look is judged. Temperatures in °C, differences in K.
type Rules struct {
	// MinConfidence of a light's reading: below it nothing is said of the light.
	MinConfidence float64
	// RateTolerance is the share by which a blink may differ from the declared rate.
	RateTolerance float64
	// Peers: NETA MTS 100.18 grades the difference to similar parts under similar load: 1-3 K possible, 4-15 K probable
	// deficiency, above 15 K major. From InfoK a finding is a note, from WarnK a warning, above CriticalK critical.
	InfoK, WarnK, CriticalK float64
	// MinZ is the robust z-score, (T - median)/max(1.4826 MAD, 0.3 K), that a difference to peers must also reach, and
	// HabitZ the one for a difference to the device's own habit.
	MinZ, HabitZ float64
	// MinPeers is how many others it takes; with fewer, devices are compared with all neighbours in the look, less the
	// rise that each is declared to have, and only a difference above CriticalK counts, as a warning.
	MinPeers int
	// MinPixels of the thermal picture that a place must cover to be judged.
	MinPixels int
	// MinUnitPixels is MinPixels for a bare unit, whose median is judged: with a noise of 0.1 K of a pixel, eight of them
	// tell a median to 0.05 K.
	MinUnitPixels int
	// OpticSigmaMM is the registration error, mm, beyond which lights are not judged; 0 admits all.
	OpticSigmaMM float64
}

// DefaultRules are those of NETA and of FACTS.md sections 4 and 5. NETA grades whole kelvins: 3.5 K reads as 4.
func DefaultRules() Rules {
	return Rules{
		MinConfidence: 0.6, RateTolerance: 0.25, InfoK: 1.5, WarnK: 3.5, CriticalK: 15, MinZ: 6, HabitZ: 3, MinPeers: 3,
		MinPixels: 2, MinUnitPixels: 8,
	}
}

// Judge says what is out of order in one look, the most severe first. It reads nothing but its arguments. Air is nil
// when the robot has no air sensor, n before the viewpoint is commissioned. A look that failed, or could not be
// registered, says nothing of lights and devices.
func Judge(t Target, r LookResult, air *Air, n *Normals, rules Rules) []Finding {
	var out []Finding
	if r.Error == "" && r.Registration.Method != MethodNone {
		r = r.inPlace(t)
		if rules.OpticSigmaMM == 0 || r.Registration.SigmaMM <= rules.OpticSigmaMM {
			out = append(out, judgeLights(t, r.LEDs, rules)...)
		}
		out = append(out, judgeLearned(t, r.LEDs, n)...)
		out = append(out, judgeHeat(t, r, n, air, rules)...)
		out = append(out, judgeSeen(t, r, rules)...)
	}
	out = append(out, judgeAir(t, air)...)
	for i := range out {
		out[i].Rack, out[i].Face = t.Rack, t.Face
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(b.Severity), rank(a.Severity)), cmp.Compare(a.Unit, b.Unit),
			cmp.Compare(a.Device, b.Device), cmp.Compare(a.LED, b.LED), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// How a look was registered: by fiducials, by a reference picture of the same viewpoint, by the robot's pose alone, or
// not at all.
const (
	MethodTags      = "tags"
	MethodReference = "reference"
	MethodPose      = "pose"
	MethodNone      = "none"
)

// rank orders severities.
func rank(s Severity) int {
	switch s {
	case Critical:
		return 2
	case Warning:
		return 1
	case Info:
		return 0
	}
	return -1
}

// inPlace is the result without the readings of devices that do not stand where the record has them, or that could not
// be told: what was read there is of something else. Nor are the units bare that a device moved to.
func (r LookResult) inPlace(t Target) LookResult {
	gone, filled := map[string]bool{}, map[int]bool{}
	for _, s := range r.Sightings {
		if s.Thing != ThingDevice || s.State != StateMissing && s.State != StateMoved {
			continue
		}
		gone[s.Device] = true
		if d, ok := t.device(s.Device); ok && s.State == StateMoved {
			for u := s.Unit; u < s.Unit+d.UHeight; u++ {
				filled[u] = true
			}
		}
	}
	if len(gone) == 0 || r.veiled() {
		return r
	}
	r.LEDs = slices.DeleteFunc(slices.Clone(r.LEDs), func(l LEDReading) bool { return gone[l.Device] })
	r.Devices = slices.DeleteFunc(slices.Clone(r.Devices), func(t TemperatureReading) bool { return gone[t.Device] })
	r.Units = slices.DeleteFunc(slices.Clone(r.Units), func(t TemperatureReading) bool { return filled[t.Unit] })
	return r
}
