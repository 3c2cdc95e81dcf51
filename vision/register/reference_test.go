package register_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
	"github.com/nightrounds/nightrounds/vision/register"
)

// fronts are the device pictures of the data, 1 px to the mm: 483 px wide.
func fronts(t *testing.T) []burst.Frame {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(photos(t)), "devicetypes", "*", "*.front.*"))
	if err != nil || len(paths) < 10 {
		t.Skip("the device pictures are not here")
	}
	slices.Sort(paths)
	var out []burst.Frame
	for _, p := range paths[:24] {
		m := gocv.IMRead(p, gocv.IMReadColor)
		small := gocv.NewMat()
		units := max(1, int(math.Round(float64(m.Rows())/float64(m.Cols())*483/44.45)))
		gocv.Resize(m, &small, image.Pt(483, int(math.Round(float64(units)*44.45))), 0, 0, gocv.InterpolationArea)
		out = append(out, burst.Frame{Width: 483, Height: small.Rows(), BGR: small.ToBytes()})
		_ = m.Close()
		_ = small.Close()
	}
	return out
}

// A wall is a face of 0.6 x 2 m at 1 mm, of devices from U1 on, with posts.
func wall(devices []burst.Frame) ortho.Picture {
	p := ortho.Picture{LeftM: 0, TopM: 2, ScaleM: 0.001, Width: 600, Height: 2000}
	p.BGR, p.Seen = make([]byte, 3*600*2000), make([]byte, 600*2000)
	for i := range p.Seen {
		p.Seen[i] = 1
		p.BGR[3*i], p.BGR[3*i+1], p.BGR[3*i+2] = 30, 30, 32
	}
	y := 0.1
	for _, d := range devices {
		top := int(math.Round((2 - y) * 1000))
		if top-d.Height < 0 || d.Height > 200 { // nothing taller than 4 U, so that all walls are full
			continue
		}
		for r := range d.Height {
			copy(p.BGR[3*((top-d.Height+r)*600+58):][:3*483], d.BGR[3*r*483:][:3*483])
		}
		y += math.Round(float64(d.Height)/44.45) * maps.UnitM
	}
	return p
}

// An eye is a pinhole before the wall, of a geometry of its own.
type eye struct{ x, y, z, yaw, f, cx, cy float64 }

func (e eye) pixel(x, y float64) (u, v float64) {
	s, c := math.Sincos(e.yaw)
	dx, dz := x-e.x, e.z
	depth := c*dz + s*dx
	return e.cx + e.f*(c*dx-s*dz)/depth, e.cy - e.f*(y-e.y)/depth
}

// film is what the eye sees of the wall, lit by light, with noise.
func (e eye) film(p ortho.Picture, w, h int, light float64, r *rand.Rand) burst.Frame {
	f := burst.Frame{Width: w, Height: h, BGR: make([]byte, 3*w*h)}
	s, c := math.Sincos(e.yaw)
	for v := range h {
		for u := range w {
			a, b := (float64(u)-e.cx)/e.f, (float64(v)-e.cy)/e.f
			dx, dz := c*a+s, c-s*a
			x, y := e.x+dx*e.z/dz, e.y-b*e.z/dz
			px, py := p.Pixel(x, y)
			i, k := int(math.Floor(px)), int(math.Floor(py))
			if i < 0 || k < 0 || i+1 >= p.Width || k+1 >= p.Height {
				continue
			}
			fx, fy := px-float64(i), py-float64(k)
			for ch := range 3 {
				at := func(i, k int) float64 { return float64(p.BGR[3*(k*p.Width+i)+ch]) }
				g := (at(i, k)*(1-fx)+at(i+1, k)*fx)*(1-fy) + (at(i, k+1)*(1-fx)+at(i+1, k+1)*fx)*fy
				f.BGR[3*(v*w+u)+ch] = byte(max(0, min(255, g*light+3*r.NormFloat64())))
			}
		}
	}
	return f
}

