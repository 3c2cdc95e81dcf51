package zone

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// An Effect is what the zones of one time mean for the edges of a hall's graph. The zero Effect means nothing.
type Effect struct {
	barred  map[string]bool // nodes in which nobody has business
	shut    map[[2]string]bool
	speed   map[[2]string]float64 // m/s
	penalty map[[2]string]float64
}

// alongRad is how far an edge may turn from the direction of a one-way zone and still lead along it.
const alongRad = math.Pi / 2

// Of works out what holds at a time.
func Of(g *maps.Graph, hall string, zones []Zone, now time.Time) Effect {
	e := Effect{barred: map[string]bool{}, shut: map[[2]string]bool{}, speed: map[[2]string]float64{}, penalty: map[[2]string]float64{}}
	for _, z := range zones {
		if z.Hall != hall || !z.Active(now) {
			continue
		}
		for _, edge := range g.Edges() {
			from, _ := g.Node(edge.Start)
			to, _ := g.Node(edge.End)
			if z.touches(from, to) {
				e.add(z, edge, from, to)
			}
		}
	}
	return e
}

// add notes what a zone means for an edge that touches it. Within a blocked zone and out of it every edge stays open: who is
// in it leaves.
func (e *Effect) add(z Zone, edge maps.Edge, from, to maps.Node) {
	k := [2]string{edge.Start, edge.End}
	switch z.Kind {
	case vda5050.ZoneTypeBlocked:
		e.barred[to.ID] = e.barred[to.ID] || z.Holds(to.X, to.Y)
		e.shut[k] = e.shut[k] || !z.Holds(from.X, from.Y)
	case vda5050.ZoneTypeSpeedLimit:
		if v, ok := e.speed[k]; !ok || z.MaxSpeedMPS < v {
			e.speed[k] = z.MaxSpeedMPS
		}
	case vda5050.ZoneTypeDirected:
		turn := math.Remainder(math.Atan2(to.Y-from.Y, to.X-from.X)-z.DirectionRad, 2*math.Pi)
		if math.Abs(turn) > alongRad {
			e.shut[k] = true
		}
	case vda5050.ZoneTypePenalty:
		e.penalty[k] = max(e.penalty[k], z.Penalty)
	}
}

// Open says whether a robot may be sent over an edge.
func (e Effect) Open(edge maps.Edge) bool { return !e.shut[[2]string{edge.Start, edge.End}] }

// Shut says whether no robot may be sent from one node to the next.
func (e Effect) Shut(from, to string) bool { return e.shut[[2]string{from, to}] }

// Barred says whether no robot may be sent to a node, nor stay there: it lies in a blocked zone.
func (e Effect) Barred(node string) bool { return e.barred[node] }

// Speed is the most that is allowed on an edge, m/s; 0 when no zone limits it.
func (e Effect) Speed(edge maps.Edge) float64 { return e.speed[[2]string{edge.Start, edge.End}] }

// detour is by how much longer a way may be, times its length, to keep off floor of penalty 1.
const detour = 9

// None says whether nothing holds anywhere.
func (e Effect) None() bool {
	return len(e.shut)+len(e.barred)+len(e.speed)+len(e.penalty) == 0
}

// Weight is by how much longer than it is an edge should count for a planner, at least 1.
func (e Effect) Weight(from, to string) float64 { return 1 + detour*e.penalty[[2]string{from, to}] }

// A Trap is a robot that a zone would lock in: it could not come to any dock any more.
type Trap struct {
	Robot, Node string
	Zone        Zone
}

// Error says who would be locked in, and what to do.
func (t Trap) Error() string {
	return fmt.Sprintf("robot %s at %s could reach no dock any more behind the %s zone (%s): send it away first, or draw the zone so that a way stays open",
		t.Robot, t.Node, t.Zone.Kind, t.Zone.Why)
}

// Traps lists the robots that could come to a dock now and could not any more with one more zone. Where holds the node of
// each robot of the hall.
func Traps(g *maps.Graph, hall string, zones []Zone, more Zone, where map[string]string, now time.Time) []Trap {
	at := begins(more, now)
	before, after := homely(g, Of(g, hall, zones, at)), homely(g, Of(g, hall, with(zones, more), at))
	var out []Trap
	for robot, node := range where {
		if before[node] && !after[node] {
			out = append(out, Trap{Robot: robot, Node: node, Zone: more})
		}
	}
	slices.SortFunc(out, func(a, b Trap) int { return strings.Compare(a.Robot, b.Robot) })
	return out
}

// Limited is the graph with the zones' speed limits on its edges; it is the same graph where none holds.
func Limited(g *maps.Graph, e Effect) *maps.Graph {
	if len(e.speed) == 0 {
		return g
	}
	edges := slices.Clone(g.Edges())
	for i := range edges {
		if v := e.Speed(edges[i]); v > 0 && (edges[i].MaxSpeed == 0 || v < edges[i].MaxSpeed) {
			edges[i].MaxSpeed = v
		}
	}
	limited, err := maps.NewGraph(g.Nodes(), edges, g.Docks())
	if err != nil {
		return g // it was a graph before: no limit makes it less of one
	}
	return limited
}
