package patrol

import (
	"fmt"
	"slices"
	"time"
)

// Next says what an idle robot does next; ok is false when it stays as it is: nothing is due, it charges on, it waits
// for its way, or what is due is another's. It says nothing for a robot that is not idle and able. Ask again for each
// idle robot when anything has changed, those with the least charge first.
//
// A robot goes round its part of the plan in the plan's order, from where it was last. It leaves the order for an
// inspection, to charge, when somewhere else in its part has waited longer by more than the way is worth, and when the
// way ahead has been taken for too long. A visit is one node long, so that whatever is urgent waits for no more.
func Next(in Input, robot string) (d Duty, ok bool) {
	i := slices.IndexFunc(in.Robots, func(r Robot) bool { return r.ID == robot })
	if i < 0 || !in.Robots[i].Able || in.Robots[i].FreeIn > 0 {
		return Duty{}, false
	}
	c := newChoice(&in, in.Robots[i])
	look, wanted, atOnce := c.inspect()
	if urgent := wanted && c.me.Charge >= in.Rules.enough() && (atOnce || !c.busy()); !urgent {
		if c.me.Charging && c.chargesOn() {
			return Duty{}, false
		}
		if d, ok = c.recharge(); ok {
			return d, true
		}
	}
	if wanted {
		if c.affords(look) {
			return look, true
		}
		return c.charge(fmt.Sprintf("charge %.0f %% is too little for %s", 100*c.me.Charge, look.Node))
	}
	d, ok, waits := c.lap()
	switch {
	case ok && c.affords(d):
		return d, true
	case ok:
		if d, ok = c.charge(fmt.Sprintf("charge %.0f %% is too little for %s", 100*c.me.Charge, d.Node)); ok {
			return d, true
		}
	case waits:
		return Duty{}, false
	}
	return c.rest()
}

// A choice is one decision of one robot, with what it derives from the input.
type choice struct {
	in    *Input
	me    Robot
	model Model
	part  *Part  // nil when the plan has none for it
	ready []bool // which viewpoints of the part are due (Part.views)
	next  int    // the first node ahead with something due, -1 when there is none
}

func newChoice(in *Input, me Robot) *choice {
	c := &choice{in: in, me: me, model: me.model(in.Rules), next: -1}
	if p, ok := in.Plan.Part(me.ID); ok && len(p.Nodes) > 0 {
		c.part, c.ready = p, c.due(p)
		c.next = c.ahead(c.from())
	}
	return c
}

// Ratio is a viewpoint's idleness over its revisit interval, quiet hours left out. One that was never looked at is due: at least 1.
func Ratio(v Viewpoint, since, now time.Time) float64 {
	if v.RevisitInterval <= 0 {
		return 0
	}
	ratio := float64(v.waits(since, now)) / float64(v.RevisitInterval)
	if v.Looked.IsZero() {
		return max(1, ratio)
	}
	return ratio
}

// from is the place in the lap where the robot goes on: after its last visit, or at the oldest node when it has none. Of
// equally old nodes each robot begins at another place of its lap, so that their stops do not fall together.
func (c *choice) from() int {
	if i, ok := c.part.place[c.me.Last]; ok {
		return (i + 1) % len(c.part.Nodes)
	}
	oldest, age := 0, time.Duration(-1)
	for k := range c.part.Nodes {
		i := (k + c.in.Plan.owner[c.me.ID]*len(c.part.Nodes)/len(c.in.Plan.Parts)) % len(c.part.Nodes)
		for _, v := range c.in.Hall.at[c.part.Nodes[i]] {
			slot, mine := c.part.slot[v]
			if a := c.age(v, 0); mine && c.part.every[slot] == 1 && a > age {
				oldest, age = i, a
			}
		}
	}
	return oldest
}

// ahead is the first node from a place of the lap on with something due and a way to it, -1 for none.
func (c *choice) ahead(from int) int {
	due := c.dueNodes()
	for k := range c.part.Nodes {
		i := (from + k) % len(c.part.Nodes)
		if due[i] && !c.shut(c.part.Nodes[i]) {
			return i
		}
	}
	return -1
}

// dueNodes says of each node of the part whether something is due there.
func (c *choice) dueNodes() []bool {
	due := make([]bool, len(c.part.Nodes))
	for i, v := range c.part.views {
		if c.ready[i] {
			due[c.part.place[c.in.Hall.Viewpoints[v].Node]] = true
		}
	}
	return due
}

func (c *choice) shut(node string) bool { return c.in.Shut != nil && c.in.Shut(node) }

