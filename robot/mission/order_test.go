package mission

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

var night = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

// sheet is the factsheet of the robots in these tests: inspect can be cancelled but not paused, beep neither, hum both.
func sheet() vda5050.Factsheet {
	f := vda5050.Factsheet{Header: vda5050.Header{Manufacturer: "nightrounds", SerialNumber: "NR-01"}}
	for _, p := range []string{"order.nodes.nodePosition", "order.nodes.nodePosition.theta", "order.nodes.nodePosition.allowedDeviationXY", "order.nodes.actions.retriable"} {
		f.ProtocolFeatures.OptionalParameters = append(f.ProtocolFeatures.OptionalParameters, vda5050.OptionalParameter{Parameter: p, Support: vda5050.SupportSupported})
	}
	inspect := vda5050.InspectFactsheet()
	inspect.CancelAllowed = true
	everywhere := []vda5050.ActionScope{vda5050.ScopeNode, vda5050.ScopeEdge, vda5050.ScopeInstant}
	instant := []vda5050.ActionScope{vda5050.ScopeInstant}
	f.ProtocolFeatures.MobileRobotActions = []vda5050.MobileRobotAction{
		inspect,
		{ActionType: "beep", ActionScopes: everywhere},
		{ActionType: "hum", ActionScopes: everywhere, PauseAllowed: true, CancelAllowed: true},
		{ActionType: vda5050.StartCharging, ActionScopes: everywhere}, {ActionType: vda5050.StopCharging, ActionScopes: everywhere},
		{ActionType: vda5050.DownloadMap, ActionScopes: instant, CancelAllowed: true, ActionParameters: []vda5050.ActionParameterSpec{
			{Key: "mapId", ValueDataType: vda5050.ValueString}, {Key: "mapVersion", ValueDataType: vda5050.ValueString},
			{Key: "mapDownloadLink", ValueDataType: vda5050.ValueString}}},
		{ActionType: vda5050.EnableMap, ActionScopes: instant}, {ActionType: vda5050.DeleteMap, ActionScopes: instant},
	}
	f.ProtocolLimits.MaximumArrayLengths.OrderNodes = 20
	return f
}

func config() Config {
	return Config{
		Factsheet: sheet(),
		Maps:      []vda5050.Map{{MapID: "hall-1", MapVersion: "1", MapStatus: vda5050.MapEnabled}},
		CheckAction: func(a vda5050.Action) error {
			if v, _ := a.Text("viewpoint"); v == "nowhere" {
				return fmt.Errorf("viewpoint %s is not in the site package", v)
			}
			return nil
		},
		CheckEdge: func(_, to vda5050.Node, e vda5050.Edge) error {
			if to.NodeID == "island" {
				return fmt.Errorf("edge %s leads to no place", e.EdgeID)
			}
			return nil
		},
	}
}

func ready() Sensors {
	return Sensors{Position: &vda5050.MobileRobotPosition{MapID: "hall-1", Localized: true}, Mode: vda5050.ModeAutomatic,
		Power: vda5050.PowerSupply{StateOfCharge: 80}}
}

func machine(t testing.TB) *Machine {
	t.Helper()
	m, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	m.Sense(ready())
	return m
}

// trip is an order along x: node i stands at i m and is n0, n1, ...; the first base nodes are released.
func trip(id string, nodes, base int) vda5050.Order {
	o := vda5050.Order{Header: head(), OrderID: id}
	for i := range nodes {
		o.Nodes = append(o.Nodes, vda5050.Node{NodeID: fmt.Sprintf("n%d", i), SequenceID: uint32(2 * i), Released: i < base,
			NodePosition: &vda5050.NodePosition{X: float64(i), MapID: "hall-1"}})
		if i > 0 {
			o.Edges = append(o.Edges, vda5050.Edge{EdgeID: fmt.Sprintf("e%d", i), SequenceID: uint32(2*i - 1), Released: i < base})
		}
	}
	return o
}

// update is the part of a trip from node from on, as an order update.
func update(o vda5050.Order, id uint32, from, nodes, base int) vda5050.Order {
	u := trip(o.OrderID, nodes, base)
	u.OrderUpdateID, u.Nodes, u.Edges = id, u.Nodes[from:], u.Edges[from:]
	return u
}

