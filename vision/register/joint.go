package register

import (
	"math"

	"github.com/nightrounds/nightrounds/vision"
)

// What is known of tags before they are seen.
const (
	glueM   = 0.0008 // m, each way: how far a tag is glued from its place; few are off by 2 mm
	glueRad = 0.01   // rad: how far it is turned
	// How far a corner is off, px: of a tag laid over the picture with the perspective that the pose gives it, and of one
	// whose perspective is only as good as the detector's corners; and through the holes of a door.
	cornerPx = 0.2
	softPx   = 0.6
	// bleedPx is how far white runs over black at each side of a tag, in lens and sensor: the same for all tags of a
	// picture, so that their sizes must say next to nothing, however many they are.
	bleedPx = 1.0
	roughPx = 0.6
	// glueFaith is how many tags' offsets the belief in glueM is worth against those seen.
	glueFaith = 6
	// strangeTag is the weighted square of a tag's eight residuals that one in 1,000 tags exceeds (chi squared, 8 degrees):
	// it is on another rack, moved, or misread.
	strangeTag = 26
)

// A pose6 is a pose as a Rodrigues vector and a translation: what a fit varies.
type pose6 struct{ rvec, tvec [3]float64 }

func (p pose6) with(step [6]float64) pose6 {
	for i := range 3 {
		p.rvec[i] += step[i]
		p.tvec[i] += step[i+3]
	}
	return p
}

// A joint is the fit of one pose to several tags, each of them glued a little off its place. The offsets are not solved
// for: they make the errors of a tag's four corners go together, and the corners are weighted by their covariance, so
// that the pose and its error are those of the full problem.
type joint struct {
	cam   Camera
	pairs []pair  // four to a tag
	px    float64 // how far a corner is off
	glueM float64
	by    *prior // nil without a belief
	pose  pose6
	cov   [6][6]float64
	chi2  []float64 // per tag
}

// solve improves the pose by Gauss-Newton; ok is false when the tags do not determine it.
func (j *joint) solve() bool {
	const rounds, stop = 12, 1e-8
	for range rounds {
		var n [6][6]float64
		var b [6]float64
		for k := 0; k < len(j.pairs); k += 4 {
			rows, r := j.whitened(j.pairs[k : k+4])
			if rows == nil {
				return false
			}
			for i, row := range rows {
				for p := range 6 {
					b[p] += row[p] * r[i]
					for q := range 6 {
						n[p][q] += row[p] * row[q]
					}
				}
			}
		}
		if j.by != nil {
			rows, r := j.by.rows(j.pose)
			for i, row := range rows {
				for p := range 6 {
					b[p] += row[p] * r[i]
					for q := range 6 {
						n[p][q] += row[p] * row[q]
					}
				}
			}
		}
		inv, ok := invert6(n)
		if !ok {
			return false
		}
		var step [6]float64
		moved := 0.0
		for p := range 6 {
			for q := range 6 {
				step[p] += inv[p][q] * b[q]
			}
			moved = max(moved, math.Abs(step[p]))
		}
		j.pose, j.cov = j.pose.with(step), inv
		if moved < stop {
			break
		}
	}
	return j.judge()
}

// judge sets what each tag's residuals weigh.
func (j *joint) judge() bool {
	j.chi2 = j.chi2[:0]
	for k := 0; k < len(j.pairs); k += 4 {
		_, r := j.whitened(j.pairs[k : k+4])
		if r == nil {
			return false
		}
		var sum float64
		for _, v := range r {
			sum += v * v
		}
		j.chi2 = append(j.chi2, sum)
	}
	return true
}

func (j *joint) fit() Fit {
	return Fit{Pose: poseOf(j.pose.rvec, j.pose.tvec), Camera: j.cam, at: j.pose}
}

// total is the sum over the tags.
func (j *joint) total() float64 {
	var s float64
	for _, c := range j.chi2 {
		s += c
	}
	return s
}

// whitened is the Jacobian and the residuals (seen - expected) of a tag's corners, decorrelated: multiplied with the
// inverse of the Cholesky factor of their covariance. Nil when a corner lies behind the camera.
func (j *joint) whitened(corners []pair) (rows [][6]float64, r []float64) {
	fit := j.fit()
	points := make([][2]float64, len(corners))
	r = make([]float64, 0, 2*len(corners))
	var mx, my float64
	for i, p := range corners {
		points[i] = [2]float64{p.x, p.y}
		u, v, ok := fit.FaceToPixel(p.x, p.y)
		if !ok {
			return nil, nil
		}
		r = append(r, p.u-u, p.v-v)
		mx, my = mx+p.x/float64(len(corners)), my+p.y/float64(len(corners))
	}
	rows = jacobian(j.cam, j.pose.rvec, j.pose.tvec, points)
	l, ok := cholesky(j.covariance(fit, points, mx, my))
	if !ok {
		return nil, nil
	}
	for i := range l { // forward substitution
		for k := range i {
			for p := range 6 {
				rows[i][p] -= l[i][k] * rows[k][p]
			}
			r[i] -= l[i][k] * r[k]
		}
		for p := range 6 {
			rows[i][p] /= l[i][i]
		}
		r[i] /= l[i][i]
	}
	return rows, r
}

