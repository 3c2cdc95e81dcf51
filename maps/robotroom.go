package maps

import (
	"fmt"
	"math"
)

// robotRoom tells ways that are narrower than the robot, and places before racks where it cannot turn. Where the site does
// not say how large its robots are, the usual size only warns.
func (l *loader) robotRoom(g *ground, from map[faceKey]Node) {
	robot, tell := DefaultFootprint, &l.warnings
	if l.site.Robot != nil {
		robot, tell = *l.site.Robot, &l.problems
	}
	if g.hall.Floor == nil || !(min(robot.WidthM, robot.LengthM) > 3*g.hall.Floor.ResolutionM) {
		return // no grid, or too coarse a one to measure on
	}
	floor := g.hall.Floor.WithRacks(g.hall.Racks())
	*tell = append(*tell, tightWays(floor, g.hall.Graph, robot)...)
	*tell = append(*tell, tightTurns(floor, g, robot, from)...)
}

// A tight place is an edge that the robot does not fit through.
type tight struct {
	edge         Edge
	x, y, across float64 // where, and how wide the floor is there
	more         int     // edges of the same aisle
}

// tightWays tells edges that the robot does not fit through, those of one aisle together.
func tightWays(floor *Grid, graph *Graph, robot Footprint) (out Problems) {
	docks := map[string]bool{}
	for _, d := range graph.docks {
		docks[d.Node] = true
	}
	byPlace, order := map[string]*tight{}, []string(nil)
	for _, e := range graph.edges {
		a, _ := graph.Node(e.Start)
		b, _ := graph.Node(e.End)
		if _, back := graph.Edge(e.End, e.Start); (back && e.Start > e.End) || docks[e.Start] || docks[e.End] || !floor.FreeLine(a.X, a.Y, b.X, b.Y) {
			continue // told once; contacts stick out at docks; what lies on the line is told elsewhere
		}
		x, y, clear := floor.Sweep(robot, a.X, a.Y, b.X, b.Y)
		if clear {
			continue
		}
		place := "edge " + e.ID
		if a.Aisle != "" && a.Aisle == b.Aisle {
			place = "aisle " + a.Aisle
		}
		if t := byPlace[place]; t != nil {
			t.more++
			continue
		}
		byPlace[place] = &tight{edge: e, x: x, y: y, across: across(floor, a, b, x, y)}
		order = append(order, place)
	}
	for _, place := range order {
		t, also := byPlace[place], ""
		if t.more > 0 {
			also = fmt.Sprintf(", and so are %d more of its %s", t.more, place)
		}
		out = append(out, graph.problem("edge", t.edge.ID,
			"is too narrow: the free floor is %.2f m wide at %.2f, %.2f, or the way is not in its middle; the robot is %g m wide and %g m long%s: move the nodes, or take a smaller robot",
			t.across, t.x, t.y, robot.WidthM, robot.LengthM, also))
	}
	return out
}

// tightTurns tells nodes before racks where the robot cannot turn.
func tightTurns(floor *Grid, g *ground, robot Footprint, from map[faceKey]Node) (out Problems) {
	told := map[string]bool{}
	for _, r := range g.hall.Racks() {
		for _, face := range []Face{Front, Rear} {
			n, ok := from[faceKey{r.ID, face}]
			if !ok || told[n.ID] || !floor.Free(n.X, n.Y) {
				continue
			}
			told[n.ID] = true
			if room := floor.Room(n.X, n.Y, robot.TurnRadiusM()); room < robot.TurnRadiusM()-floor.ResolutionM/4 {
				out = append(out, g.hall.Graph.problem("node", n.ID, "lies %.2f m from what is not free: a robot of %g x %g m turns in a circle of radius %.2f m: move the node",
					room, robot.WidthM, robot.LengthM, robot.TurnRadiusM()))
			}
		}
	}
	return out
}

// across is how wide the floor is beside a way, where something is in the robot's way.
func across(floor *Grid, a, b Node, x, y float64) float64 {
	theta := math.Atan2(b.Y-a.Y, b.X-a.X)
	sin, cos := math.Sincos(theta)
	along := (x-a.X)*cos + (y-a.Y)*sin // beyond the way's end, where the robot's end reaches
	width, _ := floor.Across(a.X+along*cos, a.Y+along*sin, theta, 3)
	return width
}
