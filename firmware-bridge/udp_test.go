package firmware_test

import (
	"context"
	"errors"
	"testing"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/firmware-bridge/simbase"
)

// fast is a clock ten times as fast as the wall.
type fast struct{ epoch time.Time }

func (f fast) Now() time.Time                     { return f.epoch.Add(10 * time.Since(f.epoch)) }
func (f fast) Wall(d time.Duration) time.Duration { return d / 10 }

func TestDriveOverUDPWithABaseThatComesLate(t *testing.T) {
	clock := fast{time.Now()}
	sim, err := simbase.New(simbase.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	base, err := firmware.New(firmware.Options{Endpoint: sim.Addr(), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- base.Run(ctx) }()
	if err := base.DriveTo(ctx, firmware.Pose{X: 1}, 0.8); !errors.Is(err, firmware.ErrDisconnected) {
		t.Fatalf("drove without a base: %v", err)
	}
	go func() { ended <- sim.Run(ctx) }()
	err = firmware.ErrDisconnected
	for errors.Is(err, firmware.ErrDisconnected) { // until it answers
		err = base.DriveTo(ctx, firmware.Pose{X: 1}, 0.8)
	}
	if err != nil {
		t.Fatal(err)
	}
	if x := sim.True().X; x < 0.95 || x > 1.05 {
		t.Errorf("stands at %.3f m, want 1", x)
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
