package maps

import (
	"errors"
	"io/fs"
	"math"
	"reflect"
	"strings"
)

// GraphOptions says which part of a LIF file is a hall's route graph.
type GraphOptions struct {
	MapID       string // nodes of other maps are left out; nodes without a map are taken
	VehicleType string // as the file names it; empty takes each node's and edge's first
}

// ReadLIF reads a LIF 1.0 file as it is written, whatever its layouts, maps and vehicles. The document knows where each
// part stands, and warns; the error is Problems. Ids are checked by ReadGraph.
func ReadLIF(fsys fs.FS, name string) (*LIF, *Document, error) {
	data, err := readFile(fsys, name)
	if err != nil {
		return nil, nil, Problems{{File: name, Message: missing(err)}}
	}
	d := newDocument(name, "json")
	d.lenient = true
	doc := &Document{d: d, root: d.parseJSON(data)}
	if doc.root == nil {
		return nil, doc, doc.Err()
	}
	if doc.Has("origins") {
		doc.Top().Field("origins").Fail("this is LIF 2.0, which is a draft: export the layout as LIF 1.0")
		return nil, doc, doc.Err()
	}
	var l LIF
	if !d.decode(doc.Top().p, reflect.ValueOf(&l).Elem(), 0) {
		return nil, doc, doc.Err()
	}
	return &l, doc, nil
}

// ReadGraph reads a route graph from a LIF 1.0 file. It returns warnings; the error is Problems.
func ReadGraph(fsys fs.FS, name string, o GraphOptions) (*Graph, Problems, error) {
	l, doc, err := ReadLIF(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	d := doc.d
	b := &graphBuilder{document: d, options: o, graph: newGraph(), elsewhere: map[string]bool{}, forbidden: map[string]bool{}, chargers: map[string]bool{}}
	b.graph.file, b.graph.lines = name, map[string]int{}
	b.version(l)
	b.build(l)
	if len(d.problems) > 0 {
		return nil, d.warnings.sorted(), d.problems.err()
	}
	b.graph.seal()
	return b.graph, d.warnings.sorted(), nil
}

// missing says that a file could not be read, and what to do.
func missing(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "file does not exist: add it, or correct the name: " + err.Error()
	}
	return "cannot be read: " + err.Error()
}

type graphBuilder struct {
	*document
	options   GraphOptions
	graph     *Graph
	elsewhere map[string]bool // nodes of other maps
	forbidden map[string]bool // nodes that our vehicle type may not use
	chargers  map[string]bool // nodes that carry a charging action
	degrees   bool            // said that angles look like degrees
}

func (b *graphBuilder) version(l *LIF) {
	at := b.at(&l.MetaInformation).field("lifVersion")
	switch v := l.MetaInformation.LIFVersion; {
	case v == "1.0.0":
	case strings.HasPrefix(v, "0.") || strings.HasPrefix(v, "1."):
		at.warn("version %s is read as 1.0.0", clip(v))
	case v != "":
		at.fail("version %q is not supported: export the layout as LIF 1.0.0", clip(v))
	}
}

func (b *graphBuilder) build(l *LIF) {
	if len(l.Layouts) == 0 {
		b.at(l).field("layouts").fail("has no layout: add one")
	}
	for i := range l.Layouts {
		for j := range l.Layouts[i].Nodes {
			b.node(&l.Layouts[i].Nodes[j])
		}
	}
	for i := range l.Layouts {
		for j := range l.Layouts[i].Edges {
			b.edge(&l.Layouts[i].Edges[j])
		}
		for j := range l.Layouts[i].Stations {
			b.station(&l.Layouts[i].Stations[j])
		}
	}
}

func (b *graphBuilder) node(n *LIFNode) {
	at := b.at(n)
	if n.NodeID == "" || n.NodePosition == nil {
		return // already said
	}
	if b.graph.has(n.NodeID) || b.elsewhere[n.NodeID] || b.forbidden[n.NodeID] {
		at.field("nodeId").fail("node %q is there twice: give each its own id", n.NodeID)
		return
	}
	if b.options.MapID != "" && n.MapID != "" && n.MapID != b.options.MapID {
		b.elsewhere[n.NodeID] = true
		return
	}
	props, ok := b.atNode(n)
	if !ok {
		b.forbidden[n.NodeID] = true
		at.warn("node %q is closed to vehicle type %q and left out", n.NodeID, b.options.VehicleType)
		return
	}
	if props != nil {
		b.angle(b.at(props).field("theta"), props.Theta)
		for _, a := range props.Actions {
			if a.ActionType == "startCharging" {
				b.chargers[n.NodeID] = true
			}
		}
	}
	b.graph.lines["node "+n.NodeID] = at.field("nodeId").node.Line
	b.graph.addNode(Node{ID: n.NodeID, Name: n.NodeName, X: n.NodePosition.X, Y: n.NodePosition.Y})
}

