package vision_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// rack is a face of five like servers, one switch and two bare units.
func rack() vision.Target {
	t := vision.Target{Rack: "B07", Face: maps.Front, FromU: 1, ToU: 13, ASHRAE: "A2"}
	for i := range 5 {
		t.Devices = append(t.Devices, vision.TargetDevice{
			ID: fmt.Sprintf("srv-%d", i), Type: "server", Unit: 1 + 2*i, UHeight: 2, SurfaceMaxC: 60,
			LEDs: []vision.TargetLED{{
				Name:   "disk0",
				Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}, {Colour: "green", Pattern: "irregular"}},
				Meanings: []maps.LEDMeaning{
					{LEDState: maps.LEDState{Colour: "amber", Pattern: "solid"}, Kind: "disk-failed", Meaning: "drive failed", Severity: "critical"},
					{LEDState: maps.LEDState{Colour: "amber", Pattern: "blink", RateHz: 1}, Kind: "disk-predicted", Meaning: "drive will fail", Severity: "warning"},
				},
			}},
		})
	}
	t.Devices = append(t.Devices, vision.TargetDevice{ID: "sw-1", Type: "switch", Unit: 11, UHeight: 1, SurfaceMaxC: 60})
	return t
}

func look(temps map[string]float64, leds ...vision.LEDReading) vision.LookResult {
	r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}, LEDs: leds}
	for _, d := range rack().Devices {
		c, ok := temps[d.ID]
		if !ok {
			c = 24 + 0.1*float64(d.Unit%4)
		}
		r.Devices = append(r.Devices, vision.TemperatureReading{Device: d.ID, MaxC: c + 0.5, P95C: c, MedianC: c - 1, Pixels: 30})
	}
	return r
}

