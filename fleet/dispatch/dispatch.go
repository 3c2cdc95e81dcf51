// Package dispatch turns a duty and its way into a VDA 5050 order, and follows it to its end.
//
// A Mission releases the way to the robot node by node: a base of a few nodes ahead, as far as traffic grants, and the rest
// as horizon, extended by order updates as the robot reports progress; the horizon follows when traffic plans the way
// anew. Orders travel at QoS 0, so what the robot's state does not show is
// sent again, word for word; the next update waits until the state has shown the one before. A Mission is a plain
// value: kept as JSON it goes on after a restart of the controller, from what the robot's state says.
//
// It decides neither where to go (patrol) nor who may (traffic), and it sends nothing itself: each call returns the
// mission as it is now and the effects to carry out. It reads no clock.
package dispatch

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// Phase is how far a mission has come.
type Phase string

// The phases of a mission.
const (
	Running    Phase = "running"    // sent, and on its way
	Cancelling Phase = "cancelling" // cancelOrder is sent, the robot has not confirmed it
	Ended      Phase = "ended"
)

// Outcome is how a mission ended.
type Outcome string

// The outcomes of a mission.
const (
	Done      Outcome = "done"      // the way is travelled, each action is finished or has failed
	Cancelled Outcome = "cancelled" // by us
	Rejected  Outcome = "rejected"  // the robot refused the order, and stands where it stood
	Lost      Outcome = "lost"      // the robot forgot or cleared the order; where it stands must be found out (Locate)
)

// A Plan is what a mission starts from.
type Plan struct {
	OrderID string // new, and never used again
	Hall    string // mapId
	Way     []string
	Duty    patrol.Duty
	// Charging is whether the robot charges now, so that it must stop before it leaves.
	Charging bool
}

// Rules are the numbers of dispatch.
type Rules struct {
	// Window is how many nodes are released ahead of the node that the robot reported last.
	Window int
	// Resend is how long a message may stay unseen in the robot's state before it is sent again.
	Resend time.Duration
	// Tries is how often an order is sent to a robot that answers, but does not take it, before it is cancelled.
	Tries int
}

// DefaultRules suit robots at walking pace that report at least every second.
func DefaultRules() Rules { return Rules{Window: 4, Resend: 3 * time.Second, Tries: 10} }

// Effects are what the caller carries out after each call, in this order.
type Effects struct {
	// Passed are the nodes that the robot has newly reported, in order: for traffic.Table.Passed.
	Passed []string
	// Looked are the looks that have newly ended.
	Looked []Looked
	// Order and Instant are to be sent, if any; the sender fills in the header.
	Order   *vda5050.Order
	Instant *vda5050.InstantActions
	// End is set once, when the mission has ended.
	End *End
}

// A Looked is the end of one look as the robot's action state tells it. What was seen comes as an observation.
type Looked struct {
	Look     patrol.Look
	ActionID string
	OK       bool
	Result   string // the robot's actionResult
}

// An End says how a mission ended and where the robot stands then.
type End struct {
	Outcome Outcome
	Node    string // last reported
	// Between is true when the robot may stand between Node and the next one: traffic.Table.Stop keeps both.
	Between bool
	Why     string // for people
}
