package vision

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// The kinds of findings about temperature.
const (
	KindHotDevice = "hot-device"
	KindHotUnit   = "hot-unit"
	KindInletHigh = "inlet-high"
)

// conducted is the share of a hot place's excess that metal, air and what the picture's solution leaves of the lens' smear
// carry to the place that touches it.
const conducted = 0.4

// reachUnits is how many units beyond a hot device its heat still shows on a bare slot, which has no front of its own.
const reachUnits = 2

// A warm place is a candidate before neighbours are weighed.
type warm struct {
	Finding
	from, to int     // units
	excess   float64 // K over what it was compared with
	absolute bool
}

// judgeHeat holds devices to their declared limit, to their own habit and to their peers, bare units to each other, and
// keeps of places that touch only those whose heat is their own.
func judgeHeat(t Target, r LookResult, n *Normals, air *Air, rules Rules) []Finding {
	through := shownThrough(t, r)
	if through == 0 {
		return nil
	}
	levels := levelsOf(t, r, n, air, rules)
	compare(levels, rules)
	var all []warm
	for _, l := range levels {
		w, hot := overLimit(l.device, l.reading)
		if !hot {
			w, hot = l.standsOut(through, rules)
			if l.mirrors(levels, rules) {
				w.Severity = Info
			}
		}
		if hot {
			all = append(all, w)
		}
	}
	all = append(all, localHeat(levels, through, rules)...)
	all = append(all, hotUnits(t, r, n, air, rules)...)
	return ownHeat(all)
}

// perforatedShare is the share of a perforated door's sheet that is open: makers sell 63 to 80 %.
const perforatedShare = 0.65

// shownThrough is the share of a device's excess that shows through the door: 1 without one and through an open one, 0
// through sheet metal and glass, which no thermal camera sees through.
func shownThrough(t Target, r LookResult) float64 {
	if t.Door == nil {
		return 1
	}
	shut := !t.Door.NormallyOpen
	for _, s := range r.Sightings {
		if s.Thing == ThingDoor && s.State != StateUnknown {
			shut = s.State == StateClosed
		}
	}
	switch {
	case !shut:
		return 1
	case t.Door.Kind == maps.PerforatedDoor:
		return perforatedShare
	}
	return 0
}

// sureSigmas is how sure a reading must be of being past a limit, in its standard deviations.
const sureSigmas = 2

// partedK is how sure a reading is of a place that the lens parts from its neighbours.
const partedK = 0.4

// overLimit holds a device to its type's declared limit, whatever the peers say.
func overLimit(d TargetDevice, r TemperatureReading) (warm, bool) {
	if d.SurfaceMaxC <= 0 || r.P95C-sureSigmas*r.SigmaK <= d.SurfaceMaxC {
		return warm{}, false
	}
	return warm{Finding: Finding{
		Kind: KindHotDevice, Severity: Critical, Unit: d.Unit, Device: d.ID, Value: r.P95C, Reference: d.SurfaceMaxC,
		Confidence: 0.95, PastCritical: true,
		Meaning: fmt.Sprintf("%s at U%d is %.1f °C hot, above its limit of %.0f °C", d.ID, d.Unit, r.P95C, d.SurfaceMaxC),
	}, from: d.Unit, to: d.Unit + d.UHeight - 1, excess: r.P95C - d.SurfaceMaxC + 15, absolute: true}, true
}

// standsOut grades a device's excess over its habit or its peers.
func (l *level) standsOut(through float64, rules Rules) (warm, bool) {
	over := l.over / through
	least, z := rules.InfoK, rules.MinZ
	switch l.against {
	case itself:
		z = rules.HabitZ
	case neighbours:
		least = rules.CriticalK
	case nobody:
		return warm{}, false
	}
	// A wide spread of peers hides no major excess: what a hot device gives its neighbours widens it.
	if over < least || (l.z < z && over <= rules.CriticalK) {
		return warm{}, false
	}
	d := l.device
	f := Finding{
		Kind: KindHotDevice, Severity: l.against.grade(over-l.unsureK()/through, rules), Unit: d.Unit, Device: d.ID,
		Value: l.reading.P95C, Reference: l.reading.P95C - over, Confidence: min(0.95, 0.6+over/40),
		Meaning: fmt.Sprintf("%s at U%d is %.1f °C warm, %.1f K above %s", d.ID, d.Unit, l.reading.P95C, over, l.against),
	}
	return warm{Finding: f, from: d.Unit, to: d.Unit + d.UHeight - 1, excess: over}, true
}

// unsureK is by how much less a reading is graded that its picture hardly parts from its neighbours': the heat may be
// theirs.
func (l *level) unsureK() float64 {
	return sureSigmas * max(0, l.sigmaK-partedK)
}

