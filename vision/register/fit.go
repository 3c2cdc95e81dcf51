package register

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// ErrCannotTell says that the picture does not tell where the camera stood; its wrapping says why.
var ErrCannotTell = errors.New("cannot tell where the camera stood")

// What a fit must meet.
const (
	minTags   = 2              // one tag alone errs by 9 mm (p95) and its pose is two-fold ambiguous
	maxSigmaM = maps.UnitM / 6 // 7.4 mm: beyond it a unit may be misnamed
	maxTagPx  = 2.5            // a tag that fits worse than this, rms px, is on another rack, moved, or misread
	placeM    = 0.0005         // how well a tag is glued: 0.5 mm
	cornerPx  = 0.25           // the least error of a corner, px: edges of a tag share their bias
)

// A Fit is the pose of the camera before the face, and how sure it is.
type Fit struct {
	Pose   Pose
	Camera Camera
	Tags   []Tag   // those that the pose rests on
	RMSPx  float64 // of their corners
	SigmaM float64 // predicted standard deviation of a height on the face, the worst over the stretch looked at
}

// A pair is a point of the face (m) and the pixel that shows it; tag is the index of its tag.
type pair struct {
	x, y, u, v float64
	tag        int
}

// Register finds the camera's pose from one grey picture of the target's face.
// It returns an error that wraps ErrCannotTell when too few of the face's tags are seen, or when the predicted sigma
// of height exceeds U/6 anywhere in the stretch FromU..ToU.
func Register(grey *image.Gray, target vision.Target, cam Camera) (Fit, error) {
	tags, err := Detect(grey)
	if err != nil {
		return Fit{}, err
	}
	return FitTags(tags, target, cam)
}

// FitTags is Register for tags already found. Tags that are not on the face are ignored; a tag that disagrees with the
// others is dropped, the worst first, as long as enough remain.
func FitTags(tags []Tag, target vision.Target, cam Camera) (Fit, error) {
	if cam.FX <= 0 || cam.FY <= 0 || target.TagSizeM <= 0 {
		return Fit{}, fmt.Errorf("register: focal length %g, %g px and tag size %g m must be positive", cam.FX, cam.FY, target.TagSizeM)
	}
	known := onFace(tags, target)
	for {
		if len(known) < minTags {
			return Fit{}, fmt.Errorf("%w: %d of the face's %d tags seen and in agreement, %d needed (%d found in all)",
				ErrCannotTell, len(known), len(target.Tags), minTags, len(tags))
		}
		pairs := pairsOf(known, target)
		rvec, tvec, err := fitPose(pairs, cam)
		if err != nil {
			return Fit{}, fmt.Errorf("%w: %w", ErrCannotTell, err)
		}
		fit := Fit{Pose: poseOf(rvec, tvec), Camera: cam, Tags: known}
		worst, worstPx := fit.residuals(pairs)
		if worstPx > maxTagPx {
			known = slices.Delete(known, worst, worst+1)
			continue
		}
		return fit.judge(pairs, rvec, tvec, target)
	}
}

// judge predicts the error of height and refuses a fit that is not sure enough.
func (f Fit) judge(pairs []pair, rvec, tvec [3]float64, target vision.Target) (Fit, error) {
	_, _, z := f.Pose.Centre()
	if z <= 0 {
		return Fit{}, fmt.Errorf("%w: the pose stands behind the face", ErrCannotTell)
	}
	f.SigmaM = f.sigmaHeight(pairs, rvec, tvec, target)
	if math.IsNaN(f.SigmaM) || f.SigmaM > maxSigmaM {
		return Fit{}, fmt.Errorf("%w: predicted sigma of height %.1f mm exceeds a sixth of a unit (%.1f mm), with %d tags",
			ErrCannotTell, f.SigmaM*1000, maxSigmaM*1000, len(f.Tags))
	}
	return f, nil
}

// onFace keeps the tags that the face carries, each id once. OpenCV may report one tag twice; two of one id at two
// places cannot both be right, so neither is used.
func onFace(tags []Tag, target vision.Target) []Tag {
	var out []Tag
	spoilt := map[int]bool{}
	for _, t := range tags {
		if !slices.ContainsFunc(target.Tags, func(tt vision.TargetTag) bool { return tt.ID == t.ID }) {
			continue
		}
		k := slices.IndexFunc(out, func(o Tag) bool { return o.ID == t.ID })
		if k < 0 {
			out = append(out, t)
		} else if !out[k].same(t) {
			spoilt[t.ID] = true
		}
	}
	return slices.DeleteFunc(out, func(t Tag) bool { return spoilt[t.ID] })
}

