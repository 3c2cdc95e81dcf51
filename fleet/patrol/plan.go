package patrol

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A Plan divides a hall among its robots: each keeps a part, round which it goes for ever in the same direction. So
// every viewpoint is looked at once a lap, or every second, third, .. lap where its interval is that much longer, and
// the worst ratio of idleness to interval is that of a robot's lap to the interval that one lap serves. Charging is a
// stop of each lap. A plan depends on nothing but the hall and the robots, and is kept until those change.
//
// Closed loops of contiguous pieces of one sweep come within 2.5 % of the bound in a hall of aisles, where one tour
// shared by equally spaced robots comes within 1.5 % but falls apart when one of them charges.
type Plan struct {
	Parts []Part `json:"parts"` // one for each robot that was there, in the order of their ids

	owner map[string]int // robot: its part
}

// A Part is what one robot keeps.
type Part struct {
	Robot string   `json:"robot"`
	Nodes []string `json:"nodes"` // the lap: nodes with viewpoints, in order
	// Base is the interval that one lap serves, in ns; Lap how long a lap takes with its charging, as planned, in ns.
	Base time.Duration `json:"base"`
	Lap  time.Duration `json:"lap"`
	// Use is the charge that a lap takes; Way its length, in m.
	Use float64 `json:"use"`
	// Dock is the node where the lap begins and ends, with a stop to charge; empty when the robot has none.
	Dock string  `json:"dock,omitempty"`
	Way  float64 `json:"way"`

	place  map[string]int // node: its place in Nodes
	slot   map[int]int    // viewpoint: its place in views
	views  []int          // viewpoints, in the order of the lap
	every  []int          // of each of views: in how many laps it is looked at once
	group  []int          // of each of views: which others take turns with it; -1 when it is looked at each lap
	phase  []int          // of each of views: which lap is its first
	groups int

	mastM   float64 // of the robot that it was made for
	sensors []string
}

// Ratio is the worst ratio of idleness to interval that the plan expects.
func (p *Plan) Ratio() float64 {
	var worst float64
	for i := range p.Parts {
		if b := p.Parts[i].Base; b > 0 {
			worst = max(worst, float64(p.Parts[i].Lap)/float64(b))
		}
	}
	return worst
}

// Part is a robot's part.
func (p *Plan) Part(robot string) (*Part, bool) {
	if p == nil {
		return nil, false
	}
	i, ok := p.owner[robot]
	if !ok {
		return nil, false
	}
	return &p.Parts[i], true
}

// Fits says whether a plan is for these robots, as they are made: those that are not gone.
func (p *Plan) Fits(robots []Robot) bool {
	if p == nil {
		return false
	}
	n := 0
	for _, r := range robots {
		if r.Gone {
			continue
		}
		n++
		if part, ok := p.owner[r.ID]; !ok || !p.Parts[part].madeFor(r) {
			return false
		}
	}
	return n == len(p.Parts)
}

// madeFor says whether a part is for a robot that can look at what this one can.
func (p *Part) madeFor(r Robot) bool {
	return p.mastM == r.MastM && slices.Equal(p.sensors, r.Sensors)
}

// rebalances is how often parts are sized anew after their laps have been worked out.
const rebalances = 6

// NewPlan divides the hall among the robots that are not gone, so that their laps take alike long for the intervals that
// they serve.
func NewPlan(h *Hall, robots []Robot, rules Rules) *Plan {
	var at []Robot
	for _, r := range robots {
		if !r.Gone {
			at = append(at, r)
		}
	}
	slices.SortFunc(at, func(a, b Robot) int { return cmp.Compare(a.ID, b.ID) })
	if len(at) == 0 {
		return &Plan{owner: map[string]int{}}
	}
	best := newDivision(h, at, rules).best()
	whole := newDivision(h, at, rules)
	whole.whole = true
	if p := whole.plan(); p.Ratio() <= max(wholeUpTo, wholeWorth*best.Ratio()) {
		return p
	}
	return best
}

const (
	// wholeUpTo is the ratio up to which no aisle is shared by two robots, which then never wait for each other there.
	wholeUpTo = 0.8
	// wholeWorth is how much larger a ratio that may make beyond it.
	wholeWorth = 1.03
)

// best sizes the parts anew a few times and keeps what came nearest to alike.
func (d *division) best() *Plan {
	var best *Plan
	for range rebalances {
		p := d.plan()
		if best == nil || p.Ratio() < best.Ratio() {
			best = p
		}
		if p.alike() {
			break
		}
		d.rebalance(p)
	}
	return best
}

// alike says whether all laps are as long as another, within half a per cent.
func (p *Plan) alike() bool {
	least := math.Inf(1)
	for i := range p.Parts {
		least = min(least, ratio(&p.Parts[i]))
	}
	return p.Ratio() <= 1.005*least
}

