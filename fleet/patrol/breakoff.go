package patrol

import (
	"cmp"
	"slices"
	"time"
)

// A Break is how a robot can break off what it does, for an emergency: it goes on to the last node that it was let go to,
// and ends the look that runs there.
type Break struct {
	// In is how long it needs to that node, and for the look.
	In   time.Duration
	Node string
	// Reach is how far a node is from Node, in m, if its way were to end there.
	Reach func(node string) (metres float64, ok bool)
}

// start is where and when a robot can set out for an inspection, and how far nodes are from there: when it has done what it
// is at or, for an emergency, has broken it off.
func (r *Robot) start(class Class) (node string, in time.Duration, reach func(string) (float64, bool)) {
	if class == Emergency && r.Break != nil {
		return r.Break.Node, r.Break.In, r.Break.Reach
	}
	return r.Node, r.FreeIn, r.Reach
}

// BreakOff says which robots break off what they do for the emergencies that wait, and what they do instead: of each
// emergency the robot that is there first, when it is one that can. Those that must finish first, or are idle, are asked
// by Next. It gives a robot one duty at most.
func BreakOff(in Input) []Duty {
	var waiting []*Inspection
	for i := range in.Inspections {
		if ins := &in.Inspections[i]; ins.Class == Emergency && in.Now.Sub(ins.Tried) >= in.Rules.Retry {
			waiting = append(waiting, ins)
		}
	}
	slices.SortFunc(waiting, func(a, b *Inspection) int {
		return cmp.Or(-cmp.Compare(in.pressure(a), in.pressure(b)), cmp.Compare(a.ID, b.ID))
	})
	var out []Duty
	given, served := map[string]bool{}, map[string]bool{}
	for _, ins := range waiting {
		if served[ins.ID] {
			continue
		}
		first := in.first(ins, given)
		if first == nil {
			continue
		}
		given[first.ID] = true
		if first.Break == nil {
			continue
		}
		d := in.instead(*first, ins)
		for _, l := range d.Looks {
			for _, id := range l.Inspections {
				served[id] = true
			}
		}
		out = append(out, d)
	}
	return out
}

// first is the robot that would be there first for an inspection, of those that have nothing else given to them; nil when
// none can be.
func (in *Input) first(ins *Inspection, given map[string]bool) *Robot {
	v, ok := in.Hall.index[ins.Viewpoint]
	if !ok {
		return nil
	}
	var best *Robot
	var soonest time.Duration
	node := in.Hall.Viewpoints[v].Node
	for _, r := range in.near(ins, v, given) {
		_, eta, reach := r.start(ins.Class)
		if best != nil && r.least > soonest {
			break
		}
		m, ok := reach(node)
		if !ok || !in.affords(*r.Robot, node, m, 1) {
			continue
		}
		if eta += r.drives(in.Rules).drive(m); best == nil || eta < soonest || eta == soonest && r.ID < best.ID {
			best, soonest = r.Robot, eta
		}
	}
	return best
}

// A candidate is a robot that might serve an inspection, and the least time in which it could be there.
type candidate struct {
	*Robot
	least time.Duration
}

// near are the robots that might serve an inspection of a viewpoint, those first that could be there first: to know how far
// it really is for each is dear.
func (in *Input) near(ins *Inspection, view int, given map[string]bool) []candidate {
	var out []candidate
	for i := range in.Robots {
		r := &in.Robots[i]
		if given[r.ID] || !r.Able || r.Charging && r.Charge < in.Rules.enough() || !in.serves(*r, ins, view) {
			continue
		}
		if from, eta, reach := r.start(ins.Class); reach != nil {
			out = append(out, candidate{r, eta + r.drives(in.Rules).drive(in.Hall.far(from, in.Hall.Viewpoints[view].Node))})
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(a.least, b.least) })
	return out
}

// instead is the visit that serves an emergency in place of what a robot breaks off.
func (in *Input) instead(r Robot, ins *Inspection) Duty {
	r.Node, r.Reach, r.FreeIn = r.Break.Node, r.Break.Reach, 0
	node := in.Hall.Viewpoints[in.Hall.index[ins.Viewpoint]].Node
	return Duty{
		Robot: r.ID, Kind: Visit, Node: node, Looks: newChoice(in, r).looks(node, ins.Viewpoint),
		Why: ins.why(in.Now),
	}
}

// Urgent says whether a duty is for an emergency: nobody breaks it off.
func (d Duty) Urgent() bool {
	return slices.ContainsFunc(d.Looks, func(l Look) bool { return l.Class == Emergency })
}
