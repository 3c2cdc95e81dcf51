package visionbench

import (
	"math"

	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
)

// A ray model is a camera's pose as rotation and place, for the bench alone: neither the scene's nor the detector's
// geometry is used to score the detector.
type rayModel struct {
	right, down, ahead [3]float64 // the camera's axes in the face frame
	at                 [3]float64
}

// rayOf turns the angles of a pose into axes.
func rayOf(p gallery.Pose) rayModel {
	sy, cy := math.Sincos(p.YawRad)
	sp, cp := math.Sincos(p.PitchRad)
	sr, cr := math.Sincos(p.RollRad)
	m := rayModel{at: [3]float64{p.X, p.Y, p.Z}}
	m.ahead = [3]float64{sy * cp, sp, -cy * cp}
	right := [3]float64{cy, 0, sy}
	down := [3]float64{sy * sp, -cp, -cy * sp}
	for i := range right {
		m.right[i] = cr*right[i] + sr*down[i]
		m.down[i] = cr*down[i] - sr*right[i]
	}
	return m
}

// pixel is where a point of the face shows; ok is false outside the picture.
func (m rayModel) pixel(s *gallery.Shot, x, y float64) (px [2]float64, ok bool) {
	d := [3]float64{x - m.at[0], y - m.at[1], -m.at[2]}
	z := dot(d, m.ahead)
	if z < 0.05 {
		return px, false
	}
	px = bend(s.Intrinsics, dot(d, m.right)/z, dot(d, m.down)/z)
	return px, px[0] >= 0 && px[1] >= 0 && px[0] < float64(s.Width) && px[1] < float64(s.Height)
}

// face is the point of the face that a pixel shows.
func (m rayModel) face(s *gallery.Shot, px [2]float64) (x, y float64, ok bool) {
	in := s.Intrinsics
	u, v := (px[0]-in.CX)/in.FX, (px[1]-in.CY)/in.FY
	a, b := u, v
	for range 25 { // undo the lens by fixed point
		got := bend(in, a, b)
		a += (px[0] - got[0]) / in.FX
		b += (px[1] - got[1]) / in.FY
	}
	var d [3]float64
	for i := range d {
		d[i] = a*m.right[i] + b*m.down[i] + m.ahead[i]
	}
	if d[2] > -1e-6 {
		return 0, 0, false
	}
	k := -m.at[2] / d[2]
	return m.at[0] + k*d[0], m.at[1] + k*d[1], true
}

// bend applies the lens (Brown-Conrady, k1 k2 p1 p2 k3) and the focal length.
func bend(in camera.Intrinsics, x, y float64) [2]float64 {
	k1, k2, p1, p2, k3 := in.Dist[0], in.Dist[1], in.Dist[2], in.Dist[3], in.Dist[4]
	r2 := x*x + y*y
	f := 1 + r2*(k1+r2*(k2+r2*k3))
	return [2]float64{
		in.CX + in.FX*(x*f+2*p1*x*y+p2*(r2+2*x*x)),
		in.CY + in.FY*(y*f+p1*(r2+2*y*y)+2*p2*x*y),
	}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
