// Package patrol is the rule that says where a robot goes next: which viewpoints it looks at, or to which dock.
//
// The standing duty is every viewpoint within its revisit interval; inspections (a verification of a repair, an
// operator's wish) come first, without starving the patrol. Robots leave for a dock in time, and leave the dock when
// they have charged enough. It also reports how well the patrol is kept: idleness, coverage, debt.
//
// It plans no ways (traffic does) and gives no orders (dispatch does). It reads nothing but its arguments: the same
// arguments give the same answer.
package patrol

import (
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Class says why a look is wanted.
type Class int

// The classes. An Emergency is the most urgent, then in this order.
const (
	Verification Class = iota // of a repair
	Operator                  // somebody asked
	Patrol                    // the standing duty; of an inspection: when a robot comes by
	Emergency                 // at once: the nearest robot breaks off at its next node
)

// String is the class as the inspect action's parameter "reason" has it.
func (c Class) String() string {
	switch c {
	case Verification:
		return "verification"
	case Operator, Emergency:
		return "inspection"
	default:
		return "patrol"
	}
}

// A Viewpoint is what the patrol must know of a viewpoint.
type Viewpoint struct {
	maps.Viewpoint
	// Looked is when it was last looked at with success; the zero time means never. A robot's failed look does not
	// count, but is noted in Tried.
	Looked time.Time
	// Tried is when a look at it last failed: it is not tried again before Rules.Retry has passed.
	Tried time.Time
	// Quiet is true while the patrol keeps away from it: what somebody asks for is looked at all the same. QuietFor is for
	// how long it has had to since WaitsFrom: that time counts against no interval.
	Quiet    bool
	QuietFor time.Duration
}

// WaitsFrom is since when a viewpoint waits for a look: the last one or, where there was none, when the patrol began.
func (v Viewpoint) WaitsFrom(began time.Time) time.Time {
	if v.Looked.IsZero() {
		return began
	}
	return v.Looked
}

// waits is for how long a viewpoint has waited for a look, quiet hours left out.
func (v Viewpoint) waits(began, now time.Time) time.Duration {
	return max(0, now.Sub(v.WaitsFrom(began))-v.QuietFor)
}

// An Inspection is one look that somebody wants, apart from the patrol.
type Inspection struct {
	ID        string // becomes the id of the action that serves it
	Viewpoint string
	Class     Class
	At        time.Time
	// Tried is when a look for it last failed; as Viewpoint.Tried.
	Tried time.Time
	// Moved is when somebody moved it up, before the others of its class; zero when nobody did. Of several the last one is
	// first.
	Moved time.Time
	// Not are the robots of which another look would tell nothing new: others are to serve it, as long as there are any.
	Not []string
}

// now says whether the robot that is there first goes for it as soon as it is free, whatever its lap.
func (i *Inspection) now() bool {
	return i.Class == Emergency || !i.Moved.IsZero() && i.Class != Patrol
}

// A Robot is what the patrol must know of a robot.
type Robot struct {
	ID string
	// Able is false for a robot that takes no orders: offline, silent, emergency stop, manual, without a known place.
	Able bool
	// Gone is true for one that the plan does not count on: it has not been able for long (Rules.GoneAfter).
	Gone bool
	// FreeIn is how long it needs to finish what it does; 0 when it is idle.
	FreeIn time.Duration
	// Node is where it stands, or where what it does will end; Charging whether it charges there.
	Node     string
	Charging bool
	// Astray is whether it stands where no robot may stay (traffic.Table.MayStay).
	Astray bool
	// Charge is the state of charge, 0..1.
	Charge float64
	// Reach is how far a node is from Node, in m, if it could reserve a way there now.
	Reach func(node string) (metres float64, ok bool)
	// Break is how it can break off what it does for an emergency; nil when it cannot, or is idle.
	Break *Break
	// Last is the node of its last patrol visit, where it goes on.
	Last string
	// Idle is for how long it has been without a duty.
	Idle time.Duration
	// Model is the robot as measured; nil: Rules.Model.
	Model *Model
	// MPS is how fast it drives as measured, halts at nodes counted in, in m/s; 0: Model. What is foretold of its drives rests
	// on it; the plan rests on Model, whose looks and speed are made for each other.
	MPS float64
	// MastM is how high its camera goes, 0 for as high as any viewpoint needs; Sensors are those that it has.
	MastM   float64
	Sensors []string
}

// model is the robot's own model.
func (r *Robot) model(rules Rules) Model {
	if r.Model != nil {
		return *r.Model
	}
	return rules.Model
}

// drives is the robot's own model at the speed that was measured.
func (r *Robot) drives(rules Rules) Model {
	m := r.model(rules)
	if r.MPS > 0 {
		m.SpeedMPS = r.MPS
	}
	return m
}

// A Dock is a place to charge.
type Dock struct {
	ID   string
	Node string
	// Holder is the robot that holds its node, empty when it is free.
	Holder string
}

// Input is all that a decision reads.
type Input struct {
	Now   time.Time
	Since time.Time // when the patrol began
	Rules Rules
	Hall  *Hall
	// Plan is the plan for these robots: NewPlan, kept while it Fits.
	Plan *Plan
	// Robots are all robots of the hall, able or not.
	Robots []Robot
	// Viewpoints are those of the hall, in its order.
	Viewpoints []Viewpoint
	// Inspections are those that wait: no robot is on its way for them.
	Inspections []Inspection
	Docks       []Dock
	// Shut names nodes to which no way leads whatever the other robots do: they are passed over at once. May be nil.
	Shut func(node string) bool
	// Taken names the viewpoints that robots are on their way to, or look at, now.
	Taken map[string]bool

	front map[Class]float64 // the largest pressure of those of a class that nobody moved up
}

// Kind is what a duty is.
type Kind string

// The kinds of duty.
const (
	Visit  Kind = "visit"  // drive to Node and look
	Charge Kind = "charge" // drive to the dock at Node and charge
	Yield  Kind = "yield"  // drive to Node, where a robot may stay: it stands in the way
)

// A Look is one look of a visit.
type Look struct {
	Viewpoint string `json:"viewpoint"`
	Class     Class  `json:"class"`
	// Inspections are the ids of the inspections that the look serves, most urgent first; none for a patrol look.
	// The first is the id of the look's action.
	Inspections []string `json:"inspections,omitempty"`
}

// A Duty is what a robot does next.
type Duty struct {
	Robot string `json:"robot"`
	Kind  Kind   `json:"kind"`
	Node  string `json:"node"`
	Looks []Look `json:"looks,omitempty"` // of a visit, in the order that turns and lifts least
	// Lap is true for a visit of the robot's lap: it goes on from this node (Robot.Last).
	Lap bool `json:"lap,omitempty"`
	// After is the node of the visit before, of the robot's lap: where the lap goes on when this duty is broken off.
	After string `json:"after,omitempty"`
	Why   string `json:"why"` // for people: "A01-rear-2: 41 min since last look, interval 60 min"
}
