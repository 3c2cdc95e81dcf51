// Package looktest renders rack faces for the tests of vision: fiducials, devices and lights on a plane, seen by a
// pinhole camera. It has a geometry of its own and knows nothing of robot/sim, so that neither can share the other's
// mistakes. Tests only.
package looktest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/register"
)

// A Scene is one face and one camera before it.
type Scene struct {
	Target        vision.Target
	Width, Height int
	FX, CX, CY    float64
	// The camera's centre in the face frame, m, and where it looks: yaw to the right, pitch up, rad.
	X, Y, Z, Yaw, Pitch float64
	K1                  float64 // radial distortion
	Noise               float64 // grey levels
	SwayPx              int     // largest shift of a frame, px
	Seed                uint64
	// Light is what a light shows at a time: its colour (blue, green, red of the core) and 0..1 how lit it is.
	Light func(device, led string, at time.Duration) (bgr [3]float64, on float64)
}

// New is a scene of one 600 mm rack with six tags, seen straight from 1 m by the sample robot's camera.
func New() *Scene {
	t := vision.Target{
		Rack: "A01", Face: maps.Front, WidthM: 0.6, BaseM: 0.1, UHeight: 42, FromU: 1, ToU: 22, TagSizeM: 0.045,
	}
	id := 0
	for _, y := range []float64{0.25, 0.60, 0.95} {
		for _, x := range []float64{0.03, 0.57} {
			t.Tags = append(t.Tags, vision.TargetTag{ID: 40 + id, X: x, Y: y})
			id++
		}
	}
	for u := 1; u <= 22; u += 2 {
		t.Devices = append(t.Devices, device(t, u))
	}
	f := 640 / math.Tan(31*math.Pi/180)
	return &Scene{
		Target: t, Width: 720, Height: 1280, FX: f, CX: 359.5, CY: 639.5, X: 0.3, Y: 0.6, Z: 1.0, Noise: 3, Seed: 1,
		Light: func(string, string, time.Duration) ([3]float64, float64) { return [3]float64{30, 255, 60}, 1 },
	}
}

// device is a 2U server at unit u with eight lights.
func device(t vision.Target, u int) vision.TargetDevice {
	y := t.BaseM + float64(u-1)*maps.UnitM
	x := (t.WidthM - maps.PanelWidthM) / 2
	d := vision.TargetDevice{
		ID: fmt.Sprintf("srv-%02d", u), Type: "server", Unit: u, UHeight: 2, Emissivity: 0.95, SurfaceMaxC: 60,
		Min: maps.Point{X: x, Y: y}, Max: maps.Point{X: x + maps.PanelWidthM, Y: y + 2*maps.UnitM},
	}
	for k := range 8 {
		d.LEDs = append(d.LEDs, vision.TargetLED{
			Name: fmt.Sprintf("disk%d", k), X: x + 0.04 + 0.05*float64(k), Y: y + 0.03, DiameterM: 0.004,
			Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}},
			Meanings: []maps.LEDMeaning{
				{LEDState: maps.LEDState{Colour: "amber", Pattern: "solid"}, Kind: "disk-failed", Severity: "critical"},
				{LEDState: maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 2}, Kind: "disk-predicted", Severity: "warning"},
				{LEDState: maps.LEDState{Colour: "blue", Pattern: "solid"}, Kind: "identify", Severity: "info"},
			},
		})
	}
	return d
}

// Pixel is where a face point shows.
func (s *Scene) Pixel(x, y float64) (u, v float64) {
	sy, cy := math.Sincos(s.Yaw)
	sp, cp := math.Sincos(s.Pitch)
	fwd := [3]float64{sy * cp, sp, -cy * cp}
	right := [3]float64{cy, 0, sy}
	up := [3]float64{right[1]*fwd[2] - right[2]*fwd[1], right[2]*fwd[0] - right[0]*fwd[2], right[0]*fwd[1] - right[1]*fwd[0]}
	d := [3]float64{x - s.X, y - s.Y, -s.Z}
	dot := func(a [3]float64) float64 { return a[0]*d[0] + a[1]*d[1] + a[2]*d[2] }
	z := dot(fwd)
	px, py := dot(right)/z, -dot(up)/z
	r := 1 + s.K1*(px*px+py*py)
	return s.FX*px*r + s.CX, s.FX*py*r + s.CY
}

