package maps

import "math"

// FacePose returns the middle of a face on the floor, in the hall frame; ThetaRad is the face's outward normal.
func (r *Rack) FacePose(face Face) Pose {
	p := r.Pose
	if face == Rear {
		p.ThetaRad = normalAngle(p.ThetaRad + math.Pi)
	}
	sin, cos := math.Sincos(p.ThetaRad)
	p.X += cos * r.Type.DepthM / 2
	p.Y += sin * r.Type.DepthM / 2
	return p
}

// FaceToHall maps a point of a face to the hall frame; z is the height above the floor, m.
func (r *Rack) FaceToHall(face Face, p Point) (x, y, z float64) {
	pose := r.FacePose(face)
	// Who stands before the face looks against its normal; the face frame's x points to that person's right.
	sin, cos := math.Sincos(pose.ThetaRad + math.Pi/2)
	right := p.X - r.Type.WidthM/2
	return pose.X + cos*right, pose.Y + sin*right, p.Y
}

// HallToFace maps a hall point to a face: x in the face frame, and out, its distance before the face, m.
func (r *Rack) HallToFace(face Face, x, y float64) (faceX, out float64) {
	pose := r.FacePose(face)
	sin, cos := math.Sincos(pose.ThetaRad)
	dx, dy := x-pose.X, y-pose.Y
	return r.Type.WidthM/2 - dx*sin + dy*cos, dx*cos + dy*sin
}

// UnitBottomM returns the height of a unit's lower edge above the floor.
func (r *Rack) UnitBottomM(u int) float64 { return r.Type.BaseM + float64(u-1)*UnitM }

// A ShownDevice is a device as it shows on a rack face.
type ShownDevice struct {
	Device     *Device
	DeviceFace Face  // which side of the device one sees
	Min, Max   Point // its lower left and upper right corner in the rack's face frame
}

// Shown returns the devices that one sees on a face, lowest first: those mounted there show their front, those of
// full depth that are mounted on the other side show their rear.
func (r *Rack) Shown(face Face) []ShownDevice {
	var shown []ShownDevice
	left := (r.Type.WidthM - PanelWidthM) / 2
	for _, d := range r.Devices {
		if d.Position < 1 || (d.Face != face && !d.Type.IsFullDepth) {
			continue
		}
		s := ShownDevice{
			Device: d, DeviceFace: Front,
			Min: Point{X: left, Y: r.UnitBottomM(d.Position)},
			Max: Point{X: left + PanelWidthM, Y: r.UnitBottomM(d.Position + d.Type.UHeight)},
		}
		if d.Face != face {
			s.DeviceFace = Rear
		}
		shown = append(shown, s)
	}
	return shown
}

// LEDs returns the lights on the side that one sees.
func (s ShownDevice) LEDs() []LED {
	var leds []LED
	for _, l := range s.Device.Type.LEDs {
		if l.Face == s.DeviceFace {
			leds = append(leds, l)
		}
	}
	return leds
}

// LEDAt returns a light's centre in the rack's face frame, m.
func (s ShownDevice) LEDAt(l LED) Point {
	return Point{X: s.Min.X + l.XMM/1000, Y: s.Min.Y + l.YMM/1000}
}

// A Tag is a fiducial, its centre in the face frame, m.
type Tag struct {
	ID   int
	X, Y float64
}

// Tags returns the fiducials of a face.
func (r *Rack) Tags(face Face) []Tag {
	ids := r.FrontTags
	if face == Rear {
		ids = r.RearTags
	}
	tags := make([]Tag, 0, len(ids))
	for i, id := range ids {
		if i < len(r.Type.TagPlaces) {
			tags = append(tags, Tag{ID: id, X: r.Type.TagPlaces[i].X, Y: r.Type.TagPlaces[i].Y})
		}
	}
	return tags
}
