// Package ortho straightens a picture onto a plane of a rack, so that looks from different poses can be laid over each
// other millimetre by millimetre. It judges nothing.
package ortho

// A Picture is a plane of a rack as seen straight on. Pixel (0,0) covers the plane from (LeftM, TopM) to the right and
// down; each pixel is ScaleM wide and high.
type Picture struct {
	LeftM, TopM, ScaleM float64
	Width, Height       int    // px
	BGR                 []byte // Height rows of Width pixels
	Seen                []byte // per pixel: 1 where the camera saw the plane, 0 where it did not
}