// Static renders what does not change: wall, devices, tags.
func (s *Scene) Static() (burst.Frame, error) {
	f := burst.Frame{Width: s.Width, Height: s.Height, BGR: make([]byte, 3*s.Width*s.Height)}
	for i := range f.BGR {
		f.BGR[i] = 35
	}
	for _, d := range s.Target.Devices {
		s.fill(f, d.Min.X, d.Min.Y+0.001, d.Max.X, d.Max.Y-0.001, func(float64, float64) float64 { return 55 })
	}
	for _, t := range s.Target.Tags {
		const side = 64
		img, err := register.DrawTag(t.ID, side)
		if err != nil {
			return f, err
		}
		h, m := s.Target.TagSizeM/2, s.Target.TagSizeM/8
		s.fill(f, t.X-h-m, t.Y-h-m, t.X+h+m, t.Y+h+m, func(x, y float64) float64 {
			px, py := int((x-t.X+h)/(2*h)*side), int((t.Y+h-y)/(2*h)*side)
			if x < t.X-h || y > t.Y+h || px >= side || py >= side || px < 0 || py < 0 {
				return 220
			}
			return 20 + float64(img.Pix[py*side+px])*200/255
		})
	}
	return f, nil
}

// fill paints a rectangle of the face: 4 x 4 samples a pixel, mapped back by the pixel's local affine map.
func (s *Scene) fill(f burst.Frame, x0, y0, x1, y1 float64, shade func(x, y float64) float64) {
	u0, v0 := math.Inf(1), math.Inf(1)
	u1, v1 := math.Inf(-1), math.Inf(-1)
	for _, c := range [][2]float64{{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}} {
		u, v := s.Pixel(c[0], c[1])
		u0, v0, u1, v1 = min(u0, u), min(v0, v), max(u1, u), max(v1, v)
	}
	for v := max(0, int(v0)-1); v <= min(f.Height-1, int(v1)+1); v++ {
		for u := max(0, int(u0)-1); u <= min(f.Width-1, int(u1)+1); u++ {
			var sum float64
			n := 0
			mx, my, inv := s.face(float64(u), float64(v))
			for k := range 16 {
				du, dv := (float64(k%4)-1.5)/4, (float64(k/4)-1.5)/4
				x, y := mx+inv[0]*du+inv[1]*dv, my+inv[2]*du+inv[3]*dv
				if x >= x0 && x <= x1 && y >= y0 && y <= y1 {
					sum += shade(x, y)
					n++
				}
			}
			i := 3 * (v*f.Width + u)
			g := (sum + float64(16-n)*float64(f.BGR[i])) / 16
			f.BGR[i], f.BGR[i+1], f.BGR[i+2] = byte(g), byte(g), byte(g)
		}
	}
}

// face inverts Pixel by Newton's method; inv is the derivative of the face point by the pixel, row by row.
func (s *Scene) face(u, v float64) (x, y float64, inv [4]float64) {
	x, y = s.X+(u-s.CX)/s.FX*s.Z, s.Y-(v-s.CY)/s.FX*s.Z
	const h = 1e-5
	for range 6 {
		pu, pv := s.Pixel(x, y)
		xu, xv := s.Pixel(x+h, y)
		yu, yv := s.Pixel(x, y+h)
		a, b, c, d := (xu-pu)/h, (yu-pu)/h, (xv-pv)/h, (yv-pv)/h
		det := a*d - b*c
		inv = [4]float64{d / det, -b / det, -c / det, a / det}
		x += (d*(u-pu) - b*(v-pv)) / det
		y += (-c*(u-pu) + a*(v-pv)) / det
		if math.Abs(u-pu)+math.Abs(v-pv) < 1e-4 {
			break
		}
	}
	return x, y, inv
}

// A Source renders the frames of a scene one by one; it implements burst.Source.
type Source struct {
	Times []time.Time

	scene  *Scene
	static burst.Frame
	frame  burst.Frame
	noise  []int8
	shifts [][2]int
	offs   []int
}

