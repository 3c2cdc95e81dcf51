package look

import (
	"errors"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
	"github.com/nightrounds/nightrounds/vision/privacy"
	"github.com/nightrounds/nightrounds/vision/register"
)

// tries are the frames, as shares of the burst, that are searched for a place, until one tells.
var tries = [...]float64{0.5, 0.9, 0.1} //nolint:gochecknoglobals // a constant table

// A standing is where the camera stood before the face, and the frame that says so.
type standing struct {
	fit     register.Fit
	method  string
	frame   burst.Frame // a copy
	frameNo int
	why     string // nothing tells
}

// stand finds where the camera stood: by tags, else by the commissioning picture, else by what the robot believes.
func stand(req vision.LookRequest, film Film, n *normals) (*standing, error) {
	cam := register.Camera{FX: req.FX, FY: req.FY, CX: req.CX, CY: req.CY, Dist: req.Dist}
	at := &standing{method: vision.MethodNone}
	var last error
	for _, share := range tries {
		i := min(film.Frames.Len()-1, int(share*float64(film.Frames.Len())))
		f, err := film.Frames.Frame(i)
		if err != nil {
			return nil, err
		}
		if at.frame.BGR == nil || last != nil {
			at.frame = burst.Frame{Width: f.Width, Height: f.Height, BGR: slices.Clone(f.BGR)}
			at.frameNo = i
		}
		fit, err := register.Near(f.Gray(), req.Target, cam, req.Pose)
		if err == nil {
			at.fit, at.method = fit, vision.MethodTags
			return at, nil
		}
		if last = err; !errors.Is(err, register.ErrCannotTell) {
			return nil, err
		}
	}
	at.why = last.Error()
	if n.face != nil {
		fit, err := register.ToReference(at.frame, *n.face, req.Target, cam)
		if err == nil {
			at.fit, at.method = fit, vision.MethodReference
			// The reference lies where its own look was placed, no better.
			at.fit.SigmaM = math.Hypot(fit.SigmaM, n.told.Eye.SigmaMM/1000)
			return at, nil
		}
		if !errors.Is(err, register.ErrCannotTell) {
			return nil, err
		}
	}
	if req.Pose != nil {
		if fit, err := register.FromPose(*req.Pose, req.Target, cam); err == nil {
			at.fit, at.method = fit, vision.MethodPose
		}
	}
	return at, nil
}

// tells says whether the place is known well enough to name units: to within a sixth of one.
func (at *standing) tells() bool {
	return at.method != vision.MethodNone && at.fit.SigmaM <= maps.UnitM/6
}

// registration puts a fit into the words of the look's result.
func (at *standing) registration() vision.Registration {
	if at.method == vision.MethodNone || at.method == vision.MethodPose && !at.tells() {
		return vision.Registration{Method: vision.MethodNone}
	}
	x, y, z := at.fit.Pose.Centre()
	yaw, pitch, roll := at.fit.Pose.Angles()
	return vision.Registration{
		Method: at.method, Tags: len(at.fit.Tags), SigmaMM: at.fit.SigmaM * 1000,
		X: x, Y: y, Z: z, YawRad: yaw, PitchRad: pitch, RollRad: roll,
	}
}

// patches are the places of the tags in the picture, with their margins: all edges that the steadier needs.
func (at *standing) patches() []image.Rectangle {
	var out []image.Rectangle
	for _, t := range at.fit.Tags {
		var xs, ys []float64
		for _, c := range t.Corners {
			xs, ys = append(xs, c[0]), append(ys, c[1])
		}
		const pad = 4
		out = append(out, image.Rect(int(slices.Min(xs))-pad, int(slices.Min(ys))-pad, int(slices.Max(xs))+pad, int(slices.Max(ys))+pad))
	}
	return out
}

// view is how the burst shows the face, for the reading of lights through a door.
func (at *standing) view(req vision.LookRequest, film Film, door *maps.Door) led.View {
	v := led.View{
		Projector: at.fit, FocalPx: (req.FX + req.FY) / 2, Reference: at.frameNo, Patches: at.patches(), SigmaM: at.fit.SigmaM,
		Bracket: film.Bracket, Door: door, Without: film.Without,
	}
	if req.Exposure > 0 {
		v.BracketShare = float64(req.BracketExposure) / float64(req.Exposure)
	}
	return v
}

// How the planes of a rack are straightened.
const (
	faceScaleM  = 0.001 // m per px
	floorScaleM = 0.002
	besideM     = 0.05 // of the face's sides
	floorOutM   = 0.5  // how far the floor strip reaches
	aboveM      = 0.05 // of the stretch
)

