package vision_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// furnished is rack with a door, a panel, a watched floor and two instruments.
func furnished() vision.Target {
	t := rack()
	low, high := 1.0, 4.0
	t.BaseM, t.UHeight, t.WidthM = 0.1, 42, 0.6
	t.Door = &maps.Door{Face: maps.Front, Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.05}
	t.BlankingPanels, t.WatchFloor = []int{12}, true
	t.Instruments = []maps.Instrument{
		{ID: "p1", Kind: maps.Gauge, Quantity: "coolant pressure", Unit: "bar", Y: 0.2, Low: &low, High: &high},
		{ID: "d1", Kind: maps.Display, Quantity: "load", Unit: "A", Y: 0.3, Decimals: 1, High: &high},
	}
	return t
}

func TestWhatIsSeenIsJudged(t *testing.T) {
	sure := func(s vision.Sighting) vision.Sighting { s.Confidence = 0.9; return s }
	for name, tc := range map[string]struct {
		seen vision.Sighting
		read vision.InstrumentReading
		open bool // the door is kept open
		want string
		says string
	}{
		"closed door":         {seen: sure(vision.Sighting{Thing: "door", State: "closed"})},
		"open door":           {seen: sure(vision.Sighting{Thing: "door", State: "open"}), want: "warning door-open  U0"},
		"door kept open":      {seen: sure(vision.Sighting{Thing: "door", State: "open"}), open: true},
		"ajar door":           {seen: sure(vision.Sighting{Thing: "door", State: "ajar", Value: 12.4}), want: "warning door-ajar  U0", says: "12°"},
		"unsure door":         {seen: vision.Sighting{Thing: "door", State: "open", Confidence: 0.4}},
		"panel in place":      {seen: sure(vision.Sighting{Thing: "panel", State: "present", Unit: 12})},
		"panel gone":          {seen: sure(vision.Sighting{Thing: "panel", State: "missing", Unit: 12}), want: "warning panel-missing  U12", says: "U12"},
		"dry floor":           {seen: sure(vision.Sighting{Thing: "liquid", State: "dry"})},
		"wet floor":           {seen: sure(vision.Sighting{Thing: "liquid", State: "wet", Value: 0.012, X: 0.2}), want: "critical liquid  U0", says: "120 cm²"},
		"stray light":         {seen: sure(vision.Sighting{Thing: "light", State: "lit", Colour: "red", Unit: 12, X: 0.3, Y: 0.6}), want: "warning light-unexpected  U12", says: "a red light"},
		"stray on a device":   {seen: sure(vision.Sighting{Thing: "light", State: "lit", Device: "srv-1", Unit: 3}), want: "warning light-unexpected srv-1 U3", says: "on srv-1"},
		"device in place":     {seen: sure(vision.Sighting{Thing: "device", State: "present", Device: "srv-1", Unit: 3})},
		"device gone":         {seen: sure(vision.Sighting{Thing: "device", State: "missing", Device: "srv-1", Unit: 3}), want: "warning device-missing srv-1 U3"},
		"device moved":        {seen: sure(vision.Sighting{Thing: "device", State: "moved", Device: "srv-1", Unit: 12}), want: "warning device-moved srv-1 U12", says: "at U12, the record has it at U3"},
		"device of no record": {seen: sure(vision.Sighting{Thing: "device", State: "missing", Device: "x"})},
		"thing of no name":    {seen: sure(vision.Sighting{Thing: "ghost", State: "lit"})},
		"reading within":      {read: vision.InstrumentReading{Instrument: "p1", Value: 2, Bound: 0.1}},
		"reading low":         {read: vision.InstrumentReading{Instrument: "p1", Value: 0.5, Bound: 0.1}, want: "warning reading-low p1 U3", says: "0.50 ± 0.1 bar, below the limit of 1 bar"},
		"perhaps low":         {read: vision.InstrumentReading{Instrument: "p1", Value: 0.95, Bound: 0.1}},
		"reading high":        {read: vision.InstrumentReading{Instrument: "d1", Value: 5.5, Bound: 0.05}, want: "warning reading-high d1 U5", says: "5.5 ±"},
		"no reading":          {read: vision.InstrumentReading{Instrument: "d1", Refused: "glare"}, want: "info reading-refused d1 U5", says: "glare"},
		"not a number":        {read: vision.InstrumentReading{Instrument: "d1", Value: math.NaN()}},
		"reading of nothing":  {read: vision.InstrumentReading{Instrument: "z9", Value: 99}},
	} {
		t.Run(name, func(t *testing.T) {
			target := furnished()
			target.Door.NormallyOpen = tc.open
			r := look(nil)
			r.Sightings = []vision.Sighting{tc.seen}
			r.Instruments = []vision.InstrumentReading{tc.read}
			got := vision.Judge(target, r, nil, nil, vision.DefaultRules())
			if keys(got) != tc.want {
				t.Fatalf("got %q, want %q", keys(got), tc.want)
			}
			if len(got) > 0 && !strings.Contains(got[0].Meaning, tc.says) {
				t.Fatalf("it says %q, not %q", got[0].Meaning, tc.says)
			}
		})
	}
}

