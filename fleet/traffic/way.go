package traffic

import (
	"fmt"
	"maps"
	"slices"
	"time"

	floor "github.com/nightrounds/nightrounds/maps"
)

// Usable returns the edges that a robot could reserve now: open, and neither they nor where they lead held by another.
func (t *Table) Usable(g *floor.Graph, robot string, now time.Time) func(floor.Edge) bool {
	taken := t.taken(g, robot)
	return func(e floor.Edge) bool {
		if t.closed(e.Start, e.End, now) || taken[EdgeResource(e.Start, e.End)] != "" || taken[NodeResource(e.End)] != "" {
			return false
		}
		aisle := g.AisleOf(e.End)
		return aisle == "" || taken[AisleResource(aisle)] == ""
	}
}

// Reach returns how far each node is that the robot could reserve a way to now, in m from where its way ends; only
// nodes where it may stay. It is empty when the robot has no known place.
func (t *Table) Reach(g *floor.Graph, robot string, now time.Time) map[string]float64 {
	at, ok := t.End(robot)
	if !ok {
		return nil
	}
	reach := g.Distances(at, t.onward(g, robot, now))
	maps.DeleteFunc(reach, func(node string, _ float64) bool { return !MayStay(g, node) })
	return reach
}

// Way returns the shortest way from where the robot's way ends to a node over what it could reserve now.
func (t *Table) Way(g *floor.Graph, robot, to string, now time.Time) ([]string, error) {
	at, ok := t.End(robot)
	if !ok {
		return nil, fmt.Errorf("way for robot %s to %s: %w", robot, to, ErrNotPlaced)
	}
	if at == to {
		return []string{at}, nil
	}
	way, _, ok := g.ShortestPath(at, to, t.onward(g, robot, now))
	if !ok {
		return nil, fmt.Errorf("way for robot %s from %s to %s: %w", robot, at, to, ErrNoWay)
	}
	return way, nil
}

// onward is Usable without the robot's own way, which it cannot come back to before it has travelled it.
func (t *Table) onward(g *floor.Graph, robot string, now time.Time) func(floor.Edge) bool {
	usable, own := t.Usable(g, robot, now), t.Held[robot].Nodes
	return func(e floor.Edge) bool { return !slices.Contains(own, e.End) && usable(e) }
}

// Check returns what is wrong with the table, or nil: two holders of one resource, a robot that holds nothing, a way
// that is not a way of the graph or that ends where no robot may stay.
func (t *Table) Check(g *floor.Graph) error {
	holder := map[Resource]string{}
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		h := t.Held[robot]
		if len(h.Nodes) == 0 {
			return fmt.Errorf("robot %s holds no node", robot)
		}
		for i := 1; i < len(h.Nodes); i++ {
			if _, ok := g.Edge(h.Nodes[i-1], h.Nodes[i]); !ok {
				return fmt.Errorf("robot %s: no edge from %s to %s", robot, h.Nodes[i-1], h.Nodes[i])
			}
		}
		if end := h.Nodes[len(h.Nodes)-1]; len(h.Nodes) > 1 && !MayStay(g, end) {
			return fmt.Errorf("robot %s: way ends at %s: %w", robot, end, ErrNoStay)
		}
		for _, r := range h.resources(g) {
			if other := holder[r]; other != "" {
				return fmt.Errorf("%s is held by %s and %s", r, other, robot)
			}
			holder[r] = robot
		}
	}
	return nil
}

// resources lists what a holding holds, each once.
func (h Holding) resources(g *floor.Graph) []Resource {
	var rs []Resource
	add := func(r Resource) {
		if !slices.Contains(rs, r) {
			rs = append(rs, r)
		}
	}
	node := func(n string) {
		add(NodeResource(n))
		if aisle := g.AisleOf(n); aisle != "" {
			add(AisleResource(aisle))
		}
	}
	for i, n := range h.Nodes {
		node(n)
		if i > 0 {
			add(EdgeResource(h.Nodes[i-1], n))
		}
	}
	for _, n := range h.Beside {
		node(n)
		add(EdgeResource(h.Nodes[0], n))
	}
	return rs
}

// joined returns what the robot would hold with the way in place of what it had beyond the way's first node.
func (t *Table) joined(robot string, way []string) (Holding, error) {
	h, ok := t.Held[robot]
	if !ok {
		return Holding{}, ErrNotPlaced
	}
	if len(way) == 0 {
		return Holding{}, fmt.Errorf("empty: %w", ErrNoWay)
	}
	i := slices.Index(h.Nodes, way[0])
	if i < 0 {
		return Holding{}, fmt.Errorf("it starts at %s, the robot holds %v: %w", way[0], h.Nodes, ErrNoWay)
	}
	for _, n := range h.Nodes[:i] {
		if slices.Contains(way, n) {
			return Holding{}, fmt.Errorf("it comes back to %s before the robot has passed there: %w", n, ErrNoWay)
		}
	}
	return Holding{Nodes: append(slices.Clone(h.Nodes[:i]), way...), Beside: slices.Clone(h.Beside)}, nil
}

// passable checks a way against the graph, whoever else is there.
func (t *Table) passable(g *floor.Graph, way []string, now time.Time) error {
	for i := 1; i < len(way); i++ {
		if _, ok := g.Edge(way[i-1], way[i]); !ok {
			return fmt.Errorf("no edge from %s to %s: %w", way[i-1], way[i], ErrNoWay)
		}
		if t.closed(way[i-1], way[i], now) {
			return fmt.Errorf("edge from %s to %s: %w", way[i-1], way[i], ErrClosed)
		}
		if slices.Contains(way[:i], way[i]) {
			return fmt.Errorf("%s comes twice: %w", way[i], ErrNoWay)
		}
	}
	if end := way[len(way)-1]; len(way) > 1 && !MayStay(g, end) {
		return fmt.Errorf("%s: %w", end, ErrNoStay)
	}
	return nil
}

// free fails with ErrHeld when another robot holds one of the resources.
func (t *Table) free(g *floor.Graph, robot string, rs []Resource) error {
	taken := t.taken(g, robot)
	for _, r := range rs {
		if other := taken[r]; other != "" {
			return fmt.Errorf("%s: %w: %s", r, ErrHeld, other)
		}
	}
	return nil
}

// taken maps what the other robots hold to its holder.
func (t *Table) taken(g *floor.Graph, but string) map[Resource]string {
	taken := map[Resource]string{}
	for robot, h := range t.Held {
		if robot == but {
			continue
		}
		for _, r := range h.resources(g) {
			taken[r] = robot
		}
	}
	return taken
}

func (t *Table) closed(a, b string, now time.Time) bool {
	until, ok := t.Closed[EdgeResource(a, b)]
	return ok && now.Before(until)
}

func (t *Table) set(robot string, h Holding) {
	if t.Held == nil {
		t.Held = map[string]Holding{}
	}
	t.Held[robot] = h
}
