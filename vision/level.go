package vision

import (
	"math"
	"slices"
)

// A level is one device's temperature in a look, and how far it is from what was to be expected.
type level struct {
	device  TargetDevice
	reading TemperatureReading
	middleM float64 // height of its middle
	habitC  float64 // what it should be by its own history
	steadyK float64 // how far it strays by its own history; 0 when that is too short
	hasOwn  bool    // habitC is set
	// spotK is how far its hottest part stands out of its front by more than it did in its history; 0 when that is not known.
	spotK float64
	// habitSigmaK is how unsure the pictures of its history leave habitC.
	habitSigmaK float64
	sigmaK      float64 // how unsure its picture, and those of what it is compared with, leave the difference
	against     rival
	over        float64 // K above what it was compared with
	z           float64
}

// A rival is what a device was compared with.
type rival int

const (
	nobody     rival = iota
	neighbours       // devices of any type, less the rise that each is declared to have
	peersOf          // devices of its type
	itself           // its own history
)

func (r rival) String() string {
	return [...]string{"nobody", "its neighbours", "its peers", "its own habit"}[r]
}

// grade is NETA's: 1-3 K over similar parts is a possible deficiency, 4-15 K a probable one, above 15 K a major one (MTS
// table 100.18). Neighbours are not similar parts.
func (r rival) grade(over float64, rules Rules) Severity {
	switch {
	case over < rules.WarnK:
		return Info
	case over <= rules.CriticalK || r == neighbours:
		return Warning
	}
	return Critical
}

// levelsOf lists the devices of which the look has a temperature.
func levelsOf(t Target, r LookResult, n *Normals, air *Air, rules Rules) []*level {
	var out []*level
	for _, reading := range r.Devices {
		d, ok := t.device(reading.Device)
		if !ok || reading.Pixels < rules.MinPixels || math.IsNaN(reading.P95C+reading.MedianC) {
			continue
		}
		l := &level{device: d, reading: reading, middleM: (d.Min.Y + d.Max.Y) / 2, sigmaK: reading.SigmaK}
		l.habitC, l.hasOwn = habit(n, air, reading)
		l.steadyK = steadiness(n, reading)
		l.habitSigmaK = habitSigma(n, reading)
		l.spotK = spot(n, reading)
		out = append(out, l)
	}
	return out
}

// compare sets how far each device is from its own habit or, before it has one, from its peers.
func compare(levels []*level, rules Rules) {
	var known, fresh []*level
	for _, l := range levels {
		if l.hasOwn {
			known = append(known, l)
		} else {
			fresh = append(fresh, l)
		}
	}
	if len(known) <= rules.MinPeers {
		fresh, known = levels, nil
	}
	withHabit(known)
	if len(fresh) > 0 {
		withPeers(levels, fresh, rules)
	}
}

// withHabit compares devices with their own history. What all of them share is the camera's drift and the air's layering
// and no device's fault: a robust line over their heights takes it off.
func withHabit(known []*level) {
	if len(known) == 0 {
		return
	}
	x, y := make([]float64, len(known)), make([]float64, len(known))
	for i, l := range known {
		x[i], y[i] = l.middleM, l.reading.felt()-l.habitC
	}
	at := robustLine(x, y)
	for i := range y {
		y[i] -= at(x[i])
	}
	spread := surest(known, y)
	for i, l := range known {
		s := spread
		if l.steadyK > 0 {
			s = max(l.steadyK, leastSpreadK)
		}
		l.sigmaK = math.Hypot(l.reading.SigmaK, l.habitSigmaK)
		l.against, l.over, l.z = itself, y[i], y[i]/math.Hypot(s, l.sigmaK)
	}
}

// From day to day a device strays by strayK with its load. It counts as strayLooks readings: the spread of a dozen is
// itself uncertain by a quarter. A reading surer than sureK is as sure as it needs to be.
const (
	strayK     = 0.4
	strayLooks = 8
	sureK      = 0.1
)

