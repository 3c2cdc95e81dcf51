package register_test

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/looktest"
	"github.com/nightrounds/nightrounds/vision/register"
)

// leaf covers the inner part of every tag, as the leaf of a closed door does.
func leaf(g *image.Gray, s *looktest.Scene, shareLeft float64) {
	for _, tag := range s.Target.Tags {
		half := s.Target.TagSizeM / 2
		u0, v0 := s.Pixel(tag.X-half, tag.Y+half)
		u1, v1 := s.Pixel(tag.X+half, tag.Y-half)
		if edge := u0 + shareLeft*(u1-u0); tag.X < s.Target.WidthM/2 {
			u0, u1 = edge, u1+12
		} else {
			u0, u1 = u0-12, u1-shareLeft*(u1-u0)
		}
		for v := int(v0) - 12; v <= int(v1)+12; v++ {
			for u := int(u0); u <= int(u1); u++ {
				if (image.Point{X: u, Y: v}).In(g.Rect) {
					g.Pix[v*g.Stride+u] = 34
				}
			}
		}
	}
}

// believed is the scene's pose as a robot believes it, off by its deviations.
func believed(s *looktest.Scene, r *rand.Rand) *vision.BelievedPose {
	const m, rad = 0.03, 0.02
	return &vision.BelievedPose{
		X: s.X + m*r.NormFloat64(), Y: s.Y + m*r.NormFloat64(), Z: s.Z + m*r.NormFloat64(),
		YawRad: s.Yaw + rad*r.NormFloat64(), PitchRad: s.Pitch + rad*r.NormFloat64(), SigmaM: m, SigmaRad: rad,
	}
}

// heightOff is the worst error of heights on the face, m.
func heightOff(s *looktest.Scene, fit register.Fit) float64 {
	worst := 0.0
	for y := 0.15; y < 1.05; y += 0.05 {
		u, v := s.Pixel(0.3, y)
		_, told, ok := fit.PixelToFace(u, v)
		if !ok {
			return math.Inf(1)
		}
		worst = max(worst, math.Abs(told-y))
	}
	return worst
}

// TestTheBeliefFindsTagsThatALeafCuts: of tags whose inner quarter is covered nothing is decoded; laid over the picture
// where the belief shows them, they place the camera.
func TestTheBeliefFindsTagsThatALeafCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 7))
	for range 6 {
		s := looktest.New()
		g := picture(t, s)
		leaf(g, s, 0.75)
		if _, err := register.Register(g, s.Target, cameraOf(s)); !errors.Is(err, register.ErrCannotTell) {
			t.Fatalf("cut tags were decoded: %v", err)
		}
		fit, err := register.Near(g, s.Target, cameraOf(s), believed(s, r))
		if err != nil {
			t.Fatal(err)
		}
		if off := heightOff(s, fit); len(fit.Tags) < 4 || off > max(0.002, 3*fit.SigmaM) {
			t.Errorf("%d tags, heights off by %.1f mm, sigma %.1f mm", len(fit.Tags), off*1000, fit.SigmaM*1000)
		}
	}
}

// TestNoTagsAreReadIntoAFaceWithoutThem: a belief alone tells nothing, nor does one of another place.
func TestNoTagsAreReadIntoAFaceWithoutThem(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	s := looktest.New()
	bare := picture(t, s)
	leaf(bare, s, 0)
	cut := picture(t, s)
	leaf(cut, s, 0.75)
	astray := believed(s, r)
	astray.X, astray.YawRad = astray.X+0.5, astray.YawRad-0.2
	for name, c := range map[string]struct {
		g  *image.Gray
		by *vision.BelievedPose
	}{"covered": {bare, believed(s, r)}, "no belief": {cut, nil}, "a belief without deviations": {cut, &vision.BelievedPose{Z: 1}}} {
		if fit, err := register.Near(c.g, s.Target, cameraOf(s), c.by); !errors.Is(err, register.ErrCannotTell) {
			t.Errorf("%s: told %+v, %v", name, fit.Pose, err)
		}
	}
	if fit, err := register.Near(cut, s.Target, cameraOf(s), astray); err == nil && heightOff(s, fit) > 3*fit.SigmaM {
		t.Errorf("a belief astray: heights off by %.1f mm, sigma %.1f mm", heightOff(s, fit)*1000, fit.SigmaM*1000)
	}
}
