package scene_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// small is a shot of a quarter of the usual size.
func small(v scene.View, ts []time.Time) scene.Shot {
	return scene.Shot{View: v, Width: 360, Height: 640, Intrinsics: pinhole(360, 640), Times: ts}
}

// pixelOf is where a light of the middle rack's front must be in a picture from straight before it, px.
func pixelOf(shot scene.Shot, unit int, led maps.LED) (x, y int) {
	right := -0.3 + (0.6-maps.PanelWidthM)/2 + led.XMM/1000
	up := 0.1 + float64(unit-1)*maps.UnitM + led.YMM/1000 - shot.View.HeightM
	return int(shot.Intrinsics.CX + shot.Intrinsics.FX*right + 0.5), int(shot.Intrinsics.CY - shot.Intrinsics.FY*up + 0.5)
}

// brightest is the largest sum of a pixel's channels within 2 px of a place in frame n.
func brightest(shot scene.Shot, frames []byte, n, x, y int) int {
	best := 0
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			o := 3 * ((n*shot.Height+y+dy)*shot.Width + x + dx)
			best = max(best, int(frames[o])+int(frames[o+1])+int(frames[o+2]))
		}
	}
	return best
}

func TestOneSeedGivesOnePicture(t *testing.T) {
	shot := small(before(1, 0.1), times(3, 30))
	a := render(t, newScene(t, 5), shot, truth{})
	if !bytes.Equal(a, render(t, newScene(t, 5), shot, truth{})) {
		t.Error("two scenes of one seed differ")
	}
	if bytes.Equal(a, render(t, newScene(t, 6), shot, truth{})) {
		t.Error("another seed gives the same noise")
	}
	if want := 3 * 360 * 640 * 3; len(a) != want {
		t.Errorf("3 frames have %d bytes, want %d", len(a), want)
	}
}

func TestLightsBlinkAtTheirRateWhereTheyAre(t *testing.T) {
	s := newScene(t, 5)
	led := site().Halls[0].Rows[0].Racks[1].Devices[14].Type.LEDs[3] // disk1 of unit 15
	for _, hz := range []float64{0.5, 1, 2, 4, 7} {
		tr := truth{dark: true, light: map[string]maps.LEDState{"A02-u15/" + led.Name: {Colour: "amber", Pattern: "blink", RateHz: hz}}}
		shot := small(before(0.8, 0), times(120, 30))
		frames := render(t, s, shot, tr)
		x, y := pixelOf(shot, 15, led)
		edges, lit := 0, 0
		was := brightest(shot, frames, 0, x, y) > 330
		for n := range shot.Times {
			is := brightest(shot, frames, n, x, y) > 330
			if is {
				lit++
			}
			if is != was {
				edges++
			}
			was = is
		}
		if want := 2 * hz * 4; math.Abs(float64(edges)-want) > 1.5 {
			t.Errorf("%.1f Hz: %d edges in 4 s, want %.0f", hz, edges, want)
		}
		if duty := float64(lit) / 120; duty < 0.4 || duty > 0.6 {
			t.Errorf("%.1f Hz: lit for %.0f %% of the frames, want half", hz, 100*duty)
		}
	}
}

func TestTrafficIsIrregular(t *testing.T) {
	s := newScene(t, 5)
	led := site().Halls[0].Rows[0].Racks[1].Devices[14].Type.LEDs[3]
	shot := small(before(0.8, 0), times(120, 30))
	frames := render(t, s, shot, truth{})
	x, y := pixelOf(shot, 15, led)
	runs := map[int]int{}
	run, was := 0, false
	for n := range shot.Times {
		is := brightest(shot, frames, n, x, y) > 330
		if is != was {
			runs[run]++
			run = 0
		}
		run++
		was = is
	}
	if len(runs) < 4 {
		t.Errorf("the flicker has runs of %d lengths only (%v): that is a blink", len(runs), runs)
	}
}

