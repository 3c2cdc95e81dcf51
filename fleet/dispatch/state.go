package dispatch

import (
	"math"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	floor "github.com/nightrounds/nightrounds/maps"
)

// Idle reports whether a robot has nothing to do and takes a new order (VDA 5050 3.0, section 6.6.8).
func Idle(s *vda5050.State) bool {
	if len(s.NodeStates) > 0 || len(s.EdgeStates) > 0 {
		return false
	}
	for _, a := range s.ActionStates {
		if !terminal(a.ActionStatus) {
			return false
		}
	}
	return true
}

// Able reports whether a robot takes orders at all: automatic, no emergency stop, nothing that needs a person.
func Able(s *vda5050.State) bool {
	if s.SafetyState.ActiveEmergencyStop != vda5050.EStopNone {
		return false
	}
	for _, e := range s.Errors {
		if e.ErrorLevel == vda5050.LevelFatal {
			return false
		}
	}
	return s.OperatingMode == vda5050.ModeAutomatic || s.OperatingMode == vda5050.ModeSemiautomatic
}

// Stray answers a robot that works on an order of which nobody here knows: it cancels that. It is nil for an idle
// robot. The action id must be new each time.
func Stray(s *vda5050.State, actionID string) *vda5050.InstantActions {
	if Idle(s) {
		return nil
	}
	return cancelOrder(s.OrderID, actionID)
}

// Locate returns the node at which a robot stands: the one that it reports, or the nearest to its position within
// toleranceM. ok is false when it is nowhere near: a person must look.
func Locate(g *floor.Graph, hall string, s *vda5050.State, toleranceM float64) (node string, ok bool) {
	p := s.MobileRobotPosition
	if p == nil || !p.Localized || p.MapID != hall {
		_, ok = g.Node(s.LastNodeID)
		return s.LastNodeID, ok
	}
	if n, known := g.Node(s.LastNodeID); known && math.Hypot(n.X-p.X, n.Y-p.Y) <= toleranceM {
		return n.ID, true
	}
	best := math.Inf(1)
	for _, n := range g.Nodes() {
		if d := math.Hypot(n.X-p.X, n.Y-p.Y); d < best {
			node, best = n.ID, d
		}
	}
	return node, best <= toleranceM
}

// refusal returns why the robot refused our order or its newest update (section 6.1.4). An error that refers to
// another order is of the past.
func refusal(s *vda5050.State, orderID string) (why string, ok bool) {
	for _, e := range s.Errors {
		switch e.ErrorType {
		case vda5050.ValidationFailure, vda5050.UnsupportedParameter, vda5050.InvalidOrderAction,
			vda5050.OutdatedOrderUpdate, vda5050.SameOrderUpdateID, vda5050.OtherOrderActive,
			vda5050.StartNodeOutOfRange, vda5050.NoRouteToTarget, vda5050.MobileRobotNotAvailable,
			vda5050.UnknownMapID, vda5050.OrderUpdateFollowingCancel:
		default:
			continue
		}
		for _, ref := range e.ErrorReferences {
			if ref.ReferenceKey == "orderId" && ref.ReferenceValue == orderID {
				return strings.TrimSuffix(string(e.ErrorType)+": "+e.ErrorDescription, ": "), true
			}
		}
	}
	return "", false
}

// cancelAnswered reports whether the robot has answered one of our cancelOrder actions for an order.
func cancelAnswered(s *vda5050.State, orderID string) bool {
	for _, a := range s.InstantActionStates {
		if strings.HasPrefix(a.ActionID, orderID+"-cancel-") && terminal(a.ActionStatus) {
			return true
		}
	}
	return false
}