// covariance of the corners' pixels: each for itself, and all together with the tag's offset and turn.
func (j *joint) covariance(fit Fit, points [][2]float64, mx, my float64) [8][8]float64 {
	const h = 1e-4
	var dx, dy, turn [8]float64 // px per m, per m, per rad
	for i, p := range points {
		u, v, _ := fit.FaceToPixel(p[0], p[1])
		ux, vx, _ := fit.FaceToPixel(p[0]+h, p[1])
		uy, vy, _ := fit.FaceToPixel(p[0], p[1]+h)
		dx[2*i], dx[2*i+1] = (ux-u)/h, (vx-v)/h
		dy[2*i], dy[2*i+1] = (uy-u)/h, (vy-v)/h
		for k := 2 * i; k < 2*i+2; k++ {
			turn[k] = dy[k]*(p[0]-mx) - dx[k]*(p[1]-my)
		}
	}
	wide, high := bled(dx, points, 0, mx), bled(dy, points, 1, my)
	var c [8][8]float64
	g, t := j.glueM*j.glueM, glueRad*glueRad
	for i := range c {
		for k := range c {
			c[i][k] = g*(dx[i]*dx[k]+dy[i]*dy[k]) + t*turn[i]*turn[k] + bleedPx*bleedPx*(wide[i]*wide[k]+high[i]*high[k])
		}
		c[i][i] += j.px * j.px
	}
	return c
}

// bled is what a tag's corners move when its sides move out by a pixel along one axis of the face, d being their px per m.
func bled(d [8]float64, points [][2]float64, axis int, middle float64) (out [8]float64) {
	for i, p := range points {
		l := math.Hypot(d[2*i], d[2*i+1])
		if p[axis] < middle {
			l = -l
		}
		out[2*i], out[2*i+1] = d[2*i]/l, d[2*i+1]/l
	}
	return out
}

// glueSeen is the deviation of the tags' offsets as these show it, held by what is known of tags.
func (j *joint) glueSeen() float64 {
	fit := j.fit()
	var sum float64
	tags := float64(len(j.pairs) / 4)
	for k := 0; k < len(j.pairs); k += 4 {
		var ex, ey float64
		for _, p := range j.pairs[k : k+4] {
			x, y, ok := fit.PixelToFace(p.u, p.v)
			if !ok {
				return glueM
			}
			ex, ey = ex+(x-p.x)/4, ey+(y-p.y)/4
		}
		sum += ex*ex + ey*ey
	}
	// Two numbers a tag, six of them taken up by the pose.
	free := max(0, 2*tags-6)
	if free == 0 {
		sum = 0
	}
	return math.Sqrt((2*glueFaith*glueM*glueM + sum) / (2*glueFaith + free))
}

// fitJoint finds one pose for the tags and drops those that cannot belong to it, the one first without which the others
// agree best, as long as two remain. ok is false when they determine no pose or two of them disagree.
func fitJoint(known []Tag, target vision.Target, cam Camera, start pose6, px float64, by *prior) (j joint, kept []Tag, ok bool) {
	kept = known
	for {
		j = joint{cam: cam, pairs: pairsOf(kept, target), px: px, glueM: glueM, by: by, pose: start}
		if !j.solve() {
			return j, kept, false
		}
		if !j.strange() {
			break
		}
		if len(kept) <= minTags {
			return j, kept, false
		}
		drop, least := 0, math.Inf(1)
		for i := range kept {
			rest := without(kept, i)
			o := joint{cam: cam, pairs: pairsOf(rest, target), px: px, glueM: glueM, by: by, pose: j.pose}
			if o.solve() && o.total() < least {
				drop, least = i, o.total()
			}
		}
		kept = without(kept, drop)
	}
	j.glueM = j.glueSeen()
	if !j.solve() {
		return j, kept, false
	}
	return j, kept, by == nil || !by.strange(j.pose)
}

// strange says whether a tag cannot belong to the pose.
func (j *joint) strange() bool {
	for _, c := range j.chi2 {
		if !(c <= strangeTag) {
			return true
		}
	}
	return false
}

func without(tags []Tag, i int) []Tag {
	return append(append(make([]Tag, 0, len(tags)), tags[:i]...), tags[i+1:]...)
}

// cholesky is the lower triangle l with l l^T = a; ok is false when a is not positive definite.
func cholesky(a [8][8]float64) (l [8][8]float64, ok bool) {
	for i := range a {
		for k := range i + 1 {
			s := a[i][k]
			for m := range k {
				s -= l[i][m] * l[k][m]
			}
			if i != k {
				l[i][k] = s / l[k][k]
				continue
			}
			if !(s > 0) {
				return l, false
			}
			l[i][i] = math.Sqrt(s)
		}
	}
	return l, true
}
