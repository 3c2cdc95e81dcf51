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
	one     map[[2]string][]string // RELEASE zones that an edge lies in
}

// alongRad is how far an edge may turn from the direction of a one-way zone and still lead along it.
const alongRad = math.Pi / 2

// Of works out what holds at a time.
func Of(g *maps.Graph, hall string, zones []Zone, now time.Time) Effect {
	e := Effect{barred: map[string]bool{}, shut: map[[2]string]bool{}, speed: map[[2]string]float64{}, penalty: map[[2]string]float64{}, one: map[[2]string][]string{}}
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
	case vda5050.ZoneTypeRelease:
		e.one[k] = append(e.one[k], z.ID)
	}
}

// Open says whether a robot may be sent over an edge.
func (e Effect) Open(edge maps.Edge) bool { return !e.shut[[2]string{edge.Start, edge.End}] }

// Barred says whether no robot may be sent to a node, nor stay there: it lies in a blocked zone.
func (e Effect) Barred(node string) bool { return e.barred[node] }

// Speed is the most that is allowed on an edge, m/s; 0 when no zone limits it.
func (e Effect) Speed(edge maps.Edge) float64 { return e.speed[[2]string{edge.Start, edge.End}] }

// detour is by how much longer a way may be, times its length, to keep off floor of penalty 1.
const detour = 9

// Cost is the edge's length as a planner should weigh it, m.
func (e Effect) Cost(edge maps.Edge) float64 {
	return edge.LengthM * (1 + detour*e.penalty[[2]string{edge.Start, edge.End}])
}

// Alone lists the zones of an edge in which one robot at a time may be.
func (e Effect) Alone(edge maps.Edge) []string { return e.one[[2]string{edge.Start, edge.End}] }

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
	at := now
	if more.From.After(now) {
		at = more.From
	}
	before, after := homely(g, Of(g, hall, zones, at)), homely(g, Of(g, hall, append(slices.Clone(zones), more), at))
	var out []Trap
	for robot, node := range where {
		if before[node] && !after[node] {
			out = append(out, Trap{Robot: robot, Node: node, Zone: more})
		}
	}
	slices.SortFunc(out, func(a, b Trap) int { return strings.Compare(a.Robot, b.Robot) })
	return out
}

// homely are the nodes from which some dock can be reached over open edges.
func homely(g *maps.Graph, e Effect) map[string]bool {
	into := map[string][]string{}
	for _, edge := range g.Edges() {
		if e.Open(edge) {
			into[edge.End] = append(into[edge.End], edge.Start)
		}
	}
	seen := map[string]bool{}
	var todo []string
	for _, d := range g.Docks() {
		todo = append(todo, d.Node)
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[n] {
			seen[n] = true
			todo = append(todo, into[n]...)
		}
	}
	return seen
}
