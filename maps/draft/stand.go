package draft

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// A stand is the place from which a face is looked at, in the frame of its row's axis: s along it, o to its left.
type stand struct {
	rack   *maps.Rack
	face   maps.Face
	axis   int
	s, o   float64
	side   float64 // 1 when the face looks to the axis' left, -1 to its right
	paired bool    // the aisle has room for a lane of its own before each side
	base   float64 // o of the face
	far    float64 // o of the aisle's other side
	half   float64 // of the rack's width
}

// sameAxis is how much the directions of two rows of one axis may differ, rad: 2 degrees.
const sameAxis = 0.035

// roundM is how far a node may end up from where it was wanted, as places are rounded to a mm.
const roundM = 0.001

// smear is how deep a wall may reach before a face on the grid, m: walls of a scanned floor are two cells thick.
const smear = 0.3

// axisOf returns the index of a direction among the axes, of which it makes a new one when none is near.
func (k *sketch) axisOf(theta float64) int {
	theta = math.Mod(math.Mod(theta, math.Pi)+math.Pi, math.Pi)
	for i, a := range k.axes {
		if math.Abs(math.Remainder(theta-a, math.Pi)) < sameAxis {
			return i
		}
	}
	if math.Pi-theta < 1e-6 {
		theta = 0
	}
	k.axes = append(k.axes, theta)
	return len(k.axes) - 1
}

// along returns a hall point's place on an axis, and point the way back.
func (k *sketch) along(axis int, x, y float64) (s, o float64) {
	sin, cos := math.Sincos(k.axes[axis])
	return x*cos + y*sin, y*cos - x*sin
}

func (k *sketch) point(axis int, s, o float64) (x, y float64) {
	sin, cos := math.Sincos(k.axes[axis])
	return s*cos - o*sin, s*sin + o*cos
}

// standBeforeRacks finds the place before each face, or says why there is none.
func (k *sketch) standBeforeRacks() {
	for _, r := range k.hall.Racks() {
		axis := k.axisOf(r.Pose.ThetaRad + math.Pi/2)
		for _, face := range []maps.Face{maps.Front, maps.Rear} {
			if st := k.standBefore(r, face); st != nil {
				st.axis = axis
				p := r.FacePose(face)
				st.side = 1
				if math.Cos(p.ThetaRad-k.axes[axis]-math.Pi/2) < 0 {
					st.side = -1
				}
				s, o := k.along(axis, p.X, p.Y)
				st.s, st.base, st.o, st.far = s, o, o+st.side*st.o, o+st.side*st.far
				k.stands = append(k.stands, st)
			}
		}
	}
}

// standBefore fills a stand with distances before the face: o where to stand, far the aisle's other side.
func (k *sketch) standBefore(r *maps.Rack, face maps.Face) *stand {
	optics, p := k.site.Optics, r.FacePose(face)
	sin, cos := math.Sincos(p.ThetaRad)
	start, step := 0.0, k.floor.ResolutionM/32
	for ; start < smear && !k.floor.Free(p.X+cos*start, p.Y+sin*start); start += step {
	}
	if start >= smear {
		k.unreached(r, face, "no free floor lies before it: it stands against a wall, or the grid's origin is wrong")
		return nil
	}
	width := k.floor.Ahead(p.X+cos*start, p.Y+sin*start, p.ThetaRad, 2*optics.FarM+4*k.turn)
	near, far := max(optics.NearM+roundM, start+k.turn), min(optics.FarM-roundM, start+width-k.turn)
	switch {
	case width < k.wide.WidthM:
		k.unreached(r, face, "its aisle is %.2f m wide, the robot needs %.2f m", width, k.wide.WidthM)
		return nil
	case width < 2*k.turn-step:
		k.unreached(r, face, "its aisle is %.2f m wide, the robot needs %.2f m to turn to it", width, 2*k.turn)
		return nil
	case near > far+step:
		k.unreached(r, face, "the robot can stand %.2f to %.2f m before it, the cameras need %g to %g m", start+k.turn, start+width-k.turn, optics.NearM, optics.FarM)
		return nil
	}
	far = max(near, far)
	d, looks := k.best(r, face, near, far, start+width/2)
	if looks == 0 {
		k.unreached(r, face, "not all of its units are seen from %.2f to %.2f m with masts of %g to %g m", near, far, optics.MastMinM, optics.MastMaxM)
		return nil
	}
	st := &stand{rack: r, face: face, o: d, far: start + width, half: r.Type.WidthM / 2}
	// A lane of its own before each side, so that two robots pass while they look, is worth it when it costs no look more.
	if own := start + width/2 - k.turn; own >= near {
		if d, more := k.best(r, face, near, min(own, far), (optics.NearM+optics.FarM)/2); more > 0 && more <= looks {
			st.o, st.paired = d, true
		}
	}
	return st
}

// seen reports whether all of a face is seen from a distance, and still when the node is rounded to a mm.
func (k *sketch) seen(st *stand, distance float64) bool {
	return k.site.Looks(st.rack, st.face, distance-roundM) > 0 && k.site.Looks(st.rack, st.face, distance+roundM) > 0
}

// best returns the distance from which the fewest looks see a face, and of those the one nearest to what is wished.
func (k *sketch) best(r *maps.Rack, face maps.Face, near, far, wish float64) (distance float64, looks int) {
	wish = min(max(wish, near), far)
	distance, looks = wish, k.site.Looks(r, face, wish)
	for i := 0.0; near+i*0.01 <= far+1e-9; i++ {
		d := min(near+i*0.01, far)
		n := k.site.Looks(r, face, d)
		if n > 0 && (looks == 0 || n < looks || (n == looks && math.Abs(d-wish) < math.Abs(distance-wish)-1e-9)) {
			distance, looks = d, n
		}
	}
	return distance, looks
}