// mirrors says whether what is warm of a device is a spot that goes on in the next one, hardly weaker, while the rest of
// both is as usual. Heat of a device's own stops at its edge but for what it conducts; a mirror image of something warm
// knows no edges. It is a note until it is seen in the same place from beside.
func (l *level) mirrors(levels []*level, rules Rules) bool {
	isSpot := func(o *level) bool { return o.spotK >= rules.InfoK && o.spotK > o.over/2 }
	return l.against == itself && isSpot(l) && slices.ContainsFunc(levels, func(o *level) bool {
		touch := o.device.Unit <= l.device.Unit+l.device.UHeight && l.device.Unit <= o.device.Unit+o.device.UHeight
		return o != l && touch && isSpot(o) && min(o.spotK, l.spotK) > conducted*max(o.spotK, l.spotK)
	})
}

// localHeat finds devices with a spot that is hotter over the device's own level than such spots are on its peers: a
// power supply burns long before the whole face is warm.
func localHeat(levels []*level, through float64, rules Rules) []warm {
	var out []warm
	for _, l := range levels {
		var peers []float64
		for _, o := range levels {
			if o != l && o.device.Type == l.device.Type {
				peers = append(peers, o.reading.P95C-o.reading.MedianC)
			}
		}
		if len(peers) < rules.MinPeers {
			continue
		}
		mid, z := robustZ(l.reading.P95C-l.reading.MedianC, peers)
		over := (l.reading.P95C - l.reading.MedianC - mid) / through
		if over < rules.WarnK || z < rules.MinZ {
			continue
		}
		d, severity := l.device, peersOf.grade(over, rules)
		if l.mirrors(levels, rules) {
			severity = Info
		}
		out = append(out, warm{Finding: Finding{
			Kind: KindHotDevice, Severity: severity, Unit: d.Unit, Device: d.ID, Value: l.reading.P95C,
			Reference: l.reading.P95C - over, Confidence: min(0.9, 0.5+over/40),
			Meaning: fmt.Sprintf("a spot of %s at U%d is %.1f °C warm, %.1f K more above the rest of it than on its peers", d.ID, d.Unit, l.reading.P95C, over),
		}, from: d.Unit, to: d.Unit + d.UHeight - 1, excess: over})
	}
	return out
}

// hotUnits compares the bare units of a front with each other: hot air that comes round through an open slot. At the
// rear air is meant to be hot, and a bare unit shows what its neighbours blow. A unit within reach of a device that is as
// warm shows that device.
func hotUnits(t Target, r LookResult, n *Normals, air *Air, rules Rules) []warm {
	if t.Face != maps.Front {
		return nil
	}
	units := slices.DeleteFunc(slices.Clone(r.Units), func(u TemperatureReading) bool {
		return u.Pixels < rules.MinUnitPixels || math.IsNaN(u.MedianC)
	})
	over := make([]float64, len(units))
	for i, u := range units {
		over[i] = u.MedianC
		if h, ok := habit(n, air, u); ok {
			over[i] -= h
		} else if n != nil && air != nil && len(n.Heat) > 0 {
			over[i] -= air.TemperatureC
		}
	}
	var out []warm
	for i, u := range units {
		peers := slices.Concat(over[:i], over[i+1:])
		if len(peers) < rules.MinPeers || shines(t, r.Devices, u) {
			continue
		}
		mid, z := robustZ(over[i], peers)
		if k := over[i] - mid; k >= rules.WarnK && z >= rules.MinZ {
			out = append(out, warm{Finding: Finding{
				Kind: KindHotUnit, Severity: Warning, Unit: u.Unit, Value: u.MedianC, Reference: u.MedianC - k, Confidence: min(0.9, 0.5+k/40),
				Meaning: fmt.Sprintf("the bare unit U%d is %.1f °C warm, %.1f K above the other bare units", u.Unit, u.MedianC, k),
			}, from: u.Unit, to: u.Unit, excess: k})
		}
	}
	return out
}

// shines says whether a device within reach of a bare unit is as warm as the unit.
func shines(t Target, devices []TemperatureReading, u TemperatureReading) bool {
	return slices.ContainsFunc(devices, func(r TemperatureReading) bool {
		d, ok := t.device(r.Device)
		return ok && u.Unit >= d.Unit-reachUnits && u.Unit <= d.Unit+d.UHeight-1+reachUnits && r.P95C >= u.MedianC
	})
}

// ownHeat drops a place that touches a hotter one and is warm by no more than what that one gives it, and what says again
// that a device is hot. Two devices within one unit touch; a bare unit is within reach of a hot device from further away. A device
// past its own limit stays.
func ownHeat(all []warm) []Finding {
	slices.SortStableFunc(all, func(a, b warm) int { return cmp.Compare(b.excess, a.excess) })
	var kept []warm
	for _, w := range all {
		given := slices.ContainsFunc(kept, func(k warm) bool {
			if w.Device != "" && w.Device == k.Device {
				return true
			}
			reach := 1
			if w.Device == "" {
				reach = reachUnits
			}
			touch := w.from <= k.to+reach && k.from <= w.to+reach
			return touch && !w.absolute && (w.excess <= conducted*k.excess || w.Device == "")
		})
		if !given {
			kept = append(kept, w)
		}
	}
	out := make([]Finding, 0, len(kept))
	for _, w := range kept {
		out = append(out, w.Finding)
	}
	return out
}
