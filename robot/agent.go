// Package robot is the agent: what a Nightrounds robot does from power-on to power-off. It takes VDA 5050 orders,
// drives its base along them, looks at racks, judges each look, and hands every observation over until the
// controller has it.
//
// The deciding is elsewhere, in pure rules: package mission knows what an order means, package vision what a look
// means. Here is what connects them to the world: one loop that owns the mission, one goroutine for the leg being
// driven, one for each action, one that hands over. The world itself comes in through interfaces: a real body or a
// simulated one, a broker or a test's memory.
//
// It is no safety function. The emergency stop is wired to the base, and the base stops when the agent is silent.
package robot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/mission"
	"github.com/nightrounds/nightrounds/robot/normals"
	"github.com/nightrounds/nightrounds/robot/outbox"
	"github.com/nightrounds/nightrounds/vision"
)

// How often things are said and read, in the clock's time.
const (
	stateInterval         = time.Second
	visualizationInterval = 500 * time.Millisecond
	senseInterval         = 200 * time.Millisecond
)

// A Link carries messages; link.Link does over MQTT.
type Link interface {
	Events() <-chan link.Event
	Publish(ctx context.Context, kind string, payload []byte) error
	Announce() error
}

// A Looker judges the pictures of one look; eyes.Eyes does in a process of its own.
type Looker interface {
	Look(ctx context.Context, req vision.LookRequest) (vision.LookResult, error)
}

// A ThermalCamera takes one frame, in the orientation of the camera beside it.
type ThermalCamera interface {
	Frame(ctx context.Context) (vision.ThermalFrame, error)
}

// An AirSensor measures the air around the robot.
type AirSensor interface {
	Air(ctx context.Context) (vision.Air, error)
}

// A Start is where a robot stands that has never been told.
type Start struct {
	Hall string
	Pose maps.Pose
}

// Options are the robot's parts. Thermal and Air may be nil: the robot then does without.
type Options struct {
	ID      wire.RobotID
	Dir     string // keeps the mission, the pose and the site packages
	Scratch string // for pictures under way; os.TempDir() when empty
	Clock   clock.Clock
	Link    Link
	Base    Base
	Camera  camera.Camera
	Thermal ThermalCamera
	Air     AirSensor
	Eyes    Looker
	Outbox  *outbox.Outbox
	// Package is a site package that the robot has from the start; nil: it waits for downloadMap.
	Package []byte
	Start   *Start       // nil: it waits for initializePosition
	HTTP    *http.Client // for downloadMap; nil takes a plain one
	Burst   camera.Spec  // of a look; 4 s at 30 frames a second when zero
	Logger  *slog.Logger
}

// An Agent is one robot's agent.
type Agent struct {
	opts     Options
	log      *slog.Logger
	clock    clock.Clock
	machine  *mission.Machine
	packages *packages
	where    whereabouts
	handover *handover
	memory   string // file
	normals  *normals.Store

	group    *errgroup.Group
	outcomes chan outcome
	leg      *leg // the leg being driven, or the stop being made; nil when the wheels are free
	running  map[string]context.CancelFunc
	dock     docking
	battery  float64 // %, as the base said last
	fresh    bool    // the mission has changed since it was last kept

	stateHeader uint32 // of the last state, for the visualization
	headers     map[string]uint32

	mu    sync.Mutex
	site  *place
	tried map[string]time.Time // doubts that a second look was spent on
}

// An outcome is what a leg or an action ended with; apply is called by the loop.
type outcome func() error

// New checks the options, recalls what the robot knew, and starts nothing.
func New(o Options) (*Agent, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("robot %s: %w", o.ID, err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Burst.Duration == 0 {
		o.Burst.Duration = 4 * time.Second
	}
	if o.Burst.FPS == 0 {
		o.Burst.FPS = 30
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: time.Minute}
	}
	a := &Agent{
		opts: o, log: o.Logger.With("robot", o.ID.SerialNumber), clock: o.Clock,
		battery: unknownPercent, outcomes: make(chan outcome, 16), running: map[string]context.CancelFunc{}, headers: map[string]uint32{},
		tried: map[string]time.Time{}, normals: normals.New(filepath.Join(o.Dir, "normals")),
	}
	a.handover = newHandover(o.Link, o.Outbox, o.Clock, a.log)
	if err := a.recall(); err != nil {
		return nil, fmt.Errorf("robot %s: %w", o.ID, err)
	}
	return a, nil
}

