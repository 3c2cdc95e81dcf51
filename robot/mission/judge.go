package mission

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// maxNodes bounds an order where the factsheet names no limit.
const maxNodes = 10000

// judgeMemory holds an order against the array limits of the factsheet (section 7.1.2).
func (m *Machine) judgeMemory(o vda5050.Order) *refusal {
	l := m.cfg.Factsheet.ProtocolLimits.MaximumArrayLengths
	over := func(n int, limit uint32) bool { return limit > 0 && uint64(n) > uint64(limit) }
	tooMuch := func(what string) *refusal {
		return refuse(vda5050.InsufficientMemory, o, "too many "+what+" for this robot", "limit", what)
	}
	total := len(m.d.Nodes) + len(o.Nodes)
	switch {
	case over(len(o.Nodes), l.OrderNodes), total > maxNodes, over(total, l.StateNodeStates):
		return tooMuch("order.nodes")
	case over(len(o.Edges), l.OrderEdges), over(len(m.d.Edges)+len(o.Edges), l.StateEdgeStates):
		return tooMuch("order.edges")
	case over(len(m.d.Actions)+len(actionsOf(o.Nodes, o.Edges)), l.StateActionStates):
		return tooMuch("state.actionStates")
	}
	for _, n := range o.Nodes {
		if over(len(n.Actions), l.NodeActions) {
			return tooMuch("node.actions")
		}
	}
	for _, e := range o.Edges {
		if over(len(e.Actions), l.EdgeActions) {
			return tooMuch("edge.actions")
		}
	}
	return nil
}

// judgeParameters is 6.1.4.2: optional fields that the factsheet does not list. Descriptors are for people and always
// welcome; a field that the factsheet lists as REQUIRED and that is absent makes the order malformed.
func (m *Machine) judgeParameters(o vda5050.Order) *refusal {
	support := map[string]vda5050.Support{}
	for _, p := range m.cfg.Factsheet.ProtocolFeatures.OptionalParameters {
		support[p.Parameter] = p.Support
	}
	for _, f := range optionalFields(o) {
		_, known := support[f.name]
		switch {
		case f.used && !known:
			return refuse(vda5050.UnsupportedParameter, o, f.name+" is not supported", "parameter", f.name)
		case !f.used && support[f.name] == vda5050.SupportRequired:
			return refuse(vda5050.ValidationFailure, o, f.name+" is required by this robot", "parameter", f.name)
		}
	}
	return nil
}

// An optionalField is one optional field at one place of an order.
type optionalField struct {
	name string // as the factsheet writes it
	used bool
}

func optionalFields(o vda5050.Order) []optionalField {
	var all []optionalField
	add := func(name string, used bool) { all = append(all, optionalField{"order." + name, used}) }
	for _, n := range o.Nodes {
		add("nodes.nodePosition", n.NodePosition != nil)
		if p := n.NodePosition; p != nil {
			add("nodes.nodePosition.theta", p.Theta != nil)
			add("nodes.nodePosition.allowedDeviationXY", p.AllowedDeviationXY != nil)
			add("nodes.nodePosition.allowedDeviationTheta", p.AllowedDeviationTheta != nil)
		}
		for _, a := range n.Actions {
			add("nodes.actions.retriable", a.Retriable != nil)
		}
	}
	for _, e := range o.Edges {
		add("edges.maximumSpeed", e.MaximumSpeed != nil)
		add("edges.maximumMobileRobotHeight", e.MaximumMobileRobotHeight != nil)
		add("edges.minimumLoadHandlingDeviceHeight", e.MinimumLoadHandlingDeviceHeight != nil)
		add("edges.orientation", e.Orientation != nil)
		add("edges.orientationType", e.OrientationType != "")
		add("edges.direction", e.Direction != "")
		add("edges.reachOrientationBeforeEntering", e.ReachOrientationBeforeEntering != nil)
		add("edges.maxRotationSpeed", e.MaxRotationSpeed != nil)
		add("edges.trajectory", e.Trajectory != nil)
		add("edges.length", e.Length != nil)
		add("edges.corridor", e.Corridor != nil)
		for _, a := range e.Actions {
			add("edges.actions.retriable", a.Retriable != nil)
		}
	}
	return all
}

// judgeActions is 6.1.4.3: actions that the robot cannot do.
func (m *Machine) judgeActions(o vda5050.Order) *refusal {
	for _, n := range o.Nodes {
		for _, a := range n.Actions {
			if why := m.cannot(a, vda5050.ScopeNode); why != "" {
				return refuse(vda5050.InvalidOrderAction, o, why, "nodeId", n.NodeID, "actionId", a.ActionID, "actionType", a.ActionType)
			}
		}
	}
	for _, e := range o.Edges {
		for _, a := range e.Actions {
			if why := m.cannot(a, vda5050.ScopeEdge); why != "" {
				return refuse(vda5050.InvalidOrderAction, o, why, "edgeId", e.EdgeID, "actionId", a.ActionID, "actionType", a.ActionType)
			}
		}
	}
	return nil
}

