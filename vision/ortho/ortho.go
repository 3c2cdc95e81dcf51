// Package ortho straightens a picture onto a plane of a rack, so that looks from different poses can be laid over each
// other millimetre by millimetre. It judges nothing.
package ortho

import (
	"image"
	"math"
)

// maxPixels bounds a straightened picture: 16 megapixels are 2 m x 8 m at 1 mm.
const maxPixels = 16 << 20

// A Picture is a plane of a rack as seen straight on. Pixel (0,0) covers the plane from (LeftM, TopM) to the right and
// down; each pixel is ScaleM wide and high.
type Picture struct {
	LeftM, TopM, ScaleM float64
	Width, Height       int    // px
	BGR                 []byte // Height rows of Width pixels
	Seen                []byte // per pixel: 1 where the camera saw the plane, 0 where it did not
}

// Point is the middle of a pixel on the plane, m.
func (p Picture) Point(col, row int) (x, y float64) {
	return p.LeftM + (float64(col)+0.5)*p.ScaleM, p.TopM - (float64(row)+0.5)*p.ScaleM
}

// Pixel is the place of a point of the plane, px; the centre of the upper left pixel is (0, 0).
func (p Picture) Pixel(x, y float64) (u, v float64) {
	return (x-p.LeftM)/p.ScaleM - 0.5, (p.TopM-y)/p.ScaleM - 0.5
}

// Valid says whether the slices have the lengths that the size asks for, which a picture from outside may lack.
func (p Picture) Valid() bool {
	return sizeOK(p.Width, p.Height) && len(p.BGR) == 3*p.Width*p.Height && len(p.Seen) == p.Width*p.Height &&
		p.ScaleM > 0 && !math.IsInf(p.ScaleM, 0) && !math.IsNaN(p.LeftM) && !math.IsNaN(p.TopM)
}

// Gray is the picture in grey (ITU-R BT.601 in integers, as burst.Frame.Gray); unseen pixels are black.
func (p Picture) Gray() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
	if len(p.BGR) < 3*len(g.Pix) {
		return g
	}
	for i := range g.Pix {
		c := p.BGR[3*i : 3*i+3 : 3*i+3]
		g.Pix[i] = byte((29*int(c[0]) + 150*int(c[1]) + 77*int(c[2])) >> 8)
	}
	return g
}

// sizeOK says whether a picture of that size may be held.
func sizeOK(w, h int) bool {
	return w >= 1 && h >= 1 && w <= maxPixels && h <= maxPixels && w*h <= maxPixels
}

// blank is an unseen picture that covers widthM x heightM; ok is false when that is no size.
func blank(leftM, topM, widthM, heightM, scaleM float64) (p Picture, ok bool) {
	w, h := math.Round(widthM/scaleM), math.Round(heightM/scaleM)
	if !(scaleM > 0) || !(w >= 1 && w <= maxPixels) || !(h >= 1 && h <= maxPixels) || !sizeOK(int(w), int(h)) {
		return Picture{}, false
	}
	p = Picture{LeftM: leftM, TopM: topM, ScaleM: scaleM, Width: int(w), Height: int(h)}
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	return p, true
}
