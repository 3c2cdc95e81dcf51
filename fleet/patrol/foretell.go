package patrol

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Foreseen is a viewpoint that will be beyond its interval if nothing changes.
type Foreseen struct {
	Viewpoint string    `json:"viewpoint"`
	Late      time.Time `json:"late"`          // when its interval ends, or ended
	Look      time.Time `json:"look,omitzero"` // when its robot is expected to look at it; zero when that cannot be said
	Why       string    `json:"why"`
}

// Foretell says which viewpoints will be beyond their intervals, or are, by the plan and by how far the robots' laps have
// come: those that are late soonest first. What is looked at every k-th lap is expected in the lap in which it is due.
func Foretell(in Input) []Foreseen {
	c := &choice{in: &in}
	var out []Foreseen
	told := make(map[int]bool, len(in.Viewpoints))
	for i := range in.Robots {
		r := &in.Robots[i]
		part, ok := in.Plan.Part(r.ID)
		if !ok || r.Gone {
			continue
		}
		for slot, v := range part.views {
			told[v] = true
			if f, late := c.foresee(r, part, slot); late {
				out = append(out, f)
			}
		}
	}
	for v := range in.Viewpoints {
		if interval := in.Hall.interval(v); interval > 0 && !told[v] && !in.Taken[in.Viewpoints[v].ID] && !in.Viewpoints[v].Quiet {
			out = append(out, Foreseen{Viewpoint: in.Viewpoints[v].ID, Late: c.ends(v), Why: cmp.Or(in.Hall.Unseen(in.Robots, v), "it is in no robot's part")})
		}
	}
	slices.SortStableFunc(out, func(a, b Foreseen) int { return cmp.Or(a.Late.Compare(b.Late), cmp.Compare(a.Viewpoint, b.Viewpoint)) })
	return out
}

// ends is when a viewpoint's interval ends.
func (c *choice) ends(view int) time.Time {
	return c.in.Now.Add(c.in.Hall.interval(view) - c.in.Viewpoints[view].waits(c.in.Since, c.in.Now))
}

// foresee says whether a viewpoint of a robot's part will be late.
func (c *choice) foresee(r *Robot, part *Part, slot int) (f Foreseen, late bool) {
	v := part.views[slot]
	node := c.in.Hall.Viewpoints[v].Node
	f = Foreseen{Viewpoint: c.in.Viewpoints[v].ID, Late: c.ends(v)}
	if c.in.Viewpoints[v].Quiet && f.Late.After(c.in.Now) {
		return f, false // its clock stands still
	}
	if c.shut(node) {
		f.Why = "no way leads there now"
		return f, true
	}
	m := r.model(c.in.Rules)
	coming := r.FreeIn + c.lapTo(part, r, node, m) + m.Look
	if k := float64(part.every[slot]); k > 1 {
		age := c.age(v, 0)
		if laps := ((k-early)*float64(part.Lap) - float64(age+coming)) / float64(part.Lap); laps > 0 {
			coming += time.Duration(math.Ceil(laps)) * part.Lap
		}
	} else if float64(c.age(v, 0)+coming) <= passOver*float64(part.Lap) {
		coming += part.Lap
	}
	f.Look = c.in.Now.Add(coming)
	f.Why = fmt.Sprintf("%s comes by in %s", r.ID, short(coming))
	return f, f.Look.After(f.Late)
}

// Cure says in words what would keep every interval of a hall when a plan does not; empty when it does. It tries up to so
// many robots more, like the first of those that are there.
func Cure(in Input, more int) string {
	planned := in.Plan.Ratio()
	if planned <= 1 || len(in.Plan.Parts) == 0 {
		return ""
	}
	say := fmt.Sprintf("a lap takes %.2f of its interval with %d robots: ", planned, len(in.Plan.Parts))
	first := slices.IndexFunc(in.Robots, func(r Robot) bool { return !r.Gone })
	if first >= 0 {
		robots := slices.Clone(in.Robots)
		for n := 1; n <= more; n++ {
			extra := in.Robots[first]
			extra.ID = fmt.Sprintf("%s+%d", extra.ID, n)
			robots = append(robots, extra)
			if p := NewPlan(in.Hall, robots, in.Rules); p.Ratio() <= 1 {
				return say + fmt.Sprintf("%d more would keep it (%.2f), or intervals longer by %.0f %%", n, p.Ratio(), 100*(planned-1))
			}
		}
	}
	return say + fmt.Sprintf("more than %d more would be needed, or intervals longer by %.0f %%", more, 100*(planned-1))
}