// scene is what the look shows, straightened.
func (at *standing) scene(req vision.LookRequest, n *normals, hidden []vision.Hidden) notice.Scene {
	t := req.Target
	s := notice.Scene{
		Target: t, Projector: at.fit, Frame: at.frame, SigmaM: at.fit.SigmaM, NormalFace: n.face, NormalFloor: n.floor,
		Eye: at.registration(), Air: req.Air,
		Face: at.face(at.frame, t),
	}
	if n.told != nil {
		s.NormalEye = n.told.Eye
	}
	for _, h := range hidden {
		if h.What != privacy.Beside {
			s.Hidden = append(s.Hidden, image.Rect(h.X0, h.Y0, h.X1, h.Y1))
		}
	}
	if t.WatchFloor {
		floor := ortho.RectifyFloor(at.frame, at.fit, 0, floorOutM, t.WidthM, floorOutM, floorScaleM)
		s.Floor = &floor
	}
	return s
}

// face straightens a frame onto the stretch of the face, and a little beyond.
func (at *standing) face(f burst.Frame, t vision.Target) ortho.Picture {
	low := max(0, t.BaseM+float64(t.FromU-1)*maps.UnitM-aboveM)
	high := t.BaseM + float64(t.ToU)*maps.UnitM + aboveM
	return ortho.Rectify(f, at.fit, -besideM, high, t.WidthM+2*besideM, high-low, faceScaleM)
}

// mostCovered is the share of a device that a person or screen may cover before its temperature says nothing of it.
const mostCovered = 0.25

// uncover takes back what was read of lights and devices that somebody stands before.
func (at *standing) uncover(res *vision.LookResult, s notice.Scene, n *normals) {
	hidden := s.Hidden
	if len(hidden) == 0 {
		return
	}
	devices := withLearned(s.Target.Devices, n.lights())
	places, covered := lightsOf(devices), map[string]bool{}
	for _, d := range devices {
		covered[d.ID] = at.covered(d, hidden) > mostCovered
	}
	takeBack(res.LEDs, func(r vision.LEDReading) bool {
		l, ok := places[r.Device+"/"+r.LED]
		return ok && at.hides(l.X, l.Y, hidden)
	})
	res.Devices = slices.DeleteFunc(res.Devices, func(r vision.TemperatureReading) bool { return covered[r.Device] })
}

// lightsOf are the lights of devices, as device/light.
func lightsOf(devices []vision.TargetDevice) map[string]vision.TargetLED {
	out := map[string]vision.TargetLED{}
	for _, d := range devices {
		for _, l := range d.LEDs {
			out[d.ID+"/"+l.Name] = l
		}
	}
	return out
}

// hides says whether a point of the face lies behind a hidden place.
func (at *standing) hides(x, y float64, hidden []image.Rectangle) bool {
	u, v, ok := at.fit.FaceToPixel(x, y)
	p := image.Pt(int(u), int(v))
	return ok && slices.ContainsFunc(hidden, p.In)
}

// covered is the share of a device's face behind hidden places.
func (at *standing) covered(d vision.TargetDevice, hidden []image.Rectangle) float64 {
	const across, up = 12, 4
	n := 0
	for i := range across {
		for k := range up {
			x := d.Min.X + (d.Max.X-d.Min.X)*(float64(i)+0.5)/across
			y := d.Min.Y + (d.Max.Y-d.Min.Y)*(float64(k)+0.5)/up
			if at.hides(x, y, hidden) {
				n++
			}
		}
	}
	return float64(n) / (across * up)
}

// vagueM is the error bound beyond which a place may miss a light: the radius of most.
const vagueM = 0.0025

// doubtDark takes back that a device's lights are off where its place is vague and none of them shines to show that it
// is the right place.
func (at *standing) doubtDark(read []vision.LEDReading) {
	if at.fit.SigmaM <= vagueM {
		return
	}
	shines := map[string]bool{}
	for _, r := range read {
		shines[r.Device] = shines[r.Device] || r.Pattern != "off" && r.Pattern != "unknown"
	}
	takeBack(read, func(r vision.LEDReading) bool { return r.Pattern == "off" && !shines[r.Device] })
}

// takeBack makes readings unknown that turn out to say nothing.
func takeBack(read []vision.LEDReading, empty func(vision.LEDReading) bool) {
	for i, r := range read {
		if empty(r) {
			read[i] = vision.LEDReading{Device: r.Device, LED: r.LED, Pattern: "unknown"}
		}
	}
}
