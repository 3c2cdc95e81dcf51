package instrument

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A Circle is a dial in a frame, px.
type Circle struct{ X, Y, R float64 }

// Finding a dial works on a picture of this height, whose circles have radii between the shares of it.
const (
	findHeight = 180
	findMin    = 0.18
	findMax    = 0.52
)

// FindGauge finds the one large dial of a frame by letting every edge vote for the middles it could be a rim of, along
// its gradient; ok is false when no middle stands out. It is for pictures whose camera and place are unknown.
func FindGauge(f burst.Frame) (c Circle, ok bool) {
	if f.Width < 2*minSide || f.Height < 2*minSide || len(f.BGR) < 3*f.Width*f.Height {
		return c, false
	}
	p, shrink := shrunk(f)
	votes := plane{w: p.w, h: p.h, v: make([]float32, p.w*p.h)}
	edges := 0
	short := float64(min(p.w, p.h))
	for y := 1; y < p.h-1; y++ {
		for x := 1; x < p.w-1; x++ {
			gx, gy, g := gradient(p, x, y)
			if g < 20 {
				continue
			}
			edges++
			for r := findMin * short; r <= findMax*short; r++ {
				for _, s := range [2]float64{r, -r} {
					vx, vy := int(float64(x)+s*gx/g+0.5), int(float64(y)+s*gy/g+0.5)
					if vx >= 0 && vy >= 0 && vx < p.w && vy < p.h {
						votes.v[vy*p.w+vx] += float32(1 / r)
					}
				}
			}
		}
	}
	x, y, top := peakOf(votes)
	if edges == 0 || top < 12 {
		return c, false
	}
	r, round := rimOf(p, x, y, short)
	if round < 12 {
		return c, false
	}
	c = Circle{X: x * shrink, Y: y * shrink, R: r * shrink}
	full := plane{w: f.Width, h: f.Height, v: make([]float32, f.Width*f.Height)}
	for i := range full.v {
		full.v[i] = float32(f.Luma(i%f.Width, i/f.Width))
	}
	d := dial{x: c.X, y: c.Y, r: c.R}.centred(full, 2*shrink)
	return Circle{X: d.x, Y: d.y, R: d.r}, true
}

// shrunk is a frame's luma at findHeight rows or its own size, each pixel the mean of its block; shrink is the block's
// side, px of the frame.
func shrunk(f burst.Frame) (p plane, shrink float64) {
	shrink = max(1, float64(f.Height)/findHeight, float64(f.Width)/(2*findHeight))
	p = plane{w: int(float64(f.Width) / shrink), h: int(float64(f.Height) / shrink)}
	p.v = make([]float32, p.w*p.h)
	for y := range p.h {
		for x := range p.w {
			n, sum := 0, 0
			for yy := int(float64(y) * shrink); yy < int(float64(y+1)*shrink); yy++ {
				for xx := int(float64(x) * shrink); xx < int(float64(x+1)*shrink); xx++ {
					n, sum = n+1, sum+f.Luma(min(xx, f.Width-1), min(yy, f.Height-1))
				}
			}
			p.v[y*p.w+x] = float32(sum) / float32(max(1, n))
		}
	}
	return p, shrink
}

// gradient is the central difference at a pixel off the border, grey levels a px.
func gradient(p plane, x, y int) (gx, gy, g float64) {
	i := y*p.w + x
	gx, gy = float64(p.v[i+1]-p.v[i-1])/2, float64(p.v[i+p.w]-p.v[i-p.w])/2
	return gx, gy, math.Hypot(gx, gy)
}

// peakOf is the middle of the 3 x 3 px with the most votes.
func peakOf(v plane) (x, y, top float64) {
	for j := 1; j < v.h-1; j++ {
		for i := 1; i < v.w-1; i++ {
			s := 0.0
			for k := range 9 {
				s += float64(v.v[(j+k/3-1)*v.w+i+k%3-1])
			}
			if s > top {
				x, y, top = float64(i), float64(j), s
			}
		}
	}
	return x, y, top
}

// rimOf is the radius at which brightness changes the most all around a middle: of the lit face against its rim. round
// is that change, grey levels a px.
func rimOf(p plane, x, y, short float64) (r, round float64) {
	for q := findMin * short; q <= findMax*short; q += 0.5 {
		sum := 0.0
		for a := range rimAngles {
			sin, cos := math.Sincos(2 * math.Pi * float64(a) / rimAngles)
			step := p.at(x+(q+1)*sin, y-(q+1)*cos) - p.at(x+(q-1)*sin, y-(q-1)*cos)
			sum += max(-60, min(60, step))
		}
		if s := math.Abs(sum) / rimAngles / 2; s > round {
			r, round = q, s
		}
	}
	return r, round
}

// Straighten crops a circle of a frame as an instrument that stands at (in.X, in.Y) with in.DiameterM.
func Straighten(f burst.Frame, c Circle, in maps.Instrument) ortho.Picture {
	perM := 2 * c.R / in.DiameterM
	return Crop(f, func(x, y float64) (u, v float64, ok bool) {
		return c.X + (x-in.X)*perM, c.Y - (y-in.Y)*perM, true
	}, in)
}
