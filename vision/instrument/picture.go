package instrument

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// What a crop may be: beyond maxSide the work would no longer be small.
const (
	minSide = 12   // px
	maxSide = 1200 // px
	margin  = 0.25 // of the instrument's size, that a crop shows around it
)

// A plane is one channel of a picture, 0..255, pixel centres at whole coordinates.
type plane struct {
	w, h int
	v    []float32
}

// at samples bilinearly; outside the picture the nearest pixel counts.
func (p plane) at(x, y float64) float64 {
	x, y = max(0, min(float64(p.w-1), x)), max(0, min(float64(p.h-1), y))
	ix, iy := min(int(x), p.w-2), min(int(y), p.h-2)
	fx, fy := x-float64(ix), y-float64(iy)
	i := iy*p.w + ix
	a, b := float64(p.v[i]), float64(p.v[i+1])
	c, d := float64(p.v[i+p.w]), float64(p.v[i+p.w+1])
	return (a*(1-fx)+b*fx)*(1-fy) + (c*(1-fx)+d*fx)*fy
}

// inside says whether a point lies in the picture.
func (p plane) inside(x, y float64) bool {
	return x >= 0 && y >= 0 && x <= float64(p.w-1) && y <= float64(p.h-1)
}

// A channel makes one number of a pixel's blue, green and red.
type channel func(b, g, r byte) float32

// darkInk is high where little of at least one colour returns: black and red alike on a light dial.
func darkInk(b, g, r byte) float32 { return 255 - float32(min(b, g, r)) }

// lightInk is high where much of any colour returns: white and red alike on a black dial.
func lightInk(b, g, r byte) float32 { return float32(max(b, g, r)) }

// mean weighs all colours alike: a clipped light's white core still stands out from its coloured halo, and a blue one is
// not lost as in luma.
func mean(b, g, r byte) float32 { return (float32(b) + float32(g) + float32(r)) / 3 }

// planeOf takes a channel of a picture; ok is false when the picture is none.
func planeOf(p ortho.Picture, c channel) (plane, bool) {
	if p.Width < minSide || p.Height < minSide || p.Width > maxSide || p.Height > maxSide ||
		len(p.BGR) < 3*p.Width*p.Height || !(p.ScaleM > 1e-6 && p.ScaleM < 1) {
		return plane{}, false
	}
	out := plane{w: p.Width, h: p.Height, v: make([]float32, p.Width*p.Height)}
	for i := range out.v {
		q := p.BGR[3*i : 3*i+3 : 3*i+3]
		out.v[i] = c(q[0], q[1], q[2])
	}
	return out, true
}

// unseen is the share of an instrument's box that the camera did not see.
func unseen(p ortho.Picture, x0, y0, x1, y1 float64) float64 {
	if len(p.Seen) < p.Width*p.Height {
		return 0
	}
	n, bad := 0, 0
	for y := int(y0); y <= int(y1); y++ {
		for x := int(x0); x <= int(x1); x++ {
			n++
			if x < 0 || y < 0 || x >= p.Width || y >= p.Height || p.Seen[y*p.Width+x] == 0 {
				bad++
			}
		}
	}
	return float64(bad) / float64(max(1, n))
}

// size is the declared width and height of an instrument, m.
func size(in maps.Instrument) (w, h float64) {
	if in.Kind == maps.Gauge {
		return in.DiameterM, in.DiameterM
	}
	return in.WidthM, in.HeightM
}

// A Projection takes a point of the face (face frame, m) to a pixel; ok is false where the camera cannot see it.
type Projection func(x, y float64) (u, v float64, ok bool)

// Crop straightens a frame around an instrument: its box with a quarter of its size on each side, and at least 8 mm for
// the registration's error, at the frame's own resolution within 0.15 to 0.6 mm/px.
func Crop(f burst.Frame, see Projection, in maps.Instrument) ortho.Picture {
	w, h := size(in)
	if !(w > 0 && h > 0 && w < 2 && h < 2) || f.Width < 2 || f.Height < 2 || len(f.BGR) < 3*f.Width*f.Height {
		return ortho.Picture{}
	}
	edge := max(0.008, margin*h)
	p := ortho.Picture{LeftM: in.X - w/2 - edge, TopM: in.Y + h/2 + edge, ScaleM: cropScale(see, in, h)}
	p.Width = min(maxSide, int((w+2*edge)/p.ScaleM))
	p.Height = min(maxSide, int((h+2*edge)/p.ScaleM))
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	for y := range p.Height {
		for x := range p.Width {
			u, v, ok := see(p.LeftM+(float64(x)+0.5)*p.ScaleM, p.TopM-(float64(y)+0.5)*p.ScaleM)
			if ok && u >= 0 && v >= 0 && u <= float64(f.Width-1) && v <= float64(f.Height-1) {
				i := y*p.Width + x
				p.Seen[i] = 1
				blend(f, u, v, p.BGR[3*i:3*i+3])
			}
		}
	}
	return p
}

// cropScale is a little finer than the frame shows the instrument, m/px.
func cropScale(see Projection, in maps.Instrument, h float64) float64 {
	const finest, coarsest = 0.00015, 0.0006
	u0, v0, ok0 := see(in.X, in.Y-h/2)
	u1, v1, ok1 := see(in.X, in.Y+h/2)
	if px := math.Hypot(u1-u0, v1-v0); ok0 && ok1 && px > 1 {
		return max(finest, h/300, min(coarsest, 0.7*h/px))
	}
	return coarsest
}

// blend writes the bilinear colour at a pixel inside the frame.
func blend(f burst.Frame, u, v float64, out []byte) {
	x, y := min(int(u), f.Width-2), min(int(v), f.Height-2)
	fx, fy := u-float64(x), v-float64(y)
	i := 3 * (y*f.Width + x)
	j := i + 3*f.Width
	for c := range 3 {
		top := float64(f.BGR[i+c])*(1-fx) + float64(f.BGR[i+3+c])*fx
		low := float64(f.BGR[j+c])*(1-fx) + float64(f.BGR[j+3+c])*fx
		out[c] = byte(top*(1-fy) + low*fy + 0.5)
	}
}