func eyeOf(r *rand.Rand) eye {
	e := eye{y: 1 + 0.1*r.NormFloat64(), z: 0.9 + 0.6*r.Float64(), yaw: (2*r.Float64() - 1) * 0.45, f: 1371, cx: 540, cy: 960}
	e.x = 0.3 - math.Tan(e.yaw)*e.z
	return e
}

var stretchOf = vision.Target{WidthM: 0.6, BaseM: 0.1, UHeight: 42, FromU: 12, ToU: 32} //nolint:gochecknoglobals // a constant

// TestTheReferencePlacesTheCamera changes a quarter of the devices, the light and the pose after commissioning.
func TestTheReferencePlacesTheCamera(t *testing.T) {
	devices := fronts(t)
	var errs, ratios []float64
	silent := 0
	const n = 8
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 5))
		var was []burst.Frame
		for range 60 {
			was = append(was, devices[r.IntN(len(devices))])
		}
		ref := wall(was)
		is := slices.Clone(was)
		for i, k := range r.Perm(len(is))[:10] {
			for _, d := range devices[i:] {
				if d.Height == is[k].Height {
					is[k] = d
					break
				}
			}
		}
		e := eyeOf(r)
		frame := e.film(wall(is), 1080, 1920, 0.6+0.6*r.Float64(), r)
		start := time.Now()
		fit, err := register.ToReference(frame, ref, stretchOf, register.Camera{FX: e.f, FY: e.f, CX: e.cx, CY: e.cy})
		took := time.Since(start)
		if err != nil {
			t.Logf("seed %d: %v (%v)", seed, err, took)
			silent++
			continue
		}
		worst := 0.0
		for y := 0.6; y < 1.5; y += 0.1 {
			for _, x := range []float64{0.1, 0.3, 0.5} {
				u, v := e.pixel(x, y)
				_, gy, ok := fit.PixelToFace(u, v)
				if !ok {
					t.Fatal("misses the face")
				}
				errs, ratios = append(errs, math.Abs(gy-y)*1000), append(ratios, math.Abs(gy-y)/fit.SigmaM)
				worst = max(worst, math.Abs(gy-y)*1000)
			}
		}
		t.Logf("seed %d: yaw %.2f, worst %.2f mm, sigma %.2f mm, %v", seed, e.yaw, worst, fit.SigmaM*1000, took)
	}
	slices.Sort(errs)
	slices.Sort(ratios)
	if silent > 1 || errs[len(errs)/2] > 1 || errs[len(errs)*19/20] > 5 || ratios[len(ratios)*19/20] > 2 {
		t.Errorf("%d of %d without an answer, median %.2f, p95 %.2f mm", silent, n, errs[len(errs)/2], errs[len(errs)*19/20])
	}
}

// TestTheReferenceOfAnotherFaceIsRefused: another rack, and one of equal devices that has moved by a unit unseen.
func TestTheReferenceOfAnotherFaceIsRefused(t *testing.T) {
	devices := fronts(t)
	r := rand.New(rand.NewPCG(3, 5))
	flat := slices.IndexFunc(devices, func(d burst.Frame) bool { return d.Height < 50 })
	equal := wall(slices.Repeat([]burst.Frame{devices[flat]}, 42))
	for name, pair := range map[string][2]ortho.Picture{
		"another rack":  {wall(devices[:12]), wall(devices[12:])},
		"equal devices": {equal, equal},
	} {
		e := eyeOf(r)
		fit, err := register.ToReference(e.film(pair[0], 1080, 1920, 1, r), pair[1], stretchOf, register.Camera{FX: e.f, FY: e.f, CX: e.cx, CY: e.cy})
		if !errors.Is(err, register.ErrCannotTell) {
			t.Errorf("%s: told %+v, %v", name, fit.Pose, err)
		}
		t.Logf("%s: %v", name, err)
	}
}
