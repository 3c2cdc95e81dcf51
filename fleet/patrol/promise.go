package patrol

import (
	"math"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
)

// A Promised is the answer to an inspection as soon as it is asked for.
type Promised struct {
	Robot string `json:"robot"`
	// In is when its look is expected to end, from now, in ns; P90 by when it has ended in nine of ten cases.
	In  time.Duration `json:"inNs"`
	P90 time.Duration `json:"p90Ns"`
	// Delays is by how much the robot's lap gets longer, in ns.
	Delays time.Duration `json:"delaysNs"`
}

// How sure a promise is: nine of ten looks that a robot goes for have ended within so many times the time expected and
// so much more; those that wait for a lap to come by likewise. Measured in halls of the bench.
const (
	goingTimes  = 1.15
	goingMore   = 30 * time.Second
	comingTimes = 1.03
	comingMore  = 75 * time.Second
)

// Promise says who will serve an inspection and when, by the rules of Next, if nothing else happens: it takes the floor
// as free. ok is false when no robot that is able can do it.
func Promise(in Input, ins Inspection) (p Promised, ok bool) {
	view, known := in.Hall.index[ins.Viewpoint]
	if !known {
		return Promised{}, false
	}
	c := &choice{in: &in}
	going, ok, atOnce := c.goes(&ins, view)
	if !ok {
		return Promised{}, false
	}
	if coming, comes := c.comes(&ins, view); comes && (ins.Class == Patrol || !ins.now() && !atOnce) {
		return coming, true
	}
	return going, true
}

// goes is the promise of the robot that is there first when it sets out for it; atOnce is whether one will that is not
// busy with its lap.
func (c *choice) goes(ins *Inspection, view int) (p Promised, ok, atOnce bool) {
	away := c.in.Hall.to(c.in.Hall.Viewpoints[view].Node, c.in.Robots)
	best := time.Duration(math.MaxInt64)
	for i := range c.in.Robots {
		r := &c.in.Robots[i]
		from, in, _ := r.start(ins.Class)
		if r.Gone || !c.in.serves(*r, ins, view) || away(from) >= farAway {
			continue
		}
		part, has := c.in.Plan.Part(r.ID)
		free := !has || len(part.Nodes) == 0 || !part.full()
		if atOnce && !free && !ins.now() {
			continue
		}
		m := r.drives(c.in.Rules)
		eta := in + m.drive(away(from)) + c.charging(r, m) + m.Stop + m.Look
		if eta < best || free && !atOnce && !ins.now() {
			best, p.Robot, p.Delays, ok = eta, r.ID, 2*m.drive(away(from))+m.Stop+m.Look, true
		}
		atOnce = atOnce || free
	}
	p.In, p.P90 = best, time.Duration(goingTimes*float64(best))+goingMore
	return p, ok, atOnce
}

// charging is how long a robot that must charge first still does.
func (c *choice) charging(r *Robot, m Model) time.Duration {
	if !r.Charging || r.Charge >= c.in.Rules.enough() || m.ChargePerSec <= 0 {
		return 0
	}
	return time.Duration((c.in.Rules.enough() - r.Charge) / m.ChargePerSec * float64(time.Second))
}

// comes is the promise of the robot whose lap comes by first.
func (c *choice) comes(ins *Inspection, view int) (p Promised, ok bool) {
	for i := range c.in.Robots {
		r := &c.in.Robots[i]
		part, has := c.in.Plan.Part(r.ID)
		if !has || r.Gone || !c.in.serves(*r, ins, view) {
			continue
		}
		if _, mine := part.slot[view]; !mine {
			continue
		}
		m := r.model(c.in.Rules)
		coming := r.FreeIn + c.lapTo(part, r, c.in.Hall.Viewpoints[view].Node, m) + m.Look
		if !ok || coming < p.In {
			p, ok = Promised{Robot: r.ID, In: coming, P90: time.Duration(comingTimes*float64(coming)) + comingMore, Delays: m.Look}, true
		}
	}
	return p, ok
}

// lapTo is how long a robot's lap takes to a node, with its stop when that comes first.
func (c *choice) lapTo(part *Part, r *Robot, node string, m Model) time.Duration {
	n := len(part.Nodes)
	stop := time.Duration(0)
	if m.ChargePerSec > 0 {
		stop = time.Duration(part.Use / m.ChargePerSec * float64(time.Second))
	}
	there, at := part.place[node], -1
	if i, ok := part.place[r.Last]; ok {
		at = i
	}
	nodes := (there - at + n) % n
	way := time.Duration(float64(part.Lap-stop) * float64(nodes) / float64(n))
	switch {
	case r.Charging:
		way += min(stop, time.Duration(max(0, c.in.Rules.Full-r.Charge)/m.ChargePerSec*float64(time.Second)))
	case there <= at:
		way += stop
	}
	return way
}

// to is how far robots are from a node over free floor, by where they stand or can break off, in m: farAway where there is no way.
func (h *Hall) to(node string, robots []Robot) func(from string) float64 {
	dist := map[int]float64{}
	note := func(node string) {
		if at, ok := h.net.Index[node]; ok {
			dist[at] = farAway
		}
	}
	for i := range robots {
		note(robots[i].Node)
		if b := robots[i].Break; b != nil {
			note(b.Node)
		}
	}
	left := len(dist)
	if goal, ok := h.net.Index[node]; ok {
		net.NewSearch(h.net.In).From([]int{goal}, func(n int, metres float64, _ int) bool {
			if _, wanted := dist[n]; wanted {
				dist[n] = metres
				left--
			}
			return left > 0
		})
	}
	return func(from string) float64 {
		if m, ok := dist[h.net.Index[from]]; ok {
			return m
		}
		return farAway
	}
}