// Source is n frames at fps, never in memory together.
func (s *Scene) Source(n int, fps float64) (*Source, error) {
	static, err := s.Static()
	if err != nil {
		return nil, err
	}
	rnd := rand.New(rand.NewPCG(s.Seed, 9))
	out := &Source{scene: s, static: static, frame: burst.Frame{Width: s.Width, Height: s.Height, BGR: make([]byte, len(static.BGR))}}
	for range 4099 {
		out.noise = append(out.noise, int8(math.Round(rnd.NormFloat64()*s.Noise)))
	}
	start := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
	for i := range n {
		shift := [2]int{}
		if s.SwayPx > 0 && i != n/2 {
			shift = [2]int{rnd.IntN(2*s.SwayPx+1) - s.SwayPx, rnd.IntN(2*s.SwayPx+1) - s.SwayPx}
		}
		out.shifts = append(out.shifts, shift)
		out.offs = append(out.offs, rnd.IntN(len(out.noise)))
		out.Times = append(out.Times, start.Add(time.Duration(float64(i)/fps*float64(time.Second))))
	}
	return out, nil
}

// Len is the number of frames.
func (s *Source) Len() int { return len(s.Times) }

// Frame renders frame i; it holds until the next call.
func (s *Source) Frame(i int) (burst.Frame, error) {
	if i < 0 || i >= len(s.Times) {
		return burst.Frame{}, fmt.Errorf("frame %d of %d", i, len(s.Times))
	}
	s.scene.frame(s.frame, s.static, s.Times[i].Sub(s.Times[0]), s.shifts[i][0], s.shifts[i][1])
	grain(s.frame, s.noise, s.offs[i])
	return s.frame, nil
}

// grain adds noise, which repeats, from an offset on.
func grain(f burst.Frame, noise []int8, from int) {
	for j := range f.BGR {
		f.BGR[j] = byte(max(0, min(255, int(f.BGR[j])+int(noise[(j+from)%len(noise)]))))
	}
}

// Burst renders n frames at fps into a file under dir and returns the request of a look at it.
func (s *Scene) Burst(dir string, n int, fps float64) (vision.LookRequest, error) {
	src, err := s.Source(n, fps)
	if err != nil {
		return vision.LookRequest{}, err
	}
	out, err := os.CreateTemp(dir, "burst-*.raw")
	if err != nil {
		return vision.LookRequest{}, err
	}
	defer func() { _ = out.Close() }()
	req := vision.LookRequest{
		ID: "look-1", Target: s.Target, FramesPath: out.Name(), Width: s.Width, Height: s.Height, Times: src.Times,
		FX: s.FX, FY: s.FX, CX: s.CX, CY: s.CY, Dist: [5]float64{s.K1}, EvidenceDir: dir,
	}
	for i := range n {
		f, err := src.Frame(i)
		if err != nil {
			return req, err
		}
		if err := f.Write(out); err != nil {
			return req, err
		}
	}
	return req, nil
}

// frame is the static picture shifted, with its lights.
func (s *Scene) frame(f, static burst.Frame, at time.Duration, dx, dy int) {
	for y := range f.Height {
		sy := max(0, min(f.Height-1, y-dy))
		for x := range f.Width {
			sx := max(0, min(f.Width-1, x-dx))
			copy(f.BGR[3*(y*f.Width+x):][:3], static.BGR[3*(sy*f.Width+sx):][:3])
		}
	}
	for _, d := range s.Target.Devices {
		for _, l := range d.LEDs {
			bgr, on := s.Light(d.ID, l.Name, at)
			u, v := s.Pixel(l.X, l.Y)
			s.light(f, u+float64(dx), v+float64(dy), l.DiameterM/2*s.FX/s.Z, bgr, on)
		}
	}
}

// light adds a core that clips and a halo of three times its radius, in linear light; unlit it is a dark lens.
func (s *Scene) light(f burst.Frame, u, v, r float64, bgr [3]float64, on float64) {
	reach := 4 * r
	for y := max(0, int(v-reach)); y <= min(f.Height-1, int(v+reach)+1); y++ {
		for x := max(0, int(u-reach)); x <= min(f.Width-1, int(u+reach)+1); x++ {
			d := math.Hypot(float64(x)-u, float64(y)-v)
			core := max(0, min(1, r+0.5-d))
			halo := 0.15 * math.Exp(-d*d/(2*r*r*1.5))
			i := 3 * (y*f.Width + x)
			for c := range bgr {
				lens := float64(f.BGR[i+c])*(1-core) + 25*core
				glow := on * math.Pow(bgr[c]/255, gamma) * (1.3*core + halo)
				f.BGR[i+c] = byte(min(255, 255*math.Pow(math.Pow(lens/255, gamma)+glow, 1/gamma)))
			}
		}
	}
}

// gamma of the scene's camera.
const gamma = 2.2
