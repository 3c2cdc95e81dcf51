package patrol

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/net"
)

// part works out the lap of a robot through some viewpoints, given in the order of the sweep.
func (d *division) part(r Robot, views []int) Part {
	p := Part{Robot: r.ID, mastM: r.MastM, sensors: r.Sensors, place: map[string]int{}, slot: make(map[int]int, len(views))}
	if len(views) == 0 {
		return p
	}
	at := map[int][]int{}
	var nodes, order []int
	for _, v := range views {
		n := d.h.net.Index[d.h.Viewpoints[v].Node]
		if at[n] == nil {
			order = append(order, len(nodes))
			nodes = append(nodes, n)
		}
		at[n] = append(at[n], v)
	}
	all := d.h.Graph.Nodes()
	dock := -1
	if m := r.model(d.rules); m.ChargePerSec > 0 && m.LookPerSec > 0 {
		dock = d.dock(nodes)
	}
	if dock >= 0 {
		p.Dock = all[dock].ID
		order = append([]int{len(nodes)}, order...)
		nodes = append(nodes, dock)
	}
	m := d.h.between(nodes)
	order = shorten(order, m, d.h.net.OneWay)
	p.Way = length(order, m)
	if dock >= 0 {
		i := slices.Index(order, len(nodes)-1)
		order = append(slices.Clone(order[i+1:]), order[:i]...)
	}
	for _, i := range order {
		p.place[all[nodes[i]].ID] = len(p.Nodes)
		p.Nodes = append(p.Nodes, all[nodes[i]].ID)
		p.views = append(p.views, at[nodes[i]]...)
	}
	for i, v := range p.views {
		p.slot[v] = i
	}
	d.pace(&p, r.model(d.rules))
	d.turns(&p)
	return p
}

// dock chooses the dock where a lap through some nodes has its stop: the nearest that is not yet that of as many robots as
// it can charge; -1 when there is none in reach.
func (d *division) dock(nodes []int) int {
	most := math.MaxInt
	if n := len(d.stops); n > 0 {
		most = (len(d.robots) + n - 1) / n
	}
	best := -1
	net.NewSearch(d.h.net.Both).From(nodes, func(n int, _ float64, _ int) bool {
		if used, dock := d.stops[n]; dock && used < most {
			best = n
		}
		return best < 0
	})
	if best >= 0 {
		d.stops[best]++
	}
	return best
}

// mostLaps bounds in how many laps the shortest interval is served once.
const mostLaps = 3

// pace chooses the interval that a lap serves: the part's shortest, or a half or a third of it where the longer ones
// are then served with less waste.
func (d *division) pace(p *Part, m Model) {
	shortest := time.Duration(math.MaxInt64)
	for _, v := range p.views {
		shortest = min(shortest, d.h.interval(v))
	}
	best := math.Inf(1)
	for b := 1; b <= mostLaps; b++ {
		base := shortest / time.Duration(b)
		every, looks := make([]int, len(p.views)), 0.0
		skipped := make([]float64, len(p.Nodes)) // of laps, in how many a node is passed by at least
		for i := range skipped {
			skipped[i] = 1
		}
		for i, v := range p.views {
			every[i] = max(1, int(float64(d.h.interval(v))/float64(base)+1e-6))
			looks += 1 / float64(every[i])
			skipped[p.place[d.h.Viewpoints[v].Node]] *= 1 - 1/float64(every[i])
		}
		drive, look := p.Way/m.SpeedMPS, looks*m.Look.Seconds()
		for _, s := range skipped {
			look += (1 - s) * m.Stop.Seconds()
		}
		use := drive*m.DrivePerSec + look*m.LookPerSec
		lap := drive + look
		if m.ChargePerSec > 0 {
			lap += use / m.ChargePerSec
		}
		if r := lap / base.Seconds(); r < best-1e-9 {
			best = r
			p.Base, p.every, p.Use = base, every, use
			p.Lap = time.Duration(lap * float64(time.Second))
		}
	}
}

