package joint

import (
	"testing"

	"pgregory.net/rapid"
)

// What the search over free nodes decides is the truth, and the moves that it lays down can be made one after the other.
func TestOneAmongOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "nodes")
		out, cost := make([][]int32, n), make([][]int32, n)
		for a := 1; a < n; a++ {
			for _, b := range rapid.SliceOfNDistinct(rapid.IntRange(0, a-1), 1, min(2, a), rapid.ID[int]).Draw(t, "joined") {
				out[a], cost[a] = append(out[a], int32(b)), append(cost[a], 1)
				out[b], cost[b] = append(out[b], int32(a)), append(cost[b], 1)
			}
		}
		nodes := make([]int32, n)
		for i := range nodes {
			nodes[i] = int32(i)
		}
		at := rapid.Permutation(nodes).Draw(t, "starts")
		p := Problem{Graph: NewGraph(out, cost)}
		for i := range rapid.IntRange(1, n).Draw(t, "robots") {
			p.Robots = append(p.Robots, Robot{Start: at[i], Goal: at[i], Free: i > 0})
		}
		p.Robots[0].Goal = rapid.SampledFrom(nodes).Draw(t, "goal")
		last, decided := among(&p, newField(p.Graph, p.Robots[0].Goal))
		if !decided {
			t.Fatal("undecided")
		}
		if truth := reachable(p); truth != (last != nil) {
			t.Fatalf("found %v, a search of all states %v", last != nil, truth)
		}
		if last != nil {
			travel(t, p, p.shift(last))
		}
	})
}

// travel makes the moves of a plan in order of their times.
func travel(t *rapid.T, p Problem, ways []Way) {
	on, at := map[int32]int{}, make([]int, len(ways))
	for i, w := range ways {
		on[w[0].Node] = i
	}
	for {
		next := -1
		for i, w := range ways {
			if at[i]+1 < len(w) && (next < 0 || w[at[i]+1].At < ways[next][at[next]+1].At) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		from, to := ways[next][at[next]].Node, ways[next][at[next]+1].Node
		if _, taken := on[to]; taken || !p.Graph.Leads(from, to) {
			t.Fatalf("robot %d cannot go from %d to %d: %v", next, from, to, ways)
		}
		delete(on, from)
		on[to] = next
		at[next]++
	}
	if ways[0].End().Node != p.Robots[0].Goal {
		t.Fatalf("it ends at %v", ways[0].End())
	}
}

// reachable searches all states in which the others cannot be told apart.
func reachable(p Problem) bool {
	type state struct {
		me    int32
		taken uint32
	}
	start := state{me: p.Robots[0].Start}
	for _, r := range p.Robots[1:] {
		start.taken |= 1 << r.Start
	}
	seen, line := map[state]bool{start: true}, []state{start}
	for ; len(line) > 0; line = line[1:] {
		s := line[0]
		if s.me == p.Robots[0].Goal {
			return true
		}
		var nexts []state
		for u := range p.Graph.out {
			for _, v := range p.Graph.out[u] {
				if v == s.me || s.taken&(1<<v) != 0 {
					continue
				}
				if int32(u) == s.me {
					nexts = append(nexts, state{v, s.taken})
				} else if s.taken&(1<<u) != 0 {
					nexts = append(nexts, state{s.me, s.taken&^(1<<u) | 1<<v})
				}
			}
		}
		for _, x := range nexts {
			if !seen[x] {
				seen[x] = true
				line = append(line, x)
			}
		}
	}
	return false
}
