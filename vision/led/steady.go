package led

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A steadier finds how a frame lies against a reference frame: Lucas and Kanade's iteration ("An iterative image
// registration technique", 1981) over patches with strong edges, such as fiducials, in the green channel, for a shift, a
// small turn and a small zoom, with the frame's brightness scaled to the reference's. A robot that stands sways by a
// pixel or two and turns by a hundredth of a degree; a rolling shutter's shear is not modelled.
type steadier struct {
	points []anchor
	cx, cy float64       // middle of the anchors, px
	scale  float64       // px from there at which turn and zoom are counted
	lever  bool          // the anchors lie far enough apart to tell turn and zoom
	energy float64       // mean of |reference| about its mean, to judge a residual by
	hinv2  [4][4]float64 // inverse of the second moments of the derivatives by shift
	hinv4  [4][4]float64 // and by all four
	last   motion        // of the last frame: where the next search starts
}

// A motion takes a pixel of the reference to one of another frame.
type motion struct {
	dx, dy     float64 // px
	turn, zoom float64 // rad and share about (cx, cy)
	cx, cy     float64
}

// at is where a pixel of the reference shows.
func (m motion) at(u, v float64) (x, y float64) {
	x, y = u-m.cx, v-m.cy
	return u + m.dx - m.turn*y + m.zoom*x, v + m.dy + m.turn*x + m.zoom*y
}

// An anchor is one sample of the reference with the derivative of its grey level by shift, turn and zoom.
type anchor struct {
	x, y, v float64
	j       [4]float64
}

// Limits of what steadying believes.
const (
	coarsePx    = 10  // how far the coarse search looks around the last shift, px
	maxResidual = 0.6 // of the contrast about steep edges: above it the frame shows something else; blur alone makes 0.4
	maxAnchors  = 1500
	minLeverPx  = 60 // spread of the anchors, rms px, below which they tell no turn
	outlier     = 4  // times the mean difference: more is something in the way, and counts as this much
)

// newSteadier prepares a reference; ok is false when the patches hold no texture to hold on to.
func newSteadier(ref burst.Frame, patches []image.Rectangle) (s *steadier, ok bool) {
	s = &steadier{scale: 1}
	inner := image.Rect(margin, margin, ref.Width-margin, ref.Height-margin)
	for _, p := range patches {
		s.points = append(s.points, anchors(ref, p.Intersect(inner), maxAnchors/len(patches))...)
	}
	if len(s.points) < 50 {
		return s, false
	}
	s.spread()
	var h [4][4]float64
	for i := range s.points {
		a := &s.points[i]
		x, y := (a.x-s.cx)/s.scale, (a.y-s.cy)/s.scale
		a.j[2], a.j[3] = a.j[1]*x-a.j[0]*y, a.j[0]*x+a.j[1]*y
		for r := range h {
			for c := range h {
				h[r][c] += a.j[r] * a.j[c]
			}
		}
	}
	n := float64(len(s.points))
	det := h[0][0]*h[1][1] - h[0][1]*h[1][0]
	if det < 1e-6*h[0][0]*h[1][1] || h[0][0] < 4*n || h[1][1] < 4*n {
		return s, false
	}
	s.hinv2, s.hinv4 = invert(h, 2), invert(h, 4)
	return s, true
}

// anchors are the n samples of a patch with the steepest edges.
func anchors(f burst.Frame, p image.Rectangle, n int) []anchor {
	step := max(1, int(math.Sqrt(float64(p.Dx()*p.Dy())/float64(4*n+1))))
	var all []anchor
	for y := p.Min.Y; y < p.Max.Y; y += step {
		for x := p.Min.X; x < p.Max.X; x += step {
			u, v := float64(x), float64(y)
			a := anchor{x: u, y: v, v: smooth(f, u, v)}
			a.j[0], a.j[1] = (smooth(f, u+1, v)-smooth(f, u-1, v))/2, (smooth(f, u, v+1)-smooth(f, u, v-1))/2
			all = append(all, a)
		}
	}
	steep := func(a anchor) float64 { return a.j[0]*a.j[0] + a.j[1]*a.j[1] }
	slices.SortFunc(all, func(a, b anchor) int { return cmp.Compare(steep(b), steep(a)) })
	return all[:min(n, len(all))]
}

// spread sets the anchors' middle, their spread, and what they can tell.
func (s *steadier) spread() {
	var sx, sy, sv float64
	n := float64(len(s.points))
	for _, a := range s.points {
		sx, sy, sv = sx+a.x, sy+a.y, sv+a.v
	}
	s.cx, s.cy = sx/n, sy/n
	var sum float64
	for _, a := range s.points {
		sum += (a.x-s.cx)*(a.x-s.cx) + (a.y-s.cy)*(a.y-s.cy)
		s.energy += math.Abs(a.v-sv/n) / n
	}
	if r := math.Sqrt(sum / n); r > minLeverPx {
		s.scale, s.lever = r, true
	}
}

// invert is the inverse of the leading n x n part of a positive matrix, by Gauss and Jordan; a singular direction stays 0.
func invert(m [4][4]float64, n int) (inv [4][4]float64) {
	for i := range n {
		inv[i][i] = 1
	}
	for c := range n {
		p := m[c][c]
		if p < 1e-9 {
			inv[c] = [4]float64{}
			continue
		}
		for k := range n {
			m[c][k], inv[c][k] = m[c][k]/p, inv[c][k]/p
		}
		for r := range n {
			if q := m[r][c]; r != c {
				for k := range n {
					m[r][k], inv[r][k] = m[r][k]-q*m[c][k], inv[r][k]-q*inv[c][k]
				}
			}
		}
	}
	return inv
}

