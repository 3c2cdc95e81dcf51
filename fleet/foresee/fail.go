package foresee

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Fail adds to a night what goes wrong in it, in words:
//
//	robot:NR-02@3h        the robot dies three hours after the start
//	robot:NR-02@3h+8h     and is back eight hours later
//	aisle:aisle-3@1h+30m  the aisle is closed for half an hour
//	edge:n12/n13@1h+30m   the way between two nodes is
func (o *Options) Fail(what string) error {
	kind, rest, ok1 := strings.Cut(what, ":")
	name, when, ok2 := strings.Cut(rest, "@")
	at, lasts, ends := strings.Cut(when, "+")
	from, err := time.ParseDuration(at)
	if !ok1 || !ok2 || err != nil || from < 0 {
		return fmt.Errorf("failure %q: want robot:ID@3h, robot:ID@3h+8h, aisle:ID@1h+30m or edge:NODE/NODE@1h+30m", what)
	}
	var long time.Duration
	if ends {
		if long, err = time.ParseDuration(lasts); err != nil || long <= 0 {
			return fmt.Errorf("failure %q: %q is no length of time above 0", what, lasts)
		}
	}
	start := o.Start.Add(from)
	switch {
	case kind == "robot":
		return o.failRobot(what, name, start, long)
	case !ends:
		return fmt.Errorf("failure %q: say for how long: @%s+30m", what, at)
	case kind == "aisle":
		return o.closeAisle(what, name, start, long)
	case kind == "edge":
		a, b, _ := strings.Cut(name, "/")
		if _, ok := o.Hall.Graph.Edge(a, b); !ok {
			return fmt.Errorf("failure %q: no edge from %q to %q in the route graph", what, a, b)
		}
		o.Closures = append(o.Closures, Closure{From: a, To: b, Start: start, Ends: start.Add(long)})
		return nil
	}
	return fmt.Errorf("failure %q: %q is neither robot, aisle nor edge", what, kind)
}

func (o *Options) failRobot(what, name string, at time.Time, long time.Duration) error {
	i := slices.IndexFunc(o.Robots, func(r Robot) bool { return r.ID == name })
	if i < 0 {
		return fmt.Errorf("failure %q: there is no robot %q; the first is %s", what, name, o.Robots[0].ID)
	}
	o.Robots[i].Dies = at
	if long > 0 {
		o.Robots[i].Mends = at.Add(long)
	}
	return nil
}

// closeAisle closes the ways into an aisle: robots inside go on, and find no way in again.
func (o *Options) closeAisle(what, name string, at time.Time, long time.Duration) error {
	found := false
	for _, e := range o.Hall.Graph.Edges() {
		if into(o.Hall.Graph, e, name) {
			o.Closures = append(o.Closures, Closure{From: e.Start, To: e.End, Start: at, Ends: at.Add(long)})
			found = true
		}
	}
	if !found {
		return fmt.Errorf("failure %q: no aisle %q in the route graph", what, name)
	}
	return nil
}

func into(g *maps.Graph, e maps.Edge, aisle string) bool {
	return aisle != "" && g.AisleOf(e.End) == aisle && g.AisleOf(e.Start) == aisle
}
