package cause

import "math"

// An eye is how surely a symptom is seen when it is there, and how often it is told where there is none, by one look.
type eye struct{ sees, errs float64 }

// eyes are the figures of `nightrobot bench vision --seed 7001 (and 7002) --racks 500 --hard --only racks`, 1,000 held-out racks,
// as README.md has them. A rate of none or all in n is taken as (k + 1/2)/(n + 1) (Jeffreys). False alarms of doors, liquid
// and stray lights follow from the measured precision and recall and from how many racks of that bench have one:
//
//	lights     0 of 109 missed; 1 false of 149,837
//	heat       44 of 47 of 2 K and more found; 0 false of 28,932 devices
//	doors      recall 0.94, precision 0.94: 3 false of 200 closed doors
//	panels     recall 0.74, none false of about 1,000 looks at some
//	liquid     recall 0.90, precision 0.88: 2 false of about 33 dry feet
//	stray      recall 0.88, precision 0.76: 11 false of 960 looks
//	devices    recall 0.89, none false of 28,932
//
// Not measured there, and assumed: inlets (an air sensor good to 0.3 K in a hall that breathes), bare units, instruments
// (9 of 9 photographs read), and what machines and the building say of themselves.
var eyes = map[Symptom]eye{
	DriveLight: {0.995, 1e-5}, FanLight: {0.995, 1e-5}, PSULight: {0.995, 1e-5}, InputLight: {0.995, 1e-5}, PortLight: {0.995, 1e-5},
	OutletLight: {0.995, 1e-5}, BatteryOn: {0.995, 1e-5}, PartLight: {0.995, 1e-5}, HealthLight: {0.995, 1e-5}, OddLight: {0.97, 3e-5},
	Dark: {0.99, 1e-5}, Hot: {0.94, 2e-5}, WarmUnit: {0.9, 1e-4}, WarmInlet: {0.97, 2e-4}, NoPanel: {0.74, 5e-4},
	Open: {0.94, 0.015}, Wet: {0.90, 0.06}, StrayLight: {0.88, 0.011}, Missing: {0.89, 2e-5}, Moved: {0.89, 2e-5},
	Low: {0.97, 1e-4}, High: {0.97, 1e-4}, Unread: {0.9, 0.02},
}

// told is how surely machines and the building tell of themselves.
var told = eye{0.9, 2e-4}

// again is the probability that a second look errs as the first one did; keeps that it sees a thing again that is there.
// Lasting is the share of mistakes that a spot invites at every look, unless the looks before say otherwise; trust is how many
// looks at a spot weigh as much as the figures of all spots. Assumed: the vision bench does not part them.
const (
	again   = 0.3
	keeps   = 0.97
	lasting = 0.5
	trust   = 20
)

// standsOut is of a device that is warmer than its peers or its habit, within its limit: such a finding is oftener false than one of
// a limit. 1 of 25,807 devices of the vision bench was, and 4 of about 2,600 (200 looks) of the demo's first round: together 1.8e-4.
var standsOut = eye{0.94, 1.8e-4}

func eyeOf(s Sign, symptom Symptom) eye {
	switch {
	case s.Thing == Machine || s.Thing == Plant:
		return told
	case symptom == Hot && s.Symptom == Hot && !s.Limit:
		return standsOut
	}
	return eyes[symptom]
}

// leak is the probability that a sign came about without a cause. What a spot showed before counts: one that was told wrongly
// before is told wrongly again, one that was in order a hundred times is none that misleads at every look.
func leak(s Sign) float64 {
	before := float64(s.Before)
	errs := (trust*eyeOf(s, s.Symptom).errs + float64(s.Alarms)) / (trust + before)
	if s.Thing == Inlet && s.Value > InletK { // a hall breathes by little
		errs *= math.Exp(-(s.Value-InletK)/breathK) / breathK * anyK
	}
	n := min(max(s.Looks, 1), maxLooks)
	errs *= lasting*trust/(trust+before) + (1-lasting)*math.Pow(again, float64(n-1))
	return max(errs*math.Pow(1-again, float64(s.Missed)), 1e-9)
}

// breathK is by how much inlets rise and fall without a cause, K.
const breathK = 0.8

// faint is the probability of missing what is there, so many times as it was, from which on it is believed to be in order:
// panels are missed by a look in four, lights by one in two hundred.
const faint = 0.1

// mayBeMissed says whether one look that finds all in order may have missed the sign's symptom.
func (s Sign) mayBeMissed() bool {
	return s.Symptom != InOrder && math.Pow(1-eyeOf(s, s.Symptom).sees, float64(s.Missed+1)) > faint
}

// seen is the probability that a symptom that is there is told, and missed, as often as the sign was.
func seen(s Sign) float64 {
	e := eyeOf(s, s.Symptom)
	p := e.sees * math.Pow(1-e.sees, float64(s.Missed))
	for range min(s.Looks, maxLooks) - 1 {
		p *= keeps
	}
	return p
}

// maxLooks is from where on more looks of one robot at one thing add nothing.
const maxLooks = 5
