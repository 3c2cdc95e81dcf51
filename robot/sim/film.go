package sim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

const (
	defaultBurst = 4 * time.Second
	defaultFPS   = 30.0
	mostFrames   = 1200
	jitter       = 1500 * time.Microsecond // of a frame's time, at most
	dropShare    = 0.005                   // of frames that the driver loses
)

// A filmCamera renders bursts. It takes one at a time, and each takes as long as it says.
//
// Fresh memory is what a burst costs most, so a file is used again once its reader has removed it: the camera
// keeps a name of its own for each (a hard link), and a file that has no other name is free.
type filmCamera struct {
	body *Body
	seed uint64

	mu    sync.Mutex
	count uint64 // bursts
	films uint64 // files
}

var _ camera.Camera = (*filmCamera)(nil)

// Burst takes a burst of the default length and rate where the spec says nothing.
func (c *filmCamera) Burst(ctx context.Context, s camera.Spec) (camera.Burst, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Duration == 0 {
		s.Duration = defaultBurst
	}
	if s.FPS == 0 {
		s.FPS = defaultFPS
	}
	if s.Exposure == 0 {
		s.Exposure = scene.ReferenceExposure
	}
	n := int(s.Duration.Seconds()*s.FPS) + 1
	if s.Duration < 0 || s.FPS < 0 || s.Exposure < 0 || n > mostFrames || n < 1 {
		return camera.Burst{}, fmt.Errorf("take a burst of %s at %g fps: want 1 to %d frames", s.Duration, s.FPS, mostFrames)
	}
	if err := ctx.Err(); err != nil {
		return camera.Burst{}, fmt.Errorf("take a burst: %w", err)
	}
	clk := c.body.world.opt.Clock
	start := clk.Now()
	f := pictureHeight / 2 / math.Tan(pictureVFOV/2)
	shot := scene.Shot{
		View: c.body.view(), Width: pictureWidth, Height: pictureHeight, Exposure: s.Exposure, Times: c.times(start, s.FPS, n),
		Intrinsics: camera.Intrinsics{FX: f, FY: f, CX: (pictureWidth - 1) / 2.0, CY: (pictureHeight - 1) / 2.0},
	}
	path, err := c.develop(shot)
	if err != nil {
		return camera.Burst{}, fmt.Errorf("take a burst: %w", err)
	}
	burst := camera.Burst{
		Path: path, Width: shot.Width, Height: shot.Height, Times: shot.Times, Exposure: s.Exposure, Intrinsics: shot.Intrinsics,
	}
	if s.Bracket > 0 {
		short := shot
		short.Exposure = time.Duration(float64(s.Exposure) * s.Bracket)
		short.Times = []time.Time{shot.Times[len(shot.Times)-1].Add(time.Duration(float64(time.Second) / s.FPS))}
		if burst.BracketPath, err = c.develop(short); err != nil {
			_ = os.Remove(path)
			return camera.Burst{}, fmt.Errorf("take a burst: %w", err)
		}
		burst.BracketExposure = short.Exposure
	}
	if err := clk.Sleep(ctx, start.Add(s.Duration).Sub(clk.Now())); err != nil {
		_, _ = os.Remove(path), os.Remove(burst.BracketPath)
		return camera.Burst{}, fmt.Errorf("take a burst: %w", err)
	}
	return burst, nil
}

// times are the frames' true times: not quite even, and now and then one is lost.
func (c *filmCamera) times(start time.Time, fps float64, n int) []time.Time {
	c.count++
	rng := rand.New(rand.NewPCG(c.seed, c.count))
	ts := make([]time.Time, 0, n)
	for i := range n {
		at := start.Add(time.Duration(float64(i) / fps * float64(time.Second)))
		at = at.Add(time.Duration((2*rng.Float64() - 1) * min(float64(jitter), 0.1e9/fps)))
		if i > 0 && rng.Float64() < dropShare {
			continue
		}
		ts = append(ts, at)
	}
	return ts
}

// develop renders a burst into a file and returns a name of it that is the caller's.
func (c *filmCamera) develop(shot scene.Shot) (path string, err error) {
	w := c.body.world
	if err := os.MkdirAll(w.opt.FilmDir, 0o700); err != nil {
		return "", err
	}
	f, err := c.film()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()

	if err := w.scene.Render(f, shot, w); err != nil {
		return "", err
	}
	if err := f.Truncate(int64(len(shot.Times)) * int64(shot.Width) * int64(shot.Height) * 3); err != nil {
		return "", err
	}
	c.films++
	path = filepath.Join(w.opt.FilmDir, fmt.Sprintf("%s-%d.bgr", fileName(c.body.serial), c.films))
	_ = os.Remove(path) // of an earlier run
	return path, os.Link(f.Name(), path)
}

// forget removes the bursts that an earlier run of the world, killed, left behind.
func (c *filmCamera) forget() {
	left, _ := filepath.Glob(filepath.Join(c.body.world.opt.FilmDir, fileName(c.body.serial)+"-*.bgr")) // the pattern is sound
	for _, name := range left {
		_ = os.Remove(name) // what cannot be removed is only not used again
	}
}

// mostFilms is how many bursts of one camera can be kept by readers at a time.
const mostFilms = 8

// film opens a file that nobody reads any more, or a new one.
func (c *filmCamera) film() (*os.File, error) {
	for k := range mostFilms {
		name := filepath.Join(c.body.world.opt.FilmDir, fmt.Sprintf("%s.film%d", fileName(c.body.serial), k))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		st, err := f.Stat()
		if err == nil && links(st) == 1 {
			return f, nil
		}
		_ = f.Close()
	}
	return nil, fmt.Errorf("%d bursts in %s are not removed yet: whoever asked for a burst must remove its file", mostFilms, c.body.world.opt.FilmDir)
}

func links(st os.FileInfo) uint64 {
	if s, ok := st.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink) //nolint:unconvert // its type depends on the architecture
	}
	return 0
}

// fileName is a serial number as a file's name: what might lead elsewhere is hashed.
func fileName(serial string) string {
	for _, r := range serial {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return shortHash(serial)
		}
	}
	return serial
}

func hash64(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // a hash never fails
	return h.Sum64()
}
