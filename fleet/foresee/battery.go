package foresee

import (
	"math"
	"time"
)

// until is how long it takes to charge from a level to another.
func (b Body) until(from, to float64) time.Duration {
	if from >= to || b.ChargePerSec <= 0 {
		return 0
	}
	seconds := (min(to, b.Knee) - min(from, b.Knee)) / b.ChargePerSec
	if to > b.Knee {
		seconds += b.above(to) - b.above(max(from, b.Knee))
	}
	return time.Duration(seconds * float64(time.Second))
}

// taper is by how much the rate has fallen at full.
const taper = 0.8

// above is how long it takes to charge from the knee to a level above it, in s: the rate falls in a line.
func (b Body) above(level float64) float64 {
	fall := taper / (1 - b.Knee)
	return -math.Log(1-fall*(level-b.Knee)) / (fall * b.ChargePerSec)
}

// charged is the level after so long at a dock.
func (b Body) charged(from float64, d time.Duration) float64 {
	s := d.Seconds()
	if from < b.Knee {
		need := (b.Knee - from) / b.ChargePerSec
		if s <= need {
			return from + s*b.ChargePerSec
		}
		from, s = b.Knee, s-need
	}
	if b.Knee >= 1 {
		return 1
	}
	fall := taper / (1 - b.Knee)
	t := b.above(min(from, 1)) + s
	return min(1, b.Knee+(1-math.Exp(-fall*b.ChargePerSec*t))/fall)
}

// chargeAt is a robot's charge at a time, when it goes on with what it does.
func (u *unit) chargeAt(now time.Time) float64 {
	dt := now.Sub(u.since)
	switch u.doing {
	case Charging:
		return u.Body.charged(u.charge, dt)
	case Driving:
		return u.charge - u.Body.DrivePerSec*dt.Seconds()
	case Dead:
		return u.charge
	}
	return u.charge - u.Body.LookPerSec*dt.Seconds()
}

// drain brings a robot's charge and account up to now. One that is empty is dead.
func (n *Night) drain(u *unit) {
	if !n.now.After(u.since) {
		return
	}
	n.Stats.spent(n, u)
	u.charge = u.chargeAt(n.now)
	u.since = n.now
	n.Stats.Least = min(n.Stats.Least, u.charge)
	if u.charge <= 0 && !u.dead {
		n.Stats.Flat++
		u.charge = 0
		n.die(u)
	}
}

// die stops a robot for good. What it was to look at is for others again, and they go round it.
func (n *Night) die(u *unit) {
	if u.dead {
		return
	}
	u.dead, u.down, u.held = true, n.now, false
	n.turnTo(u, Dead)
	u.version++
	n.drop(u)
	n.o.Floor.Still(u.ID, true)
	n.rearrange()
}

// mend puts a dead robot back on its first node when that is free, or tries again later.
func (n *Night) mend(u *unit) {
	if !u.dead {
		return
	}
	n.drain(u)
	n.o.Floor.Remove(u.ID)
	if err := n.o.Floor.Place(u.ID, u.Node); err != nil {
		n.when(n.now.Add(time.Minute), func() { n.mend(u) })
		return
	}
	u.dead, u.duty, u.way, u.at, u.idle, u.charge = false, nil, nil, u.Node, n.now, max(u.charge, n.o.Rules.Reserve)
	u.doing = Waiting
	if n.docks[u.at] {
		u.doing = Charging
	}
	n.rearrange()
	n.then(u, n.now, func() { n.ask(u) })
}
