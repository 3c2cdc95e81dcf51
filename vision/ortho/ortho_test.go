package ortho_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A pinhole stands before the face at (x, y, z), turned by yaw (rad) about the upright axis.
type pinhole struct{ f, cx, cy, x, y, z, yaw float64 }

func (p pinhole) PointToPixel(x, y, z float64) (u, v float64, ok bool) {
	dx, dy, dz := x-p.x, y-p.y, p.z-z
	s, c := math.Sin(p.yaw), math.Cos(p.yaw)
	depth := c*dz + s*dx
	if depth < 0.01 {
		return 0, 0, false
	}
	return p.cx + p.f*(c*dx-s*dz)/depth, p.cy - p.f*dy/depth, true
}

func (p pinhole) FaceToPixel(x, y float64) (u, v float64, ok bool) { return p.PointToPixel(x, y, 0) }

// paint is a smooth colour of a place on a plane, so that bilinear sampling finds it again.
func paint(a, b float64) (blue, green, red float64) {
	return 128 + 100*math.Sin(9*a), 128 + 100*math.Cos(7*b), 128 + 60*math.Sin(5*(a+b))
}

// film paints the plane as the pinhole sees it; plane gives the ray's meeting with it.
func film(w, h int, plane func(u, v float64) (a, b float64, ok bool)) burst.Frame {
	f := burst.Frame{Width: w, Height: h, BGR: make([]byte, 3*w*h)}
	for v := range h {
		for u := range w {
			a, b, ok := plane(float64(u), float64(v))
			if !ok {
				continue
			}
			c0, c1, c2 := paint(a, b)
			copy(f.BGR[3*(v*w+u):], []byte{byte(c0), byte(c1), byte(c2)})
		}
	}
	return f
}

// ray is the direction of a pixel in the face frame.
func (p pinhole) ray(u, v float64) (x, y, z float64) {
	a, b := (u-p.cx)/p.f, (v-p.cy)/p.f
	s, c := math.Sin(p.yaw), math.Cos(p.yaw)
	return c*a + s, -b, -(c - s*a)
}

func (p pinhole) face(u, v float64) (x, y float64, ok bool) {
	dx, dy, dz := p.ray(u, v)
	t := -p.z / dz
	return p.x + t*dx, p.y + t*dy, dz < 0
}

func (p pinhole) floor(u, v float64) (x, z float64, ok bool) {
	dx, dy, dz := p.ray(u, v)
	t := -p.y / dy
	return p.x + t*dx, p.z + t*dz, dy < 0
}

// worst is the greatest difference of the seen pixels from the paint, and how many were seen.
func worst(p ortho.Picture) (diff float64, seen int) {
	for row := range p.Height {
		for col := range p.Width {
			i := row*p.Width + col
			if p.Seen[i] == 0 {
				continue
			}
			seen++
			c0, c1, c2 := paint(p.Point(col, row))
			for k, want := range []float64{c0, c1, c2} {
				diff = max(diff, math.Abs(float64(p.BGR[3*i+k])-want))
			}
		}
	}
	return diff, seen
}

func TestTheFaceIsStraightened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cam := pinhole{
			cx: 200, cy: 300, f: rapid.Float64Range(300, 1500).Draw(t, "f"), x: rapid.Float64Range(0, 0.6).Draw(t, "x"),
			y: 1, z: rapid.Float64Range(0.6, 2.5).Draw(t, "z"), yaw: rapid.Float64Range(-0.5, 0.5).Draw(t, "yaw"),
		}
		p := ortho.Rectify(film(400, 600, cam.face), cam, 0, 1.5, 0.6, 1, 0.004)
		if p.Width != 150 || p.Height != 250 || !p.Valid() {
			t.Fatalf("%d x %d px", p.Width, p.Height)
		}
		if diff, _ := worst(p); diff > 3 {
			t.Errorf("colours off by %.1f", diff)
		}
	})
}

func TestTheFloorIsStraightened(t *testing.T) {
	cam := pinhole{f: 350, cx: 200, cy: 50, x: 0.3, y: 1, z: 1.2}
	p := ortho.RectifyFloor(film(400, 600, cam.floor), cam, 0, 0.5, 0.6, 0.5, 0.002)
	diff, seen := worst(p)
	if diff > 3 || seen != 300*250 {
		t.Errorf("%d px seen, colours off by %.1f", seen, diff)
	}
}

