package thermal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// A warmth is a rack face with temperatures, and a thermal camera before it that looks straight at it but for a roll.
type warmth struct {
	target        vision.Target
	airC          float64
	deviceC       map[string]float64
	metalC        float64 // what bare metal mirrors
	cols, rows    int
	hfov, vfov    float64
	x, y, z, roll float64
	lens          float64 // standard deviation of the blur, px
	noise, drift  float64 // K
	fixed         float64 // K, of each pixel
	dead          int
	rightM        float64
	seed          uint64
}

// units makes a rack of devices of one height at 1.1 m from an MLX90640.
func units(height int) *warmth {
	w := &warmth{
		target: vision.Target{Rack: "A01", Face: maps.Front, WidthM: 0.6, BaseM: 0.1, UHeight: 42, FromU: 1, ToU: 22},
		airC:   22, deviceC: map[string]float64{}, metalC: 30, cols: 24, rows: 32, hfov: 35 * math.Pi / 180, vfov: 55 * math.Pi / 180,
		x: 0.31, y: 0.62, z: 1.1, roll: 0.01, lens: 0.6, noise: 0.1, drift: 0.7, rightM: 0.03, seed: 1,
	}
	for u := 1; u+height-1 <= 42; u += height {
		id := fmt.Sprintf("srv-%02d", u)
		y := w.target.BaseM + float64(u-1)*maps.UnitM
		left := (w.target.WidthM - maps.PanelWidthM) / 2
		w.target.Devices = append(w.target.Devices, vision.TargetDevice{
			ID: id, Type: "server", Unit: u, UHeight: height, Emissivity: 0.9,
			Min: maps.Point{X: left, Y: y}, Max: maps.Point{X: left + maps.PanelWidthM, Y: y + float64(height)*maps.UnitM},
		})
		w.deviceC[id] = 26 + 0.8*y
	}
	return w
}

// lepton puts a Lepton 3.5 in the camera's place.
func (w *warmth) lepton() *warmth {
	w.cols, w.rows, w.hfov, w.vfov = 120, 160, 44*math.Pi/180, 57*math.Pi/180
	return w
}

// Rays is the visual camera's view of a point.
func (w *warmth) Rays(x, y float64) (cx, cy, cz float64) {
	sin, cos := math.Sincos(w.roll)
	dx, dy := x-w.x, w.y-y
	return cos*dx - sin*dy, sin*dx + cos*dy, w.z
}

// sent is what a point of the face sends, in °C of a surface that emits 0.95.
func (w *warmth) sent(x, y float64) float64 {
	pow := func(c float64) float64 { return math.Pow(c+273.15, 4) }
	seen := func(c, e, mirrored float64) float64 {
		q := e*pow(c) + (1-e)*pow(mirrored)
		return math.Pow((q-0.05*pow(w.airC))/0.95, 0.25) - 273.15
	}
	for _, d := range w.target.Devices {
		if x < d.Min.X || x > d.Max.X || y < d.Min.Y || y > d.Max.Y {
			continue
		}
		for _, m := range d.Materials {
			if x >= m.Min.X && x <= m.Max.X && y >= m.Min.Y && y <= m.Max.Y {
				return seen(w.deviceC[d.ID], m.Emissivity, w.metalC)
			}
		}
		return seen(w.deviceC[d.ID], d.Emissivity, w.airC)
	}
	return w.airC + 1
}

// frame takes the picture.
func (w *warmth) frame() vision.ThermalFrame {
	rng := rand.New(rand.NewPCG(w.seed, 7))
	f := vision.ThermalFrame{Width: w.cols, Height: w.rows, HFOVRad: w.hfov, VFOVRad: w.vfov, OffsetRightM: w.rightM}
	fx, fy := float64(w.cols)/2/math.Tan(w.hfov/2), float64(w.rows)/2/math.Tan(w.vfov/2)
	sin, cos := math.Sincos(-w.roll)
	n := 600 // random points of the lens and the pixel
	if w.cols > 100 {
		n = 60
	}
	for v := range w.rows {
		for u := range w.cols {
			sum := 0.0
			for range n {
				px := float64(u) + rng.Float64() - 0.5 + w.lens*rng.NormFloat64()
				py := float64(v) + rng.Float64() - 0.5 + w.lens*rng.NormFloat64()
				cx := (px-float64(w.cols-1)/2)/fx*w.z + w.rightM
				cy := (py - float64(w.rows-1)/2) / fy * w.z
				sum += w.sent(w.x+cos*cx-sin*cy, w.y-(sin*cx+cos*cy))
			}
			f.C = append(f.C, float32(sum/float64(n)+w.drift+w.noise*rng.NormFloat64()+w.fixed*rng.NormFloat64()))
		}
	}
	for range w.dead {
		f.C[rng.IntN(len(f.C))] = float32(rng.IntN(2)) * 120
	}
	return f
}

func (w *warmth) read(t testing.TB) map[string]vision.TemperatureReading {
	t.Helper()
	devices, _, err := thermal.Read(w.frame(), w.target, w, &w.airC, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]vision.TemperatureReading{}
	for _, d := range devices {
		out[d.Device] = d
	}
	return out
}

