package visionbench

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/register"
)

// The sound look that odd ones are made from: small, for there are many, and with tags large enough to be found.
const (
	oddW, oddH  = 180, 320 // px
	oddFocal    = 229.0    // px
	oddDistM    = 0.6
	oddHeightM  = 0.6
	oddFrames   = 5
	oddTagPx    = 34 // px
	oddTagM     = oddTagPx * oddDistM / oddFocal
	oddRegister = 400 // one look in so many keeps its geometry, and so gets as far as reading lights
)

// Oddities makes odd looks.
type oddities struct {
	dir   string
	rng   *rand.Rand
	films []film5 // the first is the sound one
	// pictures that a viewpoint may hold for normal: a sound one, and ones that are none
	pictures []string
}

// A film5 is a file of frames.
type film5 struct {
	path    string
	w, h, n int
}

// newOddities writes the films that the looks share.
func newOddities(dir string, rng *rand.Rand) (*oddities, error) {
	o := &oddities{dir: dir, rng: rng}
	sound, err := o.soundFrame()
	if err != nil {
		return nil, err
	}
	add := func(name string, w, h, n int, px func(i int) byte) error {
		data := make([]byte, 3*w*h*n)
		for i := range data {
			data[i] = px(i)
		}
		path, err := writeFile(dir, name, data)
		o.films = append(o.films, film5{path, w, h, n})
		return err
	}
	noise := func(int) byte { return byte(rng.Uint32()) }
	for _, f := range []struct {
		name    string
		w, h, n int
		px      func(i int) byte
	}{
		{"sound", oddW, oddH, oddFrames, func(i int) byte { return sound[i%len(sound)] }},
		{"flicker", oddW, oddH, 9, func(i int) byte { return sound[i%len(sound)] / byte(1+i/len(sound)%3) }},
		{"black", 45, 80, 4, func(int) byte { return 0 }},
		{"white", 45, 80, 4, func(int) byte { return 255 }},
		{"noise", 24, 32, 4, noise},
		{"stripes", 32, 32, 3, func(i int) byte { return byte(i / 3 % 2 * 255) }},
		{"pixel", 1, 1, 7, noise},
		{"row", 200, 1, 3, noise},
		{"column", 1, 200, 3, noise},
		{"odd", 17, 23, 3, noise},
		{"tiny", 15, 15, 2, noise},
		{"many", 5, 5, 600, noise},
		{"red", 40, 70, 3, func(i int) byte { return byte(i % 3 / 2 * 255) }},
	} {
		if err := add(f.name, f.w, f.h, f.n, f.px); err != nil {
			return nil, err
		}
	}
	return o, o.writePictures()
}

// soundFrame is one frame of a grey rack face with four tags and some lights, seen straight on.
func (o *oddities) soundFrame() ([]byte, error) {
	bgr := make([]byte, 3*oddW*oddH)
	for i := range bgr {
		bgr[i] = byte(60 + i/3/oddW/7%2*25 + o.rng.IntN(6))
	}
	for i, t := range oddTarget().Tags {
		const side = oddTagPx
		img, err := register.DrawTag(t.ID, side)
		if err != nil {
			return nil, fmt.Errorf("draw tag %d: %w", i, err)
		}
		u, v := oddPixel(t.X, t.Y)
		const margin = 5
		for y := -margin; y < side+margin; y++ {
			for x := -margin; x < side+margin; x++ {
				c := byte(230)
				if image.Pt(x, y).In(img.Rect) {
					c = img.GrayAt(x, y).Y
				}
				if px, py := u-side/2+x, v-side/2+y; px >= 0 && py >= 0 && px < oddW && py < oddH {
					k := 3 * (py*oddW + px)
					bgr[k], bgr[k+1], bgr[k+2] = c, c, c
				}
			}
		}
	}
	for _, l := range oddTarget().Devices[0].LEDs {
		u, v := oddPixel(l.X, l.Y)
		k := 3 * (v*oddW + u)
		copy(bgr[k:], []byte{40, 255, 60, 40, 255, 60})
	}
	return bgr, nil
}

// oddPixel is where the sound look shows a point of the face, px.
func oddPixel(x, y float64) (u, v int) {
	return int(oddW/2 + oddFocal*(x-0.2)/oddDistM), int(oddH/2 - oddFocal*(y-oddHeightM)/oddDistM)
}

