package bound_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol/bound"
	"github.com/nightrounds/nightrounds/maps"
	"pgregory.net/rapid"
)

// A tiny is a hall so small that its best patrol is found by trying everything. Lengths are in m at 1 m/s.
type tiny struct {
	edges [][3]int // from, to, m; both ways
	nodes int
	look  []int // by viewpoint; viewpoint i is at node i
	every []int
}

func (h tiny) graph(t interface{ Fatal(...any) }) *maps.Graph {
	var nodes []maps.Node
	var edges []maps.Edge
	for i := range h.nodes {
		nodes = append(nodes, maps.Node{ID: fmt.Sprint(i), X: float64(i)})
	}
	for _, e := range h.edges {
		a, b := fmt.Sprint(e[0]), fmt.Sprint(e[1])
		edges = append(edges, maps.Edge{ID: a + "-" + b, Start: a, End: b, LengthM: float64(e[2])}, maps.Edge{ID: b + "-" + a, Start: b, End: a, LengthM: float64(e[2])})
	}
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (h tiny) bound(t interface{ Fatal(...any) }) *bound.Bound {
	p := bound.Problem{Graph: h.graph(t), SpeedMPS: 1}
	for i := range h.look {
		p.Points = append(p.Points, bound.Point{Node: fmt.Sprint(i), Look: time.Duration(h.look[i]) * time.Second, Interval: time.Duration(h.every[i]) * time.Second})
	}
	b, err := bound.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A moment is where robots are and how old the looks are, at a whole second. A robot at work has left and
// towards: the node that it drives to, or its own node and a look that ends when left is 0.
type moment struct {
	at, left [2]int
	looking  [2]bool
	age      [4]int
}

// possible tries everything: whether so many robots can go on for ever with no gap, from look's end to look's end,
// above its interval.
func (h tiny) possible(robots int) bool {
	const open, dead = 1, 2
	state := map[moment]int{}
	var lives func(m moment) bool
	lives = func(m moment) bool {
		switch state[m] {
		case open:
			return true // a circle: it can go on for ever
		case dead:
			return false
		}
		state[m] = open
		for _, next := range h.moves(m, robots) {
			if lives(next) {
				return true
			}
		}
		state[m] = dead
		return false
	}
	starts := [][2]int{}
	for a := range h.nodes {
		for b := range h.nodes {
			if robots == 2 || b == 0 {
				starts = append(starts, [2]int{a, b})
			}
		}
	}
	for _, s := range starts {
		if lives(moment{at: s}) {
			return true
		}
	}
	return false
}

// moves are the moments one second later, over all that robots may begin.
func (h tiny) moves(m moment, robots int) []moment {
	begun := []moment{m}
	for r := range robots {
		if m.left[r] > 0 {
			continue
		}
		var more []moment
		for _, b := range begun {
			more = append(more, b) // wait
			for _, e := range h.edges {
				for _, to := range [][2]int{{e[0], e[1]}, {e[1], e[0]}} {
					if to[0] == b.at[r] {
						n := b
						n.at[r], n.left[r] = to[1], e[2]
						more = append(more, n)
					}
				}
			}
			if v := b.at[r]; v < len(h.look) {
				n := b
				n.left[r], n.looking[r] = h.look[v], true
				more = append(more, n)
			}
		}
		begun = more
	}
	var out []moment
	for _, n := range begun {
		late := false
		for v := range h.look {
			n.age[v]++
			late = late || n.age[v] > h.every[v]
		}
		for r := range robots {
			if n.left[r] == 0 {
				continue
			}
			if n.left[r]--; n.left[r] == 0 && n.looking[r] {
				n.looking[r] = false
				n.age[n.at[r]] = 0
			}
		}
		if !late {
			out = append(out, n)
		}
	}
	return out
}

// No hall that somebody can patrol is called impossible. That the bound is reached too, TestABoundThatIsReached shows.
func TestTheBoundExcludesNothingThatIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := tiny{nodes: rapid.IntRange(2, 4).Draw(t, "nodes")}
		for i := 1; i < h.nodes; i++ {
			h.edges = append(h.edges, [3]int{rapid.IntRange(0, i-1).Draw(t, "to"), i, rapid.IntRange(1, 2).Draw(t, "m")})
		}
		for range rapid.IntRange(2, min(3, h.nodes)).Draw(t, "viewpoints") {
			h.look = append(h.look, rapid.IntRange(1, 2).Draw(t, "look"))
			h.every = append(h.every, rapid.IntRange(3, 9).Draw(t, "every"))
		}
		robots := rapid.IntRange(1, 2).Draw(t, "robots")
		u := h.bound(t).Utilisation(robots)
		if h.possible(robots) && u > 1+1e-9 {
			t.Fatalf("%+v: %d robots can, the bound says %.3f", h, robots, u)
		}
	})
}

