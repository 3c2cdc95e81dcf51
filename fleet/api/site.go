package api

import (
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Site is the place as the page draws it. Lengths in m, angles in rad, in the hall frame (x right, y up).
type Site struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	TimeZone string `json:"timeZone"`
	Package  string `json:"package"`
	Halls    []Hall `json:"halls"`
}

// A Hall is one floor: its extent, what stands on it, and where robots drive.
type Hall struct {
	ID    string  `json:"id"`
	MinX  float64 `json:"minX"`
	MinY  float64 `json:"minY"`
	MaxX  float64 `json:"maxX"`
	MaxY  float64 `json:"maxY"`
	Racks []Rack  `json:"racks"`
	Nodes []Node  `json:"nodes"`
	Edges []Edge  `json:"edges"`
	Docks []Dock  `json:"docks"`
}

// A Rack stands with its centre at X, Y; ThetaRad is the outward normal of its front.
type Rack struct {
	ID         string        `json:"id"`
	Row        string        `json:"row"`
	X          float64       `json:"x"`
	Y          float64       `json:"y"`
	ThetaRad   float64       `json:"thetaRad"`
	WidthM     float64       `json:"widthM"`
	DepthM     float64       `json:"depthM"`
	UHeight    int           `json:"uHeight"`
	IntervalNs time.Duration `json:"intervalNs"`
	Devices    []Device      `json:"devices"`
}

// A Device fills Position..Position+UHeight-1.
type Device struct {
	ID           string    `json:"id"`
	Manufacturer string    `json:"manufacturer"`
	Model        string    `json:"model"`
	Position     int       `json:"position"`
	UHeight      int       `json:"uHeight"`
	Face         maps.Face `json:"face"`
	IsFullDepth  bool      `json:"isFullDepth"`
	Serial       string    `json:"serial"`
	AssetTag     string    `json:"assetTag"`
}

// A Node is a place of the route graph.
type Node struct {
	ID string  `json:"id"`
	X  float64 `json:"x"`
	Y  float64 `json:"y"`
}

// An Edge leads one way.
type Edge struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// A Dock is where a robot charges.
type Dock struct {
	ID   string `json:"id"`
	Node string `json:"node"`
}

func siteView(s *maps.Site, pkg string) Site {
	out := Site{ID: s.ID, Name: s.Name, TimeZone: s.TimeZone, Package: pkg, Halls: []Hall{}}
	for _, h := range s.Halls {
		out.Halls = append(out.Halls, hallView(h))
	}
	return out
}

func hallView(h *maps.Hall) Hall {
	out := Hall{ID: h.ID, MinX: math.Inf(1), MinY: math.Inf(1), MaxX: math.Inf(-1), MaxY: math.Inf(-1), Racks: []Rack{}, Nodes: []Node{}, Edges: []Edge{}, Docks: []Dock{}}
	for _, corner := range [][2]int{{0, 0}, {h.Floor.Width, 0}, {0, h.Floor.Height}, {h.Floor.Width, h.Floor.Height}} {
		x, y := h.Floor.CellCentre(corner[0], corner[1])
		out.MinX, out.MaxX = min(out.MinX, x), max(out.MaxX, x)
		out.MinY, out.MaxY = min(out.MinY, y), max(out.MaxY, y)
	}
	for _, row := range h.Rows {
		for _, r := range row.Racks {
			out.Racks = append(out.Racks, rackView(r))
		}
	}
	for _, n := range h.Graph.Nodes() {
		out.Nodes = append(out.Nodes, Node{n.ID, n.X, n.Y})
	}
	for _, e := range h.Graph.Edges() {
		out.Edges = append(out.Edges, Edge{e.Start, e.End})
	}
	for _, d := range h.Graph.Docks() {
		out.Docks = append(out.Docks, Dock{d.ID, d.Node})
	}
	return out
}

func rackView(r *maps.Rack) Rack {
	out := Rack{
		ID: r.ID, Row: r.Row, X: r.Pose.X, Y: r.Pose.Y, ThetaRad: r.Pose.ThetaRad, WidthM: r.Type.WidthM, DepthM: r.Type.DepthM,
		UHeight: r.Type.UHeight, IntervalNs: r.RevisitInterval, Devices: []Device{},
	}
	for _, d := range r.Devices {
		out.Devices = append(out.Devices, Device{
			ID: d.ID, Manufacturer: d.Type.Manufacturer, Model: d.Type.Model, Position: d.Position, UHeight: d.Type.UHeight,
			Face: d.Face, IsFullDepth: d.Type.IsFullDepth, Serial: d.Serial, AssetTag: d.AssetTag,
		})
	}
	return out
}
