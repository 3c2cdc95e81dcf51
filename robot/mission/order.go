package mission

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// TakeOrder takes an order or an update over, or reports why not (section 6.1.4, in the sequence of figure 8). The
// error is for the log; the state has it too. A refused order leaves the one that the robot holds as it was.
func (m *Machine) TakeOrder(o vda5050.Order) error {
	m.out.stateDue = true
	if m.repeated(o) {
		return nil
	}
	if r := m.judge(o); r != nil {
		m.raise(r.held)
		return r
	}
	m.lift(untilOrder)
	m.lift(untilMode)
	if o.OrderID == m.d.OrderID {
		m.extend(o)
	} else {
		m.begin(o)
	}
	m.settle()
	return nil
}

// repeated is 6.1.4.5 where the content is the same: "the mobile robot shall ignore the new order".
func (m *Machine) repeated(o vda5050.Order) bool {
	if m.d.Accepted == nil || o.OrderID != m.d.OrderID || o.OrderUpdateID != m.d.OrderUpdateID {
		return false
	}
	return sameContent(*m.d.Accepted, o)
}

func sameContent(a, b vda5050.Order) bool {
	a.Header, b.Header = vda5050.Header{}, vda5050.Header{}
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// judge is nil for an order that can be taken over.
func (m *Machine) judge(o vda5050.Order) *refusal {
	for _, rule := range []func(vda5050.Order) *refusal{
		m.judgeForm, m.judgeMode, m.judgeIdentity, m.judgeMemory, m.judgeParameters, m.judgeActions, m.judgeMaps, m.judgeRoute,
	} {
		if r := rule(o); r != nil {
			return r
		}
	}
	return nil
}

// refuse is a refusal that names the order; table 9 wants orderId and orderUpdateId.
func refuse(t vda5050.ErrorType, o vda5050.Order, description string, refs ...string) *refusal {
	all := append([]string{"topic", "order", "headerId", fmt.Sprint(o.HeaderID), "orderId", o.OrderID,
		"orderUpdateId", fmt.Sprint(o.OrderUpdateID)}, refs...)
	u := untilOrder
	if t == vda5050.MobileRobotNotAvailable {
		u = untilMode
	}
	return &refusal{held{Until: u, Error: newError(t, description, all...)}}
}

// judgeForm is 6.1.4.1: a malformed order.
func (m *Machine) judgeForm(o vda5050.Order) *refusal {
	if o.Manufacturer != m.cfg.Factsheet.Manufacturer || o.SerialNumber != m.cfg.Factsheet.SerialNumber {
		return refuse(vda5050.ValidationFailure, o, fmt.Sprintf("the order is for %s/%s", o.Manufacturer, o.SerialNumber))
	}
	if err := vda5050.Check(&o); err != nil {
		return refuse(vda5050.ValidationFailure, o, err.Error())
	}
	if o.OrderID != m.d.OrderID {
		switch {
		case o.OrderUpdateID != 0:
			return refuse(vda5050.ValidationFailure, o, "a new order must have orderUpdateId 0")
		case o.Nodes[0].SequenceID != 0:
			return refuse(vda5050.ValidationFailure, o, "a new order must begin with sequenceId 0")
		}
	}
	return nil
}

// judgeMode is 6.1.4.9; a FATAL error too means that no order can be taken (6.6.5.1).
func (m *Machine) judgeMode(o vda5050.Order) *refusal {
	if !takesOrders(m.sensors.Mode) || !takesOrders(m.d.Mode) {
		return refuse(vda5050.MobileRobotNotAvailable, o, "operating mode "+string(m.sensors.Mode)+" takes no orders")
	}
	return nil
}

// judgeIdentity is 6.1.4.4 to 6.1.4.7 and 6.1.3.1: whether the order is new or continues the one that is held.
func (m *Machine) judgeIdentity(o vda5050.Order) *refusal {
	if o.OrderID != m.d.OrderID {
		return m.judgeNew(o)
	}
	switch {
	case o.OrderUpdateID < m.d.OrderUpdateID:
		return refuse(vda5050.OutdatedOrderUpdate, o, fmt.Sprintf("the robot holds update %d", m.d.OrderUpdateID))
	case o.OrderUpdateID == m.d.OrderUpdateID:
		return refuse(vda5050.SameOrderUpdateID, o, "this update was accepted before with other content")
	case m.d.Cleared || m.d.Clearing != nil:
		return refuse(vda5050.OrderUpdateFollowingCancel, o, "the order was cancelled")
	}
	return m.judgeStitch(o)
}

// judgeNew is 6.1.4.6 and 6.1.4.7.
func (m *Machine) judgeNew(o vda5050.Order) *refusal {
	if !m.Idle() || m.d.Clearing != nil {
		return refuse(vda5050.OtherOrderActive, o, fmt.Sprintf("order %s is active", m.d.OrderID), "activeOrderId", m.d.OrderID)
	}
	if _, fatal := m.mustStand(); fatal {
		return refuse(vda5050.StartNodeOutOfRange, o, "a FATAL error is active: the robot cannot take an order from where it is")
	}
	if why := m.outOfRange(o.Nodes[0]); why != "" {
		return refuse(vda5050.StartNodeOutOfRange, o, why, "nodeId", o.Nodes[0].NodeID)
	}
	return nil
}

// judgeStitch holds an update's first node against the decision point: same node, and no action that is new to it,
// for nobody would ever do it (section 6.1.2).
func (m *Machine) judgeStitch(o vda5050.Order) *refusal {
	first, d := o.Nodes[0], m.d.Decision
	if first.NodeID != d.NodeID || first.SequenceID != d.SequenceID {
		return refuse(vda5050.StartNodeOutOfRange, o,
			fmt.Sprintf("the update must begin at the decision point %s (sequenceId %d)", d.NodeID, d.SequenceID), "nodeId", first.NodeID)
	}
	for _, a := range first.Actions {
		if !slices.ContainsFunc(d.Actions, func(b vda5050.Action) bool { return a.ActionID == b.ActionID }) {
			return refuse(vda5050.ValidationFailure, o, "the decision point must not get new actions; add a node behind it", "actionId", a.ActionID)
		}
	}
	for _, a := range actionsOf(o.Nodes[1:], o.Edges) {
		if t := find(m.d.Actions, a.ActionID); t != nil && t.Released {
			return refuse(vda5050.ValidationFailure, o, "the actionId is in use in the base", "actionId", a.ActionID)
		}
	}
	return nil
}

// begin takes a new order over. Its first node is where the robot stands: it is reached at once.
func (m *Machine) begin(o vda5050.Order) {
	m.d.OrderID, m.d.OrderUpdateID, m.d.Accepted = o.OrderID, o.OrderUpdateID, &o
	m.d.Nodes, m.d.Edges = slices.Clone(o.Nodes[1:]), slices.Clone(o.Edges)
	m.d.Actions, m.d.Queue = nil, nil
	m.d.Cleared, m.d.Clearing, m.d.OnEdge = false, nil, false
	m.out.leg = nil
	m.schedule(o.Nodes[:1], nil)
	m.schedule(o.Nodes[1:], o.Edges)
	m.d.Decision = lastReleased(o.Nodes)
	m.arriveAt(o.Nodes[0])
}

// extend replaces the horizon by what follows the decision point in an update.
func (m *Machine) extend(o vda5050.Order) {
	m.d.OrderUpdateID, m.d.Accepted = o.OrderUpdateID, &o
	base := 0
	for base < len(m.d.Nodes) && m.d.Nodes[base].Released {
		base++
	}
	m.d.Nodes = append(slices.Clone(m.d.Nodes[:base]), o.Nodes[1:]...)
	m.d.Edges = append(slices.Clone(m.d.Edges[:base]), o.Edges...)
	m.d.Actions = slices.DeleteFunc(m.d.Actions, func(t task) bool { return !t.Released })
	m.schedule(o.Nodes[1:], o.Edges)
	m.d.Decision = lastReleased(o.Nodes)
}

// schedule adds the actions of nodes and edges, in the sequence of travel, as WAITING.
func (m *Machine) schedule(nodes []vda5050.Node, edges []vda5050.Edge) {
	for i, n := range nodes {
		if i < len(edges) {
			for _, a := range edges[i].Actions {
				m.d.Actions = append(m.d.Actions, task{Action: a, Status: vda5050.ActionWaiting, Released: edges[i].Released, Edge: true})
			}
		}
		for _, a := range n.Actions {
			m.d.Actions = append(m.d.Actions, task{Action: a, Status: vda5050.ActionWaiting, Released: n.Released})
		}
	}
}

func lastReleased(nodes []vda5050.Node) vda5050.Node {
	last := nodes[0]
	for _, n := range nodes {
		if n.Released {
			last = n
		}
	}
	return last
}

func actionsOf(nodes []vda5050.Node, edges []vda5050.Edge) []vda5050.Action {
	var all []vda5050.Action
	for _, n := range nodes {
		all = append(all, n.Actions...)
	}
	for _, e := range edges {
		all = append(all, e.Actions...)
	}
	return all
}

func takesOrders(mode vda5050.OperatingMode) bool {
	return mode == vda5050.ModeAutomatic || mode == vda5050.ModeSemiautomatic || mode == vda5050.ModeIntervened
}
