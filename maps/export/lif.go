// Package export writes a site's route graphs and floors in forms that other programs read: LIF 1.0 of the VDMA and
// GeoJSON. It adds nothing that the site does not say, but for what those forms require.
package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// LIF returns all route graphs of a site as one LIF 1.0.0 file that satisfies the official schema. Ids that two graph
// files share get the later one's hall before them. Notes say what was changed.
func LIF(fsys fs.FS, s *maps.Site, at time.Time) (data []byte, notes []string, err error) {
	out := maps.LIF{
		MetaInformation: maps.LIFMetaInformation{
			ProjectIdentification: cmp.Or(s.Name, s.ID), Creator: "Nightrounds", LIFVersion: "1.0.0",
			ExportTimestamp: at.UTC().Format("2006-01-02T15:04:05.00Z"),
		},
		Layouts: []maps.LIFLayout{},
	}
	taken, done := map[string]bool{}, map[string]bool{}
	for _, h := range s.Halls {
		if done[h.GraphFile] {
			continue
		}
		done[h.GraphFile] = true
		l, _, err := maps.ReadLIF(fsys, h.GraphFile)
		if err != nil {
			return nil, nil, fmt.Errorf("export LIF: %w", err)
		}
		notes = append(notes, Normalize(l)...)
		if apart(l, taken, h.ID) {
			notes = append(notes, fmt.Sprintf("%s: ids that another file has too begin with %q", h.GraphFile, h.ID+"."))
		}
		out.Layouts = append(out.Layouts, l.Layouts...)
	}
	data, err = json.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, nil, fmt.Errorf("export LIF: %w", err)
	}
	return append(data, '\n'), notes, nil
}

// Normalize changes what the official schema does not allow: lists that are missing, values it does not know, angles in
// degrees, knots beyond 1. It says what it changed.
func Normalize(l *maps.LIF) (notes []string) {
	m := &l.MetaInformation
	if m.LIFVersion != "1.0.0" {
		notes = append(notes, fmt.Sprintf("lifVersion %q is now 1.0.0", m.LIFVersion))
		m.LIFVersion = "1.0.0"
	}
	if degrees(l) {
		notes = append(notes, "angles were in degrees and are now in rad")
		angles(l, func(a *float64) { *a = math.Remainder(*a*math.Pi/180, 2*math.Pi) })
	}
	l.Layouts = list(l.Layouts)
	for i := range l.Layouts {
		layout(&l.Layouts[i])
	}
	return notes
}

func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

func layout(y *maps.LIFLayout) {
	y.LayoutVersion = cmp.Or(y.LayoutVersion, "1")
	y.Nodes, y.Edges, y.Stations = list(y.Nodes), list(y.Edges), list(y.Stations)
	for i := range y.Nodes {
		n := &y.Nodes[i]
		n.VehicleTypeNodeProperties = list(n.VehicleTypeNodeProperties)
		for j := range n.VehicleTypeNodeProperties {
			actions(n.VehicleTypeNodeProperties[j].Actions)
		}
	}
	for i := range y.Edges {
		e := &y.Edges[i]
		e.VehicleTypeEdgeProperties = list(e.VehicleTypeEdgeProperties)
		for j := range e.VehicleTypeEdgeProperties {
			onEdge(&e.VehicleTypeEdgeProperties[j])
		}
	}
	for i := range y.Stations {
		y.Stations[i].InteractionNodeIDs = list(y.Stations[i].InteractionNodeIDs)
		y.Stations[i].StationHeight = max(y.Stations[i].StationHeight, 0)
	}
}

