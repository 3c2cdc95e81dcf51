package maps

import (
	"fmt"
	"math"
)

// sidewaysM is how far a node may lie beside a face's middle and still count as straight before it. A robot turns
// in place, so it can only shift its view by turning, which costs registration accuracy.
const sidewaysM = 0.15

// overlapUnits is how many units two neighbouring stretches of a face share, so that an error of the mast or the
// robot's pitch leaves no gap.
const overlapUnits = 2

// viewpoints derives all viewpoints; a face that no node can see has none.
func (s *Site) viewpoints() []Viewpoint {
	var all []Viewpoint
	for _, h := range s.Halls {
		if h.Graph == nil {
			continue
		}
		ground := newGround(h)
		for _, r := range h.Racks() {
			for _, face := range []Face{Front, Rear} {
				if node, ok := ground.nodeBefore(r, face, s.Optics); ok {
					all = append(all, s.stretches(r, face, node)...)
				}
			}
		}
	}
	return all
}

// stretches divides a face among as few camera heights as see all of it from a node.
// The camera looks level, so the window that it sees on the face is 2 d tan(fov/2) high.
func (s *Site) stretches(r *Rack, face Face, node Node) []Viewpoint {
	_, distance := r.HallToFace(face, node.X, node.Y)
	window := 2 * distance * math.Tan(s.Optics.VerticalFOVRad/2)
	units := float64(r.Type.UHeight)
	fit := window / UnitM
	count := 1
	if fit < units {
		if fit < overlapUnits+1 {
			return nil // too near to see three units at once
		}
		count = int(math.Ceil((units-overlapUnits)/(fit-overlapUnits) - 1e-9))
	}
	long := (units + float64(count-1)*overlapUnits) / float64(count) // of one stretch, units
	views := make([]Viewpoint, 0, count)
	for i := range count {
		from := float64(i) * (long - overlapUnits)
		mast := r.Type.BaseM + (from+long/2)*UnitM
		mast = min(max(mast, s.Optics.MastMinM), s.Optics.MastMaxM)
		// A mast that cannot go there sees what its window still holds.
		low := math.Max(from, (mast-window/2-r.Type.BaseM)/UnitM)
		high := math.Min(from+long, (mast+window/2-r.Type.BaseM)/UnitM)
		v := Viewpoint{
			ID: fmt.Sprintf("%s-%s-%d", r.ID, face, i+1), Rack: r.ID, Face: face, Hall: r.Hall, Node: node.ID,
			HeadingRad: normalAngle(r.FacePose(face).ThetaRad + math.Pi), MastM: mast, DistanceM: distance,
			FromU: int(math.Ceil(low-1e-6)) + 1, ToU: int(math.Floor(high + 1e-6)), RevisitInterval: r.RevisitInterval,
			Sensors: r.Sensors,
		}
		if v.FromU <= v.ToU {
			views = append(views, v)
		}
	}
	return views
}

// covers returns the first unit of a face that no stretch sees, or 0.
func covers(views []Viewpoint, uHeight int) (unseen int) {
	next := 1
	for _, v := range views {
		if v.FromU > next {
			break
		}
		next = max(next, v.ToU+1)
	}
	if next <= uHeight {
		return next
	}
	return 0
}

// Looks returns how many camera heights see all of a face from straight before it at a distance in m; 0 when the
// optics cannot see all of it from there.
func (s *Site) Looks(r *Rack, face Face, distanceM float64) int {
	if distanceM < s.Optics.NearM || distanceM > s.Optics.FarM {
		return 0
	}
	p := r.FacePose(face)
	sin, cos := math.Sincos(p.ThetaRad)
	views := s.stretches(r, face, Node{X: p.X + cos*distanceM, Y: p.Y + sin*distanceM})
	if covers(views, r.Type.UHeight) > 0 {
		return 0
	}
	return len(views)
}
