package draft

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// VehicleType is written where a hall names none.
const VehicleType = "inspection-robot"

// sameSpotM is how near a node must lie to one of the graph before to keep its id.
const sameSpotM = 0.05

// write puts the sketch into the plan.
func (k *sketch) write() {
	k.keepNames()
	l := &k.plan.Layout
	l.LayoutID, l.LayoutVersion = k.hall.ID, "1"
	l.LayoutDescription = fmt.Sprintf(drafted+" of %g x %g m.", k.bare.WidthM, k.bare.LengthM)
	l.Nodes, l.Edges, l.Stations = []maps.LIFNode{}, []maps.LIFEdge{}, []maps.LIFStation{}
	vehicle := cmp.Or(k.hall.VehicleType, VehicleType)
	for _, s := range k.net.spots {
		at := maps.LIFVehicleAtNode{VehicleTypeID: vehicle}
		if s.kind == dockNode {
			for _, action := range []string{"startCharging", "stopCharging"} {
				at.Actions = append(at.Actions, maps.LIFAction{ActionType: action, RequirementType: "CONDITIONAL", BlockingType: "HARD"})
			}
			l.Stations = append(l.Stations, maps.LIFStation{StationID: s.id, InteractionNodeIDs: []string{s.id}})
		}
		l.Nodes = append(l.Nodes, maps.LIFNode{
			NodeID: s.id, MapID: k.hall.ID, NodePosition: &maps.LIFPosition{X: s.x, Y: s.y},
			VehicleTypeNodeProperties: []maps.LIFVehicleAtNode{at},
		})
	}
	for _, w := range k.net.ways {
		l.Edges = append(l.Edges, k.edge(w.a, w.b, w, vehicle))
		if !w.oneWay {
			l.Edges = append(l.Edges, k.edge(w.b, w.a, w, vehicle))
		}
	}
	k.writeAisles()
}

// nameUnseen names the faces that have a place before them and are not seen from there, nor from another: something stands
// between, beside the line on which the aisle was measured.
func (k *sketch) nameUnseen() {
	sees := k.site.Sight(k.hall)
	for _, s := range k.net.spots {
		for _, st := range s.stands {
			if !slices.ContainsFunc(k.net.spots, func(o *spot) bool { return sees(st.rack, st.face, o.x, o.y) }) {
				k.unreached(st.rack, st.face, "something stands between it and the place at %.2f, %.2f before it: see the floor grid there", s.x, s.y)
			}
		}
	}
	slices.SortStableFunc(k.plan.Unreached, func(a, b Unreached) int {
		return cmp.Or(cmp.Compare(a.Rack, b.Rack), cmp.Compare(a.Face, b.Face))
	})
}

func (k *sketch) edge(a, b *spot, w *way, vehicle string) maps.LIFEdge {
	yes := true
	e := maps.LIFVehicleOnEdge{
		VehicleTypeID: vehicle, OrientationType: "TANGENTIAL", RotationAllowed: &yes,
		RotationAtStartNodeAllowed: "BOTH", RotationAtEndNodeAllowed: "BOTH", MaxSpeed: crossSpeed,
	}
	switch {
	case w.spur:
		e.MaxSpeed = dockSpeed
	case w.lane != nil:
		e.MaxSpeed = laneSpeed
	}
	return maps.LIFEdge{EdgeID: a.id + "_" + b.id, StartNodeID: a.id, EndNodeID: b.id, VehicleTypeEdgeProperties: []maps.LIFVehicleOnEdge{e}}
}

// writeAisles lists the stretches before racks between crossings, and each bay by itself.
func (k *sketch) writeAisles() {
	taken := map[string]bool{}
	add := func(id string, nodes []string) {
		if len(nodes) > 0 {
			k.plan.Aisles = append(k.plan.Aisles, Aisle{ID: unique(taken, id), Nodes: nodes})
		}
	}
	for _, l := range k.lanes {
		var stretch []string
		for _, s := range l.chain {
			if s.kind == laneNode {
				stretch = append(stretch, s.id)
				continue
			}
			add(l.id, stretch)
			stretch = nil
		}
		add(l.id, stretch)
	}
	for _, s := range k.net.spots {
		if s.kind == bayNode {
			add(s.id, []string{s.id})
		}
	}
}

// keepNames gives nodes the ids that nodes at their places had in the graph before, and makes all ids unique.
func (k *sketch) keepNames() {
	taken := map[string]bool{}
	named := map[*spot]bool{}
	if g := k.hall.Graph; g != nil {
		for _, s := range k.net.spots {
			for _, n := range g.Nodes() {
				if !taken[n.ID] && max(n.X-s.x, s.x-n.X, n.Y-s.y, s.y-n.Y) <= sameSpotM {
					s.id, named[s], taken[n.ID] = n.ID, true, true
					break
				}
			}
		}
	}
	for _, s := range k.net.spots {
		if !named[s] {
			s.id = unique(taken, s.id)
		}
	}
}

// unique takes an id, or the first of id-2, id-3, ... that is free.
func unique(taken map[string]bool, id string) string {
	const longest = 100 // LIF and site.yaml allow 128
	if len(id) > longest {
		id = id[:longest]
	}
	free := id
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s-%d", id, i)
	}
	taken[free] = true
	return free
}
