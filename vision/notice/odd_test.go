package notice_test

import (
	"image"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// anyPicture draws a picture of any size, sometimes not what it says.
func anyPicture(t *rapid.T, name string) ortho.Picture {
	p := ortho.Picture{
		LeftM: rapid.SampledFrom([]float64{-0.05, 0, 1e9, math.NaN()}).Draw(t, name+"Left"), TopM: rapid.Float64Range(-1, 2).Draw(t, name+"Top"),
		ScaleM: rapid.SampledFrom([]float64{0.001, 0.002, 0.0005, 0.004, 0, -1, math.Inf(1)}).Draw(t, name+"Scale"),
		Width:  rapid.IntRange(-1, 300).Draw(t, name+"Width"), Height: rapid.IntRange(-1, 300).Draw(t, name+"Height"),
	}
	n := max(0, p.Width) * max(0, p.Height)
	p.BGR, p.Seen = make([]byte, 3*n), make([]byte, n)
	seed := rapid.IntRange(1, 1000).Draw(t, name+"Grain")
	for i := range p.BGR {
		p.BGR[i] = byte(i * seed * 2654435761 >> 11)
	}
	for i := range p.Seen {
		p.Seen[i] = byte(min(1, (i*seed>>7)&7))
	}
	if rapid.Bool().Draw(t, name+"Short") && n > 3 {
		p.Seen = p.Seen[:n-3]
	}
	return p
}

// nowhere is a projector that gives anything.
type nowhere struct{ v float64 }

func (n nowhere) FaceToPixel(x, y float64) (u, v float64, ok bool) { return n.v * x, n.v * y, true }

func (n nowhere) PointToPixel(x, y, _ float64) (u, v float64, ok bool) { return n.v * x, n.v * y, true }

func TestOddScenesDoNotStopALook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := notice.Scene{Target: target(), Face: anyPicture(t, "face")}
		s.Target.Door = &maps.Door{Kind: rapid.SampledFrom([]string{"perforated", "glass", "solid", "curtain"}).Draw(t, "door"), GapM: rapid.Float64().Draw(t, "gap")}
		s.Target.WidthM = rapid.SampledFrom([]float64{0.6, 0, 0.05, math.NaN(), 1e12}).Draw(t, "width")
		s.Target.FromU = rapid.IntRange(-3, 60).Draw(t, "from")
		s.Target.ToU = rapid.IntRange(-3, 60).Draw(t, "to")
		s.Target.Devices[0].Min.X = rapid.Float64().Draw(t, "min")
		s.Eye.Z = rapid.Float64().Draw(t, "z")
		s.SigmaM = rapid.Float64().Draw(t, "sigma")
		s.Projector, s.Hidden = nowhere{rapid.Float64().Draw(t, "projector")}, []image.Rectangle{image.Rect(0, 0, 50, 50)}
		for i, p := range []**ortho.Picture{&s.NormalFace, &s.Floor, &s.NormalFloor} {
			if v := anyPicture(t, string(rune('a'+i))); rapid.Bool().Draw(t, "given") {
				*p = &v
			}
		}
		for _, o := range append(notice.Notice(s), notice.Lit(s, notice.Known(s.Target, nil, nil))...) {
			if o.State == "" || !(o.Confidence >= 0 && o.Confidence <= 1) {
				t.Fatalf("%+v", o)
			}
		}
		notice.Learn(s, s.Face)
		if web, ok := s.Web(); ok {
			x, y, wide := rapid.Float64().Draw(t, "x"), rapid.Float64().Draw(t, "y"), rapid.Float64().Draw(t, "diameter")
			if share, _ := web.Seen(x, y, wide); !(share >= 0 && share <= 1) {
				t.Fatalf("a share of %g of a disc at %g, %g", share, x, y)
			}
		}
	})
}

func BenchmarkLook(b *testing.B) {
	then := commissioned()
	then.door = &maps.Door{Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.05}
	now := patrol()
	now.door = then.door
	s := scene(now, then)
	var n int
	for b.Loop() {
		seen := notice.Notice(s)
		n += len(seen) + len(notice.Lit(s, notice.Known(s.Target, &vision.Normals{}, seen)))
	}
}