func TestABoundThatIsReached(t *testing.T) {
	// Two nodes 2 m apart, looks of 1 s: to and fro takes 6 s, and one robot can do no better.
	h := tiny{nodes: 2, edges: [][3]int{{0, 1, 2}}, look: []int{1, 1}, every: []int{6, 6}}
	if u := h.bound(t).Workload(1); math.Abs(u-1) > 1e-9 {
		t.Errorf("workload %.4f, want 1", u)
	}
	// A robot at each needs no way at all.
	h.every = []int{2, 2}
	if b := h.bound(t); b.Utilisation(2) > 1 || b.Utilisation(1) <= 1 {
		t.Errorf("two robots %.3f, want at most 1; one %.3f, want above 1", b.Utilisation(2), b.Utilisation(1))
	}
}

// rows is a hall of 20 rows of 50 stops, 0.6 m apart, 2.4 m between rows, cross aisles at both ends.
func rows(t *testing.T) *maps.Graph {
	t.Helper()
	var nodes []maps.Node
	var edges []maps.Edge
	join := func(a, b string, m float64) {
		edges = append(edges, maps.Edge{ID: a + ">" + b, Start: a, End: b, LengthM: m}, maps.Edge{ID: b + ">" + a, Start: b, End: a, LengthM: m})
	}
	for r := range 20 {
		for c := range 50 {
			nodes = append(nodes, maps.Node{ID: fmt.Sprintf("%d-%d", r, c), X: float64(c) * 0.6, Y: float64(r) * 2.4})
			if c > 0 {
				join(fmt.Sprintf("%d-%d", r, c-1), fmt.Sprintf("%d-%d", r, c), 0.6)
			}
		}
		if r > 0 {
			join(fmt.Sprintf("%d-0", r-1), fmt.Sprintf("%d-0", r), 2.4)
			join(fmt.Sprintf("%d-49", r-1), fmt.Sprintf("%d-49", r), 2.4)
		}
	}
	g, err := maps.NewGraph(nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAThousandViewpointsAndTenRobots(t *testing.T) {
	p := bound.Problem{Graph: rows(t), SpeedMPS: 0.5}
	for _, n := range p.Graph.Nodes() {
		p.Points = append(p.Points, bound.Point{Node: n.ID, Look: 10 * time.Second, Interval: time.Second * 1000})
	}
	b, err := bound.New(p)
	if err != nil {
		t.Fatal(err)
	}
	// 1,000 looks of 10 s and 1.2 s of way to each: 11,200 s for ten robots.
	if w := 1000 * b.Workload(1); math.Abs(w-11200) > 1 {
		t.Errorf("workload %.1f s, want 11200", w)
	}
	// The tree: 20 rows of 49 edges of 1.2 s and 19 of 4.8 s, less the nine longest.
	if c := 1000 * b.Covering(10, 1); math.Abs(c-(10000+20*49*1.2+10*4.8)) > 1 {
		t.Errorf("covering %.1f s, want %.1f", c, 10000+20*49*1.2+10*4.8)
	}
	if r := b.Ratio(10); math.Abs(r-1.1224) > 0.001 {
		t.Errorf("ratio %.4f, want 1.1224", r)
	}
	if n, ok := b.Robots(); !ok || n != 12 {
		t.Errorf("%d robots, want 12", n)
	}
	if c := b.Certificate(10); !strings.Contains(c, "impossible with 10 robots: 12 needed") {
		t.Errorf("certificate %q", c)
	}
	if c := b.Certificate(12); c != "" {
		t.Errorf("12 robots are called %q", c)
	}
}

func TestChargingTakesItsShareAndDocksLimit(t *testing.T) {
	g, err := maps.NewGraph(
		[]maps.Node{{ID: "a"}, {ID: "b", X: 1}}, []maps.Edge{{ID: "ab", Start: "a", End: "b"}, {ID: "ba", Start: "b", End: "a"}},
		[]maps.Dock{{ID: "d", Node: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bound.New(bound.Problem{
		Graph: g, SpeedMPS: 1, Battery: bound.Battery{UsePerSec: 1, ChargePerSec: 4},
		Points: []bound.Point{{Node: "a", Look: time.Second, Interval: time.Minute}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := b.Capacity(1); math.Abs(c-0.8) > 1e-9 {
		t.Errorf("one robot gives %.2f, want 0.8", c)
	}
	if c := b.Capacity(50); math.Abs(c-4) > 1e-9 {
		t.Errorf("one dock keeps %.2f robots at work, want 4", c)
	}
	if least, ok := b.Reach("a", time.Minute); !ok || least != 62*time.Second {
		t.Errorf("least interval %s %v, want 1m2s", least, ok)
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	g := rows(t)
	for name, p := range map[string]bound.Problem{
		"no speed":    {Graph: g},
		"no node":     {Graph: g, SpeedMPS: 1, Points: []bound.Point{{Node: "x", Look: 1, Interval: 1}}},
		"no interval": {Graph: g, SpeedMPS: 1, Points: []bound.Point{{Node: "0-0", Look: 1}}},
	} {
		if _, err := bound.New(p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
