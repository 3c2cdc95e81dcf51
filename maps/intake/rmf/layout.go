package rmf

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// An Aisle is a group of nodes of which one robot at a time may hold any: RMF's mutex.
type Aisle struct {
	ID    string
	Nodes []string
}

// Layout turns a level into a layout of LIF, each graph a vehicle type, chargers as stations whose node has the action
// startCharging. Nodes are called as their vertices, or v and the vertex's number.
func (l *Level) Layout() (maps.LIFLayout, []Aisle) {
	names := l.nodeIDs()
	out := maps.LIFLayout{
		LayoutID: l.Name, LayoutVersion: "1", LayoutLevelID: l.Name,
		Nodes: []maps.LIFNode{}, Edges: []maps.LIFEdge{}, Stations: []maps.LIFStation{},
	}
	for i := range l.Vertices {
		if names[i] == "" {
			continue
		}
		node := l.node(i, names[i])
		out.Nodes = append(out.Nodes, node)
		if l.Vertices[i].Charger {
			out.Stations = append(out.Stations, maps.LIFStation{
				StationID: names[i], InteractionNodeIDs: []string{names[i]}, StationName: l.Vertices[i].Name,
			})
		}
	}
	for _, lane := range l.Lanes {
		if lane.From == lane.To {
			continue
		}
		addEdge(&out, lane, names[lane.From], names[lane.To])
		if lane.Both {
			addEdge(&out, lane, names[lane.To], names[lane.From])
		}
	}
	return out, l.aisles(names)
}

// nodeIDs names the vertices that lanes end in; the others get no name.
func (l *Level) nodeIDs() []string {
	names, taken := make([]string, len(l.Vertices)), map[string]bool{}
	used := make([]bool, len(l.Vertices))
	for _, lane := range l.Lanes {
		used[lane.From], used[lane.To] = true, true
	}
	for i, v := range l.Vertices {
		if name := strings.Join(strings.Fields(v.Name), "_"); used[i] && name != "" && !taken[name] {
			names[i], taken[name] = name, true
		}
	}
	for i := range l.Vertices {
		for name := fmt.Sprintf("v%d", i); used[i] && names[i] == ""; name += "-" {
			if !taken[name] {
				names[i], taken[name] = name, true
			}
		}
	}
	return names
}

func (l *Level) node(i int, id string) maps.LIFNode {
	v := l.Vertices[i]
	n := maps.LIFNode{NodeID: id, NodeName: v.Name, NodePosition: &maps.LIFPosition{X: micro(v.X), Y: micro(v.Y)}}
	var marks []string
	for _, m := range []struct {
		is   bool
		what string
	}{{v.Holding, "holding point"}, {v.Parking, "parking spot"}, {v.Dock != "", "dock " + v.Dock}} {
		if m.is {
			marks = append(marks, m.what)
		}
	}
	n.NodeDescription = strings.Join(marks, ", ")
	for _, g := range l.Graphs() {
		if !slices.ContainsFunc(l.Lanes, func(lane Lane) bool { return lane.Graph == g && (lane.From == i || lane.To == i) }) {
			continue
		}
		p := maps.LIFVehicleAtNode{VehicleTypeID: VehicleType(g)}
		if v.Charger {
			p.Actions = []maps.LIFAction{
				{ActionType: "startCharging", RequirementType: "CONDITIONAL", BlockingType: "HARD"},
				{ActionType: "stopCharging", RequirementType: "CONDITIONAL", BlockingType: "HARD"},
			}
		}
		n.VehicleTypeNodeProperties = append(n.VehicleTypeNodeProperties, p)
	}
	return n
}

func micro(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// addEdge takes an edge in; lanes of several graphs between the same nodes become one edge for several vehicle types.
func addEdge(out *maps.LIFLayout, lane Lane, from, to string) {
	p := maps.LIFVehicleOnEdge{VehicleTypeID: VehicleType(lane.Graph), OrientationType: "TANGENTIAL", MaxSpeed: lane.MaxSpeed}
	if lane.Backward {
		turn := math.Pi
		p.VehicleOrientation = &turn
	}
	id := from + "-" + to
	i := slices.IndexFunc(out.Edges, func(e maps.LIFEdge) bool { return e.StartNodeID == from && e.EndNodeID == to })
	if i < 0 {
		for slices.ContainsFunc(out.Edges, func(e maps.LIFEdge) bool { return e.EdgeID == id }) {
			id += "-"
		}
		e := maps.LIFEdge{EdgeID: id, StartNodeID: from, EndNodeID: to}
		if lane.Door != "" {
			e.EdgeDescription = "door " + lane.Door
		}
		out.Edges = append(out.Edges, e)
		i = len(out.Edges) - 1
	}
	props := &out.Edges[i].VehicleTypeEdgeProperties
	if !slices.ContainsFunc(*props, func(q maps.LIFVehicleOnEdge) bool { return q.VehicleTypeID == p.VehicleTypeID }) {
		*props = append(*props, p)
	}
}

// aisles are the nodes of each mutex group, in the order of vertices.
func (l *Level) aisles(names []string) []Aisle {
	var all []Aisle
	for i := range l.Vertices {
		group := l.group(i)
		if group == "" || names[i] == "" {
			continue
		}
		k := slices.IndexFunc(all, func(a Aisle) bool { return a.ID == group })
		if k < 0 {
			k = len(all)
			all = append(all, Aisle{ID: group})
		}
		all[k].Nodes = append(all[k].Nodes, names[i])
	}
	return all
}

// group is the mutex that a vertex names, or that all of its lanes do; empty for none.
func (l *Level) group(vertex int) string {
	group, any := l.Vertices[vertex].Mutex, false
	if group != "" {
		return group
	}
	for _, lane := range l.Lanes {
		if lane.From != vertex && lane.To != vertex {
			continue
		}
		if any && lane.Mutex != group {
			return ""
		}
		group, any = lane.Mutex, true
	}
	return group
}
