package heat

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// A mirror is what the plane of the face reflects to the camera. A camera before a mirror sees, at the place p of the
// face, what lies in its own plane at 2p minus its own place: the robot sees itself straight ahead.
type mirror struct {
	eye    vec
	aisleC float64
	robotC float64
	warmX  float64 // the source's mirror image on the face, m
	warmY  float64
	radius float64
	base   float64 // radiance that a glossy front adds at the image's middle
}

func newMirror(s *Scene, l *look, v *view) *mirror {
	m := &mirror{eye: v.at, aisleC: l.aisleC, robotC: l.airC + 7}
	if w := l.warm; w != nil && w.Z > 0 && v.at.z > 0 {
		// The ray from the eye meets the face where it would head for the source's image at -Z behind the face.
		k := v.at.z / (v.at.z + w.Z)
		m.warmX, m.warmY = v.at.x+k*(w.X-v.at.x), v.at.y+k*(w.Y-v.at.y)
		m.radius = max(0.01, w.SizeM*k)
		m.base = sensorEmissivity * (radiance(s.InletC+w.RiseK) - radiance(s.InletC))
	}
	return m
}

// reflectedC is what a place of the face reflects: the aisle, or the robot's mast and body.
func (m *mirror) reflectedC(x, y float64) float64 {
	dx, height := math.Abs(2*(x-m.eye.x)), 2*y-m.eye.y
	if (dx < 0.07 && height < m.eye.y+0.1) || (dx < 0.25 && height < 0.55) {
		return m.robotC
	}
	return m.aisleC
}

// warm is the radiance that a glossy front adds of the warm thing in the aisle.
func (m *mirror) warm(x, y float64) float64 {
	if m.base == 0 {
		return 0
	}
	r := ((x-m.warmX)*(x-m.warmX) + (y-m.warmY)*(y-m.warmY)) / (m.radius * m.radius)
	if r > 6 {
		return 0
	}
	return m.base * math.Exp(-r)
}

// A leaf is a door's, turned about its hinge.
type leaf struct {
	hingeX, gap, width float64
	dirX, dirZ         float64 // along the leaf from the hinge
	low, high          float64
	open               float64 // share of holes
	emits              float64
}

// newLeaf places the door; nil without one. Glass and sheet are opaque in the thermal infrared.
func newLeaf(s *Scene) *leaf {
	door := s.Rack.DoorAt(s.Face)
	if door == nil || s.Door == "" {
		return nil
	}
	turn := 0.0
	if s.Door != "closed" {
		turn = s.DoorDeg * math.Pi / 180
	}
	sin, cos := math.Sincos(turn)
	f := &leaf{gap: door.GapM, width: s.Rack.Type.WidthM, dirX: cos, dirZ: sin, emits: 0.9, low: 0.02}
	f.high = s.Rack.UnitBottomM(s.Rack.Type.UHeight+1) + 0.04
	if door.Hinge == "right" {
		f.hingeX, f.dirX = f.width, -cos
	}
	if door.Kind == maps.PerforatedDoor {
		f.open = 0.60 + 0.05*share(s.Rack.ID, "mesh")
	}
	return f
}

// meets tells whether a ray passes the leaf before it reaches the face.
func (f *leaf) meets(at, d vec) bool {
	// at + t*d = hinge + k*dir, in the plane of X and Z.
	det := d.z*f.dirX - d.x*f.dirZ
	if math.Abs(det) < 1e-9 {
		return false
	}
	px, pz := f.hingeX-at.x, f.gap-at.z
	t := (pz*f.dirX - px*f.dirZ) / det
	k := (d.x*pz - d.z*px) / det
	y := at.y + t*d.y
	return t > 0 && k >= 0 && k <= f.width && y >= f.low && y <= f.high
}
