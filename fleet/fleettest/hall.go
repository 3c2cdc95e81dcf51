package fleettest

import (
	"fmt"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Hall sizes a place for tests: rows of racks between aisles, a cross aisle at each end, docks off the western one.
type Hall struct {
	Rows         int // there is one aisle more
	RacksPerRow  int
	Docks        int // at most one for each aisle
	MastHeights  int
	RevisitEvery time.Duration
}

// SampleHall is as large as the hall of the sample site: 48 racks, 192 viewpoints, 3 docks.
func SampleHall(revisitEvery time.Duration) Hall {
	return Hall{Rows: 4, RacksPerRow: 12, Docks: 3, MastHeights: 2, RevisitEvery: revisitEvery}
}

// Sizes of a hall, in m.
const (
	rackWidthM  = 0.6
	aislePitchM = 3.1 // 2.0 of aisle and 1.1 of racks
	crossM      = 1.0 // from the last rack to the middle of the cross aisle
	spurM       = 1.5
)

// HallID is the mapId of a hall for tests.
const HallID = "hall-1"

// Graph lays out the hall's route graph. Aisle i has the nodes a{i}-{column}, its mouths are w{i} and e{i} in the
// cross aisles, and the docks are dock-1 and so on.
func (h Hall) Graph() (*maps.Graph, error) {
	var nodes []maps.Node
	var edges []maps.Edge
	var docks []maps.Dock
	join := func(a, b maps.Node) {
		m := math.Hypot(a.X-b.X, a.Y-b.Y)
		edges = append(edges,
			maps.Edge{ID: a.ID + "-" + b.ID, Start: a.ID, End: b.ID, LengthM: m},
			maps.Edge{ID: b.ID + "-" + a.ID, Start: b.ID, End: a.ID, LengthM: m})
	}
	var lastW, lastE maps.Node
	for i := range h.Rows + 1 {
		y := 1 + aislePitchM*float64(i)
		w := maps.Node{ID: fmt.Sprintf("w%d", i), X: 0, Y: y}
		e := maps.Node{ID: fmt.Sprintf("e%d", i), X: 2*crossM + rackWidthM*float64(h.RacksPerRow), Y: y}
		nodes = append(nodes, w, e)
		if i > 0 {
			join(lastW, w)
			join(lastE, e)
		}
		if i < h.Docks {
			d := maps.Node{ID: fmt.Sprintf("dock-%d", i+1), X: -spurM, Y: y}
			nodes, docks = append(nodes, d), append(docks, maps.Dock{ID: d.ID, Node: d.ID})
			join(w, d)
		}
		last := w
		for c := range h.RacksPerRow {
			n := maps.Node{
				ID: fmt.Sprintf("a%d-%02d", i, c+1), X: crossM + rackWidthM*(float64(c)+0.5), Y: y,
				Aisle: fmt.Sprintf("aisle-%d", i),
			}
			nodes = append(nodes, n)
			join(last, n)
			last = n
		}
		join(last, e)
		lastW, lastE = w, e
	}
	g, err := maps.NewGraph(nodes, edges, docks)
	if err != nil {
		return nil, fmt.Errorf("test hall of %d rows: %w", h.Rows, err)
	}
	return g, nil
}

// Viewpoints are all that is to be seen in the hall: both faces of each rack, at each mast height.
func (h Hall) Viewpoints() []maps.Viewpoint {
	var vs []maps.Viewpoint
	for row := range h.Rows {
		for c := range h.RacksPerRow {
			rack := fmt.Sprintf("%c%02d", 'A'+row, c+1)
			for side, face := range []maps.Face{maps.Front, maps.Rear} {
				// The front looks to the aisle above the row in even rows, to the one below in odd ones.
				aisle, heading := row+1, -math.Pi/2
				if (row+side)%2 == 1 {
					aisle, heading = row, math.Pi/2
				}
				for m := range h.MastHeights {
					vs = append(vs, maps.Viewpoint{
						ID: fmt.Sprintf("%s-%s-%d", rack, face, m+1), Rack: rack, Face: face, Hall: HallID,
						Node: fmt.Sprintf("a%d-%02d", aisle, c+1), HeadingRad: heading,
						MastM: 0.6 + 1.0*float64(m), DistanceM: 1, RevisitInterval: h.RevisitEvery,
					})
				}
			}
		}
	}
	return vs
}

// Work is the least time that one robot needs to look at everything once: all looks, and from each node the way to
// the nearest other (bound LB1: what no schedule can undercut).
func (h Hall) Work(b Body) time.Duration {
	looks := h.Rows * h.RacksPerRow * 2 * h.MastHeights
	perNode := b.Turn + time.Duration(rackWidthM/b.SpeedMPS*float64(time.Second))
	return time.Duration(looks)*(b.LookMin+b.LookMax)/2 + time.Duration((h.Rows+1)*h.RacksPerRow)*perNode
}

// Available is the share of its time that a robot is not at a dock, when it uses charge as in looking and charges
// below the knee.
func (b Body) Available() float64 {
	use := (b.DrivePerSec + b.LookPerSec) / 2
	return 1 - use/(use+knee/b.ChargeKnee.Seconds())
}
