package patrol

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Next says what an idle robot does next; ok is false when it stays as it is: nothing is due, it charges on, or what
// is due is another's. It says nothing for a robot that is not idle and able. Ask again for each idle robot when
// anything has changed, those with the least charge first.
//
// The patrol goes to the viewpoint with the largest claim: its ratio of idleness to interval, less the way there
// (Rules.Detour). So a robot takes up an aisle at its oldest end and looks along it as it did the last time, which
// keeps the ages of the whole aisle alike: turning about would add a whole sweep to the wait of one end. It leaves
// the aisle when another is older by more than the way is worth. A robot stands at a dock while no claim is worth a
// journey; the emptier it is, the more a claim must be (Rules.Thrift), so robots charge a little in turn and not all
// at once at their reserve.
func Next(in Input, robot string) (d Duty, ok bool) {
	i := slices.IndexFunc(in.Robots, func(r Robot) bool { return r.ID == robot })
	if i < 0 || !in.Robots[i].Able || in.Robots[i].FreeIn > 0 {
		return Duty{}, false
	}
	c := newChoice(&in, in.Robots[i])
	if c.me.Charging && c.me.Charge < in.Rules.enough() {
		return Duty{}, false
	}
	if d, ok = c.visit(); ok {
		if c.affords(d) {
			return d, true
		}
		if d, ok = c.charge(fmt.Sprintf("charge %.0f %% is too little for %s", 100*c.me.Charge, d.Node)); ok {
			return d, true
		}
	}
	return c.rest()
}

// DistanceHome returns how far each node is from the nearest dock over free floor, in m. Edges are taken to lead both
// ways.
func DistanceHome(g *maps.Graph) map[string]float64 {
	home := map[string]float64{}
	for _, dock := range g.Docks() {
		for node, m := range g.Distances(dock.Node, nil) {
			if old, ok := home[node]; !ok || m < old {
				home[node] = m
			}
		}
	}
	return home
}

// A choice is one decision of one robot, with what it derives from the input.
type choice struct {
	in    *Input
	me    Robot
	ratio []float64        // of each viewpoint, 0 when it cannot be looked at now
	node  map[string][]int // viewpoints by node, of the nodes in reach
	most  float64          // the largest ratio in reach
}

func newChoice(in *Input, me Robot) *choice {
	c := &choice{in: in, me: me, ratio: make([]float64, len(in.Viewpoints)), node: make(map[string][]int, len(me.Reach))}
	for i := range in.Viewpoints {
		v := &in.Viewpoints[i]
		if _, ok := me.Reach[v.Node]; !ok {
			continue
		}
		c.node[v.Node] = append(c.node[v.Node], i)
		if in.Taken[v.ID] || in.Now.Sub(v.Tried) < in.Rules.Retry {
			continue
		}
		c.ratio[i] = Ratio(*v, in.Since, in.Now)
		c.most = max(c.most, c.ratio[i])
	}
	return c
}

// Ratio is a viewpoint's idleness over its revisit interval. One that was never looked at is due: at least 1.
func Ratio(v Viewpoint, since, now time.Time) float64 {
	if v.RevisitInterval <= 0 {
		return 0
	}
	if v.Looked.IsZero() {
		return max(1, float64(now.Sub(since))/float64(v.RevisitInterval))
	}
	return float64(now.Sub(v.Looked)) / float64(v.RevisitInterval)
}

// visit is the most pressing visit within reach that is not another robot's.
func (c *choice) visit() (Duty, bool) {
	ins, pressure := c.inspection()
	if ins != nil && pressure >= c.most {
		if d, ok := c.visitFor(ins); ok {
			return d, true
		}
	}
	return c.patrol()
}

// inspection returns the most pressing inspection for which this robot is the nearest able one.
func (c *choice) inspection() (best *Inspection, pressure float64) {
	for i := range c.in.Inspections {
		ins := &c.in.Inspections[i]
		p := c.pressure(ins)
		if (best != nil && p <= pressure) || c.in.Now.Sub(ins.Tried) < c.in.Rules.Retry {
			continue
		}
		if node, ok := c.nodeOf(ins.Viewpoint); ok && c.nearest(node) {
			best, pressure = ins, p
		}
	}
	return best, pressure
}

