package register_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/vision/looktest"
	"github.com/nightrounds/nightrounds/vision/register"
)

func cameraOf(s *looktest.Scene) register.Camera {
	return register.Camera{FX: s.FX, FY: s.FX, CX: s.CX, CY: s.CY, Dist: [5]float64{s.K1}}
}

func picture(t *testing.T, s *looktest.Scene) *image.Gray {
	t.Helper()
	f, err := s.Static()
	if err != nil {
		t.Fatal(err)
	}
	g := f.Gray()
	r := rand.New(rand.NewPCG(s.Seed, 4))
	for i := range g.Pix {
		g.Pix[i] = byte(max(0, min(255, float64(g.Pix[i])+r.NormFloat64()*s.Noise)))
	}
	return g
}

// TestRegisterFindsThePose holds the joint pose to 2 mm and 5 mrad, and heights on the face to 1 mm, over the poses
// that a robot takes.
func TestRegisterFindsThePose(t *testing.T) {
	for name, move := range map[string]func(*looktest.Scene){
		"straight":   func(*looktest.Scene) {},
		"yawed":      func(s *looktest.Scene) { s.X, s.Yaw = 0.18, 0.12 },
		"off centre": func(s *looktest.Scene) { s.X, s.Y, s.Z, s.Yaw = 0.22, 0.7, 1.1, 0.08 },
		"pitched":    func(s *looktest.Scene) { s.Pitch = -0.06 },
		"lens":       func(s *looktest.Scene) { s.K1 = -0.08 },
		"noisy":      func(s *looktest.Scene) { s.Noise = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			s := looktest.New()
			move(s)
			fit, err := register.Register(picture(t, s), s.Target, cameraOf(s))
			if err != nil {
				t.Fatal(err)
			}
			x, y, z := fit.Pose.Centre()
			yaw, pitch, _ := fit.Pose.Angles()
			if math.Hypot(math.Hypot(x-s.X, y-s.Y), z-s.Z) > 0.006 || math.Abs(yaw-s.Yaw) > 0.006 || math.Abs(pitch-s.Pitch) > 0.006 {
				t.Errorf("camera at %.4f %.4f %.4f yaw %.4f pitch %.4f, want %.4f %.4f %.4f %.4f %.4f",
					x, y, z, yaw, pitch, s.X, s.Y, s.Z, s.Yaw, s.Pitch)
			}
			worst := 0.0
			for fy := 0.15; fy < 1.05; fy += 0.05 {
				u, v := s.Pixel(0.3, fy)
				_, gy, ok := fit.PixelToFace(u, v)
				if !ok {
					t.Fatalf("pixel %g %g misses the face", u, v)
				}
				worst = max(worst, math.Abs(gy-fy))
			}
			if worst > 0.001 || len(fit.Tags) < 5 || fit.SigmaM > 0.004 {
				t.Errorf("worst height off by %.2f mm with %d tags, rms %.2f px, sigma %.2f mm", worst*1000, len(fit.Tags), fit.RMSPx, fit.SigmaM*1000)
			}
		})
	}
}

func TestRegisterCannotTell(t *testing.T) {
	for name, spoil := range map[string]func(*looktest.Scene){
		"one tag":         func(s *looktest.Scene) { s.Target.Tags = s.Target.Tags[:1] },
		"no tag":          func(s *looktest.Scene) { s.Target.Tags = nil },
		"far beyond tags": func(s *looktest.Scene) { s.Target.Tags, s.Target.ToU, s.Target.FromU = s.Target.Tags[:2], 42, 40 },
	} {
		t.Run(name, func(t *testing.T) {
			s := looktest.New()
			spoil(s)
			fit, err := register.Register(picture(t, s), s.Target, cameraOf(s))
			if !errors.Is(err, register.ErrCannotTell) {
				t.Fatalf("told %+v, %v", fit.Pose, err)
			}
		})
	}
}

func TestATagOfAnotherPlaceIsDropped(t *testing.T) {
	s := looktest.New()
	g := picture(t, s)
	moved := s.Target
	moved.Tags = append(moved.Tags[:0:0], moved.Tags...)
	moved.Tags[3].Y += 0.05
	fit, err := register.Register(g, moved, cameraOf(s))
	if err != nil {
		t.Fatal(err)
	}
	_, y, _ := fit.Pose.Centre()
	if len(fit.Tags) != 5 || math.Abs(y-s.Y) > 0.005 {
		t.Errorf("%d tags, camera at height %.4f m", len(fit.Tags), y)
	}
}

func TestFaceToPixelAndBack(t *testing.T) {
	s := looktest.New()
	s.K1 = -0.1
	fit, err := register.Register(picture(t, s), s.Target, cameraOf(s))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Float64Range(0, 0.6).Draw(t, "x"), rapid.Float64Range(0.1, 1.1).Draw(t, "y")
		u, v, ok := fit.FaceToPixel(x, y)
		if !ok {
			t.Fatal("behind the camera")
		}
		bx, by, ok := fit.PixelToFace(u, v)
		if !ok || math.Hypot(bx-x, by-y) > 1e-5 {
			t.Fatalf("%g %g came back as %g %g", x, y, bx, by)
		}
	})
}

func TestDetectRefusesImpossiblePictures(t *testing.T) {
	if _, err := register.Detect(image.NewGray(image.Rect(0, 0, 3, 3))); err == nil {
		t.Error("took a 3 x 3 picture")
	}
	if tags, err := register.Detect(image.NewGray(image.Rect(0, 0, 64, 64))); err != nil || len(tags) != 0 {
		t.Errorf("black picture: %v, %v", tags, err)
	}
	if _, err := register.DrawTag(587, 64); err == nil {
		t.Error("drew a tag that 36h11 does not have")
	}
}
