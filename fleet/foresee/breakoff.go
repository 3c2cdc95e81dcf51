package foresee

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// breakOff has the robots that are nearest to emergencies break off what they do, as the controller does: under way by
// turning where they were let go to, at their looks after the one that runs.
func (n *Night) breakOff() {
	if !n.ours || !slices.ContainsFunc(n.open, func(i patrol.Inspection) bool { return i.Class == patrol.Emergency }) {
		return
	}
	for _, d := range patrol.BreakOff(n.input(nil, nil)) {
		u := n.byID[d.Robot]
		switch works := n.committed(u); {
		case !works:
			n.turn(u, d)
		case u.doing == Looking && u.looks+1 < len(u.duty.Looks):
			n.halt(u)
		}
	}
}

// committed says whether a robot does its duty at a node to which it was let go, or where it stands.
func (n *Night) committed(u *unit) bool {
	return n.works(u) || slices.Contains(u.way[:min(len(u.way), n.o.Floor.Ahead(u.ID))], u.duty.Node)
}

// breakAt is how a robot can break off what it does; nil when it cannot, or is idle.
func (n *Night) breakAt(u *unit) *patrol.Break {
	if u.dead || u.duty == nil || u.duty.Kind == patrol.Yield || u.duty.Urgent() || n.now.Before(u.keeps) {
		return nil
	}
	works := n.committed(u)
	if works && u.duty.Kind == patrol.Charge {
		return nil
	}
	let := u.way[:min(len(u.way), n.o.Floor.Ahead(u.ID))]
	b := &patrol.Break{Node: u.at, In: n.driveTime(u, let)}
	if len(let) > 0 {
		b.Node = let[len(let)-1]
	}
	if works {
		b.In += u.model.Look
	}
	b.Reach = func(node string) (float64, bool) {
		b.Reach = n.o.Floor.ReachTurned(u.ID, n.now)
		return b.Reach(node)
	}
	return b
}

// driveTime is about how long a robot takes along a way.
func (n *Night) driveTime(u *unit, way []string) time.Duration {
	var metres float64
	at := u.at
	for _, next := range way {
		if e, ok := n.o.Hall.Graph.Edge(at, next); ok {
			metres += e.LengthM
		}
		at = next
	}
	return time.Duration(metres / u.model.SpeedMPS * float64(time.Second))
}

// turn gives a robot that is under way an emergency in place of its duty. It keeps that for a while when there is no way.
func (n *Night) turn(u *unit, d patrol.Duty) {
	ways, err := n.o.Floor.Turn(u.ID, d.Node, n.now)
	if err != nil {
		u.keeps = n.now.Add(again)
		return
	}
	n.lapBack(u)
	n.drop(u)
	u.duty, u.looks, u.way = &d, 0, n.o.Floor.Way(u.ID)[1:]
	for _, l := range d.Looks {
		n.taken[l.Viewpoint] = true
		n.assigned(l, u.ID)
	}
	delete(ways, u.ID)
	n.follow(ways)
}

// halt has a robot at its looks leave out those that are still to come.
func (n *Night) halt(u *unit) {
	n.lapBack(u)
	done := u.looks
	u.looks++
	left := *u.duty
	n.drop(u)
	left.Looks = left.Looks[:done+1]
	u.duty, u.looks = &left, done
}

// lapBack lets a robot's lap go on where it was before the duty that it breaks off.
func (n *Night) lapBack(u *unit) {
	if u.duty.Lap {
		u.Last = u.duty.After
	}
}
