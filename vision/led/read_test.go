package led_test

import (
	"image"
	"math"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/looktest"
)

// A view is where the scene's camera truly stands, off by (dx, dy) m.
type projector struct {
	s      *looktest.Scene
	dx, dy float64
}

func (p projector) FaceToPixel(x, y float64) (u, v float64, ok bool) {
	u, v = p.s.Pixel(x+p.dx, y+p.dy)
	return u, v, true
}

func (p projector) DepthM(float64, float64) float64 { return p.s.Z }

// tagPatches are the scene's fiducials in the picture.
func tagPatches(s *looktest.Scene) []image.Rectangle {
	var out []image.Rectangle
	h := s.Target.TagSizeM * 0.62
	for _, t := range s.Target.Tags {
		u0, v0 := s.Pixel(t.X-h, t.Y+h)
		u1, v1 := s.Pixel(t.X+h, t.Y-h)
		out = append(out, image.Rect(int(u0), int(v0), int(u1), int(v1)))
	}
	return out
}

func solidDoor() *maps.Door { return &maps.Door{Face: maps.Front, Kind: maps.SolidDoor} }

// square is 1 for the first part of each period and else 0.
func square(at time.Duration, hz, duty, phase float64) float64 {
	x := at.Seconds()*hz + phase
	if x-math.Floor(x) < duty {
		return 1
	}
	return 0
}

var (
	green  = [3]float64{30, 255, 70}
	amber  = [3]float64{0, 150, 255}
	red    = [3]float64{20, 25, 255}
	blue   = [3]float64{255, 150, 40}
	states = map[string]func(at time.Duration) ([3]float64, float64){ // by light; others are green
		"srv-03/disk2": func(time.Duration) ([3]float64, float64) { return amber, 1 },
		"srv-05/disk1": func(at time.Duration) ([3]float64, float64) { return red, square(at, 2, 0.5, 0.1) },
		"srv-07/disk0": func(time.Duration) ([3]float64, float64) { return blue, 1 },
		"srv-09/disk7": func(time.Duration) ([3]float64, float64) { return green, 0 },
		"srv-11/disk3": func(at time.Duration) ([3]float64, float64) {
			return green, float64(int(at.Seconds()*1000/37) * int(at.Seconds()*1000/91) % 3 % 2)
		},
		"srv-13/disk5": func(at time.Duration) ([3]float64, float64) { return green, square(at, 5, 0.5, 0) },
		"srv-15/disk4": func(at time.Duration) ([3]float64, float64) {
			if square(at, 1, 0.5, 0.2) > 0 {
				return amber, 1
			}
			return green, 1
		},
	}
	truths = map[string]string{
		"srv-03/disk2": "amber solid", "srv-05/disk1": "red blink", "srv-07/disk0": "blue solid", "srv-09/disk7": " off",
		"srv-11/disk3": "green irregular", "srv-13/disk5": "green blink", "srv-15/disk4": "amber alternating",
	}
)

func scene() *looktest.Scene {
	s := looktest.New()
	s.SwayPx = 3
	s.Light = func(device, name string, at time.Duration) ([3]float64, float64) {
		if f := states[device+"/"+name]; f != nil {
			return f(at)
		}
		return green, 1
	}
	return s
}