// turns groups the viewpoints that are not looked at each lap: those of one stretch of the lap with the same interval
// take turns, so that each lap has as many of them as any other.
func (d *division) turns(p *Part) {
	type key struct {
		stretch string
		every   int
	}
	ids, seen := map[key]int{}, map[int]int{}
	for i, v := range p.views {
		p.phase = append(p.phase, seen[p.every[i]]%p.every[i])
		seen[p.every[i]]++
		if p.every[i] == 1 {
			p.group = append(p.group, -1)
			continue
		}
		node := d.h.Viewpoints[v].Node
		stretch := d.h.Graph.AisleOf(node)
		if stretch == "" {
			stretch = fmt.Sprint("lap ", p.place[node]/stretchNodes)
		}
		k := key{stretch, p.every[i]}
		id, ok := ids[k]
		if !ok {
			id = len(ids)
			ids[k] = id
		}
		p.group = append(p.group, id)
	}
	p.groups = len(ids)
}

// stretchNodes is how long a stretch of a lap is where the floor has no aisles.
const stretchNodes = 25

// due says which of a part's viewpoints are to be looked at when the robot comes by, by their place in p.views.
//
// One that is looked at every lap is passed over only when it was looked at so lately that it may well wait for the lap
// after this. One of every k-th lap is due in its k-th lap, and sooner when less than the k-th part of its group has
// had its turn in this lap: the oldest first. Where none has been looked at yet, they begin with different laps.
func (c *choice) due(p *Part) []bool {
	due, ages := make([]bool, len(p.views)), make([]time.Duration, len(p.views))
	left := make([]int, p.groups) // turns of a group that are still to be taken in this lap
	size, every := make([]int, p.groups), make([]int, p.groups)
	var turns []int
	lap := c.lapTime(p)
	for i, v := range p.views {
		ages[i] = c.age(v, lap)
		if c.in.Viewpoints[v].Looked.IsZero() && p.every[i] > 1 {
			ages[i] += time.Duration(p.phase[i]) * lap
		}
		may, age, k := c.may(v), float64(ages[i]), float64(p.every[i])
		from := c.in.Rules.DueFrom * float64(c.in.Hall.interval(v))
		if p.every[i] == 1 {
			due[i] = may && age > max(passOver*float64(lap), from-float64(p.Lap))
		} else {
			due[i] = may && (age >= (k-early)*float64(lap) || !p.full() && age >= from)
		}
		g := p.group[i]
		if g < 0 {
			continue
		}
		size[g]++
		every[g] = p.every[i]
		if ages[i] < lap/2 {
			left[g]--
		} else if may {
			turns = append(turns, i)
		}
	}
	for g := range left {
		left[g] += size[g] / every[g]
	}
	slices.SortStableFunc(turns, func(a, b int) int { return cmp.Compare(ages[b], ages[a]) })
	for _, i := range turns {
		if g := p.group[i]; left[g] > 0 {
			due[i] = true
			left[g]--
		}
	}
	return due
}

// early is by how many laps sooner than in its k-th a viewpoint is due at most.
const early = 0.65

// passOver is the share of a lap up to which a look at a viewpoint of each lap counts as this lap's.
const passOver = 0.1

// full says whether the lap takes so much of the interval that nothing is to be looked at before its turn.
func (p *Part) full() bool { return float64(p.Lap) > spare*float64(p.Base) }

// longLap bounds by what multiple of the plan laps are taken to last: what is due in its k-th lap must not be passed over
// because laps were longer for a while.
const longLap = 1.06

// lapTime is how long laps take now: as planned, or as the ages of what is looked at every lap show when that is more.
// In a steady round they lie evenly between nothing and a lap.
func (c *choice) lapTime(p *Part) time.Duration {
	var sum time.Duration
	n := 0
	for i, v := range p.views {
		if p.every[i] == 1 {
			sum += c.age(v, 0)
			n++
		}
	}
	if n == 0 || !p.full() {
		return p.Lap
	}
	return min(max(p.Lap, 2*sum/time.Duration(n)), time.Duration(longLap*float64(p.Lap)))
}

// age is how long ago a viewpoint was looked at; of one never looked at the age of the patrol, but at least a
// given one.
func (c *choice) age(view int, least time.Duration) time.Duration {
	if at := c.in.Viewpoints[view].Looked; !at.IsZero() {
		return c.in.Now.Sub(at)
	}
	return max(least, c.in.Now.Sub(c.in.Since))
}

// may says whether the patrol can look at a viewpoint now: nobody is at it, it has no quiet hours, and no look at it has
// failed just now.
func (c *choice) may(view int) bool {
	v := &c.in.Viewpoints[view]
	return !c.in.Taken[v.ID] && !v.Quiet && c.in.Now.Sub(v.Tried) >= c.in.Rules.Retry
}
