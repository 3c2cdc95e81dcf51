package scene

import (
	"math"
	"strconv"

	"github.com/nightrounds/nightrounds/maps"
)

const (
	frameTopM   = 0.06     // the cabinet's head above its top unit, m
	tagErrorM   = 0.001    // how far an installer puts a tag off its place, m
	ledErrorM   = 0.0005   // how far a factory puts a light off its place, m
	holePitchM  = 0.0142   // between the square holes of a mounting rail, m: about a third of a unit
	holeSizeM   = 0.0095   // EIA-310 square hole, m
	railWidthM  = 0.016    // m
	tagQuiet    = 10.0 / 8 // white margin of one cell around the tag's black border
	tagCells    = 8        // across the black border
	paperWhite  = tint(0xe4e4e0)
	inkBlack    = tint(0x17171a)
	frameColour = tint(0x35373b)
	railColour  = tint(0x8b8e90)
	voidColour  = tint(0x0b0b0d)
)

// draw paints the part of a side that the canvas covers.
func (s *Scene) draw(c *canvas, sd *side) {
	u0, u1 := c.leftU, c.leftU+float64(c.w)*texelM
	v0 := c.topV - float64(c.h)*texelM
	c.rect(u0, v0, u1, c.topV, tint(0x1d2024)) // the hall behind
	for v := max(sd.topV, v0); v < c.topV; v += 0.12 {
		c.rect(u0, v, u1, v+0.02, tint(0x3a3d42)) // cable trays above
	}
	c.rect(u0, v0, u1, 0, tint(0x6f7275)) // floor tiles
	for v := 0.0; v > v0; v -= 0.15 {
		c.rect(u0, v-0.004, u1, v, tint(0x4c4e50))
	}
	for i := range sd.faces {
		f := &sd.faces[i]
		if f.u+f.rack.Type.WidthM > u0 && f.u < u1 {
			s.drawFace(c, f, v0)
		}
	}
}

// drawFace paints one rack's face: frame, rails, devices in view, tags.
func (s *Scene) drawFace(c *canvas, f *face, fromV float64) {
	t := f.rack.Type
	w, top := t.WidthM, t.BaseM+float64(t.UHeight)*maps.UnitM
	c.rect(f.u, 0, f.u+w, top+frameTopM, frameColour)
	c.rect(f.u, 0, f.u+0.0015, top+frameTopM, inkBlack) // the gap to the neighbour
	c.rect(f.u, 0.02, f.u+w, 0.035, frameColour.scaled(0.6))
	left := f.u + (w-maps.PanelWidthM)/2
	right := left + maps.PanelWidthM
	c.rect(left, t.BaseM, right, top, voidColour)
	for _, rail := range []float64{left - railWidthM/4, right - 3*railWidthM/4} {
		c.rect(rail, t.BaseM, rail+railWidthM, top, railColour.scaled(0.55))
		for v := max(t.BaseM, t.BaseM+holePitchM*math.Ceil((fromV-t.BaseM)/holePitchM)); v < min(top, c.topV); v += holePitchM {
			c.rect(rail+0.003, v, rail+0.003+holeSizeM, v+holeSizeM, inkBlack)
		}
	}
	for i := range f.shown {
		d := &f.shown[i]
		if d.v+d.h > fromV && d.v < c.topV {
			s.drawDevice(c, d)
		}
	}
	s.drawTags(c, f)
}

// drawTags paints the face's fiducials where the installer put them.
func (s *Scene) drawTags(c *canvas, f *face) {
	ids := f.rack.FrontTags
	if f.which == maps.Rear {
		ids = f.rack.RearTags
	}
	size := f.rack.Type.TagSizeM
	for i, id := range ids {
		if id < 0 || id >= len(tagCodes) {
			continue // a tag of another family is not in print
		}
		at := f.rack.Type.TagPlaces[i]
		name := strconv.Itoa(id)
		u := f.u + at.X + spread(tagErrorM, s.seed, "tag-u", f.rack.ID, name)
		v := at.Y + spread(tagErrorM, s.seed, "tag-v", f.rack.ID, name)
		c.tag(u, v, size, tagCodes[id])
	}
}

// tag prints a fiducial with its white margin; the share of white of each cell of the drawing is that of 5 x 5 points.
func (c *canvas) tag(u, v, size float64, code uint64) {
	const fine = 5
	half := size / 2 * tagQuiet
	c.rect(u-half, v-half, u+half, v+half, paperWhite)
	half = size / 2
	x0, y0 := int((u-half-c.leftU)/texelM), int((c.topV-v-half)/texelM)
	n := int(size/texelM) + 2
	for y := max(y0, 0); y < min(y0+n, c.h); y++ {
		for x := max(x0, 0); x < min(x0+n, c.w); x++ {
			ink := 0
			for k := range fine * fine {
				pu := c.leftU + (float64(x)+(float64(k%fine)+0.5)/fine)*texelM
				pv := c.topV - (float64(y)+(float64(k/fine)+0.5)/fine)*texelM
				if inked((pu-u+half)/size*tagCells, (v+half-pv)/size*tagCells, code) {
					ink++
				}
			}
			c.pix[y*c.w+x] = blend(paperWhite, inkBlack, float64(ink)/(fine*fine))
		}
	}
}

// inked says whether a point of a tag is black; x runs right and y down, 0..tagCells over the black border.
func inked(x, y float64, code uint64) bool {
	if x < 0 || y < 0 || x >= tagCells || y >= tagCells {
		return false
	}
	col, row := int(x)-1, int(y)-1
	if col < 0 || row < 0 || col > 5 || row > 5 {
		return true
	}
	return code>>(35-row*6-col)&1 == 0
}

// ledAt is where a light of a shown device really sits on the side, m.
func (s *Scene) ledAt(d *shown, led *maps.LED) (u, v float64) {
	u = d.u + led.XMM/1000 + spread(ledErrorM, s.seed, "led-u", d.dev.ID, led.Name)
	v = d.v + led.YMM/1000 + spread(ledErrorM, s.seed, "led-v", d.dev.ID, led.Name)
	return u, v
}
