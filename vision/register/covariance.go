package register

import "math"

// jacobian is that of the pixels (u, v rows in turn) of face points by the six pose parameters (rvec, tvec), by
// central differences.
func jacobian(cam Camera, rvec, tvec [3]float64, points [][2]float64) [][6]float64 {
	const h = 1e-5
	rows := make([][6]float64, 2*len(points))
	for i := range 6 {
		plus, minus := shifted(rvec, tvec, i, h), shifted(rvec, tvec, i, -h)
		plus.Camera, minus.Camera = cam, cam
		for k, p := range points {
			u1, v1, _ := plus.FaceToPixel(p[0], p[1])
			u0, v0, _ := minus.FaceToPixel(p[0], p[1])
			rows[2*k][i] = (u1 - u0) / (2 * h)
			rows[2*k+1][i] = (v1 - v0) / (2 * h)
		}
	}
	return rows
}

// shifted is the pose with one of its six parameters moved by h.
func shifted(rvec, tvec [3]float64, i int, h float64) Fit {
	if i < 3 {
		rvec[i] += h
	} else {
		tvec[i-3] += h
	}
	return Fit{Pose: poseOf(rvec, tvec)}
}

// invert6 inverts a positive definite matrix by Gauss-Jordan with pivoting; ok is false when it is singular.
func invert6(a [6][6]float64) (inv [6][6]float64, ok bool) {
	for i := range 6 {
		inv[i][i] = 1
	}
	for col := range 6 {
		best := col
		for r := col + 1; r < 6; r++ {
			if math.Abs(a[r][col]) > math.Abs(a[best][col]) {
				best = r
			}
		}
		if math.Abs(a[best][col]) < 1e-12 {
			return inv, false
		}
		a[col], a[best] = a[best], a[col]
		inv[col], inv[best] = inv[best], inv[col]
		scale := 1 / a[col][col]
		for k := range 6 {
			a[col][k] *= scale
			inv[col][k] *= scale
		}
		for r := range 6 {
			if r == col {
				continue
			}
			f := a[r][col]
			for k := range 6 {
				a[r][k] -= f * a[col][k]
				inv[r][k] -= f * inv[col][k]
			}
		}
	}
	return inv, true
}
