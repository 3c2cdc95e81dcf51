package cause

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A link is that a candidate would have made a seen sign, with a probability; dens is how much better than a mistake it
// explains the sign's value, 1 where values say nothing.
type link struct {
	sign    int // index into network.seen
	p, dens float64
}

// A candidate is a cause with what it explains. Base is the logarithm of its prior odds and of all that was found in order
// although it would have changed it: of that, noisy-OR lets each cause be weighed alone.
type candidate struct {
	cause Cause
	base  float64
	links []link
	onset time.Time
}

// A network is the two layers, with what was seen and the candidates for it.
type network struct {
	t      *Topology
	signs  []Sign
	spots  map[Spot][]int
	robots map[string][]int // signs by who said them
	seen   []int            // indices of signs that are out of order
	place  map[int]int      // sign: index in seen
	cands  []*candidate
	byID   map[Cause]int
	of     [][]int // seen sign: candidates
	leaks  []float64
}

func (t *Topology) network(signs []Sign) *network {
	n := &network{
		t: t, signs: signs, spots: map[Spot][]int{}, robots: map[string][]int{}, place: map[int]int{}, byID: map[Cause]int{},
	}
	for i, s := range signs {
		n.spots[s.Spot] = append(n.spots[s.Spot], i)
		if s.Thing != Machine && s.Thing != Plant {
			n.robots[s.By] = append(n.robots[s.By], i)
		}
		if s.Symptom != InOrder {
			n.place[i] = len(n.seen)
			n.seen = append(n.seen, i)
			n.leaks = append(n.leaks, leak(s))
		}
	}
	n.of = make([][]int, len(n.seen))
	for _, i := range n.seen {
		for _, c := range t.propose(signs[i]) {
			n.consider(c)
		}
	}
	return n
}

// consider adds a candidate, once.
func (n *network) consider(c Cause) {
	if _, known := n.byID[c]; known {
		return
	}
	cand := &candidate{cause: c}
	if c.Robot != "" {
		n.linkRobot(cand)
	} else {
		n.linkClaims(cand)
	}
	if len(cand.links) == 0 {
		n.byID[c] = -1
		return
	}
	p := c.prior()
	cand.base += math.Log(p / (1 - p))
	n.weighValues(cand)
	id := len(n.cands)
	n.byID[c], n.cands = id, append(n.cands, cand)
	for _, l := range cand.links {
		n.of[l.sign] = append(n.of[l.sign], id)
	}
}

// linkClaims goes through all that a cause would make. What was looked at before its first symptom was seen says nothing.
func (n *network) linkClaims(cand *candidate) {
	claims := n.t.claims(cand.cause)
	at := map[int]int{} // sign: its link
	for _, cl := range claims {
		for _, i := range n.spots[cl.spot] {
			s := n.signs[i]
			if s.Symptom == InOrder || s.Symptom != cl.symptom || cl.p <= 0 {
				continue
			}
			p := cl.p * seen(s)
			if k, ok := at[i]; ok {
				cand.links[k].p = 1 - (1-cand.links[k].p)*(1-p)
				continue
			}
			at[i] = len(cand.links)
			cand.links = append(cand.links, link{n.place[i], p, 1})
			cand.began(s.At)
		}
	}
	inOrder := map[int]float64{}
	for _, cl := range claims {
		for _, i := range n.spots[cl.spot] {
			if s := n.signs[i]; s.Symptom == InOrder && !s.At.Before(cand.onset) {
				inOrder[i] = 1 - (1-inOrder[i])*(1-cl.p*eyeOf(s, cl.symptom).sees)
			}
		}
	}
	for _, i := range sortedKeys(inOrder) {
		cand.base += math.Log(max(1-inOrder[i], 1e-6))
	}
}

