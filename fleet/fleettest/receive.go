package fleettest

import (
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// Receive hands the robot an order or instant actions at now. It returns the states that this causes.
func (r *Robot) Receive(m vda5050.Message, now time.Time) []*vda5050.State {
	out := r.Step(now)
	if r.dead {
		return out
	}
	switch m := m.(type) {
	case *vda5050.Order:
		r.order(m)
	case *vda5050.InstantActions:
		for _, a := range m.Actions {
			r.instant(a)
		}
	default:
		return out
	}
	r.proceed()
	return append(out, r.state())
}

// order takes an order or an update, or reports why not (VDA 5050 3.0, sections 6.1.2 and 6.1.4).
func (r *Robot) order(o *vda5050.Order) {
	if len(o.Nodes) == 0 || len(o.Edges) != len(o.Nodes)-1 {
		r.refuse(o, vda5050.ValidationFailure)
		return
	}
	if o.OrderID == r.orderID {
		r.update(o)
		return
	}
	switch {
	case !r.idle():
		r.refuse(o, vda5050.OtherOrderActive)
		return
	case o.Nodes[0].NodeID != r.last && !r.turn(o.Nodes[0]):
		r.refuse(o, vda5050.StartNodeOutOfRange)
		return
	}
	r.orderID, r.updateID, r.cancelled = o.OrderID, o.OrderUpdateID, false
	r.errors, r.acts = nil, nil
	along, toward := r.alongM, r.toward
	r.reach(o.Nodes[0])
	r.alongM, r.toward = along, toward
	r.noteActions(o.Nodes[0])
	r.extend(o)
}

// turn takes the node ahead for the one where it is, when it was stopped before it within the deviation that an order's first
// node allows.
func (r *Robot) turn(first vda5050.Node) bool {
	e, ok := r.o.Graph.Edge(r.last, r.toward)
	dev := first.NodePosition
	if !ok || first.NodeID != r.toward || dev == nil || dev.AllowedDeviationXY == nil || e.LengthM-r.alongM > dev.AllowedDeviationXY.A {
		return false
	}
	r.last, r.toward, r.alongM = r.toward, r.last, e.LengthM-r.alongM
	return true
}

func (r *Robot) update(o *vda5050.Order) {
	switch {
	case o.OrderUpdateID == r.updateID:
	case r.cancelled:
		r.refuse(o, vda5050.OrderUpdateFollowingCancel)
	case o.OrderUpdateID < r.updateID:
		r.refuse(o, vda5050.OutdatedOrderUpdate)
	case o.Nodes[0].SequenceID != r.decision.SequenceID || o.Nodes[0].NodeID != r.decision.NodeID:
		r.refuse(o, vda5050.ValidationFailure)
	default:
		r.updateID, r.errors = o.OrderUpdateID, nil
		horizon := func(n vda5050.Node) bool { return !n.Released }
		r.nodes = slices.DeleteFunc(slices.Clone(r.nodes), horizon)
		r.edges = r.edges[:len(r.nodes)]
		r.extend(o)
	}
}

// extend adds what follows the first node of an order or update.
func (r *Robot) extend(o *vda5050.Order) {
	r.nodes = append(slices.Clone(r.nodes), o.Nodes[1:]...)
	r.edges = append(slices.Clone(r.edges), o.Edges...)
	for _, n := range o.Nodes {
		if n.Released {
			r.decision = n
		}
	}
	for _, n := range o.Nodes[1:] {
		r.noteActions(n)
	}
}

func (r *Robot) noteActions(n vda5050.Node) {
	for _, a := range n.Actions {
		if !slices.ContainsFunc(r.acts, func(s vda5050.ActionState) bool { return s.ActionID == a.ActionID }) {
			r.acts = append(r.acts, vda5050.ActionState{ActionID: a.ActionID, ActionType: a.ActionType, ActionStatus: vda5050.ActionWaiting})
		}
	}
}

func (r *Robot) refuse(o *vda5050.Order, t vda5050.ErrorType) {
	level, _ := t.Level()
	r.errors = append(r.errors, vda5050.Error{ErrorType: t, ErrorLevel: level, ErrorReferences: []vda5050.ErrorReference{
		{ReferenceKey: "orderId", ReferenceValue: o.OrderID},
	}})
}

func (r *Robot) instant(a vda5050.Action) {
	status := vda5050.ActionFinished
	switch a.ActionType {
	case vda5050.CancelOrder:
		id, given := a.Text("orderId")
		if r.idle() || given && id != r.orderID {
			status = vda5050.ActionFailed
		} else {
			r.cancel()
		}
	case vda5050.StartCharging:
		r.charging = true
	case vda5050.StopCharging:
		r.charging = false
	case vda5050.StateRequest:
	default:
		status = vda5050.ActionFailed
	}
	r.instants = append(r.instants, vda5050.ActionState{ActionID: a.ActionID, ActionType: a.ActionType, ActionStatus: status})
	r.instants = r.instants[max(0, len(r.instants)-8):]
}

// cancel stops it where it is: between two nodes too. A look that runs is finished first.
func (r *Robot) cancel() {
	r.cancelled = true
	switch r.doing {
	case acting:
		r.todo = r.todo[:1]
		r.nodes, r.edges = nil, nil
		return
	case driving:
		left := math.Min(r.edgeM, r.until.Sub(r.now).Seconds()*r.o.Body.SpeedMPS)
		r.alongM += r.edgeM - left
	case backing:
		r.alongM = r.until.Sub(r.now).Seconds() * r.o.Body.SpeedMPS
	}
	r.doing = standing
	r.clear()
}

func (r *Robot) clear() {
	r.nodes, r.edges, r.todo = nil, nil, nil
	for i := range r.acts {
		if s := r.acts[i].ActionStatus; s != vda5050.ActionFinished {
			r.acts[i].ActionStatus = vda5050.ActionFailed
		}
	}
}

func (r *Robot) idle() bool {
	return r.doing == standing && len(r.nodes) == 0 && len(r.todo) == 0
}

func (r *Robot) setAction(id string, s vda5050.ActionStatus) {
	for i := range r.acts {
		if r.acts[i].ActionID == id {
			r.acts[i].ActionStatus = s
		}
	}
}

// state says what it is at now, and puts the next report off.
func (r *Robot) state() *vda5050.State {
	r.headerID++
	r.report = r.now.Add(r.o.Body.StateEvery)
	n, _ := r.o.Graph.Node(r.last)
	x, y, along := n.X, n.Y, r.along()
	if to, ok := r.o.Graph.Node(r.toward); ok {
		if l := math.Hypot(to.X-n.X, to.Y-n.Y); l > 0 {
			x, y = n.X+(to.X-n.X)*along/l, n.Y+(to.Y-n.Y)*along/l
		}
	}
	s := &vda5050.State{
		Header: vda5050.Header{
			HeaderID: r.headerID, Timestamp: vda5050.At(r.now), Version: vda5050.Version,
			Manufacturer: r.o.ID.Manufacturer, SerialNumber: r.o.ID.SerialNumber,
		},
		OrderID: r.orderID, OrderUpdateID: r.updateID, LastNodeID: r.last, LastNodeSequenceID: r.lastSeq,
		NodeStates: make([]vda5050.NodeState, len(r.nodes)), EdgeStates: make([]vda5050.EdgeState, len(r.edges)),
		Driving: r.doing == driving || r.doing == backing, DistanceSinceLastNode: &along,
		MobileRobotPosition: &vda5050.MobileRobotPosition{X: x, Y: y, MapID: r.o.Hall, Localized: true},
		ActionStates:        append([]vda5050.ActionState{}, r.acts...),
		InstantActionStates: append([]vda5050.ActionState{}, r.instants...),
		PowerSupply:         vda5050.PowerSupply{StateOfCharge: 100 * r.charge, Charging: r.charging},
		OperatingMode:       vda5050.ModeAutomatic, Errors: append([]vda5050.Error{}, r.errors...),
		SafetyState: vda5050.SafetyState{ActiveEmergencyStop: vda5050.EStopNone},
	}
	for i, n := range r.nodes {
		s.NodeStates[i] = vda5050.NodeState{NodeID: n.NodeID, SequenceID: n.SequenceID, Released: n.Released}
	}
	for i, e := range r.edges {
		s.EdgeStates[i] = vda5050.EdgeState{EdgeID: e.EdgeID, SequenceID: e.SequenceID, Released: e.Released}
	}
	return s
}

// along is how far it is from the node that it left last, in m.
func (r *Robot) along() float64 {
	left := math.Max(0, r.until.Sub(r.now).Seconds()*r.o.Body.SpeedMPS)
	switch r.doing {
	case driving:
		return r.alongM + r.edgeM - math.Min(r.edgeM, left)
	case backing:
		return math.Min(r.alongM, left)
	}
	return r.alongM
}