// shift says by how much the middle of the reference's points is shifted in f, px; ok is false when it is not found.
func (s *steadier) shift(f burst.Frame) (dx, dy float64, ok bool) {
	m, ok := s.motion(f)
	return m.dx, m.dy, ok
}

// motion says where the reference's points lie in f; ok is false when they are not found.
func (s *steadier) motion(f burst.Frame) (motion, bool) {
	s.last.cx, s.last.cy = s.cx, s.cy
	m, res := s.refine(f, s.last)
	if res > maxResidual {
		m, res = s.refine(f, s.coarse(f))
	}
	if res > maxResidual {
		return motion{}, false
	}
	s.last = m
	return m, true
}

// refine iterates from a start, the shift first and then all, and returns the residual as a share of the reference's
// contrast. Zoom would else take up a part of a large shift and give it back slowly.
func (s *steadier) refine(f burst.Frame, m motion) (motion, float64) {
	gain, residual, limit := 1.0, 1.0, 255.0
	full := false
	for range 14 {
		b, res, bright, ok := s.errors(f, m, gain, limit)
		if !ok {
			return m, 1
		}
		residual, limit = res/s.energy, max(20, outlier*res)
		h := &s.hinv2
		if full {
			h = &s.hinv4
		}
		var d [4]float64
		for r := range d {
			for c := range d {
				d[r] += h[r][c] * b[c]
			}
			d[r] = clamp(d[r], 2)
		}
		m.dx, m.dy, m.turn, m.zoom = m.dx+d[0], m.dy+d[1], m.turn+d[2]/s.scale, m.zoom+d[3]/s.scale
		settled := math.Abs(gain*bright-1) < 0.01
		gain = max(0.05, min(20, 1/bright))
		if step := d[0]*d[0] + d[1]*d[1] + d[2]*d[2] + d[3]*d[3]; !settled || step > 0.04*0.04 {
			continue
		}
		if full || !s.lever {
			break
		}
		full = true
	}
	return m, residual
}

// errors sums up how far the frame, its brightness times gain, is from the reference: by each derivative, and the mean of
// the absolute, none counted beyond the limit; bright is the frame's brightness over the reference's. Not ok when less than half of the anchors are in it.
func (s *steadier) errors(f burst.Frame, m motion, gain, limit float64) (b [4]float64, mean, bright float64, ok bool) {
	var res, n, sumRef, sumNow float64
	for i := range s.points {
		a := &s.points[i]
		x, y := m.at(a.x, a.y)
		if !(x >= margin && y >= margin && x < float64(f.Width-margin) && y < float64(f.Height-margin)) {
			continue
		}
		v := smooth(f, x, y)
		sumRef, sumNow = sumRef+a.v, sumNow+v
		e := clamp(a.v-gain*v, limit)
		res += math.Abs(e)
		n++
		b[0], b[1], b[2], b[3] = b[0]+e*a.j[0], b[1]+e*a.j[1], b[2]+e*a.j[2], b[3]+e*a.j[3]
	}
	return b, res / max(1, n), max(1, sumNow) / max(1, sumRef), n >= float64(len(s.points))/2
}

// coarse tries whole-pixel shifts around the last one on every eighth sample.
func (s *steadier) coarse(f burst.Frame) motion {
	best, at := math.Inf(1), motion{cx: s.cx, cy: s.cy}
	for dy := -coarsePx; dy <= coarsePx; dy++ {
		for dx := -coarsePx; dx <= coarsePx; dx++ {
			var sum, n float64
			ox, oy := int(math.Round(s.last.dx))+dx, int(math.Round(s.last.dy))+dy
			for i := 0; i < len(s.points); i += 8 {
				x, y := int(s.points[i].x)+ox, int(s.points[i].y)+oy
				if x < 0 || y < 0 || x >= f.Width || y >= f.Height {
					continue
				}
				sum += math.Abs(green(f, x, y) - s.points[i].v)
				n++
			}
			if n > float64(len(s.points))/16 && sum/n < best {
				best, at.dx, at.dy = sum/n, float64(ox), float64(oy)
			}
		}
	}
	return at
}

// sharpness is the gradient energy of the anchors in f: of two frames the sharper has more.
func (s *steadier) sharpness(f burst.Frame, m motion) float64 {
	var sum float64
	for i := 0; i < len(s.points); i += 2 {
		u, w := m.at(s.points[i].x, s.points[i].y)
		x, y := int(u), int(w)
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

// margin is how far smooth must stay from the frame's rim, px.
const margin = 3

// smooth is the green channel between pixels, over a box of 3 x 3 px: sharp edges would hold an iteration within a pixel.
func smooth(f burst.Frame, x, y float64) float64 {
	ix, iy := int(x), int(y)
	ax, ay := x-float64(ix), y-float64(iy)
	i, row := 3*((iy-1)*f.Width+ix-1)+1, 3*f.Width
	line := func(at int) float64 {
		p := f.BGR[at:]
		p = p[:10:10]
		return float64(p[0])*(1-ax) + float64(p[3]) + float64(p[6]) + float64(p[9])*ax
	}
	return (line(i)*(1-ay) + line(i+row) + line(i+2*row) + line(i+3*row)*ay) / 9
}
