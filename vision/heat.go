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

// bleed is the share of a hot place's excess that the coarse thermal picture smears onto the place beside it.
const bleed = 0.6

// blurUnits is how many units beyond a hot device its heat still shows: a pixel of a 24 x 32 picture from 1 m is 30 mm,
// and the lens blurs by about another.
const blurUnits = 2

// A warm place is a candidate before neighbours are weighed.
type warm struct {
	Finding
	from, to int     // units
	excess   float64 // K over what it was compared with
	absolute bool
}

// judgeHeat compares devices with their declared limit and with their peers, bare units with each other, and keeps of
// places that touch only those whose heat is their own.
func judgeHeat(t Target, r LookResult, n *Normals, air *Air, rules Rules) []Finding {
	var all []warm
	for _, reading := range r.Devices {
		d, ok := t.device(reading.Device)
		if !ok || reading.Pixels < rules.MinPixels || math.IsNaN(reading.P95C) {
			continue
		}
		w, hot := overLimit(d, reading)
		if !hot {
			w, hot = overPeers(t, d, reading, r.Devices, rules)
		}
		if hot {
			all = append(all, w)
		}
	}
	all = append(all, hotUnits(t, r, rules)...)
	return ownHeat(all)
}

// overLimit holds a device to its type's declared limit, whatever the peers say.
func overLimit(d TargetDevice, r TemperatureReading) (warm, bool) {
	if d.SurfaceMaxC <= 0 || r.P95C <= d.SurfaceMaxC {
		return warm{}, false
	}
	return warm{Finding: Finding{
		Kind: KindHotDevice, Severity: Critical, Unit: d.Unit, Device: d.ID, Value: r.P95C, Reference: d.SurfaceMaxC,
		Confidence: 0.95, PastCritical: true,
		Meaning: fmt.Sprintf("%s at U%d is %.1f °C hot, above its limit of %.0f °C", d.ID, d.Unit, r.P95C, d.SurfaceMaxC),
	}, from: d.Unit, to: d.Unit + d.UHeight - 1, excess: r.P95C - d.SurfaceMaxC + 15, absolute: true}, true
}

// overPeers compares a device with others of its type in the look; when there are too few, with all its neighbours.
func overPeers(t Target, d TargetDevice, r TemperatureReading, all []TemperatureReading, rules Rules) (warm, bool) {
	var peers, others []float64
	for _, o := range all {
		od, ok := t.device(o.Device)
		if !ok || o.Device == d.ID || o.Pixels < rules.MinPixels || math.IsNaN(o.P95C) {
			continue
		}
		others = append(others, o.P95C-od.RiseK+d.RiseK)
		if od.Type == d.Type {
			peers = append(peers, o.P95C)
		}
	}
	what, warn, critical := "its peers'", rules.WarnK, rules.CriticalK
	if len(peers) < rules.MinPeers {
		peers, what, warn, critical = others, "its neighbours'", rules.CriticalK, math.Inf(1)
	}
	if len(peers) < rules.MinPeers {
		return warm{}, false
	}
	mid, z := robustZ(r.P95C, peers)
	over := r.P95C - mid
	// A wide spread of peers hides no major excess: what a hot device smears onto its neighbours widens it.
	major := over > rules.CriticalK && r.P95C-slices.Max(peers) >= rules.WarnK
	if over < warn || (z < rules.MinZ && !major) {
		return warm{}, false
	}
	f := Finding{
		Kind: KindHotDevice, Severity: Warning, Unit: d.Unit, Device: d.ID, Value: r.P95C, Reference: mid,
		Confidence: min(0.95, 0.6+over/40),
		Meaning:    fmt.Sprintf("%s at U%d is %.1f °C warm, %.1f K above %s median of %.1f °C", d.ID, d.Unit, r.P95C, over, what, mid),
	}
	if over > critical {
		f.Severity = Critical
	}
	return warm{Finding: f, from: d.Unit, to: d.Unit + d.UHeight - 1, excess: over}, true
}

