package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSixTimesAsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		epoch := time.Now()
		c := Clock{Epoch: epoch, Speed: 6}
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if wall := time.Since(epoch); wall != 10*time.Second {
			t.Errorf("a minute took %v on the wall", wall)
		}
		if d := c.Now().Sub(epoch); d != time.Minute {
			t.Errorf("a minute was %v", d)
		}
		tick := c.NewTicker(6 * time.Second)
		defer tick.Stop()
		<-tick.C
		if wall := time.Since(epoch); wall != 11*time.Second {
			t.Errorf("ticked at %v", wall)
		}
	})
}

func TestZeroClockIsTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		if d := time.Until(c.Now()); d != 0 {
			t.Errorf("off by %v", d)
		}
		if c.Wall(time.Second) != time.Second {
			t.Error("not the wall clock")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}
