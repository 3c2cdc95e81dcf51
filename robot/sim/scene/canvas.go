package scene

import "math"

// texelM is the size of a cell of the drawn face, m: finer than a pixel at the usual 1 m (0.94 mm).
const texelM = 0.0007

// A tint is an sRGB colour, 0xRRGGBB.
type tint uint32

// scaled is the tint made brighter or darker.
func (t tint) scaled(f float64) tint {
	ch := func(shift uint) tint { return tint(min(max(float64(t>>shift&255)*f, 0), 255)) << shift }
	return ch(16) | ch(8) | ch(0)
}

// A canvas is a drawn stretch of a side. Its cells are texelM wide; row 0 is the top, at v = topV.
type canvas struct {
	w, h        int
	leftU, topV float64
	pix         []tint
}

// reset makes the canvas cover a stretch of the side, m.
func (c *canvas) reset(u0, v0, u1, v1 float64) {
	c.w, c.h = int((u1-u0)/texelM)+2, int((v1-v0)/texelM)+2
	c.leftU, c.topV = u0, v1
	if cap(c.pix) < c.w*c.h {
		c.pix = make([]tint, c.w*c.h)
	}
	c.pix = c.pix[:c.w*c.h]
}

// rect fills a rectangle given in m; cells at its rim are covered in part.
func (c *canvas) rect(u0, v0, u1, v1 float64, t tint) {
	x0, x1 := (u0-c.leftU)/texelM, (u1-c.leftU)/texelM
	y0, y1 := (c.topV-v1)/texelM, (c.topV-v0)/texelM
	x0, y0 = max(x0, 0), max(y0, 0)
	x1, y1 = min(x1, float64(c.w)), min(y1, float64(c.h))
	if x0 >= x1 || y0 >= y1 {
		return
	}
	for y := int(y0); y < int(math.Ceil(y1)); y++ {
		cover := min(y1, float64(y+1)) - max(y0, float64(y))
		c.span(c.pix[y*c.w:(y+1)*c.w], x0, x1, cover, t)
	}
}

// span fills the cells x0..x1 of a row, covered in part.
func (c *canvas) span(row []tint, x0, x1, cover float64, t tint) {
	first, last := int(x0), int(math.Ceil(x1))-1
	if first == last {
		row[first] = blend(row[first], t, cover*(x1-x0))
		return
	}
	row[first] = blend(row[first], t, cover*(float64(first+1)-x0))
	row[last] = blend(row[last], t, cover*(x1-float64(last)))
	if cover > 0.999 {
		inner := row[first+1 : last]
		for i := range inner {
			inner[i] = t
		}
		return
	}
	for i := first + 1; i < last; i++ {
		row[i] = blend(row[i], t, cover)
	}
}

// disc fills a circle given in m.
func (c *canvas) disc(u, v, r float64, t tint) {
	cx, cy, rad := (u-c.leftU)/texelM, (c.topV-v)/texelM, r/texelM
	for y := max(int(cy-rad)-1, 0); y <= min(int(cy+rad)+1, c.h-1); y++ {
		for x := max(int(cx-rad)-1, 0); x <= min(int(cx+rad)+1, c.w-1); x++ {
			d := math.Hypot(float64(x)+0.5-cx, float64(y)+0.5-cy)
			if cover := min(max(rad-d+0.5, 0), 1); cover > 0 {
				p := &c.pix[y*c.w+x]
				*p = blend(*p, t, cover)
			}
		}
	}
}

// blend lays t over under with a coverage of 0..1. Red and blue are far enough apart to be weighed in one number; the
// weights are of 256.
func blend(under, t tint, cover float64) tint {
	k := tint(cover*256 + 0.5)
	rb := (under&0xff00ff)*(256-k) + (t&0xff00ff)*k
	g := (under&0x00ff00)*(256-k) + (t&0x00ff00)*k
	return rb>>8&0xff00ff | g>>8&0x00ff00
}
