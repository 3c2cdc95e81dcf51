package led

import (
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// TestSpotReadsRealPhotosAtKnownPlaces counts on the labelled photos of rooms, the palette being any.
func TestSpotReadsRealPhotosAtKnownPlaces(t *testing.T) {
	var f struct {
		Images []struct {
			Image string
			LEDs  []struct {
				X, Y, R      float64
				Color, State string
			} `json:"leds"`
		}
	}
	dir := filepath.Join(root(t), "real/led")
	parse(t, filepath.Join(dir, "truth.json"), &f)
	var on, onRight, colours, right int
	for _, p := range f.Images {
		fr := frameOf(t, filepath.Join(dir, p.Image))
		for i, l := range p.LEDs {
			lit, colour, conf := Spot(fr, l.X, l.Y, l.R, nil)
			on++
			if lit == (l.State == "on") {
				onRight++
			} else {
				t.Logf("%s %d is %s %s, read lit %v, confidence %.2f", p.Image, i, l.Color, l.State, lit, conf)
			}
			if l.State != "on" {
				continue
			}
			colours++
			if colour == l.Color {
				right++
			} else {
				t.Logf("%s %d is %s, read %s, confidence %.2f", p.Image, i, l.Color, colour, conf)
			}
		}
	}
	t.Logf("on or off %d of %d, colour %d of %d", onRight, on, right, colours)
	if float64(onRight) < 0.99*float64(on) || float64(right) < 0.97*float64(colours) {
		t.Errorf("on or off %d of %d, colour %d of %d", onRight, on, right, colours)
	}
}

// TestSpotReadsSwitchPorts counts on nine crops of one switch, whose ports show green, amber or a dim orange.
func TestSpotReadsSwitchPorts(t *testing.T) {
	var f struct {
		Images map[string][]struct {
			CX    float64 `json:"cx"`
			CY    float64 `json:"cy"`
			W     float64 `json:"approx_w"`
			H     float64 `json:"approx_h"`
			State string
			Port  int
		}
	}
	dir := filepath.Join(root(t), "led/aruba_crops")
	parse(t, filepath.Join(dir, "labels.json"), &f)
	want := map[string]string{"green": Green, "amber": Amber, "orange_dim": Amber, "off": ""}
	n, right := 0, 0
	for name, ports := range f.Images {
		fr := frameOf(t, filepath.Join(dir, name))
		for _, l := range ports {
			_, colour, conf := Spot(fr, l.CX, l.CY, min(l.W, l.H)/2, []string{Green, Amber})
			n++
			if colour == want[l.State] {
				right++
			} else {
				t.Logf("%s port %d is %s, read %q, confidence %.2f", name, l.Port, l.State, colour, conf)
			}
		}
	}
	t.Logf("%d of %d ports", right, n)
	if float64(right) < 0.97*float64(n) {
		t.Errorf("%d of %d ports", right, n)
	}
}

func FuzzSpot(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 200, 200, 9, 9, 9, 0, 255, 0}, 2, 0.5, 0.5, 3.0)
	f.Fuzz(func(t *testing.T, b []byte, width int, u, v, r float64) {
		w := max(1, min(width, 64))
		h := len(b) / 3 / w
		_, _, c := Spot(burst.Frame{Width: w, Height: h, BGR: b[:3*w*h]}, u, v, r, []string{Green, Red})
		if !(c >= 0 && c <= 1) {
			t.Fatal(c)
		}
	})
}
