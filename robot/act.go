package robot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/mission"
)

// actionPatience bounds an action, in the clock's time: what takes longer has failed.
const actionPatience = 5 * time.Minute

// start begins an action in a goroutine of its own; how it ends is told to the mission by the loop.
func (a *Agent) start(ctx context.Context, c mission.StartAction) {
	act := c.Action
	actCtx, cancel := context.WithTimeout(ctx, a.clock.Wall(actionPatience))
	a.running[act.ActionID] = cancel
	a.group.Go(func() error {
		defer cancel()
		done, err := a.do(actCtx, c)
		if ctx.Err() != nil {
			return nil // the agent ends; the action begins again with the next
		}
		a.finish(ctx, func() error {
			delete(a.running, act.ActionID)
			if err != nil {
				a.log.Warn("an action failed", "action", act.ActionID, "type", act.ActionType, "why", err)
				return a.machine.ActionStatus(act.ActionID, vda5050.ActionFailed, err.Error())
			}
			if done.apply != nil {
				done.apply()
			}
			return a.machine.ActionStatus(act.ActionID, vda5050.ActionFinished, done.result)
		})
		return nil
	})
}

// done is what an action came to: its result for the state, and what the loop has still to do.
type done struct {
	result string
	apply  func()
}

// do does one action.
func (a *Agent) do(ctx context.Context, c mission.StartAction) (done, error) {
	act := c.Action
	switch act.ActionType {
	case vda5050.Inspect:
		result, err := a.inspect(ctx, act, c.OrderID)
		return done{result: result}, err
	case vda5050.StartCharging:
		return done{}, a.startCharging(ctx)
	case vda5050.StopCharging:
		return done{}, a.insist(ctx, func() error { return a.opts.Base.Charge(ctx, false) })
	case vda5050.DownloadMap:
		return done{}, a.downloadMap(ctx, act)
	case vda5050.EnableMap:
		return a.enableMap(act)
	case vda5050.DeleteMap:
		return done{}, nil
	case vda5050.InitializePosition:
		return done{}, a.initializePosition(act)
	}
	return done{}, fmt.Errorf("action %q is not one of this robot's", act.ActionType)
}

// checkAction says why an action cannot be done here (for mission.Config).
func (a *Agent) checkAction(act vda5050.Action) error {
	if act.ActionType != vda5050.Inspect {
		return nil
	}
	viewpoint, _, err := vda5050.InspectParams(act)
	if err != nil {
		return err
	}
	_, _, err = a.theSite().viewpoint(viewpoint)
	return err
}

func (a *Agent) downloadMap(ctx context.Context, act vda5050.Action) error {
	hall, _ := act.Text("mapId")
	version, _ := act.Text("mapVersion")
	link, _ := act.Text("mapDownloadLink")
	if hash, given := act.Text("mapHash"); given && hash != version {
		return fmt.Errorf("mapHash %.80q is not the package's SHA-256, which is its mapVersion %.80q", hash, version)
	}
	p, err := a.packages.fetch(ctx, a.opts.HTTP, link, version)
	if err != nil {
		return err
	}
	return p.needHall(hall)
}

func (a *Agent) enableMap(act vda5050.Action) (done, error) {
	hall, _ := act.Text("mapId")
	version, _ := act.Text("mapVersion")
	p, err := a.packages.open(version)
	if err != nil {
		return done{}, err
	}
	if err := p.needHall(hall); err != nil {
		return done{}, err
	}
	return done{apply: func() {
		a.setSite(p)
		a.log.Info("site package enabled", "hall", hall, "package", version)
	}}, nil
}

// initializePosition is a person's word on where the robot stands.
func (a *Agent) initializePosition(act vda5050.Action) error {
	x, okX := act.Number("x")
	y, okY := act.Number("y")
	theta, okT := act.Number("theta")
	hall, _ := act.Text("mapId")
	if !okX || !okY || !okT {
		return errors.New("x, y and theta must be finite numbers")
	}
	if err := a.theSite().needHall(hall); err != nil {
		return err
	}
	a.where.fix(hall, maps.Pose{X: x, Y: y, ThetaRad: wrap(theta)}, a.opts.Base.State().Odometry)
	return nil
}
