package mission

import (
	"reflect"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// report is the part of a state whose change is told at once (the list of section 6.6).
type report struct {
	OrderID        string
	OrderUpdateID  uint32
	LastNode       string
	LastNodeSeq    uint32
	Nodes          []vda5050.NodeState
	Edges          []vda5050.EdgeState
	Actions        []vda5050.ActionState
	Instants       []vda5050.ActionState
	Maps           []vda5050.Map
	Errors         []vda5050.Error
	Loads          []vda5050.Load
	Safety         vda5050.SafetyState
	Mode           vda5050.OperatingMode
	Driving        bool
	Paused         bool
	NewBaseRequest bool
	Charging       bool
}

// Dirty is whether a state should be sent at once. The state then becomes clean by State.
func (m *Machine) Dirty() bool {
	return m.out.stateDue || m.out.sent == nil || !reflect.DeepEqual(*m.out.sent, m.report())
}

// State is the state message of now. Its header ids count up, over restarts too if the snapshot was kept.
func (m *Machine) State(now time.Time) vda5050.State {
	r := m.report()
	m.out.sent, m.out.stateDue = &r, false
	m.d.StateHeader++
	f, s := m.cfg.Factsheet.Header, m.sensors
	return vda5050.State{
		Header: vda5050.Header{HeaderID: m.d.StateHeader, Timestamp: vda5050.At(now), Version: vda5050.Version,
			Manufacturer: f.Manufacturer, SerialNumber: f.SerialNumber},
		Maps: r.Maps, OrderID: r.OrderID, OrderUpdateID: r.OrderUpdateID,
		LastNodeID: r.LastNode, LastNodeSequenceID: r.LastNodeSeq, NodeStates: r.Nodes, EdgeStates: r.Edges,
		MobileRobotPosition: s.Position, Velocity: s.Velocity, Loads: s.Loads, Driving: r.Driving,
		Paused: new(r.Paused), NewBaseRequest: new(r.NewBaseRequest), DistanceSinceLastNode: s.DistanceSinceLastNode,
		ActionStates: r.Actions, InstantActionStates: r.Instants, PowerSupply: s.Power, OperatingMode: r.Mode,
		Errors: r.Errors, Information: s.Information, SafetyState: r.Safety,
	}
}

func (m *Machine) report() report {
	safety := m.sensors.Safety
	if safety.ActiveEmergencyStop == "" {
		safety.ActiveEmergencyStop = vda5050.EStopNone
	}
	return report{
		OrderID: m.d.OrderID, OrderUpdateID: m.d.OrderUpdateID, LastNode: m.d.LastNode, LastNodeSeq: m.d.LastNodeSeq,
		Nodes: m.nodeStates(), Edges: m.edgeStates(), Actions: states(m.d.Actions), Instants: states(m.d.Instants),
		Maps: append([]vda5050.Map{}, m.d.Maps...), Errors: m.errors(), Loads: m.sensors.Loads, Safety: safety, Mode: m.d.Mode,
		Driving: m.sensors.Driving, Paused: m.paused() || m.sensors.HardwarePause,
		NewBaseRequest: m.baseRunsShort(), Charging: m.sensors.Power.Charging,
	}
}

// baseRunsShort asks for more base when the robot is on its last released edge, or at its end, and a horizon waits
// (section 6.6.3).
func (m *Machine) baseRunsShort() bool {
	released := 0
	for _, n := range m.d.Nodes {
		if n.Released {
			released++
		}
	}
	return released < len(m.d.Nodes) && released <= 1 && m.d.Clearing == nil
}

func (m *Machine) nodeStates() []vda5050.NodeState {
	all := make([]vda5050.NodeState, 0, len(m.d.Nodes))
	for _, n := range m.d.Nodes {
		s := vda5050.NodeState{NodeID: n.NodeID, SequenceID: n.SequenceID, NodeDescriptor: n.NodeDescriptor, Released: n.Released}
		if p := n.NodePosition; p != nil {
			s.NodePosition = &vda5050.NodeStatePosition{X: p.X, Y: p.Y, Theta: p.Theta, MapID: p.MapID}
		}
		all = append(all, s)
	}
	return all
}

func (m *Machine) edgeStates() []vda5050.EdgeState {
	all := make([]vda5050.EdgeState, 0, len(m.d.Edges))
	for _, e := range m.d.Edges {
		all = append(all, vda5050.EdgeState{EdgeID: e.EdgeID, SequenceID: e.SequenceID, EdgeDescriptor: e.EdgeDescriptor,
			Released: e.Released, Trajectory: e.Trajectory})
	}
	return slices.Clip(all)
}

func states(tasks []task) []vda5050.ActionState {
	all := make([]vda5050.ActionState, 0, len(tasks))
	for _, t := range tasks {
		all = append(all, t.state())
	}
	return all
}
