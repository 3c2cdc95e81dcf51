package sim_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim"
)

// addRobot puts a body into a world.
func addRobot(t *testing.T, w *sim.World, opt sim.BodyOptions) *sim.Body {
	t.Helper()
	b, err := w.AddRobot(opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRobotStartsOnItsDockAndTheDockSaysWhere(t *testing.T) {
	w := newWorld(t, t.TempDir())
	b := addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Dock: "dock-1"})
	hall, pose, ok := b.StartPose()
	if want := (maps.Pose{X: -1, Y: 1.55}); hall != "h" || !ok || pose != want {
		t.Errorf("got %q %+v %v, want %+v on a dock, looking to the lane", hall, pose, ok, want)
	}
	away := addRobot(t, w, sim.BodyOptions{Serial: "NR-02", Start: maps.Pose{X: 0.3, Y: 1.55}})
	if _, _, ok := away.StartPose(); ok {
		t.Error("a robot in the lane was told where it is")
	}
}

func TestRobotsThatCannotBeAreRefused(t *testing.T) {
	w := newWorld(t, t.TempDir())
	addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Dock: "dock-1"})
	for name, opt := range map[string]sim.BodyOptions{
		"twice":   {Serial: "NR-01", Dock: "dock-1"},
		"no name": {Dock: "dock-1"},
		"no dock": {Serial: "NR-03", Dock: "dock-9"},
		"no hall": {Serial: "NR-03", Hall: "x"},
	} {
		if _, err := w.AddRobot(opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBurstTakesItsTimeAndTellsItsTruth(t *testing.T) {
	w := newWorld(t, t.TempDir())
	b := addRobot(t, w, sim.BodyOptions{Serial: "NR/01", Start: maps.Pose{X: 0.3, Y: 1.55, ThetaRad: -math.Pi / 2}})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		burst, err := b.Camera().Burst(context.Background(), camera.Spec{Duration: 200 * time.Millisecond, FPS: 30, Exposure: 4 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 200*time.Millisecond {
			t.Errorf("a burst of 200 ms took %s", d)
		}
		st, err := os.Stat(burst.Path)
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(len(burst.Times)) * 720 * 1280 * 3; st.Size() != want || len(burst.Times) < 6 {
			t.Errorf("%d frames in %d bytes, want %d", len(burst.Times), st.Size(), want)
		}
		for i := 1; i < len(burst.Times); i++ {
			if !burst.Times[i].After(burst.Times[i-1]) {
				t.Errorf("frame %d is not after the one before it", i)
			}
		}
		if vfov := 2 * math.Atan(640/burst.Intrinsics.FY) * 180 / math.Pi; math.Abs(vfov-70) > 0.1 || burst.Exposure != 4*time.Millisecond {
			t.Errorf("the burst is of a camera %.1f° high, exposure %s", vfov, burst.Exposure)
		}
	})
}

func TestFilmIsUsedAgainOnceItsReaderRemovedIt(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, dir)
	b := addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Dock: "dock-1"})
	spec := camera.Spec{Duration: time.Millisecond, FPS: 30}
	take := func() string {
		burst, err := b.Camera().Burst(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		return burst.Path
	}
	kept := take()
	before, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := os.Remove(take()); err != nil {
			t.Fatal(err)
		}
	}
	after, err := os.ReadFile(kept)
	if err != nil || string(after) != string(before) {
		t.Error("a burst that its reader kept was written over")
	}
	if films, err := filepath.Glob(filepath.Join(dir, "film", "*.film*")); err != nil || len(films) != 2 {
		t.Errorf("%d films for one kept burst and three removed ones, want 2", len(films))
	}
	for range 7 {
		take()
	}
	if _, err := b.Camera().Burst(context.Background(), spec); err == nil {
		t.Error("bursts that nobody removes fill the memory")
	}
}

func TestBurstEndsWithItsContext(t *testing.T) {
	w := newWorld(t, t.TempDir())
	b := addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Dock: "dock-1"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Camera().Burst(ctx, camera.Spec{Duration: time.Second, FPS: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := b.Camera().Burst(ctx, camera.Spec{Duration: time.Hour, FPS: 30}); err == nil {
		t.Error("a burst of an hour was taken")
	}
}

func TestRobotStandsAfterAKillWhereItStood(t *testing.T) {
	dir := t.TempDir()
	was := maps.Pose{X: 0.3, Y: 1.55, ThetaRad: 1}
	w := newWorld(t, dir)
	addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Start: was})
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // Run saves before it looks at its context
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	b := addRobot(t, newWorld(t, dir), sim.BodyOptions{Serial: "NR-01", Dock: "dock-1"})
	_, pose, ok := b.StartPose()
	if ok || math.Hypot(pose.X-was.X, pose.Y-was.Y) > 1e-6 || math.Abs(pose.ThetaRad-was.ThetaRad) > 1e-6 {
		t.Errorf("the robot stands at %+v (on a dock: %v), want %+v", pose, ok, was)
	}
}

// The air sensor is read as its data sheet says: command FD, 10 ms, six bytes.
func TestBusReachesTheAirAndTheThermalSensor(t *testing.T) {
	w := newWorld(t, t.TempDir())
	b := addRobot(t, w, sim.BodyOptions{Serial: "NR-01", Start: maps.Pose{X: 0.3, Y: 1.55, ThetaRad: -math.Pi / 2}})
	synctest.Test(t, func(t *testing.T) {
		if err := b.Bus().Tx(0x44, []byte{0xfd}, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // of the bubble's clock
		var r [6]byte
		if err := b.Bus().Tx(0x44, nil, r[:]); err != nil {
			t.Fatal(err)
		}
		if c := -45 + 175*float64(int(r[0])<<8|int(r[1]))/65535; c < 20 || c > 24 {
			t.Errorf("the air before a front has %.1f °C", c)
		}
		if err := b.Bus().Tx(0x33, []byte{0x24, 0x00}, make([]byte, 2)); err != nil {
			t.Errorf("the thermal sensor's EEPROM: %v", err)
		}
		if err := b.Bus().Tx(0x10, []byte{0}, nil); err == nil {
			t.Error("an address without a chip answers")
		}
	})
}
