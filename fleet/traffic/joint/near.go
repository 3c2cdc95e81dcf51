package joint

import "math"

// A Near is a node in conflict with another, since it lies nearer to it than two robots may stand: M is how far, in m.
type Near struct {
	Node int32
	M    float32
}

// WithNear returns the graph with the nodes that are in conflict with each node. near must be symmetric, and belongs to
// the graph afterwards; nil is a graph of nodes that have room for a robot each.
//
// While a robot has a node no other comes to one in conflict with it. Robots that are in conflict to begin with may stay,
// or move off: out of the conflict, or farther from each other.
func (g *Graph) WithNear(near [][]Near) *Graph {
	with := *g
	with.near = near
	return &with
}

// around lists the nodes in conflict with one, but for itself.
func (g *Graph) around(node int32) []Near {
	if g.near == nil {
		return nil
	}
	return g.near[node]
}

// Escapes reports whether a robot that goes from one node to the next moves off from another, with which it is in
// conflict at the first.
func (g *Graph) Escapes(from, to, other int32) bool {
	before := g.metres(from, other)
	return before < math.MaxFloat32 && g.metres(to, other) > before
}

// metres is how far apart two nodes in conflict are; math.MaxFloat32 when they are in none.
func (g *Graph) metres(a, b int32) float32 {
	if a == b {
		return 0
	}
	for _, n := range g.around(a) {
		if n.Node == b {
			return n.M
		}
	}
	return math.MaxFloat32
}

// Without returns the graph without the edges to and from some nodes, and without those that lead into conflict with them.
func (g *Graph) Without(blocked []bool) *Graph {
	out, cost := make([][]int32, len(g.out)), make([][]int32, len(g.out))
	for u, edges := range g.out {
		for k, v := range edges {
			if !blocked[u] && !blocked[v] && g.passes(int32(u), v, blocked) {
				out[u], cost[u] = append(out[u], v), append(cost[u], g.cost[u][k])
			}
		}
	}
	return NewGraph(out, cost).WithNear(g.near)
}

// passes reports whether an edge leads into no conflict with a blocked node.
func (g *Graph) passes(u, v int32, blocked []bool) bool {
	for _, n := range g.around(v) {
		if blocked[n.Node] && !g.Escapes(u, v, n.Node) {
			return false
		}
	}
	return true
}

// fits reports whether a robot may come to a node, or stay there, after what was decided for others.
func (s *stepper) fits(i, node int32) bool {
	return s.coming[node] == None && s.agrees(i, node) && !s.meets(i, node)
}

// agrees reports whether nobody is decided to come into conflict with a robot at a node. Of two robots in conflict both
// may stay, or one may while the other moves off.
func (s *stepper) agrees(i, node int32) bool {
	for _, n := range s.g.around(node) {
		j := s.coming[n.Node]
		if j == None || j == i {
			continue
		}
		stays, stands := s.now[i] == node, s.now[j] == n.Node
		switch {
		case stays && stands:
		case stands && s.g.Escapes(s.now[i], node, n.Node):
		case stays && s.g.Escapes(s.now[j], n.Node, node):
		default:
			return false
		}
	}
	return true
}

// apart reports whether all that was decided agrees. It does not when one was asked to clear a node, could not, and stays
// in conflict with a move that the search has laid down.
func (s *stepper) apart(order []int32) bool {
	for _, i := range order {
		if s.coming[s.next[i]] != i || !s.agrees(i, s.next[i]) {
			return false
		}
	}
	return true
}

// clear has those move first that are undecided and in conflict with a node to which a robot has decided to go.
func (s *stepper) clear(i, node int32) bool {
	if j := s.standing[node]; j != None && j != i && s.next[j] == None && !s.move(j) {
		return false
	}
	if s.g.near == nil || node == s.now[i] {
		return true
	}
	for _, n := range s.g.near[node] {
		j := s.standing[n.Node]
		if j == None || j == i || s.next[j] != None || s.g.Escapes(s.now[i], node, n.Node) {
			continue
		}
		if !s.move(j) {
			return false
		}
	}
	return s.coming[node] == i && s.agrees(i, node)
}

// waits reports whether a robot that goes to a node would have to wait for itself: for a robot that leaves a node in
// conflict with it, which waits for another, and so on.
func (s *stepper) waits(i, node int32) bool {
	if node == s.now[i] {
		return false
	}
	s.round++
	s.asked[i] = s.round
	return s.waitsFor(i, i, node)
}

// waitsFor is waits for robot k, which goes to a node.
func (s *stepper) waitsFor(i, k, node int32) bool {
	if s.waitsForWho(i, k, s.standing[node]) {
		return true
	}
	for _, n := range s.g.near[node] {
		if s.waitsForWho(i, k, s.standing[n.Node]) {
			return true
		}
	}
	return false
}

func (s *stepper) waitsForWho(i, k, j int32) bool {
	switch {
	case j == None || j == k:
		return false
	case j == i:
		return true
	case s.asked[j] == s.round || s.next[j] == None || s.next[j] == s.now[j]:
		return false
	}
	s.asked[j] = s.round
	return s.waitsFor(i, j, s.next[j])
}

// before returns the robot that stands at a node or, when nobody does, in conflict with it but not with another node.
func (s *stepper) before(i, node, not int32) int32 {
	if j := s.standing[node]; j != None {
		return j
	}
	for _, n := range s.g.around(node) {
		if j := s.standing[n.Node]; j != None && j != i && (not == None || s.g.metres(n.Node, not) == math.MaxFloat32) {
			return j
		}
	}
	return None
}

// pull has a robot come where another has left room for it: to the node that it leaves or, when that is farther than one
// edge, to the one before.
func (s *stepper) pull(partner, at, best int32) {
	to := at
	if s.g.near != nil && !s.g.Leads(s.now[partner], at) {
		to = best
	}
	if s.next[partner] == None && s.g.Leads(s.now[partner], to) && s.fits(partner, to) && s.stands(partner, to) {
		s.next[partner], s.coming[to] = to, partner
	}
}

// stands reports whether all that stand in conflict with a node have decided where to go.
func (s *stepper) stands(i, node int32) bool {
	for _, n := range s.g.around(node) {
		if j := s.standing[n.Node]; j != None && j != i && s.next[j] == None {
			return false
		}
	}
	return true
}
