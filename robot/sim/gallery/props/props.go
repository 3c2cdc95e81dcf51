// Package props draws what stands at a rack besides devices: gauges, displays, doors, panels, puddles, people, screens
// and cables, each straight on and by itself, in linear light, varied by chance as real ones vary.
//
// A layer is a picture in a plane: the scene warps it to where the thing is. The package knows sizes in mm and nothing of
// cameras, racks or of who looks at the picture.
package props

import (
	"math"
	"math/rand/v2"
)

// A Layer is a picture of H rows of W pixels, row 0 the top, the thing's upper left corner in pixel (0, 0).
type Layer struct {
	W, H    int
	MMPerPx float64
	Pix     []float32 // red, green, blue of each pixel, in linear light; 1 is white paper under the hall's light
	Alpha   []float32 // 0 shows what is behind, 1 hides it; Pix is not multiplied by it
}

// WidthMM is the width of the picture, mm.
func (l *Layer) WidthMM() float64 { return float64(l.W) * l.MMPerPx }

// HeightMM is the height of the picture, mm.
func (l *Layer) HeightMM() float64 { return float64(l.H) * l.MMPerPx }

// rgb is a colour in linear light.
type rgb [3]float64

func grey(v float64) rgb { return rgb{v, v, v} }

// tone scales a colour.
func (c rgb) tone(k float64) rgb { return rgb{c[0] * k, c[1] * k, c[2] * k} }

// toward mixes a share k of d into c.
func (c rgb) toward(d rgb, k float64) rgb {
	return rgb{c[0] + k*(d[0]-c[0]), c[1] + k*(d[1]-c[1]), c[2] + k*(d[2]-c[2])}
}

// size is a length of a picture, mm: what is none becomes 1 mm, and what is larger than any rack 4 m.
func size(mm float64) float64 {
	if mm > 1 {
		return min(mm, 4000)
	}
	return 1
}

// blank returns an empty layer of a size in mm; it is coarser than asked for where it would have more than 4096 pixels
// to a side.
func blank(widthMM, heightMM, mmPerPx float64) *Layer {
	mmPerPx = max(mmPerPx, widthMM/4096, heightMM/4096)
	side := func(mm float64) int { return max(1, int(math.Round(mm/mmPerPx))) }
	l := &Layer{W: side(widthMM), H: side(heightMM), MMPerPx: mmPerPx}
	l.Pix, l.Alpha = make([]float32, 3*l.W*l.H), make([]float32, l.W*l.H)
	return l
}

// over lays a colour over pixel i with coverage a.
func (l *Layer) over(i int, c rgb, a float64) {
	pix := l.Pix[3*i : 3*i+3 : 3*i+3]
	below := float64(l.Alpha[i])
	switch {
	case a <= 0:
		return
	case a >= 1:
		l.Alpha[i] = 1
		pix[0], pix[1], pix[2] = float32(c[0]), float32(c[1]), float32(c[2])
		return
	case below < 1: // what is below counts by how much of it is left
		sum := a + below*(1-a)
		l.Alpha[i] = float32(sum)
		a /= sum
	}
	k := float32(a)
	pix[0] += k * (float32(c[0]) - pix[0])
	pix[1] += k * (float32(c[1]) - pix[1])
	pix[2] += k * (float32(c[2]) - pix[2])
}

// A box is a stretch of a layer, mm from its upper left corner, y down.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) grown(mm float64) box { return box{b.x0 - mm, b.y0 - mm, b.x1 + mm, b.y1 + mm} }

// A shape is the signed distance, mm, of a place to an outline: negative inside.
type shape struct {
	dist  func(x, y float64) float64
	where box
}

// each calls f for the middle of every pixel of a box.
func (l *Layer) each(b box, f func(i int, x, y float64)) {
	m := l.MMPerPx
	x0, x1 := max(0, int(math.Floor(b.x0/m))), min(l.W-1, int(math.Ceil(b.x1/m)))
	y0, y1 := max(0, int(math.Floor(b.y0/m))), min(l.H-1, int(math.Ceil(b.y1/m)))
	for py := y0; py <= y1; py++ {
		for px := x0; px <= x1; px++ {
			f(py*l.W+px, (float64(px)+0.5)*m, (float64(py)+0.5)*m)
		}
	}
}

// paint fills a shape with a colour. Its edge is soft over softMM, at least a pixel.
func (l *Layer) paint(s shape, c rgb, a, softMM float64) {
	l.paintBy(s, softMM, func(_, _, _ float64) (rgb, float64) { return c, a })
}

