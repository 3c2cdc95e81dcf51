package cause

import (
	"cmp"
	"container/heap"
	"maps"
	"math"
	"slices"
)

// The bounds of the search: how many candidates are weighed alone and in pairs for one group of signs, and how often the
// best set is improved.
const (
	weighed  = 12
	improved = 3
)

// Explain finds what is behind what is remembered: one group for each cause of the most probable set, and one for each sign that is
// best explained by a mistake. The set is found greedily and then improved; within a group the posterior is exact over none,
// one or two of the candidates, the causes of the other groups being given. The most signs first.
func (t *Topology) Explain(m *Memory) []Group {
	n := t.network(m)
	s := n.greedy()
	for range improved {
		if !s.improve() {
			break
		}
	}
	var groups []Group
	explained := make([]bool, len(n.seen))
	for _, c := range s.chosen() {
		region := s.region(c)
		for _, i := range region {
			explained[i] = true
		}
		if len(region) > 0 {
			groups = append(groups, n.group(s, c, region))
		}
	}
	for i := range n.seen {
		if !explained[i] {
			groups = append(groups, n.group(s, -1, []int{i}))
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(len(b.Symptoms), len(a.Symptoms)) })
	return groups
}

// greedy adds the candidate that gains most until none gains. Gains only shrink as signs get explained, nearly always, so
// that a stale gain is an upper bound (lazy evaluation after Minoux, 1978).
func (n *network) greedy() *state {
	s, h := n.empty(), make(gains, 0, len(n.cands))
	for c := range n.cands {
		if g := s.gain(c); g > 0 {
			h = append(h, gainOf{c, g, 0})
		}
	}
	heap.Init(&h)
	for round := 1; h.Len() > 0; {
		top := h[0]
		if top.round == round {
			s.add(top.cand)
			heap.Pop(&h)
			round++
			continue
		}
		if h[0].gain, h[0].round = s.gain(top.cand), round; h[0].gain <= 0 {
			heap.Pop(&h)
			continue
		}
		heap.Fix(&h, 0)
	}
	return s
}

type gainOf struct {
	cand  int
	gain  float64
	round int
}

type gains []gainOf

func (g gains) Len() int { return len(g) }
func (g gains) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(g[j].gain, g[i].gain), cmp.Compare(g[i].cand, g[j].cand)) < 0
}
func (g gains) Swap(i, j int) { g[i], g[j] = g[j], g[i] }

// Push is part of heap.Interface.
func (g *gains) Push(x any) {
	if v, ok := x.(gainOf); ok {
		*g = append(*g, v)
	}
}

// Pop is part of heap.Interface.
func (g *gains) Pop() any {
	v := (*g)[len(*g)-1]
	*g = (*g)[:len(*g)-1]
	return v
}

// improve tries, for each cause of the set, to do without it, or with another one or two in its place.
func (s *state) improve() bool {
	better := false
	for _, c := range s.chosen() {
		if !s.in[c] {
			continue
		}
		region := s.region(c)
		s.remove(c)
		sets := s.n.weigh(s, s.n.rivals(s, c, region))
		best := slices.MaxFunc(sets, func(a, b set) int { return cmp.Compare(a.score, b.score) })
		for _, m := range best.members {
			s.add(m)
		}
		better = better || len(best.members) != 1 || best.members[0] != c
	}
	return better
}

// region is the seen signs that a cause of the set explains better than the others of it and than chance.
func (s *state) region(c int) []int {
	var out []int
	for _, l := range s.n.cands[c].links {
		mine := l.p * l.dens
		if mine > s.n.leaks[l.sign] && !slices.ContainsFunc(s.active[l.sign], func(o link) bool { return o.p*o.dens > mine }) {
			out = append(out, l.sign)
		}
	}
	slices.Sort(out)
	return out
}

// rivals are the candidates that could explain signs of a region, the best few, and the one that does.
func (n *network) rivals(s *state, keep int, region []int) []int {
	known := map[int]bool{}
	var all []gainOf
	for _, sign := range region {
		for _, c := range n.of[sign] {
			if !known[c] && !s.in[c] {
				known[c] = true
				all = append(all, gainOf{c, s.gain(c), 0})
			}
		}
	}
	slices.SortFunc(all, func(a, b gainOf) int {
		return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.cand, b.cand))
	})
	var out []int
	for _, g := range all {
		if len(out) < weighed || g.cand == keep {
			out = append(out, g.cand)
		}
	}
	return out
}

// A set is a few causes with the log of their posterior, up to a constant.
type set struct {
	members []int
	score   float64
}

// weigh scores none, each one and each pair of some candidates, beside the causes that the state holds.
func (n *network) weigh(s *state, cands []int) []set {
	sets := []set{{}}
	for i, c := range cands {
		one := s.gain(c)
		sets = append(sets, set{[]int{c}, one})
		s.add(c)
		for _, d := range cands[i+1:] {
			sets = append(sets, set{[]int{c, d}, one + s.gain(d)})
		}
		s.remove(c)
	}
	return sets
}

// group is what may be behind the signs of a region; c is the best cause of it, or -1.
func (n *network) group(s *state, c int, region []int) Group {
	if c >= 0 {
		s.remove(c)
		defer s.add(c)
	}
	sets := n.weigh(s, n.rivals(s, c, region))
	most := slices.MaxFunc(sets, func(a, b set) int { return cmp.Compare(a.score, b.score) }).score
	sum, chance, real := 0.0, 0.0, 0.0
	mass := map[int]float64{}
	for _, x := range sets {
		w := math.Exp(x.score - most)
		sum += w
		if len(x.members) == 0 {
			chance += w
		}
		for _, m := range x.members {
			mass[m] += w
		}
		if slices.ContainsFunc(x.members, func(m int) bool { return !n.cands[m].cause.Artefact() }) {
			real += w
		}
	}
	g := Group{Real: real / sum}
	for _, i := range region {
		g.Symptoms = append(g.Symptoms, n.seen[i])
	}
	for _, m := range slices.Sorted(maps.Keys(mass)) {
		w := mass[m]
		g.Ranked = append(g.Ranked, Hypothesis{Cause: n.cands[m].cause, Probability: w / (sum - chance), What: n.t.words(n.cands[m].cause)})
	}
	slices.SortStableFunc(g.Ranked, func(a, b Hypothesis) int { return cmp.Compare(b.Probability, a.Probability) })
	g.Ranked = g.Ranked[:min(len(g.Ranked), ranked)]
	for i := range g.Ranked {
		g.Ranked[i].For, g.Ranked[i].Against = n.evidence(g.Ranked[i].Cause)
		g.Ranked[i].Reports = n.reports(g.Ranked[i].Cause)
	}
	return g
}

// ranked is how many hypotheses are told.
const ranked = 5
