package scene_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// noon is when all shots of the tests are taken.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// pinhole is the sample robots' camera: portrait, 62° high.
func pinhole(w, h int) camera.Intrinsics {
	f := float64(h) / 2 / math.Tan(31*math.Pi/180)
	return camera.Intrinsics{FX: f, FY: f, CX: float64(w-1) / 2, CY: float64(h-1) / 2}
}

// site is a row of three racks with their fronts to the north (y = 0.55) and full of devices.
func site() *maps.Site {
	server := &maps.DeviceType{
		Manufacturer: "Generic", Model: "Server 1U", Slug: "server-1u", UHeight: 1, IsFullDepth: true,
		Thermal: maps.ThermalLimits{Emissivity: 0.9, TypicalRiseK: 14, SurfaceMaxC: 60},
		LEDs: []maps.LED{
			{Name: "health", Face: maps.Front, XMM: 455, YMM: 30, DiameterMM: 4, Normal: []maps.LEDState{{Colour: "blue", Pattern: "solid"}}},
			{Name: "power", Face: maps.Front, XMM: 455, YMM: 14, DiameterMM: 3, Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}},
			{Name: "psu1", Face: maps.Rear, XMM: 60, YMM: 30, DiameterMM: 3, Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}},
		},
	}
	for i := range 8 {
		server.LEDs = append(server.LEDs, maps.LED{Name: fmt.Sprintf("disk%d", i+1), Face: maps.Front, XMM: 40 + 48*float64(i), YMM: 10,
			DiameterMM: 3, Normal: []maps.LEDState{{Colour: "green", Pattern: "irregular"}}})
	}
	sw := &maps.DeviceType{Manufacturer: "Other", Model: "Switch 24", Slug: "switch-24", UHeight: 1, Thermal: maps.ThermalLimits{Emissivity: 0.9, TypicalRiseK: 9}}
	for i := range 24 {
		sw.LEDs = append(sw.LEDs, maps.LED{Name: fmt.Sprintf("port%d", i+1), Face: maps.Front, XMM: 60 + 15*float64(i), YMM: 36,
			DiameterMM: 2, Normal: []maps.LEDState{{Colour: "green", Pattern: "irregular"}}})
	}
	typ := &maps.RackType{ID: "42u", UHeight: 42, WidthM: 0.6, DepthM: 1.1, BaseM: 0.1, TagSizeM: 0.045}
	for _, v := range []float64{0.35, 1.0, 1.65} {
		typ.TagPlaces = append(typ.TagPlaces, maps.Point{X: 0.029, Y: v}, maps.Point{X: 0.571, Y: v})
	}
	row := &maps.Row{ID: "A", Hall: "h"}
	for i := range 3 {
		r := &maps.Rack{ID: fmt.Sprintf("A%02d", i+1), Hall: "h", Row: "A", Type: typ, Pose: maps.Pose{X: 0.3 + 0.6*float64(i), Y: 0, ThetaRad: math.Pi / 2}}
		for k := range 6 {
			r.FrontTags = append(r.FrontTags, i*12+k)
			r.RearTags = append(r.RearTags, i*12+6+k)
		}
		for u := 1; u <= 40; u++ {
			d := &maps.Device{ID: fmt.Sprintf("%s-u%02d", r.ID, u), Rack: r.ID, Type: server, Position: u, Face: maps.Front}
			if u == 20 {
				continue
			}
			if u%10 == 0 {
				d.Type = sw
			}
			r.Devices = append(r.Devices, d)
		}
		row.Racks = append(row.Racks, r)
	}
	return &maps.Site{ID: "s", Halls: []*maps.Hall{{ID: "h", Rows: []*maps.Row{row}}}}
}

// truth is a hall in good order but for what a test says.
type truth struct {
	light map[string]maps.LEDState // by device/led
	rise  map[string]float64       // K, by device
	dark  bool
}

func (t truth) Light(device string, led *maps.LED, _ time.Time) maps.LEDState {
	if st, ok := t.light[device+"/"+led.Name]; ok {
		return st
	}
	if t.dark {
		return maps.LEDState{Pattern: "off"}
	}
	return led.Normal[0]
}

func (t truth) RiseK(device string, _ time.Time) float64 { return t.rise[device] }

func times(n int, fps float64) []time.Time {
	var ts []time.Time
	for i := range n {
		ts = append(ts, noon.Add(time.Duration(float64(i)/fps*float64(time.Second))))
	}
	return ts
}

// before is the view from 1 m before the middle rack's front.
func before(heightM, yawRad float64) scene.View {
	// The robot stands so that the axis meets the rack's middle.
	return scene.View{Hall: "h", HeightM: heightM, Pose: maps.Pose{X: 0.9 + math.Tan(yawRad), Y: 1.55, ThetaRad: -math.Pi/2 - yawRad}}
}

func render(t fataler, s *scene.Scene, shot scene.Shot, tr scene.Truth) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Render(&b, shot, tr); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func newScene(t testing.TB, seed uint64) *scene.Scene {
	t.Helper()
	s, err := scene.New(site(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A fataler is a test, rapid's or Go's.
type fataler interface {
	Helper()
	Fatal(args ...any)
}
