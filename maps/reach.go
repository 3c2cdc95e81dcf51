package maps

import (
	"fmt"
	"math"
	"time"
)

// reach checks what only the whole hall can tell: that racks have room, and that robots get to see every face.
func (l *loader) reach(f *hallFile) {
	h := l.site.index.halls[f.ID]
	if h == nil || h.ID == "" {
		return
	}
	g := newGround(h)
	l.rackRoom(g)
	if l.anyGraph {
		return
	}
	if h.Graph == nil || len(h.Graph.nodes) == 0 {
		return // the graph's own faults are told already
	}
	faults := len(l.problems)
	l.nodeRoom(g)
	l.fit(f, g, len(l.problems)-faults)
	if len(h.Graph.docks) == 0 {
		l.at(f).field("graph").fail("%s has no dock: give a station whose node carries the action startCharging", f.Graph)
		return
	}
	at := l.lookedFrom(g)
	docked := docked(h.Graph)
	told := l.pieces(g, at, docked)
	for _, r := range h.Racks() {
		if r.Type.sound() {
			l.faceReach(g, r, at, docked, told)
		}
	}
	l.docksReach(g, at, docked)
	l.robotRoom(g, at)
}

// A faceKey names a face of a hall.
type faceKey struct {
	rack string
	face Face
}

// lookedFrom finds the node before each face.
func (l *loader) lookedFrom(g *ground) map[faceKey]Node {
	at := map[faceKey]Node{}
	for _, r := range g.hall.Racks() {
		for _, face := range []Face{Front, Rear} {
			if !r.Type.sound() || l.site.Optics.VerticalFOVRad <= 0 {
				continue
			}
			if n, ok := g.nodeBefore(r, face, l.site.Optics); ok {
				at[faceKey{r.ID, face}] = n
			}
		}
	}
	return at
}

// sound says whether the type's own faults, told already, leave a rack that can be looked at.
func (t *RackType) sound() bool {
	return t != nil && t.UHeight > 0 && t.WidthM > 0 && t.DepthM > 0 && t.BaseM >= 0
}

// rackRoom fails racks that stand in each other. Racks of a row touch, and drawings are rounded: 2 mm are allowed.
func (l *loader) rackRoom(g *ground) {
	const allowedM = 0.002
	for i, a := range g.prints {
		for _, b := range g.prints[:i] {
			if math.Hypot(a.rack.Pose.X-b.rack.Pose.X, a.rack.Pose.Y-b.rack.Pose.Y) >= a.radius+b.radius {
				continue
			}
			if depth := a.overlap(b); depth > allowedM {
				at := l.racks[a.rack.ID]
				at.path = parent(at.path)
				at.fail("rack %q overlaps rack %q by %.3f m: move one", a.rack.ID, b.rack.ID, depth)
			}
		}
	}
}

// parent cuts the last field of a path: faults of a whole rack are told at the rack, in the line of its id.
func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}

// nodeRoom checks the route graph against the floor and the racks.
func (l *loader) nodeRoom(g *ground) {
	floor, graph := g.hall.Floor, g.hall.Graph
	fail := func(n Node, format string, args ...any) {
		l.problems = append(l.problems, graph.problem("node", n.ID, "at %g, %g %s", n.X, n.Y, fmt.Sprintf(format, args...)))
	}
	for _, n := range graph.nodes {
		if r, in := g.rackAt(n.X, n.Y); in {
			fail(n, "lies in rack %q: move one", r.ID)
			continue
		}
		if floor == nil {
			continue
		}
		if _, _, on := floor.CellAt(n.X, n.Y); !on {
			fail(n, "lies beyond the floor grid: check that both have one origin")
		} else if !floor.Free(n.X, n.Y) {
			fail(n, "is not free on the floor grid: move it or correct the grid")
		}
	}
	if floor == nil {
		return
	}
	for _, e := range graph.edges {
		a, _ := graph.Node(e.Start)
		b, _ := graph.Node(e.End)
		if floor.Free(a.X, a.Y) && floor.Free(b.X, b.Y) && !floor.FreeLine(a.X, a.Y, b.X, b.Y) {
			l.warnings = append(l.warnings, graph.problem("edge", e.ID, "crosses what is not free on the floor grid: move its nodes or correct the grid"))
		}
	}
}