// oddTarget is the rack of the sound look.
func oddTarget() vision.Target {
	t := vision.Target{
		Rack: "A01", Face: maps.Front, WidthM: 0.4, BaseM: 0.1, UHeight: 24, FromU: 1, ToU: 24, TagSizeM: oddTagM,
		Door: &maps.Door{Face: maps.Front, Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.05}, BlankingPanels: []int{20}, WatchFloor: true,
		Instruments: []maps.Instrument{
			{ID: "g", Kind: maps.Gauge, X: 0.2, Y: 0.5, DiameterM: 0.06, Max: 6, MinDeg: -135, MaxDeg: 135},
			{ID: "d", Kind: maps.Display, X: 0.2, Y: 0.8, WidthM: 0.08, HeightM: 0.03, Digits: 3},
		},
	}
	for i, at := range [][2]float64{{0.06, 0.3}, {0.34, 0.3}, {0.06, 0.9}, {0.34, 0.9}} {
		t.Tags = append(t.Tags, vision.TargetTag{ID: 10 + i, X: at[0], Y: at[1]})
	}
	d := vision.TargetDevice{
		ID: "srv", Unit: 5, UHeight: 2, Min: maps.Point{X: 0.02, Y: 0.28}, Max: maps.Point{X: 0.38, Y: 0.37}, Emissivity: 0.9, SurfaceMaxC: 60,
	}
	for i := range 4 {
		d.LEDs = append(d.LEDs, vision.TargetLED{
			Name: fmt.Sprint("l", i), X: 0.14 + 0.04*float64(i), Y: 0.42, DiameterM: 0.005, Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}},
		})
	}
	t.Devices = append(t.Devices, d)
	return t
}

// sound is a look with nothing odd about it.
func (o *oddities) sound() vision.LookRequest {
	req := vision.LookRequest{
		Target: oddTarget(), FX: oddFocal, FY: oddFocal, CX: oddW / 2, CY: oddH / 2, EvidenceDir: o.dir,
		Thermal: &vision.ThermalFrame{Width: 12, Height: 16, C: make([]float32, 12*16), HFOVRad: 0.8, VFOVRad: 1, OffsetRightM: 0.03},
		Pose:    &vision.BelievedPose{X: 0.2, Y: oddHeightM, Z: oddDistM, SigmaM: 0.03, SigmaRad: 0.02},
	}
	for i := range req.Thermal.C {
		req.Thermal.C[i] = 25
	}
	o.show(&req, o.films[0])
	return req
}

// show puts a film into a look, with honest sizes.
func (o *oddities) show(req *vision.LookRequest, f film5) {
	req.FramesPath, req.Width, req.Height, req.Times = f.path, f.w, f.h, nil
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	for i := range f.n {
		req.Times = append(req.Times, at.Add(time.Duration(i)*time.Second/30))
	}
}

// writePictures writes what may be given for a commissioning picture.
func (o *oddities) writePictures() error {
	var sound bytes.Buffer
	img := image.NewNRGBA(image.Rect(0, 0, 60, 80))
	for i := range img.Pix {
		img.Pix[i] = byte(o.rng.Uint32()) | 1
	}
	if err := png.Encode(&sound, img); err != nil {
		return err
	}
	var one bytes.Buffer
	if err := png.Encode(&one, image.NewGray16(image.Rect(0, 0, 1, 1))); err != nil {
		return err
	}
	broken := bytes.Clone(sound.Bytes())
	for range 9 {
		broken[8+o.rng.IntN(len(broken)-8)] ^= byte(1 + o.rng.IntN(255))
	}
	for i, data := range [][]byte{sound.Bytes(), one.Bytes(), broken, sound.Bytes()[:sound.Len()/2], {}, []byte("\x89PNG\r\n\x1a\n")} {
		path, err := writeFile(o.dir, fmt.Sprintf("normal-%d.png", i), data)
		if err != nil {
			return err
		}
		o.pictures = append(o.pictures, path)
	}
	o.pictures = append(o.pictures, filepath.Join(o.dir, "none.png"), o.dir, "", strings.Repeat("x", 5000), os.DevNull)
	return nil
}

// number is a number as a broken file or driver may give it.
func (o *oddities) number() float64 {
	odd := [...]float64{
		0, -1, 1, 0.5, 1e-12, 1e9, -1e9, 1e300, -1e300, 1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.04445, 3.7, 1000, -0.3, math.Pi / 2, math.Copysign(0, -1),
	}
	if o.rng.IntN(200) == 0 {
		return [...]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[o.rng.IntN(3)] // JSON has none: it must not even be sent
	}
	if o.rng.IntN(3) == 0 {
		return o.rng.NormFloat64()
	}
	return odd[o.rng.IntN(len(odd))]
}

// count is a whole number of the same kind.
func (o *oddities) count() int {
	odd := [...]int{0, -1, 1, 2, 7, 42, 586, 587, 1 << 15, 1 << 31, -1 << 31, math.MaxInt, math.MinInt, 100, 5000}
	return odd[o.rng.IntN(len(odd))]
}
