package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"periph.io/x/conn/v3/i2c"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/firmware-bridge/simbase"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/chips"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// The sample robots' camera: portrait, 70° high: from 1 m a yaw of 2° and 3 cm aside still leave both columns of
// tags in the picture.
const (
	pictureWidth  = 720 // px
	pictureHeight = 1280
	pictureVFOV   = 70 * math.Pi / 180
)

const (
	dockReachM    = 0.20 // how near a dock's node a robot's centre must be for the contacts to touch, m
	startMastM    = 0.60 // of a robot that starts, m
	selfHeatingK  = 8.0  // of the thermal sensor over the air: what Melexis' library assumes
	visualSeedTag = 0x5eed
)

// BodyOptions say which robot to put into the world, and where.
type BodyOptions struct {
	Serial  string
	Hall    string           // empty means the site's first
	Dock    string           // a station of the hall's graph, where the robot starts; or
	Start   maps.Pose        // where it starts when Dock is empty, hall frame
	Listen  string           // of the base, as simbase.Options has it; empty means an own port on the loopback
	Battery *simbase.Battery // nil means simbase's default
	Drift   *simbase.Drift   // nil means simbase's default
}

// A Body is one robot's hardware.
type Body struct {
	world  *World
	serial string
	hall   string
	docks  []maps.Pose
	base   *simbase.Base
	bus    *chips.Bus
	camera *filmCamera
}

// AddRobot puts a robot's body into the world: where an earlier run of the world left it, otherwise where the options
// say. Nothing moves before the body's Run.
func (w *World) AddRobot(opt BodyOptions) (*Body, error) {
	fail := func(err error) (*Body, error) { return nil, fmt.Errorf("add robot %q: %w", opt.Serial, err) }
	hall := w.hall(opt.Hall)
	if opt.Serial == "" || hall == nil {
		return fail(fmt.Errorf("it needs a serial number, and a hall of the site instead of %q", opt.Hall))
	}
	b := &Body{world: w, serial: opt.Serial, hall: hall.ID}
	start := opt.Start
	if hall.Graph != nil {
		for _, d := range hall.Graph.Docks() {
			pose := dockPose(hall.Graph, d)
			b.docks = append(b.docks, pose)
			if d.ID == opt.Dock {
				start = pose
			}
		}
		if opt.Dock != "" && !slices.ContainsFunc(hall.Graph.Docks(), func(d maps.Dock) bool { return d.ID == opt.Dock }) {
			return fail(fmt.Errorf("hall %q has no dock %q", hall.ID, opt.Dock))
		}
	} else if opt.Dock != "" {
		return fail(fmt.Errorf("hall %q has no route graph, so no dock %q", hall.ID, opt.Dock))
	}
	if err := b.wire(opt, start); err != nil {
		return fail(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.ContainsFunc(w.bodies, func(o *Body) bool { return o.serial == opt.Serial }) {
		return fail(errors.New("there is one already"))
	}
	if s, ok := w.memory.Bases[opt.Serial]; ok {
		if err := b.base.Restore(s); err != nil {
			return fail(err)
		}
	}
	b.camera.forget()
	w.bodies = append(w.bodies, b)
	return b, nil
}

// wire builds the body's parts.
func (b *Body) wire(opt BodyOptions, start maps.Pose) error {
	w := b.world
	seed := w.opt.Seed ^ hash64(opt.Serial)
	base, err := simbase.New(simbase.Options{
		Listen: opt.Listen, Start: firmware.Pose(start), MastM: startMastM,
		Clock: w.opt.Clock, Logger: w.log.With("base", opt.Serial), Seed: seed, Battery: opt.Battery, Drift: opt.Drift,
	})
	if err != nil {
		return err
	}
	base.SetAtCharger(func(p simbase.TruePose) bool { return b.docked(p) })
	b.base = base
	b.bus = chips.NewBus()
	b.bus.Attach(chips.MLX90640Addr, chips.NewMLX90640(b.heat, w.opt.Clock, seed))
	b.bus.Attach(chips.SHT4xAddr, chips.NewSHT4x(b.air, w.opt.Clock, seed))
	b.camera = &filmCamera{body: b, seed: seed ^ visualSeedTag}
	return nil
}

// Camera is the robot's visual camera, which looks along its heading at the mast's height.
func (b *Body) Camera() camera.Camera { return b.camera }

// Bus is the robot's I2C bus: an MLX90640 at 0x33 and an SHT4x at 0x44. The MLX90640 is turned clockwise by 90°, seen from
// behind it, and sits scene.ThermalRightM right of the camera: with its image row by row, 24 rows of 32 columns,
// the upright picture of 24 columns and 32 rows is upright[row][column] = sensor[23-column][row].
func (b *Body) Bus() i2c.Bus { return b.bus }

// BaseEndpoint is where the robot's base speaks MAVLink, as firmware.Options want it.
func (b *Body) BaseEndpoint() string { return b.base.Addr() }

// StartPose is where the robot stands, when it stands on a dock: the dock says so. Elsewhere ok is false, and the
// robot must know by itself.
func (b *Body) StartPose() (hall string, pose maps.Pose, ok bool) {
	p := b.base.True()
	return b.hall, maps.Pose{X: p.X, Y: p.Y, ThetaRad: p.ThetaRad}, b.docked(p)
}

// Base is the simulated base, for tests and for those who press its emergency stop.
func (b *Body) Base() *simbase.Base { return b.base }

// Run moves the robot until ctx ends.
func (b *Body) Run(ctx context.Context) error {
	if err := b.base.Run(ctx); err != nil {
		return fmt.Errorf("run the base of robot %q: %w", b.serial, err)
	}
	return nil
}

// view is where the robot's camera is now.
func (b *Body) view() scene.View {
	p := b.base.True()
	return scene.View{Hall: b.hall, Pose: maps.Pose{X: p.X, Y: p.Y, ThetaRad: p.ThetaRad}, HeightM: p.MastM}
}

// heat is what the thermal sensor sees now, and how warm it is itself.
func (b *Body) heat() (pixelsC [scene.ThermalRows * scene.ThermalColumns]float64, ambientC float64) {
	v, now := b.view(), b.world.opt.Clock.Now()
	airC, _ := b.world.scene.Air(v, b.world, now)
	return b.world.scene.ThermalPixels(v, b.world, now), airC + selfHeatingK
}

func (b *Body) air() (tempC, rhPercent float64) {
	return b.world.scene.Air(b.view(), b.world, b.world.opt.Clock.Now())
}

// docked says whether a robot that stands there touches a charger's contacts.
func (b *Body) docked(p simbase.TruePose) bool {
	return slices.ContainsFunc(b.docks, func(d maps.Pose) bool { return math.Hypot(p.X-d.X, p.Y-d.Y) <= dockReachM })
}

// dockPose is where a robot stands on a dock: on its node, looking the way it will leave.
func dockPose(g *maps.Graph, d maps.Dock) maps.Pose {
	n, _ := g.Node(d.Node)
	pose := maps.Pose{X: n.X, Y: n.Y}
	if out := g.Out(d.Node); len(out) > 0 {
		if next, ok := g.Node(out[0].End); ok {
			pose.ThetaRad = math.Atan2(next.Y-n.Y, next.X-n.X)
		}
	}
	return pose
}

func (w *World) hall(id string) *maps.Hall {
	for _, h := range w.opt.Site.Halls {
		if h.ID == id || id == "" {
			return h
		}
	}
	return nil
}