// paintBy fills a shape with colours of their place and of their distance to the edge.
func (l *Layer) paintBy(s shape, softMM float64, ink func(x, y, d float64) (rgb, float64)) {
	soft := max(softMM, l.MMPerPx)
	l.each(s.where.grown(soft), func(i int, x, y float64) {
		d := s.dist(x, y)
		if d >= soft/2 {
			return
		}
		c, a := ink(x, y, d)
		l.over(i, c, a*min(1, 0.5-d/soft))
	})
}

// add adds light, as glare and glow do, without covering; where nothing is it becomes a veil.
func (l *Layer) add(i int, c rgb) {
	for ch := range 3 {
		l.Pix[3*i+ch] += float32(c[ch])
	}
}

// fill covers a box; a pixel belongs to it when its middle does.
func (l *Layer) fill(b box, c rgb) {
	m := l.MMPerPx
	first, last := max(0, int(math.Round(b.x0/m))), min(l.W, int(math.Round(b.x1/m)))
	r, g, bl := float32(c[0]), float32(c[1]), float32(c[2])
	for y := max(0, int(math.Round(b.y0/m))); y < min(l.H, int(math.Round(b.y1/m))); y++ {
		for i := y*l.W + first; i < y*l.W+last; i++ {
			l.Alpha[i], l.Pix[3*i], l.Pix[3*i+1], l.Pix[3*i+2] = 1, r, g, bl
		}
	}
}

func disc(x, y, r float64) shape {
	return shape{func(px, py float64) float64 { return hypot(px-x, py-y) - r }, box{x - r, y - r, x + r, y + r}}
}

// oval is an ellipse, turned clockwise; its distance is exact on the outline and close to it near by.
func oval(x, y, rx, ry, turnRad float64) shape {
	sin, cos := math.Sincos(turnRad)
	r := max(rx, ry)
	return shape{func(px, py float64) float64 {
		dx, dy := px-x, py-y
		u, v := (dx*cos+dy*sin)/rx, (-dx*sin+dy*cos)/ry
		k := hypot(u, v)
		g := hypot(u/rx, v/ry)
		if g < 1e-9 {
			return -min(rx, ry)
		}
		return k * (k - 1) / g
	}, box{x - r, y - r, x + r, y + r}}
}

// slab is a box with round corners.
func slab(b box, cornerMM float64) shape {
	cx, cy := (b.x0+b.x1)/2, (b.y0+b.y1)/2
	hx, hy := (b.x1-b.x0)/2-cornerMM, (b.y1-b.y0)/2-cornerMM
	return shape{func(px, py float64) float64 {
		qx, qy := math.Abs(px-cx)-hx, math.Abs(py-cy)-hy
		return hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - cornerMM
	}, b}
}

// stroke is a line that is r0 thick to both sides at its start and r1 at its end.
func stroke(x0, y0, x1, y1, r0, r1 float64) shape {
	dx, dy := x1-x0, y1-y0
	n := max(dx*dx+dy*dy, 1e-12)
	r := max(r0, r1)
	return shape{func(px, py float64) float64 {
		t := max(0, min(1, ((px-x0)*dx+(py-y0)*dy)/n))
		return hypot(px-x0-t*dx, py-y0-t*dy) - (r0 + t*(r1-r0))
	}, box{min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r}}
}

// hypot is math.Hypot without its care for huge numbers, which takes most of its time.
func hypot(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

// bell is close to exp(-q) for q >= 0, and 0 from 8 on.
func bell(q float64) float64 {
	if q >= 8 {
		return 0
	}
	t := 1 - q/8
	t *= t
	t *= t
	return t * t
}

// between draws a number of a stretch.
func between(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

// smooth goes from 0 at a to 1 at b.
func smooth(a, b, x float64) float64 {
	t := max(0, min(1, (x-a)/(b-a)))
	return t * t * (3 - 2*t)
}

// grain is a cheap noise of ±1 that belongs to a place.
func grain(ix, iy int, seed uint32) float64 {
	h := uint32(ix)*0x9e3779b1 ^ uint32(iy)*0x85ebca77 ^ seed
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h)/(1<<31) - 1
}

// waves is a smooth noise of about ±1, of the scale of a few units of x and y.
func waves(x, y float64, seed uint32) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx), int(fy)
	tx, ty := smooth(0, 1, x-fx), smooth(0, 1, y-fy)
	top := grain(ix, iy, seed)*(1-tx) + grain(ix+1, iy, seed)*tx
	low := grain(ix, iy+1, seed)*(1-tx) + grain(ix+1, iy+1, seed)*tx
	return top*(1-ty) + low*ty
}
