package heat

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

type vec struct{ x, y, z float64 }

func (a vec) plus(b vec, k float64) vec { return vec{a.x + k*b.x, a.y + k*b.y, a.z + k*b.z} }

// A view is the thermal camera: a pinhole at a place of the face frame.
type view struct {
	at                  vec
	right, up, ahead    vec
	width, height       int     // samples, of which a pixel has fine x fine
	perWidth, perHeight float64 // the tangent of a sample's step
	fine                int
}

func newView(s *Scene, sensor *sensor) *view {
	sinY, cosY := math.Sincos(s.YawRad)
	sinP, cosP := math.Sincos(s.PitchRad)
	sinR, cosR := math.Sincos(s.RollRad)
	ahead := vec{sinY * cosP, sinP, -cosY * cosP}
	level := vec{cosY, 0, sinY}
	upright := vec{-sinY * sinP, cosP, cosY * sinP}
	v := &view{ahead: ahead, fine: sensor.fine, width: sensor.width * sensor.fine, height: sensor.height * sensor.fine}
	v.right = vec{}.plus(level, cosR).plus(upright, -sinR)
	v.up = vec{}.plus(level, sinR).plus(upright, cosR)
	v.at = vec{s.CameraX, s.CameraY, s.CameraZ}.plus(v.right, sensor.rightM).plus(v.up, sensor.upM)
	v.perWidth = 2 * math.Tan(sensor.hfovRad/2) / float64(v.width)
	v.perHeight = 2 * math.Tan(sensor.vfovRad/2) / float64(v.height)
	return v
}

// ray is the direction of a sample.
func (v *view) ray(col, row int) vec {
	return v.ahead.
		plus(v.right, (float64(col)-float64(v.width-1)/2)*v.perWidth).
		plus(v.up, (float64(v.height-1)/2-float64(row))*v.perHeight)
}

// span is the lowest and the highest place of the face that the view shows, within the rack.
func (v *view) span(s *Scene) (low, high float64) {
	top := s.Rack.UnitBottomM(s.Rack.Type.UHeight + 1)
	low, high = top, s.Rack.Type.BaseM
	for _, c := range []int{0, v.width - 1} {
		for _, r := range []int{0, v.height - 1} {
			d := v.ray(c, r)
			if d.z > -1e-3 {
				return s.Rack.Type.BaseM, top
			}
			y := v.at.y - v.at.z/d.z*d.y
			low, high = min(low, y-0.05), max(high, y+0.05)
		}
	}
	return max(low, s.Rack.Type.BaseM), max(s.Rack.Type.BaseM+cellM, min(high, top))
}

// render returns the radiance of every sample, row by row.
func (v *view) render(s *Scene, l *look, f *field) []float32 {
	m := newMirror(s, l, v)
	leaf := newLeaf(s)
	out := make([]float32, v.width*v.height)
	leafC := l.airC + 0.8
	for row := range v.height {
		for col := range v.width {
			d := v.ray(col, row)
			r := v.trace(s, l, f, m, d)
			if leaf != nil && leaf.meets(v.at, d) {
				shut := leaf.emits*radiance(leafC) + (1-leaf.emits)*radiance(l.aisleC)
				r = leaf.open*r + (1-leaf.open)*shut
			}
			out[row*v.width+col] = float32(r)
		}
	}
	return out
}

// trace follows one ray to the face, the posts, the floor, or the hall beyond.
func (v *view) trace(s *Scene, l *look, f *field, m *mirror, d vec) float64 {
	if d.z >= -1e-6 {
		return radiance(l.aisleC)
	}
	t := -v.at.z / d.z
	x, y := v.at.x+t*d.x, v.at.y+t*d.y
	if i, ok := f.at(x, y); ok {
		e := float64(f.emits[i])
		r := e*radiance(float64(f.t[i])) + (1-e)*radiance(m.reflectedC(x, y))
		if f.gloss[i] {
			r += m.warm(x, y)
		}
		return r
	}
	if y < 0 {
		t = -v.at.y / d.y
		return radiance(floorC(s, l, v.at.x+t*d.x, v.at.z+t*d.z))
	}
	return radiance(besideC(s, l, x, y))
}

// floorC is the floor's temperature. Standing liquid is cooled by what dries off it, by 1.5 to 3 K.
func floorC(s *Scene, l *look, x, z float64) float64 {
	c := l.airC - 1
	if s.WetFloor {
		mid := s.Rack.Type.WidthM * (0.3 + 0.4*share(s.Rack.ID, "wet"))
		if r := math.Hypot((x-mid)/0.25, (z-0.12)/0.15); r < 1.3 {
			c -= (1.5 + 1.5*share(s.Rack.ID, "dries")) / (1 + math.Exp((r-1)*12))
		}
	}
	return c
}

// besideC is the temperature of the painted posts, of the racks to both sides and of what is above.
func besideC(s *Scene, l *look, x, y float64) float64 {
	width, top := s.Rack.Type.WidthM, s.Rack.UnitBottomM(s.Rack.Type.UHeight+1)
	inRack := x - width*math.Floor(x/width) // of this rack or of its neighbours
	switch {
	case y > top+0.05:
		return l.airC + 2.5 + 1.5*math.Sin(9*x) // trays, lamps and ceiling
	case y > top || y < s.Rack.Type.BaseM || (x >= 0 && x <= width):
		return l.airC + 0.5
	case inRack < 0.06 || inRack > width-0.06:
		return l.airC + 0.5
	default:
		unit := math.Floor((y - s.Rack.Type.BaseM) / (2 * maps.UnitM))
		return l.airC + 2 + 2*math.Sin(unit*2.7+math.Floor(x/width))
	}
}