// reach is how far a node is, in m, if a way there can be reserved now.
func (c *choice) reach(node string) (float64, bool) {
	if c.me.Reach == nil {
		return 0, false
	}
	return c.me.Reach(node)
}

// lap is the next visit of the robot's lap. It waits when that is due and its way is taken, for no longer than
// Rules.Wait.
func (c *choice) lap() (d Duty, ok, waits bool) {
	if c.next < 0 {
		return Duty{}, false, false
	}
	if c.in.docked(c.me) && c.pressing() < c.in.Rules.DueFrom {
		return Duty{}, false, false
	}
	to, stray := c.next, false
	if old, found := c.overdue(); found {
		to, stray = old, true
	}
	if _, ok := c.reach(c.part.Nodes[to]); !ok {
		if c.me.Idle < time.Duration(c.in.Rules.Wait*float64(c.part.Lap)) {
			return Duty{}, false, true
		}
		if to, ok = c.elsewhere(to); !ok {
			return Duty{}, false, true
		}
		stray = false
	}
	d = c.visit(to)
	d.Lap = !stray // after what was left behind the lap goes on where it was
	return d, true, false
}

// pressing is the ratio of the oldest viewpoint that is due in the part.
func (c *choice) pressing() float64 {
	var worst float64
	for i, v := range c.part.views {
		if c.ready[i] {
			worst = max(worst, c.ratio(v))
		}
	}
	return worst
}

func (c *choice) ratio(view int) float64 { return Ratio(c.in.Viewpoints[view], c.in.Since, c.in.Now) }

// nodeRatio is the largest ratio of what is due at a place of the lap.
func (c *choice) nodeRatio(place int) float64 {
	var worst float64
	for _, v := range c.in.Hall.at[c.part.Nodes[place]] {
		if c.may(v) {
			worst = max(worst, c.ratio(v))
		}
	}
	return worst
}

// overdue is a node of the part that has waited so much longer than the next one that it comes first.
func (c *choice) overdue() (place int, ok bool) {
	worst, best := c.in.Rules.Late+c.aheadRatio(), -1
	for i, v := range c.part.views {
		if !c.ready[i] || c.part.every[i] > 1 || c.ratio(v) <= worst {
			continue
		}
		node := c.in.Hall.Viewpoints[v].Node
		m, reached := c.reach(node)
		if !reached {
			continue
		}
		if r := c.ratio(v) - c.drive(m).Seconds()/c.in.Hall.interval(v).Seconds(); r > worst {
			best, worst = c.part.place[node], r
		}
	}
	return best, best >= 0
}

// outlook is how many nodes ahead stand for what the robot comes to next: one that somebody looked at lately does not
// make it turn round.
const outlook = 10

// elsewhere is the first node after the stretch whose way is taken, in the order of the lap, to which there is one.
func (c *choice) elsewhere(taken int) (place int, ok bool) {
	due, nodes := c.dueNodes(), c.part.Nodes
	tried := map[string]bool{c.in.Hall.Graph.AisleOf(nodes[taken]): true}
	for k := 1; k < len(nodes); k++ {
		i := (taken + k) % len(nodes)
		aisle := c.in.Hall.Graph.AisleOf(nodes[i])
		if !due[i] || aisle != "" && tried[aisle] {
			continue
		}
		if _, ok := c.reach(nodes[i]); ok {
			return i, true
		}
		tried[aisle] = true
	}
	return 0, false
}

// visit is the visit to a place of the lap.
func (c *choice) visit(place int) Duty {
	node := c.part.Nodes[place]
	first, worst := -1, -1.0
	for _, v := range c.in.Hall.at[node] {
		if r := c.ratio(v); c.isDue(v) && r > worst {
			first, worst = v, r
		}
	}
	v := &c.in.Viewpoints[first]
	why := fmt.Sprintf("%s: never looked at, interval %s", v.ID, short(v.RevisitInterval))
	if !v.Looked.IsZero() {
		why = fmt.Sprintf("%s: %s since last look, interval %s", v.ID, short(c.in.Now.Sub(v.Looked)), short(v.RevisitInterval))
	}
	return Duty{Robot: c.me.ID, Kind: Visit, Node: node, Looks: c.looks(node, v.ID), Lap: true, After: c.me.Last, Why: why}
}

// isDue says whether a viewpoint of the robot's part is due.
func (c *choice) isDue(view int) bool {
	if c.part == nil {
		return false
	}
	i, ok := c.part.slot[view]
	return ok && c.ready[i]
}

func (c *choice) drive(metres float64) time.Duration { return c.model.drive(metres) }

// short writes a duration for people: whole minutes, or seconds below two minutes.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
