package joint

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// A stepper makes the next configuration from one: PIBT. The robot of the highest priority goes where it likes best;
// whoever stands there inherits its priority and must go elsewhere first, or the robot tries its next best.
type stepper struct {
	g      *Graph
	robots []Robot
	fields []*field
	rng    *rand.Rand

	now      []int32 // where each robot stands
	next     []int32 // where it goes; None: undecided
	standing []int32 // robot by node, now
	coming   []int32 // robot by node, next
	choices  [][]choice
	asked    []uint32 // by robot: the round of waits in which it was last asked
	round    uint32
}

// A choice is a node where a robot may go next.
type choice struct {
	node int32
	dist int32
	toss uint32 // decides between nodes of one distance
}

func newStepper(p *Problem, fields []*field) *stepper {
	n := p.Graph.Size()
	s := &stepper{
		g: p.Graph, robots: p.Robots, fields: fields, rng: rand.New(rand.NewPCG(p.Seed, 0x6a6f696e74)),
		next: make([]int32, len(p.Robots)), standing: make([]int32, n), coming: make([]int32, n), choices: make([][]choice, len(p.Robots)),
		asked: make([]uint32, len(p.Robots)),
	}
	for i := range n {
		s.standing[i], s.coming[i] = None, None
	}
	return s
}

// step makes the configuration after now in which the robots of fixed go where it says, and the others where PIBT
// sends them, in their order of priority. ok is false when there is none by this rule.
func (s *stepper) step(now, order []int32, fixed []fix) (next []int32, ok bool) {
	s.now = now
	for i, v := range now {
		s.next[i], s.standing[v] = None, int32(i)
	}
	ok = s.decide(order, fixed)
	if ok {
		next = slices.Clone(s.next)
	}
	for i, v := range now {
		s.standing[v] = None
		if s.next[i] != None {
			s.coming[s.next[i]] = None
		}
		s.coming[v] = None
	}
	return next, ok
}

// A fix is a robot's move that the search has laid down.
type fix struct{ robot, node int32 }

func (s *stepper) decide(order []int32, fixed []fix) bool {
	for _, f := range fixed {
		if !s.fits(f.robot, f.node) {
			return false
		}
		s.next[f.robot], s.coming[f.node] = f.node, f.robot
	}
	for _, i := range order {
		if s.next[i] == None && !s.move(i) {
			return false
		}
	}
	return s.g.near == nil || s.apart(order)
}

// meets reports whether a robot that goes to a node would exchange places with who stands there, or close a circle of
// robots that each go into the next one's node.
func (s *stepper) meets(i, node int32) bool {
	if s.g.near != nil {
		return s.waits(i, node)
	}
	for at := node; ; {
		j := s.standing[at]
		if j == None || j == i || s.next[j] == None || s.next[j] == at {
			return j == i && at != node
		}
		if at = s.next[j]; at == s.now[i] {
			return true
		}
	}
}

// move decides where a robot goes, and first whoever stands there. It is false when the robot must stay, though another
// would have its place.
func (s *stepper) move(i int32) bool {
	at := s.now[i]
	list := s.ranked(i)
	best := list[0].node
	partner := s.swapPartner(i, best)
	if partner != None {
		slices.Reverse(list)
	}
	for k, c := range list {
		if !s.fits(i, c.node) {
			continue
		}
		s.next[i], s.coming[c.node] = c.node, i
		if !s.clear(i, c.node) {
			if s.coming[c.node] == i {
				s.coming[c.node] = None
			}
			continue
		}
		if k == 0 && partner != None {
			s.pull(partner, at, best)
		}
		return true
	}
	s.next[i], s.coming[at] = at, i
	return false
}

// ranked are the nodes where a robot may be next, best first.
func (s *stepper) ranked(i int32) []choice {
	at, f := s.now[i], s.fields[i]
	list := s.choices[i][:0]
	for _, v := range s.g.out[at] {
		list = append(list, choice{v, f.to(v), s.rng.Uint32()})
	}
	list = append(list, choice{at, f.to(at), s.rng.Uint32()})
	slices.SortFunc(list, func(a, b choice) int {
		return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.toss, b.toss))
	})
	s.choices[i] = list
	return list
}