func TestWhatIsOutOfViewIsUnseen(t *testing.T) {
	cam := pinhole{f: 400, cx: 200, cy: 300, x: 0.3, y: 1, z: 1}
	p := ortho.Rectify(film(400, 600, cam.face), cam, -1, 1.2, 3, 0.4, 0.0025)
	for col := range p.Width {
		x, _ := p.Point(col, 0)
		u, _, _ := cam.FaceToPixel(x, 1)
		if want := u >= 0 && u < 399; (p.Seen[80*p.Width+col] == 1) != want {
			t.Errorf("at x %.3f m (%.1f px) seen is %d", x, u, p.Seen[80*p.Width+col])
		}
	}
}

func TestImpossiblePicturesAreRefused(t *testing.T) {
	cam := pinhole{f: 400, cx: 200, cy: 300, x: 0.3, y: 1, z: 1}
	f := film(40, 60, cam.face)
	for _, size := range [][3]float64{{0, 1, 0.001}, {1, 1, 0}, {1, 1, math.NaN()}, {1, 1, -1}, {1e9, 1e9, 1e-3}, {math.Inf(1), 1, 1}} {
		if p := ortho.Rectify(f, cam, 0, 1, size[0], size[1], size[2]); p.Width != 0 || p.Valid() {
			t.Errorf("made %d x %d px of %v", p.Width, p.Height, size)
		}
	}
	if p := ortho.Rectify(burst.Frame{Width: 40, Height: 60}, cam, 0, 1, 1, 1, 0.1); bytes.IndexByte(p.Seen, 1) >= 0 {
		t.Error("saw something in a frame without pixels")
	}
}

func TestPixelAndPointAgree(t *testing.T) {
	p := ortho.Picture{LeftM: -0.05, TopM: 2.1, ScaleM: 0.001}
	x, y := p.Point(7, 11)
	if u, v := p.Pixel(x, y); math.Hypot(u-7, v-11) > 1e-9 {
		t.Errorf("pixel 7 11 came back as %g %g", u, v)
	}
}

func TestPNGKeepsColoursAndWhatWasSeen(t *testing.T) {
	cam := pinhole{f: 400, cx: 200, cy: 300, x: 0.3, y: 1, z: 1}
	for name, width := range map[string]float64{"all seen": 0.2, "partly": 2} {
		want := ortho.Rectify(film(400, 600, cam.face), cam, 0.2, 1.2, width, 0.4, 0.01)
		var file bytes.Buffer
		if err := want.EncodePNG(&file); err != nil {
			t.Fatal(err)
		}
		got, err := ortho.DecodePNG(&file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Width != want.Width || got.Height != want.Height || !bytes.Equal(got.BGR, want.BGR) || !bytes.Equal(got.Seen, want.Seen) {
			t.Errorf("%s: another picture came back", name)
		}
	}
	if err := (ortho.Picture{Width: 3, Height: 3}).EncodePNG(&bytes.Buffer{}); err == nil {
		t.Error("wrote a picture without pixels")
	}
}

func FuzzDecodePNG(f *testing.F) {
	for _, img := range []image.Image{
		image.NewGray16(image.Rect(0, 0, 3, 2)), image.NewNRGBA(image.Rect(0, 0, 2, 2)),
		image.NewPaletted(image.Rect(0, 0, 2, 5), color.Palette{color.Black, color.White}), image.NewRGBA64(image.Rect(0, 0, 1, 1)),
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ortho.DecodePNG(bytes.NewReader(data))
		if err == nil && (len(p.BGR) != 3*p.Width*p.Height || len(p.Seen) != p.Width*p.Height || p.Width < 1 || p.Height < 1) {
			t.Errorf("%d x %d px with %d bytes", p.Width, p.Height, len(p.BGR))
		}
	})
}

func BenchmarkRectify(b *testing.B) {
	cam := pinhole{f: 1371, cx: 540, cy: 960, x: 0.3, y: 1, z: 1, yaw: 0.2}
	f := film(1080, 1920, cam.face)
	for b.Loop() {
		ortho.Rectify(f, cam, 0, 2, 0.6, 2, 0.001)
	}
}
