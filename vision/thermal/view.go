package thermal

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A view maps between the face (m) and the thermal picture (px), both ways. The centre of the upper left pixel is (0, 0).
type view struct {
	to, from [3][3]float64
}

// viewOf is the thermal camera's view: a pinhole beside the visual camera, looking the same way. ok is false when it sees
// the face edge on or from behind.
func viewOf(f vision.ThermalFrame, c Caster) (view, bool) {
	var v view
	var o, x, y [3]float64
	o[0], o[1], o[2] = c.Rays(0, 0)
	x[0], x[1], x[2] = c.Rays(1, 0)
	y[0], y[1], y[2] = c.Rays(0, 1)
	shift := [3]float64{-f.OffsetRightM, f.OffsetUpM, 0}
	fx := float64(f.Width) / 2 / math.Tan(f.HFOVRad/2)
	fy := float64(f.Height) / 2 / math.Tan(f.VFOVRad/2)
	k := [3][3]float64{{fx, 0, float64(f.Width-1) / 2}, {0, fy, float64(f.Height-1) / 2}, {0, 0, 1}}
	for i := range 3 {
		for j := range 3 {
			v.to[i][0] += k[i][j] * (x[j] - o[j])
			v.to[i][1] += k[i][j] * (y[j] - o[j])
			v.to[i][2] += k[i][j] * (o[j] + shift[j])
		}
	}
	var ok bool
	v.from, ok = inverse(v.to)
	return v, ok
}

// inverse of a 3 x 3 matrix by its cofactors; ok is false when it has none.
func inverse(m [3][3]float64) (inv [3][3]float64, ok bool) {
	co := func(r, c int) float64 {
		r1, r2, c1, c2 := (r+1)%3, (r+2)%3, (c+1)%3, (c+2)%3
		return m[r1][c1]*m[r2][c2] - m[r1][c2]*m[r2][c1]
	}
	det := m[0][0]*co(0, 0) + m[0][1]*co(0, 1) + m[0][2]*co(0, 2)
	if !(math.Abs(det) > 1e-9) || math.IsInf(det, 0) {
		return inv, false
	}
	for r := range 3 {
		for c := range 3 {
			inv[c][r] = co(r, c) / det
		}
	}
	return inv, true
}

// pixel is where a face point shows; ok is false behind the camera.
func (v view) pixel(x, y float64) (px, py float64, ok bool) {
	z := v.to[2][0]*x + v.to[2][1]*y + v.to[2][2]
	if z < 0.05 {
		return 0, 0, false
	}
	return (v.to[0][0]*x + v.to[0][1]*y + v.to[0][2]) / z, (v.to[1][0]*x + v.to[1][1]*y + v.to[1][2]) / z, true
}

// face is the point that a pixel shows; ok is false when its ray misses the face's front.
func (v view) face(px, py float64) (x, y float64, ok bool) {
	w := v.from[2][0]*px + v.from[2][1]*py + v.from[2][2]
	if !(w > 1e-9) { // w is one over the depth
		return 0, 0, false
	}
	return (v.from[0][0]*px + v.from[0][1]*py + v.from[0][2]) / w, (v.from[1][0]*px + v.from[1][1]*py + v.from[1][2]) / w, true
}

// seen is the share of a rectangle of the face that lies within the picture.
func (v view) seen(f vision.ThermalFrame, lo, hi maps.Point) float64 {
	const n = 8
	in := 0
	for k := range n * n {
		x := lo.X + (hi.X-lo.X)*(float64(k%n)+0.5)/n
		y := lo.Y + (hi.Y-lo.Y)*(float64(k/n)+0.5)/n
		px, py, ok := v.pixel(x, y)
		if ok && px >= -0.5 && py >= -0.5 && px <= float64(f.Width)-0.5 && py <= float64(f.Height)-0.5 {
			in++
		}
	}
	return float64(in) / (n * n)
}

// A tap is one sample of what a pixel sees: its offset in px of the sensor, its weight, and by how much that grows when
// the picture shifts by a pixel to the right and down.
type tap struct{ u, v, weight, right, down float64 }

// A lattice spreads points over a square so that no two share a row or a column: point i lies in column i and in row i *
// turn. An edge that runs along the picture's rows or columns, as those of devices do, is met by as many steps as there are
// points, where a raster of as many would meet it by their root (Fibonacci lattices; Niederreiter, "Random Number
// Generation and Quasi-Monte Carlo Methods", 1992, chapter 5).
type lattice struct{ points, turn int }

// The lattices of a pixel, and of one that stands for several.
var fine, coarse = lattice{89, 55}, lattice{21, 13} //nolint:gochecknoglobals // constant tables

// taps sample a pixel of by x by sensor pixels, seen through a lens that blurs by sigma px.
func taps(by int, l lattice, sigma float64) []tap {
	half := float64(by) / 2
	reach := half + 2.6*sigma
	out := make([]tap, l.points)
	sum := 0.0
	for i := range out {
		u, v := reach*l.at(i), reach*l.at(i*l.turn)
		wu, du := bellBox(u, half, sigma)
		wv, dv := bellBox(v, half, sigma)
		out[i] = tap{u: u, v: v, weight: wu * wv, right: du * wv, down: wu * dv}
		sum += wu * wv
	}
	for i := range out {
		out[i].weight /= sum
		out[i].right /= sum
		out[i].down /= sum
	}
	return out
}

// at is where a column or row lies, in -1..1.
func (l lattice) at(i int) float64 { return 2*(float64(i%l.points)+0.5)/float64(l.points) - 1 }

// bellBox is a box that reaches half to both sides, blurred by sigma, at x, and its slope to the left.
func bellBox(x, half, sigma float64) (weight, slope float64) {
	phi := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	bell := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
	lo, hi := (x-half)/sigma, (x+half)/sigma
	return phi(hi) - phi(lo), (bell(hi) - bell(lo)) / sigma
}
