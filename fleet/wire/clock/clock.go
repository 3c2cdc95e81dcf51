// Package clock is the time that both ends of the wire agree on: the wall clock, or in a simulation a clock that
// runs faster by one factor for all programs. Nothing else in Nightrounds asks the operating system for the time
// of an event.
package clock

import (
	"context"
	"time"
)

// A Clock runs Speed times as fast as the wall clock and agreed with it at Epoch. The zero Clock is the wall clock.
type Clock struct {
	Epoch time.Time
	Speed float64 // 0 and 1 mean the wall clock
}

// Now is the clock's time, in UTC.
func (c Clock) Now() time.Time {
	now := time.Now()
	if c.real() {
		return now.UTC()
	}
	return c.Epoch.Add(time.Duration(float64(now.Sub(c.Epoch)) * c.Speed)).UTC()
}

// Wall is how long d of this clock takes on the wall.
func (c Clock) Wall(d time.Duration) time.Duration {
	if c.real() {
		return d
	}
	return time.Duration(float64(d) / c.Speed)
}

// Sleep waits for d of this clock, or until ctx ends, whose error it then returns.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(c.Wall(d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// NewTicker ticks every d of this clock.
func (c Clock) NewTicker(d time.Duration) *time.Ticker {
	return time.NewTicker(max(c.Wall(d), time.Millisecond))
}

func (c Clock) real() bool { return c.Speed == 0 || c.Speed == 1 }
