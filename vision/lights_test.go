package vision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// blade is one device with a bi-coloured light, an activity light, and three disks that must shine.
func blade() vision.Target {
	d := vision.TargetDevice{ID: "b1", Type: "blade", Unit: 3, UHeight: 1}
	d.LEDs = append(d.LEDs,
		vision.TargetLED{
			Name:   "status",
			Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}},
			Meanings: []maps.LEDMeaning{
				{LEDState: maps.LEDState{Colour: "amber", OtherColour: "green", Pattern: "alternating", RateHz: 1}, Kind: "disk-predicted", Meaning: "will fail", Severity: "warning"},
				{LEDState: maps.LEDState{Colour: "red", Pattern: "blink"}, Kind: "degraded", Meaning: "degraded", Severity: "warning"},
				{LEDState: maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 1}, Kind: "fan-failed", Meaning: "fan failed", Severity: "critical"},
				{LEDState: maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 1.2}, Kind: "psu-failed", Meaning: "power supply failed", Severity: "critical"},
				{LEDState: maps.LEDState{Pattern: "off"}, Kind: "no-power", Meaning: "no power", Severity: "critical"},
			},
		},
		vision.TargetLED{Name: "activity", Normal: []maps.LEDState{{Pattern: "off"}, {Colour: "green", Pattern: "irregular"}}},
	)
	for i := range 3 {
		d.LEDs = append(d.LEDs, vision.TargetLED{Name: fmt.Sprintf("disk%d", i), Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}})
	}
	return vision.Target{Rack: "B07", Face: maps.Front, FromU: 1, ToU: 6, Devices: []vision.TargetDevice{d}}
}

func judged(leds ...vision.LEDReading) string {
	for i := range leds {
		leds[i].Device = "b1"
	}
	r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}, LEDs: leds}
	return keys(vision.Judge(blade(), r, nil, nil, vision.DefaultRules()))
}

func TestALightMeansTheDeclaredStateThatItFitsBest(t *testing.T) {
	status := func(colour, other, pattern string, hz, conf float64) vision.LEDReading {
		return vision.LEDReading{LED: "status", Colour: colour, OtherColour: other, Pattern: pattern, RateHz: hz, Confidence: conf}
	}
	for name, tc := range map[string]struct {
		reading vision.LEDReading
		want    string
	}{
		"normal":                           {status("green", "", "solid", 0, 0.9), ""},
		"two colours in turn":              {status("amber", "green", "alternating", 1.1, 0.9), "warning disk-predicted b1 U3"},
		"two colours, another rate":        {status("amber", "green", "alternating", 3, 0.9), "info light-unknown b1 U3"},
		"two other colours":                {status("amber", "red", "alternating", 1, 0.9), "info light-unknown b1 U3"},
		"the nearer of two rates":          {status("red", "", "blink", 1.02, 0.9), "critical fan-failed b1 U3"},
		"the nearer, above":                {status("red", "", "blink", 1.15, 0.9), "critical psu-failed b1 U3"},
		"any other rate":                   {status("red", "", "blink", 4, 0.9), "warning degraded b1 U3"},
		"dark, alone":                      {status("", "", "off", 0, 0.9), "critical no-power b1 U3"},
		"unexplained, and hardly sure":     {status("blue", "", "solid", 0, 0.7), ""},
		"unexplained, and sure":            {status("blue", "", "solid", 0, 0.9), "info light-unknown b1 U3"},
		"a busy light that is regular":     {vision.LEDReading{LED: "activity", Colour: "green", Pattern: "blink", RateHz: 4, Confidence: 0.9}, ""},
		"a light that its type has not":    {vision.LEDReading{LED: "other", Colour: "red", Pattern: "solid", Confidence: 0.9}, ""},
		"a light of which nothing is told": {status("red", "", "unknown", 0, 0.9), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judged(tc.reading); got != tc.want {
				t.Errorf("found %q, want %q", got, tc.want)
			}
		})
	}
}

// TestADeviceWithoutPowerIsOneFinding: n dark lights are one thing, unless one shines or too few were seen.
func TestADeviceWithoutPowerIsOneFinding(t *testing.T) {
	off := func(names ...string) (out []vision.LEDReading) {
		for _, n := range names {
			out = append(out, vision.LEDReading{LED: n, Pattern: "off", Confidence: 0.9})
		}
		return out
	}
	if got := judged(off("status", "activity", "disk0", "disk1", "disk2")...); got != "critical power-lost b1 U3" {
		t.Errorf("all dark: %q", got)
	}
	lit := append(off("status", "activity", "disk0", "disk1"), vision.LEDReading{LED: "disk2", Colour: "green", Pattern: "solid", Confidence: 0.9})
	if got := judged(lit...); got != "critical no-power b1 U3; info light-unknown b1 U3; info light-unknown b1 U3" {
		t.Errorf("all but one dark: %q", got)
	}
	if got := judged(off("status", "disk0")...); got != "critical no-power b1 U3; info light-unknown b1 U3" {
		t.Errorf("two of five seen: %q", got)
	}
}

// Where lights of many devices are dark that shine else, the view hides them: no lone dark light says anything. A device
// that is dark all over does, when its lights are many.
func TestLightsDarkAllOverTheRackAreHidden(t *testing.T) {
	for name, tc := range map[string]struct {
		dimmed int // devices that shine, but for one disk
		want   string
	}{
		"two devices with a dark disk each are two faults": {2, "critical no-power b0 U3\ncritical power-lost dead U3"},
		"three are a view through webs":                    {3, "critical power-lost dead U3"},
	} {
		t.Run(name, func(t *testing.T) {
			target := vision.Target{Rack: "B07", Face: maps.Front, FromU: 1, ToU: 6}
			add := func(id string) {
				target.Devices = append(target.Devices, blade().Devices[0])
				target.Devices[len(target.Devices)-1].ID = id
			}
			read := func(device, led, pattern string) vision.LEDReading {
				return vision.LEDReading{Device: device, LED: led, Colour: "green", Pattern: pattern, Confidence: 0.95}
			}
			var leds []vision.LEDReading
			add("b0")
			leds = append(leds, read("b0", "status", "off"), read("b0", "disk0", "solid"))
			for i := range tc.dimmed {
				id := fmt.Sprintf("d%d", i)
				add(id)
				leds = append(leds, read(id, "status", "solid"), read(id, "disk1", "off"))
			}
			add("dead")
			for _, led := range []string{"status", "activity", "disk0", "disk1", "disk2"} {
				leds = append(leds, read("dead", led, "off"))
			}
			r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}, LEDs: leds}
			var said []string
			for _, f := range vision.Judge(target, r, nil, nil, vision.DefaultRules()) {
				if f.Severity == vision.Critical {
					said = append(said, fmt.Sprintf("critical %s %s U%d", f.Kind, f.Device, f.Unit))
				}
			}
			slices.Sort(said)
			if got := strings.Join(said, "\n"); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}
