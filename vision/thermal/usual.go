package thermal

import (
	"math"

	"github.com/nightrounds/nightrounds/vision"
)

// leastSeen is how much of a place must be seen, in pixels' squared shares, for it to speak for its neighbours; fewestKnown
// is how many with a history it takes to say what they share.
const (
	leastSeen   = 0.2
	fewestKnown = 4
)

// remember tells the places what they usually show over the air, °C.
func (m *faceMap) remember(t vision.Target, known []vision.NormalHeat, airC float64) {
	device := make(map[string]int, len(t.Devices))
	for i, d := range t.Devices {
		device[d.ID] = m.device[i]
	}
	for _, h := range known {
		at, ok := device[h.Device]
		if h.Device == "" {
			at, ok = m.band[h.Unit]
		}
		level, told := h.Level()
		if ok && told && at >= 0 && math.Abs(level) < 1000 {
			m.places[at].known, m.places[at].habit = true, radiance(airC+level)
		}
	}
}

// crude is what the pixels that show each place show, smeared as it is; enough says of which places that tells anything.
func (e *equations) crude() (level []float64, enough []bool) {
	level, enough = make([]float64, e.unknowns()), make([]bool, e.unknowns())
	by := make([]float64, e.unknowns())
	for p, y := range e.y {
		for _, a := range e.of(p) {
			level[a.place] += a.weight * a.weight * y
			by[a.place] += a.weight * a.weight
		}
	}
	for i := range level {
		if by[i] > 0 {
			level[i] /= by[i]
		}
		enough[i] = by[i] > leastSeen && i < e.aim && e.places[i].kind != piece
	}
	return level, enough
}

// usual is what each place is likely to be: the median of what is seen of the places of its kind nearby.
func (e *equations) usual(level []float64, enough []bool) []float64 {
	out := make([]float64, e.unknowns())
	for i, a := range e.places {
		if a.kind == piece {
			continue
		}
		var near []float64
		for k, b := range e.places {
			if enough[k] && a.kind == b.kind && math.Abs(a.middle-b.middle) <= nearM {
				near = append(near, level[k])
			}
		}
		if out[i] = level[i]; len(near) > 0 {
			out[i] = middle(near)
		}
	}
	return out
}

// asBefore makes what a place usually shows its likely level where that is known, moved by what the places with a history
// about it have in common now: the camera's drift and the air's layering.
func (e *equations) asBefore(prior, level []float64, enough []bool) {
	for i, a := range e.places {
		if !a.known {
			continue
		}
		var near, all []float64
		for k, b := range e.places {
			if !b.known || !enough[k] {
				continue
			}
			all = append(all, level[k]-b.habit)
			if math.Abs(a.middle-b.middle) <= nearM {
				near = append(near, level[k]-b.habit)
			}
		}
		if len(near) < fewestKnown {
			near = all
		}
		if len(near) >= fewestKnown {
			prior[i] = a.habit + middle(near)
		}
	}
}
