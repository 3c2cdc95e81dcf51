package robot

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/vision"
)

// Of a look.
const (
	settle         = 300 * time.Millisecond // for the mast to stop swinging
	mastSlackM     = 0.005
	secondMastM    = 0.08                // the second look is taken from so much higher or lower
	secondYawRad   = 2.0 * math.Pi / 180 // and so much turned: a reflection moves, a fault does not
	surpriseM      = 0.30                // a correction beyond it is worth a word
	sensorPatience = 5 * time.Second     // of thermal camera and air sensor
	bracketShare   = 1.0 / 8             // of the exposure, for the one frame in which bright lights do not clip
)

// A shot is one look to be taken.
type shot struct {
	view     maps.Viewpoint
	rack     *maps.Rack
	orderID  string
	actionID string
	heading  float64
	mastM    float64
	exposure time.Duration // 0: the camera's own
	length   time.Duration // of the burst; 0: as usual
	secondOf uint64        // place of the first look in the outbox
}

// A sight is what a shot brought.
type sight struct {
	place    uint64 // in the outbox
	failed   string
	findings []vision.Finding
	doubts   []vision.Doubt
	exposure time.Duration
}

// inspect looks at a rack face from a viewpoint. A look that fails is tried once more; a look that finds something of
// weight, or is in a doubt that it knows how to settle, is followed by a second at once. What is only worth a note is
// recorded.
func (a *Agent) inspect(ctx context.Context, act vda5050.Action, orderID string) (string, error) {
	id, reason, err := vda5050.InspectParams(act)
	if err != nil {
		return "", err
	}
	view, rack, err := a.theSite().viewpoint(id)
	if err != nil {
		return "", err
	}
	s := shot{view: view, rack: rack, orderID: orderID, actionID: act.ActionID, heading: view.HeadingRad, mastM: view.MastM}
	first, err := a.look(ctx, s)
	if err == nil && first.failed != "" {
		first, err = a.look(ctx, s.moved(a.theSite().site.Optics, nil))
	}
	if err != nil {
		return "", err
	}
	if first.failed != "" {
		return "", fmt.Errorf("look %d at %s: %s", first.place, id, first.failed)
	}
	result := fmt.Sprintf("look %d: %d findings", first.place, len(first.findings))
	again, needed := a.settle(s, first)
	if !needed {
		return result, nil
	}
	a.log.Info("looking again", "viewpoint", id, "reason", reason, "because", because(first))
	second, err := a.look(ctx, again)
	switch {
	case err != nil:
		return "", err
	case second.failed != "":
		return result + ", second look failed: " + second.failed, nil
	}
	return fmt.Sprintf("%s, second look %d: %d findings", result, second.place, len(second.findings)), nil
}

// moved is the shot from a little higher or lower, towards what was found, and a little turned.
func (s shot) moved(o maps.Optics, found []vision.Finding) shot {
	step := secondMastM
	if len(found) > 0 && found[0].Unit < (s.view.FromU+s.view.ToU)/2 {
		step = -step
	}
	if h := s.mastM + step; h < o.MastMinM || h > o.MastMaxM {
		step = -step
	}
	s.mastM = min(max(s.mastM+step, o.MastMinM), o.MastMaxM)
	s.heading = wrap(s.heading + math.Copysign(secondYawRad, step))
	return s
}

