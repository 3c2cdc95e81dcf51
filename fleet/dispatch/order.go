package dispatch

import (
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	floor "github.com/nightrounds/nightrounds/maps"
)

// startDeviationM is how far from its first node a robot may stand, as after an order cancelled between two nodes.
const startDeviationM = 2.0

// stops lays the plan's way and work out as the order's nodes and edges.
func stops(g *floor.Graph, p Plan) ([]Stop, error) {
	list := make([]Stop, len(p.Way))
	for i, id := range p.Way {
		from := ""
		if i > 0 {
			from = p.Way[i-1]
		}
		stop, err := stopAt(g, p.Hall, i, from, id)
		if err != nil {
			return nil, err
		}
		list[i] = stop
	}
	list[0].Node.NodePosition.AllowedDeviationXY = &vda5050.AllowedDeviationXY{A: startDeviationM, B: startDeviationM}
	if p.Charging && len(list) > 1 {
		list[0].add(Act{ID: p.OrderID + "-stop-charging", Type: vda5050.StopCharging})
	}
	last := &list[len(list)-1]
	if p.Duty.Kind == patrol.Charge {
		last.add(Act{ID: p.OrderID + "-start-charging", Type: vda5050.StartCharging})
	}
	for _, look := range p.Duty.Looks {
		last.add(Act{ID: actionID(p.OrderID, look), Type: vda5050.Inspect, Look: &look})
	}
	return list, nil
}

// stopAt is the stop of a node that comes as number i of a way, with the edge from the node before; none for the first.
func stopAt(g *floor.Graph, hall string, i int, from, id string) (Stop, error) {
	n, ok := g.Node(id)
	if !ok {
		return Stop{}, fmt.Errorf("no node %q in the route graph", id)
	}
	s := Stop{Node: vda5050.Node{
		NodeID: id, SequenceID: uint32(2 * i), Actions: []vda5050.Action{},
		NodePosition: &vda5050.NodePosition{X: n.X, Y: n.Y, MapID: hall},
	}}
	if i == 0 {
		return s, nil
	}
	e, ok := g.Edge(from, id)
	if !ok {
		return Stop{}, fmt.Errorf("no edge from %s to %s in the route graph", from, id)
	}
	s.Edge = &vda5050.Edge{EdgeID: e.ID, SequenceID: uint32(2*i - 1), Actions: []vda5050.Action{}, Length: &e.LengthM}
	if e.MaxSpeed > 0 {
		s.Edge.MaximumSpeed = &e.MaxSpeed
	}
	return s, nil
}

// lengthened is a copy of some stops with those of more nodes after them.
func lengthened(g *floor.Graph, stops []Stop, nodes []string) ([]Stop, error) {
	stops = slices.Clone(stops)
	for _, id := range nodes {
		before := stops[len(stops)-1].Node
		s, err := stopAt(g, before.NodePosition.MapID, len(stops), before.NodeID, id)
		if err != nil {
			return nil, err
		}
		stops = append(stops, s)
	}
	return stops, nil
}

// actionID is the inspection's id all the way to the page; a patrol look is named by its order.
func actionID(order string, l patrol.Look) string {
	if len(l.Inspections) > 0 {
		return l.Inspections[0]
	}
	return order + "-" + l.Viewpoint
}

func (s *Stop) add(a Act) {
	s.Actions = append(s.Actions, a)
	action := vda5050.Action{ActionType: a.Type, ActionID: a.ID, BlockingType: vda5050.BlockingHard}
	if a.Look != nil {
		action = vda5050.InspectAction(a.ID, a.Look.Viewpoint, vda5050.Reason(a.Look.Class.String()))
	}
	s.Node.Actions = append(s.Node.Actions, action)
}

// order is the newest message: from the stitching node on, released up to the base. The same mission gives the same
// message, so that a repetition is one (section 6.1.4.5).
func (m Mission) order() *vda5050.Order {
	o := &vda5050.Order{
		OrderID: m.OrderID, OrderUpdateID: m.Update, OrderDescription: m.Duty.Why,
		Nodes: []vda5050.Node{}, Edges: []vda5050.Edge{},
	}
	for i := m.Stitch; i < len(m.Stops); i++ {
		stop := m.Stops[i]
		if i > m.Stitch {
			edge := *stop.Edge
			edge.Released = i <= m.Base
			o.Edges = append(o.Edges, edge)
		}
		stop.Node.Released = i <= m.Base
		o.Nodes = append(o.Nodes, stop.Node)
	}
	return o
}

// cancelOrder is a new action each time it is sent: a robot that has cancelled already says so of the last.
func (m Mission) cancelOrder() *vda5050.InstantActions {
	return cancelOrder(m.OrderID, fmt.Sprintf("%s-cancel-%d", m.OrderID, m.Tries))
}

func cancelOrder(orderID, actionID string) *vda5050.InstantActions {
	return &vda5050.InstantActions{Actions: []vda5050.Action{
		vda5050.Instant(vda5050.CancelOrder, actionID, "orderId", orderID),
	}}
}
