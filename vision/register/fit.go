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
)

// A Fit is the pose of the camera before the face, and how sure it is.
type Fit struct {
	Pose   Pose
	Camera Camera
	Tags   []Tag   // those that the pose rests on
	RMSPx  float64 // of their corners
	SigmaM float64 // predicted standard deviation of a height on the face, the worst over the stretch looked at

	at pose6 // Pose, as it was fitted
}

// A pair is a point of the face (m) and the pixel that shows it; tag is the index of its tag.
type pair struct {
	x, y, u, v float64
	tag        int
}

// Register finds the camera's pose from one grey picture of the target's face.
// It returns an error that wraps ErrCannotTell when too few of the face's tags are seen, or when the predicted sigma
// of height exceeds U/6 anywhere in the stretch FromU..ToU.
//
// It searches at half size first: two tags found tell where the others must be, and they are looked for there. Where
// that does not tell, it searches at full size, and in a softened picture, in which tags show through a perforated door.
func Register(grey *image.Gray, target vision.Target, cam Camera) (Fit, error) {
	if err := admit(target, cam); err != nil {
		return Fit{}, err
	}
	return register(grey, target, cam, nil)
}

// register is Register; a belief, where there is one, is asked before a search of the picture at full size.
func register(grey *image.Gray, target vision.Target, cam Camera, by *prior) (Fit, error) {
	if len(target.Tags) < minTags {
		return Fit{}, fmt.Errorf("%w: the face has %d tags, %d are needed", ErrCannotTell, len(target.Tags), minTags)
	}
	var found []Tag
	var last error
	asked := map[int]bool{} // softened pictures, in which the belief has been tried
	for _, a := range attempts(grey, target, cam) {
		if a.soft > 0 && !perforated(target) && len(onFace(found, target)) >= minTags {
			continue // a softened picture shows nothing more of them
		}
		picture := grey
		if a.soft > 0 {
			picture = soften(grey, a.soft)
		}
		tags, err := detectAt(picture, a.scale, false)
		if err != nil {
			return Fit{}, err
		}
		refineAll(picture, tags)
		found = merge(found, tags)
		fit, err := registerFound(picture, found, target, cam, a.cornerPx())
		if err != nil && by != nil && !asked[a.soft] {
			asked[a.soft] = true
			fit, err = registerBelieved(picture, found, target, cam, a.cornerPx(), by)
		}
		if err == nil {
			return fit, nil
		}
		last = err
	}
	return Fit{}, last
}

// An attempt searches for tags at a size of the picture, softened over soft px each way.
type attempt struct {
	scale float64
	soft  int
}

// cornerPx is how far the corners of tags are off in such a picture: softened, holes still pull at edges.
func (a attempt) cornerPx() float64 {
	if a.soft > 0 {
		return softPx
	}
	return cornerPx
}

// Which pictures are reduced, and how much is softened.
const (
	halfFrom = 1500 // px: the longer side from which a picture is searched at half size first
	holesPx  = 1200 // focal length, px, from which holes of a door 1 m away show 6 px apart: softened over 1 or 2 px
)

// attempts are the searches, until one tells. Behind a perforated door the softened ones come first.
func attempts(grey *image.Gray, target vision.Target, cam Camera) []attempt {
	half := 1.0
	if max(grey.Rect.Dx(), grey.Rect.Dy()) >= halfFrom {
		half = 0.5
	}
	r := max(1, int(math.Round(cam.FY/holesPx)))
	sharp, soft := []attempt{{half, 0}}, []attempt{{half, 2 * r}, {1, r}}
	if half < 1 {
		sharp = append(sharp, attempt{1, 0})
	}
	if perforated(target) {
		return append(soft, sharp...)
	}
	return append(sharp, soft...)
}

// perforated says whether the face is seen through holes.
func perforated(target vision.Target) bool {
	d := target.Door
	return d != nil && d.Kind == maps.PerforatedDoor && !d.NormallyOpen
}

