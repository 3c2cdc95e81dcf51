// Package capture takes bursts of raw frames, from a V4L2 camera with its exposure, gain and white balance locked, or
// from a video file. It writes the file that robot/camera.Burst describes: BGR24 frames, one after the other, without
// padding. It is the only part of vision that opens OpenCV's video input, which can abort the process on a broken
// stream: run it where that does no harm.
package capture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gocv.io/x/gocv"
)

// Limits of one burst.
const (
	maxFrames = 600
	maxPixels = 16 << 20
	warmUp    = 5 // frames thrown away: the first after a change of exposure still have the old one
)

// Options name a source.
type Options struct {
	Source   string // /dev/video0, or a video file
	Width    int    // px asked of a camera; 0 leaves its default
	Height   int
	FPS      float64       // asked of a camera; 0 leaves its default
	Exposure time.Duration // locked, of a camera; 0 leaves its default
	// Bracket is the share of the exposure for one frame more, right after the burst, of a camera; 0 takes none.
	Bracket float64
	Live    bool // the source is a camera: times are the clock's
	Now     func() time.Time
}

// A Clip is what was taken.
type Clip struct {
	Path   string      `json:"path"`
	Width  int         `json:"width"` // px
	Height int         `json:"height"`
	Times  []time.Time `json:"times"`
	// Bracket is the file of the frame of short exposure; empty when none was taken.
	Bracket         string        `json:"bracket,omitempty"`
	BracketExposure time.Duration `json:"bracketExposure,omitempty"`
}

// Take writes at most frames frames, or those of length when that is more than 0, to path. It stops at the end of a
// file. Frames of another size than the first are an error.
func Take(ctx context.Context, o Options, path string, frames int, length time.Duration) (Clip, error) {
	if frames < 1 || frames > maxFrames {
		frames = maxFrames
	}
	src, err := open(o)
	if err != nil {
		return Clip{}, err
	}
	defer func() { _ = src.Close() }()
	out, err := os.Create(path)
	if err != nil {
		return Clip{}, fmt.Errorf("take burst: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	clip, err := record(ctx, src, o, w, frames, length)
	clip.Path = path
	err = errors.Join(err, w.Flush(), out.Close())
	if err == nil && len(clip.Times) == 0 {
		err = fmt.Errorf("take burst from %s: it gave no picture", o.Source)
	}
	if err == nil && o.Live && o.Bracket > 0 && o.Exposure > 0 {
		err = bracket(ctx, src, o, path+".bracket", &clip)
	}
	return clip, err
}

// bracket takes one frame of short exposure.
func bracket(ctx context.Context, src *gocv.VideoCapture, o Options, path string, clip *Clip) error {
	o.Exposure = time.Duration(float64(o.Exposure) * o.Bracket)
	lock(src, o)
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("take bracket: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	short, err := record(ctx, src, o, w, 1, 0)
	err = errors.Join(err, w.Flush(), out.Close())
	if err == nil && (short.Width != clip.Width || short.Height != clip.Height) {
		err = fmt.Errorf("take bracket: %d x %d px, the burst %d x %d", short.Width, short.Height, clip.Width, clip.Height)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	clip.Bracket, clip.BracketExposure = path, o.Exposure
	return nil
}

// open opens the source and locks what changes by itself.
func open(o Options) (*gocv.VideoCapture, error) {
	if o.Live && o.Now == nil {
		return nil, errors.New("take burst: a live camera needs a clock")
	}
	if fi, err := os.Stat(o.Source); err != nil {
		return nil, fmt.Errorf("take burst: %w", err)
	} else if !o.Live && fi.Size() == 0 {
		return nil, fmt.Errorf("take burst: %s is empty", o.Source)
	}
	api := gocv.VideoCaptureAny
	if o.Live {
		api = gocv.VideoCaptureV4L2
	}
	src, err := gocv.OpenVideoCaptureWithAPI(o.Source, api)
	if err != nil {
		return nil, fmt.Errorf("take burst from %s: %w", o.Source, err)
	}
	if o.Live {
		lock(src, o)
	}
	return src, nil
}

// lock sets a camera's exposure, gain and white balance to manual: V4L2's auto-exposure value 1 is manual, and the
// exposure counts in 100 us (V4L2_CID_EXPOSURE_ABSOLUTE). A camera that knows a control not ignores it.
func lock(src *gocv.VideoCapture, o Options) {
	if o.Width > 0 && o.Height > 0 {
		src.Set(gocv.VideoCaptureFrameWidth, float64(o.Width))
		src.Set(gocv.VideoCaptureFrameHeight, float64(o.Height))
	}
	if o.FPS > 0 {
		src.Set(gocv.VideoCaptureFPS, o.FPS)
	}
	src.Set(gocv.VideoCaptureAutoWB, 0)
	if o.Exposure > 0 {
		src.Set(gocv.VideoCaptureAutoExposure, 1)
		src.Set(gocv.VideoCaptureExposure, float64(o.Exposure)/float64(100*time.Microsecond))
	}
	m := gocv.NewMat()
	defer func() { _ = m.Close() }()
	for range warmUp {
		src.Read(&m)
	}
}

// record reads and writes frame by frame.
func record(ctx context.Context, src *gocv.VideoCapture, o Options, w *bufio.Writer, frames int, length time.Duration) (Clip, error) {
	var clip Clip
	m := gocv.NewMat()
	defer func() { _ = m.Close() }()
	fps := src.Get(gocv.VideoCaptureFPS)
	if !(fps > 0 && fps < 1000) {
		fps = 30
	}
	for len(clip.Times) < frames && ctx.Err() == nil {
		if !src.Read(&m) || m.Empty() {
			break
		}
		at := time.Unix(0, 0).Add(time.Duration(float64(len(clip.Times)) / fps * float64(time.Second))).UTC()
		if o.Live {
			at = o.Now()
		}
		if length > 0 && len(clip.Times) > 0 && at.Sub(clip.Times[0]) > length {
			break
		}
		if err := write(w, m, &clip); err != nil {
			return clip, err
		}
		clip.Times = append(clip.Times, at)
	}
	return clip, ctx.Err()
}

// write appends one frame of 8-bit BGR.
func write(w *bufio.Writer, m gocv.Mat, clip *Clip) error {
	if m.Type() != gocv.MatTypeCV8UC3 || m.Cols()*m.Rows() > maxPixels {
		return fmt.Errorf("take burst: frame %d is of type %v, %d x %d px", len(clip.Times), m.Type(), m.Cols(), m.Rows())
	}
	if len(clip.Times) == 0 {
		clip.Width, clip.Height = m.Cols(), m.Rows()
	}
	if m.Cols() != clip.Width || m.Rows() != clip.Height {
		return fmt.Errorf("take burst: frame %d is %d x %d px, the first %d x %d", len(clip.Times), m.Cols(), m.Rows(), clip.Width, clip.Height)
	}
	if _, err := w.Write(m.ToBytes()); err != nil {
		return fmt.Errorf("take burst: %w", err)
	}
	return nil
}