// docked returns the nodes to which a robot can go from a dock and come back to one.
func docked(g *Graph) map[string]bool {
	back := newGraph()
	for _, n := range g.nodes {
		back.addNode(n)
	}
	for _, e := range g.edges {
		back.addEdge(Edge{ID: e.ID, Start: e.End, End: e.Start, LengthM: e.LengthM})
	}
	back.seal()
	there, home := map[string]bool{}, map[string]bool{}
	for _, d := range g.docks {
		for id := range g.Distances(d.Node, nil) {
			there[id] = true
		}
		for id := range back.Distances(d.Node, nil) {
			home[id] = true
		}
	}
	for id := range there {
		if !home[id] {
			delete(there, id)
		}
	}
	return there
}

// faceReach fails a rack face that no robot can look at, or not at all of it, or not in time.
func (l *loader) faceReach(g *ground, r *Rack, from map[faceKey]Node, docked, told map[string]bool) {
	o := l.site.Optics
	if o.VerticalFOVRad <= 0 {
		return
	}
	at := l.racks[r.ID]
	at.path = parent(at.path)
	for _, face := range []Face{Front, Rear} {
		node, ok := from[faceKey{r.ID, face}]
		switch {
		case !ok:
			l.unseen(g, r, face, at)
		case told[node.ID]:
		case !docked[node.ID]:
			at.fail("%s of rack %q cannot be reached: node %q has no way from a dock and back: add edges to the route graph",
				face, r.ID, node.ID)
		default:
			looks := l.site.stretches(r, face, node)
			if u := covers(looks, r.Type.UHeight); u > 0 {
				at.fail("U%d of the %s of rack %q cannot be seen from node %q, %.2f m away, with masts of %g to %g m: "+
					"move the node or give the mast more range", u, face, r.ID, node.ID, math.Abs(distanceTo(r, face, node)), o.MastMinM, o.MastMaxM)
			}
			if takes := time.Duration(len(looks)) * lookTime; r.RevisitInterval > 0 && takes > r.RevisitInterval {
				at.fail("%s of rack %q shall be looked at every %v, but its %d looks of %v take %v: write a longer revisit_interval",
					face, r.ID, r.RevisitInterval, len(looks), lookTime, takes)
			}
			if d := r.DoorAt(face); d != nil && d.Kind == SolidDoor && !d.NormallyOpen {
				at.warn("%s of rack %q is behind a solid door: a robot sees the door only", face, r.ID)
			}
		}
	}
}

// lookTime is what a look is planned with: shift the mast, settle, expose, judge.
const lookTime = 12 * time.Second

// unseen says why no node sees a face: there is none before it, or a wall or rack stands between.
func (l *loader) unseen(g *ground, r *Rack, face Face, at place) {
	o, blind := l.site.Optics, *g
	open := *g.hall
	open.Floor, blind.hall, blind.prints = nil, &open, nil
	n, ok := blind.nodeBefore(r, face, o)
	if !ok {
		at.fail("%s of rack %q cannot be seen: no node lies %g to %g m straight before it: add one to the route graph",
			face, r.ID, o.NearM, o.FarM)
		return
	}
	pose := r.FacePose(face)
	if x, y, walled := g.wall(n, pose); walled {
		at.fail("%s of rack %q cannot be seen from node %q: at %.2f, %.2f a wall or door stands between on the floor grid: move the node or correct the grid",
			face, r.ID, n.ID, x, y)
		return
	}
	for _, f := range g.prints {
		if f.rack != r && f.crossed(n.X, n.Y, pose.X, pose.Y) {
			at.fail("%s of rack %q cannot be seen from node %q: rack %q stands between: move the node or the rack", face, r.ID, n.ID, f.rack.ID)
			return
		}
	}
}

func distanceTo(r *Rack, face Face, n Node) float64 {
	_, out := r.HallToFace(face, n.X, n.Y)
	return out
}
