package maps

import "math"

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
	l.nodeRoom(f, g)
	at := l.at(f)
	if len(h.Graph.docks) == 0 {
		at.field("graph").fail("%s has no dock: give a station whose node carries the action startCharging", f.Graph)
		return
	}
	ok := l.docked(h.Graph)
	for _, r := range h.Racks() {
		if r.Type.sound() {
			l.faceReach(g, r, ok)
		}
	}
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
func (l *loader) nodeRoom(f *hallFile, g *ground) {
	at := l.at(f).field("graph")
	floor := g.hall.Floor
	for _, n := range g.hall.Graph.nodes {
		if r, in := g.rackAt(n.X, n.Y); in {
			at.fail("node %q at %g, %g lies in rack %q: move one", n.ID, n.X, n.Y, r.ID)
			continue
		}
		if floor == nil {
			continue
		}
		if _, _, on := floor.CellAt(n.X, n.Y); !on {
			at.fail("node %q at %g, %g lies beyond the floor grid %s: check that both have one origin", n.ID, n.X, n.Y, f.Floor)
		} else if !floor.Free(n.X, n.Y) {
			at.fail("node %q at %g, %g is not free on the floor grid %s: move it or correct the grid", n.ID, n.X, n.Y, f.Floor)
		}
	}
	if floor == nil {
		return
	}
	for _, e := range g.hall.Graph.edges {
		a, _ := g.hall.Graph.Node(e.Start)
		b, _ := g.hall.Graph.Node(e.End)
		if floor.Free(a.X, a.Y) && floor.Free(b.X, b.Y) && !floor.FreeLine(a.X, a.Y, b.X, b.Y) {
			at.warn("edge %q crosses what is not free on the floor grid %s", e.ID, f.Floor)
		}
	}
}

// docked returns the nodes to which a robot can go from a dock and come back to one.
func (l *loader) docked(g *Graph) map[string]bool {
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

// faceReach fails a rack face that no robot can look at, or not at all of it.
func (l *loader) faceReach(g *ground, r *Rack, docked map[string]bool) {
	o := l.site.Optics
	if o.VerticalFOVRad <= 0 {
		return
	}
	at := l.racks[r.ID]
	at.path = parent(at.path)
	for _, face := range []Face{Front, Rear} {
		node, ok := g.nodeBefore(r, face, o)
		switch {
		case !ok:
			at.fail("%s of rack %q cannot be seen: no node lies %g to %g m straight before it: add one to the route graph",
				face, r.ID, o.NearM, o.FarM)
		case !docked[node.ID]:
			at.fail("%s of rack %q cannot be reached: node %q has no way from a dock and back: add edges to the route graph",
				face, r.ID, node.ID)
		default:
			if u := covers(l.site.stretches(r, face, node), r.Type.UHeight); u > 0 {
				at.fail("U%d of the %s of rack %q cannot be seen from node %q, %.2f m away, with masts of %g to %g m: "+
					"move the node or give the mast more range", u, face, r.ID, node.ID, math.Abs(distanceTo(r, face, node)), o.MastMinM, o.MastMaxM)
			}
		}
	}
}

func distanceTo(r *Rack, face Face, n Node) float64 {
	_, out := r.HallToFace(face, n.X, n.Y)
	return out
}
