package firmware_test

import (
	"context"
	"errors"
	"math"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/firmware-bridge/simbase"
)

// A pair is an agent's end and a simulated base, joined by a pipe.
type pair struct {
	base  *firmware.Base
	sim   *simbase.Base
	alive atomic.Bool
}

// run builds a pair in a synctest bubble, where a night takes milliseconds, and hands it to test.
func run(t *testing.T, opt simbase.Options, test func(ctx context.Context, p *pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pair{}
		p.alive.Store(true)
		ours, theirs := net.Pipe()
		var err error
		if p.base, err = firmware.New(firmware.Options{Conn: ours, Alive: p.alive.Load}); err != nil {
			t.Fatal(err)
		}
		opt.Conn = theirs
		if p.sim, err = simbase.New(opt); err != nil {
			t.Fatal(err)
		}
		p.sim.SetAtCharger(func(at simbase.TruePose) bool { return math.Hypot(at.X-opt.Start.X, at.Y-opt.Start.Y) < 0.1 })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		go func() { ended <- p.sim.Run(ctx) }()
		go func() { ended <- p.base.Run(ctx) }()
		until(t, p, 5*time.Second, "the base to answer", func() bool {
			s := p.base.State()
			return s.Connected && !s.At.IsZero() && !math.IsNaN(s.BatteryPercent)
		})
		test(ctx, p)
		cancel()
		<-ended
		<-ended
	})
}

// until lets bubble time pass until ok.
func until(t *testing.T, _ *pair, patience time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(start) > patience {
			t.Fatalf("waited %v for %s", patience, what)
		}
		<-tick.C
	}
	return time.Since(start)
}

func noDrift() *simbase.Drift { return &simbase.Drift{} }

func TestDriveReachesPoses(t *testing.T) {
	run(t, simbase.Options{Drift: noDrift()}, func(ctx context.Context, p *pair) {
		for _, to := range []firmware.Pose{
			{X: 3, Y: 0, ThetaRad: math.Pi / 2},
			{X: 3, Y: 2, ThetaRad: math.Pi},
			{X: 0, Y: 0, ThetaRad: -math.Pi / 2},
			{X: 0.05, Y: 0, ThetaRad: 0}, // a nudge
			{X: 0.05, Y: 0, ThetaRad: math.Pi},
		} {
			if err := p.base.DriveTo(ctx, to, 0.6); err != nil {
				t.Fatal(err)
			}
			for _, at := range []firmware.Pose{p.base.State().Odometry, asPose(p.sim.True())} {
				if away := math.Hypot(at.X-to.X, at.Y-to.Y); away > 0.03 {
					t.Errorf("%.3f m from %+v", away, to)
				}
				if off := math.Abs(math.Remainder(at.ThetaRad-to.ThetaRad, 2*math.Pi)); off > 0.02 {
					t.Errorf("%.3f rad from %+v", off, to)
				}
			}
		}
	})
}

func asPose(p simbase.TruePose) firmware.Pose {
	return firmware.Pose{X: p.X, Y: p.Y, ThetaRad: p.ThetaRad}
}

func TestDriveKeepsItsSpeedLimit(t *testing.T) {
	run(t, simbase.Options{}, func(ctx context.Context, p *pair) {
		done := make(chan error, 1)
		go func() { done <- p.base.DriveTo(ctx, firmware.Pose{X: 4}, 0.3) }()
		fastest := 0.0
		until(t, p, time.Minute, "the drive to end", func() bool {
			fastest = max(fastest, p.base.State().Speed)
			return len(done) == 1
		})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if fastest < 0.28 || fastest > 0.301 {
			t.Errorf("drove at %.3f m/s, want 0.3", fastest)
		}
	})
}

func TestBaseStopsHalfASecondAfterTheLastHeartbeat(t *testing.T) {
	run(t, simbase.Options{}, func(ctx context.Context, p *pair) {
		done := make(chan error, 1)
		go func() { done <- p.base.DriveTo(ctx, firmware.Pose{X: 50}, 0.8) }()
		until(t, p, 10*time.Second, "full speed", func() bool { return p.base.State().Speed > 0.75 })
		p.alive.Store(false)
		// One beat may just have gone out, a tick is 20 ms, and the brakes need 0.8/2.0 = 0.4 s.
		held := until(t, p, 2*time.Second, "HOLD", func() bool { return p.base.State().Mode == firmware.ModeHold })
		if held < 400*time.Millisecond || held > 540*time.Millisecond {
			t.Errorf("HOLD %v after the last heartbeat, want 500 ms", held)
		}
		until(t, p, 500*time.Millisecond, "standstill", func() bool { return !p.sim.True().Moving })
		// The drive goes on asking for GUIDED mode, but nobody is alive to drive for.
		stood := p.sim.True()
		if err := <-done; !errors.Is(err, firmware.ErrRefused) {
			t.Errorf("drive ended with %v, want a refusal", err)
		}
		if now := p.sim.True(); now != stood {
			t.Errorf("without heartbeats it went from %+v to %+v", stood, now)
		}
	})
}

