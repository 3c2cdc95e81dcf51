package notice_test

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
)

// about compares what is about a place today with what was there.
func about(t *testing.T, now day, x, y float64) (same, known bool) {
	t.Helper()
	s := scene(now, commissioned())
	a, ok := s.SurroundingsOf(notice.Known(s.Target, nil, nil))
	if !ok {
		t.Fatal("there is nothing to compare with")
	}
	return a.Same(x, y)
}

func TestAPlaceLooksAsItDidWhateverTheLight(t *testing.T) {
	for name, change := range map[string]func(d *day){
		"as it was": func(*day) {}, "its lights out": func(d *day) { d.lamps = false },
		"half as bright": func(d *day) { d.gain = 0.35 }, "a cable elsewhere": func(d *day) { d.cable = 0.2 },
	} {
		now := patrol()
		change(&now)
		for _, d := range target().Devices {
			for _, l := range d.LEDs {
				if same, known := about(t, now, l.X, l.Y); !same || !known {
					t.Errorf("%s: what is about %s of %s looks otherwise (known: %t)", name, l.Name, d.ID, known)
				}
			}
		}
	}
}

func TestWhatHangsBeforeALightLooksOtherwise(t *testing.T) {
	const x, y = 0.5, baseM + 0.02 // of srv-1's light
	for name, change := range map[string]func(d *day){
		"a cable":     func(d *day) { d.cable = x - 0.02*math.Sin(9*y) },
		"somebody":    func(d *day) { d.person = [2]float64{0.3, 0.7} },
		"device gone": func(d *day) { d.at = map[string]int{"srv-1": 0} },
	} {
		now := patrol()
		change(&now)
		if same, known := about(t, now, x, y); same || !known {
			t.Errorf("%s is not seen (same: %t, known: %t)", name, same, known)
		}
	}
}

func TestLightsOfADeviceThatCameAreNoStrays(t *testing.T) {
	now := patrol()
	now.at = map[string]int{"srv-3": 16} // onto bare units; nobody says so
	now.stray = [][2]float64{{0.45, baseM + 15*unitM + 0.02}, {0.2, 0.15}}
	s := scene(now, commissioned())
	told := 0
	for _, o := range notice.Lit(s, notice.Known(s.Target, nil, nil)) {
		if o.Thing != vision.ThingLight || o.Confidence < 0.6 {
			continue
		}
		told++
		if o.Unit > 10 {
			t.Errorf("a light of the device that came is told: %+v", o)
		}
	}
	if told != 1 {
		t.Errorf("%d lights are told, want the one on a device that stands where it stood", told)
	}
}
