package register

import (
	"fmt"
	"image"
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// How a frame is laid over the reference picture of its face.
const (
	refSide     = 800 // px: both are reduced to this for features, a pixel being some 2 or 3 mm of the face
	refFeatures = 1500
	refPx       = 3 // how far an inlier may be off, px of the reduced frame
	// refM is how far the reference itself may be off, m: it was placed by tags, once.
	refM = 0.0015
	// Rectified at this scale, m per px, the frame is held against the reference.
	compareM = 0.002
	// leastAlike is the correlation of frame and reference, both freed of slow changes of light, that tells the same face:
	// of one whose devices changed in part. Other faces stay below 0.15.
	leastAlike = 0.3
	// leastLead is what that correlation must lose when the frame is moved by a unit or two: a rack full of equal devices
	// looks the same a unit higher.
	leastLead = 0.1
	// What inliers must span of the stretch that the frame shows.
	leastHeight, leastWidth = 0.25, 0.4
)

// ToReference finds the camera's pose from the straightened picture of the face that was taken at commissioning. Single
// features are paired first; the map that most of them agree on gives a pose, and small patches of the reference, looked
// for where that pose says, refine it. It returns an error that wraps ErrCannotTell when too little agrees, when the
// pose is none of a camera before the face, or when the frame would agree as well with the reference a unit higher or
// lower.
func ToReference(f burst.Frame, ref ortho.Picture, target vision.Target, cam Camera) (Fit, error) {
	if !(cam.FX > 0 && cam.FY > 0) {
		return Fit{}, fmt.Errorf("register: focal length %g, %g px must be positive", cam.FX, cam.FY)
	}
	if !ref.Valid() || f.Width < 1 || f.Height < 1 || len(f.BGR) < 3*f.Width*f.Height || f.Width*f.Height > maxPixels {
		return Fit{}, fmt.Errorf("%w: the reference of %d x %d px or the frame of %d x %d is no picture", ErrCannotTell, ref.Width, ref.Height, f.Width, f.Height)
	}
	pairs, err := featurePairs(f, ref, cam)
	if err != nil {
		return Fit{}, err
	}
	rvec, tvec, err := fitPose(pairs, cam)
	if err != nil {
		return Fit{}, fmt.Errorf("%w: %w", ErrCannotTell, err)
	}
	coarse, err := fitPoints(pairs, cam, pose6{rvec, tvec}, target)
	if err != nil {
		return Fit{}, err
	}
	fit, points := coarse, pairs
	// Each round of patches starts from a better place than the one before: features huddle where devices differ.
	for _, move := range patchMoves {
		patches := fit.patches(f, ref, move)
		near, err := fitPoints(patches, cam, fit.at, target)
		if err != nil {
			break
		}
		fit, points = near, patches
	}
	if err := fit.spans(points, target); err != nil {
		return Fit{}, err
	}
	if err := fit.alike(f, ref, target); err != nil {
		return Fit{}, err
	}
	return fit.accept()
}

// featurePairs pairs points of the face with pixels of the frame, as far as one map explains them.
func featurePairs(f burst.Frame, ref ortho.Picture, cam Camera) ([]pair, error) {
	frame, plane := f.Gray(), ref.Gray()
	kf, kr := reduction(frame, refSide), reduction(plane, refSide)
	found, err := matchFeaturesOf(reduced(plane, kr), reduced(frame, kf), refFeatures)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCannotTell, err)
	}
	straight := make([]couple, len(found)) // face in m, frame freed of the lens in px
	for i, c := range found {
		x, y := ref.LeftM+(c[0]+0.5)*float64(kr)*ref.ScaleM, ref.TopM-(c[1]+0.5)*float64(kr)*ref.ScaleM
		u, v := cam.undistort((c[2]+0.5)*float64(kf)-0.5, (c[3]+0.5)*float64(kf)-0.5)
		straight[i] = couple{x, y, u * cam.FX, v * cam.FY}
	}
	_, in, err := ransac(straight, refPx*float64(kf))
	if err != nil {
		return nil, err
	}
	if len(in) < leastInliers || float64(len(in)) < leastShare*float64(len(found)) {
		return nil, fmt.Errorf("%w: %d of %d features agree with the reference picture, %d are needed", ErrCannotTell, len(in), len(found), leastInliers)
	}
	pairs := make([]pair, len(in))
	for i, c := range in {
		u, v := cam.distort(c[2]/cam.FX, c[3]/cam.FY)
		pairs[i] = pair{x: c[0], y: c[1], u: u, v: v}
	}
	return pairs, nil
}

