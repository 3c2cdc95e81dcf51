package register

import (
	"errors"
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// standing is the pose of a camera at a place of the face frame (m) whose optical axis has the given yaw and pitch, with
// its upright edge level; rad, signs as Angles.
func standing(x, y, z, yaw, pitch float64) Pose {
	sy, cy := math.Sincos(yaw)
	sp, cp := math.Sincos(pitch)
	p := Pose{R: [3][3]float64{
		{cy, 0, sy},              // the picture's right
		{sy * sp, -cp, -cy * sp}, // its down
		{sy * cp, sp, -cy * cp},  // the axis
	}}
	for i, r := range p.R {
		p.T[i] = -(r[0]*x + r[1]*y + r[2]*z)
	}
	return p
}

// FromPose takes the robot's belief for the camera's pose. SigmaM follows from the belief's own deviations and is the
// worst over the stretch: whether that tells one unit from the next is the caller's to decide (maps.UnitM/6 does).
func FromPose(b vision.BelievedPose, target vision.Target, cam Camera) (Fit, error) {
	for _, v := range [...]float64{b.X, b.Y, b.Z, b.YawRad, b.PitchRad, b.SigmaM, b.SigmaRad} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Fit{}, errors.New("register: the believed pose is not a number")
		}
	}
	if b.Z <= 0 || math.Cos(b.YawRad) <= 0 || math.Cos(b.PitchRad) <= 0 {
		return Fit{}, errors.Join(ErrCannotTell, errors.New("the believed pose does not look at the face"))
	}
	fit := Fit{Pose: standing(b.X, b.Y, b.Z, b.YawRad, b.PitchRad), Camera: cam}
	fit.at = pose6{rotationOf(fit.Pose.R), fit.Pose.T}
	fit.SigmaM = fit.sigmaOfBelief(b, target)
	return fit, nil
}

// sigmaOfBelief adds what each deviation of the belief moves heights on the face, in squares. The heading's deviation
// stands for pitch too.
func (f Fit) sigmaOfBelief(b vision.BelievedPose, target vision.Target) float64 {
	m, r := b.SigmaM, b.SigmaRad
	moved := [...]Pose{
		standing(b.X+m, b.Y, b.Z, b.YawRad, b.PitchRad), standing(b.X, b.Y+m, b.Z, b.YawRad, b.PitchRad),
		standing(b.X, b.Y, b.Z+m, b.YawRad, b.PitchRad), standing(b.X, b.Y, b.Z, b.YawRad+r, b.PitchRad),
		standing(b.X, b.Y, b.Z, b.YawRad, b.PitchRad+r),
	}
	var worst float64
	for _, p := range stretch(target) {
		u, v, ok := f.FaceToPixel(p[0], p[1])
		if !ok {
			return math.Inf(1)
		}
		var sum float64
		for _, to := range moved {
			_, y, ok := Fit{Pose: to, Camera: f.Camera}.PixelToFace(u, v)
			if !ok {
				return math.Inf(1)
			}
			sum += (y - p[1]) * (y - p[1])
		}
		worst = max(worst, math.Sqrt(sum))
	}
	return worst
}

// stretch is nine points that span the part of the face to look at, m.
func stretch(target vision.Target) [][2]float64 {
	lo := target.BaseM + float64(target.FromU-1)*maps.UnitM
	hi := target.BaseM + float64(target.ToU)*maps.UnitM
	points := make([][2]float64, 0, 9)
	for _, y := range [...]float64{lo, (lo + hi) / 2, hi} {
		for _, x := range [...]float64{(target.WidthM - maps.PanelWidthM) / 2, target.WidthM / 2, (target.WidthM + maps.PanelWidthM) / 2} {
			points = append(points, [2]float64{x, y})
		}
	}
	return points
}
