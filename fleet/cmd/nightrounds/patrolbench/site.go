package patrolbench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/maps"
)

// A plot is the size of a hall to make: rows of racks between one-robot aisles, a cross aisle at each end, docks off
// the cross aisles.
type plot struct {
	racks, robots, docks int
	// classes are the intervals as multiples of the shortest; each rack has one of them, drawn evenly.
	classes []int
}

// A place is a hall that a seed has made.
type place struct {
	plot
	hall   *patrol.Hall
	graph  *maps.Graph
	robots []foresee.Robot
	views  []maps.Viewpoint // with intervals in multiples of an hour
	seed   uint64
}

// Sizes of halls, in m.
const (
	rackM  = 0.6
	crossM = 1.0 // from the last rack to the middle of the cross aisle
	spurM  = 1.5 // from the cross aisle to a dock
)

// newPlace makes a hall: its rows, the width of its aisles, the racks' classes and where docks are come from the seed.
func newPlace(p plot, seed uint64) (*place, error) {
	rng := rand.New(rand.NewPCG(seed, 0x706c616365))
	perRow := 40 + rng.IntN(21)
	rows := max(2, int(math.Round(float64(p.racks)/float64(perRow))))
	perRow = (p.racks + rows - 1) / rows
	l := &blueprint{pitch: 2.7 + 0.8*rng.Float64()}
	l.aisles(rows+1, perRow)
	l.dock(p.docks, rows+1, rng)
	g, err := maps.NewGraph(l.nodes, l.edges, l.docks)
	if err != nil {
		return nil, fmt.Errorf("make a hall of %d racks: %w", p.racks, err)
	}
	pl := &place{plot: p, graph: g, seed: seed}
	for row := range rows {
		for c := range perRow {
			if row*perRow+c >= p.racks {
				break
			}
			every := time.Duration(p.classes[rng.IntN(len(p.classes))]) * time.Hour
			for side, face := range []maps.Face{maps.Front, maps.Rear} {
				aisle := row + (row+side)%2
				pl.views = append(pl.views, maps.Viewpoint{
					ID: fmt.Sprintf("R%02d-%02d-%s-1", row, c, face), Rack: fmt.Sprintf("R%02d-%02d", row, c), Face: face, Hall: "hall",
					Node: fmt.Sprintf("a%02d-%02d", aisle, c), HeadingRad: math.Pi/2 - math.Pi*float64((row+side)%2), MastM: 1.1, RevisitInterval: every,
				})
			}
		}
	}
	pl.enter(rng)
	pl.hall = patrol.NewHall(g, pl.views, nil)
	return pl, nil
}

// enter puts robots on docks as far as there are any, the rest in aisles of their own, with batteries as a day leaves
// them.
func (p *place) enter(rng *rand.Rand) {
	docks := p.graph.Docks()
	aisles := 0
	for _, n := range p.graph.Nodes() {
		if n.Aisle != "" {
			aisles = max(aisles, aisleOf(n.ID)+1)
		}
	}
	for i := range p.plot.robots {
		var node string
		if i < len(docks) {
			node = docks[i].Node
		} else {
			k, most := i-len(docks), max(1, min(aisles, p.plot.robots-len(docks)))
			node = fmt.Sprintf("a%02d-%02d", k%most*aisles/most, 5+10*(k/most))
		}
		p.robots = append(p.robots, foresee.Robot{ID: fmt.Sprintf("NR-%03d", i+1), Node: node, Charge: 0.5 + 0.4*rng.Float64(), Body: foresee.DefaultBody()})
	}
}

func aisleOf(node string) (n int) {
	_, _ = fmt.Sscanf(node, "a%d-", &n)
	return n
}

// every sets the intervals so that a class of 1 has a given one.
func (p *place) every(shortest time.Duration) *patrol.Hall {
	views := make([]maps.Viewpoint, len(p.views))
	for i, v := range p.views {
		v.RevisitInterval = time.Duration(float64(v.RevisitInterval) / float64(time.Hour) * float64(shortest))
		views[i] = v
	}
	return patrol.NewHall(p.graph, views, nil)
}

// A blueprint is a graph on its way.
type blueprint struct {
	pitch float64 // from aisle to aisle
	nodes []maps.Node
	edges []maps.Edge
	docks []maps.Dock
}

func (l *blueprint) join(a, b maps.Node) {
	m := math.Hypot(a.X-b.X, a.Y-b.Y)
	l.edges = append(l.edges, maps.Edge{ID: a.ID + "-" + b.ID, Start: a.ID, End: b.ID, LengthM: m}, maps.Edge{ID: b.ID + "-" + a.ID, Start: b.ID, End: a.ID, LengthM: m})
}

func (l *blueprint) aisles(count, perRow int) {
	var lastW, lastE maps.Node
	for i := range count {
		y := l.pitch * float64(i)
		w := maps.Node{ID: fmt.Sprintf("w%02d", i), Y: y}
		e := maps.Node{ID: fmt.Sprintf("e%02d", i), X: 2*crossM + rackM*float64(perRow), Y: y}
		l.nodes = append(l.nodes, w, e)
		if i > 0 {
			l.join(lastW, w)
			l.join(lastE, e)
		}
		last := w
		for c := range perRow {
			n := maps.Node{ID: fmt.Sprintf("a%02d-%02d", i, c), X: crossM + rackM*(float64(c)+0.5), Y: y, Aisle: fmt.Sprintf("aisle-%02d", i)}
			l.nodes = append(l.nodes, n)
			l.join(last, n)
			last = n
		}
		l.join(last, e)
		lastW, lastE = w, e
	}
}

// dock spreads docks along both cross aisles.
func (l *blueprint) dock(count, aisles int, rng *rand.Rand) {
	at := map[string]maps.Node{}
	for _, n := range l.nodes {
		at[n.ID] = n
	}
	shift := rng.IntN(2)
	for i := range count {
		side, dx := "w", -spurM
		if (i+shift)%2 == 1 {
			side, dx = "e", spurM
		}
		mouth := at[fmt.Sprintf("%s%02d", side, i*aisles/count)]
		n := maps.Node{ID: fmt.Sprintf("dock-%03d", i+1), X: mouth.X + dx, Y: mouth.Y}
		l.nodes, l.docks = append(l.nodes, n), append(l.docks, maps.Dock{ID: n.ID, Node: n.ID})
		l.join(mouth, n)
	}
}
