package instrument

import (
	"math"
	"math/cmplx"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// Ticks tell how much a dial is turned.
const (
	tickFrom     = 24   // kept radii where ticks can stand: from 0.70 R
	tickDepth    = 3    // kept radii that are looked at together
	turnMax      = 6.0  // degrees
	minCoherence = 0.50 // of ticks with the best regular pattern
	aside        = 9.0  // degrees around the pointer and its tail that are left out
)

// scaleTurn is by how much the ticks of a dial are turned clockwise against the declared angles: the phase of the regular
// pattern of 5 to 20 parts of the scale that fits the ridges of some ring near the rim the best. ok is false when none
// fits well, as with unusual scales and when ticks are too fine for the picture.
func (m *ridges) scaleTurn(pointer float64, in maps.Instrument) (turn float64, ok bool) {
	span, from := in.MaxDeg-in.MinDeg, in.MinDeg
	if span < 0 {
		span, from = -span, in.MaxDeg
	}
	best := 0.0
	for ring := tickFrom; ring+tickDepth <= radii; ring++ {
		e := m.ring(ring, pointer)
		for parts := 5; parts <= 20; parts++ {
			pitch := span / float64(parts)
			if pitch < 2*turnMax {
				break
			}
			if t, c := phase(e, from, span, pitch); c > best && math.Abs(t) <= turnMax {
				best, turn = c, t
			}
		}
	}
	return turn, best > minCoherence
}

// ring is the ridges of some radii together, each point limited to what is usual for a tick; 0 beside the pointer.
func (m *ridges) ring(at int, pointer float64) []float64 {
	e := make([]float64, angles)
	for a := range e {
		deg := float64(a) * 360 / angles
		if math.Abs(math.Remainder(deg-pointer, 180)) < aside {
			continue
		}
		for _, row := range m.v[at : at+tickDepth] {
			e[a] += max(0, float64(row[a]))
		}
	}
	tops := slices.Sorted(slices.Values(e))
	limit := tops[len(tops)*95/100]
	for a := range e {
		e[a] = min(limit, e[a])
	}
	return e
}

// phase is how far a pattern of the given pitch is turned, degrees, and how much of the ridges' sum follows it.
func phase(e []float64, from, span, pitch float64) (turn, coherence float64) {
	var sum complex128
	total := 0.0
	for a, v := range e {
		deg := math.Mod(float64(a)*360/angles-from+720+pitch/2, 360) - pitch/2
		if deg > span+pitch/2 {
			continue
		}
		sum += cmplx.Rect(v, 2*math.Pi*deg/pitch)
		total += v
	}
	if total < 1e-9 {
		return 0, 0
	}
	return cmplx.Phase(sum) / (2 * math.Pi) * pitch, cmplx.Abs(sum) / total
}
