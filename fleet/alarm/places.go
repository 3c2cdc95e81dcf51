package alarm

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A Floor is what a hall's floor allows in an alarm.
type Floor struct {
	Graph *maps.Graph
	// Declared are the nodes that the site names as safe places.
	Declared []string
	// MayStay says whether a robot may stand at a node without limit.
	MayStay func(node string) bool
	// Doorway says whether a node is a doorway's; nil: none is.
	Doorway func(node string) bool
	// Shut says whether no robot may be sent from one node to the next; nil: every edge is open.
	Shut func(from, to string) bool
	// ClearanceM is how far apart two robots stand at least, in m.
	ClearanceM float64
}

// A Robot is one of the hall's, as its alarm finds it.
type Robot struct {
	ID    string
	Node  string // that it last reported
	Place string // safe place to which it is on its way already; empty when none
	// Off is set for a robot that was stopped between its node and the next: it stands at neither.
	Off bool
	// Still is set for a robot that is silent or takes no orders: it stays, and nobody passes it.
	Still bool
	// Holds are further nodes that a Still robot keeps others off.
	Holds []string
}

// Safe lists the nodes where robots may stand in an alarm: first those that count, then those to which robots go when these
// do not suffice. The site's own come first, where it names any; else docks and the nodes outside aisles where a robot may
// stay. No doorway is ever among them, nor a node of an aisle.
func (f Floor) Safe() (first, more []string) {
	docks := map[string]bool{}
	for _, d := range f.Graph.Docks() {
		docks[d.Node] = true
	}
	for _, n := range f.Graph.Nodes() {
		if n.Aisle != "" && !docks[n.ID] || f.Doorway != nil && f.Doorway(n.ID) || !f.MayStay(n.ID) {
			continue
		}
		if slices.Contains(f.Declared, n.ID) {
			first = append(first, n.ID)
		} else {
			more = append(more, n.ID)
		}
	}
	if len(f.Declared) == 0 {
		return more, nil
	}
	return first, more
}

// near says whether robots at two nodes would stand nearer to each other than they may.
func (f Floor) near(a, b string) bool {
	if a == b {
		return true
	}
	p, _ := f.Graph.Node(a)
	q, _ := f.Graph.Node(b)
	const roundingM = 1e-6
	return math.Hypot(p.X-q.X, p.Y-q.Y) < f.ClearanceM-roundingM
}

// apart are nodes of a list that keep the clearance among themselves and from others; those that are wanted more come first.
func (f Floor) apart(nodes []string, from []string, wanted map[string]int) []string {
	list := slices.Clone(nodes)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(wanted[b], wanted[a]) })
	var out []string
	for _, n := range list {
		touches := func(m string) bool { return f.near(n, m) }
		if !slices.ContainsFunc(from, touches) && !slices.ContainsFunc(out, touches) {
			out = append(out, n)
		}
	}
	return out
}

// Assign says to which safe place each robot goes that is not Still. Who is on its way to one, or stands at one of the
// first, keeps it. The others are placed so that as many as can be have a place, then that the longest way is as short as
// can be, then that all ways together are: so two robots of one aisle never have to change sides. A robot that can reach no
// free place is not in the answer. Ways are in m, around robots that are Still and over open edges.
func Assign(f Floor, robots []Robot) map[string]string {
	robots = slices.Clone(robots)
	slices.SortFunc(robots, func(a, b Robot) int { return cmp.Compare(a.ID, b.ID) })
	first, more := f.Safe()
	out, blocked, wanted := map[string]string{}, map[string]bool{}, map[string]int{}
	var taken []string
	for _, d := range f.Graph.Docks() {
		wanted[d.Node] = 1
	}
	for _, r := range robots {
		switch {
		case r.Still:
			for _, n := range append(slices.Clone(r.Holds), r.Node) {
				blocked[n] = true
				taken = append(taken, n)
			}
		case r.Place != "":
			out[r.ID] = r.Place
			taken = append(taken, r.Place)
		case !r.Off:
			wanted[r.Node] = 2
		}
	}
	for _, r := range robots {
		free := !slices.ContainsFunc(taken, func(n string) bool { return f.near(n, r.Node) })
		if !r.Still && !r.Off && r.Place == "" && free && slices.Contains(first, r.Node) {
			out[r.ID] = r.Node
			taken = append(taken, r.Node)
		}
	}
	for _, places := range [][]string{first, more} {
		f.place(robots, f.apart(places, taken, wanted), blocked, out)
		for _, place := range out {
			if !slices.Contains(taken, place) {
				taken = append(taken, place)
			}
		}
	}
	return out
}

// place gives robots that have none yet one of the places.
func (f Floor) place(robots []Robot, places []string, blocked map[string]bool, out map[string]string) {
	open := func(e maps.Edge) bool { return !blocked[e.End] && (f.Shut == nil || !f.Shut(e.Start, e.End)) }
	var who []string
	var metres [][]float64
	for _, r := range robots {
		if _, has := out[r.ID]; has || r.Still {
			continue
		}
		far := f.Graph.Distances(r.Node, open)
		row := make([]float64, len(places))
		for i, p := range places {
			d, ok := far[p]
			if !ok || r.Off && p == r.Node {
				d = math.Inf(1)
			}
			row[i] = d
		}
		who, metres = append(who, r.ID), append(metres, row)
	}
	for i, j := range bottleneck(metres) {
		if j >= 0 {
			out[who[i]] = places[j]
		}
	}
}
