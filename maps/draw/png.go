package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// PNG writes the picture as PNG.
func (p *Picture) PNG(w io.Writer) error {
	if err := png.Encode(w, p.Image()); err != nil {
		return fmt.Errorf("write PNG: %w", err)
	}
	return nil
}

// Image returns the picture's pixels.
func (p *Picture) Image() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	draw.Draw(img, img.Bounds(), image.NewUniform(white), image.Point{}, draw.Src)
	p.pngFloor(img)
	for _, s := range p.shapes {
		if s.closed && s.fill.A > 0 {
			fillPolygon(img, s.fill, s.points)
		}
		if s.width > 0 && s.stroke.A > 0 {
			strokeLine(img, s)
		}
	}
	for _, t := range p.texts {
		setText(img, t)
	}
	return img
}

// pngFloor colours each pixel by the cell under its middle; where a pixel covers several cells, by the most solid one,
// so that no wall is lost.
func (p *Picture) pngFloor(img *image.RGBA) {
	g := p.floor
	if g == nil {
		return
	}
	inks := []color.NRGBA{white, unknown, partly, wallInk}
	per := max(1, int(math.Ceil(1/(p.scale*g.ResolutionM))))
	from, to := p.px(p.minX, p.maxY), p.px(p.maxX, p.minY)
	for y := int(from.y); y < int(to.y); y++ {
		for x := int(from.x); x < int(to.x); x++ {
			most := -1
			for i := range per * per {
				sx, sy := (float64(i%per)+0.5)/float64(per), (float64(i/per)+0.5)/float64(per)
				if col, row, ok := g.CellAt(p.hall(float64(x)+sx, float64(y)+sy)); ok {
					most = max(most, inkOf(g.Occupancy(col, row)))
				}
			}
			if most > 0 {
				img.Set(x, y, inks[most])
			}
		}
	}
}

// fillPolygon fills a polygon, with soft edges. The rasterizer works on the polygon's own box, not on the whole picture.
func fillPolygon(img *image.RGBA, ink color.NRGBA, points []point) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, q := range points {
		x0, x1, y0, y1 = min(x0, q.x), max(x1, q.x), min(y0, q.y), max(y1, q.y)
	}
	at := image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1))+1, int(math.Ceil(y1))+1).Intersect(img.Bounds())
	if at.Empty() {
		return
	}
	r := vector.NewRasterizer(at.Dx(), at.Dy())
	for i, q := range points {
		x, y := float32(q.x-float64(at.Min.X)), float32(q.y-float64(at.Min.Y))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(img, at, image.NewUniform(ink), image.Point{})
}

// strokeLine draws each stretch as a box.
func strokeLine(img *image.RGBA, s shape) {
	n := len(s.points)
	if !s.closed {
		n--
	}
	for i := range n {
		a, b := s.points[i], s.points[(i+1)%len(s.points)]
		l := math.Hypot(b.x-a.x, b.y-a.y)
		if l < 1e-9 {
			continue
		}
		dx, dy := (b.x-a.x)/l*s.width/2, (b.y-a.y)/l*s.width/2
		fillPolygon(img, s.stroke, []point{{a.x - dy, a.y + dx}, {b.x - dy, b.y + dx}, {b.x + dy, b.y - dx}, {a.x + dy, a.y - dx}})
	}
}

// setText sets a text, with a white rim where it has a halo.
func setText(img *image.RGBA, t text) {
	if !t.up {
		if t.halo {
			for _, d := range [8][2]float64{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, 1}, {-1, 1}, {1, -1}} {
				writeString(img, t, point{t.at.x + d[0], t.at.y + d[1]}, white)
			}
		}
		writeString(img, t, t.at, t.colour)
		return
	}
	// Written level on a sheet of its own, and laid on turned.
	wide := int(textWidth(t.say, t.size)*1.1) + 4
	high := int(t.size*1.5) + 2
	sheet := image.NewRGBA(image.Rect(0, 0, wide, high))
	writeString(sheet, t, point{float64(wide) / 2, float64(high) / 2}, t.colour)
	turned := image.NewRGBA(image.Rect(0, 0, high, wide))
	for y := range high {
		for x := range wide {
			turned.SetRGBA(y, wide-1-x, sheet.RGBAAt(x, y))
		}
	}
	at := turned.Bounds().Add(image.Pt(int(t.at.x)-high/2, int(t.at.y)-wide/2))
	draw.Draw(img, at, turned, image.Point{}, draw.Over)
}

func writeString(img *image.RGBA, t text, at point, ink color.NRGBA) {
	f := faceOf(pen{t.size, t.bold})
	facesMu.Lock()
	defer facesMu.Unlock()
	d := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: f}
	half := float64(d.MeasureString(t.say)) / 128
	d.Dot = fixed.Point26_6{X: fixed.Int26_6((at.x - half) * 64), Y: fixed.Int26_6((at.y + 0.36*t.size) * 64)}
	d.DrawString(t.say)
}
