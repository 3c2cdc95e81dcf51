package privacy

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// How much around a rack's outline is left, m: doors and feet at the sides, cable trays at the top, and the floor before
// it, where liquid is looked for. The floor lies before the face plane, so its strip is longer on the plane than it is.
const (
	besideSideM  = 0.15
	besideTopM   = 0.10
	besideFloorM = 0.60

	outlineStepM = 0.02 // of the points by which the outline is drawn into the picture
	besideStrips = 32   // rows of rectangles that make up what is beside
	minRackShare = 0.02 // of the picture: a rack that fills less is a mistaken registration
)

// extent is the part of the face plane that is left, m.
func extent(t vision.Target) (x0, y0, x1, y1 float64, ok bool) {
	top := t.BaseM + float64(t.UHeight)*maps.UnitM
	for _, v := range []float64{t.WidthM, top} {
		if math.IsNaN(v) || v < 0.1 || v > 5 {
			return 0, 0, 0, 0, false
		}
	}
	return -besideSideM, -besideFloorM, t.WidthM + besideSideM, top + besideTopM, true
}

// besides are the places that do not show the rack, in strips from the top down; ok is false when the rack cannot be
// told in the picture.
func besides(w, h int, s Scene) (out []vision.Hidden, ok bool) {
	x0, y0, x1, y1, ok := extent(s.Target)
	if !ok {
		return nil, false
	}
	deep := (h + besideStrips - 1) / besideStrips
	strips := make([]span, (h+deep-1)/deep)
	for i := range strips {
		strips[i] = span{w, 0}
	}
	for y := y0; y <= y1; y += outlineStepM {
		for x := x0; x <= x1+outlineStepM/2; x += outlineStepM {
			u, v, seen := project(s.Projector, x, y)
			if !seen || v < 0 || v >= float64(h) || u < -float64(w) || u > 2*float64(w) {
				continue
			}
			strips[int(v)/deep].add(int(u), w)
		}
	}
	shown := 0
	for i, st := range strips {
		top, bottom := i*deep, min(h, (i+1)*deep)
		if st.to <= st.from {
			out = append(out, vision.Hidden{What: Beside, X0: 0, Y0: top, X1: w, Y1: bottom})
			continue
		}
		shown += (st.to - st.from) * (bottom - top)
		if st.from > 0 {
			out = append(out, vision.Hidden{What: Beside, X0: 0, Y0: top, X1: st.from, Y1: bottom})
		}
		if st.to < w {
			out = append(out, vision.Hidden{What: Beside, X0: st.to, Y0: top, X1: w, Y1: bottom})
		}
	}
	return stacked(out), float64(shown) >= minRackShare*float64(w*h)
}

// A span is the columns of a strip that show the rack, px.
type span struct{ from, to int }

// add widens the span to a column, on a raster that lets neighbouring strips join.
func (s *span) add(u, w int) {
	raster := max(1, w/68)
	s.from = max(0, min(s.from, u/raster*raster))
	s.to = min(w, max(s.to, (u/raster+1)*raster))
}

// stacked joins places that lie on top of each other and are equally wide.
func stacked(in []vision.Hidden) []vision.Hidden {
	var out []vision.Hidden
next:
	for _, h := range in {
		for i := range out {
			if o := &out[i]; o.Y1 == h.Y0 && o.X0 == h.X0 && o.X1 == h.X1 && o.What == h.What {
				o.Y1 = h.Y1
				continue next
			}
		}
		out = append(out, h)
	}
	return out
}

// project is FaceToPixel, without the points that a lens model folds back into the picture from beyond its edge: there
// right turns left, or up turns down.
func project(p Projector, x, y float64) (u, v float64, ok bool) {
	const h = 0.005
	u, v, ok = p.FaceToPixel(x, y)
	if !ok || math.IsNaN(u) || math.IsNaN(v) || math.Abs(u) > 1e6 || math.Abs(v) > 1e6 {
		return 0, 0, false
	}
	ur, _, okr := p.FaceToPixel(x+h, y)
	_, vu, oku := p.FaceToPixel(x, y+h)
	return u, v, okr && oku && ur > u && vu < v
}
