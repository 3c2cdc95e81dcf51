package props

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// A pen writes in one typeface and size.
type pen struct {
	face font.Face // nil when the typeface does not parse: then nothing is written
	m    float64   // mm a pixel
}

// The typefaces of a pen.
const (
	sans = iota
	bold
	mono
)

// newPen returns a pen of the given height of a line, mm.
func (l *Layer) newPen(typeface int, heightMM float64) pen {
	ttf := [...][]byte{goregular.TTF, gobold.TTF, gomono.TTF}[typeface]
	f, err := opentype.Parse(ttf)
	if err != nil {
		return pen{m: l.MMPerPx}
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: heightMM / l.MMPerPx, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return pen{m: l.MMPerPx}
	}
	return pen{face: face, m: l.MMPerPx}
}

// fittingPen returns a pen with which a text gets no wider than a width, mm.
func (l *Layer) fittingPen(typeface int, heightMM float64, text string, widthMM float64) pen {
	p := l.newPen(typeface, heightMM)
	if w := p.width(text); w > widthMM {
		return l.newPen(typeface, heightMM*widthMM/w)
	}
	return p
}

// width is how wide a text gets, mm.
func (p pen) width(text string) float64 {
	if p.face == nil {
		return 0
	}
	return float64(font.MeasureString(p.face, text)) / 64 * p.m
}

// write writes a text; x is its left end and y its base line, mm.
func (l *Layer) write(p pen, x, y float64, text string, c rgb, a float64) {
	if p.face == nil || text == "" {
		return
	}
	w, ascent := int(p.width(text)/p.m)+4, p.face.Metrics().Ascent.Ceil()
	h := ascent + p.face.Metrics().Descent.Ceil() + 2
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	px, py := x/p.m, y/p.m-float64(ascent)
	left, top := math.Floor(px), math.Floor(py)
	d := font.Drawer{Dst: mask, Src: image.NewUniform(color.Alpha{A: 255}), Face: p.face, Dot: fixed.Point26_6{
		X: fixed.Int26_6((px - left + 1) * 64), Y: fixed.Int26_6((py - top + float64(ascent)) * 64),
	}}
	d.DrawString(text)
	for my := range h {
		for mx := range w {
			gx, gy := int(left)+mx-1, int(top)+my
			if v := mask.Pix[my*mask.Stride+mx]; v != 0 && gx >= 0 && gy >= 0 && gx < l.W && gy < l.H {
				l.over(gy*l.W+gx, c, a*float64(v)/255)
			}
		}
	}
}

// centred writes a text about x, with the middle of its capitals at y.
func (l *Layer) centred(p pen, x, y float64, text string, c rgb, a float64) {
	if p.face == nil {
		return
	}
	l.write(p, x-p.width(text)/2, y+float64(p.face.Metrics().CapHeight)/64*p.m/2, text, c, a)
}