// cannot says why an action cannot be done in a scope; empty when it can.
func (m *Machine) cannot(a vda5050.Action, scope vda5050.ActionScope) string {
	spec := m.spec(a.ActionType)
	switch {
	case spec == nil || !slices.Contains(spec.ActionScopes, scope):
		return fmt.Sprintf("action %.80q is not supported in scope %s", a.ActionType, scope)
	case scope != vda5050.ScopeInstant && len(spec.BlockingTypes) > 0 && !slices.Contains(spec.BlockingTypes, a.BlockingType):
		return fmt.Sprintf("action %s cannot have blocking type %s", a.ActionType, a.BlockingType)
	}
	for _, p := range spec.ActionParameters {
		v, given := a.Parameter(p.Key)
		if !given && (p.IsOptional == nil || !*p.IsOptional) {
			return fmt.Sprintf("action %s lacks the parameter %s", a.ActionType, p.Key)
		}
		if given && !isA(v, p.ValueDataType) {
			return fmt.Sprintf("parameter %s of action %s must be %s", p.Key, a.ActionType, p.ValueDataType)
		}
	}
	if m.cfg.CheckAction != nil {
		if err := m.cfg.CheckAction(a); err != nil {
			return err.Error()
		}
	}
	return ""
}

func (m *Machine) spec(actionType string) *vda5050.MobileRobotAction {
	specs := m.cfg.Factsheet.ProtocolFeatures.MobileRobotActions
	for i := range specs {
		if specs[i].ActionType == actionType {
			return &specs[i]
		}
	}
	return nil
}

func isA(v any, t vda5050.ValueDataType) bool {
	f, number := v.(float64)
	if n, ok := v.(int); ok {
		f, number = float64(n), true
	}
	switch t {
	case vda5050.ValueBool:
		_, ok := v.(bool)
		return ok
	case vda5050.ValueNumber:
		return number
	case vda5050.ValueInteger:
		return number && f == math.Trunc(f)
	case vda5050.ValueString:
		_, ok := v.(string)
		return ok
	case vda5050.ValueObject:
		_, ok := v.(map[string]any)
		return ok
	case vda5050.ValueArray:
		_, ok := v.([]any)
		return ok
	}
	return true
}

// judgeMaps is 6.1.4.10: nodes on a map that the robot does not have.
func (m *Machine) judgeMaps(o vda5050.Order) *refusal {
	for _, n := range o.Nodes {
		p := n.NodePosition
		if p != nil && !slices.ContainsFunc(m.d.Maps, func(x vda5050.Map) bool { return x.MapID == p.MapID }) {
			return refuse(vda5050.UnknownMapID, o, fmt.Sprintf("there is no map %.80q on the robot", p.MapID), "nodeId", n.NodeID, "mapId", p.MapID)
		}
	}
	return nil
}

// judgeRoute is 6.1.4.8: a node that the robot cannot get to.
func (m *Machine) judgeRoute(o vda5050.Order) *refusal {
	if m.cfg.CheckEdge == nil {
		return nil
	}
	for i, e := range o.Edges {
		if err := m.cfg.CheckEdge(o.Nodes[i], o.Nodes[i+1], e); err != nil {
			return refuse(vda5050.NoRouteToTarget, o, err.Error(), "edgeId", e.EdgeID, "nodeId", o.Nodes[i+1].NodeID)
		}
	}
	return nil
}

// outOfRange says why an order cannot start at n; empty when the robot stands there: within the node's ellipse, or
// within the robot's own tolerance. A robot without a position stands where it was last.
func (m *Machine) outOfRange(n vda5050.Node) string {
	at, p := m.sensors.Position, n.NodePosition
	if at == nil || p == nil {
		if n.NodeID == m.d.LastNode {
			return ""
		}
		return fmt.Sprintf("the order starts at %.80s, the robot was last at %q", n.NodeID, m.d.LastNode)
	}
	if at.MapID != p.MapID {
		return fmt.Sprintf("the order starts on map %.80s, the robot is on %s", p.MapID, at.MapID)
	}
	dx, dy := at.X-p.X, at.Y-p.Y
	if math.Hypot(dx, dy) <= m.cfg.StartToleranceM {
		return ""
	}
	if e := p.AllowedDeviationXY; e != nil && e.A > 0 && e.B > 0 {
		sin, cos := math.Sincos(e.Theta)
		u, v := (dx*cos+dy*sin)/e.A, (dy*cos-dx*sin)/e.B
		if u*u+v*v <= 1 {
			return ""
		}
	}
	return fmt.Sprintf("the robot stands %.2f m from %.80s, where the order starts", math.Hypot(dx, dy), n.NodeID)
}

// canonical is a value as JSON says it, so that an order from the wire equals one from a snapshot.
func canonical(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var c any
	err = json.Unmarshal(b, &c)
	return c, err
}