func TestDriveGoesOnAfterALostLink(t *testing.T) {
	run(t, simbase.Options{Drift: noDrift()}, func(ctx context.Context, p *pair) {
		done := make(chan error, 1)
		go func() { done <- p.base.DriveTo(ctx, firmware.Pose{X: 5}, 0.8) }()
		until(t, p, 10*time.Second, "full speed", func() bool { return p.base.State().Speed > 0.75 })
		p.alive.Store(false)
		until(t, p, 2*time.Second, "HOLD", func() bool { return p.base.State().Mode == firmware.ModeHold })
		p.alive.Store(true)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if x := p.sim.True().X; math.Abs(x-5) > 0.03 {
			t.Errorf("stands at %.3f m, want 5", x)
		}
	})
}

func TestEStopNeverRestartsByItself(t *testing.T) {
	run(t, simbase.Options{}, func(ctx context.Context, p *pair) {
		done := make(chan error, 1)
		go func() { done <- p.base.DriveTo(ctx, firmware.Pose{X: 20}, 0.8) }()
		until(t, p, 10*time.Second, "full speed", func() bool { return p.base.State().Speed > 0.75 })
		p.sim.PressEStop()
		if err := <-done; !errors.Is(err, firmware.ErrEStop) {
			t.Fatalf("drive ended with %v", err)
		}
		until(t, p, time.Second, "standstill", func() bool { return !p.sim.True().Moving })
		stood := p.sim.True()
		if err := p.base.DriveTo(ctx, firmware.Pose{X: 1}, 0.5); !errors.Is(err, firmware.ErrEStop) {
			t.Errorf("drove with the stop pressed: %v", err)
		}
		if err := p.base.SetVelocity(0.3, 0); !errors.Is(err, firmware.ErrEStop) {
			t.Errorf("took a velocity with the stop pressed: %v", err)
		}
		if err := p.base.Mast(ctx, 1); err == nil {
			t.Error("the mast moved with the stop pressed")
		}
		p.sim.ReleaseEStop()
		until(t, p, time.Second, "release", func() bool { return !p.base.State().EStop })
		deadline := time.Now().Add(time.Minute)
		until(t, p, 2*time.Minute, "a minute", func() bool { return time.Now().After(deadline) })
		if now := p.sim.True(); now != stood || p.base.State().Armed {
			t.Errorf("after the release it went from %+v to %+v", stood, now)
		}
		if err := p.base.DriveTo(ctx, firmware.Pose{X: 1}, 0.5); err != nil {
			t.Errorf("a new command after the release: %v", err)
		}
	})
}

func TestVelocityDrivesBackwardsAndStops(t *testing.T) {
	run(t, simbase.Options{Drift: noDrift()}, func(_ context.Context, p *pair) {
		if err := p.base.SetVelocity(-0.3, 0); err != nil {
			t.Fatal(err)
		}
		until(t, p, 10*time.Second, "a metre back", func() bool { return p.sim.True().X < -1 })
		if s := p.base.State(); math.Abs(s.Speed+0.3) > 0.01 {
			t.Errorf("speed %.3f m/s, want -0.3", s.Speed)
		}
		if err := p.base.Stop(); err != nil {
			t.Fatal(err)
		}
		took := until(t, p, 2*time.Second, "standstill", func() bool { return !p.sim.True().Moving })
		if took > time.Second {
			t.Errorf("stopped after %v", took)
		}
		if err := p.base.SetVelocity(0, 0.5); err != nil {
			t.Fatal(err)
		}
		until(t, p, 5*time.Second, "a quarter turn to the left", func() bool { return p.sim.True().ThetaRad > math.Pi/2 })
		if w := p.base.State().TurnRate; math.Abs(w-0.5) > 0.02 {
			t.Errorf("turn rate %.3f, want 0.5 counter-clockwise", w)
		}
	})
}

func TestCancelledAndSupersededDrivesStop(t *testing.T) {
	run(t, simbase.Options{}, func(ctx context.Context, p *pair) {
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if err := p.base.DriveTo(short, firmware.Pose{X: 30}, 0.8); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		until(t, p, 3*time.Second, "standstill", func() bool { return !p.sim.True().Moving })
		done := make(chan error, 1)
		go func() { done <- p.base.DriveTo(ctx, firmware.Pose{X: 30}, 0.8) }()
		until(t, p, 10*time.Second, "full speed", func() bool { return p.base.State().Speed > 0.75 })
		if err := p.base.DriveTo(ctx, firmware.Pose{}, 0.8); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, firmware.ErrSuperseded) {
			t.Errorf("the first drive ended with %v", err)
		}
	})
}

