package patrol

import (
	"cmp"
	"math"
	"slices"
)

// looks lists what a visit to a node looks at: all that inspections want there, and what the patrol has due soon. It
// begins with the face of the viewpoint for which the robot comes, turns once for each face, and lifts the mast up
// for one and down for the next.
func (c *choice) looks(node, first string) []Look {
	type item struct {
		look    Look
		urgency float64
		v       Viewpoint
	}
	var items []item
	for _, i := range c.in.Hall.at[node] {
		v := c.in.Viewpoints[i]
		look, pressure := c.wanted(v.ID)
		if !c.in.Hall.can(c.me, i) || look == nil && !c.isDue(i) {
			continue
		}
		if look == nil {
			look, pressure = &Look{Viewpoint: v.ID, Class: Patrol}, c.ratio(i)
		}
		if v.ID == first {
			pressure = math.Inf(1)
		}
		items = append(items, item{*look, pressure, v})
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(-cmp.Compare(a.urgency, b.urgency), cmp.Compare(a.v.ID, b.v.ID))
	})
	items = items[:min(len(items), max(1, c.in.Rules.MaxLooks))]
	heading := func(it item) int { return int(math.Round(it.v.HeadingRad * 100)) }
	var order []int
	for _, it := range items {
		if !slices.Contains(order, heading(it)) {
			order = append(order, heading(it))
		}
	}
	slices.SortStableFunc(items, func(a, b item) int {
		turn := slices.Index(order, heading(a))
		if d := turn - slices.Index(order, heading(b)); d != 0 {
			return d
		}
		return cmp.Compare(a.v.MastM, b.v.MastM) * (1 - 2*(turn%2))
	})
	out := make([]Look, len(items))
	for i, it := range items {
		out[i] = it.look
	}
	return out
}
