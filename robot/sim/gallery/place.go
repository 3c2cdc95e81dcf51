package gallery

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A hall is the light of a place and its camera's habits.
type hall struct {
	light      float64    // of white paper at the usual exposure; 1 clips
	gamma      float64    // the camera's response is light to the power of 1/gamma
	balance    [3]float64 // red, green, blue
	k1         float64    // lens
	read, shot float64    // noise: of dark, and what brightness adds, 8-bit values
}

func newHall(rng *rand.Rand, hard bool) hall {
	h := hall{light: 0.6, gamma: 2.2, balance: [3]float64{1, 1, 1}, read: 1.5, shot: 1}
	if !hard {
		return h
	}
	h.light = 0.3 + 0.5*rng.Float64()
	if rng.Float64() < 0.1 {
		h.light = 0.06 + 0.1*rng.Float64()
	}
	if rng.Float64() < 0.005 {
		h.light = 0.0002 + 0.001*rng.Float64() // the lights are off, the robot's too
	}
	h.gamma = 1.9 + 0.6*rng.Float64()
	for c := range h.balance {
		h.balance[c] = 1 + 0.08*(2*rng.Float64()-1)
	}
	h.k1 = 0.08 * (2*rng.Float64() - 1)
	h.read, h.shot = 1+1.5*rng.Float64(), 0.7+1.2*rng.Float64()
	return h
}

// at is the hall as it is lit at one look: what differs between days, and less between looks of one night.
func (h hall) at(rng *rand.Rand, otherDay bool) hall {
	if h.k1 == 0 {
		return h // nothing hurts
	}
	drift := 0.08
	if otherDay {
		drift = 0.5
	}
	h.light = min(0.85, h.light*math.Exp(drift*(2*rng.Float64()-1)))
	if otherDay {
		h.light = max(h.light, 0.1)
		for c := range h.balance {
			h.balance[c] *= 1 + 0.03*(2*rng.Float64()-1)
		}
	}
	return h
}

// A shownDevice is a device as it stands, or as it should.
type shownDevice struct {
	id          string
	kind        *kind
	side        maps.Face // of the device
	unit, units int
	x, y        float64 // lower left corner, m
	leds        []maps.LED
	misplaced   bool
}

// shown lists the devices of the face: as recorded, or as they stand now.
func (p *Place) shown(recorded bool) []shownDevice {
	var out []shownDevice
	for _, d := range p.Rack.Devices {
		s := shownDevice{id: d.ID, kind: p.known[d.ID], side: p.View.Face, unit: d.Position, units: d.Type.UHeight}
		if !recorded {
			if slices.Contains(p.Standing.Missing, d.ID) {
				continue
			}
			if u, ok := p.Standing.Moved[d.ID]; ok {
				s.unit, s.misplaced = u, true
			}
		}
		s.x, s.y = (p.Rack.Type.WidthM-maps.PanelWidthM)/2, p.Rack.UnitBottomM(s.unit)
		for _, l := range s.kind.leds {
			if l.Face == s.side {
				s.leds = append(s.leds, l)
			}
		}
		out = append(out, s)
	}
	return out
}

// poseOf is the camera's pose of one shot: beside the viewpoint's, each shot a little other.
func (p *Place) poseOf(rng *rand.Rand, a Ask) Pose {
	off := func(most float64) float64 { return most * (2*rng.Float64() - 1) }
	c := p.stand
	c.X, c.Y, c.Z = c.X+off(0.03), c.Y+off(0.015), c.Z+off(0.03)
	c.YawRad += off(0.035)
	c.PitchRad, c.RollRad = off(0.008), off(0.008)
	if p.gallery.options.Hard && !a.Commission {
		c.PitchRad, c.RollRad = off(0.035), off(0.035)
	}
	if a.Again > 0 {
		c.Y += math.Copysign(0.08, off(1))
		c.YawRad += math.Copysign(0.035, off(1))
	}
	return c
}