// hotUnits compares the bare units of a front with each other: hot air that comes round through an open slot. At the
// rear air is meant to be hot, and a bare unit shows what its neighbours blow. A unit covers few pixels, so its median
// counts, which noise hardly moves. A unit within reach of a device that is as warm shows that device.
func hotUnits(t Target, r LookResult, rules Rules) []warm {
	if t.Face != maps.Front {
		return nil
	}
	units := slices.DeleteFunc(slices.Clone(r.Units), func(u TemperatureReading) bool {
		return u.Pixels < rules.MinUnitPixels || math.IsNaN(u.MedianC)
	})
	var out []warm
	for i, u := range units {
		var peers []float64
		for k, o := range units {
			if k != i {
				peers = append(peers, o.MedianC)
			}
		}
		if len(peers) < rules.MinPeers || shines(t, r.Devices, u) {
			continue
		}
		mid, z := robustZ(u.MedianC, peers)
		if over := u.MedianC - mid; over >= rules.WarnK && z >= rules.MinZ {
			out = append(out, warm{Finding: Finding{
				Kind: KindHotUnit, Severity: Warning, Unit: u.Unit, Value: u.MedianC, Reference: mid, Confidence: min(0.9, 0.5+over/40),
				Meaning: fmt.Sprintf("the bare unit U%d is %.1f °C warm, %.1f K above the other bare units", u.Unit, u.MedianC, over),
			}, from: u.Unit, to: u.Unit, excess: over})
		}
	}
	return out
}

// shines says whether a device within the lens' reach of a bare unit is as warm as the unit.
func shines(t Target, devices []TemperatureReading, u TemperatureReading) bool {
	return slices.ContainsFunc(devices, func(r TemperatureReading) bool {
		d, ok := t.device(r.Device)
		return ok && u.Unit >= d.Unit-blurUnits && u.Unit <= d.Unit+d.UHeight-1+blurUnits && r.P95C >= u.MedianC
	})
}

// ownHeat drops a place that touches a hotter one and is warm by no more than what that one smears onto it. Two devices
// within one unit touch; a bare unit is within reach of a hot device from further away. A device past its own limit stays, unless the other is far hotter.
func ownHeat(all []warm) []Finding {
	slices.SortStableFunc(all, func(a, b warm) int { return cmp.Compare(b.excess, a.excess) })
	var kept []warm
	for _, w := range all {
		smeared := slices.ContainsFunc(kept, func(k warm) bool {
			reach := 1
			if w.Device == "" {
				reach = blurUnits
			}
			touch := w.from <= k.to+reach && k.from <= w.to+reach
			return touch && !w.absolute && (w.excess <= bleed*k.excess || w.Device == "")
		})
		if !smeared {
			kept = append(kept, w)
		}
	}
	out := make([]Finding, 0, len(kept))
	for _, w := range kept {
		out = append(out, w.Finding)
	}
	return out
}

// robustZ is how far v lies above the peers' median, in robust standard deviations of at least 0.3 K, which is how
// well a camera repeats (FACTS.md section 4).
func robustZ(v float64, peers []float64) (median, z float64) {
	median = middle(peers)
	dev := make([]float64, len(peers))
	for i, p := range peers {
		dev[i] = math.Abs(p - median)
	}
	return median, (v - median) / max(1.4826*middle(dev), 0.3)
}

// middle is the median of a list that is not empty.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// allowableC is the highest inlet temperature of each class (ASHRAE TC 9.9, Thermal Guidelines, 5th ed., 2021).
func allowableC(class string) (float64, bool) {
	switch class {
	case "A1":
		return 32, true
	case "A2":
		return 35, true
	case "A3":
		return 40, true
	case "A4":
		return 45, true
	}
	return 0, false
}

// judgeAir holds the air before a rack's front to its class. Elsewhere air is no inlet. The sensor is good to 0.3 K;
// half a kelvin over the limit is asked. 5 K over counts as past critical.
func judgeAir(t Target, air *Air) []Finding {
	limit, known := allowableC(t.ASHRAE)
	if air == nil || t.Face != "front" || !known || !(air.TemperatureC > limit+0.5) {
		return nil
	}
	f := Finding{
		Kind: KindInletHigh, Severity: Warning, Unit: t.FromU, Value: air.TemperatureC, Reference: limit, Confidence: 0.9,
		Meaning: fmt.Sprintf("the air before rack %s is %.1f °C warm, above the %.0f °C that class %s allows", t.Rack, air.TemperatureC, limit, t.ASHRAE),
	}
	if air.TemperatureC > limit+5 {
		f.Severity, f.PastCritical = Critical, true
	}
	return []Finding{f}
}
