package traffic

import (
	"cmp"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
)

// problem is what the joint planner is asked: from where all ways end, the robots of goals to their goals; the others
// give way, unless they are Still. who tells the robot of each of its robots.
func (p *program) problem(goals map[string]string) (problem joint.Problem, who []int) {
	blocked := make([]bool, p.graph.Size())
	ends := make([]bool, p.graph.Size())
	for i, robot := range p.robots {
		end := p.ways[i].End().Node
		if h := p.t.Held[robot]; h.Still {
			for _, n := range h.stays() {
				blocked[p.w.num[n]] = true
			}
			continue
		}
		who = append(who, i)
		ends[end] = true
	}
	for i, robot := range p.robots {
		if len(p.ways[i]) == 1 && !p.t.Held[robot].Still {
			for _, n := range p.beside[i] {
				blocked[n] = true
			}
		}
	}
	problem.Graph, problem.Seed = p.passable(blocked), 1
	problem.Budget = max(leastBudget, cmp.Or(p.t.Effort, defaultEffort)/max(1, len(who)))
	taken := make([]bool, p.graph.Size())
	for _, i := range who {
		r := joint.Robot{Start: p.ways[i].End().Node, Goal: p.ways[i].End().Node, Free: true}
		if goal, ok := goals[p.robots[i]]; ok {
			r.Goal, r.Free = p.w.num[goal], false
			taken[r.Goal] = true
		}
		problem.Robots = append(problem.Robots, r)
	}
	if len(goals) < len(who) {
		p.retreats(&problem, ends, taken)
		problem.Stay = func(n int32) bool { return p.t.mayStay(p.w, n) && (!p.w.dock[n] || ends[n]) }
	}
	if len(goals) > 1 && problem.Configurations() < provable {
		problem.Budget = 0
	}
	return problem, who
}

// defaultEffort is less than a tenth of a second.
const defaultEffort = 40_000

// leastBudget is how many configurations are tried at least: in a large hall the shortest plan takes hundreds.
const leastBudget = 2500

// provable is how many configurations can all be tried, so that a problem is solved or proven to have no solution.
const provable = 10_000

// passable is the graph without the nodes where robots stay for good.
func (p *program) passable(blocked []bool) *joint.Graph {
	if !slices.Contains(blocked, true) {
		return p.graph
	}
	return p.graph.Without(blocked)
}

// retreats says where robots would best be that stand in the way: at the nearest place where a robot may stay, off
// everybody's way.
func (p *program) retreats(problem *joint.Problem, ends, taken []bool) {
	inTheWay := slices.Clone(taken)
	mark := func(n int32) {
		inTheWay[n] = true
		if p.w.near != nil {
			for _, m := range p.w.near[n] {
				inTheWay[m.Node] = true
			}
		}
	}
	for _, r := range problem.Robots {
		if !r.Free {
			mark(r.Goal)
			for _, n := range problem.Graph.Shortest(r.Start, r.Goal) {
				mark(n)
			}
		}
	}
	for i := range problem.Robots {
		r := &problem.Robots[i]
		if !r.Free || !inTheWay[r.Start] {
			continue
		}
		to, ok := problem.Graph.Nearest(r.Start, func(n int32) bool {
			return p.t.mayStay(p.w, n) && !inTheWay[n] && !p.w.dock[n] && !ends[n]
		})
		if ok {
			r.Goal = to
			mark(to)
		}
	}
}
