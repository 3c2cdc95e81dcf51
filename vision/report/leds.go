package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the formats that are read
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/tiff" // the formats that are read
	_ "golang.org/x/image/webp" // the formats that are read

	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
)

// Limits of what is looked at.
const (
	maxPicturePixels = 50 << 20
	maxFolderFrames  = 300
	folderFPS        = 30 // a folder of frames tells no times
)

// An LEDReport is what one picture, folder of frames or video shows.
type LEDReport struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Frames int    `json:"frames"`
	LEDs   []LED  `json:"leds"`
}

// An Extract turns a video into frames: it runs where a crash of OpenCV does no harm.
type Extract func(ctx context.Context, file string) (frames []burst.Frame, times []float64, err error)

// LEDs reports on pictures, folders of frames, and, with an Extract, videos.
func LEDs(ctx context.Context, files []string, fps float64, video Extract, o Options) error {
	return each("leds", files, o, func(file string) (LEDReport, error) {
		return ledFile(ctx, file, fps, video, o, len(files) > 1)
	})
}

// LED is one light: place in px, colour, pattern, rate.
type LED struct {
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	RadiusPx   float64 `json:"radius_px"`
	Colour     string  `json:"colour"`
	HueDeg     float64 `json:"hue_deg"`
	Pattern    string  `json:"pattern"`
	RateHz     float64 `json:"rate_hz"`
	Duty       float64 `json:"duty"`
	Confidence float64 `json:"confidence"`
}

// ledFile does one input.
func ledFile(ctx context.Context, file string, fps float64, video Extract, o Options, several bool) (LEDReport, error) {
	frames, times, err := load(ctx, file, fps, video)
	if err != nil {
		return LEDReport{}, err
	}
	found, err := led.Find(frames, times)
	if err != nil {
		return LEDReport{}, err
	}
	r := LEDReport{File: file, Width: frames[0].Width, Height: frames[0].Height, Frames: len(frames), LEDs: []LED{}}
	for _, s := range found {
		if s.Confidence < o.MinConfidence {
			continue
		}
		r.LEDs = append(r.LEDs, LED{
			X: milli(s.X), Y: milli(s.Y), RadiusPx: milli(s.RadiusPx), Colour: s.Colour, HueDeg: milli(s.HueDeg), Pattern: s.Pattern,
			RateHz: milli(s.RateHz), Duty: milli(s.Duty), Confidence: milli(s.Confidence),
		})
	}
	if o.PNG == "" {
		return r, nil
	}
	return r, create(named(o.PNG, file, several), func(w io.Writer) error { return encodePNG(w, annotated(frames[0], r.LEDs)) })
}

// load reads frames from what the file is.
func load(ctx context.Context, file string, fps float64, video Extract) ([]burst.Frame, []float64, error) {
	fi, err := os.Stat(file)
	if err != nil {
		return nil, nil, err
	}
	if fi.IsDir() {
		return folder(file, fps)
	}
	switch strings.ToLower(filepath.Ext(file)) {
	case ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v":
		if fi.Size() == 0 {
			return nil, nil, errors.New("the file is empty")
		}
		if video == nil {
			return nil, nil, errors.New("videos are not supported here")
		}
		return video(ctx, file)
	}
	f, err := picture(file)
	return []burst.Frame{f}, []float64{0}, err
}

// picture decodes one image after its size was looked at.
func picture(file string) (burst.Frame, error) {
	b, err := read(file)
	if err != nil {
		return burst.Frame{}, err
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return burst.Frame{}, fmt.Errorf("not a picture (JPEG, PNG, TIFF, WebP): %w", err)
	}
	if cfg.Width < 8 || cfg.Height < 8 || cfg.Width > maxPicturePixels/cfg.Height {
		return burst.Frame{}, fmt.Errorf("a picture of %d x %d px is outside 8 x 8 to %d Mpx", cfg.Width, cfg.Height, maxPicturePixels>>20)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return burst.Frame{}, fmt.Errorf("broken picture: %w", err)
	}
	return burst.FromImage(img), nil
}

// folder reads the pictures of a folder in the order of their names.
func folder(dir string, fps float64) ([]burst.Frame, []float64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	if !(fps > 0) {
		fps = folderFPS
	}
	var frames []burst.Frame
	var times []float64
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp":
		default:
			continue
		}
		f, err := picture(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		times = append(times, float64(len(frames))/fps)
		frames = append(frames, f)
		if len(frames) == maxFolderFrames {
			break
		}
	}
	if len(frames) == 0 {
		return nil, nil, errors.New("the folder holds no pictures")
	}
	return frames, times, nil
}

// print says a report to a person.
func (r LEDReport) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s  %dx%d  %d frames  %d lights\n", r.File, r.Width, r.Height, r.Frames, len(r.LEDs))
	for _, l := range r.LEDs {
		rate := ""
		if l.RateHz > 0 {
			rate = fmt.Sprintf("  %.2f Hz", l.RateHz)
		}
		_, _ = fmt.Fprintf(w, "    (%.0f, %.0f)  %-5s  %s%s  confidence %.2f\n", l.X, l.Y, l.Colour, l.Pattern, rate, l.Confidence)
	}
}

// annotated is a picture with a box around each light.
func annotated(f burst.Frame, leds []LED) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	for i := range f.Width * f.Height {
		p := f.BGR[3*i:]
		copy(img.Pix[4*i:], []byte{p[2], p[1], p[0], 255})
	}
	for _, l := range leds {
		r := int(l.RadiusPx*1.6) + 4
		x, y := int(l.X), int(l.Y)
		for d := -r; d <= r; d++ {
			for _, p := range [4]image.Point{{X: x + d, Y: y - r}, {X: x + d, Y: y + r}, {X: x - r, Y: y + d}, {X: x + r, Y: y + d}} {
				img.SetRGBA(p.X, p.Y, color.RGBA{R: 255, G: 0, B: 255, A: 255})
			}
		}
	}
	return img
}
