package robot

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Of docking.
const (
	dockReachM   = 0.40             // nearer than this to a dock's node the robot stands in the dock
	dockIdle     = 10 * time.Second // so long an idle robot waits in a dock before it charges by itself
	dockRetry    = time.Minute      // after a failure
	fullPercent  = 99.0
	lowPercent   = 20.0
	emptyPercent = 8.0
	// unknownPercent is told before the base has ever said its charge: neither full nor in need.
	unknownPercent = 50.0
	dockFixShare   = 0.5 // how far the contact's place moves the pose towards the dock's node
)

// docking is the agent's own care for its battery. It never leaves its node without an order, for the way there may
// be another robot's; but an idle robot that stands in a dock charges without being told.
type docking struct {
	idleSince time.Time // zero while not idle in a dock
	busy      bool      // the contactor is being switched
}

// tendDock begins to charge when the robot has stood idle in a dock for a while.
func (a *Agent) tendDock(ctx context.Context) {
	s := a.opts.Base.State()
	_, inDock := a.dockHere()
	if !inDock || !a.machine.Idle() || len(a.running) > 0 || s.Charging || !s.Connected || s.EStop || a.dock.busy ||
		math.IsNaN(s.BatteryPercent) || s.BatteryPercent >= fullPercent {
		a.dock.idleSince = time.Time{}
		return
	}
	now := a.clock.Now()
	if a.dock.idleSince.IsZero() {
		a.dock.idleSince = now
	}
	if now.Sub(a.dock.idleSince) < dockIdle {
		return
	}
	a.dock.busy = true
	a.group.Go(func() error {
		chargeCtx, cancel := context.WithTimeout(ctx, a.clock.Wall(actionPatience))
		defer cancel()
		err := a.opts.Base.Charge(chargeCtx, true)
		a.finish(ctx, func() error {
			a.dock.busy, a.dock.idleSince = false, time.Time{}
			if err != nil {
				a.dock.idleSince = a.clock.Now().Add(dockRetry)
				a.log.Warn("cannot charge in the dock", "why", err)
			}
			return nil
		})
		return nil
	})
}

// dockHere is the dock that the robot stands in.
func (a *Agent) dockHere() (maps.Node, bool) {
	hall, at, _, known := a.where.pose()
	if !known {
		return maps.Node{}, false
	}
	for _, n := range a.theSite().docks(hall) {
		if math.Hypot(n.X-at.X, n.Y-at.Y) <= dockReachM {
			return n, true
		}
	}
	return maps.Node{}, false
}

// startCharging closes the contact. That it closed says that the robot stands in its dock: the pose is drawn there.
func (a *Agent) startCharging(ctx context.Context) error {
	n, ok := a.dockHere()
	if !ok {
		return errors.New("the robot stands in no dock")
	}
	if err := a.insist(ctx, func() error { return a.opts.Base.Charge(ctx, true) }); err != nil {
		return err
	}
	hall, at, _, _ := a.where.pose()
	at.X += dockFixShare * (n.X - at.X)
	at.Y += dockFixShare * (n.Y - at.Y)
	a.where.fix(hall, at, a.opts.Base.State().Odometry)
	return nil
}