// pressure puts inspections on one scale with the ratio of a viewpoint. It grows while they wait, so none starves.
func (c *choice) pressure(ins *Inspection) float64 {
	waited := float64(c.in.Now.Sub(ins.At)) / float64(c.in.Rules.Patience)
	if ins.Class == Verification {
		return verificationPressure + waited
	}
	return operatorPressure + waited
}

// The pressure of a new inspection, as a ratio of idleness to interval: a patrol that is later than this goes first.
const (
	verificationPressure = 2.25
	operatorPressure     = 1.25
)

func (c *choice) nodeOf(viewpoint string) (string, bool) {
	for node, vs := range c.node {
		for _, i := range vs {
			if c.in.Viewpoints[i].ID == viewpoint {
				return node, true
			}
		}
	}
	return "", false
}

// nearest reports whether no other able robot would be at the node before this one.
func (c *choice) nearest(node string) bool {
	mine := c.in.Rules.Model.drive(c.me.Reach[node])
	for _, r := range c.in.Robots {
		m, ok := r.Reach[node]
		if !ok || !r.Able || r.ID == c.me.ID || r.Charging && r.Charge < c.in.Rules.enough() {
			continue
		}
		eta := r.FreeIn + c.in.Rules.Model.drive(m)
		if (eta < mine || eta == mine && r.ID < c.me.ID) && c.in.affords(r, node, 1) {
			return false
		}
	}
	return true
}

// visitFor is the visit that serves an inspection, and what else is due at its node.
func (c *choice) visitFor(ins *Inspection) (Duty, bool) {
	node, ok := c.nodeOf(ins.Viewpoint)
	if !ok {
		return Duty{}, false
	}
	why := fmt.Sprintf("%s: %s asked %s ago", ins.Viewpoint, ins.Class, short(c.in.Now.Sub(ins.At)))
	return Duty{Robot: c.me.ID, Kind: Visit, Node: node, Looks: c.looks(node, ins.Viewpoint), Why: why}, true
}

// patrol is the visit to the viewpoint with the largest claim, when that is worth a journey.
func (c *choice) patrol() (Duty, bool) {
	best, claim := -1, 0.0
	for i, ratio := range c.ratio {
		if ratio == 0 {
			continue
		}
		v := &c.in.Viewpoints[i]
		s := ratio - c.detour(v)
		if best < 0 || s > claim || s == claim && v.ID < c.in.Viewpoints[best].ID {
			best, claim = i, s
		}
	}
	if best < 0 || claim < c.worth() {
		return Duty{}, false
	}
	v := c.in.Viewpoints[best]
	why := fmt.Sprintf("%s: never looked at, interval %s", v.ID, short(v.RevisitInterval))
	if !v.Looked.IsZero() {
		why = fmt.Sprintf("%s: %s since last look, interval %s", v.ID, short(c.in.Now.Sub(v.Looked)), short(v.RevisitInterval))
	}
	return Duty{Robot: c.me.ID, Kind: Visit, Node: v.Node, Looks: c.looks(v.Node, v.ID), Why: why}, true
}

// detour is what the way to a viewpoint takes off its claim.
func (c *choice) detour(v *Viewpoint) float64 {
	return c.in.Rules.Detour * float64(c.in.Rules.Model.drive(c.me.Reach[v.Node])) / float64(v.RevisitInterval)
}

// worth is the claim from which a viewpoint is worth a journey to this robot. A robot that is out goes on sooner than
// one at a dock comes out, or it would come home after each look.
func (c *choice) worth() float64 {
	r := c.in.Rules
	drained := (r.full() - c.me.Charge) / (r.full() - r.Reserve)
	w := r.AlongFrom
	if c.in.docked(c.me) {
		w = r.DueFrom
	}
	return w + r.Thrift*min(1, max(0, drained))
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// short writes a duration for people: whole minutes, or seconds below two minutes.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