// read looks at a scene through a registration that is off by some metres.
func read(tb testing.TB, s *looktest.Scene, seconds, dx, dy, sigmaM float64) led.Reading {
	tb.Helper()
	src, err := s.Source(int(seconds*30)+1, 30)
	if err != nil {
		tb.Fatal(err)
	}
	view := led.View{Projector: projector{s, dx, dy}, FocalPx: s.FX, Reference: src.Len() / 2, Patches: tagPatches(s), SigmaM: sigmaM}
	got, err := led.Read(src, src.Times, s.Target.Devices, view)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// wrong lists the lights that were not read as they are.
func wrong(t *testing.T, got led.Reading) (out []vision.LEDReading) {
	t.Helper()
	for _, l := range got.LEDs {
		want := truths[l.Device+"/"+l.LED]
		if want == "" {
			want = "green solid"
		}
		if l.Colour+" "+l.Pattern != want {
			t.Logf("%s %s is %s, read %+v", l.Device, l.LED, want, l)
			out = append(out, l)
		}
	}
	return out
}

func TestReadReadsEveryLight(t *testing.T) {
	got := read(t, scene(), 4, 0, 0, 0.0005)
	if len(got.LEDs) != 88 || len(wrong(t, got)) > 0 || len(got.Doubts) > 0 {
		t.Errorf("%d lights, doubts %+v", len(got.LEDs), got.Doubts)
	}
	for _, l := range got.LEDs {
		if l.Device == "srv-15" && l.Pattern == "alternating" && (l.OtherColour != "green" || math.Abs(l.RateHz-1) > 0.02) {
			t.Errorf("amber and green at 1 Hz read as %+v", l)
		}
	}
}

// TestReadFindsItsLightsAgain: a registration that is 4 mm off, and says so, costs no light.
func TestReadFindsItsLightsAgain(t *testing.T) {
	got := read(t, scene(), 4, 0.003, -0.0025, 0.004)
	if w := wrong(t, got); len(w) > 0 {
		t.Errorf("%d of %d lights wrong", len(w), len(got.LEDs))
	}
}

func TestReadSaysNothingOfLightsBehindASolidDoor(t *testing.T) {
	s := scene()
	src, err := s.Source(9, 30)
	if err != nil {
		t.Fatal(err)
	}
	view := led.View{Projector: projector{s: s}, FocalPx: s.FX, Patches: tagPatches(s), Door: solidDoor()}
	got, err := led.Read(src, src.Times, s.Target.Devices, view)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range got.LEDs {
		if l.Pattern != led.Unknown {
			t.Fatalf("%+v", l)
		}
	}
	if len(got.Doubts) != len(got.LEDs) || got.Doubts[0].Remedy != vision.OtherViewpoint {
		t.Errorf("%d doubts of %d lights", len(got.Doubts), len(got.LEDs))
	}
}

// TestASlowBlinkAsksForALongerBurst: 0.25 Hz has two edges at most in 4 s; 8 s tell it.
func TestASlowBlinkAsksForALongerBurst(t *testing.T) {
	s := scene()
	s.Light = func(_, _ string, at time.Duration) ([3]float64, float64) { return red, square(at, 0.25, 0.5, 0.2) }
	short := read(t, s, 4, 0, 0, 0.0005)
	for _, l := range short.LEDs {
		if l.Pattern != led.Unknown {
			t.Fatalf("4 s read as %+v", l)
		}
	}
	if len(short.Doubts) == 0 || short.Doubts[0].Remedy != vision.LongerBurst {
		t.Errorf("doubts %+v", short.Doubts)
	}
	for _, l := range read(t, s, 8, 0, 0, 0.0005).LEDs {
		if l.Pattern != led.Blink || math.Abs(l.RateHz-0.25) > 0.01 {
			t.Fatalf("8 s read as %+v", l)
		}
	}
}

// TestALightBehindSomethingIsNotOff: where something flat hides a panel, its lights are unknown and not dark.
func TestALightBehindSomethingIsNotOff(t *testing.T) {
	h := newHall(3, 2)
	d := h.devices[2]
	y := 45 + 2*66
	for i := range h.lamps { // all go dark, and stay so behind a cloth
		h.lamps[i].course = func(float64) (c [3]float64) { return c }
	}
	h.fill(66, y-40, 264, y+40, 0.05, 0.05, 0.05)
	for i := 3 * (90 * h.w); i < 3*(90*h.w+h.w); i++ {
		h.static[i] += 0.001
	}
	hidden, seen := 0, 0
	for _, l := range h.read(t, false).LEDs {
		switch {
		case l.Device == d.ID && l.Pattern == led.Off:
			t.Errorf("%s %s behind a cloth is read as %+v", l.Device, l.LED, l)
		case l.Device == d.ID:
			hidden++
		case l.Pattern == led.Off:
			seen++
		}
	}
	if hidden == 0 || seen < 20 {
		t.Errorf("%d hidden lights read, %d others off", hidden, seen)
	}
}

func TestReadRefusesFramesThatAreNot(t *testing.T) {
	s := scene()
	view := led.View{Projector: projector{s: s}, FocalPx: s.FX}
	for name, src := range map[string]burst.Source{
		"none": frames(nil), "short": frames{{Width: 9, Height: 9, BGR: make([]byte, 3)}}, "empty": frames{{}},
		"two sizes": frames{{Width: 2, Height: 2, BGR: make([]byte, 12)}, {Width: 1, Height: 1, BGR: make([]byte, 3)}},
	} {
		if _, err := led.Read(src, make([]time.Time, src.Len()), s.Target.Devices, view); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// frames is a source in memory.
type frames []burst.Frame

func (f frames) Len() int                         { return len(f) }
func (f frames) Frame(i int) (burst.Frame, error) { return f[i], nil }

// BenchmarkRead reads 152 lights in 121 frames of 1080 x 1920.
func BenchmarkRead(b *testing.B) {
	s := scene()
	s.Width, s.Height = 1080, 1920
	s.FX, s.CX, s.CY = 1371, 539.5, 959.5
	for i := range s.Target.Devices {
		d := &s.Target.Devices[i]
		for _, l := range d.LEDs {
			l.Name, l.Y = l.Name+"b", l.Y+0.02
			d.LEDs = append(d.LEDs, l)
		}
	}
	src, err := s.Source(9, 30)
	if err != nil {
		b.Fatal(err)
	}
	var held frames
	for i := range 121 {
		if i >= 9 {
			held = append(held, held[i%9])
			continue
		}
		f, err := src.Frame(i)
		if err != nil {
			b.Fatal(err)
		}
		f.BGR = append([]byte(nil), f.BGR...)
		held = append(held, f)
	}
	times := make([]time.Time, len(held))
	for i := range times {
		times[i] = src.Times[0].Add(time.Duration(i) * time.Second / 30)
	}
	view := led.View{Projector: projector{s: s}, FocalPx: s.FX, Patches: tagPatches(s)}
	for b.Loop() {
		if _, err := led.Read(held, times, s.Target.Devices, view); err != nil {
			b.Fatal(err)
		}
	}
}
