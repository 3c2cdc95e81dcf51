package register

import (
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// leastMatch is the correlation from which a tag counts as seen where it was looked for. Of patches of rack fronts that
// hold no tag the best of a hundred reach 0.45; a tag of which a third is covered keeps 0.65.
const leastMatch = 0.6

// mostReachPx bounds the search for a tag whose place is predicted.
const mostReachPx = 40

// seek lays all tags of the face over the picture where the fit says that they must show, and returns those that match.
// Those that the fit rests on are where they are said to be; the others are searched for.
func (f Fit) seek(grey *image.Gray, target vision.Target) []Tag {
	s := sampler{grey}
	pxPerM := f.Camera.FY / max(f.DepthM(target.WidthM/2, target.BaseM), 0.1)
	// Four deviations, and what a tag may be glued off.
	reach := min(mostReachPx, (4*f.SigmaM+0.003)*pxPerM)
	var found []Tag
	for _, place := range target.Tags {
		corners, ok := f.cornersOf(place, target.TagSizeM)
		if !ok || !inside(grey, corners, reach) {
			continue
		}
		c, ok := codeOf(place.ID)
		if !ok {
			continue
		}
		near := reach
		if k := slices.IndexFunc(f.Tags, func(t Tag) bool { return t.ID == place.ID }); k >= 0 {
			corners, near = moved(corners, f.Tags[k].Corners), 0
		}
		if o, ok := s.search(c, corners, near); ok {
			found = append(found, Tag{ID: place.ID, Corners: o.corners})
		}
	}
	return found
}

// moved is corners laid on the middle of others.
func moved(corners, onto [4][2]float64) [4][2]float64 {
	for axis := range 2 {
		var d float64
		for k := range corners {
			d += (onto[k][axis] - corners[k][axis]) / 4
		}
		for k := range corners {
			corners[k][axis] += d
		}
	}
	return corners
}

// cornersOf is where the fit shows a tag of the site model.
func (f Fit) cornersOf(place vision.TargetTag, sizeM float64) (c [4][2]float64, ok bool) {
	for k, q := range unitCorners {
		u, v, ok := f.FaceToPixel(place.X+q[0]*sizeM/2, place.Y+q[1]*sizeM/2)
		if !ok {
			return c, false
		}
		c[k] = [2]float64{u, v}
	}
	return c, area(c) > 64 // 8 px: a pixel a cell
}

// inside says whether corners lie in the picture or may, within reach px.
func inside(grey *image.Gray, c [4][2]float64, reach float64) bool {
	for _, p := range c {
		if p[0] < -reach || p[1] < -reach || p[0] > float64(grey.Rect.Dx())+reach || p[1] > float64(grey.Rect.Dy())+reach {
			return false
		}
	}
	return true
}

// search tries a tag, hung any way, at places up to reach px away, half a cell apart, and lays it over the best.
func (s sampler) search(c code, corners [4][2]float64, reach float64) (best overlay, ok bool) {
	h := ofSquare(corners)
	step := max(1, math.Sqrt(area(corners))/cells/2)
	n := int(math.Ceil(reach / step))
	var at [2]float64
	var hung code
	top := math.Inf(-1)
	for range 4 {
		t := templateOf(c, 2, 0)
		for j := -n; j <= n; j++ {
			for i := -n; i <= n; i++ {
				du, dv := float64(i)*step, float64(j)*step
				if m := s.match(t, h, du, dv); m > top {
					top, at, hung = m, [2]float64{du, dv}, c
				}
			}
		}
		c = c.turned()
	}
	if top < leastMatch/2 {
		return best, false
	}
	for k := range corners {
		corners[k][0] += at[0]
		corners[k][1] += at[1]
	}
	best, ok = s.align(hung, corners)
	return best, ok && best.match >= leastMatch
}
