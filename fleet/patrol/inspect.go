package patrol

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// inspect is the visit that serves the most pressing inspection that is this robot's: it is the nearest that can, and
// the way is worth it. atOnce is whether that is one for which it lets its lap and its stop wait.
func (c *choice) inspect() (d Duty, ok, atOnce bool) {
	best := c.mostPressing()
	if best == nil {
		return Duty{}, false, false
	}
	node := c.in.Hall.Viewpoints[c.in.Hall.index[best.Viewpoint]].Node
	return Duty{
		Robot: c.me.ID, Kind: Visit, Node: node, Looks: c.looks(node, best.Viewpoint), Lap: c.isNext(node), After: c.me.Last, Why: best.why(c.in.Now),
	}, true, best.now()
}

// mostPressing is the inspection that presses most of those that are this robot's, nil when its lap presses more.
func (c *choice) mostPressing() *Inspection {
	type claim struct {
		of       *Inspection
		pressure float64
	}
	var least float64
	if c.part != nil {
		least = c.pressing()
	}
	var claims []claim
	for i := range c.in.Inspections {
		ins := &c.in.Inspections[i]
		if ins.Class == Patrol || c.in.Now.Sub(ins.Tried) < c.in.Rules.Retry {
			continue
		}
		if p := c.in.pressure(ins); p >= least {
			claims = append(claims, claim{ins, p})
		}
	}
	slices.SortStableFunc(claims, func(a, b claim) int { return cmp.Compare(b.pressure, a.pressure) })
	for _, k := range claims {
		v, ok := c.in.Hall.index[k.of.Viewpoint]
		if ok && c.in.serves(c.me, k.of, v) && c.mine(k.of, c.in.Hall.Viewpoints[v].Node) {
			return k.of
		}
	}
	return nil
}

// why is why a robot goes for an inspection, for people.
func (i *Inspection) why(now time.Time) string {
	class := i.Class.String()
	if i.Class == Emergency {
		class = "emergency,"
	}
	return fmt.Sprintf("%s: %s asked for %s ago", i.Viewpoint, class, short(now.Sub(i.At)))
}

// isNext says whether a node is the next one of the robot's lap anyway.
func (c *choice) isNext(node string) bool {
	return c.part != nil && c.next >= 0 && c.part.Nodes[c.next] == node
}

// mine says whether this robot is to serve an inspection now: it is the nearest. Where all robots' laps take all of their
// time, one that is no emergency waits until a lap comes near; when that takes too long, the robot goes whose way gets
// least longer.
func (c *choice) mine(ins *Inspection, node string) bool {
	atOnce := ins.now() || !c.busy()
	if !atOnce && !c.nearEnough(ins, node, c.leastAside(node, c.in.Hall.far(c.me.Node, node))) {
		return false // as the crow flies: the way itself takes far longer to find
	}
	m, ok := c.reach(node)
	if !ok {
		return false
	}
	if atOnce {
		return c.nearest(ins)
	}
	return c.nearEnough(ins, node, c.leastAside(node, m)) && c.nearEnough(ins, node, c.aside(node, m))
}

// nearEnough says whether an inspection is worth it to a busy robot to go so far aside, in m.
func (c *choice) nearEnough(ins *Inspection, node string, aside float64) bool {
	return aside <= c.worth(ins) || c.in.Now.Sub(ins.At) >= c.patience() && c.cheapest(ins, node, aside)
}

// onward is how far the next node of the lap is, in m; so far away that nothing is nearer when it cannot be reached.
func (c *choice) onward() float64 {
	if c.part == nil || c.next < 0 {
		return farAway
	}
	m, ok := c.reach(c.part.Nodes[c.next])
	if !ok {
		return farAway
	}
	return m
}

// patience is how long an inspection waits for a busy robot to come by: a lap, and a little.
func (c *choice) patience() time.Duration {
	return max(busyPatience*c.in.Rules.Patience, c.part.Lap+c.part.Lap/8)
}

// busyPatience is for how many times Rules.Patience an inspection waits for a busy robot at least.
const busyPatience = 3

// busy says whether the robot's lap takes all its time: it has none to spare for a way of its own.
func (c *choice) busy() bool {
	return c.part != nil && c.next >= 0 && c.part.full()
}

// spare is the share of the interval up to which a lap leaves time for ways of its own.
const spare = 0.8

// aside is how much longer a robot's way gets by going to a node, so many metres away, before the next of its lap.
func (c *choice) aside(node string, metres float64) float64 {
	next := c.part.Nodes[c.next]
	if ahead, ok := c.reach(next); ok {
		return metres + c.in.Hall.metres(node, next) - ahead
	}
	return metres
}