// fitPoints fits a pose to single points, with less weight the worse they fit, and predicts its error.
func fitPoints(pairs []pair, cam Camera, at pose6, target vision.Target) (Fit, error) {
	if len(pairs) < leastInliers {
		return Fit{}, fmt.Errorf("%w: %d points agree with the reference picture, %d are needed", ErrCannotTell, len(pairs), leastInliers)
	}
	points := make([][2]float64, len(pairs))
	for i, p := range pairs {
		points[i] = [2]float64{p.x, p.y}
	}
	const rounds = 10
	var cov [6][6]float64
	var rms float64
	for range rounds {
		step, c, r, ok := pointStep(pairs, points, cam, at)
		if !ok {
			return Fit{}, fmt.Errorf("%w: the points that agree with the reference picture determine no pose", ErrCannotTell)
		}
		at, cov, rms = at.with(step), c, r
	}
	fit := Fit{Pose: poseOf(at.rvec, at.tvec), Camera: cam, RMSPx: rms, at: at}
	if err := fit.before(); err != nil {
		return Fit{}, err
	}
	// Points near each other err together: four of them count as one.
	for i := range cov {
		for k := range cov {
			cov[i][k] *= 4
		}
	}
	fit.SigmaM = math.Hypot(refM, fit.sigmaHeight(joint{cam: cam, pose: at, cov: cov}, target))
	return fit, nil
}

// pointStep is one Gauss-Newton step, the covariance of the pose, and the weighted rms of the points, px.
func pointStep(pairs []pair, points [][2]float64, cam Camera, at pose6) (step [6]float64, cov [6][6]float64, rms float64, ok bool) {
	fit := Fit{Pose: poseOf(at.rvec, at.tvec), Camera: cam}
	rows := jacobian(cam, at.rvec, at.tvec, points)
	res := make([][2]float64, len(pairs))
	var mean float64
	for i, p := range pairs {
		u, v, ok := fit.FaceToPixel(p.x, p.y)
		if !ok {
			return step, cov, 0, false
		}
		res[i] = [2]float64{p.u - u, p.v - v}
		mean += math.Hypot(res[i][0], res[i][1]) / float64(len(pairs))
	}
	var n [6][6]float64
	var b [6]float64
	var sum, weight float64
	scale := max(mean, 0.05)
	for i, r := range res {
		w := 1 / (1 + (r[0]*r[0]+r[1]*r[1])/(scale*scale))
		sum, weight = sum+w*(r[0]*r[0]+r[1]*r[1]), weight+2*w
		for axis := range 2 {
			j := rows[2*i+axis]
			for p := range 6 {
				b[p] += w * j[p] * r[axis]
				for q := range 6 {
					n[p][q] += w * j[p] * j[q]
				}
			}
		}
	}
	cov, ok = invert6(n)
	rms = math.Sqrt(sum / weight)
	for p := range 6 {
		for q := range 6 {
			step[p] += cov[p][q] * b[q]
		}
	}
	for p := range 6 {
		for q := range 6 {
			cov[p][q] *= rms * rms
		}
	}
	return step, cov, rms, ok
}

// before refuses poses that no robot takes: not 0.3 to 4 m before the face, turned by more than 60 degrees, or rolled.
func (f Fit) before() error {
	const mostTurn, mostRoll = math.Pi / 3, 0.35
	x, y, z := f.Pose.Centre()
	yaw, pitch, roll := f.Pose.Angles()
	if !(z > 0.3 && z < 4 && math.Abs(yaw) < mostTurn && math.Abs(pitch) < mostTurn && math.Abs(roll) < mostRoll) {
		return fmt.Errorf("%w: at %.2f %.2f %.2f m, yaw %.2f, pitch %.2f, roll %.2f rad no camera of ours stands", ErrCannotTell, x, y, z, yaw, pitch, roll)
	}
	return nil
}

