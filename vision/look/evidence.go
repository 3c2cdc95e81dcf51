package look

import (
	"bufio"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// jpegQuality keeps small lights readable at about 100 kB a picture.
const jpegQuality = 88

// leave writes the look's pictures into its folder: one frame as it was taken, and the thermal picture in false colours.
func leave(b *burst.Burst, frame int, req vision.LookRequest) ([]vision.EvidenceFile, error) {
	if req.EvidenceDir == "" {
		return nil, nil
	}
	f, err := b.Frame(frame)
	if err != nil {
		return nil, err
	}
	visual := vision.EvidenceFile{Path: filepath.Join(req.EvidenceDir, "visual.jpg"), Kind: "visual", MediaType: "image/jpeg"}
	err = write(visual.Path, func(w io.Writer) error {
		return jpeg.Encode(w, f.YCbCr(), &jpeg.Options{Quality: jpegQuality})
	})
	if err != nil || req.Thermal == nil {
		return []vision.EvidenceFile{visual}, err
	}
	g := thermal.Grid{Width: req.Thermal.Width, Height: req.Thermal.Height, C: req.Thermal.C}
	img, err := thermal.Draw(g, thermal.HotSpots(g))
	if err != nil {
		return []vision.EvidenceFile{visual}, err
	}
	warm := vision.EvidenceFile{Path: filepath.Join(req.EvidenceDir, "thermal.png"), Kind: "thermal", MediaType: "image/png"}
	err = write(warm.Path, func(w io.Writer) error { return encodePNG(w, img) })
	return []vision.EvidenceFile{visual, warm}, err
}

// encodePNG favours speed: the picture is small either way.
func encodePNG(w io.Writer, img image.Image) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, img)
}

// write makes a file whole or reports why not.
func write(path string, encode func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("leave evidence: %w", err)
	}
	buf := bufio.NewWriterSize(f, 64<<10)
	err = encode(buf)
	if err == nil {
		err = buf.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("leave evidence %s: %w", path, err)
	}
	return nil
}