// leastAside is at least how much longer that is, with the second way as the crow flies.
func (c *choice) leastAside(node string, metres float64) float64 {
	next := c.part.Nodes[c.next]
	if ahead, ok := c.reach(next); ok {
		return metres + c.in.Hall.far(node, next) - ahead
	}
	return metres
}

// cheapest reports whether no other robot that is on its lap would have less far to go aside for an inspection, as the crow
// flies.
func (c *choice) cheapest(ins *Inspection, node string, aside float64) bool {
	for i := range c.in.Robots {
		r := &c.in.Robots[i]
		part, ok := c.in.Plan.Part(r.ID)
		if !ok || r.ID == c.me.ID || !r.Able || r.Charging || !c.canSee(r, ins) {
			continue
		}
		at, known := part.place[r.Last]
		if !known {
			continue
		}
		next := part.Nodes[(at+1)%len(part.Nodes)]
		if c.in.Hall.far(r.Node, node)+c.in.Hall.far(node, next)-c.in.Hall.far(r.Node, next) < aside/2 {
			return false
		}
	}
	return true
}

// worth is the way that an inspection is worth to a busy robot before its patience is over, in m: more the longer it waits.
func (c *choice) worth(ins *Inspection) float64 {
	waited := float64(c.in.Now.Sub(ins.At)) / float64(c.patience())
	if ins.Class == Verification {
		waited++
	}
	return c.in.Rules.Aside * (1 + waited)
}

// pressure puts inspections on one scale with the ratio of a viewpoint. It grows while they wait, so none starves. One that
// was moved up comes right before the others of its class.
func (in *Input) pressure(ins *Inspection) float64 {
	own := in.ownPressure(ins)
	if ins.Moved.IsZero() {
		return own
	}
	if in.front == nil {
		in.front = map[Class]float64{}
		for i := range in.Inspections {
			if o := &in.Inspections[i]; o.Moved.IsZero() {
				in.front[o.Class] = max(in.front[o.Class], in.ownPressure(o))
			}
		}
	}
	return max(own, in.front[ins.Class]) + 1e-9*max(1, ins.Moved.Sub(in.Since).Seconds())
}

func (in *Input) ownPressure(ins *Inspection) float64 {
	waited := float64(in.Now.Sub(ins.At)) / float64(in.Rules.Patience)
	switch ins.Class {
	case Emergency:
		return emergencyPressure + waited
	case Verification:
		return verificationPressure + waited
	}
	return operatorPressure + waited
}

// The pressure of a new inspection, as a ratio of idleness to interval: a patrol that is later than this goes first.
const (
	emergencyPressure    = 10
	verificationPressure = 2.25
	operatorPressure     = 1.25
)

// nearest reports whether no other able robot would be there before this one.
func (c *choice) nearest(ins *Inspection) bool {
	first := c.in.first(ins, nil)
	return first == nil || first.ID == c.me.ID
}

func (c *choice) canSee(r *Robot, ins *Inspection) bool {
	v, ok := c.in.Hall.index[ins.Viewpoint]
	return ok && c.in.serves(*r, ins, v)
}

// serves says whether a robot may serve an inspection of a viewpoint: it can look from there, and is none whose look would tell
// nothing new. Where no other is left, those are as good as any.
func (in *Input) serves(r Robot, ins *Inspection, view int) bool {
	if !in.Hall.can(r, view) {
		return false
	}
	return !slices.Contains(ins.Not, r.ID) || !slices.ContainsFunc(in.Robots, func(o Robot) bool {
		return !o.Gone && !slices.Contains(ins.Not, o.ID) && in.Hall.can(o, view)
	})
}

// far is at least how far it is from a node to another, in m as the crow flies.
func (h *Hall) far(a, b string) float64 {
	m, ok1 := h.Graph.Node(a)
	n, ok2 := h.Graph.Node(b)
	if !ok1 || !ok2 {
		return 0
	}
	return max(math.Abs(m.X-n.X), math.Abs(m.Y-n.Y))
}

// wanted returns the look that serves the inspections of a viewpoint, nil when there are none.
func (c *choice) wanted(viewpoint string) (look *Look, pressure float64) {
	for i := range c.in.Inspections {
		ins := &c.in.Inspections[i]
		if ins.Viewpoint != viewpoint || c.in.Now.Sub(ins.Tried) < c.in.Rules.Retry || !c.in.serves(c.me, ins, c.in.Hall.index[viewpoint]) {
			continue
		}
		if look == nil {
			look = &Look{Viewpoint: viewpoint}
		}
		if p := c.in.pressure(ins); p > pressure {
			look.Class, pressure = ins.Class, p
			look.Inspections = append([]string{ins.ID}, look.Inspections...)
		} else {
			look.Inspections = append(look.Inspections, ins.ID)
		}
	}
	return look, pressure
}
