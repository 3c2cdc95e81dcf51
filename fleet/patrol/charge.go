package patrol

import (
	"fmt"
	"slices"
	"time"
)

// full is the charge at which a robot has charged enough: above it the current falls and time is lost.
func (r Rules) full() float64 { return 1 - r.Reserve/2 }

// enough is the charge below which a robot does not leave its dock.
func (r Rules) enough() float64 { return (r.Reserve + r.full()) / 2 }

// drive is how long a way takes.
func (m Model) drive(metres float64) time.Duration {
	return time.Duration(metres / m.SpeedMPS * float64(time.Second))
}

// cost is the charge used for a way and a number of looks.
func (m Model) cost(metres float64, looks int) float64 {
	return m.drive(metres).Seconds()*m.DrivePerSec + float64(looks)*m.Look.Seconds()*m.LookPerSec
}

// affords reports whether a robot can go to a node, look there and still come to a dock with its reserve.
func (in *Input) affords(r Robot, node string, looks int) bool {
	m := in.Rules.Model
	return r.Charge-m.cost(r.Reach[node], looks)-m.cost(in.Home[node], 0) >= in.Rules.Reserve
}

func (c *choice) affords(d Duty) bool { return c.in.affords(c.me, d.Node, len(d.Looks)) }

// dockWanted reports whether another robot must charge and finds no free dock.
func (c *choice) dockWanted() bool {
	if slices.ContainsFunc(c.in.Docks, func(d Dock) bool { return d.Holder == "" }) {
		return false
	}
	return slices.ContainsFunc(c.in.Robots, func(r Robot) bool {
		return r.ID != c.me.ID && r.Able && !c.in.docked(r) && r.Charge-c.in.Rules.Model.cost(c.in.Home[r.Node], 0) < c.in.Rules.low()
	})
}

// low is the charge near the reserve: a robot that would come home with less is about to need a dock.
func (r Rules) low() float64 { return 1.25 * r.Reserve }

// charge sends the robot to the nearest free dock in reach; where it already is, it stays.
func (c *choice) charge(why string) (Duty, bool) {
	if c.in.docked(c.me) {
		if c.me.Charging {
			return Duty{}, false
		}
		return Duty{Robot: c.me.ID, Kind: Charge, Node: c.me.Node, Why: why}, true
	}
	best := -1
	for i, d := range c.in.Docks {
		m, ok := c.me.Reach[d.Node]
		if ok && d.Holder == "" && (best < 0 || m < c.me.Reach[c.in.Docks[best].Node]) {
			best = i
		}
	}
	if best < 0 {
		return Duty{}, false
	}
	return Duty{Robot: c.me.ID, Kind: Charge, Node: c.in.Docks[best].Node, Why: why}, true
}

// rest is what a robot does for which nothing is due: it charges if it can, and stands in nobody's way.
func (c *choice) rest() (Duty, bool) {
	docked := c.in.docked(c.me)
	if docked && c.me.Charge >= c.in.Rules.enough() && c.dockWanted() {
		return c.yield("another robot needs the dock")
	}
	if !docked || !c.me.Charging && c.me.Charge < c.in.Rules.full() {
		if d, ok := c.charge(fmt.Sprintf("nothing is due, charge %.0f %%", 100*c.me.Charge)); ok {
			return d, true
		}
	}
	if c.me.Astray {
		return c.yield("no robot may stay here")
	}
	return Duty{}, false
}

// yield sends the robot to the nearest place where it may stay that is no dock.
func (c *choice) yield(why string) (Duty, bool) {
	best := ""
	for node, m := range c.me.Reach {
		if node == c.me.Node || c.in.isDock(node) {
			continue
		}
		if best == "" || m < c.me.Reach[best] || m == c.me.Reach[best] && node < best {
			best = node
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
