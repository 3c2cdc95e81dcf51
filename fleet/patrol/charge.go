package patrol

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// enough is the charge below which a robot does not leave its dock.
func (r Rules) enough() float64 { return (r.Reserve + r.Full) / 2 }

// low is the charge near the reserve: a robot that would come home with less is about to need a dock.
func (r Rules) low() float64 { return 1.25 * r.Reserve }

// drive is how long a way takes.
func (m Model) drive(metres float64) time.Duration {
	return time.Duration(metres / m.SpeedMPS * float64(time.Second))
}

// cost is the charge used for a way and a number of looks.
func (m Model) cost(metres float64, looks int) float64 {
	return m.drive(metres).Seconds()*m.DrivePerSec + float64(looks)*m.Look.Seconds()*m.LookPerSec
}

// affords reports whether a robot can go to a node, look there and still come to a dock with its reserve.
func (in *Input) affords(r Robot, node string, metres float64, looks int) bool {
	m := r.model(in.Rules)
	return r.Charge-m.cost(metres, looks)-m.cost(in.Hall.Home[node], 0) >= in.Rules.Reserve
}

func (c *choice) affords(d Duty) bool {
	m, ok := c.reach(d.Node)
	return ok && c.in.affords(c.me, d.Node, m, len(d.Looks))
}

// chargesOn says whether a charging robot stays: until it is full; no longer than until it has enough when its lap is
// late, or when another robot must charge and finds no dock.
func (c *choice) chargesOn() bool {
	r := c.in.Rules
	if c.me.Charge >= r.Full || c.me.Charge < r.enough() {
		return c.me.Charge < r.enough()
	}
	return !c.late() && !c.dockWanted()
}

// late says whether the robot's lap is behind its plan where it goes on: then a stop is cut short, and the next makes up
// for it; the emptier the robot is, the later it may be.
func (c *choice) late() bool {
	if c.part == nil || c.next < 0 || c.part.Base <= 0 {
		return false
	}
	planned := ratio(c.part)
	if !c.part.full() {
		planned = max(c.in.Rules.DueFrom, min(unhurried, behind*planned))
	}
	r := c.in.Rules
	drained := min(1, max(0, (r.Full-c.me.Charge)/(r.Full-r.enough())))
	there := 0.0
	if m := c.onward(); m < farAway {
		there = float64(c.drive(m)) / float64(c.part.Base)
	}
	return c.aheadRatio()+there > planned*(1+lateBy*drained*drained)
}

// aheadRatio is the largest ratio of what is due at the next nodes of the lap: at one of them somebody may have looked lately.
func (c *choice) aheadRatio() float64 {
	var worst float64
	due, nodes := c.dueNodes(), len(c.part.Nodes)
	for k, seen := 0, 0; k < nodes && seen < outlook; k++ {
		if i := (c.next + k) % nodes; due[i] {
			worst = max(worst, c.nodeRatio(i))
			seen++
		}
	}
	return worst
}

const (
	// behind is how many times as long as planned a lap with time to spare may take and is not late, up to a ratio of unhurried.
	// To be late by every delay would cut each stop so short that the next must be taken off the lap's way, which costs more
	// than the delay.
	behind    = 1.2
	unhurried = 0.9
)

// lateBy is by what share of its lap a robot that has charged just enough may be late before it leaves its dock.
const lateBy = 0.3

const (
	// leastCharge is the least charge that is worth the way to a dock while there is more.
	leastCharge = 0.05
	// patientUse is for how many laps' charge a robot goes without its stop before it takes one elsewhere.
	patientUse = 1.5
	// byM is by how much the way to a dock may then be longer than from the nearest node of the lap, in m.
	byM = 4
	// stopWithin is how long after the last node of the lap its stop is still to be taken, for laps that are short: later it
	// has been.
	stopWithin = 2 * time.Minute
	// farDockM is how much longer the way over a dock may be, in m, for a stop that can be taken a lap later.
	farDockM = 40
)

// recharge sends a robot to a dock in time for its plan: once a lap, where the lap comes by a dock. So the stops are short,
// below the knee of the battery's curve, and always at the same place of the lap, which keeps laps alike. No more robots
// leave for docks than charging takes in the mean, and two more: whoever finds the others there goes on and comes a little
// later.
func (c *choice) recharge() (Duty, bool) {
	r := c.in.Rules
	if c.part == nil || c.me.Charging {
		return Duty{}, false
	}
	used, lap := r.Full-c.me.Charge, max(c.part.Use, leastCharge)
	home := c.in.Hall.Home[c.me.Node]
	elsewhere := used >= max(patientUse*lap, r.Full-r.enough()) && home <= c.in.Hall.Home[c.part.Nodes[0]]+byM
	now := used >= lap/2 && c.atStop() || elsewhere && !c.late() || used >= r.Full-r.low()
	if !now || c.away() >= c.berths() {
		return Duty{}, false
	}
	d, ok := c.charge(fmt.Sprintf("charge %.0f %%: the stop of its lap", 100*c.me.Charge))
	if m, reached := c.reach(d.Node); ok && reached && used < r.Full-r.enough() && m+c.back(d.Node) > c.onward()+farDockM {
		return Duty{}, false
	}
	return d, ok
}

