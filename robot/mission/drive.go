package mission

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// settle lets everything happen that now can: actions begin, a pause or a cancellation is complete.
func (m *Machine) settle() {
	m.runQueue()
	m.settlePause()
	m.settleClearing()
	m.strayed()
}

// mustWait is whether the order may not go on now: no new action begins, nothing drives.
func (m *Machine) mustWait() bool {
	stand, _ := m.mustStand()
	mode := m.d.Mode == vda5050.ModeAutomatic || m.d.Mode == vda5050.ModeSemiautomatic
	return stand || !mode || m.sensors.Mode != m.d.Mode || m.d.PauseWanted || m.sensors.HardwarePause ||
		m.d.Clearing != nil
}

// mayDrive is whether the robot may drive its next edge: released, nothing holds it, and no action in the queue
// forbids driving (figure 11).
func (m *Machine) mayDrive() bool {
	if len(m.d.Nodes) == 0 || !m.d.Nodes[0].Released || !m.d.Edges[0].Released || m.mustWait() {
		return false
	}
	if m.sensors.Safety.ActiveEmergencyStop != vda5050.EStopNone && m.sensors.Safety.ActiveEmergencyStop != "" {
		return false
	}
	return !slices.ContainsFunc(m.d.Queue, func(id string) bool {
		return stops(find(m.d.Actions, id).Action.BlockingType)
	})
}

// leg is where the robot should drive now; nil when it should stand.
func (m *Machine) leg() *DriveTo {
	if !m.mayDrive() {
		return nil
	}
	next := m.d.Nodes[0]
	halt := len(m.d.Nodes) == 1 || !m.d.Nodes[1].Released || anyStops(next.Actions) || anyStops(m.d.Edges[1].Actions)
	from := vda5050.Node{NodeID: m.d.LastNode, SequenceID: m.d.LastNodeSeq, Released: true, NodePosition: m.d.LastNodeAt}
	return &DriveTo{From: from, Edge: m.d.Edges[0], Node: next, Halt: halt}
}

// standing is whether the body has stopped after the last Stop.
func (m *Machine) standing() bool {
	return m.out.leg == nil && !m.out.halting && !m.sensors.Driving
}

// A clearing is an order on its way out (section 6.6.7): by cancelOrder, or by a mode that clears it.
type clearing struct {
	Mode vda5050.OperatingMode `json:"mode,omitempty"` // to report when it is done; empty for cancelOrder
}

// clear begins to end the order: what has not begun has FAILED, what runs is asked to end if it may be.
func (m *Machine) clear(mode vda5050.OperatingMode) {
	m.d.Clearing = &clearing{Mode: mode}
	for i := range m.d.Actions {
		t := &m.d.Actions[i]
		switch {
		case !t.alive():
		case t.under() && t.told && !m.cancellable(t):
		case t.under() && t.told:
			t.Cancel = true
		default:
			t.end(vda5050.ActionFailed, "the order was cancelled")
		}
	}
}

func (m *Machine) cancellable(t *task) bool {
	spec := m.spec(t.Action.ActionType)
	return spec != nil && spec.CancelAllowed
}

// settleClearing ends it when all actions have ended and the robot stands (driven by hand it need not).
func (m *Machine) settleClearing() {
	c := m.d.Clearing
	if c == nil || slices.ContainsFunc(m.d.Actions, task.alive) {
		return
	}
	if c.Mode == "" && !m.standing() {
		return
	}
	m.d.Nodes, m.d.Edges, m.d.Queue = nil, nil, nil
	m.d.Clearing, m.d.Cleared, m.d.OnEdge = nil, true, false
	for i := range m.d.Instants {
		if t := &m.d.Instants[i]; t.Action.ActionType == vda5050.CancelOrder && t.alive() {
			t.end(vda5050.ActionFinished, "")
		}
	}
	if c.Mode != "" {
		m.adopt(c.Mode)
	}
}

// changeMode follows the body's switch; table 11 says which modes clear the order.
func (m *Machine) changeMode() {
	mode := m.sensors.Mode
	switch {
	case !clears(mode):
		if m.d.Clearing != nil {
			m.d.Clearing.Mode = ""
		}
		m.adopt(mode)
	case m.d.Clearing != nil:
		m.d.Clearing.Mode = mode
	case m.Idle():
		m.adopt(mode)
	default:
		m.clear(mode)
	}
}

// adopt reports a mode.
func (m *Machine) adopt(mode vda5050.OperatingMode) {
	m.d.Mode = mode
	if takesOrders(mode) {
		m.lift(untilMode)
		return
	}
	m.d.Cleared = m.d.OrderID != ""
	if mode != vda5050.ModeManual {
		m.d.LastNode, m.d.LastNodeAt = "", nil
	}
}

// strayed forgets the last node when somebody has moved the robot away from it by hand (section 6.6.6, MANUAL).
func (m *Machine) strayed() {
	p, n := m.sensors.Position, m.d.LastNodeAt
	if m.d.Mode != vda5050.ModeManual || p == nil || n == nil || !p.Localized {
		return
	}
	if p.MapID != n.MapID || math.Hypot(p.X-n.X, p.Y-n.Y) > m.cfg.StartToleranceM {
		m.d.LastNode, m.d.LastNodeAt = "", nil
	}
}

func clears(mode vda5050.OperatingMode) bool {
	switch mode {
	case vda5050.ModeManual, vda5050.ModeStartup, vda5050.ModeService, vda5050.ModeTeachIn:
		return true
	}
	return false
}

// paused is the pause mode fully there: nothing drives, and what can be paused is.
func (m *Machine) paused() bool {
	return m.d.PauseWanted && m.standing() && !m.anyTask(m.pausable)
}

// settlePause ends startPause and stopPause when what they ask for has come about.
func (m *Machine) settlePause() {
	resumed := !m.d.PauseWanted && !m.anyTask(func(t *task) bool { return t.Status == vda5050.ActionPaused && t.pauseTold })
	for i := range m.d.Instants {
		t := &m.d.Instants[i]
		switch {
		case !t.alive():
		case t.Action.ActionType == vda5050.StartPause && m.paused():
			t.end(vda5050.ActionFinished, "")
		case t.Action.ActionType == vda5050.StopPause && resumed:
			t.end(vda5050.ActionFinished, "")
		}
	}
}

func (m *Machine) anyTask(is func(*task) bool) bool {
	for i := range m.d.Actions {
		if is(&m.d.Actions[i]) {
			return true
		}
	}
	for i := range m.d.Instants {
		if is(&m.d.Instants[i]) {
			return true
		}
	}
	return false
}
