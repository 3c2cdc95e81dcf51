package firmware

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bluenviron/gomavlib/v3/pkg/message"
)

// When a drive counts as done, and when as failed.
const (
	placeTolerance   = 0.03 // m
	headingTolerance = 0.02 // rad
	standingSpeed    = 0.02 // m/s
	standingTurn     = 0.03 // rad/s
	repeatEvery      = 500 * time.Millisecond
	blockedAfter     = 8 * time.Second // without any progress
)

// DriveTo drives straight to pose (turn, drive, turn to the final heading) at no more than maxSpeed m/s and returns
// when the base stands there, within 3 cm and 0.02 rad. When ctx ends or the drive fails it stops the base before it
// returns; a later DriveTo, SetVelocity or Stop takes the base over, and this one returns ErrSuperseded. A base that
// left GUIDED mode for a lost link is sent on; one that was stopped by hand is not.
func (b *Base) DriveTo(ctx context.Context, pose Pose, maxSpeed float64) error {
	if !finite(float32(pose.X), float32(pose.Y), float32(pose.ThetaRad)) || !(maxSpeed > 0) || math.IsInf(maxSpeed, 0) {
		return fmt.Errorf("drive to %+v at %v m/s: a pose and a speed above 0 are needed", pose, maxSpeed)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("drive to (%.2f, %.2f, %.2f rad): %w", pose.X, pose.Y, pose.ThetaRad, err)
	}
	turn := b.take(nil)
	err := b.drive(ctx, turn, pose, maxSpeed)
	if err != nil && b.has(turn) {
		err = errors.Join(err, b.Stop())
	}
	if err != nil {
		return fmt.Errorf("drive to (%.2f, %.2f, %.2f rad): %w", pose.X, pose.Y, pose.ThetaRad, err)
	}
	return nil
}

func (b *Base) drive(ctx context.Context, turn uint64, pose Pose, maxSpeed float64) error {
	if err := b.engage(ctx); err != nil {
		return err
	}
	if err := b.do(ctx, groundSpeed(maxSpeed)); err != nil {
		return err
	}
	away := func(s State) float64 { return math.Hypot(pose.X-s.Odometry.X, pose.Y-s.Odometry.Y) }
	astray := func(s State) float64 { return math.Abs(wrap(pose.ThetaRad - s.Odometry.ThetaRad)) }
	there := func(s State) bool { return away(s) < placeTolerance && math.Abs(s.Speed) < standingSpeed }
	turned := func(s State) bool { return astray(s) < headingTolerance && math.Abs(s.TurnRate) < standingTurn }
	if !there(b.State()) {
		if err := b.pursue(ctx, turn, positionTarget(pose), there); err != nil {
			return err
		}
	}
	return b.pursue(ctx, turn, yawTarget(pose.ThetaRad), turned)
}

// pursue repeats target, for datagrams get lost, until done. It gives up when the base moves no more.
func (b *Base) pursue(ctx context.Context, turn uint64, target message.Message, done func(State) bool) error {
	moved := b.opt.Clock.Now()
	for {
		if !b.has(turn) {
			return ErrSuperseded
		}
		s := b.State()
		if s.Connected && !s.EStop && (s.Mode != ModeGuided || !s.Armed) {
			b.opt.Logger.Warn("base left guided mode on the way: sent on", "mode", s.Mode.String())
			if err := b.engage(ctx); err != nil {
				return err
			}
		}
		if err := b.send(target); err != nil {
			return err
		}
		err := b.await(ctx, repeatEvery, func(s State) bool { return done(s) || !b.has(turn) })
		if err == nil && b.has(turn) {
			return nil
		}
		if err != nil && !errors.Is(err, errLate) {
			return err
		}
		now := b.opt.Clock.Now()
		if s := b.State(); math.Abs(s.Speed) > standingSpeed || math.Abs(s.TurnRate) > standingTurn {
			moved = now
		}
		if now.Sub(moved) > blockedAfter {
			return ErrBlocked
		}
	}
}

// engage brings the base into GUIDED mode, armed.
func (b *Base) engage(ctx context.Context) error {
	s := b.State()
	switch {
	case !s.Connected:
		return ErrDisconnected
	case s.EStop:
		return ErrEStop
	case s.Mode == ModeGuided && s.Armed:
		return nil
	}
	if err := b.do(ctx, setMode(ModeGuided)); err != nil {
		return err
	}
	if err := b.do(ctx, arm()); err != nil {
		return err
	}
	err := b.await(ctx, 2*time.Second, func(s State) bool { return s.Mode == ModeGuided && s.Armed })
	if errors.Is(err, errLate) {
		return fmt.Errorf("bring the base into GUIDED mode: %w", err)
	}
	return err
}

// SetVelocity drives at v m/s along the heading and turns at w rad/s counter-clockwise, until the next command. Run
// repeats it; it is dropped for good when the emergency stop is pressed or the base falls silent.
func (b *Base) SetVelocity(v, w float64) error {
	if !finite(float32(v), float32(w)) {
		return fmt.Errorf("set velocity %v m/s, %v rad/s: not numbers", v, w)
	}
	switch s := b.State(); {
	case !s.Connected:
		return ErrDisconnected
	case s.EStop:
		return ErrEStop
	}
	b.take(&velocity{v, w})
	return b.send(velocityTarget(v, w))
}

// Stop ends whatever the base is doing and lets it brake: an explicit zero, repeated until it stands.
func (b *Base) Stop() error {
	b.take(&velocity{})
	return b.send(velocityTarget(0, 0))
}

// take gives the wheels to a new command.
func (b *Base) take(v *velocity) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	b.velocity = v
	b.announce()
	return b.turn
}

func (b *Base) has(turn uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turn == turn
}
