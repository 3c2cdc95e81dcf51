// Package fleettest is a robot for tests of the fleet: it speaks VDA 5050 in simulated time, drives the route graph,
// looks, charges, and fails on command of a seed.
//
// It knows no camera, no body and no network: the test carries its messages. It starts no goroutine and reads no
// clock, so that a 24-hour night runs in seconds.
package fleettest

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// Options of a robot.
type Options struct {
	ID     wire.RobotID
	Graph  *maps.Graph
	Hall   string
	Node   string  // where it stands at first
	Charge float64 // 0..1 at first
	Seed   uint64
	Start  time.Time
	Body   Body
}

// Body is what a robot can do.
type Body struct {
	SpeedMPS    float64
	LookMin     time.Duration
	LookMax     time.Duration
	TurnPerNode time.Duration // stop and turn where the way bends or ends
	DrivePerSec float64       // charge used per second of driving, 1/s
	LookPerSec  float64       // charge used per second of looking or standing, 1/s
	ChargeFull  time.Duration // from empty to the knee at 80 %; above it the rate falls linearly to a fifth
	StateEvery  time.Duration // at most between two states
}

// New returns a robot that stands at its node and is idle.
func New(o Options) (*Robot, error) { return nil, nil }

// A Robot is one simulated robot. It is not safe for concurrent use.
type Robot struct{}

// NextEventAt is when the robot next has something to do or to say.
func (r *Robot) NextEventAt() time.Time { return time.Time{} }

// Step brings the robot to now and returns the states that it publishes on the way.
func (r *Robot) Step(now time.Time) []*vda5050.State { return nil }

// Receive hands the robot an order or instant actions at now. It returns the states that this causes.
func (r *Robot) Receive(m vda5050.Message, now time.Time) []*vda5050.State { return nil }

// Kill ends the robot where it is: it moves, answers and reports no more.
func (r *Robot) Kill() {}

// Where returns the true place: the node that it stands on (to is empty), or the edge on which it drives.
func (r *Robot) Where() (from, to string) { return "", "" }

// Charge is the true state of charge, 0..1.
func (r *Robot) Charge() float64 { return 0 }
