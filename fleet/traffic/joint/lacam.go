package joint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// A spot is a configuration that the search has met, with what it has still to try from there.
type spot struct {
	at     []int32
	same   []int32 // at, with free robots, one of which is as good as another, in order of their nodes
	parent *spot
	order  []int32 // robots, highest priority first
	since  []int32 // steps since each was last at its goal
	tree   []laid  // constraints to try next, breadth first
	head   int
}

// laid is one more constraint on top of others: a robot's next node. up is the index of the one beneath, in tree.
type laid struct {
	fix
	up    int32
	depth int32
}

// A search is one run of LaCAM: depth first over configurations; each configuration lazily enumerates all constraints on
// the step after it, so that every next configuration is tried in the end.
type search struct {
	p      *Problem
	fields []*field
	length []int32 // of each robot's way, if nobody else were there
	step   *stepper
	seen   map[uint64][]*spot
	fixed  []fix
}

// Plan returns ways on which every robot comes where it should be, as visits that can be made in order of their time. It
// fails with ErrUnsolvable or ErrGaveUp.
//
// It begins anew with another chance after 250 configurations, or two for each step of the longest way, then twice as many and
// so on, for a search that went wrong early rarely comes right; in every second run free robots go wherever they are pushed
// instead of holding on to their place. Where one robot alone is sent, the others may end anywhere and no nodes are in
// conflict, it never gives up.
func Plan(p Problem) ([]Way, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	fields := make([]*field, len(p.Robots))
	for i, r := range p.Robots {
		fields[i] = newField(p.Graph, r.Goal)
		if fields[i].to(r.Start) >= unreachable && !r.Free {
			return nil, fmt.Errorf("robot %d: no way from its node to its goal: %w", i, ErrUnsolvable)
		}
	}
	var way *stand
	if one := p.one(); one >= 0 {
		var decided bool
		if way, decided = among(&p, fields[one]); decided && way == nil {
			return nil, fmt.Errorf("%d robots: too few nodes are free for the others to make way: %w", len(p.Robots), ErrUnsolvable)
		}
	}
	budget := 250
	for i, r := range p.Robots {
		if !r.Free {
			budget = max(budget, 2*int(fields[i].to(r.Start)/p.Graph.least))
		}
	}
	for run := 0; ; run++ {
		q := p
		q.Seed += uint64(run)
		if q.Budget = budget << run; p.Budget > 0 {
			q.Budget = min(q.Budget, p.Budget)
		}
		s := q.search(fields, run%2 == 1)
		last, err := s.run()
		if err == nil {
			return s.ways(last), nil
		}
		if !errors.Is(err, ErrGaveUp) || q.Budget == p.Budget {
			if way != nil && p.Stay == nil {
				return p.shift(way), nil
			}
			return nil, err
		}
	}
}

// one is the robot that is sent, where it is the only one, every edge leads both ways and no nodes are in conflict; -1
// otherwise.
func (p *Problem) one() int {
	if p.Graph.near != nil {
		return -1
	}
	one := -1
	for i, r := range p.Robots {
		if r.Free {
			continue
		}
		if one >= 0 {
			return -1
		}
		one = i
	}
	if one >= 0 && !p.Graph.twoWay() {
		return -1
	}
	return one
}

// search begins a run.
func (p *Problem) search(fields []*field, pushed bool) *search {
	s := &search{p: p, fields: fields, seen: map[uint64][]*spot{}}
	if pushed {
		s.fields = slices.Clone(fields)
		for i, r := range p.Robots {
			if r.Free {
				s.fields[i] = flat
			}
		}
	}
	for i, r := range p.Robots {
		s.length = append(s.length, fields[i].to(r.Start))
	}
	s.step = newStepper(p, s.fields)
	return s
}

// check refuses a problem that is none: two robots with one start, or one goal.
func (p *Problem) check() error {
	start, goal := map[int32]int{}, map[int32]int{}
	for i, r := range p.Robots {
		if j, twice := start[r.Start]; twice {
			return fmt.Errorf("robots %d and %d both stand at node %d: %w", j, i, r.Start, ErrUnsolvable)
		}
		start[r.Start] = i
		if r.Free {
			continue
		}
		if j, twice := goal[r.Goal]; twice {
			return fmt.Errorf("robots %d and %d both go to node %d: %w", j, i, r.Goal, ErrUnsolvable)
		}
		goal[r.Goal] = i
	}
	return nil
}

