// Package draft makes a hall's route graph from its floor grid and its rows of racks: lanes down the aisles with a
// node before each rack, cross aisles at the rows' ends, docks, places to pass. It decides where robots could drive; it
// knows nothing of how many there are or of what they do.
//
// Everything it draws is clear: a robot's footprint with a margin around it, swept along each edge, and the circle in
// which it turns at each node, touch no cell that is not free and no rack. The same hall gives the same graph, and
// names come from the racks, so that a rack more changes no other name.
//
// All lengths are m, all angles rad, in the hall frame.
package draft

import (
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// MarginM is kept free around a robot: localization on a 5 cm grid is good to about 2 cm, and a base steers to 1 cm.
const MarginM = 0.03

// Speed limits written into the graph, m/s: before racks people work, on cross aisles nobody kneels, at docks contacts meet.
const (
	laneSpeed  = 0.5
	crossSpeed = 0.8
	dockSpeed  = 0.3
)

// Options say what to draft for.
type Options struct {
	Robot     maps.Footprint   // of the largest robot; zero takes the site's, or else the default
	Docks     []maps.DockPlace // nil takes the hall's; when it has none, free places at walls are looked for
	DockCount int              // of docks to look for; 0 makes one for each 50 racks, at least two
	TwoWay    bool             // leave lanes two-way where two robots cannot pass
}

// A Plan is a hall's drafted route graph.
type Plan struct {
	Layout    maps.LIFLayout
	Aisles    []Aisle // one-robot stretches, for site.yaml
	Unreached []Unreached
	Lost      []string // what else could not be had, as a dock, each with its reason
	// Lanes counts the lanes; OneWay how many of them lead one way; Pairs how many have a partner to pass on.
	Lanes, OneWay, Pairs int
}

// An Aisle is a stretch that one robot drives at a time.
type Aisle struct {
	ID    string
	Nodes []string
}

// An Unreached face is one that no robot can be sent to, and why.
type Unreached struct {
	Rack string
	Face maps.Face
	Why  string
}

// String says it on one line.
func (u Unreached) String() string { return fmt.Sprintf("%s of rack %s: %s", u.Face, u.Rack, u.Why) }

// A sketch is a hall's graph while it is drawn.
type sketch struct {
	site    *maps.Site
	hall    *maps.Hall
	floor   *maps.Grid     // with the racks on it
	bare    maps.Footprint // the robot
	wide    maps.Footprint // with its margin
	turn    float64        // radius to turn in, with its margin
	options Options
	hug     bool      // cross aisles run close to the racks
	axes    []float64 // directions of rows, rad in 0..π
	stands  []*stand
	net     network
	lanes   []*lane
	plan    Plan
}

// Hall drafts a hall's route graph. It fails only where nothing can be drafted: no floor, no rack, or a grid too coarse
// for the robot. What it cannot reach is named in the plan.
func Hall(s *maps.Site, h *maps.Hall, o Options) (*Plan, error) {
	// Where two tracks of a cross aisle leave no room for a dock, one track close to the racks may.
	var first *sketch
	for _, hug := range []bool{false, true} {
		k, err := newSketch(s, h, o)
		if err != nil {
			return nil, fmt.Errorf("draft hall %q: %w", h.ID, err)
		}
		k.hug = hug
		k.draw()
		if len(k.plan.Layout.Stations) > 0 || len(o.Docks)+len(h.DockPlaces) > 0 {
			return &k.plan, nil
		}
		if first == nil {
			first = k
		}
	}
	return &first.plan, nil
}

// draw goes through all steps.
func (k *sketch) draw() {
	k.standBeforeRacks()
	k.layLanes()
	k.crossAisles()
	k.givenDocks()
	k.joinPieces()
	k.findDocks()
	k.makePassingPlaces()
	k.dropUnreached()
	k.direct()
	k.write()
	k.nameUnseen()
}

func newSketch(s *maps.Site, h *maps.Hall, o Options) (*sketch, error) {
	if h.Floor == nil || len(h.Racks()) == 0 {
		return nil, fmt.Errorf("it has no floor grid or no rack: add them to %s", maps.SiteFile)
	}
	switch {
	case o.Robot != maps.Footprint{}:
	case s.Robot != nil:
		o.Robot = *s.Robot
	default:
		o.Robot = maps.DefaultFootprint
	}
	if narrow := min(o.Robot.WidthM, o.Robot.LengthM); !(narrow > 0) || h.Floor.ResolutionM > narrow/3 {
		return nil, fmt.Errorf("cells of %g m are too coarse for a robot of %g x %g m: want a finer floor grid, or give the robot's size",
			h.Floor.ResolutionM, o.Robot.WidthM, o.Robot.LengthM)
	}
	if o.Docks == nil {
		o.Docks = h.DockPlaces
	}
	if o.DockCount == 0 {
		o.DockCount = max(2, int(math.Ceil(float64(len(h.Racks()))/50)))
	}
	wide := maps.Footprint{WidthM: o.Robot.WidthM + 2*MarginM, LengthM: o.Robot.LengthM + 2*MarginM}
	return &sketch{
		site: s, hall: h, floor: h.Floor.WithRacks(h.Racks()), options: o,
		bare: o.Robot, wide: wide, turn: o.Robot.TurnRadiusM() + MarginM,
	}, nil
}

// clear reports whether a robot drives a straight line freely.
func (k *sketch) clear(x1, y1, x2, y2 float64) bool {
	_, _, ok := k.floor.Sweep(k.wide, x1, y1, x2, y2)
	return ok
}

// turns reports whether a robot turns freely at a point.
func (k *sketch) turns(x, y float64) bool {
	return k.floor.Free(x, y) && k.floor.Room(x, y, k.turn) >= k.turn-1e-9
}

func (k *sketch) unreached(r *maps.Rack, face maps.Face, format string, args ...any) {
	k.plan.Unreached = append(k.plan.Unreached, Unreached{Rack: r.ID, Face: face, Why: fmt.Sprintf(format, args...)})
}
