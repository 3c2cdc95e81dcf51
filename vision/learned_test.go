package vision_test

import (
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

func TestLearnedLightsTellDepartures(t *testing.T) {
	green := []maps.LEDState{{Colour: "green", Pattern: "solid"}}
	busy := []maps.LEDState{{Colour: "green", Pattern: "irregular"}}
	for name, c := range map[string]struct {
		was  []maps.LEDState
		now  vision.LEDReading
		want vision.Severity
	}{
		"as it was":          {green, vision.LEDReading{Colour: "green", Pattern: "solid", Confidence: 0.95}, ""},
		"traffic":            {green, vision.LEDReading{Colour: "green", Pattern: "irregular", Confidence: 0.95}, ""},
		"turned amber":       {green, vision.LEDReading{Colour: "amber", Pattern: "blink", RateHz: 1, Confidence: 0.95}, vision.Warning},
		"turned blue":        {green, vision.LEDReading{Colour: "blue", Pattern: "solid", Confidence: 0.95}, vision.Info},
		"gone dark":          {green, vision.LEDReading{Pattern: "off", Confidence: 0.95}, vision.Warning},
		"quiet":              {busy, vision.LEDReading{Pattern: "off", Confidence: 0.95}, ""},
		"amber, hardly seen": {green, vision.LEDReading{Colour: "amber", Pattern: "solid", Confidence: 0.7}, ""},
		"not read":           {green, vision.LEDReading{Pattern: "unknown", Confidence: 0.95}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.now.Device, c.now.LED = "box", vision.LearnedName(0)
			target := vision.Target{Devices: []vision.TargetDevice{{ID: "box", Unit: 7}}}
			n := &vision.Normals{Lights: []vision.NormalLight{{Device: "box", X: 0.3, Y: 0.5, States: c.was}}}
			r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}, LEDs: []vision.LEDReading{c.now}}
			var got vision.Severity
			for _, f := range vision.Judge(target, r, nil, n, vision.DefaultRules()) {
				if f.Kind == vision.KindLightChanged && f.Unit == 7 {
					got = f.Severity
				}
			}
			if got != c.want {
				t.Errorf("severity %q, want %q", got, c.want)
			}
		})
	}
}
