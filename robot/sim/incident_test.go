package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim"
)

const script = `# what goes wrong tonight
- at: 40s
  device: A01-srv-05
  led: disk3
  shows: {colour: amber, pattern: blink, rateHz: 1}
- at: 50s
  device: A02-srv-05
  surface: {riseK: 25}
  until: repaired
`

func TestScriptIsReadWithItsLines(t *testing.T) {
	got, err := sim.ParseIncidents([]byte(script))
	if err != nil {
		t.Fatal(err)
	}
	want := []sim.Incident{
		{At: 40 * time.Second, Device: "A01-srv-05", LED: "disk3", Shows: maps.LEDState{Colour: "amber", Pattern: "blink", RateHz: 1}, Line: 2},
		{At: 50 * time.Second, Device: "A02-srv-05", RiseK: 25, Line: 6},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if none, err := sim.ParseIncidents(nil); err != nil || len(none) != 0 {
		t.Errorf("an empty script gives %v, %v", none, err)
	}
}

func TestWrongScriptsAreRefusedByLineAndField(t *testing.T) {
	for text, want := range map[string]string{
		"at: 40s":                                          "line 1: want a list",
		"- at: soon\n  device: d\n  led: l\n":              `line 1: at: "soon" is no duration`,
		"- at: -3s\n  device: d\n":                         "line 1: at:",
		"- device: d\n  led: l\n  shows: {pattern: off}\n": "line 1: at: is missing",
		"- at: 1s\n  led: l\n":                             "line 1: device: is missing",
		"- at: 1s\n  device: d\n":                          "line 1: led: is missing",
		"- at: 1s\n  device: d\n  led: l\n":                "line 1: shows: is missing",
		"- at: 1s\n  device: d\n  shows: {colour: red, pattern: solid}\n  surface: {riseK: 3}\n":       "which light",
		"- at: 1s\n  device: d\n  led: l\n  shows: {colour: pink, pattern: solid}\n":                   `line 4: shows: line 4: colour: "pink"`,
		"- at: 1s\n  device: d\n  led: l\n  shows: {colour: red, pattern: blink}\n":                    "rateHz",
		"- at: 1s\n  device: d\n  led: l\n  shows: {colour: red, pattern: blink, rateHz: NaN}\n":       "rateHz",
		"- at: 1s\n  device: d\n  surface: {riseK: 1e9}\n":                                             `line 3: surface: line 3: riseK`,
		"- at: 1s\n  device: d\n  surface: 5\n":                                                        "want fields",
		"- at: 1s\n  at: 2s\n":                                                                         "line 2: at: is here twice",
		"- at: 1s\n  wat: 2s\n":                                                                        "line 2: wat: no such field",
		"- at: 1s\n  device: d\n  surface: {riseK: 3}\n- at: 1s\n  device: d\n  surface: {riseK: 4}\n": "same device",
		"- at: 1s\n  device: d\n  until: later\n":                                                      "line 3: until",
		"- [": "read incidents",
	} {
		if _, err := sim.ParseIncidents([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func FuzzParseIncidents(f *testing.F) {
	f.Add([]byte(script))
	f.Add([]byte("- at: 1s\n  device: d\n  surface: {riseK: 3}\n"))
	f.Add([]byte("- &a {at: 1s}\n- *a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := sim.ParseIncidents(text)
		if err != nil {
			return
		}
		for _, i := range list {
			if i.At < 0 || i.Device == "" || (i.LED == "" && i.RiseK == 0) || i.RiseK < 0 || i.RiseK > 200 {
				t.Errorf("accepted %+v", i)
			}
		}
	})
}
