package gallery

import (
	"math"

	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

type vec [3]float64

func (a vec) plus(b vec, k float64) vec { return vec{a[0] + k*b[0], a[1] + k*b[1], a[2] + k*b[2]} }
func (a vec) dot(b vec) float64         { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func (a vec) cross(b vec) vec {
	return vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// A lens is the camera as the renderer has it: axes in the face frame, focal length, distortion.
type lens struct {
	at, right, down, ahead vec
	in                     camera.Intrinsics
	width, height          int
}

func newLens(p Pose, in camera.Intrinsics, width, height int) *lens {
	sy, cy := math.Sincos(p.YawRad)
	sp, cp := math.Sincos(p.PitchRad)
	sr, cr := math.Sincos(p.RollRad)
	l := &lens{at: vec{p.X, p.Y, p.Z}, ahead: vec{sy * cp, sp, -cy * cp}, in: in, width: width, height: height}
	right, down := vec{cy, 0, sy}, vec{sy * sp, -cp, -cy * sp}
	for i := range right {
		l.right[i] = cr*right[i] + sr*down[i]
		l.down[i] = cr*down[i] - sr*right[i]
	}
	return l
}

// see is the pixel of a point; depth along the axis is 0 or less behind the camera.
func (l *lens) see(q vec) (u, v, depth float64) {
	d := q.plus(l.at, -1)
	z := d.dot(l.ahead)
	if z <= 1e-6 {
		return 0, 0, z
	}
	x, y := d.dot(l.right)/z, d.dot(l.down)/z
	r2 := x*x + y*y
	f := 1 + l.in.Dist[0]*r2
	return l.in.CX + l.in.FX*x*f, l.in.CY + l.in.FY*y*f, z
}

// straight undoes the lens: the ray of a pixel, of depth 1.
func (l *lens) straight(u, v float64) (x, y float64) {
	xd, yd := (u-l.in.CX)/l.in.FX, (v-l.in.CY)/l.in.FY
	x, y = xd, yd
	for range 8 {
		f := 1 + l.in.Dist[0]*(x*x+y*y)
		x, y = xd/f, yd/f
	}
	return x, y
}

// A sheet is a layer in space: its upper left corner, its axes, and how light passes.
type sheet struct {
	layer       *props.Layer
	corner      vec  // upper left
	right, down vec  // unit vectors
	hides       bool // stands before the rack: it covers lights
	opaque      bool // hides whatever is behind wholly, all over
}

// homography takes a straight ray to the sheet's pixel: rows for column, row and divisor. on is the camera's distance to
// the sheet's plane; where its sign is the divisor's the plane is behind the camera.
func (s *sheet) homography(l *lens) (h [3]vec, on float64) {
	px := s.layer.MMPerPx / 1000
	// The ray o + t d meets corner + a*right + b*down; by Cramer's rule a, b and t share the divisor d . (right x down).
	o := l.at.plus(s.corner, -1)
	n := s.right.cross(s.down)
	on = o.dot(n)
	row := func(axis vec) vec { // a = (o.axis)(d.n) - (d.axis)(o.n), over d.n
		var h vec
		for i, d := range []vec{l.right, l.down, l.ahead} {
			h[i] = (o.dot(axis)*d.dot(n) - d.dot(axis)*on) / px
		}
		return h
	}
	var w vec
	for i, d := range []vec{l.right, l.down, l.ahead} {
		w[i] = d.dot(n)
	}
	return [3]vec{row(s.right), row(s.down), w}, on
}

// nodeStep is how far apart the lens is undone exactly, px; rays between are interpolated.
const nodeStep = 16

// bounds is the box of the picture that a sheet can show in.
func (s *sheet) bounds(l *lens) (x0, y0, x1, y1 int) {
	w, h := s.layer.WidthMM()/1000, s.layer.HeightMM()/1000
	x0, y0 = l.width, l.height
	for i := range 5 {
		for k := range 5 {
			q := s.corner.plus(s.right, w*float64(i)/4).plus(s.down, h*float64(k)/4)
			u, v, z := l.see(q)
			if z < 0.02 {
				return 0, 0, l.width, l.height
			}
			x0, x1 = min(x0, int(u)-2), max(x1, int(u)+3)
			y0, y1 = min(y0, int(v)-2), max(y1, int(v)+3)
		}
	}
	return max(0, x0), max(0, y0), min(l.width, x1), min(l.height, y1)
}

// project lays a sheet over a picture of linear light. The lens' middle is moved by dx, dy px. cover, when not nil,
// gathers what hides the rack.
func (s *sheet) project(l *lens, dx, dy float64, light, cover []float32) {
	x0, y0, x1, y1 := s.bounds(l)
	x0, y0, x1, y1 = max(0, x0-2), max(0, y0-2), min(l.width, x1+2), min(l.height, y1+2)
	h, on := s.homography(l)
	for by := y0; by < y1; by += nodeStep {
		for bx := x0; bx < x1; bx += nodeStep {
			s.block(l, h, on, [4]int{bx, by, min(bx+nodeStep, x1), min(by+nodeStep, y1)}, dx, dy, light, cover)
		}
	}
}

// block projects one block of pixels, the rays between its corners interpolated.
func (s *sheet) block(l *lens, h [3]vec, on float64, b [4]int, dx, dy float64, light, cover []float32) {
	var ax, ay [4]float64
	for k, c := range [4][2]int{{b[0], b[1]}, {b[2], b[1]}, {b[0], b[3]}, {b[2], b[3]}} {
		ax[k], ay[k] = l.straight(float64(c[0])-dx, float64(c[1])-dy)
	}
	w, hh := float64(b[2]-b[0]), float64(b[3]-b[1])
	for y := b[1]; y < b[3]; y++ {
		fy := float64(y-b[1]) / hh
		rx, ry := ax[0]+(ax[2]-ax[0])*fy, ay[0]+(ay[2]-ay[0])*fy
		ex, ey := (ax[1]+(ax[3]-ax[1])*fy-rx)/w, (ay[1]+(ay[3]-ay[1])*fy-ry)/w
		run := ray{rx, ry, ex, ey, b[2] - b[0]}
		if i := y*l.width + b[0]; s.opaque {
			s.fill(h, on, run, i, light, cover)
		} else {
			s.veil(h, on, run, i, light, cover)
		}
	}
}

// A ray is the first of n straight rays along a row, and the step between them.
type ray struct {
	x, y, dx, dy float64
	n            int
}

// veil lays a sheet that shows what is behind it over a stretch of a row, from pixel i.
func (s *sheet) veil(h [3]vec, on float64, r ray, i int, light, cover []float32) {
	for range r.n {
		if d := h[2][0]*r.x + h[2][1]*r.y + h[2][2]; d*on < 0 { // the sheet is before the camera
			d = 1 / d
			s.lay((h[0][0]*r.x+h[0][1]*r.y+h[0][2])*d-0.5, (h[1][0]*r.x+h[1][1]*r.y+h[1][2])*d-0.5, i, light, cover)
		}
		r.x, r.y = r.x+r.dx, r.y+r.dy
		i++
	}
}

// fill sets a stretch of a row, from pixel i, to the colours between four pixels of an opaque sheet; its rim is laid.
func (s *sheet) fill(h [3]vec, on float64, r ray, i int, light, cover []float32) {
	pix, stride := s.layer.Pix, 3*s.layer.W
	right, bottom := float64(s.layer.W-1), float64(s.layer.H-1)
	hx, hy, hd := h[0], h[1], h[2]
	out := light[3*i : 3*(i+r.n)]
	for ; len(out) >= 3; out, i = out[3:], i+1 {
		d := hd[0]*r.x + hd[1]*r.y + hd[2]
		if d*on < 0 {
			d = 1 / d
			x, y := (hx[0]*r.x+hx[1]*r.y+hx[2])*d-0.5, (hy[0]*r.x+hy[1]*r.y+hy[2])*d-0.5
			if x >= 0 && y >= 0 && x < right && y < bottom {
				ix, iy := int(x), int(y)
				fx, fy := float32(x-float64(ix)), float32(y-float64(iy))
				j := iy*stride + 3*ix
				a, b := pix[j:j+6:j+6], pix[j+stride:j+stride+6:j+stride+6]
				t0, t1, t2 := a[0]+fx*(a[3]-a[0]), a[1]+fx*(a[4]-a[1]), a[2]+fx*(a[5]-a[2])
				out[0] = t0 + fy*(b[0]+fx*(b[3]-b[0])-t0)
				out[1] = t1 + fy*(b[1]+fx*(b[4]-b[1])-t1)
				out[2] = t2 + fy*(b[2]+fx*(b[5]-b[2])-t2)
			} else {
				s.lay(x, y, i, light, cover)
			}
		}
		r.x, r.y = r.x+r.dx, r.y+r.dy
	}
}

// lay blends the sheet's colour between four of its pixels over one pixel of the picture.
func (s *sheet) lay(x, y float64, i int, light, cover []float32) {
	p := s.layer
	if !(x > -1 && y > -1 && x < float64(p.W) && y < float64(p.H)) {
		return
	}
	ix, iy := int(x+1)-1, int(y+1)-1
	fx, fy := float32(x-float64(ix)), float32(y-float64(iy))
	var r, g, b, a float32
	for k, wt := range [4]float32{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy} {
		cx, cy := ix+k&1, iy+k>>1
		if wt == 0 || cx < 0 || cy < 0 || cx >= p.W || cy >= p.H {
			continue
		}
		j := cy*p.W + cx
		wa := wt * p.Alpha[j]
		a += wa
		r, g, b = r+wa*p.Pix[3*j], g+wa*p.Pix[3*j+1], b+wa*p.Pix[3*j+2]
	}
	if a <= 0 {
		return
	}
	o := light[3*i : 3*i+3 : 3*i+3]
	o[0], o[1], o[2] = o[0]*(1-a)+r, o[1]*(1-a)+g, o[2]*(1-a)+b
	if s.hides && cover != nil {
		cover[i] = 1 - (1-cover[i])*(1-a)
	}
}
