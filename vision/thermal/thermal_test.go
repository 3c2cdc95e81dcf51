package thermal_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// straight is a camera 1 m before the point (0.3, 0.6) of the face.
type straight struct{}

func (straight) Rays(x, y float64) (cx, cy, cz float64) { return x - 0.3, 0.6 - y, 1 }

func frame(c func(x, y int) float32) vision.ThermalFrame {
	f := vision.ThermalFrame{Width: 24, Height: 32, HFOVRad: 35 * math.Pi / 180, VFOVRad: 55 * math.Pi / 180}
	for y := range f.Height {
		for x := range f.Width {
			f.C = append(f.C, c(x, y))
		}
	}
	return f
}

func TestReadMeasuresWhatItSees(t *testing.T) {
	target := vision.Target{WidthM: 0.6, BaseM: 0.1, FromU: 1, ToU: 4, Devices: []vision.TargetDevice{
		{ID: "seen", Unit: 10, UHeight: 2, Emissivity: 0.95, Min: maps.Point{X: 0.06, Y: 0.5}, Max: maps.Point{X: 0.54, Y: 0.59}},
		{ID: "above", Unit: 40, UHeight: 2, Emissivity: 0.95, Min: maps.Point{X: 0.06, Y: 1.8}, Max: maps.Point{X: 0.54, Y: 1.9}},
		{ID: "mirror", Unit: 12, UHeight: 2, Emissivity: 0.1, Min: maps.Point{X: 0.06, Y: 0.6}, Max: maps.Point{X: 0.54, Y: 0.69}},
	}}
	devices, units, err := thermal.Read(frame(func(int, int) float32 { return 30 }), target, straight{}, nil, nil)
	if err != nil || len(devices) != 1 || devices[0].Device != "seen" || math.Abs(devices[0].P95C-30) > 1e-3 {
		t.Fatalf("%+v %v", devices, err)
	}
	if len(units) != 4 {
		t.Errorf("%d bare units, want 4", len(units))
	}
}

func TestReadRefusesWhatIsNoFrame(t *testing.T) {
	f := frame(func(int, int) float32 { return 30 })
	f.C = f.C[1:]
	if _, _, err := thermal.Read(f, vision.Target{}, straight{}, nil, nil); err == nil {
		t.Error("took a frame with a pixel missing")
	}
}

// TestReadNeverPanics: whatever a frame, a target and a camera say, a reading is a number.
func TestReadNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.OneOf(rapid.Float64Range(-3, 3), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0}))
		f := vision.ThermalFrame{
			Width: rapid.IntRange(-1, 40).Draw(t, "w"), Height: rapid.IntRange(-1, 120).Draw(t, "h"),
			HFOVRad: odd.Draw(t, "hfov"), VFOVRad: odd.Draw(t, "vfov"), OffsetUpM: odd.Draw(t, "up"), Emissivity: odd.Draw(t, "assumed"),
		}
		warm := rapid.OneOf(rapid.Float32Range(10, 40), rapid.SampledFrom([]float32{float32(math.NaN()), float32(math.Inf(1)), 1e30, -300}))
		some := rapid.SliceOfN(warm, 7, 7).Draw(t, "c")
		for i := range max(0, f.Width) * max(0, f.Height) {
			f.C = append(f.C, some[i*i%7])
		}
		target := vision.Target{
			WidthM: odd.Draw(t, "width"), BaseM: odd.Draw(t, "base"), UHeight: rapid.IntRange(-5, 200).Draw(t, "u"),
			FromU: rapid.IntRange(-5, 5).Draw(t, "from"), ToU: rapid.IntRange(-5, 60).Draw(t, "to"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "devices") {
			at := func() maps.Point { return maps.Point{X: odd.Draw(t, "x"), Y: odd.Draw(t, "y")} }
			target.Devices = append(target.Devices, vision.TargetDevice{
				ID: "d", Unit: 1, UHeight: 1, Min: at(), Max: at(), Emissivity: odd.Draw(t, "e"),
				Materials: []vision.TargetMaterial{{Min: at(), Max: at(), Emissivity: odd.Draw(t, "material")}},
			})
		}
		devices, units, err := thermal.Read(f, target, straight{}, nil, nil)
		if err != nil {
			return
		}
		for _, r := range slices.Concat(devices, units) {
			if math.IsNaN(r.MaxC + r.P95C + r.MedianC + r.SigmaK) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// TestCorrection: the same radiation means a hotter surface when it emits less, and nothing at the temperature of the
// surroundings; 0.95 seen as 0.95 changes nothing.
func TestCorrection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, air := rapid.Float64Range(-10, 120).Draw(t, "c"), rapid.Float64Range(10, 40).Draw(t, "air")
		if d := thermal.Corrected(c, 0.95, 0.95, air) - c; math.Abs(d) > 1e-6 {
			t.Fatalf("off by %g", d)
		}
		got := thermal.Corrected(c, 0.95, 0.6, air)
		if (got-c)*(c-air) < -1e-9 {
			t.Fatalf("%g in %g became %g", c, air, got)
		}
	})
}

func TestHotSpotsStandOut(t *testing.T) {
	f := frame(func(x, y int) float32 {
		switch {
		case x > 3 && x < 7 && y > 3 && y < 6:
			return 50 + float32(x)
		case x == 20 && y == 20:
			return float32(math.NaN())
		}
		return 25
	})
	g := thermal.Grid{Width: f.Width, Height: f.Height, C: f.C}
	spots := thermal.HotSpots(g)
	if len(spots) != 1 || spots[0].X != 6 || spots[0].MaxC != 56 || spots[0].Pixels != 6 {
		t.Fatalf("%+v", spots)
	}
	img, err := thermal.Draw(g, spots)
	if err != nil {
		t.Fatal(err)
	}
	// The coldest colour of matplotlib's inferno, at a pixel of 25 degrees, and no other size than the enlarged frame's.
	if r, gr, b, _ := img.At(1, 1).RGBA(); r>>8 != 0 || gr>>8 != 0 || b>>8 != 4 || img.Rect.Dy() != 384 {
		t.Errorf("coldest pixel is %d %d %d in a picture %v", r>>8, gr>>8, b>>8, img.Rect)
	}
	if _, err := thermal.Draw(thermal.Grid{Width: 2, Height: 2}, nil); err == nil {
		t.Error("drew a grid without values")
	}
}
