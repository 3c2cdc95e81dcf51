package ortho

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
)

// maxPNG bounds the file that DecodePNG takes: four bytes a pixel, uncompressed.
const maxPNG = 4 * maxPixels

// EncodePNG writes the picture; what the camera did not see is transparent. The geometry is not written: it belongs to
// vision.NormalPicture.
func (p Picture) EncodePNG(w io.Writer) error {
	if !sizeOK(p.Width, p.Height) || len(p.BGR) != 3*p.Width*p.Height || len(p.Seen) != p.Width*p.Height {
		return fmt.Errorf("write picture: %d and %d bytes do not make %d x %d px", len(p.BGR), len(p.Seen), p.Width, p.Height)
	}
	img := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i, seen := range p.Seen {
		from, to := p.BGR[3*i:3*i+3:3*i+3], img.Pix[4*i:4*i+4:4*i+4]
		to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255*min(seen, 1)
	}
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(w, img); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

// DecodePNG reads a picture that EncodePNG wrote, or any PNG of up to 16 megapixels; pixels of less than half opacity
// count as unseen. The caller sets the geometry.
func DecodePNG(r io.Reader) (Picture, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPNG+1))
	if err != nil {
		return Picture{}, fmt.Errorf("read picture: %w", err)
	}
	if len(data) > maxPNG {
		return Picture{}, errors.New("read picture: the file is larger than any that we write")
	}
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("read picture: %w", err)
	}
	if !sizeOK(head.Width, head.Height) {
		return Picture{}, fmt.Errorf("read picture: %d x %d px is more than %d", head.Width, head.Height, maxPixels)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("read picture: %w", err)
	}
	return ofImage(img), nil
}

// ofImage copies an image of admitted size.
func ofImage(img image.Image) Picture {
	b := img.Bounds()
	p := Picture{Width: b.Dx(), Height: b.Dy()}
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	if rgba, ok := img.(*image.RGBA); ok && rgba.Opaque() { // what the decoder makes of a PNG without transparency
		img = &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}
	}
	flat, ok := img.(*image.NRGBA)
	if !ok {
		flat = image.NewNRGBA(b)
		draw.Draw(flat, b, img, b.Min, draw.Src)
	}
	for y := range p.Height {
		row := flat.Pix[y*flat.Stride : y*flat.Stride+4*p.Width]
		for x := range p.Width {
			from, to := row[4*x:4*x+4:4*x+4], p.BGR[3*(y*p.Width+x):]
			to[0], to[1], to[2] = from[2], from[1], from[0]
			p.Seen[y*p.Width+x] = from[3] >> 7
		}
	}
	return p
}
