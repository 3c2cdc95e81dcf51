package robot

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var dawn = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// A base at 0.8 m/s that was not heard for 2 s, on a busy computer, has driven 1.6 m and has not started anew.
func TestABaseNotHeardForAMomentHasDrivenOn(t *testing.T) {
	for name, tc := range map[string]struct {
		o     firmware.Pose
		since time.Duration
		wantX float64 // where the robot is, m
	}{
		"on its way":                      {firmware.Pose{X: 5.2}, 200 * time.Millisecond, 15.2},
		"not heard for 2 s":               {firmware.Pose{X: 6.8}, 2 * time.Second, 16.8},
		"not heard for 30 s":              {firmware.Pose{X: 20}, 30 * time.Second, 30},
		"started anew at once":            {firmware.Pose{}, 200 * time.Millisecond, 15},
		"started anew, away for a minute": {firmware.Pose{X: 0.1}, time.Minute, 15},
	} {
		var w whereabouts
		w.sense(firmware.Pose{X: 5}, dawn)
		w.fix("h", maps.Pose{X: 15}, firmware.Pose{X: 5})
		w.sense(tc.o, dawn.Add(tc.since))
		if _, p, _, _ := w.pose(); !near(p, maps.Pose{X: tc.wantX}) {
			t.Errorf("%s: at %.1f m, want %.1f", name, p.X, tc.wantX)
		}
	}
}

func poses(t *rapid.T, label string) maps.Pose {
	m := rapid.Float64Range(-50, 50)
	return maps.Pose{X: m.Draw(t, label+" x"), Y: m.Draw(t, label+" y"), ThetaRad: rapid.Float64Range(-3, 3).Draw(t, label+" theta")}
}

func near(a, b maps.Pose) bool {
	return math.Hypot(a.X-b.X, a.Y-b.Y) < 1e-6 && math.Abs(wrap(a.ThetaRad-b.ThetaRad)) < 1e-6
}

func TestAFixHoldsWhateverTheOdometrySays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w whereabouts
		truth, odometry, step := poses(t, "truth"), poses(t, "odometry"), poses(t, "step")
		w.sense(firmware.Pose(odometry), dawn)
		w.fix("h", truth, firmware.Pose(odometry))
		if _, p, _, known := w.pose(); !known || !near(p, truth) {
			t.Fatalf("at %+v, want %+v", p, truth)
		}
		if got := maps.Pose(w.target(compose(truth, step))); !near(got, compose(odometry, step)) {
			t.Fatalf("a target %+v further is %+v in the odometry frame, want %+v", step, got, compose(odometry, step))
		}
		// A base that starts anew counts from its own origin: the robot has not moved.
		w.sense(firmware.Pose{X: odometry.X + 10}, dawn)
		if _, p, _, _ := w.pose(); !near(p, truth) {
			t.Fatalf("after a restart of the base at %+v, want %+v", p, truth)
		}
		if !near(compose(inverse(truth), truth), maps.Pose{}) {
			t.Fatal("inverse does not undo")
		}
	})
}

// The rack stands at (10, 5) with its front to the west (theta pi): 0.6 m wide, 1.1 m deep. Who stands 1 m before the
// middle of its front is at (8.45, 5) and looks east.
func TestBeforeFacePutsTheCameraWhereTheTagsSay(t *testing.T) {
	r := &maps.Rack{Pose: maps.Pose{X: 10, Y: 5, ThetaRad: math.Pi}, Type: &maps.RackType{WidthM: 0.6, DepthM: 1.1}}
	for name, tc := range map[string]struct {
		face maps.Face
		reg  vision.Registration
		want maps.Pose
	}{
		"front, straight":            {maps.Front, vision.Registration{X: 0.3, Z: 1}, maps.Pose{X: 8.45, Y: 5}},
		"front, 10 cm to the right":  {maps.Front, vision.Registration{X: 0.4, Z: 1}, maps.Pose{X: 8.45, Y: 4.9}},
		"front, looking to the left": {maps.Front, vision.Registration{X: 0.3, Z: 1, YawRad: -0.1}, maps.Pose{X: 8.45, Y: 5, ThetaRad: 0.1}},
		"rear, straight":             {maps.Rear, vision.Registration{X: 0.3, Z: 1}, maps.Pose{X: 11.55, Y: 5, ThetaRad: math.Pi}},
	} {
		if got := beforeFace(r, tc.face, tc.reg); !near(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestUprightTurnsTheArrayAsItIsMounted(t *testing.T) {
	var raw [768]float32
	raw[23*32+0], raw[0*32+31] = 10, 20 // sensor row 23, column 0; and row 0, column 31
	f := upright(&raw)
	if f.Width != 24 || f.Height != 32 || f.C[0] != 10 || f.C[31*24+23] != 20 {
		t.Errorf("%d x %d, upper left %v, lower right %v", f.Width, f.Height, f.C[0], f.C[31*24+23])
	}
}