// look takes one look: turns, lifts, takes the pictures, has them judged, and stores the observation. An error means
// that the robot could not look; a look that saw nothing is stored as failed.
func (a *Agent) look(ctx context.Context, s shot) (sight, error) {
	if err := a.pose(ctx, s); err != nil {
		return sight{}, err
	}
	dir, err := os.MkdirTemp(a.opts.Scratch, "look-*")
	if err != nil {
		return sight{}, fmt.Errorf("look: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	site := a.theSite()
	o := wire.Observation{
		Manufacturer: a.opts.ID.Manufacturer, SerialNumber: a.opts.ID.SerialNumber, At: a.clock.Now(),
		OrderID: s.orderID, ActionID: s.actionID, SitePackage: site.name, Hall: s.view.Hall, Viewpoint: s.view.ID,
		Rack: s.rack.ID, Face: s.view.Face, SecondLookOf: s.secondOf,
	}
	taken := a.take(ctx, s)
	defer func() { _, _ = os.RemoveAll(taken.burst.Path), os.RemoveAll(taken.burst.BracketPath) }()
	o.Air = taken.air
	var pictures map[string][]byte
	var doubts []vision.Doubt
	if taken.err == nil {
		o.At = middle(taken.burst, o.At)
		pictures, doubts, taken.err = a.judge(ctx, s, taken, dir, &o)
	}
	if ctx.Err() != nil {
		return sight{}, ctx.Err()
	}
	if taken.err == nil {
		taken.err = sayable(o)
	}
	if taken.err != nil {
		o, pictures = failed(o, taken.err), nil
		a.log.Warn("a look saw nothing", "viewpoint", s.view.ID, "why", taken.err)
	}
	place, err := a.opts.Outbox.Put(o, pictures)
	if err != nil {
		return sight{}, fmt.Errorf("look at %s: %w", s.view.ID, err)
	}
	a.handover.call()
	return sight{place: place, failed: o.Failed, findings: o.Findings, doubts: doubts, exposure: taken.burst.Exposure}, nil
}

// sayable says why an observation cannot go on the wire, so that it need not be stored to be refused for ever.
func sayable(o wire.Observation) error {
	o.Seq, o.SecondLookOf = 2, min(o.SecondLookOf, 1) // the places it will get are not known yet
	_, err := wire.EncodeObservation(o)
	return err
}

// failed is what is left of an observation that came to nothing: the place, the air, and why.
func failed(o wire.Observation, why error) wire.Observation {
	return wire.Observation{
		Manufacturer: o.Manufacturer, SerialNumber: o.SerialNumber, At: o.At, OrderID: o.OrderID, ActionID: o.ActionID,
		SitePackage: o.SitePackage, Hall: o.Hall, Viewpoint: o.Viewpoint, Rack: o.Rack, Face: o.Face,
		SecondLookOf: o.SecondLookOf, Failed: why.Error(), Air: o.Air, Registration: vision.Registration{Method: "none"},
	}
}

// pose turns to the shot's heading and lifts the camera to its height, both at a time.
func (a *Agent) pose(ctx context.Context, s shot) error {
	group, moving := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := a.face(moving, s.heading); err != nil {
			return fmt.Errorf("turn to %s: %w", s.view.ID, err)
		}
		return nil
	})
	group.Go(func() error {
		if math.Abs(a.opts.Base.State().MastM-s.mastM) <= mastSlackM {
			return nil
		}
		if err := a.insist(moving, func() error { return a.opts.Base.Mast(moving, s.mastM) }); err != nil {
			return fmt.Errorf("lift the camera for %s: %w", s.view.ID, err)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return a.clock.Sleep(ctx, settle)
}

// taken is what the sensors gave; err when there is no burst.
type taken struct {
	burst   camera.Burst
	thermal *vision.ThermalFrame
	air     *vision.Air
	err     error
}

// take asks all sensors at once. Without thermal camera or air sensor a look is poorer, without pictures it is none.
func (a *Agent) take(ctx context.Context, s shot) taken {
	var t taken
	var group errgroup.Group
	group.Go(func() error {
		spec := a.opts.Burst
		spec.Bracket = bracketShare
		if s.exposure > 0 {
			spec.Exposure = s.exposure
		}
		if s.length > 0 {
			spec.Duration = s.length
		}
		var err error
		if t.burst, err = a.opts.Camera.Burst(ctx, spec); err != nil {
			t.err = fmt.Errorf("take pictures: %w", err)
		} else if len(t.burst.Times) == 0 {
			t.err = fmt.Errorf("take pictures: the camera gave none")
		}
		return nil
	})
	sensorCtx, cancel := context.WithTimeout(ctx, a.clock.Wall(sensorPatience))
	defer cancel()
	group.Go(func() error {
		if a.opts.Thermal == nil {
			return nil
		}
		frame, err := a.opts.Thermal.Frame(sensorCtx)
		if err != nil {
			a.log.Warn("looking without temperatures", "why", err)
			return nil
		}
		t.thermal = &frame
		return nil
	})
	group.Go(func() error {
		if a.opts.Air == nil {
			return nil
		}
		air, err := a.opts.Air.Air(sensorCtx)
		if err != nil {
			a.log.Warn("looking without the air's temperature", "why", err)
			return nil
		}
		t.air = &air
		return nil
	})
	_ = group.Wait() // none of them fails
	return t
}

// relocate takes the place that the tags say for the robot's pose.
func (a *Agent) relocate(s shot, reg vision.Registration, odometry firmware.Pose) {
	seen := beforeFace(s.rack, s.view.Face, reg)
	thought := a.where.at(odometry)
	if off := math.Hypot(seen.X-thought.X, seen.Y-thought.Y); off > surpriseM {
		a.log.Warn("the tags say that the robot is elsewhere than it thought", "viewpoint", s.view.ID, "offM", off)
	}
	a.where.fix(s.view.Hall, seen, odometry)
}

// middle is the time of a burst's middle frame.
func middle(b camera.Burst, otherwise time.Time) time.Time {
	if len(b.Times) == 0 {
		return otherwise
	}
	return b.Times[len(b.Times)/2]
}
