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
	"slices"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/privacy"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// jpegQuality keeps small lights readable at about 100 kB a picture.
const jpegQuality = 88

// conceal copies the frame that is kept of a look, with people and lit screens made unrecognisable; empty when no
// picture is to be kept, as of a rack of which only numbers may be.
func conceal(req vision.LookRequest, at *standing, n *normals) (burst.Frame, []vision.Hidden) {
	if req.EvidenceDir == "" || req.Target.NumbersOnly || req.Learn {
		return burst.Frame{}, nil
	}
	scene := privacy.Scene{Target: req.Target, Normal: n.face}
	if at.tells() {
		scene.Projector = at.fit
	}
	picture := at.frame
	picture.BGR = slices.Clone(picture.BGR)
	return picture, privacy.Hide(picture, scene)
}

// leave writes the pictures that are kept of a look.
func leave(req vision.LookRequest, picture burst.Frame) ([]vision.EvidenceFile, error) {
	if picture.BGR == nil {
		return nil, nil
	}
	visual := vision.EvidenceFile{Path: filepath.Join(req.EvidenceDir, "visual.jpg"), Kind: "visual", MediaType: "image/jpeg"}
	err := write(visual.Path, func(w io.Writer) error {
		return jpeg.Encode(w, picture.YCbCr(), &jpeg.Options{Quality: jpegQuality})
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
