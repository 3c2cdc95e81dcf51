package joint

import (
	"cmp"
	"slices"
)

// Improve makes the ways of a plan shorter: it takes out one robot's way after the other, those that lose most time first,
// and puts it back where it arrives earliest among the others'. A round that gains less than a hundredth of what was still lost
// is the last. The ways stay such that they can be travelled in order of their times.
func Improve(p Problem, ways []Way, rounds int) []Way {
	out := slices.Clone(ways)
	table := NewTimetable(p.Graph)
	fields := make([]*field, len(out))
	order := make([]int, 0, len(out))
	for i, w := range out {
		table.Add(int32(i), w, 1)
		if !p.Robots[i].Free {
			fields[i] = newField(p.Graph, p.Robots[i].Goal)
			order = append(order, i)
		}
	}
	lost := func(i int) int64 { return out[i].End().At - int64(fields[i].to(out[i][0].Node)) }
	for range rounds {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lost(b), lost(a)) })
		var left, gained int64
		for _, i := range order {
			l := lost(i)
			if l <= 0 {
				continue
			}
			left += l
			table.Remove(int32(i), out[i])
			if w, ok := table.insert(fields[i], out[i][0], p.Robots[i].Goal, out[i].End().At, maxLabels); ok {
				gained += out[i].End().At - w.End().At
				out[i] = w
			}
			table.Add(int32(i), out[i], 1)
		}
		if gained*100 <= left {
			break
		}
	}
	return out
}

// maxLabels bounds the search for one shorter way: most that are there are found with far fewer.
const maxLabels = 20000
