// Package report looks at picture files that a person has, and says what is in them: as tables for people, as JSON for
// scripts, as pictures. It serves the command `nightrobot look`. A file that cannot be read is said so, and the next one
// is still done. Files are untrusted: what is decoded here is decoded in plain Go, within bounds; a video goes through
// OpenCV in a process of its own (Extract).
package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nightrounds/nightrounds/vision/radiometric"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// maxFile bounds a file that is read whole.
const maxFile = 256 << 20

// ErrSomeFailed says that at least one file could not be done; which and why was said on Errs.
var ErrSomeFailed = errors.New("not every file could be read")

// Options say where a report goes.
type Options struct {
	Out, Errs io.Writer
	JSON      bool
	// MinConfidence is what a light must have to be reported, 0..1.
	MinConfidence float64
	CSV, PNG      string // files to write; with several inputs each name gets its input's name added; empty writes none
}

// A ThermalReport is what one thermal picture shows, in °C.
type ThermalReport struct {
	File     string            `json:"file"`
	Width    int               `json:"width"`
	Height   int               `json:"height"`
	MinC     float64           `json:"min_c"`
	MaxC     float64           `json:"max_c"`
	MeanC    float64           `json:"mean_c"`
	MedianC  float64           `json:"median_c"`
	CenterC  *float64          `json:"center_c"` // null when the pixel has no temperature
	HotSpots []thermal.HotSpot `json:"hotspots"`
}

// Thermal reports on radiometric JPEGs, and on 16-bit pictures whose values are scale*v + offset °C.
func Thermal(files []string, scale, offset float64, o Options) error {
	return each("thermal", files, o, func(file string) (ThermalReport, error) {
		return thermalFile(file, scale, offset, o, len(files) > 1)
	})
}

// each reports on files one by one: one that cannot be read is said so, and the next is still done.
func each[R interface{ print(io.Writer) }](what string, files []string, o Options, report func(file string) (R, error)) error {
	reports := []R{}
	failed := false
	for _, file := range files {
		r, err := report(file)
		if err != nil {
			failed = true
			_, _ = fmt.Fprintf(o.Errs, "look %s %s: %v\n", what, file, err)
			continue
		}
		reports = append(reports, r)
		if !o.JSON {
			r.print(o.Out)
		}
	}
	if o.JSON {
		if err := encode(o.Out, reports); err != nil {
			return err
		}
	}
	if failed {
		return ErrSomeFailed
	}
	return nil
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// thermalFile does one file.
func thermalFile(file string, scale, offset float64, o Options, several bool) (ThermalReport, error) {
	b, err := read(file)
	if err != nil {
		return ThermalReport{}, err
	}
	var p radiometric.Picture
	if len(b) > 2 && b[0] == 0xff && b[1] == 0xd8 {
		p, err = radiometric.Decode(b)
	} else {
		p, err = radiometric.DecodeScaled(b, scale, offset)
	}
	if err != nil {
		return ThermalReport{}, err
	}
	s, err := p.Stats()
	if err != nil {
		return ThermalReport{}, err
	}
	g := thermal.Grid{Width: p.Width, Height: p.Height, C: p.C}
	r := ThermalReport{
		File: file, Width: p.Width, Height: p.Height, MinC: milli(s.MinC), MaxC: milli(s.MaxC), MeanC: milli(s.MeanC), MedianC: milli(s.MedianC),
		HotSpots: append([]thermal.HotSpot{}, thermal.HotSpots(g)...),
	}
	if c := milli(s.CentreC); !math.IsNaN(c) {
		r.CenterC = &c
	}
	for i := range r.HotSpots {
		h := &r.HotSpots[i]
		h.MaxC, h.MeanC, h.OverC = milli(h.MaxC), milli(h.MeanC), milli(h.OverC)
	}
	return r, pictures(file, g, r.HotSpots, o, several)
}

// pictures writes what else was asked for.
func pictures(file string, g thermal.Grid, spots []thermal.HotSpot, o Options, several bool) error {
	if o.CSV != "" {
		if err := create(named(o.CSV, file, several), func(w io.Writer) error { return grid(w, g) }); err != nil {
			return err
		}
	}
	if o.PNG == "" {
		return nil
	}
	img, err := thermal.Draw(g, spots)
	if err != nil {
		return err
	}
	return create(named(o.PNG, file, several), func(w io.Writer) error { return encodePNG(w, img) })
}

func encodePNG(w io.Writer, img image.Image) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, img)
}

// milli rounds to a thousandth.
func milli(v float64) float64 { return math.Round(v*1000) / 1000 }

// grid writes one row of temperatures per row of pixels; a pixel without one is empty.
func grid(w io.Writer, g thermal.Grid) error {
	out := csv.NewWriter(w)
	row := make([]string, g.Width)
	for y := range g.Height {
		for x := range row {
			row[x] = ""
			if c := float64(g.C[y*g.Width+x]); !math.IsNaN(c) {
				row[x] = strconv.FormatFloat(c, 'f', 3, 64)
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// print says a report to a person.
func (r ThermalReport) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s  %dx%d  min %.1f  max %.1f  mean %.1f  median %.1f °C\n", r.File, r.Width, r.Height, r.MinC, r.MaxC, r.MeanC, r.MedianC)
	for _, h := range r.HotSpots {
		_, _ = fmt.Fprintf(w, "    hot at (%d, %d): %.1f °C, %.1f K over the median, %d px\n", h.X, h.Y, h.MaxC, h.OverC, h.Pixels)
	}
}

// read reads a file of bounded size.
func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) == 0:
		return nil, errors.New("the file is empty")
	case len(b) > maxFile:
		return nil, fmt.Errorf("the file has more than %d MB", maxFile>>20)
	}
	return b, nil
}

// named adds an input's name to an output's when there are several.
func named(out, in string, several bool) string {
	if !several {
		return out
	}
	ext := filepath.Ext(out)
	base := filepath.Base(in)
	return strings.TrimSuffix(out, ext) + "-" + strings.TrimSuffix(base, filepath.Ext(base)) + ext
}

// create writes a whole file or says why not.
func create(path string, fill func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = fill(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