func TestMastGoesWhereItIsSent(t *testing.T) {
	run(t, simbase.Options{}, func(ctx context.Context, p *pair) {
		start := time.Now()
		if err := p.base.Mast(ctx, 1.5); err != nil {
			t.Fatal(err)
		}
		if got := p.sim.True().MastM; math.Abs(got-1.5) > 0.005 {
			t.Errorf("mast at %.3f m", got)
		}
		if took := time.Since(start); took < 2900*time.Millisecond || took > 3500*time.Millisecond {
			t.Errorf("1.2 m took %v at 0.4 m/s", took)
		}
		if err := p.base.Mast(ctx, 2.5); err == nil {
			t.Error("2.5 m was taken")
		}
	})
}

func TestChargingOnlyAtACharger(t *testing.T) {
	bat := simbase.DefaultBattery()
	bat.StartPercent = 50
	run(t, simbase.Options{Drift: noDrift(), Battery: &bat}, func(ctx context.Context, p *pair) {
		if err := p.base.Charge(ctx, true); err != nil {
			t.Fatal(err)
		}
		half := until(t, p, 10*time.Hour, "80 %", func() bool { return p.sim.BatteryPercent() >= 80 })
		rest := until(t, p, 10*time.Hour, "95 %", func() bool { return p.sim.BatteryPercent() >= 95 })
		// 30 % of 480 Wh at 220 W is 39 min; 15 % past the knee, at full power 20 min, takes
		// 96 Wh/(0.9*220 W)*ln(1/(1-0.9*0.75)) = 33 min.
		if half.Round(time.Minute) != 39*time.Minute || rest.Round(time.Minute) != 33*time.Minute {
			t.Errorf("to 80 %% in %v, on to 95 %% in %v", half, rest)
		}
		if err := p.base.DriveTo(ctx, firmware.Pose{X: 2}, 0.8); err != nil {
			t.Fatal(err)
		}
		until(t, p, 2*time.Second, "charging to end", func() bool { return !p.base.State().Charging })
		if err := p.base.Charge(ctx, true); !errors.Is(err, firmware.ErrRefused) {
			t.Errorf("charging in the aisle: %v", err)
		}
		before := p.sim.BatteryPercent()
		hour := time.Now().Add(time.Hour)
		until(t, p, 2*time.Hour, "an hour", func() bool { return time.Now().After(hour) })
		if used := before - p.sim.BatteryPercent(); math.Abs(used-100*28.0/480) > 0.05 {
			t.Errorf("an hour of standing took %.2f %%", used)
		}
	})
}

func TestOdometryDriftsALittleAndTheSameForASeed(t *testing.T) {
	off := func(seed uint64) (end simbase.TruePose) {
		run(t, simbase.Options{Seed: seed}, func(ctx context.Context, p *pair) {
			for _, x := range []float64{8, 0} {
				if err := p.base.DriveTo(ctx, firmware.Pose{X: x}, 0.8); err != nil {
					t.Fatal(err)
				}
			}
			end = p.sim.True()
		})
		return end
	}
	a, again, b := off(1), off(1), off(2)
	if a == b {
		t.Error("two seeds drift alike")
	}
	if math.Hypot(a.X-again.X, a.Y-again.Y) > 0.01 {
		t.Errorf("one seed, two drifts: %+v and %+v", a, again)
	}
	if away := math.Hypot(a.X, a.Y); away < 1e-3 || away > 0.5 {
		t.Errorf("after 16 m it stands %.3f m from where it believes", away)
	}
}

func TestSilentBaseIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		b, err := firmware.New(firmware.Options{Conn: ours})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.DriveTo(t.Context(), firmware.Pose{X: 1}, 1); !errors.Is(err, firmware.ErrDisconnected) {
			t.Errorf("before Run: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- b.Run(t.Context()) }()
		synctest.Wait()
		if b.State().Connected {
			t.Error("connected to nobody")
		}
		if err := theirs.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, firmware.ErrDisconnected) {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestSnapshotPutsTheBaseBack(t *testing.T) {
	opt := simbase.Options{Start: firmware.Pose{X: 4, Y: 1, ThetaRad: math.Pi / 2}, Seed: 3}
	var kept []byte
	var stood simbase.TruePose
	var odometry firmware.Pose
	run(t, opt, func(ctx context.Context, p *pair) {
		if err := p.base.DriveTo(ctx, firmware.Pose{X: 2, Y: 1, ThetaRad: 1}, 0.8); err != nil {
			t.Fatal(err)
		}
		if err := p.base.Mast(ctx, 1.2); err != nil {
			t.Fatal(err)
		}
		until(t, p, time.Second, "rest", func() bool { return !p.sim.True().Moving })
		kept, stood, odometry = p.sim.Snapshot(), p.sim.True(), p.base.State().Odometry
	})
	sim, err := simbase.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if err := sim.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if got := sim.True(); got != stood {
		t.Errorf("stands at %+v, stood at %+v", got, stood)
	}
	if odometry.X < 1.9 {
		t.Errorf("odometry %+v", odometry)
	}
	for _, bad := range []string{"", "null", "{}", `{"mastM":9,"batteryWh":1}`, `{"mastM":1,"batteryWh":1e9}`} {
		if err := sim.Restore([]byte(bad)); err == nil {
			t.Errorf("snapshot %q was taken", bad)
		}
	}
}
