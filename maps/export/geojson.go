package export

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// A feature is GeoJSON's, RFC 7946 section 3.2.
type feature struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Geometry   geometry       `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

// frame is a foreign member (section 6.1) that says what the coordinates are: RFC 7946 knows longitude and latitude only
// (section 4), and leaves others to whoever agrees on them.
type frame struct {
	Unit        string `json:"unit"`
	Description string `json:"description"`
}

type collection struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Frame    frame     `json:"nightrounds:frame"`
	Features []feature `json:"features"`
}

// GeoJSON returns racks, nodes, edges, docks and viewpoints of a site as one FeatureCollection. Coordinates are metres of
// the hall frame, not degrees, which the file says. Halls have frames of their own: a feature names its hall.
func GeoJSON(s *maps.Site) ([]byte, error) {
	c := collection{
		Type: "FeatureCollection", Name: s.ID,
		Frame: frame{Unit: "m", Description: "Coordinates are metres in the frame of the feature's hall, x right and y up, " +
			"not longitude and latitude: RFC 7946 section 4 by prior arrangement. Angles are rad, counter-clockwise from x."},
		Features: []feature{},
	}
	for _, h := range s.Halls {
		for _, r := range h.Racks() {
			c.Features = append(c.Features, rack(r))
		}
		if h.Graph != nil {
			c.Features = append(c.Features, graph(h)...)
		}
	}
	for _, v := range s.Viewpoints() {
		if f, ok := viewpoint(s, v); ok {
			c.Features = append(c.Features, f)
		}
	}
	data, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return nil, fmt.Errorf("export GeoJSON: %w", err)
	}
	return append(data, '\n'), nil
}

// rack is its outline, counter-clockwise and closed, as section 3.1.6 wants it.
func rack(r *maps.Rack) feature {
	sin, cos := math.Sincos(r.Pose.ThetaRad)
	var ring [][2]float64
	for _, c := range [5][2]float64{{1, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}} {
		d, w := c[0]*r.Type.DepthM/2, c[1]*r.Type.WidthM/2
		ring = append(ring, [2]float64{milli(r.Pose.X + d*cos - w*sin), milli(r.Pose.Y + d*sin + w*cos)})
	}
	return feature{
		Type: "Feature", ID: "rack/" + r.ID, Geometry: geometry{"Polygon", [][][2]float64{ring}},
		Properties: map[string]any{
			"kind": "rack", "hall": r.Hall, "row": r.Row, "rack": r.ID, "frontRad": r.Pose.ThetaRad, "uHeight": r.Type.UHeight,
			"devices": len(r.Devices), "revisitIntervalS": r.RevisitInterval.Seconds(),
		},
	}
}

func graph(h *maps.Hall) []feature {
	var out []feature
	docks := map[string]string{}
	for _, d := range h.Graph.Docks() {
		docks[d.Node] = d.ID
	}
	for _, n := range h.Graph.Nodes() {
		p := map[string]any{"kind": "node", "hall": h.ID, "node": n.ID}
		if n.Aisle != "" {
			p["aisle"] = n.Aisle
		}
		if id, ok := docks[n.ID]; ok {
			p["kind"], p["dock"] = "dock", id
		}
		out = append(out, feature{Type: "Feature", ID: h.ID + "/node/" + n.ID, Geometry: geometry{"Point", [2]float64{milli(n.X), milli(n.Y)}}, Properties: p})
	}
	for _, e := range h.Graph.Edges() {
		a, _ := h.Graph.Node(e.Start)
		b, _ := h.Graph.Node(e.End)
		p := map[string]any{"kind": "edge", "hall": h.ID, "edge": e.ID, "start": e.Start, "end": e.End, "lengthM": milli(e.LengthM)}
		if e.MaxSpeed > 0 {
			p["maxSpeedMPerS"] = e.MaxSpeed
		}
		line := [][2]float64{{milli(a.X), milli(a.Y)}, {milli(b.X), milli(b.Y)}}
		out = append(out, feature{Type: "Feature", ID: h.ID + "/edge/" + e.ID, Geometry: geometry{"LineString", line}, Properties: p})
	}
	return out
}

func viewpoint(s *maps.Site, v maps.Viewpoint) (feature, bool) {
	h, ok := s.Hall(v.Hall)
	if !ok || h.Graph == nil {
		return feature{}, false
	}
	n, ok := h.Graph.Node(v.Node)
	return feature{
		Type: "Feature", ID: "viewpoint/" + v.ID, Geometry: geometry{"Point", [3]float64{milli(n.X), milli(n.Y), milli(v.MastM)}},
		Properties: map[string]any{
			"kind": "viewpoint", "hall": v.Hall, "viewpoint": v.ID, "rack": v.Rack, "face": v.Face, "node": v.Node,
			"headingRad": v.HeadingRad, "fromU": v.FromU, "toU": v.ToU, "distanceM": milli(v.DistanceM),
		},
	}, ok
}

// milli rounds to a mm.
func milli(v float64) float64 { return math.Round(v*1e3)/1e3 + 0 }
