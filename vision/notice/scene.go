package notice

import (
	"image"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// unitM is the height of one rack unit, m.
const unitM = maps.UnitM

// A Projector says where points of the face frame lie in the reference frame of the look; register's fits are ones.
type Projector interface {
	FaceToPixel(x, y float64) (u, v float64, ok bool)
	PointToPixel(x, y, z float64) (u, v float64, ok bool)
}

// A Scene is one look, straightened, and what is known of the place.
type Scene struct {
	Target vision.Target
	Face   ortho.Picture
	Floor  *ortho.Picture // nil when the floor was not in view
	// NormalFace and NormalFloor are the same when all was in order; nil before commissioning.
	NormalFace, NormalFloor *ortho.Picture
	// Projector and Frame are of the reference frame; Projector may be nil.
	Projector Projector
	Frame     burst.Frame
	// SigmaM is the standard deviation of a place on the face, m.
	SigmaM float64
	// Eye is where the camera stood, and NormalEye where it stood at commissioning (only X, Y, Z and SigmaMM are read); zero when
	// not known.
	Eye, NormalEye vision.Registration
	Air            *vision.Air
	Hidden         []image.Rectangle // of Frame, px: people and screens
}

// Notice says what a look shows of its door, panels, devices and floor, one sighting for each that is declared. Lights
// are Lit's. Broken pictures are told from good ones by their size and give unknown.
func Notice(s Scene) []vision.Sighting {
	s.Face = valid(s.Face)
	s.NormalFace, s.Floor, s.NormalFloor = validRef(s.NormalFace), validRef(s.Floor), validRef(s.NormalFloor)
	var out []vision.Sighting
	door := s.door()
	if s.Target.Door != nil {
		out = append(out, door)
	}
	out = append(out, s.places(door)...)
	if s.Target.WatchFloor {
		out = append(out, s.liquid(door))
	}
	return out
}

// covered says whether the door hides what is behind it.
func covered(d *maps.Door, door vision.Sighting) bool {
	return d != nil && d.Kind == maps.SolidDoor && door.State != vision.StateOpen
}

// hidden says whether a point of the face lies in a hidden rectangle.
func (s Scene) hidden(x, y float64) bool {
	if s.Projector == nil || len(s.Hidden) == 0 {
		return false
	}
	u, v, ok := s.Projector.FaceToPixel(x, y)
	if !ok || !(u > -1e6 && u < 1e6 && v > -1e6 && v < 1e6) {
		return false
	}
	p := image.Pt(int(u), int(v))
	for _, r := range s.Hidden {
		if p.In(r) {
			return true
		}
	}
	return false
}

// maxSide bounds a straightened picture, px.
const maxSide = 1 << 14

// valid is the picture, or an empty one when it is not what it says.
func valid(p ortho.Picture) ortho.Picture {
	if p.Width < 8 || p.Height < 8 || p.Width > maxSide || p.Height > maxSide || len(p.BGR) != 3*p.Width*p.Height ||
		len(p.Seen) != p.Width*p.Height || !(p.ScaleM > 1e-5 && p.ScaleM < 0.1) || !(p.LeftM > -100 && p.LeftM < 100) || !(p.TopM > -100 && p.TopM < 100) {
		return ortho.Picture{}
	}
	return p
}

// validRef is valid for a picture that may be absent.
func validRef(p *ortho.Picture) *ortho.Picture {
	if p == nil {
		return nil
	}
	v := valid(*p)
	if v.Width == 0 {
		return nil
	}
	return &v
}