// spans refuses points that huddle in a part of the stretch: they do not hold the rest of it.
func (f Fit) spans(pairs []pair, target vision.Target) error {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, p := range pairs {
		lo, hi = [2]float64{min(lo[0], p.x), min(lo[1], p.y)}, [2]float64{max(hi[0], p.x), max(hi[1], p.y)}
	}
	tall := float64(target.ToU-target.FromU+1) * maps.UnitM
	if hi[0]-lo[0] < leastWidth*target.WidthM || hi[1]-lo[1] < min(leastHeight*tall, 0.4) {
		return fmt.Errorf("%w: what agrees with the reference picture spans %.2f x %.2f m only", ErrCannotTell, hi[0]-lo[0], hi[1]-lo[1])
	}
	return nil
}

// alike holds the straightened frame against the reference, as it lies and moved by a unit or two.
func (f Fit) alike(frame burst.Frame, ref ortho.Picture, target vision.Target) error {
	lo := target.BaseM + float64(target.FromU-1)*maps.UnitM
	hi := target.BaseM + float64(target.ToU)*maps.UnitM
	seen := ortho.Rectify(frame, f, 0, hi, target.WidthM, hi-lo, compareM)
	own := detail(seen.Gray(), int(math.Round(0.02/compareM)))
	was := ref.Gray()
	there := detail(was, max(1, int(math.Round(0.02/ref.ScaleM))))
	at := func(units int) float64 {
		return correlate(seen, own, ref, there, float64(units)*maps.UnitM)
	}
	here := at(0)
	if !(here >= leastAlike) {
		return fmt.Errorf("%w: the face agrees with the reference picture by %.2f only", ErrCannotTell, here)
	}
	for _, units := range [...]int{-2, -1, 1, 2} {
		if there := at(units); !(there <= here-leastLead) {
			return fmt.Errorf("%w: %d U off the face agrees with the reference picture by %.2f, here by %.2f", ErrCannotTell, units, there, here)
		}
	}
	return nil
}

// detail is a picture without what changes slowly: minus its mean over 2 r + 1 px each way.
func detail(g *image.Gray, r int) []float32 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	sum := make([]int, (w+1)*(h+1)) // of all above and left
	for y := range h {
		row := 0
		for x := range w {
			row += int(g.Pix[y*g.Stride+x])
			sum[(y+1)*(w+1)+x+1] = sum[y*(w+1)+x+1] + row
		}
	}
	out := make([]float32, w*h)
	for y := range h {
		y0, y1 := max(0, y-r), min(h, y+r+1)
		for x := range w {
			x0, x1 := max(0, x-r), min(w, x+r+1)
			s := sum[y1*(w+1)+x1] - sum[y0*(w+1)+x1] - sum[y1*(w+1)+x0] + sum[y0*(w+1)+x0]
			out[y*w+x] = float32(g.Pix[y*g.Stride+x]) - float32(s)/float32((y1-y0)*(x1-x0))
		}
	}
	return out
}

// correlate is the correlation of two details over the places that both cameras saw, the first moved up by upM. Bright
// spots (lights, glare) are held back so that they do not decide alone.
func correlate(p ortho.Picture, a []float32, q ortho.Picture, b []float32, upM float64) float64 {
	const most = 40
	var n, sa, sb, saa, sbb, sab float64
	for row := range p.Height {
		for col := range p.Width {
			x, y := p.Point(col, row)
			u, v := q.Pixel(x, y+upM)
			qu, qv := int(math.Round(u)), int(math.Round(v))
			if qu < 0 || qv < 0 || qu >= q.Width || qv >= q.Height {
				continue
			}
			i, k := row*p.Width+col, qv*q.Width+qu
			if p.Seen[i] == 0 || q.Seen[k] == 0 {
				continue
			}
			s, t := max(-most, min(most, float64(a[i]))), max(-most, min(most, float64(b[k])))
			n, sa, sb, saa, sbb, sab = n+1, sa+s, sb+t, saa+s*s, sbb+t*t, sab+s*t
		}
	}
	va, vb := saa-sa*sa/n, sbb-sb*sb/n
	if n < 1000 || va <= n || vb <= n {
		return math.NaN()
	}
	return (sab - sa*sb/n) / math.Sqrt(va*vb)
}
