// Package foresee runs the patrol forward in simulated time, event by event, by the very rules that the controller runs:
// patrol.Next decides, a Floor keeps robots apart. It tells what a night will be like before it comes: how long each
// viewpoint waits, when an inspection is served, what robots and docks do with their time.
//
// Robots are models: they drive, turn, look, draw charge and win it along a curve, are late at random, and die when
// told to. There is no radio: orders are taken as they are given, after a latency. It reads no clock; the same options
// give the same night.
package foresee

import (
	"errors"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/maps"
)

// A Body is what a robot can do.
type Body struct {
	SpeedMPS    float64
	Turn        time.Duration // before a drive that begins at a stop
	LookMin     time.Duration // of one look, with turning to it and lifting
	LookMax     time.Duration
	DrivePerSec float64 // charge used per second of driving, 1/s
	LookPerSec  float64 // charge used per second of looking or standing, 1/s
	// ChargePerSec is the charge won per second below Knee; above, it falls in a line to a fifth at full.
	ChargePerSec float64
	Knee         float64
	// Latency is how long after the end of one duty the next one begins.
	Latency time.Duration
}

// DefaultBody is that of the sample robots: 0.5 m/s, looks of 8 to 12 s, 4 h of driving on a charge, 45 min to 80 %.
func DefaultBody() Body {
	return Body{
		SpeedMPS: 0.5, Turn: 2 * time.Second, LookMin: 8 * time.Second, LookMax: 12 * time.Second,
		DrivePerSec: 1.0 / (4 * 3600), LookPerSec: 1.0 / (6 * 3600), ChargePerSec: 0.8 / (45 * 60), Knee: 0.8,
		Latency: 200 * time.Millisecond,
	}
}

// Model is the body as the patrol sees it.
func (b Body) Model() patrol.Model {
	return patrol.Model{
		SpeedMPS: b.SpeedMPS, Look: (b.LookMin + b.LookMax) / 2, Stop: b.Turn + b.Latency,
		DrivePerSec: b.DrivePerSec, LookPerSec: b.LookPerSec, ChargePerSec: b.ChargePerSec,
	}
}

// A Robot is one robot at the beginning of a night.
type Robot struct {
	ID     string
	Node   string
	Charge float64 // 0..1
	Body   Body
	// Dies is when it stops for good, wherever it is; zero when never. Mends is when a person has put it right and
	// set it on its first node; zero when never.
	Dies, Mends time.Time
	// FreeAt is when it ends what it is at, at Node; zero when it is idle.
	FreeAt time.Time
	// Last is where its lap goes on (patrol.Robot.Last).
	Last    string
	MastM   float64
	Sensors []string
}

// An Ask is an inspection that somebody will want.
type Ask struct {
	ID        string
	Viewpoint string
	Class     patrol.Class
	At        time.Time
}

// A Closure is an edge that is blocked for a while, both ways.
type Closure struct {
	From, To    string // nodes
	Start, Ends time.Time
}

// A Decide is the rule that says what an idle robot does next: patrol.Next, or one to compare it with.
type Decide func(in patrol.Input, robot string) (patrol.Duty, bool)

// Options of a night.
type Options struct {
	Hall   *patrol.Hall
	Rules  patrol.Rules
	Robots []Robot
	Floor  Floor // nil: the controller's traffic rule, with a clearance in m and a window in nodes
	// ClearanceM and Window are those of the controller (fleet.Rules).
	ClearanceM float64
	Window     int
	Decide     Decide
	Start      time.Time
	Since      time.Time            // when the patrol began; zero: Start
	Looked     map[string]time.Time // by viewpoint
	Asked      []Ask                // by At
	Closures   []Closure
	// Portals are the hall's doors, airlocks and lifts. Their OpensIn is how long they take to open and to close: as measured,
	// or as declared.
	Portals []maps.Portal
	// Quiet are the racks from which the patrol keeps away at a time (maps.Site.Quiet); nil for none, ever. That time counts
	// for nothing in how long their viewpoints wait.
	Quiet func(at time.Time) map[string]bool
	// Rounds are asked for by the clock, beside Asked.
	Rounds []maps.Round
	// Seed draws looks and delays. Late is the chance of a delay at a node, DelayMax the longest.
	Seed     uint64
	Late     float64
	DelayMax time.Duration
	// Warm is from when on waits are counted; zero: Start.
	Warm time.Time
	// Told hears of each stretch of a robot's time as it ends. May be nil.
	Told func(Span)
}

// A Span is a stretch of a robot's time.
type Span struct {
	Robot    string
	Does     Activity
	From, To time.Time
	Node     string // where it ends
}

// An Activity is what a robot does.
type Activity int

// The activities.
const (
	Waiting Activity = iota // idle, or for its way
	Driving
	Looking
	Charging
	Delayed
	Dead
	activities
)

// String is the activity in a word.
func (a Activity) String() string {
	return [...]string{"waiting", "driving", "looking", "charging", "delayed", "dead"}[a]
}

func (o *Options) check() error {
	if o.Hall == nil || len(o.Robots) == 0 {
		return errors.New("foresee: needs a hall and robots")
	}
	for _, r := range o.Robots {
		if _, ok := o.Hall.Graph.Node(r.Node); !ok {
			return fmt.Errorf("foresee: robot %s: no node %q in the route graph", r.ID, r.Node)
		}
		if b := r.Body; b.SpeedMPS <= 0 || b.LookMin <= 0 || b.LookMax < b.LookMin {
			return fmt.Errorf("foresee: robot %s: body %+v cannot move or look", r.ID, b)
		}
	}
	return nil
}
