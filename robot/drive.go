package robot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/mission"
)

// A Base is the robot's legs; firmware.Base is one.
type Base interface {
	State() firmware.State
	DriveTo(ctx context.Context, pose firmware.Pose, maxSpeed float64) error
	Stop() error
	Mast(ctx context.Context, heightM float64) error
	Charge(ctx context.Context, on bool) error
}

// Patience with a base that does not drive, in the clock's time.
const (
	driveTries   = 4
	drivePause   = 5 * time.Second
	baseRecheck  = 500 * time.Millisecond
	onTheSpotM   = 0.03 // nearer than this the robot need not turn to where it drives
	headingSlack = 1.0 * math.Pi / 180
)

// A leg is the drive to one node. It ends, whatever happens, by closing done.
type leg struct {
	node   vda5050.Node
	cancel context.CancelFunc
	done   chan struct{}
}

// drive starts a leg, after the one before it has ended. The same leg said again only changes whether the way goes
// on, which this base need not know: it halts on every node.
func (a *Agent) drive(ctx context.Context, to mission.DriveTo) {
	if a.leg != nil && a.leg.node.SequenceID == to.Node.SequenceID && a.leg.node.NodeID == to.Node.NodeID {
		return
	}
	before := a.leg
	legCtx, cancel := context.WithCancel(ctx)
	l := &leg{node: to.Node, cancel: cancel, done: make(chan struct{})}
	a.leg = l
	if before != nil {
		before.cancel()
	}
	a.group.Go(func() error {
		if before != nil {
			<-before.done
		}
		err := a.driveLeg(legCtx, to)
		close(l.done)
		cancel()
		if legCtx.Err() != nil && err != nil && ctx.Err() == nil && errors.Is(err, context.Canceled) {
			return nil // called back: the mission knows
		}
		a.finish(ctx, func() error { return a.arrived(l, err) })
		return nil
	})
}

// stop ends the leg being driven, if any, and has the base brake.
func (a *Agent) stop() {
	before := a.leg
	l := &leg{cancel: func() {}, done: make(chan struct{})}
	a.leg = l
	if before != nil {
		before.cancel()
	}
	a.group.Go(func() error {
		defer close(l.done)
		if before != nil {
			<-before.done
		}
		if err := a.opts.Base.Stop(); err != nil {
			a.log.Error("the base does not take a stop", "why", err)
		}
		return nil
	})
}

// arrived tells the mission how a leg ended, unless another has been begun meanwhile.
func (a *Agent) arrived(l *leg, err error) error {
	if a.leg != l {
		return nil
	}
	a.leg = nil
	if err != nil {
		a.log.Warn("cannot reach a node", "node", l.node.NodeID, "why", err)
		return a.machine.Unreachable(l.node.SequenceID, err.Error())
	}
	return a.machine.Reached(l.node.SequenceID)
}

// driveLeg drives to a node. It waits out an emergency stop and a lost base; the base's own safety controller decides
// when driving may go on. A blocked way is tried again before it is given up.
func (a *Agent) driveLeg(ctx context.Context, to mission.DriveTo) error {
	p := to.Node.NodePosition
	hall, _, _, known := a.where.pose()
	switch {
	case p == nil:
		return fmt.Errorf("node %s has no position", to.Node.NodeID)
	case !known:
		return errors.New("the robot does not know where it is: send initializePosition")
	case p.MapID != hall:
		return fmt.Errorf("node %s is in hall %q, the robot in %q", to.Node.NodeID, p.MapID, hall)
	}
	if a.opts.Base.State().Charging {
		if err := a.opts.Base.Charge(ctx, false); err != nil {
			return fmt.Errorf("leave the charger: %w", err)
		}
	}
	speed := maxSpeed
	if s := to.Edge.MaximumSpeed; s != nil && *s > 0 {
		speed = min(speed, *s)
	}
	return a.insist(ctx, func() error {
		_, at, _, _ := a.where.pose()
		target := maps.Pose{X: p.X, Y: p.Y, ThetaRad: at.ThetaRad}
		if math.Hypot(p.X-at.X, p.Y-at.Y) > onTheSpotM {
			target.ThetaRad = math.Atan2(p.Y-at.Y, p.X-at.X)
		}
		if p.Theta != nil {
			target.ThetaRad = *p.Theta
		}
		return a.opts.Base.DriveTo(ctx, a.where.target(target), speed)
	})
}

// insist does a movement until it is done: it waits while the emergency stop is pressed or the base is away, and
// tries a few times more when the way is blocked or the base refuses.
func (a *Agent) insist(ctx context.Context, move func() error) error {
	for try := 1; ; {
		if err := a.awaitBase(ctx); err != nil {
			return err
		}
		err := move()
		switch {
		case err == nil:
			s := a.opts.Base.State()
			a.where.sense(s.Odometry, s.At)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, firmware.ErrEStop), errors.Is(err, firmware.ErrDisconnected):
			a.log.Warn("standing", "why", err)
			if err := a.clock.Sleep(ctx, baseRecheck); err != nil {
				return err
			}
			continue
		case try >= driveTries:
			return err
		}
		a.log.Warn("moving failed: trying again", "try", try, "why", err)
		try++
		if err := a.clock.Sleep(ctx, drivePause); err != nil {
			return err
		}
	}
}

// awaitBase waits until the base is there and may move.
func (a *Agent) awaitBase(ctx context.Context) error {
	for {
		if s := a.opts.Base.State(); s.Connected && !s.EStop && !s.At.IsZero() {
			return nil
		}
		if err := a.clock.Sleep(ctx, baseRecheck); err != nil {
			return err
		}
	}
}

// face turns on the spot to a heading of the hall.
func (a *Agent) face(ctx context.Context, headingRad float64) error {
	return a.insist(ctx, func() error {
		_, at, _, _ := a.where.pose()
		if math.Abs(wrap(at.ThetaRad-headingRad)) < headingSlack {
			return nil
		}
		at.ThetaRad = headingRad
		return a.opts.Base.DriveTo(ctx, a.where.target(at), maxSpeed)
	})
}
