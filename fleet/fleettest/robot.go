// Package fleettest is a robot for tests of the fleet: it speaks VDA 5050 in simulated time, drives the route graph,
// looks, charges, and dies on command. A Link loses and delays its messages from a seed; Hall is a place to drive in.
//
// It knows no camera, no body and no network: the test carries its messages. It starts no goroutine and reads no
// clock, so that a 24-hour night runs in seconds.
package fleettest

import (
	"fmt"
	"math/rand/v2"
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
	Turn        time.Duration // before each edge that begins at a stop
	LookMin     time.Duration // of one look, with turning and lifting
	LookMax     time.Duration
	DrivePerSec float64       // charge used per second of driving, 1/s
	LookPerSec  float64       // charge used per second of looking or standing, 1/s
	ChargeKnee  time.Duration // from empty to 80 %; above, the rate falls linearly to a fifth
	StateEvery  time.Duration // at most between two states
}

// DefaultBody is that of the sample robots: 0.5 m/s, looks of 8 to 12 s, 4 h of driving on a charge.
func DefaultBody() Body {
	return Body{
		SpeedMPS: 0.5, Turn: 2 * time.Second, LookMin: 8 * time.Second, LookMax: 12 * time.Second,
		DrivePerSec: 1.0 / (4 * 3600), LookPerSec: 1.0 / (6 * 3600), ChargeKnee: 45 * time.Minute,
		StateEvery: time.Second,
	}
}

// A Robot is one simulated robot. It is not safe for concurrent use.
type Robot struct {
	o    Options
	rng  *rand.Rand
	now  time.Time // all that happened up to it is done
	dead bool

	charge   float64
	charging bool

	orderID   string
	updateID  uint32
	cancelled bool           // the order of orderID
	nodes     []vda5050.Node // still to reach; the released ones first
	edges     []vda5050.Edge
	decision  vda5050.Node     // the last released node that it knows
	todo      []vda5050.Action // at the node where it stands, in order
	last      string
	lastSeq   uint32
	acts      []vda5050.ActionState
	instants  []vda5050.ActionState
	errors    []vda5050.Error
	headerID  uint32

	doing  activity
	until  time.Time // when doing ends
	toward string    // where the edge leads on which it is; empty at a node
	alongM float64   // how far it has come on that edge, when it stands on it
	edgeM  float64   // what it drives of the edge now
	report time.Time // of the next state
}

type activity int

const (
	standing activity = iota
	driving
	backing // to the node that it left, after an order was cancelled between two
	acting
)

// New returns a robot that stands at its node and is idle.
func New(o Options) (*Robot, error) {
	if _, ok := o.Graph.Node(o.Node); !ok {
		return nil, fmt.Errorf("new robot %s: no node %q in the route graph", o.ID, o.Node)
	}
	if o.Body.SpeedMPS <= 0 || o.Body.StateEvery <= 0 || o.Body.LookMax < o.Body.LookMin {
		return nil, fmt.Errorf("new robot %s: body %+v cannot move, look or report", o.ID, o.Body)
	}
	return &Robot{
		o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x6e69676874)),
		now: o.Start, charge: o.Charge, last: o.Node, report: o.Start,
	}, nil
}

// NextEventAt is when the robot next has something to do or to say; zero when never again, since it is dead.
func (r *Robot) NextEventAt() time.Time {
	if r.dead {
		return time.Time{}
	}
	if r.doing != standing && r.until.Before(r.report) {
		return r.until
	}
	return r.report
}

// Step brings the robot to now and returns the states that it publishes on the way.
func (r *Robot) Step(now time.Time) []*vda5050.State {
	var out []*vda5050.State
	for !r.dead && !r.NextEventAt().After(now) {
		at := r.NextEventAt()
		r.pass(at)
		if r.doing != standing && !r.until.After(at) {
			r.finish()
			r.proceed()
		}
		out = append(out, r.state())
	}
	if !r.dead {
		r.pass(now)
	}
	return out
}

// Kill ends the robot where it is: it moves, answers and reports no more.
func (r *Robot) Kill() { r.dead = true }

// Where returns the true place: the node that it stands on (to is empty), or the edge on which it is.
func (r *Robot) Where() (from, to string) { return r.last, r.toward }

// Charge is the true state of charge, 0..1.
func (r *Robot) Charge() float64 { return r.charge }

// Busy reports whether it drives or looks; false while it waits or charges.
func (r *Robot) Busy() bool { return r.doing != standing && !r.dead }

// Charging reports whether it charges.
func (r *Robot) Charging() bool { return r.charging }

// knee is the charge from which the current falls.
const knee = 0.8

// pass lets time go by: the battery drains or fills.
func (r *Robot) pass(to time.Time) {
	dt := to.Sub(r.now).Seconds()
	if dt <= 0 {
		return
	}
	r.now = to
	switch {
	case r.charging:
		rate := knee / r.o.Body.ChargeKnee.Seconds()
		if r.charge > knee {
			rate *= 1 - 0.8*(r.charge-knee)/(1-knee)
		}
		r.charge = min(1, r.charge+rate*dt)
	case r.doing == driving || r.doing == backing:
		r.charge -= r.o.Body.DrivePerSec * dt
	default:
		r.charge -= r.o.Body.LookPerSec * dt
	}
	if r.charge <= 0 {
		r.charge, r.dead = 0, true
	}
}

// finish ends what it does at now.
func (r *Robot) finish() {
	doing := r.doing
	r.doing = standing
	switch doing {
	case driving:
		n := r.nodes[0]
		r.nodes, r.edges = r.nodes[1:], r.edges[1:]
		r.reach(n)
	case backing:
		r.toward, r.alongM = "", 0
	case acting:
		a := r.todo[0]
		r.todo = r.todo[1:]
		r.setAction(a.ActionID, vda5050.ActionFinished)
		switch a.ActionType {
		case vda5050.StartCharging:
			r.charging = true
		case vda5050.StopCharging:
			r.charging = false
		}
		if r.cancelled {
			r.clear()
		}
	}
}

// reach stands it on a node of its order.
func (r *Robot) reach(n vda5050.Node) {
	r.last, r.lastSeq, r.todo = n.NodeID, n.SequenceID, n.Actions
	r.toward, r.alongM = "", 0
}

// proceed begins what comes next: an action of the node, or the next released edge.
func (r *Robot) proceed() {
	if r.doing != standing || r.dead {
		return
	}
	if len(r.todo) > 0 {
		r.doing, r.until = acting, r.now.Add(r.duration(r.todo[0]))
		r.setAction(r.todo[0].ActionID, vda5050.ActionRunning)
		return
	}
	if len(r.nodes) == 0 || !r.nodes[0].Released || r.charging {
		return
	}
	next := r.nodes[0].NodeID
	if r.toward != "" && r.toward != next {
		r.doing, r.until = backing, r.now.Add(r.drive(r.alongM))
		return
	}
	e, ok := r.o.Graph.Edge(r.last, next)
	if !ok {
		return
	}
	r.edgeM = e.LengthM - r.alongM
	r.doing, r.until, r.toward = driving, r.now.Add(r.o.Body.Turn+r.drive(r.edgeM)), next
}

func (r *Robot) duration(a vda5050.Action) time.Duration {
	if a.ActionType != vda5050.Inspect {
		return time.Second
	}
	return r.o.Body.LookMin + time.Duration(r.rng.Int64N(int64(r.o.Body.LookMax-r.o.Body.LookMin)+1))
}

func (r *Robot) drive(metres float64) time.Duration {
	return time.Duration(metres / r.o.Body.SpeedMPS * float64(time.Second))
}