// TestAHotUnitIsTheOnlyHotUnit: pixels as large as a unit and a lens that blurs by as much, and still the heat is where it
// is and its neighbours have none of it, but for what the reading itself says that it is unsure by.
func TestAHotUnitIsTheOnlyHotUnit(t *testing.T) {
	for name, tc := range map[string]struct {
		w         *warmth
		hot       string
		excess    float64
		off, near float64 // K: error of the hot device, and of all others
	}{
		"1U, 24 x 32":         {units(1), "srv-12", 6, 1.2, 1.2},
		"1U, 24 x 32, faint":  {units(1), "srv-09", 3, 0.8, 0.6},
		"2U, 24 x 32":         {units(2), "srv-11", 12, 0.8, 0.8},
		"1U, 120 x 160":       {units(1).lepton(), "srv-12", 6, 0.3, 0.3},
		"1U, 120 x 160, 40 K": {units(1).lepton(), "srv-12", 40, 1.0, 1.0},
	} {
		t.Run(name, func(t *testing.T) {
			tc.w.deviceC[tc.hot] += tc.excess
			tc.w.dead = 5
			got := tc.w.read(t)
			if len(got) < 10 {
				t.Fatalf("%d devices read", len(got))
			}
			for id, r := range got {
				off := r.MedianC - tc.w.deviceC[id] - tc.w.drift
				limit := tc.near
				if id == tc.hot {
					limit = tc.off
				}
				if math.Abs(off) > max(limit, 2.5*r.SigmaK) {
					t.Errorf("%s reads %.2f, is %.2f, sigma %.2f", id, r.MedianC, tc.w.deviceC[id]+tc.w.drift, r.SigmaK)
				}
			}
		})
	}
}

// TestBareMetalIsNobodysTemperature: a polished part mirrors something warm, and the device beneath is read as it is; a
// dull part is corrected for what it emits.
func TestBareMetalIsNobodysTemperature(t *testing.T) {
	for name, w := range map[string]*warmth{"24 x 32": units(2), "120 x 160": units(2).lepton()} {
		t.Run(name, func(t *testing.T) {
			w.metalC, w.drift = 45, 0
			for i := range w.target.Devices {
				d := &w.target.Devices[i]
				polished := vision.TargetMaterial{
					Min: maps.Point{X: d.Min.X + 0.05, Y: d.Min.Y + 0.01}, Max: maps.Point{X: d.Min.X + 0.2, Y: d.Max.Y - 0.01}, Emissivity: 0.15,
				}
				switch d.ID {
				case "srv-09":
					d.Materials = []vision.TargetMaterial{polished}
				case "srv-13":
					d.Emissivity = 0.6
					w.deviceC[d.ID] += 8
				case "srv-17":
					d.Emissivity = 0.2
				}
			}
			got := w.read(t)
			for _, id := range []string{"srv-09", "srv-11", "srv-13"} {
				if off := got[id].MedianC - w.deviceC[id]; math.Abs(off) > 0.6 {
					t.Errorf("%s is off by %.2f K", id, off)
				}
			}
			if r := got["srv-09"]; r.P95C > w.deviceC["srv-09"]+2.5 {
				t.Errorf("the mirror shows as a spot of %.1f °C", r.P95C)
			}
			if r, ok := got["srv-17"]; ok {
				t.Errorf("a device that mirrors has a temperature: %+v", r)
			}
		})
	}
}

func BenchmarkReadLepton(b *testing.B) { benchmark(b, units(1).lepton()) }

func BenchmarkReadMLX90640(b *testing.B) { benchmark(b, units(1)) }

func benchmark(b *testing.B, w *warmth) {
	f := w.frame()
	b.ResetTimer()
	for range b.N {
		if _, _, err := thermal.Read(f, w.target, w, &w.airC, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAUnitReadsTheSameWhereverItFallsOnThePixels: servers of one unit that stand out of what is between them, as at a rear,
// have the same temperature from every height of the camera.
func TestAUnitReadsTheSameWhereverItFallsOnThePixels(t *testing.T) {
	w := units(1)
	w.drift, w.noise, w.lens = 0, 0.05, 0.45
	for i, d := range w.target.Devices {
		w.deviceC[d.ID] = 28
		if i%4 == 2 {
			w.deviceC[d.ID] = 36
		}
	}
	least, most := map[string]float64{}, map[string]float64{}
	for k := range 9 {
		w.y, w.seed = 0.6+0.005*float64(k), uint64(k)
		for id, r := range w.read(t) {
			if lo, hi := w.y-0.5, w.y+0.5; w.deviceC[id] < 30 || w.bottom(id) < lo || w.bottom(id)+maps.UnitM > hi {
				continue
			}
			if _, seen := least[id]; !seen {
				least[id], most[id] = r.P95C, r.P95C
			}
			least[id], most[id] = min(least[id], r.P95C), max(most[id], r.P95C)
		}
	}
	if len(least) < 4 {
		t.Fatalf("%d servers are seen", len(least))
	}
	for id := range least {
		t.Logf("%s reads %.2f to %.2f", id, least[id], most[id])
		if most[id]-least[id] > 1 {
			t.Errorf("%s, of 36 °C, reads %.2f to %.2f °C", id, least[id], most[id])
		}
	}
}

// bottom is a device's lower edge, m.
func (w *warmth) bottom(id string) float64 {
	for _, d := range w.target.Devices {
		if d.ID == id {
			return d.Min.Y
		}
	}
	return math.NaN()
}
