package privacy_test

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
	"github.com/nightrounds/nightrounds/vision/privacy"
)

// box is the place of a picture that shows a rectangle of the face plane.
func box(c camera, cx, cy, w, h float64) image.Rectangle {
	u0, v0, _ := c.FaceToPixel(cx-w/2, cy+h/2)
	u1, v1, _ := c.FaceToPixel(cx+w/2, cy-h/2)
	return image.Rect(int(u0), int(v0), int(u1), int(v1)).Intersect(image.Rect(0, 0, c.w, c.h))
}

// covered is the share of a place that was hidden.
func covered(r image.Rectangle, hidden []vision.Hidden) float64 {
	n, in := 0, 0
	for y := r.Min.Y; y < r.Max.Y; y += 3 {
		for x := r.Min.X; x < r.Max.X; x += 3 {
			n++
			if slices.ContainsFunc(hidden, func(h vision.Hidden) bool { return image.Pt(x, y).In(image.Rect(h.X0, h.Y0, h.X1, h.Y1)) }) {
				in++
			}
		}
	}
	return float64(in) / float64(max(1, n))
}

// within lists what was hidden on the rack itself.
func within(hidden []vision.Hidden) []vision.Hidden {
	return slices.DeleteFunc(slices.Clone(hidden), func(h vision.Hidden) bool { return h.What == privacy.Beside })
}

func TestFacesOfEveryToneAreHidden(t *testing.T) {
	hairs := []bgr{{20, 20, 25}, {60, 110, 150}, {170, 170, 175}}
	for i, tone := range tones {
		for _, commissioned := range []bool{true, false} {
			t.Run(fmt.Sprintf("tone %d commissioned %v", i, commissioned), func(t *testing.T) {
				h, c := newHall(uint64(i+1)), standing()
				cx, cy := 0.1+0.08*float64(i), 1.2+0.05*float64(i)
				h.things = append(h.things, head(cx, cy, 0.2, tone, hairs[i%3]))
				h.lamp = bgr{0.75, 0.95, 1.05}
				s := privacy.Scene{Projector: c, Target: h.target}
				if commissioned {
					s.Normal = h.normal()
				}
				if got := covered(box(c, cx, cy, 0.18, 0.24), privacy.Hide(h.picture(c), s)); got < 0.99 {
					t.Errorf("%.0f %% of the face are hidden", 100*got)
				}
			})
		}
	}
}

func TestAHoodedHeadIsHiddenBecauseItWasNotThere(t *testing.T) {
	h, c := newHall(3), standing()
	h.things = append(h.things, head(0.3, 1.3, 0.22, bgr{60, 60, 60}, bgr{45, 45, 45}))
	hidden := privacy.Hide(h.picture(c), privacy.Scene{Projector: c, Target: h.target, Normal: h.normal()})
	if got := covered(box(c, 0.3, 1.3, 0.2, 0.26), hidden); got < 0.99 {
		t.Errorf("%.0f %% of the head are hidden", 100*got)
	}
}

func TestWhoStandsBesideTheRackIsHidden(t *testing.T) {
	h, c := newHall(4), standing()
	c.z = 1.6
	h.things = append(h.things, head(-0.3, 1.3, 0.2, bgr{60, 60, 60}, bgr{45, 45, 45}))
	for name, s := range map[string]privacy.Scene{
		"registered": {Projector: c, Target: h.target}, "not registered": {Target: h.target},
	} {
		if got := covered(box(c, -0.3, 1.3, 0.2, 0.26), privacy.Hide(h.picture(c), s)); got < 0.99 {
			t.Errorf("%s: %.0f %% of the head are hidden", name, 100*got)
		}
	}
}