func TestALookWithoutPlaceSaysNothingSeen(t *testing.T) {
	r := look(nil)
	r.Registration.Method = vision.MethodNone
	r.Sightings = []vision.Sighting{{Thing: "door", State: "open", Confidence: 1}}
	if got := vision.Judge(furnished(), r, nil, nil, vision.DefaultRules()); len(got) != 0 {
		t.Fatalf("got %q", keys(got))
	}
}

func TestNoReadingPanicsTheJudge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := look(nil)
		f := rapid.Float64()
		r.Sightings = []vision.Sighting{{
			Thing: rapid.SampledFrom([]string{"door", "panel", "liquid", "light", "device", ""}).Draw(t, "thing"),
			State: rapid.SampledFrom([]string{"open", "missing", "wet", "lit", "moved", ""}).Draw(t, "state"),
			X:     f.Draw(t, "x"), Y: f.Draw(t, "y"), Value: f.Draw(t, "value"), Confidence: f.Draw(t, "confidence"),
		}}
		r.Instruments = []vision.InstrumentReading{{Instrument: "p1", Value: f.Draw(t, "reading"), Bound: f.Draw(t, "bound")}}
		for _, x := range vision.Judge(furnished(), r, nil, nil, vision.DefaultRules()) {
			if x.Meaning == "" || x.Kind == "" {
				t.Fatalf("%+v says nothing", x)
			}
		}
	})
}

// TestManyDevicesGoneAtOnceAreNotBelieved: a crew takes one device or two between rounds, a veil hides a whole rack.
func TestManyDevicesGoneAtOnceAreNotBelieved(t *testing.T) {
	var target vision.Target
	for _, n := range []int{2, 3} {
		r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}}
		target.Devices = nil
		for i := range n {
			id := string(rune('a' + i))
			target.Devices = append(target.Devices, vision.TargetDevice{ID: id, Unit: 1 + i, UHeight: 1})
			r.Sightings = append(r.Sightings, vision.Sighting{Thing: vision.ThingDevice, State: vision.StateMissing, Device: id, Confidence: 0.95})
		}
		found := len(vision.Judge(target, r, nil, nil, vision.DefaultRules()))
		if want := map[int]int{2: 2, 3: 0}[n]; found != want {
			t.Errorf("%d devices gone: %d findings, want %d", n, found, want)
		}
	}
}

func TestAUnitThatADeviceMovedToIsNotBare(t *testing.T) {
	target := furnished()
	target.Devices = []vision.TargetDevice{{ID: "srv", Unit: 3, UHeight: 1}}
	r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}}
	for u := 5; u <= 12; u++ {
		c := 22.0 + 0.1*float64(u%3)
		if u == 9 {
			c = 30
		}
		r.Units = append(r.Units, vision.TemperatureReading{Unit: u, MaxC: c, P95C: c, MedianC: c, Pixels: 40})
	}
	hot := func() bool {
		return slices.ContainsFunc(vision.Judge(target, r, nil, nil, vision.DefaultRules()), func(f vision.Finding) bool {
			return f.Kind == vision.KindHotUnit && f.Unit == 9
		})
	}
	if !hot() {
		t.Error("a bare unit 8 K above the others is not told")
	}
	r.Sightings = []vision.Sighting{{Thing: vision.ThingDevice, State: vision.StateMoved, Device: "srv", Unit: 9, Confidence: 0.9}}
	if hot() {
		t.Error("the warmth of a device that moved is told as that of a bare unit")
	}
}