// atNode picks what applies to our vehicle type; ok is false when it may not use the node.
func (b *graphBuilder) atNode(n *LIFNode) (props *LIFVehicleAtNode, ok bool) {
	for i := range n.VehicleTypeNodeProperties {
		p := &n.VehicleTypeNodeProperties[i]
		if b.options.VehicleType == "" || p.VehicleTypeID == b.options.VehicleType {
			return p, true
		}
	}
	return nil, b.options.VehicleType == ""
}

func (b *graphBuilder) edge(e *LIFEdge) {
	at := b.at(e)
	if e.EdgeID == "" || e.StartNodeID == "" || e.EndNodeID == "" {
		return // already said
	}
	usable := true
	for _, end := range []struct{ field, id string }{{"startNodeId", e.StartNodeID}, {"endNodeId", e.EndNodeID}} {
		switch {
		case b.graph.has(end.id):
		case b.elsewhere[end.id] || b.forbidden[end.id]:
			usable = false
		default:
			at.field(end.field).fail("node %q does not exist: add it or correct the id", end.id)
			usable = false
		}
	}
	if e.StartNodeID == e.EndNodeID {
		at.field("endNodeId").fail("edge %q ends where it starts: take it out", e.EdgeID)
		return
	}
	speed, open := b.onEdge(e)
	if !usable || !open {
		return
	}
	from, _ := b.graph.Node(e.StartNodeID)
	to, _ := b.graph.Node(e.EndNodeID)
	length := math.Hypot(to.X-from.X, to.Y-from.Y)
	if length < 1e-3 {
		at.warn("edge %q has no length: its nodes lie on one point", e.EdgeID)
	}
	if twin, ok := b.graph.Edge(e.StartNodeID, e.EndNodeID); ok && twin.ID != e.EdgeID {
		at.field("edgeId").warn("edge %q leads where edge %q does and is left out", e.EdgeID, twin.ID)
		return
	}
	b.graph.lines["edge "+e.EdgeID] = at.field("edgeId").node.Line
	edge := Edge{ID: e.EdgeID, Start: e.StartNodeID, End: e.EndNodeID, LengthM: length, MaxSpeed: speed}
	if why := b.graph.addEdge(edge); why != "" {
		at.field("edgeId").fail("%s", why)
	}
}

// onEdge returns the speed limit for our vehicle type, 0 when there is none, and whether it may use the edge.
func (b *graphBuilder) onEdge(e *LIFEdge) (maxSpeed float64, open bool) {
	at := b.at(e)
	for i := range e.VehicleTypeEdgeProperties {
		p := &e.VehicleTypeEdgeProperties[i]
		if b.options.VehicleType != "" && p.VehicleTypeID != b.options.VehicleType {
			continue
		}
		b.angle(b.at(p).field("vehicleOrientation"), p.VehicleOrientation)
		if p.LoadRestriction != nil && !p.LoadRestriction.Unloaded {
			b.at(p).field("loadRestriction").warn("edge %q is closed to vehicles without a load, and so to inspection robots", e.EdgeID)
			return 0, false
		}
		if p.Trajectory != nil {
			b.at(p).field("trajectory").warn("edge %q is driven straight: curves are not read", e.EdgeID)
		}
		if p.MaxSpeed < 0 {
			b.at(p).field("maxSpeed").fail("%g m/s is no limit: want a number above 0", p.MaxSpeed)
		}
		return p.MaxSpeed, true
	}
	if b.options.VehicleType != "" {
		at.warn("edge %q is closed to vehicle type %q and left out", e.EdgeID, b.options.VehicleType)
		return 0, false
	}
	return 0, true
}

// angle warns once of a file whose angles are degrees, as another published schema has them.
func (b *graphBuilder) angle(at place, rad *float64) {
	if rad != nil && math.Abs(*rad) > 2*math.Pi+1e-3 && !b.degrees {
		b.degrees = true
		at.warn("%g is beyond a full turn: LIF wants rad, this file seems to be in degrees; angles of nodes and edges are not used", *rad)
	}
}

func (b *graphBuilder) station(s *LIFStation) {
	at := b.at(s)
	charger := ""
	for i, id := range s.InteractionNodeIDs {
		switch {
		case b.graph.has(id):
			if charger == "" && b.chargers[id] {
				charger = id
			}
		case b.elsewhere[id] || b.forbidden[id]:
		default:
			at.field("interactionNodeIds").item(i).fail("node %q does not exist: add it or correct the id", clip(id))
		}
	}
	if s.StationPosition != nil {
		b.angle(b.at(s.StationPosition).field("theta"), s.StationPosition.Theta)
	}
	if charger == "" || s.StationID == "" {
		return
	}
	for _, d := range b.graph.docks {
		if d.ID == s.StationID {
			at.field("stationId").fail("station %q is there twice: give each its own id", s.StationID)
			return
		}
		if d.Node == charger {
			at.field("interactionNodeIds").fail("station %q charges at node %q, as station %q does: a node charges one robot", s.StationID, charger, d.ID)
			return
		}
	}
	b.graph.lines["station "+s.StationID] = at.field("stationId").node.Line
	b.graph.docks = append(b.graph.docks, Dock{ID: s.StationID, Node: charger})
}