// run searches until the goals are met.
func (s *search) run() (*spot, error) {
	starts := make([]int32, len(s.p.Robots))
	for i, r := range s.p.Robots {
		starts[i] = r.Start
	}
	open := []*spot{s.meet(starts, nil)}
	for tried := 0; len(open) > 0; tried++ {
		at := open[len(open)-1]
		if s.done(at.at) {
			return at, nil
		}
		if at.head == len(at.tree) {
			open = open[:len(open)-1]
			continue
		}
		if s.p.Budget > 0 && tried >= s.p.Budget {
			return nil, fmt.Errorf("%d robots, %d configurations: %w", len(starts), tried, ErrGaveUp)
		}
		next, ok := s.step.step(at.at, at.order, s.constraints(at))
		if !ok {
			continue
		}
		if old := s.find(next); old != nil {
			open = append(open, old)
			continue
		}
		open = append(open, s.meet(next, at))
	}
	return nil, fmt.Errorf("%d robots: every configuration tried: %w", len(starts), ErrUnsolvable)
}

// constraints takes the next set of constraints off a spot's tree, and puts those that go one robot deeper behind.
func (s *search) constraints(at *spot) []fix {
	here := int32(at.head)
	l := at.tree[here]
	at.head++
	if int(l.depth) < len(at.order) {
		i := at.order[l.depth]
		v := at.at[i]
		at.tree = append(at.tree, laid{fix{i, v}, here, l.depth + 1})
		for _, u := range s.p.Graph.out[v] {
			at.tree = append(at.tree, laid{fix{i, u}, here, l.depth + 1})
		}
		fresh := at.tree[len(at.tree)-1-len(s.p.Graph.out[v]):]
		s.step.rng.Shuffle(len(fresh), func(a, b int) { fresh[a], fresh[b] = fresh[b], fresh[a] })
	}
	s.fixed = s.fixed[:0]
	for l.depth > 0 {
		s.fixed = append(s.fixed, l.fix)
		l = at.tree[l.up]
	}
	return s.fixed
}

// meet notes a new configuration.
func (s *search) meet(at []int32, parent *spot) *spot {
	n := &spot{at: at, parent: parent, order: make([]int32, len(at)), since: make([]int32, len(at)), tree: []laid{{fix{None, None}, 0, 0}}}
	for i := range at {
		n.order[i] = int32(i)
		if parent != nil && !s.p.Robots[i].Free && at[i] != s.p.Robots[i].Goal {
			n.since[i] = parent.since[i] + 1
		}
	}
	slices.SortStableFunc(n.order, func(a, b int32) int {
		return cmp.Or(
			boolCmp(s.p.Robots[a].Free, s.p.Robots[b].Free), cmp.Compare(n.since[b], n.since[a]),
			cmp.Compare(s.length[b], s.length[a]))
	})
	n.same = s.alike(at)
	h := hash(n.same)
	s.seen[h] = append(s.seen[h], n)
	return n
}

func (s *search) find(at []int32) *spot {
	same := s.alike(at)
	for _, n := range s.seen[hash(same)] {
		if slices.Equal(n.same, same) {
			return n
		}
	}
	return nil
}

// alike is what all configurations have in common that differ only in which free robot is where.
func (s *search) alike(at []int32) []int32 {
	var sent, free []int32
	for i, v := range at {
		if s.p.Robots[i].Free {
			free = append(free, v)
		} else {
			sent = append(sent, v)
		}
	}
	if len(free) == 0 {
		return at
	}
	slices.Sort(free)
	return append(sent, free...)
}

func (s *search) done(at []int32) bool {
	for i, r := range s.p.Robots {
		if r.Free {
			if s.p.Stay != nil && !s.p.Stay(at[i]) {
				return false
			}
		} else if at[i] != r.Goal {
			return false
		}
	}
	return true
}

// hash is FNV-1a over the nodes.
func hash(at []int32) uint64 {
	h := uint64(14695981039346656037)
	for _, v := range at {
		h = (h ^ uint64(uint32(v))) * 1099511628211
	}
	return h
}

func boolCmp(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
