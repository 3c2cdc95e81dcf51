package heat_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/heat"
	"pgregory.net/rapid"
)

// rack has devices of 2 units from the bottom to the top, all of a type.
func rack(id string) *maps.Rack {
	r := &maps.Rack{ID: id, Type: &maps.RackType{UHeight: 42, WidthM: 0.6, DepthM: 1.1, BaseM: 0.08}}
	kind := &maps.DeviceType{
		Slug: "acme-r2", UHeight: 2, IsFullDepth: true, Thermal: maps.ThermalLimits{Emissivity: 0.92, TypicalRiseK: 12},
	}
	for u := 1; u < 42; u += 2 {
		r.Devices = append(r.Devices, &maps.Device{ID: fmt.Sprintf("%s-%d", id, u), Position: u, Face: maps.Front, Type: kind})
	}
	return r
}

// straight is a camera that looks straight at the middle of a rack from 1.1 m.
func straight(r *maps.Rack) heat.Scene {
	return heat.Scene{Rack: r, Face: maps.Front, CameraX: 0.3, CameraY: 1.1, CameraZ: 1.1, InletC: 22}
}

func picture(seed uint64, s heat.Scene) heat.Result {
	return heat.Picture(rand.New(rand.NewPCG(seed, 1)), s)
}

// within returns the temperatures of a box of the face, m, as a camera shows it that looks straight ahead.
func within(p heat.Result, s heat.Scene, x0, y0, x1, y1 float64) []float64 {
	fx := float64(p.Width) / 2 / math.Tan(p.HFOVRad/2)
	fy := float64(p.Height) / 2 / math.Tan(p.VFOVRad/2)
	var c []float64
	for row := range p.Height {
		for col := range p.Width {
			x := s.CameraX + p.OffsetRightM + (float64(col)-float64(p.Width-1)/2)/fx*s.CameraZ
			y := s.CameraY + p.OffsetUpM + (float64(p.Height-1)/2-float64(row))/fy*s.CameraZ
			if x > x0 && x < x1 && y > y0 && y < y1 {
				c = append(c, float64(p.C[row*p.Width+col]))
			}
		}
	}
	slices.Sort(c)
	return c
}

func median(c []float64) float64 {
	if len(c) == 0 {
		return math.NaN()
	}
	return c[len(c)/2]
}

// deviceMedian is of the device that begins at unit u.
func deviceMedian(p heat.Result, s heat.Scene, u int) float64 {
	y := s.Rack.UnitBottomM(u)
	return median(within(p, s, 0.1, y+0.01, 0.5, y+2*maps.UnitM-0.01))
}

func TestApparentOfTheSensorsOwnEmissivityIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, air := rapid.Float64Range(5, 90).Draw(t, "surface"), rapid.Float64Range(10, 45).Draw(t, "air")
		if got := heat.Apparent(c, 0.95, air, air); math.Abs(got-c) > 1e-6 {
			t.Fatalf("a surface of %v reads %v", c, got)
		}
		// From what is reported the surface follows again, when its emissivity and what it reflects are known.
		e := rapid.Float64Range(0.1, 1).Draw(t, "emissivity")
		k := func(c float64) float64 { return math.Pow(c+273.15, 4) }
		radiance := 0.95*k(heat.Apparent(c, e, air+3, air)) + 0.05*k(air)
		back := math.Pow((radiance-(1-e)*k(air+3))/e, 0.25) - 273.15
		if math.Abs(back-c) > 1e-6 {
			t.Fatalf("a surface of %v comes back as %v", c, back)
		}
	})
}

func TestBareMetalReadsTheAisle(t *testing.T) {
	if got := heat.Apparent(60, 0.05, 25, 25); got > 28 {
		t.Errorf("bare metal of 60 °C reads %.1f °C, though it mostly reflects 25 °C", got)
	}
	// FACTS.md 4: emissivity 0.60 instead of 0.95 weighs some 15 K at usual temperatures of hot parts.
	if got := heat.Apparent(65, 0.60, 22, 22); got > 55 {
		t.Errorf("a dull surface of 65 °C reads %.1f °C", got)
	}
}

func TestHotDeviceShowsInItsPlaceAlone(t *testing.T) {
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		s := straight(rack(id))
		usual := picture(5, s)
		s.HotK = map[string]float64{id + "-23": 6}
		hot := picture(5, s)
		for u := 17; u <= 29; u += 2 {
			rise := deviceMedian(hot, s, u) - deviceMedian(usual, s, u)
			switch {
			case u == 23 && (rise < 3 || rise > 6.5):
				t.Errorf("rack %s: the hot device rose by %.2f K, not by about 6", id, rise)
			case (u == 21 || u == 25) && (rise < 0 || rise > 1.6):
				t.Errorf("rack %s: a neighbour rose by %.2f K", id, rise)
			case (u < 21 || u > 25) && math.Abs(rise) > 0.1:
				t.Errorf("rack %s: the device at unit %d rose by %.2f K", id, u, rise)
			}
		}
	}
}

func TestSameSeedGivesTheSamePicture(t *testing.T) {
	s := straight(rack("a"))
	if !slices.Equal(picture(3, s).C, picture(3, s).C) {
		t.Error("two pictures of one seed differ")
	}
	if slices.Equal(picture(3, s).C, picture(4, s).C) {
		t.Error("two seeds give one picture")
	}
}

