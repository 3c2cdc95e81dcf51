package main

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// A stance is where the thermal look of a robot is from, in the face frame, as its tags say it.
type stance struct{ x, y, z, yaw float64 }

// Rays implements thermal.Caster.
func (s stance) Rays(x, y float64) (cx, cy, cz float64) {
	sin, cos := math.Sincos(s.yaw)
	dx := x - s.x
	return cos*dx - sin*s.z, s.y - y, sin*dx + cos*s.z
}

// tagsErrM is how far the tags' word for the place is off, standard deviation.
const tagsErrM = 0.001

// thermalLook takes and judges the temperatures of one look, without pictures.
func (h *hall) thermalLook(t *testing.T, v maps.Viewpoint, at time.Time, n *vision.Normals, rng *rand.Rand) (vision.LookResult, vision.Air, []vision.Finding) {
	t.Helper()
	target, err := vision.TargetOf(h.site, v)
	if err != nil {
		t.Fatal(err)
	}
	view := h.beside(t, v, rng)
	airC, _ := h.scene.Air(view, h, at)
	result := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}}
	var known []vision.NormalHeat
	if n != nil {
		known = n.Heat
	}
	result.Devices, result.Units, err = thermal.Read(*h.warmth(view, at, rng), target, h.stance(v, view, rng), &airC, known)
	if err != nil {
		t.Fatalf("look at %s: %v", v.ID, err)
	}
	air := vision.Air{TemperatureC: airC}
	return result, air, vision.Judge(target, result, &air, n, vision.DefaultRules())
}

// stance is where a view stands before its viewpoint's face.
func (h *hall) stance(v maps.Viewpoint, view scene.View, rng *rand.Rand) stance {
	r, _ := h.site.Rack(v.Rack)
	s := stance{yaw: math.Remainder(r.FacePose(v.Face).ThetaRad+math.Pi-view.Pose.ThetaRad, 2*math.Pi)}
	s.x, s.z = r.HallToFace(v.Face, view.Pose.X, view.Pose.Y)
	s.x, s.y, s.z = s.x+tagsErrM*rng.NormFloat64(), view.HeightM+tagsErrM*rng.NormFloat64(), s.z+tagsErrM*rng.NormFloat64()
	return s
}

// TestHallInGoodOrderHasNoWarmDevice: looks that hold devices to what they learned at one look before say of none that it is
// warm where nothing is. NIGHTROUNDS_LOOKS sets how many.
func TestHallInGoodOrderHasNoWarmDevice(t *testing.T) {
	h := newHall(t, 1, nil)
	views, rng := h.site.Viewpoints(), rand.New(rand.NewPCG(1, 6))
	looks := looksWanted(t, 192)
	warned, noted := 0, 0
	for k := range looks {
		v := views[k*11%len(views)]
		at := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.Int64N(int64(24 * time.Hour))))
		first, air, _ := h.thermalLook(t, v, at, nil, rng)
		normals := vision.LearnHeat(vision.Normals{}, first, air)
		_, _, findings := h.thermalLook(t, v, at.Add(35*time.Minute), &normals, rng)
		for _, f := range findings {
			t.Logf("look %d at %s: %s: %s", k, v.ID, f.Severity, f.Meaning)
			if f.Severity == vision.Info {
				noted++
			} else {
				warned++
			}
		}
	}
	t.Logf("%d looks: %d warnings, %d notes", looks, warned, noted)
	if warned > 0 || noted*100 > looks {
		t.Errorf("%d looks at a hall in good order: %d warnings and %d notes of warm devices", looks, warned, noted)
	}
}

// TestHotDeviceIsFoundByItsHabit: a device that has become 5 K hotter since one look before is told.
func TestHotDeviceIsFoundByItsHabit(t *testing.T) {
	h := newHall(t, 1, nil)
	views, rng := h.site.Viewpoints(), rand.New(rand.NewPCG(1, 7))
	looks, told := looksWanted(t, 64), 0
	at := time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC)
	for k := range looks {
		v := views[k*11%len(views)]
		h.incidents = nil
		first, air, _ := h.thermalLook(t, v, at, nil, rng)
		normals := vision.LearnHeat(vision.Normals{}, first, air)
		hot := first.Devices[rng.IntN(len(first.Devices))].Device
		h.incidents = []sim.Incident{{Device: hot, RiseK: 5}}
		_, _, findings := h.thermalLook(t, v, at.Add(35*time.Minute), &normals, rng)
		weighty, noted := false, false
		for _, f := range findings {
			noted = noted || f.Device == hot
			weighty = weighty || f.Device == hot && f.Severity != vision.Info
		}
		if noted {
			told++
		}
		if !weighty {
			t.Logf("look %d at %s: %s is told: %t", k, v.ID, hot, noted)
		}
	}
	t.Logf("%d of %d told", told, looks)
	if told*20 < looks*19 {
		t.Errorf("of %d devices 5 K hotter than before %d are told", looks, told)
	}
}
