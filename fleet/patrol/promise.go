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
// so much more; those that wait for a lap to come by within the latter two.
const (
	goingTimes  = 1.3
	goingMore   = 60 * time.Second
	comingTimes = 1.2
	comingMore  = 4 * time.Minute
)

// Promise says who will serve an inspection and when, by the rules of Next, if nothing else happens: it takes the floor
// as free. ok is false when no robot that is able can do it.
func Promise(in Input, ins Inspection) (p Promised, ok bool) {
	view, known := in.Hall.index[ins.Viewpoint]
	if !known {
		return Promised{}, false
	}
	c := &choice{in: &in}
	node := in.Hall.Viewpoints[view].Node
	away := in.Hall.to(node)
	best := time.Duration(math.MaxInt64)
	full := true
	for i := range in.Robots {
		r := &in.Robots[i]
		if r.Gone || !in.Hall.can(*r, view) {
			continue
		}
		part, has := in.Plan.Part(r.ID)
		full = full && has && part.full()
		m := r.model(in.Rules)
		eta := r.FreeIn + m.drive(away(r.Node)) + c.charging(r, m) + m.Look
		if eta < best && away(r.Node) < farAway {
			best, p.Robot, p.Delays, ok = eta, r.ID, 2*m.drive(away(r.Node))+m.Look, true
		}
	}
	if !ok {
		return Promised{}, false
	}
	p.In, p.P90 = best, time.Duration(goingTimes*float64(best))+goingMore
	if ins.Class == Patrol || ins.Class == Operator && full {
		c.comesBy(&p, ins, view)
	}
	return p, true
}

// charging is how long a robot that must charge first still does.
func (c *choice) charging(r *Robot, m Model) time.Duration {
	if !r.Charging || r.Charge >= c.in.Rules.enough() || m.ChargePerSec <= 0 {
		return 0
	}
	return time.Duration((c.in.Rules.enough() - r.Charge) / m.ChargePerSec * float64(time.Second))
}

// comesBy corrects the promise of a look that waits for its robot's lap to come by: until Rules.Patience is over, after
// which somebody goes for it.
func (c *choice) comesBy(p *Promised, ins Inspection, view int) {
	for i := range c.in.Robots {
		r := &c.in.Robots[i]
		part, ok := c.in.Plan.Part(r.ID)
		if !ok {
			continue
		}
		if _, mine := part.slot[view]; !mine {
			continue
		}
		there, at := part.place[c.in.Hall.Viewpoints[view].Node], part.place[r.Last]
		n := len(part.Nodes)
		share := float64((there-at+n)%n) / float64(n)
		coming := r.FreeIn + time.Duration(share*float64(part.Lap))
		if patience := busyPatience * c.in.Rules.Patience; ins.Class == Operator && coming > patience {
			p.In += patience
			p.P90 = p.In + goingMore + comingMore
			return
		}
		m := r.model(c.in.Rules)
		*p = Promised{Robot: r.ID, In: coming + m.Look, P90: time.Duration(comingTimes*float64(coming)) + comingMore, Delays: m.Look}
		return
	}
}

// to is how far nodes are from a node over free floor, in m: farAway where there is no way.
func (h *Hall) to(node string) func(from string) float64 {
	dist := make([]float64, h.net.Len())
	for i := range dist {
		dist[i] = farAway
	}
	if goal, ok := h.net.Index[node]; ok {
		net.NewSearch(h.net.In).From([]int{goal}, func(n int, metres float64, _ int) bool {
			dist[n] = metres
			return true
		})
	}
	return func(from string) float64 {
		if i, ok := h.net.Index[from]; ok {
			return dist[i]
		}
		return farAway
	}
}