func TestDevicesKeepTheirHabitsFromLookToLook(t *testing.T) {
	s := straight(rack("b"))
	s.Commission = true
	between := func(seed uint64, u int) float64 {
		p := picture(seed, s)
		return deviceMedian(p, s, u) - deviceMedian(p, s, 25)
	}
	apart := 0.0
	for u := 19; u <= 31; u += 2 {
		if a, b := between(1, u), between(2, u); math.Abs(a-b) > 1.2 {
			t.Errorf("unit %d stands %.2f K above its peer in one look and %.2f K in the next", u, a, b)
		}
		apart = max(apart, math.Abs(between(1, u)))
	}
	if apart < 0.3 {
		t.Errorf("all devices are alike to %.2f K", apart)
	}
}

func TestLooksOfOneVisitShareTheAir(t *testing.T) {
	s := straight(rack("b"))
	s.Visit = 17
	soon := math.Abs(picture(1, s).AirC - picture(2, s).AirC)
	if soon > 1 {
		t.Errorf("the inlet changed by %.2f K between two looks of one visit", soon)
	}
	apart := 0.0
	for visit := uint64(18); visit < 30; visit++ {
		s.Visit = visit
		apart = max(apart, math.Abs(picture(1, s).AirC-s.InletC))
	}
	if apart < 0.5 || apart > 4 {
		t.Errorf("over the visits the inlet drifts by %.2f K at most", apart)
	}
}

func TestPerforatedDoorTakesAwayALoadsHeat(t *testing.T) {
	r := rack("c")
	r.Doors = []maps.Door{{Face: maps.Front, Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.06}}
	rise := func(door string) float64 {
		s := straight(r)
		s.Door = door
		s.DoorDeg = 110
		usual := deviceMedian(picture(5, s), s, 23)
		s.HotK = map[string]float64{"c-23": 10}
		return deviceMedian(picture(5, s), s, 23) - usual
	}
	open, closed := rise("open"), rise("closed")
	if share := closed / open; share < 0.55 || share > 0.7 {
		t.Errorf("of %.1f K a closed perforated door lets %.1f K through", open, closed)
	}
	r.Doors[0].Kind = maps.GlassDoor
	if through := rise("closed"); math.Abs(through) > 0.05 {
		t.Errorf("glass is opaque in the infrared, yet %.2f K come through", through)
	}
}

func TestStandingLiquidIsCool(t *testing.T) {
	s := straight(rack("d"))
	s.CameraY, s.CameraZ, s.PitchRad = 0.7, 1.0, -0.5
	dry := picture(6, s)
	s.WetFloor = true
	wet := picture(6, s)
	most := 0.0
	for i := range wet.C {
		most = max(most, float64(dry.C[i]-wet.C[i]))
	}
	if most < 1.2 || most > 3.5 {
		t.Errorf("the wet floor is at most %.2f K cooler than the dry one", most)
	}
}

func TestWarmThingMovesWithTheCamera(t *testing.T) {
	warmest := func(cameraX float64) (faceX float64) {
		s := straight(rack("a"))
		for i, d := range s.Rack.Devices { // some types are glossy
			kind := *d.Type
			kind.Slug = fmt.Sprintf("type-%d", i)
			d.Type = &kind
		}
		s.CameraX = cameraX
		plain := picture(8, s)
		s.Warm = &heat.Source{X: 0.3, Y: 1.1, Z: 1.4, SizeM: 0.3, RiseK: 6}
		p := picture(8, s)
		best, at := 0.0, 0
		for i := range p.C {
			if d := float64(p.C[i] - plain.C[i]); d > best {
				best, at = d, i
			}
		}
		if best < 2 {
			t.Fatalf("the lamp adds %.2f K at most", best)
		}
		fx := float64(p.Width) / 2 / math.Tan(p.HFOVRad/2)
		return s.CameraX + p.OffsetRightM + (float64(at%p.Width)-float64(p.Width-1)/2)/fx*s.CameraZ
	}
	if moved := warmest(0.4) - warmest(0.2); moved < 0.06 {
		t.Errorf("the lamp's image moved by %.3f m while the camera moved by 0.2 m", moved)
	}
}

func TestRearBlowsOutWhatTheTypeUsuallyDoes(t *testing.T) {
	s := straight(rack("e"))
	s.Commission = true
	front := deviceMedian(picture(2, s), s, 23)
	s.Face = maps.Rear
	if rise := deviceMedian(picture(2, s), s, 23) - front; rise < 4 || rise > 18 {
		t.Errorf("the rear is %.1f K warmer than the front", rise)
	}
}

func TestNeverPanicsAndStaysFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := straight(rack("f"))
		s.CameraX = rapid.Float64Range(-2, 3).Draw(t, "x")
		s.CameraY = rapid.Float64Range(0, 3).Draw(t, "y")
		s.CameraZ = rapid.Float64Range(-1, 4).Draw(t, "z")
		s.YawRad = rapid.Float64Range(-4, 4).Draw(t, "yaw")
		s.PitchRad = rapid.Float64Range(-2, 2).Draw(t, "pitch")
		s.Moved = map[string]int{"f-3": rapid.IntRange(-5, 60).Draw(t, "unit")}
		s.MissingPanels, s.Missing, s.Hard = []int{-3, 99}, []string{"f-5", "nobody"}, true
		for i, c := range picture(rapid.Uint64().Draw(t, "seed"), s).C {
			if math.IsNaN(float64(c)) || c < -60 || c > 120 {
				t.Fatalf("pixel %d reads %v °C", i, c)
			}
		}
	})
}

func BenchmarkPicture(b *testing.B) {
	s := straight(rack("a"))
	s.Hard = true
	rng := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		heat.Picture(rng, s)
	}
}