// atStop says whether the robot's lap has come to the place of its stop, between its last node and its first; the last
// nodes may be passed over, since nothing is due there.
func (c *choice) atStop() bool {
	at, ok := c.part.place[c.me.Last]
	if !ok || c.part.Dock == "" || c.sinceLast() > max(stopWithin, c.part.Lap/15) {
		return false
	}
	return at == len(c.part.Nodes)-1 || c.next >= 0 && c.next <= at
}

// sinceLast is how long ago the robot looked at a node of its lap.
func (c *choice) sinceLast() time.Duration {
	least := time.Duration(math.MaxInt64)
	for _, v := range c.in.Hall.at[c.me.Last] {
		least = min(least, c.age(v, 0))
	}
	return least
}

// away is how many other robots are at a dock or on their way to one.
func (c *choice) away() int {
	n := 0
	for i := range c.in.Robots {
		if r := &c.in.Robots[i]; r.ID != c.me.ID && !r.Gone && c.in.isDock(r.Node) {
			n++
		}
	}
	return n
}

// berths is how many robots may be at docks at once: what charging takes in the mean and two more, or half of them all.
func (c *choice) berths() int {
	robots := 0
	for i := range c.in.Robots {
		if !c.in.Robots[i].Gone {
			robots++
		}
	}
	share := c.model.LookPerSec / (c.model.LookPerSec + c.model.ChargePerSec)
	return max(2+int(math.Ceil(float64(robots)*share)), robots/2)
}

// dockWanted reports whether another robot must charge and finds no free dock.
func (c *choice) dockWanted() bool {
	if slices.ContainsFunc(c.in.Docks, func(d Dock) bool { return d.Holder == "" }) {
		return false
	}
	return slices.ContainsFunc(c.in.Robots, func(r Robot) bool {
		m := r.model(c.in.Rules)
		return r.ID != c.me.ID && r.Able && !c.in.docked(r) && r.Charge-m.cost(c.in.Hall.Home[r.Node], 0) < c.in.Rules.low()
	})
}

// charge sends the robot to the free dock in reach that is the least way round; where it already is, it stays.
func (c *choice) charge(why string) (Duty, bool) {
	if c.in.docked(c.me) {
		if c.me.Charging {
			return Duty{}, false
		}
		return Duty{Robot: c.me.ID, Kind: Charge, Node: c.me.Node, Why: why}, true
	}
	best, least := -1, math.Inf(1)
	for i, d := range c.in.Docks {
		back := c.back(d.Node)
		if d.Holder != "" || c.in.Hall.far(c.me.Node, d.Node)+back >= least {
			continue
		}
		if m, ok := c.reach(d.Node); ok && m+back < least {
			best, least = i, m+back
		}
	}
	if best < 0 {
		return Duty{}, false
	}
	return Duty{Robot: c.me.ID, Kind: Charge, Node: c.in.Docks[best].Node, Why: why}, true
}

// back is at least how far it is from a dock to where the robot's lap goes on, in m.
func (c *choice) back(dock string) float64 {
	if c.part == nil || c.next < 0 {
		return 0
	}
	return c.in.Hall.far(dock, c.part.Nodes[c.next])
}

// rest is what a robot does for which nothing is due: it charges if it can, and stands in nobody's way.
func (c *choice) rest() (Duty, bool) {
	docked := c.in.docked(c.me)
	if docked && c.me.Charge >= c.in.Rules.enough() && c.dockWanted() {
		return c.yield("another robot needs the dock")
	}
	if !docked || !c.me.Charging && c.me.Charge < c.in.Rules.Full {
		if d, ok := c.charge(fmt.Sprintf("nothing is due, charge %.0f %%", 100*c.me.Charge)); ok {
			return d, true
		}
	}
	if c.me.Astray {
		return c.yield("no robot may stay here")
	}
	return Duty{}, false
}

// yield sends the robot to the nearest place where it may stay that is no dock: of the viewpoints' nodes those that are
// nearest as the crow flies are tried first.
func (c *choice) yield(why string) (Duty, bool) {
	best, least := "", math.Inf(1)
	nodes := c.in.Hall.Graph.Nodes()
	for _, stop := range c.in.Hall.stops {
		node := nodes[stop].ID
		if node == c.me.Node || c.in.isDock(node) || c.in.Hall.far(c.me.Node, node) >= least {
			continue
		}
		if m, ok := c.reach(node); ok && m < least {
			best, least = node, m
		}
	}
	if best == "" {
		return Duty{}, false
	}
	return Duty{Robot: c.me.ID, Kind: Yield, Node: best, Why: why}, true
}

func (in *Input) docked(r Robot) bool { return in.isDock(r.Node) }

func (in *Input) isDock(node string) bool {
	return slices.ContainsFunc(in.Docks, func(d Dock) bool { return d.Node == node })
}
