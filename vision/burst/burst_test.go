package burst_test

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/vision/burst"
)

func file(t *testing.T, n int) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "b.raw")
	if err := os.WriteFile(p, make([]byte, n), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenRefusesWhatIsNotABurst(t *testing.T) {
	for name, tc := range map[string]struct{ size, w, h, n int }{
		"short file":    {17, 2, 3, 1},
		"long file":     {19, 2, 3, 1},
		"no frames":     {0, 2, 3, 0},
		"negative size": {18, -2, -3, 1},
		"absurd size":   {18, 1 << 40, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := burst.Open(file(t, tc.size), tc.w, tc.h, tc.n); err == nil {
				t.Fatal("opened")
			}
		})
	}
	if _, err := burst.Open(filepath.Join(t.TempDir(), "none"), 2, 3, 1); err == nil {
		t.Fatal("opened a file that is not there")
	}
}

func TestFramesEndWithClose(t *testing.T) {
	b, err := burst.Open(file(t, 36), 2, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := b.Frame(1); err != nil || len(f.BGR) != 18 {
		t.Fatalf("frame 1: %d bytes, %v", len(f.BGR), err)
	}
	if _, err := b.Frame(2); err == nil {
		t.Fatal("a third frame of two")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal("closing twice:", err)
	}
	if _, err := b.Frame(0); err == nil {
		t.Fatal("a frame of a closed burst")
	}
}

func TestYCbCrKeepsColours(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 5, 3))
	want := color.RGBA{R: 200, G: 90, B: 20, A: 255}
	for y := range 3 {
		for x := range 5 {
			src.Set(x, y, want)
		}
	}
	got := burst.FromImage(src).YCbCr()
	r, g, b, _ := got.At(4, 2).RGBA()
	for i, d := range []int{int(r>>8) - 200, int(g>>8) - 90, int(b>>8) - 20} {
		if d < -4 || d > 4 {
			t.Fatalf("channel %d off by %d", i, d)
		}
	}
}
