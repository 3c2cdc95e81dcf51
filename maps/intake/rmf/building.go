// Package rmf reads the building.yaml of Open-RMF's traffic editor: levels with lanes, doors, chargers, holding and
// parking points. Places come out in metres in the frame of the reference level, x right, y up, as RMF's own
// rmf_building_map_tools make them (building.py, level.py, transform.py of open-rmf/rmf_traffic_editor).
package rmf

import "github.com/nightrounds/nightrounds/maps"

// A Building is a building.yaml.
type Building struct {
	Name     string
	Levels   []*Level
	Warnings maps.Problems
}

// A Level is one floor.
type Level struct {
	Name      string
	Elevation float64 // m
	Vertices  []Vertex
	Lanes     []Lane
	Doors     []Door
	At        maps.Problem // where it stands; no message
}

// A Vertex is a corner of the drawing; those that lanes end in are places where robots go.
type Vertex struct {
	Name    string
	X, Y    float64 // m
	Charger bool
	Parking bool
	Holding bool
	Mutex   string // the group of which one robot at a time may hold a member
	Dock    string // what a robot docks to, coming in
}

// A Lane leads from one vertex to another, and back when Both.
type Lane struct {
	From, To int // indices of vertices
	Both     bool
	Backward bool    // driven backwards
	MaxSpeed float64 // m/s; 0 no limit
	Graph    int     // each fleet has a graph of its own
	Mutex    string
	Door     string // the door that it passes; empty for none
}

// A Door is a stretch between two points that opens.
type Door struct {
	Name           string
	X1, Y1, X2, Y2 float64 // m
}

// passDoors names for each lane the door that it crosses.
func (l *Level) passDoors() {
	for i := range l.Lanes {
		a, b := l.Vertices[l.Lanes[i].From], l.Vertices[l.Lanes[i].To]
		for _, d := range l.Doors {
			if cross(a.X, a.Y, b.X, b.Y, d) {
				l.Lanes[i].Door = d.Name
			}
		}
	}
}

// cross reports whether a stretch from 1 to 2 meets a door.
func cross(x1, y1, x2, y2 float64, d Door) bool {
	dx, dy, ex, ey := x2-x1, y2-y1, d.X2-d.X1, d.Y2-d.Y1
	det := ex*dy - ey*dx
	if det == 0 {
		return false // side by side
	}
	t := (ex*(d.Y1-y1) - ey*(d.X1-x1)) / det
	u := (dx*(d.Y1-y1) - dy*(d.X1-x1)) / det
	return t >= 0 && t <= 1 && u >= 0 && u <= 1
}
