package notice_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
)

// odd lists what is neither in order nor unknown.
func odd(seen []vision.Sighting) string {
	var out []string
	for _, s := range seen {
		switch s.State {
		case vision.StatePresent, vision.StateDry, vision.StateClosed, vision.StateUnknown:
			continue
		}
		if s.Confidence < 0.6 {
			continue
		}
		name := s.Device
		if name == "" {
			name = fmt.Sprintf("U%d", s.Unit)
		}
		out = append(out, s.Thing+" "+name+" "+s.State)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func TestWhatIsOutOfOrderIsNoticed(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(d *day)
		want   string
	}{
		"all in order":    {func(*day) {}, ""},
		"panel gone":      {func(d *day) { d.noPanel = map[int]bool{10: true} }, "panel U10 missing"},
		"two panels gone": {func(d *day) { d.noPanel = map[int]bool{9: true, 18: true} }, "panel U18 missing; panel U9 missing"},
		"panel gone, another's rear shows": {func(d *day) {
			d.noPanel, d.behind = map[int]bool{10: true}, [2]float64{0.2, 0.3}
		}, "panel U10 missing"},
		"panel gone beside who stands there": {func(d *day) {
			d.noPanel, d.person = map[int]bool{18: true}, [2]float64{0.05, 0.25}
		}, "panel U18 missing"},
		"shadow over a panel and what is next to it": {func(d *day) {
			d.band = [2]float64{baseM + 16.4*unitM, baseM + 18.7*unitM}
		}, ""},
		"device gone":         {func(d *day) { d.at = map[string]int{"sw-1": 0} }, "device sw-1 missing"},
		"device moved":        {func(d *day) { d.at = map[string]int{"sw-2": 24} }, "device sw-2 moved"},
		"big device moved":    {func(d *day) { d.at = map[string]int{"srv-3": 16} }, "device srv-3 moved"},
		"twins swapped":       {func(d *day) { d.at = map[string]int{"srv-1": 3, "srv-2": 1} }, ""},
		"somebody in the way": {func(d *day) { d.person = [2]float64{0.05, 0.7} }, ""},
		"somebody beside":     {func(d *day) { d.person = [2]float64{-0.05, 0.25} }, ""},
		"a cable hangs":       {func(d *day) { d.cable = 0.3 }, ""},
		"dark patch":          {func(d *day) { d.puddle = 0.35 }, "liquid U0 wet"},
		"shining patch":       {func(d *day) { d.puddle = -0.4 }, "liquid U0 wet"},
		"soft shadow":         {func(d *day) { d.shadow = 0.5 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := patrol()
			tc.change(&now)
			seen := notice.Notice(scene(now, commissioned()))
			if got := odd(seen); got != tc.want {
				t.Fatalf("noticed %q, want %q\n%+v", got, tc.want, seen)
			}
		})
	}
}

func TestPanelsAreMissedThroughAPerforatedDoor(t *testing.T) {
	for name, tc := range map[string]struct {
		gone map[int]bool
		want string
	}{
		"none gone": {nil, ""},
		"one gone":  {map[int]bool{10: true}, "panel U10 missing"},
		"two gone":  {map[int]bool{9: true, 10: true}, "panel U10 missing; panel U9 missing"},
	} {
		t.Run(name, func(t *testing.T) {
			now, then := patrol(), commissioned()
			now.noPanel, now.slope = tc.gone, 0
			now.door = &maps.Door{Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.05}
			then.door = now.door
			seen := notice.Notice(scene(now, then))
			if got := odd(seen); got != tc.want {
				t.Fatalf("noticed %q, want %q\n%+v", got, tc.want, seen)
			}
		})
	}
}

func TestAGoodDayIsSeenToBeGood(t *testing.T) {
	for _, s := range notice.Notice(scene(patrol(), commissioned())) {
		if s.State == vision.StateUnknown {
			t.Errorf("%s %s at U%d could not be told", s.Thing, s.Device, s.Unit)
		}
	}
}

func TestDoorsAreToldByTheirLeaf(t *testing.T) {
	for _, kind := range []string{maps.PerforatedDoor, maps.GlassDoor, maps.SolidDoor} {
		for deg, want := range map[float64]string{0: "closed", 12: "ajar", 25: "ajar", 100: "open"} {
			for i, hinge := range []string{"left", "right"} {
				if i == 1 && kind == maps.SolidDoor {
					continue
				}
				t.Run(fmt.Sprintf("%s %s %.0f°", kind, hinge, deg), func(t *testing.T) {
					now, then := patrol(), commissioned()
					now.door = &maps.Door{Kind: kind, Hinge: hinge, GapM: 0.05}
					then.door, now.deg = now.door, deg
					s := scene(now, then)
					if i == 1 && kind == maps.PerforatedDoor { // its lattice tells without a commissioning
						s.NormalFace = nil
					}
					got := notice.Notice(s)[0]
					if got.State == "unknown" && kind == maps.GlassDoor && deg > 0 {
						return // a rim of 25 mm beside a post may leave it in doubt
					}
					if got.State != want {
						t.Fatalf("got %+v, want %s", got, want)
					}
					if want == "ajar" && kind != maps.GlassDoor && math.Abs(got.Value-deg) > 2.5+0.1*deg {
						t.Fatalf("%.1f°, want %.0f°", got.Value, deg)
					}
				})
			}
		}
	}
}

func TestOnlyStrayLightsAreTold(t *testing.T) {
	now := patrol()
	now.stray = [][2]float64{{0.2, 0.5}, {0.4, 0.78}}
	s := scene(now, commissioned())
	got := notice.Lit(s, notice.Known(s.Target, nil, nil))
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	for _, g := range got {
		if g.Colour != "red" || g.Confidence < 0.6 {
			t.Errorf("%+v", g)
		}
	}
}
