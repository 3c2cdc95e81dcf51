package foresee

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// begin sends a robot on its way.
func (n *Night) begin(u *unit, d patrol.Duty) {
	u.duty, u.looks = &d, 0
	if d.Lap {
		u.Last = d.Node
	}
	for _, l := range d.Looks {
		n.taken[l.Viewpoint] = true
		n.assigned(l, u.ID)
	}
	n.drive(u, u.Body.Turn)
}

// drive goes on to the next node of the way, or begins what is done where it is.
func (n *Night) drive(u *unit, turn time.Duration) {
	if n.works(u) {
		n.work(u)
		return
	}
	if len(u.way) == 0 {
		n.turnTo(u, Waiting)
		n.free(u)
		return
	}
	if !n.o.Floor.Granted(u.ID) {
		n.turnTo(u, Waiting)
		u.held = true
		u.version++
		return
	}
	n.turnTo(u, Driving)
	g := n.o.Hall.Graph
	e, _ := g.Edge(u.at, u.way[0])
	speed := u.Body.SpeedMPS
	if e.MaxSpeed > 0 {
		speed = min(speed, e.MaxSpeed)
	}
	at := n.now.Add(turn + time.Duration(e.LengthM/speed*float64(time.Second)))
	n.then(u, at, func() {
		n.drain(u)
		if u.dead {
			return
		}
		u.at, u.way = u.way[0], u.way[1:]
		n.o.Floor.Passed(u.ID, u.at)
		n.letGo()
		if n.o.Late > 0 && n.rng.Float64() < n.o.Late {
			n.turnTo(u, Delayed)
			n.then(u, n.now.Add(time.Duration(n.rng.Int64N(int64(n.o.DelayMax)))), func() { n.drive(u, u.Body.Turn) })
			return
		}
		n.drive(u, 0)
	})
}

// letGo lets those go on that waited for their way and have it now.
func (n *Night) letGo() {
	for _, u := range n.units {
		if u.held && !u.dead && (len(u.way) == 0 || n.o.Floor.Granted(u.ID)) {
			u.held = false
			n.then(u, n.now, func() { n.drive(u, u.Body.Turn) })
		}
	}
}

// works says whether a robot is where it has something to do: at the node of its duty, for the last time on its way.
func (n *Night) works(u *unit) bool {
	if u.duty == nil || u.at != u.duty.Node || slices.Contains(u.way, u.at) {
		return false
	}
	switch u.duty.Kind {
	case patrol.Charge:
		return len(u.way) == 0
	case patrol.Visit:
		return u.looks < len(u.duty.Looks)
	}
	return false
}

// work does what a duty does at its node.
func (n *Night) work(u *unit) {
	if u.duty.Kind == patrol.Charge {
		n.turnTo(u, Charging)
		n.free(u)
		return
	}
	n.turnTo(u, Looking)
	took := u.Body.LookMin + time.Duration(n.rng.Int64N(int64(u.Body.LookMax-u.Body.LookMin)+1))
	n.then(u, n.now.Add(took), func() {
		n.drain(u)
		if u.dead {
			return
		}
		n.looked(u, u.duty.Looks[u.looks])
		u.looks++
		if n.works(u) {
			n.work(u)
			return
		}
		n.drive(u, u.Body.Turn)
	})
}