// same says whether two detections are of one sticker: their corners lie within a quarter of its side.
func (t Tag) same(o Tag) bool {
	side := math.Hypot(t.Corners[1][0]-t.Corners[0][0], t.Corners[1][1]-t.Corners[0][1])
	for k := range t.Corners {
		if math.Hypot(t.Corners[k][0]-o.Corners[k][0], t.Corners[k][1]-o.Corners[k][1]) > side/4 {
			return false
		}
	}
	return true
}

// pairsOf lists the four corners of each tag: clockwise from the upper left, on the face and in the picture.
func pairsOf(tags []Tag, target vision.Target) []pair {
	h := target.TagSizeM / 2
	corner := [4][2]float64{{-h, h}, {h, h}, {h, -h}, {-h, -h}}
	pairs := make([]pair, 0, 4*len(tags))
	for i, t := range tags {
		k := slices.IndexFunc(target.Tags, func(tt vision.TargetTag) bool { return tt.ID == t.ID })
		place := target.Tags[k]
		for c := range corner {
			pairs = append(pairs, pair{
				x: place.X + corner[c][0], y: place.Y + corner[c][1],
				u: t.Corners[c][0], v: t.Corners[c][1], tag: i,
			})
		}
	}
	return pairs
}

// residuals sets RMSPx and says which tag fits worst, and its rms, px.
func (f *Fit) residuals(pairs []pair) (worst int, worstPx float64) {
	sums := make([]float64, len(f.Tags))
	var total float64
	for _, p := range pairs {
		u, v, _ := f.FaceToPixel(p.x, p.y)
		e := (u-p.u)*(u-p.u) + (v-p.v)*(v-p.v)
		sums[p.tag] += e
		total += e
	}
	f.RMSPx = math.Sqrt(total / float64(2*len(pairs)))
	for i, s := range sums {
		if px := math.Sqrt(s / 8); px > worstPx {
			worst, worstPx = i, px
		}
	}
	return worst, worstPx
}

// sigmaHeight propagates the corners' error through the pose to heights on the face, m: the covariance of the pose is
// s^2 (J^T J)^-1 with J the numeric Jacobian of all corners, s the rms of the fit but never below what corner
// finding and glueing allow; a tag's four corners err together, so s counts twice (four corners, one error).
func (f Fit) sigmaHeight(pairs []pair, rvec, tvec [3]float64, target vision.Target) float64 {
	floor := math.Hypot(cornerPx, placeM*f.Camera.FY/max(f.Pose.T[2], 0.1))
	s := 2 * max(f.RMSPx, floor)
	points := make([][2]float64, len(pairs))
	for i, p := range pairs {
		points[i] = [2]float64{p.x, p.y}
	}
	cov, ok := invert6(normal(jacobian(f.Camera, rvec, tvec, points)))
	if !ok {
		return math.Inf(1)
	}
	lo := target.BaseM + float64(target.FromU-1)*maps.UnitM
	hi := target.BaseM + float64(target.ToU)*maps.UnitM
	var worst float64
	for _, y := range []float64{lo, (lo + hi) / 2, hi} {
		for _, x := range []float64{(target.WidthM - maps.PanelWidthM) / 2, target.WidthM / 2, (target.WidthM + maps.PanelWidthM) / 2} {
			worst = max(worst, s*math.Sqrt(f.heightVariance(cov, rvec, tvec, x, y)))
		}
	}
	return worst
}

// heightVariance is the variance of y at a face point for unit variance of the corners: the pose's error moves the
// pixel, and the inverse of the map from face to pixel moves it back onto the face.
func (f Fit) heightVariance(cov [6][6]float64, rvec, tvec [3]float64, x, y float64) float64 {
	const h = 1e-4
	j := jacobian(f.Camera, rvec, tvec, [][2]float64{{x, y}})
	u0, v0, ok0 := f.FaceToPixel(x, y)
	ux, vx, ok1 := f.FaceToPixel(x+h, y)
	uy, vy, ok2 := f.FaceToPixel(x, y+h)
	if !ok0 || !ok1 || !ok2 {
		return math.Inf(1)
	}
	a, b, c, d := (ux-u0)/h, (uy-u0)/h, (vx-v0)/h, (vy-v0)/h
	det := a*d - b*c
	if math.Abs(det) < 1e-9 {
		return math.Inf(1)
	}
	var g [6]float64 // dy per pose parameter
	for i := range g {
		g[i] = (-c*j[0][i] + a*j[1][i]) / det
	}
	var v float64
	for i := range g {
		for k := range g {
			v += g[i] * cov[i][k] * g[k]
		}
	}
	return v
}
