package vision_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// learned is what the rack's place has learned from looks at it in good order.
func learned(looks int) *vision.Normals {
	var n vision.Normals
	for k := range looks {
		r := look(nil)
		for i := range r.Devices { // the camera drifts, the air changes, and each device strays a little by itself
			r.Devices[i].P95C += float64(k) + 0.2*math.Sin(float64(3*k+7*i))
		}
		n = vision.LearnHeat(n, r, vision.Air{TemperatureC: 20})
	}
	return &n
}

func TestADeviceIsHeldToItsOwnHabit(t *testing.T) {
	air := &vision.Air{TemperatureC: 24} // 4 K warmer than at commissioning, and so is all that is well
	warmer := func(temps map[string]float64) vision.LookResult {
		r := look(temps)
		for i := range r.Devices {
			r.Devices[i].P95C += 4
			r.Devices[i].MedianC += 4
		}
		return r
	}
	for name, tc := range map[string]struct {
		looks int
		temps map[string]float64
		want  string
	}{
		"as usual":                      {1, nil, ""},
		"2.6 K over, commissioned once": {1, map[string]float64{"srv-1": 26.9}, "info hot-device srv-1 U3"},
		"2.6 K over, known for long":    {9, map[string]float64{"srv-1": 26.9}, "info hot-device srv-1 U3"},
		"1 K over":                      {9, map[string]float64{"srv-1": 25.3}, ""},
		"a lone switch, 5 K over":       {1, map[string]float64{"sw-1": 29.3}, "warning hot-device sw-1 U11"},
		"20 K over":                     {1, map[string]float64{"srv-1": 44.3}, "critical hot-device srv-1 U3"},
		"all 3 K warmer by the camera's drift": {1, map[string]float64{
			"srv-0": 27.1, "srv-1": 27.3, "srv-2": 27.1, "srv-3": 27.3, "srv-4": 27.1, "sw-1": 27.3}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keys(vision.Judge(rack(), warmer(tc.temps), air, learned(tc.looks), vision.DefaultRules())); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

// TestTheClimbOverHeightIsNoDevicesFault: the air of an aisle is warmer above, by up to some kelvins a metre.
func TestTheClimbOverHeightIsNoDevicesFault(t *testing.T) {
	tg := rack()
	tg.Devices = tg.Devices[:0]
	r := look(nil)
	r.Devices = nil
	for i := range 12 {
		d := rack().Devices[0]
		d.ID, d.Unit = strings.Repeat("s", i+1), 1+2*i
		d.Min, d.Max = maps.Point{Y: 0.1 + 0.09*float64(i)}, maps.Point{X: 0.48, Y: 0.19 + 0.09*float64(i)}
		tg.Devices = append(tg.Devices, d)
		c := 22 + 5*d.Min.Y
		if i == 3 {
			c += 4
		}
		r.Devices = append(r.Devices, vision.TemperatureReading{Device: d.ID, MaxC: c + 1, P95C: c + 0.5, MedianC: c, Pixels: 30})
	}
	if got := keys(vision.Judge(tg, r, nil, nil, vision.DefaultRules())); got != "warning hot-device ssss U7" {
		t.Errorf("found %q", got)
	}
}

func TestASpotOfADeviceIsFound(t *testing.T) {
	r := look(nil)
	r.Devices[2].P95C += 8
	if got := keys(vision.Judge(rack(), r, nil, nil, vision.DefaultRules())); got != "warning hot-device srv-2 U5" {
		t.Errorf("found %q", got)
	}
}

func TestDoorsHideHeat(t *testing.T) {
	for name, tc := range map[string]struct {
		door  maps.Door
		state string
		want  string
	}{
		"perforated, closed": {maps.Door{Kind: maps.PerforatedDoor}, vision.StateClosed, "warning hot-device srv-1 U3"},
		"perforated, open":   {maps.Door{Kind: maps.PerforatedDoor}, vision.StateOpen, "info hot-device srv-1 U3"},
		"glass, closed":      {maps.Door{Kind: maps.GlassDoor}, vision.StateClosed, ""},
		"solid, unseen":      {maps.Door{Kind: maps.SolidDoor}, vision.StateUnknown, ""},
		"solid, open":        {maps.Door{Kind: maps.SolidDoor}, vision.StateAjar, "info hot-device srv-1 U3"},
	} {
		t.Run(name, func(t *testing.T) {
			tg := rack()
			tg.Door = &tc.door
			r := look(map[string]float64{"srv-1": 27.2})
			r.Sightings = []vision.Sighting{{Thing: vision.ThingDoor, State: tc.state, Confidence: 1}}
			var heat []vision.Finding
			for _, f := range vision.Judge(tg, r, nil, nil, vision.DefaultRules()) {
				if f.Kind == vision.KindHotDevice {
					heat = append(heat, f)
				}
			}
			if got := keys(heat); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

// TestHistoryIsBoundedAndLeavesItsArgumentAlone: 50 values a place at most, drift is not learned, nor is what is not in
// order, and what was known before is as it was.
func TestHistoryIsBoundedAndLeavesItsArgumentAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := vision.LearnHeat(vision.Normals{}, look(nil), vision.Air{TemperatureC: 20})
		before := n.Heat[0].OverK[0]
		looks := rapid.IntRange(1, 70).Draw(t, "looks")
		for range looks {
			drift := rapid.Float64Range(-2, 2).Draw(t, "drift")
			r := look(map[string]float64{"srv-4": 60})
			for i := range r.Devices {
				r.Devices[i].P95C += drift
			}
			next := vision.LearnHeat(n, r, vision.Air{TemperatureC: 20})
			if len(n.Heat[0].OverK) == len(next.Heat[0].OverK) && len(n.Heat[0].OverK) < 50 {
				t.Fatal("the argument's history grew")
			}
			n = next
		}
		for _, h := range n.Heat {
			if len(h.OverK) > 50 {
				t.Fatalf("%d values of %s", len(h.OverK), h.Device)
			}
			if h.Device == "srv-4" && len(h.OverK) != 1 {
				t.Fatal("learned from a device on fire")
			}
		}
		if last := n.Heat[0].OverK; math.Abs(last[len(last)-1]-before) > 1e-6 {
			t.Fatalf("drift was learned: %v after %v", last[len(last)-1], before)
		}
	})
}

func TestALookWithoutAPlaceTeachesNothing(t *testing.T) {
	r := look(nil)
	r.Registration.Method = vision.MethodNone
	if n := vision.LearnHeat(vision.Normals{Viewpoint: "v"}, r, vision.Air{}); len(n.Heat) != 0 || n.Viewpoint != "v" {
		t.Errorf("%+v", n)
	}
}

// TestASpotThatGoesOnInTheNextDeviceIsAMirror: heat of a device's own ends at its edge, the image of something warm does not.
func TestASpotThatGoesOnInTheNextDeviceIsAMirror(t *testing.T) {
	air := &vision.Air{TemperatureC: 20}
	target := rack()
	for i := range target.Devices {
		target.Devices[i].UHeight = 2 // each reaches to the next
	}
	spot := func(k map[string]float64) vision.LookResult {
		r := look(nil)
		for i := range r.Devices {
			r.Devices[i].P95C += k[r.Devices[i].Device] // the level stays as it was
		}
		return r
	}
	for name, tc := range map[string]struct {
		spots map[string]float64
		want  string
	}{
		"on one device":                {map[string]float64{"srv-1": 6}, "warning hot-device srv-1 U3"},
		"hardly weaker beside it":      {map[string]float64{"srv-1": 6, "srv-2": 5}, "info hot-device srv-1 U3; info hot-device srv-2 U5"},
		"what it conducts into others": {map[string]float64{"srv-1": 8, "srv-2": 2.4}, "warning hot-device srv-1 U3"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keys(vision.Judge(target, spot(tc.spots), air, learned(1), vision.DefaultRules())); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}
