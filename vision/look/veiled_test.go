package look

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// Of the sheet that sheeted draws, px of 1 mm.
const (
	sheetPitch = 8.0
	sheetRow   = sheetPitch * 0.8660254
)

// sheeted draws devices of 60 mm behind a sheet with staggered round holes of 6.6 mm.
func sheeted() ortho.Picture {
	p := ortho.Picture{TopM: 0.5, ScaleM: 0.001, Width: 600, Height: 400}
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	rng := rand.New(rand.NewPCG(1, 2))
	for k := range p.Seen {
		x, y := float64(k%p.Width), float64(k/p.Width)
		row := math.Round(y / sheetRow)
		off := math.Mod(row, 2) * sheetPitch / 2
		near := math.Hypot(x-off-sheetPitch*math.Round((x-off)/sheetPitch), y-row*sheetRow)
		bare := 0.5 - 0.5*math.Tanh(2*(near-3.3)) // a web's edge is blurred over a pixel
		behind := 60 + 25*math.Mod(math.Floor(y/60), 3)
		p.Seen[k] = 1
		for c := range 3 {
			p.BGR[3*k+c] = byte(12 + bare*behind + 2*rng.NormFloat64())
		}
	}
	return p
}

// onSheet is the place, m, of the hole or of the web between three holes in a row and column of the sheet.
func onSheet(row, column int, hole bool) (x, y float64) {
	px, py := sheetPitch*(float64(column)+0.5*float64(row%2)), sheetRow*float64(row)
	if !hole {
		py += sheetPitch / math.Sqrt(3)
	}
	return (px + 0.5) / 1000, 0.5 - (py+0.5)/1000
}

// veiledLook is a look at a device with a light that shines and two that are dark, one in a hole and one behind a web, and
// at one that is dark all over, with two lights in holes and one behind a web.
func veiledLook(t *testing.T) (notice.Scene, vision.LookResult, [][2]float64) {
	t.Helper()
	green := []maps.LEDState{{Colour: "green", Pattern: "solid"}}
	s := notice.Scene{Face: sheeted(), SigmaM: 0.001}
	s.Target = vision.Target{WidthM: 0.6, BaseM: 0.1, UHeight: 9, FromU: 1, ToU: 9, Door: &maps.Door{Kind: maps.PerforatedDoor, GapM: 0.04}}
	var res vision.LookResult
	var found [][2]float64
	for k, device := range []string{"a", "dead"} {
		d := vision.TargetDevice{ID: device}
		for i, name := range []string{"lit", "open", "veiled"} {
			x, y := onSheet(14+21*k, 15+15*i, name != "veiled")
			d.LEDs = append(d.LEDs, vision.TargetLED{Name: name, X: x + 0.003, Y: y, DiameterM: 0.003, Normal: green}) // where it is declared to be
			found = append(found, [2]float64{x, y})
			pattern := "off"
			if device == "a" && name == "lit" {
				pattern = "solid"
			}
			res.LEDs = append(res.LEDs, vision.LEDReading{Device: device, LED: name, Pattern: pattern, Confidence: 1})
		}
		s.Target.Devices = append(s.Target.Devices, d)
	}
	return s, res, found
}

func patterns(leds []vision.LEDReading) string {
	var out []string
	for _, r := range leds {
		out = append(out, r.Pattern)
	}
	return strings.Join(out, " ")
}

func TestADarkLightBehindTheWebOfADoorIsADoubt(t *testing.T) {
	s, res, found := veiledLook(t)
	doubtVeiled(&res, s, s.Target.Devices, found)
	if got := patterns(res.LEDs); got != "solid off unknown off off off" {
		t.Errorf("read %s", got)
	}
	if len(res.Doubts) != 1 || res.Doubts[0].LED != "veiled" || res.Doubts[0].Remedy != vision.OtherViewpoint || !strings.Contains(res.Doubts[0].Reason, "webs of the door") {
		t.Errorf("doubts %+v", res.Doubts)
	}
	if _, again := vision.Again(res.Doubts, nil); !again {
		t.Error("no second look is asked for")
	}
}

func TestADeviceIsNotDeadForOneLightThatIsSeenToBeDark(t *testing.T) {
	s, res, found := veiledLook(t)
	res.LEDs, found = res.LEDs[4:], found[4:]
	doubtVeiled(&res, s, s.Target.Devices, found)
	if got := patterns(res.LEDs); got != "off unknown" {
		t.Errorf("read %s", got)
	}
}

func TestWithoutAClosedSheetNoWebHidesALight(t *testing.T) {
	for name, change := range map[string]func(*notice.Scene, *vision.LookResult){
		"no door": func(s *notice.Scene, _ *vision.LookResult) { s.Target.Door = nil },
		"an open door": func(_ *notice.Scene, res *vision.LookResult) {
			res.Sightings = []vision.Sighting{{Thing: vision.ThingDoor, State: vision.StateOpen}}
		},
		"no holes to be seen": func(s *notice.Scene, _ *vision.LookResult) { s.Face = faceWith() },
	} {
		s, res, found := veiledLook(t)
		change(&s, &res)
		doubtVeiled(&res, s, s.Target.Devices, found)
		if got := patterns(res.LEDs); got != "solid off off off off off" || len(res.Doubts) > 0 {
			t.Errorf("%s: read %s, doubts %+v", name, got, res.Doubts)
		}
	}
}

func TestLightsOfManyDevicesAreNotAllFaults(t *testing.T) {
	green := []maps.LEDState{{Colour: "green", Pattern: "solid"}}
	for name, c := range map[string]struct {
		dark    string // of each device the name of the light that is dark
		kind    string
		believe bool
	}{
		"one here, one there":                    {"power disk2 - - - - - -", maps.PerforatedDoor, true},
		"of three devices, each another":         {"power disk2 psu1 - - - - -", maps.PerforatedDoor, false},
		"of three of eight devices the same":     {"power power power - - - - -", maps.PerforatedDoor, false},
		"the same of most, as of a feed lost":    {"psu1 psu1 psu1 psu1 psu1 psu1 - -", maps.PerforatedDoor, true},
		"behind glass nothing hides some lights": {"power disk2 psu1 - - - - -", maps.GlassDoor, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := notice.Scene{Target: vision.Target{Door: &maps.Door{Kind: c.kind}}}
			var res vision.LookResult
			for i, dark := range strings.Fields(c.dark) {
				d := vision.TargetDevice{ID: string(rune('a' + i))}
				for _, led := range []string{"power", "disk2", "psu1", "psu2"} {
					d.LEDs = append(d.LEDs, vision.TargetLED{Name: led, Normal: green})
					pattern := "solid"
					if led == dark {
						pattern = "off"
					}
					res.LEDs = append(res.LEDs, vision.LEDReading{Device: d.ID, LED: led, Pattern: pattern, Confidence: 1})
				}
				s.Target.Devices = append(s.Target.Devices, d)
			}
			doubtMany(&res, s, s.Target.Devices)
			if believed := strings.Contains(patterns(res.LEDs), "off"); believed != c.believe || believed == (len(res.Doubts) > 0) {
				t.Errorf("read %s, doubts %+v", patterns(res.LEDs), res.Doubts)
			}
		})
	}
}
