package maps

import (
	"math"
	"slices"
)

// A footprint is the rectangle that a rack covers on the floor.
type footprint struct {
	rack   *Rack
	radius float64 // of the circle around it
}

func (f footprint) axes() [2][2]float64 {
	sin, cos := math.Sincos(f.rack.Pose.ThetaRad)
	return [2][2]float64{{cos, sin}, {-sin, cos}} // depth, width
}

func (f footprint) half() [2]float64 {
	return [2]float64{f.rack.Type.DepthM / 2, f.rack.Type.WidthM / 2}
}

// overlap returns how far two footprints reach into each other, m; 0 or less when they do not. It is the least
// overlap over the separating axes of both.
func (f footprint) overlap(g footprint) float64 {
	dx, dy := g.rack.Pose.X-f.rack.Pose.X, g.rack.Pose.Y-f.rack.Pose.Y
	fa, ga, fh, gh := f.axes(), g.axes(), f.half(), g.half()
	least := math.Inf(1)
	for _, axis := range slices.Concat(fa[:], ga[:]) {
		reach := 0.0
		for k := range 2 {
			reach += fh[k]*math.Abs(fa[k][0]*axis[0]+fa[k][1]*axis[1]) + gh[k]*math.Abs(ga[k][0]*axis[0]+ga[k][1]*axis[1])
		}
		least = min(least, reach-math.Abs(dx*axis[0]+dy*axis[1]))
	}
	return least
}

// crossed reports whether a straight line between two hall points meets the footprint.
func (f footprint) crossed(x1, y1, x2, y2 float64) bool {
	a, h := f.axes(), f.half()
	t0, t1 := 0.0, 1.0
	for k := range 2 {
		from := (x1-f.rack.Pose.X)*a[k][0] + (y1-f.rack.Pose.Y)*a[k][1]
		step := (x2-x1)*a[k][0] + (y2-y1)*a[k][1]
		if math.Abs(step) < 1e-12 {
			if math.Abs(from) >= h[k] {
				return false
			}
			continue
		}
		near, far := (-h[k]-from)/step, (h[k]-from)/step
		t0, t1 = max(t0, min(near, far)), min(t1, max(near, far))
	}
	return t0 < t1
}

// A ground is a hall's floor with its racks, for questions of sight and room.
type ground struct {
	hall   *Hall
	prints []footprint
}

func newGround(h *Hall) *ground {
	g := &ground{hall: h}
	for _, r := range h.Racks() {
		g.prints = append(g.prints, footprint{rack: r, radius: math.Hypot(r.Type.DepthM, r.Type.WidthM) / 2})
	}
	return g
}

// nodeBefore returns the nearest node straight before a face, within the optics' range and with nothing between.
func (g *ground) nodeBefore(r *Rack, face Face, o Optics) (Node, bool) {
	var best Node
	found := false
	nearest := math.Inf(1)
	pose := r.FacePose(face)
	for _, n := range g.hall.Graph.Nodes() {
		if d, ok := straightBefore(r, face, pose, o, n); ok && d < nearest-1e-9 && g.sees(r, n, pose) {
			best, nearest, found = n, d, true
		}
	}
	return best, found
}

// straightBefore reports whether a node lies straight before a face of a pose, within the optics' range, and how good a place
// it is: the less the better. Sideways counts heavily: a node a step further back but straight before the face is the better
// place.
func straightBefore(r *Rack, face Face, pose Pose, o Optics, n Node) (d float64, ok bool) {
	if math.Abs(n.X-pose.X) > o.FarM+1 || math.Abs(n.Y-pose.Y) > o.FarM+1 {
		return 0, false
	}
	x, out := r.HallToFace(face, n.X, n.Y)
	aside := math.Abs(x - r.Type.WidthM/2)
	return out + 4*aside, out >= o.NearM && out <= o.FarM && aside <= sidewaysM
}

// Sight returns what says of a hall whether a face is seen from a place, m: straight before it, within the optics' range and
// with nothing between.
func (s *Site) Sight(h *Hall) func(r *Rack, face Face, x, y float64) bool {
	g := newGround(h)
	return func(r *Rack, face Face, x, y float64) bool {
		n, pose := Node{X: x, Y: y}, r.FacePose(face)
		_, ok := straightBefore(r, face, pose, s.Optics, n)
		return ok && g.sees(r, n, pose)
	}
}

// sees reports whether no other rack and no wall stands between a node and the middle of a rack's face.
func (g *ground) sees(r *Rack, n Node, face Pose) bool {
	for _, f := range g.prints {
		if f.rack != r && f.crossed(n.X, n.Y, face.X, face.Y) {
			return false
		}
	}
	_, _, walled := g.wall(n, face)
	return !walled
}

// beforeFaceM is how far before a face the grid is no longer asked for walls: scanned fronts bleed into the aisle.
const beforeFaceM = 0.3

// solidFrom is the occupancy from which a cell is a wall to a camera; unknown cells are none.
const solidFrom = 65

// wall returns the first occupied cell between a node and a face, if there is one. What the node itself stands in is
// told elsewhere.
func (g *ground) wall(n Node, face Pose) (x, y float64, found bool) {
	floor := g.hall.Floor
	if floor == nil {
		return 0, 0, false
	}
	long := math.Hypot(face.X-n.X, face.Y-n.Y)
	inside := true
	for d := 0.0; d < long-max(beforeFaceM, 1.5*floor.ResolutionM); d += floor.ResolutionM / 2 {
		x, y = n.X+d/long*(face.X-n.X), n.Y+d/long*(face.Y-n.Y)
		col, row, on := floor.CellAt(x, y)
		solid := on && floor.Occupancy(col, row) >= solidFrom
		if solid && !inside {
			return x, y, true
		}
		inside = inside && solid
	}
	return 0, 0, false
}

// rackAt returns the rack that covers a hall point.
func (g *ground) rackAt(x, y float64) (*Rack, bool) {
	for _, f := range g.prints {
		if f.crossed(x, y, x+1e-6, y+1e-6) {
			return f.rack, true
		}
	}
	return nil, false
}