func keys(fs []vision.Finding) string {
	var out []string
	for _, f := range fs {
		s := fmt.Sprintf("%s %s %s U%d", f.Severity, f.Kind, f.Device, f.Unit)
		if f.PastCritical {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestJudge(t *testing.T) {
	led := func(colour, pattern string, hz, conf float64) vision.LEDReading {
		return vision.LEDReading{Device: "srv-2", LED: "disk0", Colour: colour, Pattern: pattern, RateHz: hz, Confidence: conf}
	}
	for name, tc := range map[string]struct {
		look vision.LookResult
		air  *vision.Air
		want string
	}{
		"all in order":            {look: look(nil, led("green", "solid", 0, 0.9))},
		"amber disk":              {look: look(nil, led("amber", "solid", 0, 0.9)), want: "critical disk-failed srv-2 U5"},
		"amber blink near 1 Hz":   {look: look(nil, led("amber", "blink", 1.1, 0.9)), want: "warning disk-predicted srv-2 U5"},
		"amber blink at 4 Hz":     {look: look(nil, led("amber", "blink", 4, 0.9)), want: "info light-unknown srv-2 U5"},
		"unexplained blue":        {look: look(nil, led("blue", "solid", 0, 0.9)), want: "info light-unknown srv-2 U5"},
		"doubtful amber":          {look: look(nil, led("amber", "solid", 0, 0.4))},
		"unknown pattern":         {look: look(nil, led("amber", "unknown", 0, 0.9))},
		"traffic that is regular": {look: look(nil, led("green", "blink", 5, 0.9))},
		"light of no device":      {look: look(nil, vision.LEDReading{Device: "x", LED: "y", Colour: "red", Pattern: "solid", Confidence: 1})},
		"3 K over peers":          {look: look(map[string]float64{"srv-1": 27.1}), want: "info hot-device srv-1 U3"},
		"1 K over peers":          {look: look(map[string]float64{"srv-1": 25.1})},
		"8 K over peers":          {look: look(map[string]float64{"srv-1": 32.2}), want: "warning hot-device srv-1 U3"},
		"20 K over peers":         {look: look(map[string]float64{"srv-1": 44}), want: "critical hot-device srv-1 U3"},
		"past the limit":          {look: look(map[string]float64{"srv-1": 61}), want: "critical hot-device srv-1 U3!"},
		"bleeding neighbour":      {look: look(map[string]float64{"srv-1": 44, "srv-2": 30, "srv-0": 31}), want: "critical hot-device srv-1 U3"},
		"two hot places":          {look: look(map[string]float64{"srv-0": 44, "srv-4": 40}), want: "critical hot-device srv-0 U1; critical hot-device srv-4 U9"},
		"lone switch, 8 K":        {look: look(map[string]float64{"sw-1": 32})},
		"lone switch, 20 K":       {look: look(map[string]float64{"sw-1": 44}), want: "warning hot-device sw-1 U11"},
		"inlet within class":      {look: look(nil), air: &vision.Air{TemperatureC: 35.2}},
		"inlet above class":       {look: look(nil), air: &vision.Air{TemperatureC: 36}, want: "warning inlet-high  U1"},
		"inlet far above class":   {look: look(nil), air: &vision.Air{TemperatureC: 41}, want: "critical inlet-high  U1!"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keys(vision.Judge(rack(), tc.look, tc.air, nil, vision.DefaultRules())); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAFailedLookSaysNothingOfDevices(t *testing.T) {
	r := look(map[string]float64{"srv-1": 80}, vision.LEDReading{Device: "srv-2", LED: "disk0", Colour: "amber", Pattern: "solid", Confidence: 1})
	r.Registration.Method = vision.MethodNone
	if got := vision.Judge(rack(), r, nil, nil, vision.DefaultRules()); len(got) != 0 {
		t.Errorf("found %s without knowing the place", keys(got))
	}
}

func TestHotAirThroughAnOpenSlot(t *testing.T) {
	for name, tc := range map[string]struct {
		face  maps.Face
		unit  int
		temps map[string]float64
		want  string
	}{
		"front":                            {face: maps.Front, unit: 15, want: "warning hot-unit  U15"},
		"rear, where air is hot":           {face: maps.Rear, unit: 15},
		"beside a switch that is as warm":  {face: maps.Front, unit: 13, temps: map[string]float64{"sw-1": 36}},
		"beside a switch that is found":    {face: maps.Front, unit: 13, temps: map[string]float64{"sw-1": 61}, want: "critical hot-device sw-1 U11!"},
		"beside a switch that is not warm": {face: maps.Front, unit: 12, want: "warning hot-unit  U12"},
	} {
		t.Run(name, func(t *testing.T) {
			tg := rack()
			tg.Face, tg.ToU = tc.face, 18
			r := look(tc.temps)
			for _, u := range tg.Bare() {
				c := 23.0
				if u == tc.unit {
					c = 33
				}
				r.Units = append(r.Units, vision.TemperatureReading{Unit: u, P95C: c, MaxC: c, MedianC: c, Pixels: 16})
			}
			if got := keys(vision.Judge(tg, r, nil, nil, vision.DefaultRules())); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

// TestNoPlaceIsFoundTwice: whatever the temperatures, a device has at most one finding about heat.
func TestNoPlaceIsFoundTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		temps := map[string]float64{}
		for _, d := range rack().Devices {
			temps[d.ID] = rapid.Float64Range(-20, 120).Draw(t, d.ID)
		}
		seen := map[string]bool{}
		for _, f := range vision.Judge(rack(), look(temps), nil, nil, vision.DefaultRules()) {
			if seen[f.Key()] {
				t.Fatalf("%s twice", f.Key())
			}
			seen[f.Key()] = true
		}
	})
}

func TestTargetOfFlattensTheFace(t *testing.T) {
	kind := &maps.DeviceType{Slug: "srv", UHeight: 2, IsFullDepth: true, Thermal: maps.ThermalLimits{Emissivity: 0.9, SurfaceMaxC: 60, TypicalRiseK: 12},
		LEDs: []maps.LED{{Name: "psu", Face: maps.Rear, XMM: 400, YMM: 20, DiameterMM: 4}, {Name: "health", Face: maps.Front, XMM: 10, YMM: 10, DiameterMM: 3}}}
	r := &maps.Rack{ID: "A01", Type: &maps.RackType{UHeight: 42, WidthM: 0.6, BaseM: 0.1, TagSizeM: 0.045, TagPlaces: []maps.Point{{X: 0.03, Y: 0.2}}},
		RearTags: []int{7}, ASHRAEClass: "A2", Devices: []*maps.Device{{ID: "d1", Type: kind, Position: 3, Face: maps.Front}}}
	site := &maps.Site{Halls: []*maps.Hall{{Rows: []*maps.Row{{Racks: []*maps.Rack{r}}}}}}
	got, err := vision.TargetOf(site, maps.Viewpoint{ID: "v", Rack: "A01", Face: maps.Rear, FromU: 1, ToU: 21})
	if err != nil {
		t.Fatal(err)
	}
	d := got.Devices[0]
	if len(got.Tags) != 1 || got.Tags[0].ID != 7 || len(d.LEDs) != 1 || d.LEDs[0].Name != "psu" || d.RiseK != 12 {
		t.Fatalf("%+v", got)
	}
	if x := d.LEDs[0].X - (0.0587 + 0.4); x > 1e-9 || x < -1e-9 {
		t.Errorf("light at %g m", d.LEDs[0].X)
	}
	if _, err := vision.TargetOf(site, maps.Viewpoint{Rack: "Z9", Face: maps.Rear}); err == nil {
		t.Error("a target of no rack")
	}
}
