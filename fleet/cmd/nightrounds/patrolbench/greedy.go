package patrolbench

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// greedy is the rule to compare with: whoever is idle goes to the viewpoint with the largest ratio of idleness to
// interval less the way there, looks at what is due at that node, and goes to a dock when its battery wants it. There
// is no plan. It is what this controller did before it planned, and what fleet managers do.
func greedy(in patrol.Input, robot string) (patrol.Duty, bool) {
	i := slices.IndexFunc(in.Robots, func(r patrol.Robot) bool { return r.ID == robot })
	if i < 0 || !in.Robots[i].Able || in.Robots[i].FreeIn > 0 {
		return patrol.Duty{}, false
	}
	g := greed{in: &in, me: in.Robots[i]}
	enough := (in.Rules.Reserve + in.Rules.Full) / 2
	if g.me.Charging && g.me.Charge < enough {
		return patrol.Duty{}, false
	}
	node, ok := g.inspection()
	if !ok {
		node, ok = g.best()
	}
	if ok && g.affords(node) {
		return patrol.Duty{Robot: robot, Kind: patrol.Visit, Node: node, Looks: g.looks(node), Why: "the largest claim"}, true
	}
	if g.me.Charging {
		return patrol.Duty{}, false
	}
	return g.charge()
}

// The numbers of greed: seconds of idleness that a second of travel must be worth, the claims from which a robot
// leaves its dock and goes on, and by how much both are larger for an empty one.
const (
	detour    = 5
	dueFrom   = 0.65
	alongFrom = 0.5
	thrift    = 0.3
)

type greed struct {
	in *patrol.Input
	me patrol.Robot
}

// inspection is the node of the most pressing inspection of which this robot is the nearest able one.
func (g *greed) inspection() (node string, ok bool) {
	for _, ins := range g.in.Inspections {
		i, found := g.in.Hall.Index(ins.Viewpoint)
		if !found {
			continue
		}
		at := g.in.Hall.Viewpoints[i].Node
		m, reached := g.me.Reach(at)
		if !reached {
			continue
		}
		nearer := slices.ContainsFunc(g.in.Robots, func(r patrol.Robot) bool {
			if r.ID == g.me.ID || !r.Able || r.Charging {
				return false
			}
			other, ok := r.Reach(at)
			return ok && r.FreeIn.Seconds()*r.Model.SpeedMPS+other < m
		})
		if !nearer {
			return at, true
		}
	}
	return "", false
}

// best is the node with the largest claim, if that is worth a journey. Claims are bounded by the way as the crow flies,
// so that few ways are searched for.
func (g *greed) best() (node string, ok bool) {
	type claim struct {
		view int
		most float64
	}
	var all []claim
	for i := range g.in.Viewpoints {
		v := &g.in.Viewpoints[i]
		if g.in.Taken[v.ID] || g.in.Now.Sub(v.Tried) < g.in.Rules.Retry {
			continue
		}
		all = append(all, claim{i, patrol.Ratio(*v, g.in.Since, g.in.Now) - g.price(g.crow(v.Node), v.RevisitInterval)})
	}
	slices.SortFunc(all, func(a, b claim) int { return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.view, b.view)) })
	best := g.worth()
	for _, c := range all {
		if c.most < best {
			break
		}
		v := &g.in.Viewpoints[c.view]
		if m, reached := g.me.Reach(v.Node); reached {
			if s := patrol.Ratio(*v, g.in.Since, g.in.Now) - g.price(m, v.RevisitInterval); s >= best {
				node, best, ok = v.Node, s+1e-9, true
			}
		}
	}
	return node, ok
}

func (g *greed) price(metres float64, interval time.Duration) float64 {
	return detour * metres / g.me.Model.SpeedMPS / interval.Seconds()
}

func (g *greed) crow(node string) float64 {
	a, _ := g.in.Hall.Graph.Node(g.me.Node)
	b, _ := g.in.Hall.Graph.Node(node)
	return math.Hypot(a.X-b.X, a.Y-b.Y)
}

// worth is the claim from which a visit is worth a journey to this robot.
func (g *greed) worth() float64 {
	w := alongFrom
	if g.docked() {
		w = dueFrom
	}
	drained := (g.in.Rules.Full - g.me.Charge) / (g.in.Rules.Full - g.in.Rules.Reserve)
	return w + thrift*min(1, max(0, drained))
}

func (g *greed) docked() bool {
	return slices.ContainsFunc(g.in.Docks, func(d patrol.Dock) bool { return d.Node == g.me.Node })
}

// looks are those that are due at a node, and what inspections want there.
func (g *greed) looks(node string) []patrol.Look {
	var out []patrol.Look
	for i := range g.in.Viewpoints {
		v := &g.in.Viewpoints[i]
		if v.Node != node || g.in.Taken[v.ID] {
			continue
		}
		look := patrol.Look{Viewpoint: v.ID, Class: patrol.Patrol}
		for _, ins := range g.in.Inspections {
			if ins.Viewpoint == v.ID {
				look.Class, look.Inspections = ins.Class, append(look.Inspections, ins.ID)
			}
		}
		if len(look.Inspections) > 0 || patrol.Ratio(*v, g.in.Since, g.in.Now) >= alongFrom {
			out = append(out, look)
		}
	}
	return out[:min(len(out), g.in.Rules.MaxLooks)]
}

func (g *greed) affords(node string) bool {
	m, ok := g.me.Reach(node)
	model := g.me.Model
	drive := (m + g.in.Hall.Home[node]) / model.SpeedMPS * model.DrivePerSec
	return ok && g.me.Charge-drive-2*model.Look.Seconds()*model.LookPerSec >= g.in.Rules.Reserve
}

// charge sends the robot to the nearest free dock.
func (g *greed) charge() (patrol.Duty, bool) {
	if g.docked() {
		return patrol.Duty{Robot: g.me.ID, Kind: patrol.Charge, Node: g.me.Node, Why: "to charge"}, true
	}
	best, least := "", math.Inf(1)
	for _, d := range g.in.Docks {
		if d.Holder != "" || g.crow(d.Node) >= least {
			continue
		}
		if m, ok := g.me.Reach(d.Node); ok && m < least {
			best, least = d.Node, m
		}
	}
	return patrol.Duty{Robot: g.me.ID, Kind: patrol.Charge, Node: best, Why: "to charge"}, best != ""
}
