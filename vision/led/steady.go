package led

import (
	"image"
	"math"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A steadier finds by how many pixels a frame is shifted against a reference frame: Lucas and Kanade's translation
// ("An iterative image registration technique", 1981) over a few patches with strong edges, such as fiducials, in the
// green channel. A robot that stands sways by a pixel or two; turning and zoom between frames are not modelled.
type steadier struct {
	points []anchor
	energy float64       // sum of |reference| about its mean, to judge a residual by
	hinv   [2][2]float64 // inverse of the gradient's second moments
	dx, dy float64       // of the last frame: where the next search starts
}

// An anchor is one sample of the reference with its gradient, in grey levels per px.
type anchor struct {
	x, y, v, gx, gy float64
}

// Limits of what steadying believes.
const (
	coarsePx    = 10   // how far the coarse search looks around the last shift, px
	maxResidual = 0.35 // of the reference's own contrast: above it the frame shows something else
	anchorStep  = 2    // px between samples
	maxAnchors  = 6000
)

// newSteadier prepares a reference; ok is false when the patches hold no texture to hold on to.
func newSteadier(ref burst.Frame, patches []image.Rectangle) (s *steadier, ok bool) {
	s = &steadier{}
	var sum, hxx, hxy, hyy float64
	for _, p := range patches {
		p = p.Intersect(image.Rect(1, 1, ref.Width-1, ref.Height-1))
		for y := p.Min.Y; y < p.Max.Y && len(s.points) < maxAnchors; y += anchorStep {
			for x := p.Min.X; x < p.Max.X; x += anchorStep {
				gx := (green(ref, x+1, y) - green(ref, x-1, y)) / 2
				gy := (green(ref, x, y+1) - green(ref, x, y-1)) / 2
				v := green(ref, x, y)
				s.points = append(s.points, anchor{float64(x), float64(y), v, gx, gy})
				sum += v
				hxx, hxy, hyy = hxx+gx*gx, hxy+gx*gy, hyy+gy*gy
			}
		}
	}
	det := hxx*hyy - hxy*hxy
	if len(s.points) < 50 || det < 1e-6*hxx*hyy || hxx < 4*float64(len(s.points)) || hyy < 4*float64(len(s.points)) {
		return s, false
	}
	s.hinv = [2][2]float64{{hyy / det, -hxy / det}, {-hxy / det, hxx / det}}
	mean := sum / float64(len(s.points))
	for _, a := range s.points {
		s.energy += math.Abs(a.v - mean)
	}
	return s, true
}

// shift says where the reference's points lie in f, relative to it, px; ok is false when they are not found.
func (s *steadier) shift(f burst.Frame) (dx, dy float64, ok bool) {
	dx, dy, res := s.refine(f, s.dx, s.dy)
	if res > maxResidual {
		cx, cy := s.coarse(f)
		dx, dy, res = s.refine(f, cx, cy)
	}
	if res > maxResidual {
		return 0, 0, false
	}
	s.dx, s.dy = dx, dy
	return dx, dy, true
}

// refine iterates from a start and returns the residual as a share of the reference's contrast.
func (s *steadier) refine(f burst.Frame, dx, dy float64) (x, y, residual float64) {
	for range 6 {
		var bx, by, res, n, mean float64
		for _, a := range s.points {
			v, in := bilinear(f, a.x+dx, a.y+dy)
			if !in {
				continue
			}
			e := a.v - v
			mean += e
			bx, by = bx+e*a.gx, by+e*a.gy
			res += math.Abs(e)
			n++
		}
		if n < float64(len(s.points))/2 {
			return dx, dy, 1
		}
		residual = res / n * float64(len(s.points)) / s.energy
		sx, sy := s.hinv[0][0]*bx+s.hinv[0][1]*by, s.hinv[1][0]*bx+s.hinv[1][1]*by
		dx, dy = dx+clamp(sx, 2), dy+clamp(sy, 2)
		if sx*sx+sy*sy < 0.03*0.03 {
			break
		}
	}
	return dx, dy, residual
}

// coarse tries whole-pixel shifts around the last one on every eighth sample.
func (s *steadier) coarse(f burst.Frame) (bestX, bestY float64) {
	best := math.Inf(1)
	for dy := -coarsePx; dy <= coarsePx; dy++ {
		for dx := -coarsePx; dx <= coarsePx; dx++ {
			var sum, n float64
			ox, oy := int(math.Round(s.dx))+dx, int(math.Round(s.dy))+dy
			for i := 0; i < len(s.points); i += 8 {
				x, y := int(s.points[i].x)+ox, int(s.points[i].y)+oy
				if x < 0 || y < 0 || x >= f.Width || y >= f.Height {
					continue
				}
				sum += math.Abs(green(f, x, y) - s.points[i].v)
				n++
			}
			if n > 0 && sum/n < best {
				best, bestX, bestY = sum/n, float64(ox), float64(oy)
			}
		}
	}
	return bestX, bestY
}

// sharpness is the gradient energy of the patches in f: of two frames the sharper has more.
func (s *steadier) sharpness(f burst.Frame, dx, dy float64) float64 {
	var sum float64
	ox, oy := int(math.Round(dx)), int(math.Round(dy))
	for _, a := range s.points {
		x, y := int(a.x)+ox, int(a.y)+oy
		if x < 0 || y < 0 || x+1 >= f.Width || y+1 >= f.Height {
			continue
		}
		v := green(f, x, y)
		gx, gy := green(f, x+1, y)-v, green(f, x, y+1)-v
		sum += gx*gx + gy*gy
	}
	return sum
}

func green(f burst.Frame, x, y int) float64 { return float64(f.BGR[3*(y*f.Width+x)+1]) }

func clamp(v, limit float64) float64 { return max(-limit, min(limit, v)) }

// bilinear is the green channel between pixels; in is false outside.
func bilinear(f burst.Frame, x, y float64) (v float64, in bool) {
	if x < 0 || y < 0 || x >= float64(f.Width-1) || y >= float64(f.Height-1) {
		return 0, false
	}
	ix, iy := int(x), int(y)
	ax, ay := x-float64(ix), y-float64(iy)
	i := 3*(iy*f.Width+ix) + 1
	j := i + 3*f.Width
	top := float64(f.BGR[i])*(1-ax) + float64(f.BGR[i+3])*ax
	low := float64(f.BGR[j])*(1-ax) + float64(f.BGR[j+3])*ax
	return top*(1-ay) + low*ay, true
}