// surest is the spread of the surer half of the readings: what the others stray more is in their own SigmaK.
func surest(levels []*level, y []float64) float64 {
	sigmas := make([]float64, len(levels))
	for i, l := range levels {
		sigmas[i] = l.reading.SigmaK
	}
	limit := max(middle(sigmas), sureK)
	var sure []float64
	for i := range y {
		if sigmas[i] <= limit {
			sure = append(sure, y[i])
		}
	}
	if len(sure) < fewestForSlope {
		sure = y
	}
	_, spread := scatter(sure)
	n := float64(len(sure))
	return math.Sqrt((n*spread*spread + strayLooks*strayK*strayK) / (n + strayLooks))
}

// withPeers compares fresh devices with those of their type among all, and with all of them when there are too few. How
// the temperature climbs with height is common to all types.
func withPeers(all, fresh []*level, rules Rules) {
	slope := climb(all)
	flat := func(l *level) float64 { return l.reading.felt() - slope*l.middleM }
	for _, l := range fresh {
		var peers, others []float64
		for _, o := range all {
			if o == l {
				continue
			}
			others = append(others, flat(o)-o.device.RiseK+l.device.RiseK)
			if o.device.Type == l.device.Type {
				peers = append(peers, flat(o))
			}
		}
		l.against = peersOf
		if len(peers) < rules.MinPeers {
			peers, l.against = others, neighbours
		}
		if len(peers) < rules.MinPeers {
			l.against = nobody
			continue
		}
		mid, spread := scatter(peers)
		l.over = flat(l) - mid
		l.z = l.over / math.Hypot(spread, l.reading.SigmaK)
	}
}

// climb is how much warmer devices get by height, K/m, with each type's own level taken off.
func climb(all []*level) float64 {
	const rounds, steepest = 3, 8.0
	x, y := make([]float64, len(all)), make([]float64, len(all))
	slope := 0.0
	for range rounds {
		byType := map[string][]float64{}
		for _, l := range all {
			byType[l.device.Type] = append(byType[l.device.Type], l.reading.felt()-slope*l.middleM)
		}
		n := 0
		for _, l := range all {
			if len(byType[l.device.Type]) > 1 {
				x[n], y[n] = l.middleM, l.reading.felt()-middle(byType[l.device.Type])
				n++
			}
		}
		slope = max(-steepest, min(steepest, theilSen(x[:n], y[:n])))
	}
	return slope
}

// leastSpreadK is how well a camera repeats (FACTS.md section 4); fewSpreadK is asked of a spread of less than five.
const (
	leastSpreadK = 0.3
	fewSpreadK   = 0.5
)

// scatter is the median of a list that is not empty, and its robust standard deviation, 1.4826 MAD but at least what a
// camera repeats to.
func scatter(v []float64) (median, spread float64) {
	median = middle(v)
	dev := make([]float64, len(v))
	for i, p := range v {
		dev[i] = math.Abs(p - median)
	}
	least := leastSpreadK
	if len(v) < 5 {
		least = fewSpreadK
	}
	return median, max(1.4826*middle(dev), least)
}

// robustZ is how far v lies above the peers' median, in their robust standard deviations.
func robustZ(v float64, peers []float64) (median, z float64) {
	median, spread := scatter(peers)
	return median, (v - median) / spread
}

// fewestForSlope is from how many points a line may be inclined.
const fewestForSlope = 6

// robustLine fits a line of which some points may be far off.
func robustLine(x, y []float64) func(x float64) float64 {
	slope := 0.0
	if len(x) >= fewestForSlope {
		slope = theilSen(x, y)
	}
	rest := make([]float64, len(y))
	for i := range y {
		rest[i] = y[i] - slope*x[i]
	}
	at := middle(rest)
	return func(x float64) float64 { return at + slope*x }
}

// theilSen is the median of the slopes of all pairs: up to 29 % of the points may be anywhere (Sen, "Estimates of the
// regression coefficient based on Kendall's tau", 1968). Too few points have no slope.
func theilSen(x, y []float64) float64 {
	if len(x) < fewestForSlope {
		return 0
	}
	var slopes []float64
	for i := range x {
		for k := range i {
			if dx := x[i] - x[k]; math.Abs(dx) > 0.05 {
				slopes = append(slopes, (y[i]-y[k])/dx)
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	return middle(slopes)
}

// middle is the median of a list that is not empty.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
