// Package firmware is the body's legs: it speaks MAVLink 2 to the controller of a wheeled base with a camera mast,
// over UDP or a serial line. It drives to poses and velocities, lifts the mast, switches the charger, and says where
// the base believes it is and how full its battery is.
//
// It is no safety function: the base stops by itself when heartbeats stop, and the emergency stop is hard-wired. It
// knows no hall either: every pose here is in the base's own odometry frame, which drifts, and starts wherever the
// base was switched on.
//
// # Frames
//
// Here: x right, y up, both in metres; theta in radians, counter-clockwise from x, in (-pi, pi]. MAVLink's local frame
// is north, east, down with yaw clockwise from north: north = y, east = x, yaw = pi/2 - theta, yaw rate = -turn rate.
//
// # The base's side
//
// ArduPilot Rover, or what speaks like it: GUIDED mode for all driving, position targets with mask 0x0DFC, yaw 0x09FF,
// velocity with yaw rate 0x05E7 (the only one that drives backwards). Over MAVLink's words it needs three of its own:
// the mast is actuator 1 (DO_SET_ACTUATOR, -1 lowest to 1 highest) and reports its height in metres as
// NAMED_VALUE_FLOAT "mast"; the charger's contactor is relay 0; a pressed emergency stop is the heartbeat's system
// status MAV_STATE_EMERGENCY.
package firmware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/bluenviron/gomavlib/v3"
)

// What a command can end with, besides the end of its context.
var (
	ErrEStop        = errors.New("emergency stop is pressed: release it, then send the command again")
	ErrDisconnected = errors.New("base does not answer: check its power and the endpoint")
	ErrRefused      = errors.New("base refused the command")
	ErrBlocked      = errors.New("base stands still before its target: look for what is in its way")
	ErrSuperseded   = errors.New("a later command took the base over")
)

// The mast's reach, metres above the floor. Actuator values of DO_SET_ACTUATOR are linear between them.
const (
	MastLowM  = 0.30
	MastHighM = 2.00
)

// A Clock is the time that events happen in, and how long a stretch of it takes on the wall.
type Clock interface {
	Now() time.Time
	Wall(d time.Duration) time.Duration
}

// Options say how to reach the base. Exactly one of Endpoint and Conn is set.
type Options struct {
	Endpoint string             // "udp:127.0.0.1:14550" (the base listens there) or "serial:/dev/ttyACM0:115200"
	Conn     io.ReadWriteCloser // in place of Endpoint: a connection that is open already; Run closes it
	Clock    Clock              // nil means the wall clock
	Logger   *slog.Logger       // nil discards

	// Alive is asked before each heartbeat, ten times a second; false withholds it, and the base stops. It is where
	// an agent ties the base to its own control loop. nil means always alive. It must not block.
	Alive func() bool
}

// A Pose is a place on the floor and a heading: X, Y in metres, ThetaRad counter-clockwise from x, in (-pi, pi].
type Pose struct {
	X, Y, ThetaRad float64
}

// State is what the base last said of itself.
type State struct {
	Odometry       Pose    // in the base's odometry frame
	Speed          float64 // m/s along the heading, negative in reverse
	TurnRate       float64 // rad/s, counter-clockwise
	BatteryPercent float64 // 0..100; NaN before the base has said it
	BatteryVolts   float64
	Charging       bool
	MastM          float64 // height of the camera above the floor; NaN before the base has said it
	EStop          bool
	Armed          bool
	Mode           Mode
	Connected      bool      // a heartbeat came within the last 2 s
	At             time.Time // when the odometry came; zero before the first
}

// Mode is the base's driving mode (MAVLink ROVER_MODE).
type Mode uint32

// The modes used here.
const (
	ModeManual Mode = 0
	ModeHold   Mode = 4
	ModeGuided Mode = 15
)

// String is the mode's name in ROVER_MODE.
func (m Mode) String() string {
	switch m {
	case ModeManual:
		return "MANUAL"
	case ModeHold:
		return "HOLD"
	case ModeGuided:
		return "GUIDED"
	}
	return fmt.Sprintf("mode %d", uint32(m))
}

// A Base is one base at the other end of the line. Its methods may be called from any goroutine.
type Base struct {
	opt  Options
	open func() (io.ReadWriteCloser, error)

	commanding sync.Mutex // one command waits for its acknowledgement at a time

	mu       sync.Mutex
	node     *gomavlib.Node // nil unless Run runs
	state    State
	beat     time.Time     // when the last heartbeat came
	changed  chan struct{} // closed and replaced whenever state changes
	acks     chan ack
	turn     uint64 // counts drives, velocities and stops: the latest has the wheels
	velocity *velocity
}

// velocity is a target that Run repeats, for bases forget it within 3 s or less.
type velocity struct{ v, w float64 }

// New checks the options; nothing is opened before Run.
func New(opt Options) (*Base, error) {
	if (opt.Endpoint == "") == (opt.Conn == nil) {
		return nil, errors.New("firmware: set one of Endpoint and Conn")
	}
	if opt.Clock == nil {
		opt.Clock = wallClock{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Base{
		opt:     opt,
		changed: make(chan struct{}),
		acks:    make(chan ack, 8),
		state:   State{BatteryPercent: math.NaN(), MastM: math.NaN()},
	}
	if opt.Endpoint != "" {
		open, err := opener(opt.Endpoint)
		if err != nil {
			return nil, err
		}
		b.open = open
	}
	return b, nil
}

// State is what the base last said.
func (b *Base) State() State {
	s, _ := b.watch()
	return s
}

// watch is the state and a channel that is closed when it has changed.
func (b *Base) watch() (State, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.state
	s.Connected = b.node != nil && !b.beat.IsZero() && b.opt.Clock.Now().Sub(b.beat) < staleAfter
	return s, b.changed
}

// await returns when done says so, or when it fails, or when patience (zero: none) or ctx ends. A base that is silent
// or stopped by hand fails every wait.
func (b *Base) await(ctx context.Context, patience time.Duration, done func(State) bool) error {
	var late <-chan time.Time
	if patience > 0 {
		t := time.NewTimer(b.opt.Clock.Wall(patience))
		defer t.Stop()
		late = t.C
	}
	look := time.NewTicker(max(b.opt.Clock.Wall(staleAfter/4), time.Millisecond))
	defer look.Stop()
	for {
		s, changed := b.watch()
		switch {
		case !s.Connected:
			return ErrDisconnected
		case s.EStop:
			return ErrEStop
		case done(s):
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return errLate
		case <-changed:
		case <-look.C:
		}
	}
}

var errLate = errors.New("it did not come about in time")

type wallClock struct{}

func (wallClock) Now() time.Time                     { return time.Now().UTC() }
func (wallClock) Wall(d time.Duration) time.Duration { return d }
