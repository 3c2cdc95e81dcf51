// Package camera says what a camera takes: bursts of frames with their true times, exposure and geometry.
// It holds no driver; vision/capture speaks to V4L2, robot/sim renders.
package camera

import (
	"context"
	"time"
)

// A Spec asks for one burst.
type Spec struct {
	Duration time.Duration // from the first frame to the last
	FPS      float64
	Exposure time.Duration // locked for the burst; 0 leaves the camera's default
	// Bracket is the share of the exposure with which one more frame is taken right after the burst; 0 takes none.
	Bracket float64
}

// A Burst is a file of raw frames, one after the other without padding: Height rows of Width pixels, 3 bytes
// each in the order blue, green, red. Whoever asked for the burst removes the file.
type Burst struct {
	Path          string
	Width, Height int         // px, as stored: portrait, row 0 is the top
	Times         []time.Time // of the middle of each frame's exposure
	Exposure      time.Duration
	Intrinsics    Intrinsics
	// BracketPath is the file of the frame of short exposure; empty when there is none. It is removed like Path.
	BracketPath     string
	BracketExposure time.Duration
}

// Intrinsics is the pinhole model with Brown-Conrady distortion, in px (OpenCV's order of Dist: k1 k2 p1 p2 k3).
type Intrinsics struct {
	FX, FY, CX, CY float64
	Dist           [5]float64
}

// A Camera takes one burst at a time.
type Camera interface {
	Burst(ctx context.Context, s Spec) (Burst, error)
}
