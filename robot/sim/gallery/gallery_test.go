package gallery_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/gallery"
)

func shoot(t testing.TB, o gallery.Options, rack int, a gallery.Ask) (*gallery.Place, *gallery.Shot) {
	t.Helper()
	g, err := gallery.New(o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Rack(rack)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Shoot(a)
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

// TestTheSameSeedMakesTheSamePictures, byte for byte.
func TestTheSameSeedMakesTheSamePictures(t *testing.T) {
	_, a := shoot(t, gallery.Options{Seed: 3, Hard: true}, 5, gallery.Ask{Seconds: 0.2})
	first := bytes.Clone(a.Frame(2))
	a.Close()
	_, b := shoot(t, gallery.Options{Seed: 3, Hard: true}, 5, gallery.Ask{Seconds: 0.2})
	defer b.Close()
	if !bytes.Equal(first, b.Frame(2)) {
		t.Error("two renderings of one rack differ")
	}
}

// TestSharedRenderingChangesNothing: frames of which only the lights are drawn anew are those that are drawn wholly, byte
// for byte, so that no result can differ. NIGHTROUNDS_RACKS says of how many racks.
func TestSharedRenderingChangesNothing(t *testing.T) {
	racks := 2
	if text := os.Getenv("NIGHTROUNDS_RACKS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("NIGHTROUNDS_RACKS=%q is no number of racks", text)
		}
		racks = n
	}
	for rack := range racks {
		_, quick := shoot(t, gallery.Options{Seed: 4, Hard: true}, rack, gallery.Ask{Seconds: 0.3})
		_, whole := shoot(t, gallery.Options{Seed: 4, Hard: true, EveryFrame: true}, rack, gallery.Ask{Seconds: 0.3})
		for i := range quick.Times {
			if !bytes.Equal(quick.Frame(i), whole.Frame(i)) {
				t.Errorf("rack %d: frame %d differs", rack, i)
			}
		}
		quick.Close()
		whole.Close()
	}
}

// TestLightsShineWhereTheTruthSays compares the brightest places of a dark picture with the truth's pixels.
func TestLightsShineWhereTheTruthSays(t *testing.T) {
	p, s := shoot(t, gallery.Options{Seed: 6}, 1, gallery.Ask{Seconds: 0.1})
	defer s.Close()
	frame := s.Frame(0)
	seen := 0
	for _, l := range s.Lights {
		if l.State.Pattern != "solid" {
			continue
		}
		seen++
		var sx, sy, sum float64
		const m = 9
		for y := int(l.V) - m; y <= int(l.V)+m; y++ {
			for x := int(l.U) - m; x <= int(l.U)+m; x++ {
				i := 3 * (y*s.Width + x)
				v := math.Pow(float64(max(frame[i], frame[i+1], frame[i+2])), 6)
				sx, sy, sum = sx+v*float64(x), sy+v*float64(y), sum+v
			}
		}
		if d := math.Hypot(sx/sum-l.U, sy/sum-l.V); d > 1.2 {
			t.Errorf("%s %s shines %.2f px beside its truth", l.Device, l.LED, d)
		}
	}
	if seen < 10 {
		t.Errorf("only %d solid lights in view of %s", seen, p.View.ID)
	}
}

// TestPictures leaves pictures to be looked at, when NIGHTROUNDS_PICTURES names a folder for them.
func TestPictures(t *testing.T) {
	dir := os.Getenv("NIGHTROUNDS_PICTURES")
	if dir == "" {
		t.Skip("set NIGHTROUNDS_PICTURES to a folder to have pictures left there")
	}
	for rack := range 12 {
		_, s := shoot(t, gallery.Options{Seed: 1, Hard: true}, rack, gallery.Ask{Seconds: 0.1})
		img := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
		f := s.Frame(0)
		for i := range s.Width * s.Height {
			img.Set(i%s.Width, i/s.Width, color.RGBA{R: f[3*i+2], G: f[3*i+1], B: f[3*i], A: 255})
		}
		s.Close()
		out, err := os.Create(filepath.Join(dir, string(rune('a'+rack))+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(out, img); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	g, err := gallery.New(gallery.Options{Seed: 9, Hard: true})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		p, err := g.Rack(i % 8)
		if err != nil {
			b.Fatal(err)
		}
		s, err := p.Shoot(gallery.Ask{})
		if err != nil {
			b.Fatal(err)
		}
		for k := range s.Times {
			s.Frame(k)
		}
		s.Close()
	}
}