// onEdge fills in what the standard's text gives a default for.
func onEdge(p *maps.LIFVehicleOnEdge) {
	if p.RotationAllowed == nil {
		yes := true
		p.RotationAllowed = &yes
	}
	p.OrientationType = known(p.OrientationType, "TANGENTIAL", "GLOBAL")
	p.RotationAtStartNodeAllowed = known(p.RotationAtStartNodeAllowed, "BOTH", "NONE", "CCW", "CW")
	p.RotationAtEndNodeAllowed = known(p.RotationAtEndNodeAllowed, "BOTH", "NONE", "CCW", "CW")
	actions(p.Actions)
	t := p.Trajectory
	if t == nil {
		return
	}
	t.KnotVector, t.ControlPoints = list(t.KnotVector), list(t.ControlPoints)
	if t.Degree != nil && *t.Degree < 1 {
		t.Degree = nil
	}
	if len(t.KnotVector) > 0 {
		low, high := slices.Min(t.KnotVector), slices.Max(t.KnotVector)
		for i, k := range t.KnotVector {
			if (low < 0 || high > 1) && high > low {
				t.KnotVector[i] = (k - low) / (high - low) // a NURBS does not change with its knots' scale
			}
		}
	}
	for i := range t.ControlPoints {
		if w := t.ControlPoints[i].Weight; w != 0 && w < 1 {
			scaleWeights(t.ControlPoints)
			break
		}
	}
}

// scaleWeights makes the least weight 1: only their ratio matters.
func scaleWeights(points []maps.LIFControlPoint) {
	least := 1.0
	for _, p := range points {
		if p.Weight > 0 {
			least = min(least, p.Weight)
		}
	}
	for i := range points {
		points[i].Weight = max(cmp.Or(points[i].Weight, 1)/least, 1)
	}
}

// known returns a value that is one of a field's, or its first, the default.
func known(v, first string, others ...string) string {
	if v == first || slices.Contains(others, v) {
		return v
	}
	return first
}

func actions(all []maps.LIFAction) {
	for i := range all {
		a := &all[i]
		if a.RequirementType != "" {
			a.RequirementType = known(a.RequirementType, "REQUIRED", "CONDITIONAL", "OPTIONAL")
		}
		a.BlockingType = known(a.BlockingType, "HARD", "SOFT", "NONE") // HARD is the safe one: nothing else goes on beside it
	}
}

// angles visits all angles of a file.
func angles(l *maps.LIF, visit func(*float64)) {
	some := func(a *float64) {
		if a != nil {
			visit(a)
		}
	}
	for _, y := range l.Layouts {
		for _, n := range y.Nodes {
			for _, p := range n.VehicleTypeNodeProperties {
				some(p.Theta)
			}
		}
		for _, e := range y.Edges {
			for _, p := range e.VehicleTypeEdgeProperties {
				some(p.VehicleOrientation)
			}
		}
		for _, s := range y.Stations {
			if s.StationPosition != nil {
				some(s.StationPosition.Theta)
			}
		}
	}
}

// degrees reports whether any angle is beyond a full turn in rad, as in files of another published schema.
func degrees(l *maps.LIF) (yes bool) {
	angles(l, func(a *float64) { yes = yes || math.Abs(*a) > 2*math.Pi+1e-3 })
	return yes
}

// apart puts a hall's id before a file's ids when one of them is taken, and takes them all.
func apart(l *maps.LIF, taken map[string]bool, hall string) (changed bool) {
	ids := func(visit func(kind string, id *string)) {
		for i := range l.Layouts {
			y := &l.Layouts[i]
			visit("layout ", &y.LayoutID)
			for j := range y.Nodes {
				visit("node ", &y.Nodes[j].NodeID)
			}
			for j := range y.Edges {
				visit("edge ", &y.Edges[j].EdgeID)
			}
			for j := range y.Stations {
				visit("station ", &y.Stations[j].StationID)
			}
		}
	}
	ids(func(kind string, id *string) { changed = changed || taken[kind+*id] })
	if changed {
		ids(func(_ string, id *string) { *id = hall + "." + *id })
		for i := range l.Layouts {
			for j := range l.Layouts[i].Edges {
				e := &l.Layouts[i].Edges[j]
				e.StartNodeID, e.EndNodeID = hall+"."+e.StartNodeID, hall+"."+e.EndNodeID
			}
			for j := range l.Layouts[i].Stations {
				for n, id := range l.Layouts[i].Stations[j].InteractionNodeIDs {
					l.Layouts[i].Stations[j].InteractionNodeIDs[n] = hall + "." + id
				}
			}
		}
	}
	ids(func(kind string, id *string) { taken[kind+*id] = true })
	return changed
}
