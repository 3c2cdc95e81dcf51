package robot

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // pictures of the thermal camera
	"os"

	"golang.org/x/image/draw"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// maxPixels bounds a picture that is decoded to be made smaller.
const maxPixels = 64 << 20

// gather reads the pictures that a look left, names them by content and makes each fit into one message. A picture
// that cannot be read is left out, with its error: a look without a picture is still a look.
func gather(files []vision.EvidenceFile, limit int) (refs []wire.EvidenceRef, pictures map[string][]byte, faults []error) {
	refs = []wire.EvidenceRef{}
	pictures = map[string][]byte{}
	for _, f := range files {
		content, err := os.ReadFile(f.Path)
		mediaType := f.MediaType
		if err == nil && len(content) > limit {
			content, err = shrink(content, limit)
			mediaType = "image/jpeg"
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("evidence %s: %w", f.Kind, err))
			continue
		}
		sha := wire.EvidenceName(content)
		pictures[sha] = content
		refs = append(refs, wire.EvidenceRef{SHA256: sha, Kind: f.Kind, MediaType: mediaType, Bytes: len(content)})
	}
	return refs, pictures, faults
}

// shrink writes a picture again as a JPEG of no more than limit bytes: first at lower quality, then at half the size.
func shrink(content []byte, limit int) ([]byte, error) {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("make %d bytes fit %d: %w", len(content), limit, err)
	}
	if cfg.Width*cfg.Height > maxPixels {
		return nil, fmt.Errorf("make a picture of %d x %d px fit: too large to decode", cfg.Width, cfg.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("make %d bytes fit %d: %w", len(content), limit, err)
	}
	for {
		for _, quality := range []int{85, 60} {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
				return nil, fmt.Errorf("make %d bytes fit %d: %w", len(content), limit, err)
			}
			if out.Len() <= limit {
				return out.Bytes(), nil
			}
		}
		half := image.Rect(0, 0, img.Bounds().Dx()/2, img.Bounds().Dy()/2)
		if half.Empty() {
			return nil, fmt.Errorf("make %d bytes fit %d: no size is small enough", len(content), limit)
		}
		smaller := image.NewRGBA(half)
		draw.ApproxBiLinear.Scale(smaller, half, img, img.Bounds(), draw.Src, nil)
		img = smaller
	}
}