// registerFound fits tags that were found, looks where the fit says for those that were not, and fits again, now with
// all of them laid over the picture in the perspective that the first fit gives them.
func registerFound(grey *image.Gray, found []Tag, target vision.Target, cam Camera, px float64) (Fit, error) {
	known := onFace(found, target)
	fit, err := fitKnown(known, target, cam, len(found), roughPx, nil)
	if err != nil {
		return Fit{}, err
	}
	for range 2 {
		all := fit.seek(grey, target)
		next, err := fitKnown(all, target, cam, len(all), px, nil)
		if err != nil {
			return Fit{}, err
		}
		settled := len(next.Tags) == len(fit.Tags)
		if fit = next; settled {
			break
		}
	}
	return fit.accept()
}

// FitTags is Register for tags already found. Tags that are not on the face are ignored; a tag that disagrees with the
// others is dropped, the worst first, as long as enough remain.
func FitTags(tags []Tag, target vision.Target, cam Camera) (Fit, error) {
	if err := admit(target, cam); err != nil {
		return Fit{}, err
	}
	fit, err := fitKnown(onFace(tags, target), target, cam, len(tags), roughPx, nil)
	if err != nil {
		return Fit{}, err
	}
	return fit.accept()
}

// admit refuses what no rack or camera has.
func admit(target vision.Target, cam Camera) error {
	if !(cam.FX > 0 && cam.FY > 0 && target.TagSizeM > 0) {
		return fmt.Errorf("register: focal length %g, %g px and tag size %g m must be positive", cam.FX, cam.FY, target.TagSizeM)
	}
	return nil
}

// fitKnown fits one pose to tags of the face, whatever its error; found is how many tags the picture showed, px how far
// their corners are off. With a belief that holds the pose too one tag is enough to say where the others must show.
func fitKnown(known []Tag, target vision.Target, cam Camera, found int, px float64, by *prior) (Fit, error) {
	if len(known) < minTags && (by == nil || len(known) == 0) {
		return Fit{}, fmt.Errorf("%w: %d of the face's %d tags seen, %d needed (%d found in all)",
			ErrCannotTell, len(known), len(target.Tags), minTags, found)
	}
	start, err := startOf(known, target, cam, by)
	if err != nil {
		return Fit{}, fmt.Errorf("%w: %w", ErrCannotTell, err)
	}
	j, kept, ok := fitJoint(known, target, cam, start, px, by)
	if !ok {
		return Fit{}, fmt.Errorf("%w: the %d tags that are seen do not agree on one place", ErrCannotTell, len(known))
	}
	fit := j.fit()
	fit.Tags = kept
	fit.residuals(j.pairs)
	if _, _, z := fit.Pose.Centre(); z <= 0 {
		return Fit{}, fmt.Errorf("%w: the pose stands behind the face", ErrCannotTell)
	}
	fit.SigmaM = fit.sigmaHeight(j, target)
	return fit, nil
}

// startOf is a first pose: the one believed, else that of all tags.
func startOf(known []Tag, target vision.Target, cam Camera, by *prior) (pose6, error) {
	if by != nil {
		return by.start.at, nil
	}
	rvec, tvec, err := fitPose(pairsOf(known, target), cam)
	return pose6{rvec, tvec}, err
}

// accept refuses a fit that is not sure enough.
func (f Fit) accept() (Fit, error) {
	if !(f.SigmaM <= maxSigmaM) {
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

// residuals sets RMSPx.
func (f *Fit) residuals(pairs []pair) {
	var total float64
	for _, p := range pairs {
		u, v, _ := f.FaceToPixel(p.x, p.y)
		total += (u-p.u)*(u-p.u) + (v-p.v)*(v-p.v)
	}
	f.RMSPx = math.Sqrt(total / float64(2*len(pairs)))
}

// sigmaHeight propagates the pose's covariance to heights on the face, m, the worst over the stretch.
func (f Fit) sigmaHeight(j joint, target vision.Target) float64 {
	var worst float64
	for _, p := range stretch(target) {
		worst = max(worst, math.Sqrt(f.heightVariance(j.cov, j.pose.rvec, j.pose.tvec, p[0], p[1])))
	}
	return worst
}

// heightVariance is the variance of y at a face point, m², for a covariance of the pose: the pose's error moves the
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