func TestLitScreensAreHidden(t *testing.T) {
	for _, size := range [][2]float64{{0.3, 0.2}, {0.42, 0.25}, {0.07, 0.14}, {0.1, 0.06}} {
		h, c := newHall(5), standing()
		h.things = append(h.things, screen(0.31, 1.0, size[0], size[1]))
		hidden := privacy.Hide(h.picture(c), privacy.Scene{Projector: c, Target: h.target})
		if got := covered(box(c, 0.31, 1.0, size[0], size[1]), hidden); got < 0.99 {
			t.Errorf("screen of %v m: %.0f %% hidden: %v", size, 100*got, within(hidden))
		}
	}
}

// What a clean look may show: lights, a display that is to be read, glare, another lamp, a device that was moved.
func TestRacksThatShowNobodyAreLeft(t *testing.T) {
	disc := func(cx, cy, r float64, c bgr, soft bool) func(x, y float64) (bgr, bool) {
		return func(x, y float64) (bgr, bool) {
			d := math.Hypot(x-cx, y-cy) / r
			if !soft {
				return c, d < 1
			}
			k := math.Exp(-d * d)
			return bgr{30 + c[0]*k, 30 + c[1]*k, 30 + c[2]*k}, k > 0.05
		}
	}
	for name, thing := range map[string]func(x, y float64) (bgr, bool){
		"nothing":      func(float64, float64) (bgr, bool) { return bgr{}, false },
		"amber light":  disc(0.2, 1.1, 0.012, bgr{40, 140, 255}, true),
		"bright light": disc(0.2, 1.1, 0.02, bgr{255, 255, 255}, false),
		"glare":        disc(0.3, 1.1, 0.06, bgr{255, 255, 255}, true),
		"red display": func(x, y float64) (bgr, bool) {
			return bgr{255, 255, 255}, math.Abs(x-0.4) < 0.05 && math.Abs(y-0.9) < 0.025
		},
		"empty place": func(x, y float64) (bgr, bool) {
			return bgr{9, 9, 9}, x > 0.06 && x < 0.54 && y > 0.1+20*maps.UnitM && y < 0.1+22*maps.UnitM
		},
	} {
		h, c := newHall(6), standing()
		h.things = append(h.things, thing)
		h.lamp = bgr{0.7, 0.8, 0.8}
		h.target.Instruments = []maps.Instrument{{Kind: maps.Display, X: 0.4, Y: 0.9, WidthM: 0.1, HeightM: 0.05}}
		for _, normal := range []*ortho.Picture{nil, h.normal()} {
			img := h.picture(c)
			before := slices.Clone(img.BGR)
			hidden := privacy.Hide(img, privacy.Scene{Projector: c, Target: h.target, Normal: normal})
			if got := within(hidden); len(got) > 0 {
				t.Errorf("%s, commissioned %v: hid %v", name, normal != nil, got)
			}
			r := box(c, 0.3, 1.1, 0.5, 0.5)
			for y := r.Min.Y; y < r.Max.Y; y++ {
				a, b := 3*(y*c.w+r.Min.X), 3*(y*c.w+r.Max.X)
				if !bytes.Equal(img.BGR[a:b], before[a:b]) {
					t.Fatalf("%s: row %d of the rack was changed", name, y)
				}
			}
		}
	}
}

func TestHiddenPlacesHoldNoDetail(t *testing.T) {
	h, c := newHall(7), standing()
	h.things = append(h.things, head(0.3, 1.2, 0.2, tones[2], bgr{20, 20, 25}))
	img := h.picture(c)
	privacy.Hide(img, privacy.Scene{Projector: c, Target: h.target, Normal: h.normal()})
	r := box(c, 0.3, 1.2, 0.14, 0.18)
	steepest := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			d := img.Luma(x, y) - img.Luma(x+1, y)
			steepest = max(steepest, d, -d)
		}
	}
	if steepest > 12 { // an eye's edge was a step of 100
		t.Errorf("a step of %d grey levels is left in the face", steepest)
	}
}

