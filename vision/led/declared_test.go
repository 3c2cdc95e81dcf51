package led_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/looktest"
)

// slowScene has lights that change so slowly that 4 s show one period or two, each light in a phase and duty of its own:
// srv-01 to srv-11 blink amber, srv-13 to srv-17 turn from amber to green and back, srv-19 blinks green and srv-21 amber.
// Their types declare it; green is normal for all of them, and for srv-21 so is amber traffic.
func slowScene() *looktest.Scene {
	s := looktest.New()
	for i, d := range s.Target.Devices {
		for k := range d.LEDs {
			l := &s.Target.Devices[i].LEDs[k]
			for _, m := range []maps.LEDState{
				{Colour: "amber", Pattern: "blink", RateHz: 0.25}, {Colour: "green", Pattern: "blink", RateHz: 0.25},
				{Colour: "amber", OtherColour: "green", Pattern: "alternating", RateHz: 0.5},
			} {
				l.Meanings = append(l.Meanings, maps.LEDMeaning{LEDState: m, Kind: "disk-predicted", Severity: "warning"})
			}
			if d.ID == "srv-21" {
				l.Normal = append(l.Normal, maps.LEDState{Colour: "amber", Pattern: "irregular"})
			}
		}
	}
	s.Light = func(device, name string, at time.Duration) ([3]float64, float64) {
		k := float64(name[len(name)-1] - '0')
		phase, duty := math.Mod(0.02+0.125*k+0.03*float64(device[len(device)-1]-'0'), 1), 0.4+0.1*math.Mod(k, 3)
		switch {
		case device <= "srv-11" || device == "srv-21":
			return amber, square(at, 0.25, duty, phase)
		case device <= "srv-17":
			if square(at, 0.5, duty, phase) > 0 {
				return amber, 1
			}
			return green, 1
		}
		return green, square(at, 0.25, duty, phase)
	}
	return s
}

// TestADeclaredSlowRhythmIsToldByOnePeriod, and one that could be a normal state is not: a longer burst is asked for.
func TestADeclaredSlowRhythmIsToldByOnePeriod(t *testing.T) {
	got := read(t, slowScene(), 4, 0, 0, 0.0005)
	doubts := map[string]vision.Doubt{}
	for _, d := range got.Doubts {
		doubts[d.Device+"/"+d.LED] = d
	}
	for _, l := range got.LEDs {
		doubt, doubted := doubts[l.Device+"/"+l.LED]
		if doubted && doubt.Remedy != vision.LongerBurst {
			t.Errorf("a longer burst settles %+v, and not %+v", l, doubt)
		}
		switch {
		case l.Device <= "srv-11":
			if l.Pattern != led.Blink || l.Colour != "amber" || math.Abs(l.RateHz-0.25) > 0.01 || !doubted {
				t.Errorf("amber at 0.25 Hz read as %+v, doubted %t", l, doubted)
			}
		case l.Device <= "srv-17":
			if l.Pattern != led.Alternating || l.Colour != "amber" || l.OtherColour != "green" || math.Abs(l.RateHz-0.5) > 0.02 {
				t.Errorf("amber and green at 0.5 Hz read as %+v: %s", l, doubt.Reason)
			}
		case l.Pattern != led.Unknown || !doubted:
			t.Errorf("what may be an interrupted normal state is told by one period: %+v", l)
		}
	}
}

func TestTwoPeriodsOfADeclaredBlinkAreEnough(t *testing.T) {
	for _, l := range read(t, slowScene(), 8, 0, 0, 0.0005).LEDs {
		slow := l.Device <= "srv-11" || l.Device == "srv-19"
		if slow && (l.Pattern != led.Blink || math.Abs(l.RateHz-0.25) > 0.01 || l.Confidence < led.DefaultLimits().Fault) {
			t.Errorf("0.25 Hz in 8 s read as %+v", l)
		}
	}
}

// TestALightSeenForLessThanASlowBlinkLastsIsDoubted: what is steady for 2 s may blink at 0.25 Hz, what is for 4 s does not.
func TestALightSeenForLessThanASlowBlinkLastsIsDoubted(t *testing.T) {
	s := slowScene()
	s.Light = func(_, name string, _ time.Duration) ([3]float64, float64) {
		if strings.HasSuffix(name, "3") {
			return amber, 0
		}
		return amber, 1
	}
	for seconds, want := range map[float64]int{2: 88, 4: 0} {
		got := read(t, s, seconds, 0, 0, 0.0005)
		longer := 0
		for _, d := range got.Doubts {
			if d.Remedy == vision.LongerBurst {
				longer++
			}
		}
		for _, l := range got.LEDs {
			if l.Pattern != led.Solid && l.Pattern != led.Off {
				t.Errorf("%g s: a steady light read as %+v", seconds, l)
			}
		}
		if longer != want {
			t.Errorf("%g s: %d of %d lights ask for a longer burst, want %d", seconds, longer, len(got.LEDs), want)
		}
	}
}
