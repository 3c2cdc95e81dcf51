package register

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// strangeBelief is the weighted square of the six deviations from the belief that one belief in 1,000 exceeds (chi
// squared, 6 degrees): such tags are not those of the face that the robot stands before, or it errs.
const strangeBelief = 22.5

// How tags are looked for around the places where the belief shows them.
const (
	scanSigmas = 3.5 // deviations of the belief
	scanCellPx = 5   // px of a tag's cell in the picture that is searched
	scanMostPx = 100 // of that picture, each way
	// mostAnchors bounds how many single tags are tried where they do not agree.
	mostAnchors = 3
)

// Near is Register helped by where the robot believes its camera to be; belief may be nil. Where too few tags are
// found, as when the leaf of a door or the picture's border cuts them, it lays the tags of the face over the picture
// around the places where the belief shows them; a part of a tag is enough. Where the tags found hold the pose too
// weakly, the belief holds it too, with its own deviations. Two tags are needed all the same.
func Near(grey *image.Gray, target vision.Target, cam Camera, belief *vision.BelievedPose) (Fit, error) {
	if err := admit(target, cam); err != nil {
		return Fit{}, err
	}
	if belief == nil {
		return Register(grey, target, cam)
	}
	start, err := FromPose(*belief, target, cam)
	if err != nil || !(belief.SigmaM > 0 && belief.SigmaRad > 0) {
		return Register(grey, target, cam) // no belief to go by
	}
	return register(grey, target, cam, &prior{BelievedPose: *belief, start: start})
}

// A prior is a belief that takes part in a fit.
type prior struct {
	vision.BelievedPose
	start Fit
}

// values are what a belief is of: the centre, m, and the angles, rad.
func values(p Pose) (v [6]float64) {
	v[0], v[1], v[2] = p.Centre()
	v[3], v[4], v[5] = p.Angles()
	return v
}

// rows are the belief's six residuals at a pose and their slopes by the pose's parameters, in deviations. The camera is
// believed upright, as surely as its heading.
func (p *prior) rows(at pose6) (rows [6][6]float64, r [6]float64) {
	const h = 1e-5
	told, here := values(p.start.Pose), values(poseOf(at.rvec, at.tvec))
	sigma := [6]float64{p.SigmaM, p.SigmaM, p.SigmaM, p.SigmaRad, p.SigmaRad, p.SigmaRad}
	for i := range 6 {
		plus, minus := values(shifted(at.rvec, at.tvec, i, h).Pose), values(shifted(at.rvec, at.tvec, i, -h).Pose)
		for k := range 6 {
			rows[k][i] = (plus[k] - minus[k]) / (2 * h * sigma[k])
		}
	}
	for k := range 6 {
		r[k] = (told[k] - here[k]) / sigma[k]
	}
	return rows, r
}

// strange says whether a pose is none that the belief allows.
func (p *prior) strange(at pose6) bool {
	_, r := p.rows(at)
	var sum float64
	for _, v := range r {
		sum += v * v
	}
	return !(sum <= strangeBelief)
}

// registerBelieved fits tags that were found, and others that are looked for around where the belief shows them, to a
// pose that the belief holds too. Any one tag corrects the belief so far that the others are near.
func registerBelieved(grey *image.Gray, found []Tag, target vision.Target, cam Camera, px float64, by *prior) (Fit, error) {
	anchors := onFace(found, target)
	if len(anchors) < minTags {
		anchors = by.anchors(grey, anchors, target)
	}
	if len(anchors) == 0 {
		return Fit{}, fmt.Errorf("%w: no tag shows near where the robot believes to see it", ErrCannotTell)
	}
	fit, err := registerFrom(grey, anchors, target, cam, px, by)
	if !errors.Is(err, ErrCannotTell) || len(fit.Tags) >= minTags {
		return fit, err
	}
	// One of them may be none: each of the best by itself.
	for i := range min(len(anchors), mostAnchors) {
		if len(anchors) == 1 {
			break
		}
		if fit, next := registerFrom(grey, anchors[i:i+1], target, cam, px, by); next == nil {
			return fit, nil
		}
	}
	return Fit{}, err
}

// registerFrom fits the tags that it starts from, and then all that show where the fit says. With an error that comes of
// tags that agree but hold the pose too weakly, the fit still lists them.
func registerFrom(grey *image.Gray, first []Tag, target vision.Target, cam Camera, px float64, by *prior) (Fit, error) {
	fit, err := fitKnown(first, target, cam, len(first), roughPx, by)
	if err != nil {
		return Fit{}, err
	}
	for range 3 {
		all := fit.seek(grey, target)
		next, err := fitKnown(all, target, cam, len(all), px, by)
		if err != nil {
			return Fit{}, err
		}
		settled := len(next.Tags) == len(fit.Tags)
		if fit = next; settled {
			break
		}
	}
	if len(fit.Tags) < minTags {
		return Fit{}, fmt.Errorf("%w: %d of the face's %d tags seen near where the robot believes to see them, %d needed",
			ErrCannotTell, len(fit.Tags), len(target.Tags), minTags)
	}
	if _, err := fit.accept(); err != nil {
		return Fit{Tags: fit.Tags}, err
	}
	return fit, nil
}

// anchors adds to tags found those that match best around where the belief shows them, the best first.
func (p *prior) anchors(grey *image.Gray, found []Tag, target vision.Target) []Tag {
	type match struct {
		tag  Tag
		like float64
	}
	var matches []match
	full := sampler{grey}
	var small *image.Gray
	k := 1
	for _, place := range target.Tags {
		corners, ok := p.start.cornersOf(place, target.TagSizeM)
		c, known := codeOf(place.ID)
		if !ok || !known || slices.ContainsFunc(found, func(t Tag) bool { return t.ID == place.ID }) {
			continue
		}
		if small == nil {
			k = max(1, int(math.Round(math.Sqrt(math.Abs(area(corners)))/cells/scanCellPx)))
			small = reduced(grey, k)
		}
		near := corners
		for i := range near {
			for axis := range 2 {
				near[i][axis] = (near[i][axis]+0.5)/float64(k) - 0.5
			}
		}
		du, dv, hung, ok := sampler{small}.scan(c, near, p.reachPx()/float64(k))
		if !ok {
			continue
		}
		for i := range corners {
			corners[i][0] += du * float64(k)
			corners[i][1] += dv * float64(k)
		}
		if o, ok := full.align(hung, corners); ok && o.match >= leastMatch {
			matches = append(matches, match{Tag{ID: place.ID, Corners: o.corners}, o.match})
		}
	}
	slices.SortFunc(matches, func(a, b match) int {
		if a.like > b.like {
			return -1
		}
		return 1
	})
	out := slices.Clone(found)
	for _, m := range matches {
		out = append(out, m.tag)
	}
	return out
}

// reachPx is how far from where the belief shows a tag it may show, px.
func (p *prior) reachPx() float64 {
	f := p.start.Camera.FY
	return scanSigmas * f * math.Hypot(p.SigmaM/p.Z, p.SigmaRad)
}
