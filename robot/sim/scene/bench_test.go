package scene_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// BenchmarkBurst renders the sample robots' burst, 4 s at 30 fps of 720 x 1280 px, into a file on tmpfs
// that is used again, as the camera does.
func BenchmarkBurst(b *testing.B) {
	dir, err := os.MkdirTemp("/dev/shm", "burst")
	if err != nil {
		b.Skip("no tmpfs at /dev/shm:", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s := newScene(b, 1)
	shot := scene.Shot{View: before(0.62, 0.03), Width: 720, Height: 1280, Intrinsics: pinhole(720, 1280), Times: times(120, 30)}
	b.SetBytes(120 * 720 * 1280 * 3)
	for b.Loop() {
		f, err := os.OpenFile(filepath.Join(dir, "frames"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Render(f, shot, truth{}); err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
}

// BenchmarkThermalPixels is the sensor's look at a rear, taken anew for each subpage that a driver reads.
func BenchmarkThermalPixels(b *testing.B) {
	s := newScene(b, 1)
	for b.Loop() {
		s.ThermalPixels(behind(1.2), truth{}, noon)
	}
}
