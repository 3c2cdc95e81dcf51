package intake

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// readLIF reads a route graph and takes it apart by map: each map is a hall.
func (s *source) readLIF(in Input) {
	l, doc, err := maps.ReadLIF(in.FS, in.Name)
	if err != nil {
		s.said.Faults = problems(err)
		return
	}
	_, warnings, err := maps.ReadGraph(in.FS, in.Name, maps.GraphOptions{})
	s.said.Warnings = warnings
	if err != nil {
		s.said.Faults = problems(err)
		return
	}
	toRadians(l)
	oneMap(l)
	p := &parting{source: s, doc: doc, where: map[string]string{}, parts: map[string]*layout{}, stamp: l.MetaInformation.ExportTimestamp}
	for i := range l.Layouts {
		for _, n := range l.Layouts[i].Nodes {
			to := p.part(n.MapID, &l.Layouts[i])
			to.Nodes = append(to.Nodes, n)
			p.where[n.NodeID] = n.MapID
		}
	}
	for i := range l.Layouts {
		p.edges(&l.Layouts[i])
		p.stations(&l.Layouts[i])
	}
	s.vehicles(l, in.Name)
	for _, hall := range p.order {
		s.layouts = append(s.layouts, *p.parts[hall])
	}
}

// A parting takes a file apart by map.
type parting struct {
	*source
	doc   *maps.Document
	where map[string]string // node to map
	parts map[string]*layout
	order []string
	stamp string
}

// part is what there is of a map; it is called as the layout in which it is first met.
func (p *parting) part(hall string, from *maps.LIFLayout) *maps.LIFLayout {
	l, ok := p.parts[hall]
	if !ok {
		l = &layout{hall: hall, stamp: p.stamp, at: p.doc.At(from).Problem("")}
		l.lif = maps.LIFLayout{
			LayoutID: from.LayoutID, LayoutName: from.LayoutName, LayoutVersion: from.LayoutVersion,
			LayoutLevelID: from.LayoutLevelID, LayoutDescription: from.LayoutDescription,
		}
		p.parts[hall] = l
		p.order = append(p.order, hall)
	}
	return &l.lif
}

func (p *parting) edges(from *maps.LIFLayout) {
	for k, e := range from.Edges {
		a, b := p.where[e.StartNodeID], p.where[e.EndNodeID]
		if a != b {
			p.said.Warn(p.doc.At(&from.Edges[k]).Problem("edge %q leads from map %q to map %q and is left out: halls are driven each by itself", e.EdgeID, a, b))
			continue
		}
		to := p.part(a, from)
		to.Edges = append(to.Edges, e)
	}
}

func (p *parting) stations(from *maps.LIFLayout) {
	for k, st := range from.Stations {
		at := p.doc.At(&from.Stations[k])
		if len(st.InteractionNodeIDs) == 0 {
			p.said.Warn(at.Problem("station %q has no node and is left out", st.StationID))
			continue
		}
		here := p.where[st.InteractionNodeIDs[0]]
		elsewhere := func(n string) bool { return p.where[n] != here }
		if slices.ContainsFunc(st.InteractionNodeIDs, elsewhere) {
			p.said.Warn(at.Problem("station %q has nodes of several maps: it is left to map %q", st.StationID, here))
			st.InteractionNodeIDs = slices.DeleteFunc(slices.Clone(st.InteractionNodeIDs), elsewhere)
		}
		to := p.part(here, from)
		to.Stations = append(to.Stations, st)
	}
}

// oneMap gives nodes without a map to the only map that the file names.
func oneMap(l *maps.LIF) {
	var named []string
	for i := range l.Layouts {
		for _, n := range l.Layouts[i].Nodes {
			if n.MapID != "" && !slices.Contains(named, n.MapID) {
				named = append(named, n.MapID)
			}
		}
	}
	for i := range l.Layouts {
		for k := range l.Layouts[i].Nodes {
			if n := &l.Layouts[i].Nodes[k]; n.MapID == "" && len(named) == 1 {
				n.MapID = named[0]
			}
		}
	}
}

// vehicles warns of a graph for several vehicle types: which of them the robots are nobody can tell from it.
func (s *source) vehicles(l *maps.LIF, file string) {
	var types []string
	for i := range l.Layouts {
		for _, n := range l.Layouts[i].Nodes {
			for _, p := range n.VehicleTypeNodeProperties {
				if !slices.Contains(types, p.VehicleTypeID) {
					types = append(types, p.VehicleTypeID)
				}
			}
		}
	}
	if len(types) > 1 {
		s.said.Warn(maps.Problem{File: file, Message: fmt.Sprintf("is for %d vehicle types, %q: name the robots' in vehicle_type of the hall", len(types), types)})
	}
}

// toRadians turns angles of a file that has them in degrees, as the schema of continua-systems/vdma-lif wants them:
// one angle beyond a full turn tells.
func toRadians(l *maps.LIF) {
	var angles []*float64
	for i := range l.Layouts {
		for _, n := range l.Layouts[i].Nodes {
			for k := range n.VehicleTypeNodeProperties {
				angles = append(angles, n.VehicleTypeNodeProperties[k].Theta)
			}
		}
		for _, e := range l.Layouts[i].Edges {
			for k := range e.VehicleTypeEdgeProperties {
				angles = append(angles, e.VehicleTypeEdgeProperties[k].VehicleOrientation)
			}
		}
		for _, st := range l.Layouts[i].Stations {
			if st.StationPosition != nil {
				angles = append(angles, st.StationPosition.Theta)
			}
		}
	}
	angles = slices.DeleteFunc(angles, func(a *float64) bool { return a == nil })
	if !slices.ContainsFunc(angles, func(a *float64) bool { return math.Abs(*a) > 2*math.Pi+1e-3 }) {
		return
	}
	for _, a := range angles {
		*a *= math.Pi / 180
	}
}