func TestHaloShowsTheHueAndTheCentreClips(t *testing.T) {
	s := newScene(t, 5)
	led := site().Halls[0].Rows[0].Racks[1].Devices[14].Type.LEDs[0] // health, 4 mm
	shot := scene.Shot{View: before(0.8, 0), Width: 720, Height: 1280, Intrinsics: pinhole(720, 1280), Times: times(1, 30)}
	for colour, want := range map[string]float64{"amber": 34, "red": 4, "green": 84, "blue": 222} {
		tr := truth{dark: true, light: map[string]maps.LEDState{"A02-u15/health": {Colour: colour, Pattern: "solid"}}}
		frame := render(t, s, shot, tr)
		x, y := pixelOf(shot, 15, led)
		centre := frame[3*(y*720+x):][:3]
		if max(centre[0], centre[1], centre[2]) < 250 {
			t.Errorf("%s: the centre is %v, want a clipped channel", colour, centre)
		}
		rim := frame[3*((y-3)*720+x):][:3]
		if hue := hueDeg(rim); math.Abs(math.Remainder(hue-want, 360)) > 25 {
			t.Errorf("%s: the halo's hue is %.0f°, want about %.0f° (%v)", colour, hue, want, rim)
		}
	}
}

// hueDeg is the hue of a blue, green, red pixel, 0..360.
func hueDeg(px []byte) float64 {
	b, g, r := float64(px[0]), float64(px[1]), float64(px[2])
	hi, lo := max(b, g, r), min(b, g, r)
	switch hi {
	case lo:
		return 0
	case r:
		return math.Mod(60*(g-b)/(hi-lo)+360, 360)
	case g:
		return 60*(b-r)/(hi-lo) + 120
	default:
		return 60*(r-g)/(hi-lo) + 240
	}
}

func TestShorterExposureIsDarker(t *testing.T) {
	s := newScene(t, 5)
	sum := func(exposure time.Duration) (total int) {
		shot := small(before(1, 0), times(1, 30))
		shot.Exposure = exposure
		for _, v := range render(t, s, shot, truth{}) {
			total += int(v)
		}
		return total
	}
	if full, half := sum(8*time.Millisecond), sum(4*time.Millisecond); half >= full*85/100 || half < full/2 {
		t.Errorf("half the exposure takes the picture from %d to %d", full, half)
	}
}

func TestViewsThatMeetNoRackAreDark(t *testing.T) {
	s := newScene(t, 5)
	for _, v := range []scene.View{
		{Hall: "none", HeightM: 1},
		{Hall: "h", HeightM: 1, Pose: maps.Pose{X: 0.9, Y: 1.5, ThetaRad: math.Pi / 2}},
		{Hall: "h", HeightM: 1, Pose: maps.Pose{X: math.NaN(), Y: 1.5}},
		{Hall: "h", HeightM: 1, Pose: maps.Pose{X: -40, Y: 0.56, ThetaRad: -0.01}},
	} {
		for _, b := range render(t, s, small(v, times(1, 30)), truth{}) {
			if b > 60 {
				t.Fatalf("view %+v shows something", v)
			}
		}
	}
}

func TestImpossibleShotsAreRefused(t *testing.T) {
	s := newScene(t, 5)
	ok := small(before(1, 0), times(1, 30))
	for name, spoil := range map[string]func(*scene.Shot){
		"no width":   func(s *scene.Shot) { s.Width = 0 },
		"huge":       func(s *scene.Shot) { s.Height = 1 << 20 },
		"no focus":   func(s *scene.Shot) { s.Intrinsics = camera.Intrinsics{} },
		"distortion": func(s *scene.Shot) { s.Intrinsics.Dist[0] = 0.1 },
		"exposure":   func(s *scene.Shot) { s.Exposure = -1 },
	} {
		shot := ok
		spoil(&shot)
		if err := s.Render(&bytes.Buffer{}, shot, truth{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := s.Render(full{}, ok, truth{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk gives %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
