package register

import (
	"image"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// leastMatch is the correlation from which a tag counts as seen where it was looked for. Of patches of rack fronts that
// hold no tag the best of a hundred reach 0.45; a tag of which a third is covered keeps 0.65.
const leastMatch = 0.6

// leastShown is the share of a tag that must lie in the picture.
const leastShown = 0.6

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

// inside says whether a tag may lie in the picture far enough to be recognised, reach px off.
func inside(grey *image.Gray, c [4][2]float64, reach float64) bool {
	u, v := (c[0][0]+c[1][0]+c[2][0]+c[3][0])/4, (c[0][1]+c[1][1]+c[2][1]+c[3][1])/4
	return u > -reach && v > -reach && u < float64(grey.Rect.Dx())+reach && v < float64(grey.Rect.Dy())+reach
}

// search tries a tag, hung any way, at places up to reach px away, and lays it over the best.
func (s sampler) search(c code, corners [4][2]float64, reach float64) (best overlay, ok bool) {
	du, dv, hung, ok := s.scan(c, corners, reach)
	if !ok {
		return best, false
	}
	for k := range corners {
		corners[k][0] += du
		corners[k][1] += dv
	}
	best, ok = s.align(hung, corners)
	return best, ok && best.match >= leastMatch
}
