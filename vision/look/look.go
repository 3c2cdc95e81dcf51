// Package look does one look: it opens a burst, finds where the camera stood, reads the lights and the temperatures,
// and leaves the pictures. Serve does so for requests on a pipe: it is the vision process of a robot, kept apart because
// a bad frame can make OpenCV abort, which costs this process one look and the robot nothing else.
//
// It judges nothing: vision.Judge does, in the agent.
package look

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/register"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// tries is on which frames a registration is tried, as shares of the burst: the middle, then the ends.
var tries = [...]float64{0.5, 0.9, 0.1} //nolint:gochecknoglobals // a constant table

// Look measures one look. A picture that does not tell where the camera stood is a result all the same: Registration
// says none, the pictures are left as evidence, and no place has a reading. An error means that nothing was measured.
func Look(req vision.LookRequest) (vision.LookResult, error) {
	res := vision.LookResult{ID: req.ID, Registration: vision.Registration{Method: vision.MethodNone}}
	if err := check(req); err != nil {
		return res, err
	}
	b, err := burst.Open(req.FramesPath, req.Width, req.Height, len(req.Times))
	if err != nil {
		return res, err
	}
	defer func() { _ = b.Close() }()

	fit, ref, err := registered(b, req)
	sharpest := b.Frames / 2
	switch {
	case errors.Is(err, register.ErrCannotTell):
	case err != nil:
		return res, err
	default:
		res.Registration = registration(fit)
		if sharpest, err = measure(&res, b, req, fit, ref); err != nil {
			return res, err
		}
	}
	res.Evidence, err = leave(b, sharpest, req)
	return res, err
}

// check refuses a request that cannot be one.
func check(req vision.LookRequest) error {
	if len(req.Times) == 0 {
		return errors.New("look: the burst has no frames")
	}
	for i := 1; i < len(req.Times); i++ {
		if req.Times[i].Before(req.Times[i-1]) {
			return fmt.Errorf("look: frame %d is older than the one before it", i)
		}
	}
	for _, v := range []float64{req.FX, req.FY, req.CX, req.CY} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("look: the camera's geometry is not a number")
		}
	}
	return nil
}

// registered finds the camera's pose from the first frame that tells it.
func registered(b *burst.Burst, req vision.LookRequest) (register.Fit, int, error) {
	cam := register.Camera{FX: req.FX, FY: req.FY, CX: req.CX, CY: req.CY, Dist: req.Dist}
	var last error
	for _, share := range tries {
		i := min(b.Frames-1, int(share*float64(b.Frames)))
		f, err := b.Frame(i)
		if err != nil {
			return register.Fit{}, 0, err
		}
		fit, err := register.Register(f.Gray(), req.Target, cam)
		if err == nil {
			return fit, i, nil
		}
		if last = err; !errors.Is(err, register.ErrCannotTell) {
			return fit, 0, err
		}
	}
	return register.Fit{}, 0, last
}

// registration reports a fit.
func registration(fit register.Fit) vision.Registration {
	x, y, z := fit.Pose.Centre()
	yaw, pitch := fit.Pose.Angles()
	return vision.Registration{
		Method: vision.MethodTags, Tags: len(fit.Tags), SigmaMM: fit.SigmaM * 1000, X: x, Y: y, Z: z, YawRad: yaw, PitchRad: pitch,
	}
}

// measure reads lights and temperatures, and says which frame is the sharpest.
func measure(res *vision.LookResult, b *burst.Burst, req vision.LookRequest, fit register.Fit, ref int) (sharpest int, err error) {
	view := led.View{Projector: fit, FocalPx: (req.FX + req.FY) / 2, Reference: ref, Patches: patches(fit.Tags), SigmaM: fit.SigmaM}
	var st led.Steadiness
	if res.LEDs, st, err = led.Read(b, req.Times, req.Target.Devices, view); err != nil {
		return ref, err
	}
	if req.Thermal == nil {
		return st.Sharpest, nil
	}
	res.Devices, res.Units, err = thermal.Read(*req.Thermal, req.Target, fit, req.AirC)
	return st.Sharpest, err
}

// patches are the tags with their margins.
func patches(tags []register.Tag) []image.Rectangle {
	var out []image.Rectangle
	for _, t := range tags {
		var xs, ys []float64
		for _, c := range t.Corners {
			xs, ys = append(xs, c[0]), append(ys, c[1])
		}
		const pad = 4
		out = append(out, image.Rect(int(slices.Min(xs))-pad, int(slices.Min(ys))-pad, int(slices.Max(xs))+pad, int(slices.Max(ys))+pad))
	}
	return out
}
