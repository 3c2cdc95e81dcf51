package mission

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// Sensors are what the body knows of itself; the state reports them as they are.
type Sensors struct {
	Position *vda5050.MobileRobotPosition // nil: the robot cannot localise itself at all
	Velocity *vda5050.Velocity
	// Driving is whether the body drives, by order or by hand. It answers Stop: cancelOrder, startPause and every
	// SOFT or HARD action wait for a Sense with Driving false, so sense at once when the body comes to a stand.
	Driving               bool
	DistanceSinceLastNode *float64 // m
	Power                 vda5050.PowerSupply
	Safety                vda5050.SafetyState
	// Mode is what the body's switch says. A mode that clears the order is reported only after its actions have ended.
	Mode vda5050.OperatingMode
	// HardwarePause is a pause button on the robot: nothing drives, and stopPause fails.
	HardwarePause bool
	// Errors are the body's own. CRITICAL and FATAL ones hold the robot. LOCALIZATION_ERROR is the machine's to add.
	Errors      []vda5050.Error
	Information []vda5050.Info
	Loads       []vda5050.Load // nil: cannot tell
}

// Sense takes the body's newest readings. Values that no state message can carry (NaN, a charge of 140 %) are
// clamped or left out: a broken sensor must not silence the robot.
func (m *Machine) Sense(s Sensors) {
	s.tidy()
	was := m.sensors.Mode
	m.sensors = s
	if m.out.halting && !s.Driving {
		m.out.halting = false
	}
	if s.Mode != was || s.Mode != m.d.Mode {
		m.changeMode()
	}
	m.settle()
}

// Reached says that the robot stands on, or passes, the next node of its order. An error says that this is not the
// next released node; nothing has then changed.
func (m *Machine) Reached(sequenceID uint32) error {
	if len(m.d.Nodes) == 0 {
		return fmt.Errorf("node %d reached, but the robot holds no order", sequenceID)
	}
	n := m.d.Nodes[0]
	if n.SequenceID != sequenceID {
		return fmt.Errorf("node %d reached, but %d (%s) is next", sequenceID, n.SequenceID, n.NodeID)
	}
	if !n.Released {
		return fmt.Errorf("node %d (%s) reached, but it is not released", sequenceID, n.NodeID)
	}
	m.leaveEdge()
	m.d.Nodes, m.d.Edges = m.d.Nodes[1:], m.d.Edges[1:]
	m.arriveAt(n)
	if l := m.out.leg; l != nil && l.Node.SequenceID == sequenceID && l.Halt {
		m.out.leg = nil
	}
	m.settle()
	return nil
}

// Unreachable says that the body cannot get to the next node: NODE_UNREACHABLE is reported and the robot stands until
// a new order is accepted, or an update of this one.
func (m *Machine) Unreachable(sequenceID uint32, why string) error {
	if len(m.d.Nodes) == 0 || m.d.Nodes[0].SequenceID != sequenceID {
		return errors.New("the node that cannot be reached is not the next of the order")
	}
	m.raise(held{Until: untilOrder, Error: newError(vda5050.NodeUnreachable, why,
		"nodeId", m.d.Nodes[0].NodeID, "sequenceId", fmt.Sprint(sequenceID), "orderId", m.d.OrderID)})
	return nil
}

// arriveAt makes n the last node and triggers its actions.
func (m *Machine) arriveAt(n vda5050.Node) {
	m.d.LastNode, m.d.LastNodeSeq, m.d.LastNodeAt = n.NodeID, n.SequenceID, n.NodePosition
	m.trigger(n.Actions)
}

// tidy makes the readings fit the state message.
func (s *Sensors) tidy() {
	if p := s.Position; p != nil {
		c := *p
		if !finite(c.X, c.Y, c.Theta) {
			c.X, c.Y, c.Theta, c.Localized = 0, 0, 0, false
		}
		c.Theta = math.Remainder(c.Theta, 2*math.Pi)
		c.LocalizationScore = upTo(1, c.LocalizationScore)
		c.DeviationRange = upTo(math.MaxFloat64, c.DeviationRange)
		s.Position = &c
	}
	if v := s.Velocity; v != nil {
		s.Velocity = &vda5050.Velocity{VX: whole(v.VX), VY: whole(v.VY), Omega: whole(v.Omega)}
	}
	s.DistanceSinceLastNode = whole(s.DistanceSinceLastNode)
	s.Power.StateOfCharge = *upTo(100, &s.Power.StateOfCharge)
	s.Power.BatteryVoltage, s.Power.BatteryCurrent = whole(s.Power.BatteryVoltage), whole(s.Power.BatteryCurrent)
	s.Power.BatteryHealth = upTo(100, s.Power.BatteryHealth)
	s.Power.Range = upTo(math.MaxFloat64, s.Power.Range)
	if s.Safety.ActiveEmergencyStop == "" {
		s.Safety.ActiveEmergencyStop = vda5050.EStopNone
	}
	if s.Mode == "" {
		s.Mode = vda5050.ModeStartup
	}
	s.Errors = slices.Clone(s.Errors)
	for i := range s.Errors {
		e := &s.Errors[i]
		if e.ErrorType == "" {
			e.ErrorType = "ROBOT_ERROR"
		}
		switch e.ErrorLevel {
		case vda5050.LevelWarning, vda5050.LevelUrgent, vda5050.LevelCritical, vda5050.LevelFatal:
		default:
			e.ErrorLevel = vda5050.LevelCritical // what cannot be graded is taken for grave
		}
	}
}

func finite(fs ...float64) bool {
	return !slices.ContainsFunc(fs, func(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) })
}

// whole is f, or nil for what JSON has no number for.
func whole(f *float64) *float64 {
	if f == nil || !finite(*f) {
		return nil
	}
	return f
}

// upTo clamps f to [0, most]; NaN becomes 0.
func upTo(most float64, f *float64) *float64 {
	if f == nil {
		return nil
	}
	c := 0.0
	if !math.IsNaN(*f) {
		c = min(max(*f, 0), most)
	}
	return &c
}