func head() vda5050.Header {
	return vda5050.Header{HeaderID: 1, Timestamp: vda5050.At(night), Version: vda5050.Version, Manufacturer: "nightrounds", SerialNumber: "NR-01"}
}

func take(t testing.TB, m *Machine, o vda5050.Order) {
	t.Helper()
	if err := m.TakeOrder(o); err != nil {
		t.Fatal(err)
	}
}

func onlyError(t *testing.T, m *Machine) vda5050.Error {
	t.Helper()
	s := m.State(night)
	if len(s.Errors) != 1 {
		t.Fatalf("want one error, have %+v", s.Errors)
	}
	return s.Errors[0]
}

func reference(e vda5050.Error, key string) string {
	for _, r := range e.ErrorReferences {
		if r.ReferenceKey == key {
			return r.ReferenceValue
		}
	}
	return ""
}

// Section 6.1.4, line by line.
func TestOrderRejection(t *testing.T) {
	with := func(o vda5050.Order, change func(*vda5050.Order)) vda5050.Order { change(&o); return o }
	action := func(a vda5050.Action) vda5050.Order {
		return with(trip("new", 2, 2), func(o *vda5050.Order) { o.Nodes[1].Actions = []vda5050.Action{a} })
	}
	active := func(m *Machine) { _ = m.TakeOrder(trip("old", 4, 3)) }
	atUpdate2 := func(m *Machine) { active(m); _ = m.TakeOrder(update(trip("old", 4, 3), 2, 2, 5, 4)) }
	none := func(*Machine) {}
	for _, c := range []rejection{
		{"6.1.4.1 Mobile robot receives a malformed order: sequence", none,
			with(trip("new", 3, 3), func(o *vda5050.Order) { o.Nodes[2].SequenceID = 6 }), vda5050.ValidationFailure, vda5050.LevelWarning, "orderId"},
		{"6.1.4.1 ... malformed order: no nodes", none,
			with(trip("new", 1, 1), func(o *vda5050.Order) { o.Nodes = nil }), vda5050.ValidationFailure, vda5050.LevelWarning, "orderId"},
		{"6.1.4.1 ... malformed order: release behind the horizon", none,
			with(trip("new", 4, 2), func(o *vda5050.Order) { o.Nodes[3].Released = true }), vda5050.ValidationFailure, vda5050.LevelWarning, "orderUpdateId"},
		{"6.1.4.1 ... malformed order: for another robot", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.SerialNumber = "NR-02" }), vda5050.ValidationFailure, vda5050.LevelWarning, "orderId"},
		{"figure 8, 4) Is orderUpdateId of the new order 0?", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.OrderUpdateID = 1 }), vda5050.ValidationFailure, vda5050.LevelWarning, "orderUpdateId"},
		{"6.1.4.2 ... optional fields it cannot use: 'UNSUPPORTED_PARAMETER' with level 'CRITICAL'", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.Edges[0].MaximumSpeed = new(0.5) }), vda5050.UnsupportedParameter, vda5050.LevelCritical, "parameter"},
		{"6.1.4.3 ... actions it cannot perform: unknown", none,
			action(vda5050.Action{ActionType: "lift", ActionID: "1", BlockingType: vda5050.BlockingHard}), vda5050.InvalidOrderAction, vda5050.LevelWarning, "actionId"},
		{"6.1.4.3 ... actions it cannot perform: parameter missing", none,
			action(vda5050.Action{ActionType: vda5050.Inspect, ActionID: "1", BlockingType: vda5050.BlockingHard}), vda5050.InvalidOrderAction, vda5050.LevelWarning, "actionId"},
		{"6.1.4.3 ... actions it cannot perform: parameter of a wrong type", none,
			action(vda5050.Action{ActionType: vda5050.Inspect, ActionID: "1", BlockingType: vda5050.BlockingHard,
				ActionParameters: []vda5050.ActionParameter{{Key: "viewpoint", Value: 7.0}}}), vda5050.InvalidOrderAction, vda5050.LevelWarning, "actionId"},
		{"6.1.4.3 ... actions it cannot perform: blocking type", none,
			action(vda5050.Action{ActionType: vda5050.Inspect, ActionID: "1", BlockingType: vda5050.BlockingNone,
				ActionParameters: []vda5050.ActionParameter{{Key: "viewpoint", Value: "v"}}}), vda5050.InvalidOrderAction, vda5050.LevelWarning, "actionType"},
		{"6.1.4.3 ... actions it cannot perform: unknown viewpoint", none,
			action(vda5050.InspectAction("1", "nowhere", "")), vda5050.InvalidOrderAction, vda5050.LevelWarning, "nodeId"},
		{"6.1.4.4 ... same orderId, but a lower orderUpdateId", atUpdate2,
			update(trip("old", 4, 3), 1, 2, 4, 4), vda5050.OutdatedOrderUpdate, vda5050.LevelWarning, "orderUpdateId"},
		{"6.1.4.5 ... same orderId and same orderUpdateId: the content differs", active,
			trip("old", 4, 4), vda5050.SameOrderUpdateID, vda5050.LevelWarning, "orderUpdateId"},
		{"6.1.4.6 ... orderId different to the orderId of an active order", active,
			trip("new", 2, 2), vda5050.OtherOrderActive, vda5050.LevelWarning, "orderId"},
		{"6.1.4.7 ... start node being out of range", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.Nodes[0].NodePosition.X = 0.3 }), vda5050.StartNodeOutOfRange, vda5050.LevelWarning, "orderId"},
		{"6.1.2: the first node of the update is not the decision point", active,
			update(trip("old", 4, 3), 1, 1, 4, 4), vda5050.StartNodeOutOfRange, vda5050.LevelWarning, "nodeId"},
		{"6.1.4.8 ... at least one node not being reachable", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.Nodes[1].NodeID = "island" }), vda5050.NoRouteToTarget, vda5050.LevelWarning, "orderId"},
		{"6.1.4.9 ... operating mode that does not allow new orders", func(m *Machine) { s := ready(); s.Mode = vda5050.ModeService; m.Sense(s) },
			trip("new", 2, 2), vda5050.MobileRobotNotAvailable, vda5050.LevelWarning, "orderId"},
		{"6.1.4.10 ... unknown mapId", none,
			with(trip("new", 2, 2), func(o *vda5050.Order) { o.Nodes[1].NodePosition.MapID = "hall-9" }), vda5050.UnknownMapID, vda5050.LevelWarning, "orderId"},
		{"7.1.2 insufficient memory", none, trip("new", 21, 1), vda5050.InsufficientMemory, vda5050.LevelUrgent, "orderId"},
	} {
		t.Run(c.section, c.run)
	}
}