func (o Options) check() error {
	var faults []error
	need := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("no "+what))
		}
	}
	need(o.ID.Manufacturer != "" && o.ID.SerialNumber != "", "identity")
	need(o.Dir != "", "folder to remember in")
	need(o.Link != nil, "link")
	need(o.Base != nil, "base")
	need(o.Camera != nil, "camera")
	need(o.Eyes != nil, "eyes")
	need(o.Outbox != nil, "outbox")
	return errors.Join(faults...)
}

// Run works until ctx ends. It owns all goroutines that it starts; the base is stopped when it returns.
func (a *Agent) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	a.group = group
	group.Go(func() error { return a.handover.run(ctx) })
	group.Go(func() error { return a.loop(ctx) })
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if stop := a.opts.Base.Stop(); stop != nil {
		a.log.Warn("the base does not take the last stop: it stops by itself", "why", stop)
	}
	return errors.Join(err, a.keep(true))
}

// loop is the one owner of the mission: it takes what comes, and obeys.
func (a *Agent) loop(ctx context.Context) error {
	sense := a.clock.NewTicker(senseInterval)
	defer sense.Stop()
	state := a.clock.NewTicker(stateInterval)
	defer state.Stop()
	show := a.clock.NewTicker(visualizationInterval)
	defer show.Stop()
	for {
		due := false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-a.opts.Link.Events():
			a.hear(ctx, e)
		case apply := <-a.outcomes:
			if err := apply(); err != nil {
				a.log.Warn("the mission does not know what to do with an outcome", "why", err)
			}
		case <-sense.C:
		case <-state.C:
			due = true
		case <-show.C:
			a.show(ctx)
			continue
		}
		if err := a.step(ctx, due); err != nil {
			return err
		}
	}
}

// step senses, obeys what the mission says, and reports when there is something new or due.
func (a *Agent) step(ctx context.Context, due bool) error {
	a.machine.Sense(a.sensors())
	for _, c := range a.machine.Next() {
		a.obey(ctx, c)
	}
	a.tendDock(ctx)
	if a.machine.Dirty() {
		a.fresh, due = true, true
	}
	if !due {
		return nil
	}
	a.report(ctx)
	return a.keep(a.fresh)
}

// hear takes one event of the link.
func (a *Agent) hear(ctx context.Context, e link.Event) {
	switch e.Kind {
	case link.Online:
		a.log.Info("online")
		a.handover.online(true)
		a.sendFactsheet(ctx)
		a.report(ctx)
	case link.Offline:
		a.log.Warn("offline", "why", e.Err)
		a.handover.online(false)
	case link.KindReceipt:
		r, err := wire.DecodeReceipt(e.Payload)
		if err != nil {
			a.log.Warn("cannot read a receipt", "why", err)
			return
		}
		if err := a.handover.receipt(r); err != nil {
			a.log.Error("cannot keep a receipt", "why", err)
		}
	case vda5050.KindOrder, vda5050.KindInstantActions:
		if err := a.machine.Receive(e.Kind, e.Payload); err != nil {
			a.log.Warn("a message of the fleet is refused", "kind", e.Kind, "why", err)
		}
	default:
		a.log.Debug("a message is of no use to this robot", "kind", e.Kind)
	}
}

// obey does one command of the mission.
func (a *Agent) obey(ctx context.Context, c mission.Command) {
	switch c := c.(type) {
	case mission.DriveTo:
		a.drive(ctx, c)
	case mission.Stop:
		a.stop()
	case mission.StartAction:
		a.start(ctx, c)
	case mission.CancelAction:
		if cancel, ok := a.running[c.ActionID]; ok {
			cancel()
		}
	case mission.SendFactsheet:
		a.sendFactsheet(ctx)
	case mission.PauseAction, mission.ResumeAction:
		a.log.Debug("no action of this robot can be paused", "command", fmt.Sprintf("%T", c))
	}
}

// finish hands an outcome to the loop, unless the agent ends.
func (a *Agent) finish(ctx context.Context, o outcome) {
	select {
	case a.outcomes <- o:
	case <-ctx.Done():
	}
}
