package patrol

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Next says what an idle robot does next; ok is false when it stays as it is: nothing is due, it charges on, or what
// is due is another's. It says nothing for a robot that is not idle and able. Ask again for each idle robot when
// anything has changed, those with the least charge first.
func Next(in Input, robot string) (d Duty, ok bool) {
	i := slices.IndexFunc(in.Robots, func(r Robot) bool { return r.ID == robot })
	if i < 0 || !in.Robots[i].Able || in.Robots[i].FreeIn > 0 {
		return Duty{}, false
	}
	c := newChoice(&in, in.Robots[i])
	if c.me.Charging && !c.mayLeaveDock() {
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

// patrol chooses the aisle whose due viewpoints are most overdue per second of travel and look, and in it the node.
func (c *choice) patrol() (Duty, bool) {
	groups := c.groups()
	best, score := "", 0.0
	for aisle, g := range groups {
		s := g.weight / (c.in.Rules.Model.drive(g.nearestM) + time.Duration(g.looks)*c.in.Rules.Model.Look).Seconds()
		if g.due && (s > score || s == score && aisle < best) {
			best, score = aisle, s
		}
	}
	if score == 0 {
		return Duty{}, false
	}
	node := c.bestNode(groups[best].nodes)
	worst := slices.MaxFunc(c.node[node], func(a, b int) int { return cmpFloat(c.ratio[a], c.ratio[b]) })
	v := c.in.Viewpoints[worst]
	why := fmt.Sprintf("%s: never looked at, interval %s", v.ID, short(v.RevisitInterval))
	if !v.Looked.IsZero() {
		why = fmt.Sprintf("%s: %s since last look, interval %s", v.ID, short(c.in.Now.Sub(v.Looked)), short(v.RevisitInterval))
	}
	return Duty{Robot: c.me.ID, Kind: Visit, Node: node, Looks: c.looks(node, v.ID), Why: why}, true
}

// A group is the work that a robot finds in one aisle.
type group struct {
	nodes    []string
	weight   float64
	looks    int
	nearestM float64
	due      bool
}

// groups gathers by aisle what is worth a look there; a node outside any aisle is a group of its own.
func (c *choice) groups() map[string]*group {
	groups := map[string]*group{}
	for node, vs := range c.node {
		weight, looks, due := 0.0, 0, false
		for _, i := range vs {
			if c.ratio[i] >= c.in.Rules.AlongFrom {
				weight, looks = weight+urgency(c.ratio[i]), looks+1
				due = due || c.ratio[i] >= c.in.Rules.DueFrom
			}
		}
		if looks == 0 {
			continue
		}
		name := "node " + node
		if a := c.in.aisle(node); a != "" {
			name = "aisle " + a
		}
		g := groups[name]
		if g == nil {
			g = &group{nearestM: math.Inf(1)}
			groups[name] = g
		}
		g.nodes, g.weight, g.looks = append(g.nodes, node), g.weight+weight, g.looks+looks
		g.nearestM, g.due = min(g.nearestM, c.me.Reach[node]), g.due || due
	}
	return groups
}

// bestNode is the node whose viewpoints are most overdue per second of travel and look.
func (c *choice) bestNode(nodes []string) (best string) {
	score := -1.0
	for _, node := range nodes {
		weight, looks := 0.0, 0
		for _, i := range c.node[node] {
			if c.ratio[i] >= c.in.Rules.AlongFrom {
				weight, looks = weight+urgency(c.ratio[i]), looks+1
			}
		}
		s := weight / (c.in.Rules.Model.drive(c.me.Reach[node]) + time.Duration(looks)*c.in.Rules.Model.Look).Seconds()
		if s > score || s == score && node < best {
			best, score = node, s
		}
	}
	return best
}

// urgency weighs a ratio. It is steeper than the ratio itself: what is far and overdue must win against what is near
// and just seen, of which there is always some.
func urgency(ratio float64) float64 { return ratio * ratio }

func (in *Input) aisle(node string) string {
	if in.AisleOf == nil {
		return ""
	}
	return in.AisleOf(node)
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
