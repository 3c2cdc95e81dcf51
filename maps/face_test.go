package maps_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestFacePoseIsTheMiddleOfTheFace(t *testing.T) {
	r, _ := small(t).Rack("R1") // at 3, 3, its front to the north, 1.1 m deep
	if p := r.FacePose(maps.Front); !near(p.X, 3) || !near(p.Y, 3.55) || !near(p.ThetaRad, math.Pi/2) {
		t.Errorf("front %+v", p)
	}
	if p := r.FacePose(maps.Rear); !near(p.X, 3) || !near(p.Y, 2.45) || !near(p.ThetaRad, -math.Pi/2) {
		t.Errorf("rear %+v", p)
	}
	// Who looks at the front looks south: the face's left edge lies to the east.
	if x, y, z := r.FaceToHall(maps.Front, maps.Point{X: 0, Y: 1}); !near(x, 3.3) || !near(y, 3.55) || z != 1 {
		t.Errorf("left edge of the front at %g, %g, %g", x, y, z)
	}
	if x, y, _ := r.FaceToHall(maps.Rear, maps.Point{X: 0.6}); !near(x, 3.3) || !near(y, 2.45) {
		t.Errorf("right edge of the rear at %g, %g", x, y)
	}
}

func TestFaceAndHallAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &maps.Rack{
			Type: &maps.RackType{WidthM: 0.6, DepthM: 1.1},
			Pose: maps.Pose{X: rapid.Float64Range(-50, 50).Draw(t, "x"), Y: rapid.Float64Range(-50, 50).Draw(t, "y"), ThetaRad: rapid.Float64Range(-4, 4).Draw(t, "theta")},
		}
		face := rapid.SampledFrom([]maps.Face{maps.Front, maps.Rear}).Draw(t, "face")
		want := rapid.Float64Range(0, 0.6).Draw(t, "faceX")
		x, y, _ := r.FaceToHall(face, maps.Point{X: want})
		if got, out := r.HallToFace(face, x, y); !near(got, want) || !near(out, 0) {
			t.Fatalf("face x %g came back as %g, %g before it", want, got, out)
		}
	})
}

func TestUnitsCountFromTheBottom(t *testing.T) {
	r, _ := small(t).Rack("R1")
	for u, want := range map[int]float64{1: 0.1, 5: 0.1 + 4*0.04445, 20: 0.1 + 19*0.04445} {
		if got := r.UnitBottomM(u); !near(got, want) {
			t.Errorf("U%d begins at %g m: want %g", u, got, want)
		}
	}
}

func TestFullDepthDevicesShowTheirRear(t *testing.T) {
	r, _ := small(t).Rack("R1")
	got := map[string]maps.Face{}
	for _, s := range r.Shown(maps.Rear) {
		got[s.Device.ID] = s.DeviceFace
	}
	if len(got) != 2 || got["d1"] != maps.Rear || got["d3"] != maps.Front {
		t.Errorf("on the rear: %v: want d1's rear and d3's front", got)
	}
	if front := r.Shown(maps.Front); !slices.ContainsFunc(front, func(s maps.ShownDevice) bool {
		return s.Device.ID == "d2" && s.Min.Y < 0.1+8.5*maps.UnitM && s.Max.Y > 0.1+8.5*maps.UnitM
	}) {
		t.Errorf("on the front: %v: want d2 over the middle of U9", front)
	}
	s := r.Shown(maps.Rear)[0]
	leds := s.LEDs()
	if len(leds) != 1 || leds[0].Name != "psu" {
		t.Fatalf("lights on the rear of d1: %v", leds)
	}
	if p := s.LEDAt(leds[0]); !near(p.X, (0.6-0.4826)/2+0.04) || !near(p.Y, 0.1+4*0.04445+0.02) {
		t.Errorf("psu at %+v", p)
	}
	if tags := r.Tags(maps.Rear); len(tags) != 2 || tags[1] != (maps.Tag{ID: 3, X: 0.57, Y: 0.3}) {
		t.Errorf("tags %v", tags)
	}
}

// Whatever the optics: every unit is in a stretch, and the camera's window holds each stretch.
func TestViewpointsCoverEveryUnit(t *testing.T) {
	base, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &maps.Site{Halls: base.Halls, Optics: base.Optics}
		s.Optics.VerticalFOVRad = rapid.Float64Range(0.3, 1.5).Draw(t, "fov")
		s.Optics.MastMinM, s.Optics.MastMaxM = 0, 3
		window := 2 * 1.0 * math.Tan(s.Optics.VerticalFOVRad/2)
		seen := map[string]int{}
		for _, v := range s.Viewpoints() {
			r, _ := base.Rack(v.Rack)
			key := v.Rack + string(v.Face)
			if v.FromU > seen[key]+1 {
				t.Fatalf("%s begins at U%d, the one below ends at U%d", v.ID, v.FromU, seen[key])
			}
			seen[key] = v.ToU
			if low, high := r.UnitBottomM(v.FromU), r.UnitBottomM(v.ToU+1); low < v.MastM-window/2-1e-6 || high > v.MastM+window/2+1e-6 {
				t.Fatalf("%s: U%d to U%d do not fit a window of %g m at %g m", v.ID, v.FromU, v.ToU, window, v.MastM)
			}
		}
		for key, top := range seen {
			if top != 42 {
				t.Fatalf("%s is seen up to U%d", key, top)
			}
		}
	})
}

func TestViewpointsOfTheSample(t *testing.T) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	v, ok := s.Viewpoint("A01-front-2")
	if !ok || v.Node != "a1-01" || v.FromU != 21 || v.ToU != 42 || !near(v.DistanceM, 1) || !near(v.HeadingRad, -math.Pi/2) {
		t.Errorf("%+v, %v", v, ok)
	}
	if v, _ := s.Viewpoint("D12-rear-1"); v.Node != "a4-12" {
		t.Errorf("D12's rear is seen from %s", v.Node)
	}
	// Both mast heights of the sample robot see four tags: at 1 m its camera sees 1.20 m by 0.68 m.
	for _, v := range s.Viewpoints() {
		r, _ := s.Rack(v.Rack)
		n := 0
		for _, tag := range r.Tags(v.Face) {
			if math.Abs(tag.Y-v.MastM) < 0.6-0.03 && math.Abs(tag.X-0.3) < 0.338-0.03 {
				n++
			}
		}
		if n < 4 {
			t.Errorf("%s sees %d tags", v.ID, n)
		}
	}
}
