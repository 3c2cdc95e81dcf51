package register

import "math"

// A Camera is the pinhole model with Brown-Conrady distortion, in px; Dist is k1 k2 p1 p2 k3 (OpenCV's order).
type Camera struct {
	FX, FY, CX, CY float64
	Dist           [5]float64
}

// distort maps a point of the undistorted image plane (x/z, y/z) to a pixel.
func (c Camera) distort(x, y float64) (u, v float64) {
	k1, k2, p1, p2, k3 := c.Dist[0], c.Dist[1], c.Dist[2], c.Dist[3], c.Dist[4]
	r2 := x*x + y*y
	radial := 1 + r2*(k1+r2*(k2+r2*k3))
	xd := x*radial + 2*p1*x*y + p2*(r2+2*x*x)
	yd := y*radial + p1*(r2+2*y*y) + 2*p2*x*y
	return c.FX*xd + c.CX, c.FY*yd + c.CY
}

// undistort maps a pixel to the undistorted image plane by fixed-point iteration; 20 rounds settle to below 1e-6
// for the lenses we admit (|k1| < 0.5 within the picture).
func (c Camera) undistort(u, v float64) (x, y float64) {
	x0, y0 := (u-c.CX)/c.FX, (v-c.CY)/c.FY
	x, y = x0, y0
	if c.Dist == ([5]float64{}) {
		return x, y
	}
	for range 20 {
		ud, vd := c.distort(x, y)
		x -= (ud - u) / c.FX
		y -= (vd - v) / c.FY
	}
	return x, y
}

// A Pose takes points of the face frame (m) into the camera frame (m): c = R f + T.
type Pose struct {
	R [3][3]float64
	T [3]float64
}

// poseOf is the pose of a Rodrigues vector and a translation.
func poseOf(rvec, tvec [3]float64) Pose { return Pose{R: rodrigues(rvec), T: tvec} }

// rodrigues turns an axis times angle (rad) into a rotation matrix.
func rodrigues(r [3]float64) [3][3]float64 {
	th := math.Sqrt(r[0]*r[0] + r[1]*r[1] + r[2]*r[2])
	if th < 1e-12 {
		return [3][3]float64{{1, -r[2], r[1]}, {r[2], 1, -r[0]}, {-r[1], r[0], 1}}
	}
	x, y, z := r[0]/th, r[1]/th, r[2]/th
	c, s := math.Cos(th), math.Sin(th)
	d := 1 - c
	return [3][3]float64{
		{c + x*x*d, x*y*d - z*s, x*z*d + y*s},
		{y*x*d + z*s, c + y*y*d, y*z*d - x*s},
		{z*x*d - y*s, z*y*d + x*s, c + z*z*d},
	}
}

// rotationOf is the Rodrigues vector of a rotation matrix: after Shepperd (1978), by way of the largest part of its
// quaternion, so that half turns, near which our cameras are, lose nothing.
func rotationOf(r [3][3]float64) [3]float64 {
	// Squares of the quaternion's parts, four times: 1 + the sum or difference of the diagonal.
	q := [4]float64{1 + r[0][0] + r[1][1] + r[2][2], 1 + r[0][0] - r[1][1] - r[2][2], 1 - r[0][0] + r[1][1] - r[2][2], 1 - r[0][0] - r[1][1] + r[2][2]}
	m := 0
	for i := range q {
		if q[i] > q[m] {
			m = i
		}
	}
	cross := [4][4]float64{ // four times the products of the parts
		{q[0], r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]},
		{r[2][1] - r[1][2], q[1], r[0][1] + r[1][0], r[0][2] + r[2][0]},
		{r[0][2] - r[2][0], r[0][1] + r[1][0], q[2], r[1][2] + r[2][1]},
		{r[1][0] - r[0][1], r[0][2] + r[2][0], r[1][2] + r[2][1], q[3]},
	}
	var parts [4]float64
	for i := range parts {
		parts[i] = cross[m][i] / (2 * math.Sqrt(q[m]))
	}
	s := math.Sqrt(parts[1]*parts[1] + parts[2]*parts[2] + parts[3]*parts[3])
	if s < 1e-12 {
		return [3]float64{}
	}
	angle := 2 * math.Atan2(s, parts[0])
	return [3]float64{parts[1] / s * angle, parts[2] / s * angle, parts[3] / s * angle}
}

// toCamera maps a point of the face (z = 0) into the camera frame.
func (p Pose) toCamera(x, y float64) (cx, cy, cz float64) {
	return p.R[0][0]*x + p.R[0][1]*y + p.T[0], p.R[1][0]*x + p.R[1][1]*y + p.T[1], p.R[2][0]*x + p.R[2][1]*y + p.T[2]
}

// Centre is the camera's centre in the face frame, m: -R^T T.
func (p Pose) Centre() (x, y, z float64) {
	var c [3]float64
	for i := range c {
		for k := range 3 {
			c[i] -= p.R[k][i] * p.T[k]
		}
	}
	return c[0], c[1], c[2]
}

// Angles are yaw (to the right) and pitch (up) of the optical axis against the face's inward normal, and roll about the
// axis, positive when the picture's right hangs down the face; rad.
func (p Pose) Angles() (yaw, pitch, roll float64) {
	ax, ay, az := p.R[2][0], p.R[2][1], p.R[2][2]
	// Without roll the picture's right is level (no y) and its down has y = -cos(pitch).
	return math.Atan2(ax, -az), math.Asin(max(-1, min(1, ay))), math.Atan2(-p.R[0][1], -p.R[1][1])
}

// FaceToPixel maps a point of the face, m, to the pixel that shows it; ok is false when it lies behind the camera.
func (f Fit) FaceToPixel(x, y float64) (u, v float64, ok bool) {
	cx, cy, cz := f.Pose.toCamera(x, y)
	if cz < 1e-3 {
		return 0, 0, false
	}
	u, v = f.Camera.distort(cx/cz, cy/cz)
	return u, v, true
}

// PointToPixel maps any point of the face frame, m, to the pixel that shows it; ok is false when it lies behind the
// camera.
func (f Fit) PointToPixel(x, y, z float64) (u, v float64, ok bool) {
	c := f.Pose.T
	for i := range c {
		c[i] += f.Pose.R[i][0]*x + f.Pose.R[i][1]*y + f.Pose.R[i][2]*z
	}
	if c[2] < 1e-3 {
		return 0, 0, false
	}
	u, v = f.Camera.distort(c[0]/c[2], c[1]/c[2])
	return u, v, true
}

// PixelToFace maps a pixel to the point of the face that it shows, m; ok is false when its ray misses the face.
func (f Fit) PixelToFace(u, v float64) (x, y float64, ok bool) {
	dx, dy := f.Camera.undistort(u, v)
	var d [3]float64 // the ray in the face frame
	for i := range d {
		d[i] = f.Pose.R[0][i]*dx + f.Pose.R[1][i]*dy + f.Pose.R[2][i]
	}
	ox, oy, oz := f.Pose.Centre()
	if d[2] > -1e-9 || oz <= 0 {
		return 0, 0, false
	}
	s := -oz / d[2]
	return ox + s*d[0], oy + s*d[1], true
}

// DepthM is the distance of a face point along the optical axis, m.
func (f Fit) DepthM(x, y float64) float64 {
	_, _, z := f.Pose.toCamera(x, y)
	return z
}

// Rays maps a point of the face into the camera frame, m: what a second camera beside this one starts from.
func (f Fit) Rays(x, y float64) (cx, cy, cz float64) { return f.Pose.toCamera(x, y) }
