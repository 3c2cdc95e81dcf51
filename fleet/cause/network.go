package cause

import (
	"cmp"
	"maps"
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
	cause  Cause
	base   float64
	links  []link
	onset  time.Time
	claims []claim
}

// A network is the two layers, with what was seen and the candidates for it.
type network struct {
	t      *Topology
	m      *Memory
	seen   []Sign // that are out of order
	place  map[voice]int
	robots map[string][]int // seen signs by who said them
	cands  []*candidate
	byID   map[Cause]int
	of     [][]int // seen sign: candidates
	leaks  []float64
}

// voice is who said something of what.
type voice struct {
	spot Spot
	by   string
}

func (t *Topology) network(m *Memory) *network {
	n := &network{t: t, m: m, seen: m.outOfOrder(), place: map[voice]int{}, robots: map[string][]int{}, byID: map[Cause]int{}}
	for i, s := range n.seen {
		n.place[voice{s.Spot, s.By}] = i
		n.robots[s.By] = append(n.robots[s.By], i)
		n.leaks = append(n.leaks, leak(s))
	}
	n.of = make([][]int, len(n.seen))
	for _, s := range n.seen {
		for _, c := range t.propose(s) {
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

// linkClaims links what a cause would have made since it began, and weighs what was found in order since then. A swing is taken
// on only where that is better than leaving its signs to other causes.
func (n *network) linkClaims(cand *candidate) {
	cand.claims = n.t.claims(cand.cause)
	all := n.course(cand.cause, cand.claims)
	if len(all.hits) == 0 {
		return
	}
	cand.onset = n.since(cand.cause, &all)
	var sum tale
	for _, h := range all.hits {
		sum.hit(h, n.leaks[h.sign])
	}
	for _, m := range all.misses {
		cand.base += m.takes
		sum.miss(m)
	}
	taken := map[*swing]*swung{}
	for _, x := range sum.swings {
		switch {
		case x.found == 0:
		case x.gain() > 0:
			taken[x.swing] = x
			cand.base += x.weight()
		default:
			cand.base += math.Log(1 - x.on)
		}
	}
	at := map[int]int{} // seen sign: its link
	for _, h := range all.hits {
		x, p := taken[h.in.swing], h.p
		switch {
		case h.in.swing == nil:
		case x == nil:
			continue
		case !h.more:
			p *= x.share(h.in.rack)
		}
		if k, known := at[h.sign]; known {
			cand.links[k].p = 1 - (1-cand.links[k].p)*(1-p)
			continue
		}
		at[h.sign] = len(cand.links)
		cand.links = append(cand.links, link{h.sign, p, 1})
	}
}

// linkRobot links what a robot, or one of its looks, saw.
func (n *network) linkRobot(cand *candidate) {
	c := cand.cause
	for _, i := range n.robots[c.Robot] {
		s := n.seen[i]
		if p := blame(c, s); p > 0 && n.ofRobot(c, s) {
			cand.links = append(cand.links, link{i, p, 1})
			cand.began(s.At)
		}
	}
	if len(cand.links) == 0 || c.Kind == Reflection {
		return
	}
	if c.Look != "" {
		cand.base += float64(n.m.lights[c.Look]) * math.Log(1-spares(c, Sign{Spot: Spot{Thing: Light}}))
		return
	}
	clean := map[float64]int{} // counted, for a sum of floats in no order is another each time
	for _, s := range n.m.of(c.Robot) {
		if s.Symptom == InOrder && !s.At.Before(cand.onset) && n.ofRobot(c, s) {
			clean[spares(c, s)]++
		}
	}
	for _, p := range slices.Sorted(maps.Keys(clean)) {
		cand.base += float64(clean[p]) * math.Log(1-p)
	}
}

// ofRobot says whether a sign is one that a robot's fault may be about.
func (n *network) ofRobot(c Cause, s Sign) bool {
	return s.By == c.Robot && s.Thing != Machine && s.Thing != Plant && (c.Look == "" || s.Look == c.Look) &&
		(c.Kind != Reflection || s.Device == c.Device && s.Unit == c.Unit && n.t.Rack(s.Spot) == c.Rack)
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
		if s := n.seen[l.sign]; s.Thing == Inlet && s.Value > 0 {
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
		if s := n.seen[l.sign]; s.Thing == Inlet && s.Value > 0 {
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

// ease is the logarithm of how much likelier a sign is with some causes than by mistake alone. The sign is credited to the cause
// that explains it best and not, as pure noisy-OR has it, to all: causes that lie on one path, as a phase and its feed, do
// not make it independently, and two that each explain nine signs of ten would look better together than either.
func (n *network) ease(sign int, links ...[]link) float64 {
	best := 0.0
	for _, ls := range links {
		for _, l := range ls {
			best = max(best, l.p*l.dens)
		}
	}
	leak := n.leaks[sign]
	return math.Log1p((1 - leak) * best / leak)
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
