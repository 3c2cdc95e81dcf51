package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/capture"
)

// Limits of a video.
const (
	maxVideoFrames  = 300
	maxVideoBytes   = 2 << 30 // of frames in memory
	maxVideoSeconds = 120     // that the child may take
)

// ExtractFrames decodes a video into a file of raw frames and says their size and times on out, as JSON. It runs in a
// child process.
func ExtractFrames(ctx context.Context, video, raw string, out io.Writer) error {
	clip, err := capture.Take(ctx, capture.Options{Source: video}, raw, maxVideoFrames, 0)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(clip)
}

// InChild is an Extract that runs the program's own hidden command `look frames` in a child process: a video that makes
// OpenCV abort costs that one file.
func InChild(program func() (string, error)) Extract {
	return func(ctx context.Context, video string) ([]burst.Frame, []float64, error) {
		exe, err := program()
		if err != nil {
			return nil, nil, fmt.Errorf("find the program to decode the video with: %w", err)
		}
		dir, err := os.MkdirTemp("", "nightrounds-look-")
		if err != nil {
			return nil, nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		ctx, cancel := context.WithTimeout(ctx, maxVideoSeconds*time.Second)
		defer cancel()
		raw := filepath.Join(dir, "frames.raw")
		cmd := exec.CommandContext(ctx, exe, "look", "frames", "--", video, raw) //nolint:gosec // ourselves
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			return nil, nil, fmt.Errorf("decode the video: %w: %s", err, lastLine(errs.String()))
		}
		var clip capture.Clip
		if err := json.Unmarshal(out.Bytes(), &clip); err != nil {
			return nil, nil, fmt.Errorf("decode the video: %w", err)
		}
		return loadClip(raw, clip)
	}
}

// loadClip reads the frames into memory, for the file goes with its folder.
func loadClip(raw string, clip capture.Clip) ([]burst.Frame, []float64, error) {
	n := len(clip.Times)
	if clip.Width > 0 && clip.Height > 0 {
		n = min(n, maxVideoBytes/(3*clip.Width*clip.Height))
	}
	b, err := burst.Open(raw, clip.Width, clip.Height, len(clip.Times))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = b.Close() }()
	var frames []burst.Frame
	var times []float64
	for i := range n {
		f, err := b.Frame(i)
		if err != nil {
			return nil, nil, err
		}
		f.BGR = slices.Clone(f.BGR)
		frames, times = append(frames, f), append(times, clip.Times[i].Sub(clip.Times[0]).Seconds())
	}
	return frames, times, nil
}

// lastLine is what a child said last, for a person.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