// A rejection is one way to refuse an order.
type rejection struct {
	section string // with the standard's words
	before  func(*Machine)
	order   vda5050.Order
	want    vda5050.ErrorType
	level   vda5050.ErrorLevel
	key     string // a reference that must be there, with a value
}

func (c rejection) run(t *testing.T) {
	m := machine(t)
	c.before(m)
	id, updateID := m.Order()
	before := m.State(night)
	if err := m.TakeOrder(c.order); err == nil {
		t.Fatal("the order was taken")
	}
	e := onlyError(t, m)
	if e.ErrorType != c.want || e.ErrorLevel != c.level || reference(e, c.key) == "" {
		t.Errorf("error %+v", e)
	}
	// "The mobile robot shall not take over the new order in its internal buffer", "shall keep the previous order".
	after := m.State(night)
	if i, u := m.Order(); i != id || u != updateID || len(after.NodeStates) != len(before.NodeStates) {
		t.Errorf("the order held became %s %d with %d nodes", i, u, len(after.NodeStates))
	}
	if c.want == vda5050.MobileRobotNotAvailable {
		// "... until the mobile robot is in an order mode that allows for new orders."
		m.Sense(ready())
		if s := m.State(night); len(s.Errors) != 0 {
			t.Errorf("still reported in AUTOMATIC: %+v", s.Errors)
		}
		return
	}
	finish(t, m)
	if e := onlyError(t, m); e.ErrorType != c.want {
		t.Errorf("gone before a new order: %+v", e)
	}
	// "... until the mobile robot has accepted a new order."
	s := ready()
	s.Position.X = float64(m.d.LastNodeSeq) / 2
	m.Sense(s)
	next := trip("next", 1, 1)
	next.Nodes[0].NodePosition.X = s.Position.X
	take(t, m, next)
	if s := m.State(night); len(s.Errors) != 0 {
		t.Errorf("reported after a new order: %+v", s.Errors)
	}
}

