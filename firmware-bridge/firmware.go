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
package firmware

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"
)

// What a command can end with, besides the end of its context.
var (
	ErrEStop        = errors.New("emergency stop is pressed: release it, then send the command again")
	ErrDisconnected = errors.New("base does not answer: check its power and the endpoint")
	ErrRefused      = errors.New("base refused the command")
	ErrBlocked      = errors.New("base stands still before its target: look for what is in its way")
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
	MastM          float64 // height of the camera above the floor, as the lift reports it
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

// A Base is one base at the other end of the line.
type Base struct {
	opt Options
}

// New checks the options; nothing is opened before Run.
func New(opt Options) (*Base, error) { return &Base{opt: opt}, nil }

// Run speaks with the base until ctx ends; it then stops the base and closes the connection.
func (b *Base) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// State is what the base last said.
func (b *Base) State() State { return State{} }

// DriveTo drives straight to pose (turn, drive, turn to the final heading) at no more than maxSpeed m/s and returns
// when the base stands there. When ctx ends or the drive fails it stops the base before it returns.
func (b *Base) DriveTo(ctx context.Context, pose Pose, maxSpeed float64) error { return ctx.Err() }

// SetVelocity drives at v m/s along the heading and turns at w rad/s counter-clockwise, until the next command. It is
// repeated by Run; the base stops when Run stops.
func (b *Base) SetVelocity(v, w float64) error { return nil }

// Stop ends whatever the base is doing and lets it brake.
func (b *Base) Stop() error { return nil }

// Mast lifts the camera to heightM above the floor and returns when it is there.
func (b *Base) Mast(ctx context.Context, heightM float64) error { return ctx.Err() }

// Charge switches the charger's contactor and returns when the base says that it did.
func (b *Base) Charge(ctx context.Context, on bool) error { return ctx.Err() }
