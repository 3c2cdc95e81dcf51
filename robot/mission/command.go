package mission

import "github.com/nightrounds/nightrounds/fleet/wire/vda5050"

// A Command tells the body what to do now: DriveTo, Stop, StartAction, CancelAction, PauseAction, ResumeAction or
// SendFactsheet. Each is said once; the last DriveTo or Stop holds until the next one.
type Command interface{ command() }

// DriveTo sends the body along a released edge to its node; Reached(Node.SequenceID) or Unreachable answers. Where
// the node has a theta the body turns to it before it says Reached.
type DriveTo struct {
	From vda5050.Node // the node before the edge
	Edge vda5050.Edge
	Node vda5050.Node
	// Halt: stop on the node. Otherwise the way goes on and the body may pass it. The same leg may be said again with
	// another Halt when the base grows.
	Halt bool
}

// Stop ends driving as soon as is safe, wherever the robot is. Sense with Driving false answers.
type Stop struct{}

// StartAction begins an action; ActionStatus answers with FINISHED or FAILED, and before that perhaps with RUNNING
// or PAUSED. The machine already reports it as RUNNING.
type StartAction struct {
	Action  vda5050.Action
	Instant bool   // an instant action
	OrderID string // of the order that asked for it; empty for an instant action
}

// CancelAction asks a running action to end; ActionStatus answers with FAILED, or FINISHED if it was through.
type CancelAction struct{ ActionID string }

// PauseAction asks a running action to pause; ActionStatus answers with PAUSED, or with its end.
type PauseAction struct{ ActionID string }

// ResumeAction lets a paused action go on; ActionStatus answers with RUNNING.
type ResumeAction struct{ ActionID string }

// SendFactsheet asks for the factsheet on its topic, retained.
type SendFactsheet struct{}

func (DriveTo) command()       {}
func (Stop) command()          {}
func (StartAction) command()   {}
func (CancelAction) command()  {}
func (PauseAction) command()   {}
func (ResumeAction) command()  {}
func (SendFactsheet) command() {}

// outbox is what has been said to the body and to the fleet; it does not survive a restart, for the body forgets too.
type outbox struct {
	leg       *DriveTo // the last DriveTo, nil after a Stop
	halting   bool     // a Stop was said, and Sense has not yet confirmed it
	factsheet bool     // SendFactsheet is due
	stateDue  bool     // a state is due whatever has changed
	sent      *report  // what the last state reported
}

// Next is what the body should do now that it was not yet told.
func (m *Machine) Next() []Command {
	var out []Command
	if m.out.factsheet {
		m.out.factsheet = false
		out = append(out, SendFactsheet{})
	}
	m.settle()
	m.enterEdge()
	drive := m.tellDrive()
	if _, stop := drive.(Stop); stop {
		out, drive = append(out, drive), nil
	}
	out = m.tellTasks(out)
	if drive != nil {
		out = append(out, drive)
	}
	return out
}

// tellDrive says a new leg, or a stop when there is none any more; nil when nothing is new.
func (m *Machine) tellDrive() Command {
	leg := m.leg()
	switch {
	case leg == nil && m.out.leg == nil:
		return nil
	case leg == nil:
		m.out.leg, m.out.halting = nil, true
		return Stop{}
	case m.out.leg != nil && m.out.leg.Node.SequenceID == leg.Node.SequenceID &&
		m.out.leg.Node.NodeID == leg.Node.NodeID && m.out.leg.Halt == leg.Halt:
		return nil
	}
	m.out.leg, m.out.halting = leg, false
	return *leg
}