// finish cancels whatever order is left.
func finish(t *testing.T, m *Machine) {
	t.Helper()
	if m.Idle() {
		return
	}
	m.TakeInstantActions(vda5050.InstantActions{Header: head(), Actions: []vda5050.Action{vda5050.Instant(vda5050.CancelOrder, "finish")}})
	if !m.Idle() {
		t.Fatalf("not idle after cancelOrder: %+v", m.State(night))
	}
}

// 6.1.4.5: "If the content of the new order is the same ..., the mobile robot shall ignore the new order."
func TestRepeatedOrderIsIgnored(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 3, 2))
	again := trip("o", 3, 2)
	again.HeaderID = 99
	take(t, m, again)
	if s := m.State(night); len(s.Errors) != 0 || len(s.NodeStates) != 2 {
		t.Errorf("%+v", s)
	}
}

// 6.1.4.1 on the wire: not even JSON, or an order that only names itself.
func TestMalformedPayloads(t *testing.T) {
	m := machine(t)
	if err := m.Receive("order", []byte("{")); err == nil {
		t.Error("taken")
	}
	if e := onlyError(t, m); e.ErrorType != vda5050.ValidationFailure {
		t.Errorf("%+v", e)
	}
	m = machine(t)
	if err := m.Receive("order", []byte(`{"orderId":"x","orderUpdateId":3}`)); err == nil {
		t.Error("taken")
	}
	if e := onlyError(t, m); reference(e, "orderId") != "x" || reference(e, "orderUpdateId") != "3" {
		t.Errorf("%+v", e)
	}
	if err := m.Receive("state", nil); err == nil {
		t.Error("a state was taken for an order")
	}
}

// 6.1.2: the horizon is replaced, the base stays; actions of the old horizon leave the state (6.6.9.1).
func TestUpdateReplacesTheHorizon(t *testing.T) {
	m := machine(t)
	o := trip("o", 4, 2)
	o.Nodes[1].Actions = []vda5050.Action{vda5050.InspectAction("base", "v", "")}
	o.Nodes[3].Actions = []vda5050.Action{vda5050.InspectAction("horizon", "v", "")}
	take(t, m, o)
	if !*m.State(night).NewBaseRequest {
		t.Error("no new base was asked for on the last released edge")
	}
	u := update(o, 1, 1, 3, 3)
	u.Nodes[0].Actions = o.Nodes[1].Actions
	u.Nodes[1].Actions = []vda5050.Action{vda5050.InspectAction("fresh", "v", "")}
	take(t, m, u)
	s := m.State(night)
	var ids []string
	for _, a := range s.ActionStates {
		ids = append(ids, a.ActionID)
	}
	if !slices.Equal(ids, []string{"base", "fresh"}) || len(s.NodeStates) != 2 || !s.NodeStates[1].Released || s.OrderUpdateID != 1 {
		t.Errorf("actions %v, state %+v", ids, s)
	}
}

// 6.1.2, figure 7: new actions where the robot stands, behind the stitching node, also after the order has ended.
func TestUpdateOfACompletedOrder(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 1, 1))
	if !m.Idle() {
		t.Fatal("an order of one node without actions is not done at once")
	}
	u := trip("o", 2, 2)
	u.OrderUpdateID = 1
	u.Nodes[1].NodeID, u.Nodes[1].NodePosition.X = "n0", 0
	u.Nodes[1].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	take(t, m, u)
	if c := m.Next(); len(c) != 1 || c[0].(DriveTo).Node.SequenceID != 2 || !c[0].(DriveTo).Halt {
		t.Fatalf("commands %+v", c)
	}
	if err := m.Reached(2); err != nil {
		t.Fatal(err)
	}
	if c := m.Next(); len(c) != 1 || c[0].(StartAction).Action.ActionID != "look" {
		t.Errorf("commands %+v", c)
	}
	late := trip("o", 2, 2)
	late.OrderUpdateID = 2
	late.Nodes[0].Actions = []vda5050.Action{vda5050.InspectAction("smuggled", "v", "")}
	late.Nodes[0].SequenceID, late.Edges[0].SequenceID, late.Nodes[1].SequenceID = 2, 3, 4
	if err := m.TakeOrder(late); err == nil {
		t.Error("a new action on the decision point was taken; nobody would ever do it")
	}
}