// A division is a hall on its way to a plan.
type division struct {
	h      *Hall
	robots []Robot
	rules  Rules
	share  []float64 // of the work, by robot
	load   []float64 // of each viewpoint, in robots at work
	kinds  []kind
	whole  bool        // aisles are not divided
	stops  map[int]int // docks, by node: how many robots have their stops there
}

// A kind is the viewpoints that the same robots can do, in the order of the sweep.
type kind struct {
	who   []int // robots
	views []int
	load  float64
}

func newDivision(h *Hall, robots []Robot, rules Rules) *division {
	d := &division{h: h, robots: robots, rules: rules, load: make([]float64, len(h.Viewpoints))}
	for range robots {
		d.share = append(d.share, 1/float64(len(robots)))
	}
	at := map[string]int{}
	nodes := h.Graph.Nodes()
	for k, stop := range h.stops {
		hop := 0.0 // the way to the next node, as a part of this one's load
		if k+1 < len(h.stops) {
			a, b := nodes[stop], nodes[h.stops[k+1]]
			hop = math.Hypot(a.X-b.X, a.Y-b.Y) / rules.Model.SpeedMPS
		}
		views := h.at[nodes[stop].ID]
		for _, v := range views {
			t := h.interval(v).Seconds()
			if t <= 0 {
				continue
			}
			d.load[v] = (rules.Model.Look.Seconds() + (hop+rules.Model.Stop.Seconds())/float64(len(views))) / t
			var who []int
			key := ""
			for i, r := range robots {
				if h.can(r, v) {
					who, key = append(who, i), key+r.ID+"\n"
				}
			}
			if len(who) == 0 {
				continue
			}
			i, ok := at[key]
			if !ok {
				i = len(d.kinds)
				at[key] = i
				d.kinds = append(d.kinds, kind{who: who})
			}
			d.kinds[i].views = append(d.kinds[i].views, v)
			d.kinds[i].load += d.load[v]
		}
	}
	slices.SortStableFunc(d.kinds, func(a, b kind) int { return len(a.who) - len(b.who) })
	return d
}

// plan cuts each kind's sweep into pieces of the robots' shares, and works out each robot's lap.
func (d *division) plan() *Plan {
	var all float64
	for _, k := range d.kinds {
		all += k.load
	}
	given, views := make([]float64, len(d.robots)), make([][]int, len(d.robots))
	for _, k := range d.kinds {
		var room float64
		want := make([]float64, len(k.who))
		for i, r := range k.who {
			want[i] = max(1e-9, d.share[r]*all-given[r])
			room += want[i]
		}
		var done, upTo float64
		i := 0
		upTo = want[0] / room * k.load
		for n, v := range k.views {
			if n > 0 && i < len(k.who)-1 && d.cutBefore(k.views, n) && done+d.ahead(k.views, n)/2 > upTo {
				i++
				upTo += want[i] / room * k.load
			}
			views[k.who[i]] = append(views[k.who[i]], v)
			given[k.who[i]] += d.load[v]
			done += d.load[v]
		}
	}
	p := &Plan{owner: map[string]int{}}
	d.stops = map[int]int{}
	for _, dock := range d.h.Graph.Docks() {
		d.stops[d.h.net.Index[dock.Node]] = 0
	}
	for i, r := range d.robots {
		p.owner[r.ID] = i
		p.Parts = append(p.Parts, d.part(r, views[i]))
	}
	return p
}

// cutBefore says whether one robot's part may end and another's begin before a place of a sweep.
func (d *division) cutBefore(views []int, n int) bool {
	if n == 0 {
		return true
	}
	a, b := d.h.Viewpoints[views[n-1]].Node, d.h.Viewpoints[views[n]].Node
	aisle := d.h.Graph.AisleOf(b)
	return a != b && (!d.whole || aisle == "" || aisle != d.h.Graph.AisleOf(a))
}

// ahead is the load of what is not divided from a place of a sweep on.
func (d *division) ahead(views []int, n int) float64 {
	load := d.load[views[n]]
	for i := n + 1; i < len(views) && !d.cutBefore(views, i); i++ {
		load += d.load[views[i]]
	}
	return load
}

// rebalance shifts work from robots with a long lap for what it serves to those with a short one.
func (d *division) rebalance(p *Plan) {
	var sum float64
	mean := 0.0
	for i := range p.Parts {
		mean += ratio(&p.Parts[i]) / float64(len(p.Parts))
	}
	for i := range d.share {
		if r := ratio(&p.Parts[i]); r > 0 {
			d.share[i] *= math.Pow(mean/r, 0.8)
		} else {
			d.share[i] *= 2
		}
		sum += d.share[i]
	}
	for i := range d.share {
		d.share[i] /= sum
	}
}

func ratio(p *Part) float64 {
	if p.Base <= 0 {
		return 0
	}
	return float64(p.Lap) / float64(p.Base)
}
