package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// The hall, in m. Rows run along x; from y = 0 up aisles and rows alternate, an aisle at both ends. West of the rows
// and east of them lie cross aisles, and in the west wall three alcoves with docks, so that a docked robot stands in
// nobody's way.
const (
	columns   = 12
	rackWidth = 0.6
	rackDepth = 1.1
	aisleWide = 2.0
	crossWide = 2.0
	alcove    = 1.6 // deep
	dockX     = -0.9
	wall      = 0.1
	cell      = 0.05
	originX   = -2.0 // of the floor grid
	originY   = -0.5
	mapID     = "hall-1"
)

var rowIDs = []string{"A", "B", "C", "D"}

// hall is the sample's only hall.
type hall struct {
	eastX float64 // of the racks' east end
	topY  float64 // of the hall's north wall
}

func newHall() hall {
	return hall{eastX: crossWide + columns*rackWidth, topY: float64(len(rowIDs))*(aisleWide+rackDepth) + aisleWide}
}

// laneY is the middle of an aisle; aisle i lies south of row i.
func laneY(i int) float64 { return float64(i)*(aisleWide+rackDepth) + aisleWide/2 }

// rowY is the middle of a row.
func rowY(i int) float64 { return laneY(i) + aisleWide/2 + rackDepth/2 }

func columnX(i int) float64 { return crossWide + (float64(i)+0.5)*rackWidth }

// round keeps the files free of digits that only floating point made.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func nodeID(aisle, column int) string { return fmt.Sprintf("a%d-%02d", aisle, column+1) }

func (h hall) floorYAML() []byte {
	return fmt.Appendf(nil, "image: floor.pgm\nmode: trinary\nresolution: %g\norigin: [%g, %g, 0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n",
		cell, originX, originY)
}

// floorPGM draws free floor, walls and racks, and leaves unknown what lies behind the walls, as map_saver would.
func (h hall) floorPGM() []byte {
	const free, occupied, unknown = 254, 0, 205
	width := int(math.Round((h.eastX + crossWide + 0.5 - originX) / cell))
	height := int(math.Round((h.topY + 0.5 - originY) / cell))
	var b bytes.Buffer
	fmt.Fprintf(&b, "P5\n# CREATOR: Nightrounds sample %.3f m/pix\n%d %d\n255\n", cell, width, height)
	for row := range height {
		y := originY + (float64(height-1-row)+0.5)*cell
		for col := range width {
			x := originX + (float64(col)+0.5)*cell
			switch {
			case h.inside(x, y, 0) && !h.inRow(x, y):
				b.WriteByte(free)
			case h.inside(x, y, wall):
				b.WriteByte(occupied)
			default:
				b.WriteByte(unknown)
			}
		}
	}
	return b.Bytes()
}

// inside reports whether a point lies in the hall or an alcove, widened by a margin.
func (h hall) inside(x, y, margin float64) bool {
	if x > -margin && x < h.eastX+crossWide+margin && y > -margin && y < h.topY+margin {
		return true
	}
	for i := range 3 {
		if x > -alcove-margin && x <= 0 && math.Abs(y-rowY(i)) < 0.6+margin {
			return true
		}
	}
	return false
}

func (h hall) inRow(x, y float64) bool {
	for i := range rowIDs {
		if x > crossWide && x < h.eastX && math.Abs(y-rowY(i)) < rackDepth/2 {
			return true
		}
	}
	return false
}

// lif is the route graph: a node before each rack column in each aisle, the two cross aisles, and the docks' spurs.
func (h hall) lif() ([]byte, error) {
	l := maps.LIFLayout{LayoutID: mapID, LayoutName: "Sample hall", LayoutVersion: "1"}
	west, east := crossWide/2, h.eastX+crossWide/2
	for i := range len(rowIDs) + 1 {
		w, e := fmt.Sprintf("w%d", i), fmt.Sprintf("e%d", i)
		node(&l, w, west, laneY(i), false)
		before := w
		for c := range columns {
			node(&l, nodeID(i, c), columnX(c), laneY(i), false)
			bothWays(&l, before, nodeID(i, c), 0.5)
			before = nodeID(i, c)
		}
		node(&l, e, east, laneY(i), false)
		bothWays(&l, before, e, 0.5)
		if i > 0 {
			bothWays(&l, fmt.Sprintf("e%d", i-1), e, 0.8)
		}
	}
	for i := range rowIDs {
		south, north := fmt.Sprintf("w%d", i), fmt.Sprintf("w%d", i+1)
		if i == len(rowIDs)-1 {
			bothWays(&l, south, north, 0.8)
			continue
		}
		branch, dock := fmt.Sprintf("wd%d", i+1), fmt.Sprintf("dock-%d", i+1)
		node(&l, branch, west, rowY(i), false)
		node(&l, dock, dockX, rowY(i), true)
		bothWays(&l, south, branch, 0.8)
		bothWays(&l, branch, north, 0.8)
		bothWays(&l, branch, dock, 0.3)
		l.Stations = append(l.Stations, maps.LIFStation{StationID: dock, InteractionNodeIDs: []string{dock}, StationName: fmt.Sprintf("Dock %d", i+1)})
	}
	data, err := json.MarshalIndent(maps.LIF{
		MetaInformation: maps.LIFMetaInformation{
			ProjectIdentification: "Nightrounds sample site", Creator: "Nightrounds",
			ExportTimestamp: "2026-11-23T00:00:00.00Z", LIFVersion: "1.0.0",
		},
		Layouts: []maps.LIFLayout{l},
	}, "", " ")
	return append(data, '\n'), err
}

// vehicleType is the robot's, as the graph names it.
const vehicleType = "nightrounds-nr1"

func node(l *maps.LIFLayout, id string, x, y float64, dock bool) {
	at := maps.LIFVehicleAtNode{VehicleTypeID: vehicleType}
	if dock {
		for _, action := range []string{"startCharging", "stopCharging"} {
			at.Actions = append(at.Actions, maps.LIFAction{ActionType: action, RequirementType: "CONDITIONAL", BlockingType: "HARD"})
		}
	}
	l.Nodes = append(l.Nodes, maps.LIFNode{
		NodeID: id, MapID: mapID, NodePosition: &maps.LIFPosition{X: round(x), Y: round(y)},
		VehicleTypeNodeProperties: []maps.LIFVehicleAtNode{at},
	})
}

func bothWays(l *maps.LIFLayout, a, b string, maxSpeed float64) {
	yes := true
	for _, e := range [][2]string{{a, b}, {b, a}} {
		l.Edges = append(l.Edges, maps.LIFEdge{
			EdgeID: e[0] + "_" + e[1], StartNodeID: e[0], EndNodeID: e[1],
			VehicleTypeEdgeProperties: []maps.LIFVehicleOnEdge{{
				VehicleTypeID: vehicleType, OrientationType: "TANGENTIAL", RotationAllowed: &yes,
				RotationAtStartNodeAllowed: "BOTH", RotationAtEndNodeAllowed: "BOTH", MaxSpeed: maxSpeed,
			}},
		})
	}
}