func sortedKeys(m map[int]float64) []int {
	out := make([]int, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// linkRobot links what a robot, or one of its looks, saw.
func (n *network) linkRobot(cand *candidate) {
	c := cand.cause
	var mine []int
	for _, i := range n.robots[c.Robot] {
		s := n.signs[i]
		if c.Look != "" && s.Look != c.Look || c.Kind == Reflection && (s.Device != c.Device || s.Unit != c.Unit || n.t.rackOf(s.Spot) != c.Rack) {
			continue
		}
		mine = append(mine, i)
		if p := blame(c, s); s.Symptom != InOrder && p > 0 {
			cand.links = append(cand.links, link{n.place[i], p, 1})
			cand.began(s.At)
		}
	}
	for _, i := range mine {
		if s := n.signs[i]; s.Symptom == InOrder && !s.At.Before(cand.onset) {
			cand.base += math.Log(1 - spares(c, s))
		}
	}
}

func (c *candidate) began(at time.Time) {
	if c.onset.IsZero() || at.Before(c.onset) {
		c.onset = at
	}
}

// anyK is the width of what an inlet's rise may be by mistake, K.
const anyK = 15.0

// weighValues holds the rises of inlets against the one rise that the cause gives them all: its level integrated out
// (Laplace), each rack spread about it by spreadK.
func (n *network) weighValues(cand *candidate) {
	w, ok := warms[cand.cause.Kind]
	if !ok {
		return
	}
	var rises []float64
	for _, l := range cand.links {
		if s := n.signs[n.seen[l.sign]]; s.Thing == Inlet && s.Value > 0 {
			rises = append(rises, s.Value)
		}
	}
	if len(rises) == 0 {
		return
	}
	slices.Sort(rises)
	level := rises[len(rises)/2]
	cand.base += math.Log(normal(level, w.meanK, w.sdK)*math.Sqrt(2*math.Pi)*spreadK) - 0.5*math.Log(float64(len(rises)))
	for i, l := range cand.links {
		if s := n.signs[n.seen[l.sign]]; s.Thing == Inlet && s.Value > 0 {
			cand.links[i].dens = max(normal(s.Value, level, spreadK), 1e-6) * anyK
		}
	}
}

func normal(x, mean, sd float64) float64 {
	z := (x - mean) / sd
	return max(math.Exp(-z*z/2)/(sd*math.Sqrt(2*math.Pi)), 1e-12)
}

// A state is a set of causes, with how well each seen sign is explained by it.
type state struct {
	n      *network
	active [][]link // by seen sign: the links of the causes in the set
	in     map[int]bool
}

func (n *network) empty() *state {
	return &state{n: n, active: make([][]link, len(n.seen)), in: map[int]bool{}}
}

// ease is the logarithm of how much likelier a sign is with some causes than by mistake alone.
func (n *network) ease(sign int, links ...[]link) float64 {
	q, sum, weighed := 1.0, 0.0, 0.0
	for _, ls := range links {
		for _, l := range ls {
			q *= 1 - l.p
			sum += l.p
			weighed += l.p * l.dens
		}
	}
	if sum == 0 {
		return 0
	}
	leak := n.leaks[sign]
	return math.Log((leak + (1-leak)*(1-q)*weighed/sum) / leak)
}

// gain is by how much the log posterior rises when a candidate joins the set.
func (s *state) gain(c int) float64 {
	cand := s.n.cands[c]
	g := cand.base
	for i := range cand.links {
		l := &cand.links[i]
		g += s.n.ease(l.sign, s.active[l.sign], cand.links[i:i+1]) - s.n.ease(l.sign, s.active[l.sign])
	}
	return g
}

func (s *state) add(c int) {
	s.in[c] = true
	for _, l := range s.n.cands[c].links {
		s.active[l.sign] = append(s.active[l.sign], l)
	}
}

func (s *state) remove(c int) {
	delete(s.in, c)
	for _, l := range s.n.cands[c].links {
		i := slices.Index(s.active[l.sign], l)
		s.active[l.sign] = slices.Delete(s.active[l.sign], i, i+1)
	}
}

// chosen are the causes of the set, in a fixed order.
func (s *state) chosen() []int {
	out := make([]int, 0, len(s.in))
	for c := range s.in {
		out = append(out, c)
	}
	slices.SortFunc(out, cmp.Compare[int])
	return out
}