func TestSmallAndBrokenFramesDoNoHarm(t *testing.T) {
	for _, f := range []burst.Frame{
		{}, {Width: 1, Height: 1, BGR: []byte{1, 2, 3}}, {Width: 100, Height: 100}, {Width: -3, Height: -1, BGR: make([]byte, 9)},
		{Width: math.MaxInt / 2, Height: 6, BGR: make([]byte, 30)}, {Width: 31, Height: 40, BGR: make([]byte, 3*31*40)},
	} {
		privacy.Hide(f, privacy.Scene{})
	}
}

// anyProjector is a registration gone wrong.
type anyProjector struct{ a, b, c, d, e, f float64 }

func (p anyProjector) FaceToPixel(x, y float64) (u, v float64, ok bool) {
	return p.a*x + p.b*y + p.c, p.d*x + p.e*y + p.f, x*p.a > -1e3
}

func TestNoSceneIsTooOdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64()
		w, h := rapid.IntRange(1, 90).Draw(t, "w"), rapid.IntRange(1, 90).Draw(t, "h")
		s := privacy.Scene{Target: vision.Target{
			WidthM: f.Draw(t, "width"), BaseM: f.Draw(t, "base"), UHeight: rapid.Int().Draw(t, "units"), TagSizeM: f.Draw(t, "tag"),
			Tags: []vision.TargetTag{{X: f.Draw(t, "tx"), Y: f.Draw(t, "ty")}}, Door: &maps.Door{},
			Instruments: []maps.Instrument{{X: f.Draw(t, "ix"), Y: f.Draw(t, "iy"), WidthM: f.Draw(t, "iw"), DiameterM: f.Draw(t, "id")}},
		}}
		if rapid.Bool().Draw(t, "sound rack") {
			s.Target.WidthM, s.Target.BaseM, s.Target.UHeight = 0.6, 0.1, 42
			s.Projector = camera{w: w, h: h, focal: float64(w), x: 0.3, y: 1, z: rapid.Float64Range(0.2, 3).Draw(t, "z")}
		} else if rapid.Bool().Draw(t, "projector") {
			s.Projector = anyProjector{f.Draw(t, "a"), f.Draw(t, "b"), f.Draw(t, "c"), f.Draw(t, "d"), f.Draw(t, "e"), f.Draw(t, "f")}
		}
		if rapid.Bool().Draw(t, "normal") {
			n := rapid.IntRange(0, 9).Draw(t, "n")
			s.Normal = &ortho.Picture{
				LeftM: f.Draw(t, "left"), TopM: f.Draw(t, "top"), ScaleM: f.Draw(t, "scale"), Width: n, Height: 3,
				BGR: make([]byte, 3*3*n), Seen: make([]byte, rapid.IntRange(0, 3).Draw(t, "seen")*n),
			}
		}
		img := burst.Frame{Width: w, Height: h, BGR: rapid.SliceOfN(rapid.Byte(), 3*w*h, 3*w*h).Draw(t, "px")}
		for _, p := range privacy.Hide(img, s) {
			if p.X0 < 0 || p.Y0 < 0 || p.X1 > w || p.Y1 > h || p.X0 >= p.X1 || p.Y0 >= p.Y1 {
				t.Fatalf("a picture of %d x %d px: hid %+v", w, h, p)
			}
		}
	})
}

func BenchmarkHide(b *testing.B) {
	h, c := newHall(8), standing()
	h.things = append(h.things, head(0.3, 1.2, 0.2, tones[2], bgr{20, 20, 25}))
	for _, k := range []int{1, 2} {
		cam := c
		cam.w, cam.h, cam.focal = c.w*k, c.h*k, c.focal*float64(k)
		img, s := h.picture(cam), privacy.Scene{Projector: cam, Target: h.target, Normal: h.normal()}
		b.Run(fmt.Sprint(cam.w), func(b *testing.B) {
			for b.Loop() {
				privacy.Hide(burst.Frame{Width: img.Width, Height: img.Height, BGR: slices.Clone(img.BGR)}, s)
			}
		})
	}
}
