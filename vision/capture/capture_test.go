package capture_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/capture"
)

// video writes a clip of 12 grey frames that grow brighter.
func video(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.avi")
	w, err := gocv.VideoWriterFile(path, "MJPG", 25, 64, 48, true)
	if err != nil || !w.IsOpened() {
		t.Skipf("OpenCV here writes no video: %v", err)
	}
	defer func() { _ = w.Close() }()
	for i := range 12 {
		m := gocv.NewMatWithSizeFromScalar(gocv.NewScalar(float64(20*i), float64(20*i), float64(20*i), 0), 48, 64, gocv.MatTypeCV8UC3)
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
	}
	return path
}

func TestTakeReadsAVideo(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "b.raw")
	clip, err := capture.Take(t.Context(), capture.Options{Source: video(t)}, raw, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := burst.Open(raw, clip.Width, clip.Height, len(clip.Times))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	f, err := b.Frame(9)
	if err != nil || len(clip.Times) != 10 || clip.Times[9].Sub(clip.Times[0]).Milliseconds() != 360 {
		t.Fatalf("%d frames, %v", len(clip.Times), err)
	}
	if v := f.Luma(32, 24); v < 170 || v > 190 {
		t.Errorf("frame 9 has grey %d, want 180", v)
	}
}

func TestTakeRefusesWhatIsNoVideo(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty.mp4": "", "text.mp4": "no video", "byte.avi": "R"} {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := capture.Take(context.Background(), capture.Options{Source: p}, filepath.Join(dir, "out.raw"), 10, 0); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
