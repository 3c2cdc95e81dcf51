package look

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// faceWith draws a face of 0.6 by 0.4 m: slots on grey, and cables of 20 mm that hang before it.
func faceWith(cables ...float64) ortho.Picture {
	p := ortho.Picture{TopM: 0.5, ScaleM: 0.001, Width: 600, Height: 400}
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	for k := range p.Seen {
		x, y := k%p.Width, k/p.Width
		v := [3]byte{90, 92, 90}
		if x%14 < 7 && y%9 < 4 {
			v = [3]byte{30, 30, 30}
		}
		for _, c := range cables {
			if math.Abs(float64(x)-1000*c) < 10 {
				v = [3]byte{20, 90, 150}
			}
		}
		p.Seen[k] = 1
		copy(p.BGR[3*k:], v[:])
	}
	return p
}

// darkScene has a device with a declared light at 0.2 m and one with a learned light at 0.4 m, both of which should shine.
func darkScene(cables ...float64) (notice.Scene, *normals, vision.LookResult) {
	green := []maps.LEDState{{Colour: "green", Pattern: "solid"}}
	t := vision.Target{WidthM: 0.6, BaseM: 0.1, UHeight: 9, FromU: 1, ToU: 9, Devices: []vision.TargetDevice{
		{ID: "a", Unit: 3, UHeight: 2, Min: maps.Point{Y: 0.19}, Max: maps.Point{X: 0.6, Y: 0.278}, LEDs: []vision.TargetLED{{Name: "power", X: 0.2, Y: 0.23, DiameterM: 0.003, Normal: green}}},
		{ID: "b", Unit: 5, UHeight: 2, Min: maps.Point{Y: 0.278}, Max: maps.Point{X: 0.6, Y: 0.367}},
	}}
	ref := faceWith()
	n := &normals{told: &vision.Normals{Lights: []vision.NormalLight{{Device: "b", X: 0.4, Y: 0.32, DiameterM: 0.003, States: green}}}, face: &ref}
	res := vision.LookResult{LEDs: []vision.LEDReading{
		{Device: "a", LED: "power", Pattern: "off", Confidence: 1},
		{Device: "b", LED: vision.LearnedName(0), Pattern: "off", Confidence: 1},
	}}
	return notice.Scene{Target: t, Face: faceWith(cables...), NormalFace: &ref, SigmaM: 0.001}, n, res
}

func TestDarkIsBelievedOnlyWhereThePlaceIsSeen(t *testing.T) {
	for name, tc := range map[string]struct {
		cables []float64
		want   [2]string
	}{
		"nothing before them":         {nil, [2]string{"off", "off"}},
		"a cable before the declared": {[]float64{0.2}, [2]string{"unknown", "off"}},
		"a cable before the learned":  {[]float64{0.4}, [2]string{"off", "unknown"}},
		"a cable between":             {[]float64{0.3}, [2]string{"off", "off"}},
	} {
		s, n, res := darkScene(tc.cables...)
		doubtCovered(&res, s, withLearned(s.Target.Devices, n.lights()))
		doubts := 0
		for i, want := range tc.want {
			if res.LEDs[i].Pattern != want {
				t.Errorf("%s: %s of %s is %s, want %s", name, res.LEDs[i].LED, res.LEDs[i].Device, res.LEDs[i].Pattern, want)
			}
			if want == "unknown" {
				doubts++
			}
		}
		if len(res.Doubts) != doubts {
			t.Errorf("%s: doubts %+v", name, res.Doubts)
		}
	}
}

func TestBehindAnOpenedDoorDarkIsBelievedOfADeviceThatIsSeen(t *testing.T) {
	s, n, res := darkScene()
	s.Target.Door = &maps.Door{Kind: maps.PerforatedDoor}
	res.Sightings = []vision.Sighting{
		{Thing: vision.ThingDoor, State: vision.StateOpen},
		{Thing: vision.ThingDevice, Device: "a", State: vision.StatePresent}, {Thing: vision.ThingDevice, Device: "b", State: vision.StateUnknown},
	}
	doubtCovered(&res, s, withLearned(s.Target.Devices, n.lights()))
	if res.LEDs[0].Pattern != "off" || res.LEDs[1].Pattern != "unknown" {
		t.Errorf("%+v", res.LEDs)
	}
}
