package traffic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	floor "github.com/nightrounds/nightrounds/maps"
)

// Send gives robots ways to their goals, from where their ways end, and returns the new way of each robot whose way
// changed, from the node that it last reported on. One robot's way goes between those of the others where there is room;
// where there is none, and for several robots, all are planned together, and others that are not Still may be moved
// aside, to where a robot may stay. It fails with ErrNoWay or ErrNotPlaced, and changes nothing, when that cannot be.
func (t *Table) Send(g *floor.Graph, goals map[string]string, now time.Time) (map[string][]string, error) {
	w := t.on(g)
	for robot, goal := range goals {
		h, ok := t.Held[robot]
		if !ok {
			return nil, fmt.Errorf("send robot %s to %s: %w", robot, goal, ErrNotPlaced)
		}
		if _, ok := w.num[goal]; !ok {
			return nil, fmt.Errorf("send robot %s: no node %q in the route graph: %w", robot, goal, ErrNoWay)
		}
		if h.Still && h.end() != goal {
			return nil, fmt.Errorf("send robot %s to %s: it takes no orders: %w", robot, goal, ErrNoWay)
		}
	}
	p := t.program(w, now)
	if len(goals) != 1 || !p.insert(goals) {
		if err := p.joint(goals); err != nil {
			return nil, fmt.Errorf("send %s: %w", told(goals), err)
		}
	}
	for robot, goal := range goals {
		h := t.Held[robot]
		h.Goal = goal
		t.Held[robot] = h
	}
	return p.write(), nil
}

// Resume plans ways anew for robots that are to go on and whose ways were cut short. It returns the new ways as Send
// does, and the robots that cannot go on to their goals now: those goals are forgotten, and the robots' orders are to be
// cancelled.
func (t *Table) Resume(g *floor.Graph, now time.Time) (ways map[string][]string, stuck []string) {
	ways = map[string][]string{}
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		h := t.Held[robot]
		if h.Still || h.Goal == "" || h.Goal == h.end() {
			continue
		}
		changed, err := t.Send(g, map[string]string{robot: h.Goal}, now)
		if err != nil {
			h = t.Held[robot]
			h.Goal = h.end()
			t.Held[robot] = h
			stuck = append(stuck, robot)
			continue
		}
		maps.Copy(ways, changed)
	}
	return ways, stuck
}

func told(goals map[string]string) string {
	s := ""
	for i, robot := range slices.Sorted(maps.Keys(goals)) {
		if i == 3 {
			return fmt.Sprintf("%s and %d more", s, len(goals)-3)
		}
		if i > 0 {
			s += ", "
		}
		s += "robot " + robot + " to " + goals[robot]
	}
	return s
}

// A program is a table in integers, with the times at which all ways are expected to be travelled.
type program struct {
	t      *Table
	w      *ground
	graph  *joint.Graph
	robots []string
	ways   []joint.Way
	beside [][]int32
	sent   map[int]bool // whose way has changed
}

func (t *Table) program(w *ground, now time.Time) *program {
	p := &program{t: t, w: w, graph: t.open(w, now), robots: slices.Sorted(maps.Keys(t.Held)), sent: map[int]bool{}}
	for _, robot := range p.robots {
		h := t.Held[robot]
		way := make(joint.Way, len(h.Nodes))
		for k, n := range h.Nodes {
			way[k] = joint.Visit{Node: w.num[n], At: h.Turns[k]}
		}
		way[0].At = 0
		var beside []int32
		for _, n := range h.Beside {
			beside = append(beside, w.num[n])
		}
		p.ways, p.beside = append(p.ways, way), append(p.beside, beside)
	}
	p.ways = joint.Retime(w.graph, p.ways, p.beside)
	return p
}

// insert finds a way for one robot between those of the others.
func (p *program) insert(goals map[string]string) bool {
	table := joint.NewTimetable(p.graph)
	me, goal := -1, int32(0)
	for i, robot := range p.robots {
		if to, ok := goals[robot]; ok {
			me, goal = i, p.w.num[to]
			continue
		}
		way, h := p.ways[i], p.t.Held[robot]
		if h.Still {
			for _, n := range h.stays() {
				table.Beside(int32(i), p.w.num[n], way[:1])
			}
			continue
		}
		table.Add(int32(i), way, h.Base+1)
		for _, n := range p.beside[i] {
			table.Beside(int32(i), n, way)
		}
	}
	if p.ways[me].End().Node == goal {
		return true
	}
	on, ok := table.Insert(p.ways[me].End(), goal)
	if ok {
		p.ways[me] = append(p.ways[me], on[1:]...)
		p.sent[me] = true
	}
	return ok
}

// joint plans from where all ways end, and appends. Free robots are first asked to end where they may stay; when that
// cannot be, anywhere. A robot that was stopped on an edge starts from the node that it came from, or else goes on to the
// next.
func (p *program) joint(goals map[string]string) error {
	err := p.jointFrom(goals)
	if err != nil && p.goOn() {
		err = p.jointFrom(goals)
	}
	if errors.Is(err, joint.ErrUnsolvable) || errors.Is(err, joint.ErrGaveUp) {
		return fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	return err
}

func (p *program) jointFrom(goals map[string]string) error {
	problem, who := p.problem(goals)
	budget := problem.Budget
	if problem.Stay != nil {
		problem.Budget = max(1, budget/4)
	}
	ways, err := joint.Plan(problem)
	if err != nil && problem.Stay != nil {
		problem.Stay, problem.Budget = nil, budget
		ways, err = joint.Plan(problem)
	}
	if err != nil {
		return err
	}
	ways = joint.Improve(problem, ways, 2)
	last := int64(0)
	for _, w := range p.ways {
		last = max(last, w.End().At)
	}
	for k, w := range ways {
		i := who[k]
		for _, v := range w[1:] {
			p.ways[i] = append(p.ways[i], joint.Visit{Node: v.Node, At: last + v.At})
			p.sent[i] = true
		}
	}
	p.ways = joint.Retime(p.w.graph, p.ways, p.beside)
	return nil
}

// goOn lengthens the ways of robots that were stopped on an edge by the node to which it leads: they have that already.
// It is false when there are none.
func (p *program) goOn() bool {
	any := false
	for i, robot := range p.robots {
		if len(p.ways[i]) > 1 || len(p.beside[i]) == 0 || p.t.Held[robot].Still {
			continue
		}
		on := p.beside[i][len(p.beside[i])-1]
		if !p.graph.Leads(p.ways[i][0].Node, on) {
			continue
		}
		p.ways[i] = append(p.ways[i], joint.Visit{Node: on, At: 1})
		p.sent[i], any = true, true
	}
	p.ways = joint.Retime(p.w.graph, p.ways, p.beside)
	return any
}

// write takes the new ways and turns into the table.
func (p *program) write() map[string][]string {
	out := map[string][]string{}
	nodes := p.w.of.Nodes()
	for i, robot := range p.robots {
		h, way := p.t.Held[robot], p.ways[i]
		h.Turns = make([]int64, len(way))
		for k, v := range way {
			h.Turns[k] = v.At
		}
		if p.sent[i] {
			h.Nodes = slices.Clone(h.Nodes)
			for _, v := range way[len(h.Nodes):] {
				h.Nodes = append(h.Nodes, nodes[v.Node].ID)
			}
			h.Goal = h.end()
			out[robot] = slices.Clone(h.Nodes)
		}
		p.t.Held[robot] = h
	}
	p.t.lines = nil
	return out
}
