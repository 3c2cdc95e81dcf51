package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/vision/capture"
)

// captureSlack is how much longer than the burst the child may take, to open the device and to write.
const captureSlack = 15 * time.Second

// A deviceCamera takes bursts from a video device, each in a child process, for OpenCV can abort that.
type deviceCamera struct {
	cfg     cameraConfig
	command []string
	dir     string // on tmpfs where there is one
}

// openCamera checks what can be checked without taking a picture.
func openCamera(cfg cameraConfig) (camera.Camera, error) {
	if _, err := os.Stat(cfg.Device); err != nil {
		return nil, fmt.Errorf("camera: %w", err)
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("camera: %w", err)
	}
	dir := "/dev/shm"
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		dir = os.TempDir()
	}
	return &deviceCamera{cfg: cfg, command: []string{exe, "capture"}, dir: dir}, nil
}

// Burst takes one burst.
func (d *deviceCamera) Burst(ctx context.Context, s camera.Spec) (b camera.Burst, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Duration+captureSlack)
	defer cancel()
	f, err := os.CreateTemp(d.dir, "nightrobot-*.bgr")
	if err != nil {
		return b, fmt.Errorf("take a burst: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(f.Name()), os.RemoveAll(f.Name()+".bracket"))
		}
	}()
	if err := f.Close(); err != nil {
		return b, fmt.Errorf("take a burst: %w", err)
	}
	width, height := d.cfg.Width, d.cfg.Height
	if d.cfg.Rotate%180 != 0 {
		width, height = height, width
	}
	args := slices.Concat(d.command[1:], []string{d.cfg.Device, f.Name(), "--width", strconv.Itoa(width), "--height", strconv.Itoa(height),
		"--rotate", strconv.Itoa(d.cfg.Rotate), "--fps", fmt.Sprint(s.FPS), "--exposure", s.Exposure.String(), "--length", s.Duration.String(), "--bracket", fmt.Sprint(s.Bracket)})
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, d.command[0], args...) //nolint:gosec // this very binary
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return b, fmt.Errorf("take a burst from %s: %w: %.300s", d.cfg.Device, err, said.String())
	}
	var clip capture.Clip
	if err := json.Unmarshal(out, &clip); err != nil {
		return b, fmt.Errorf("take a burst from %s: %w", d.cfg.Device, err)
	}
	if clip.Width != d.cfg.Width || clip.Height != d.cfg.Height {
		return b, fmt.Errorf("take a burst from %s: it gives %d x %d px, its calibration is of %d x %d", d.cfg.Device, clip.Width, clip.Height, d.cfg.Width, d.cfg.Height)
	}
	return camera.Burst{
		Path: f.Name(), Width: clip.Width, Height: clip.Height, Times: clip.Times, Exposure: s.Exposure,
		Intrinsics:  camera.Intrinsics{FX: d.cfg.FX, FY: d.cfg.FY, CX: d.cfg.CX, CY: d.cfg.CY, Dist: d.cfg.Dist},
		BracketPath: clip.Bracket, BracketExposure: clip.BracketExposure,
	}, nil
}

// captureCmd is the child that takes a burst; it prints the capture.Clip.
type captureCmd struct {
	Device   string        `arg:""`
	Path     string        `arg:"" help:"File for the frames."`
	Width    int           `help:"px, before it is turned."`
	Height   int           `help:"px, before it is turned."`
	Rotate   int           `enum:"0,90,180,270" default:"0" help:"Degrees clockwise."`
	FPS      float64       `name:"fps"`
	Exposure time.Duration `help:"0 leaves it to the camera."`
	Length   time.Duration `required:""`
	Bracket  float64       `help:"Share of the exposure for one more frame; 0 takes none."`
}

// Run takes the burst and turns it upright.
func (c *captureCmd) Run(ctx context.Context, con *console) error {
	clip, err := capture.Take(ctx, capture.Options{
		Source: c.Device, Width: c.Width, Height: c.Height, FPS: c.FPS, Exposure: c.Exposure, Bracket: c.Bracket, Live: true, Now: time.Now,
	}, c.Path, 0, c.Length)
	if err != nil {
		return err
	}
	if c.Rotate != 0 {
		for _, path := range []string{c.Path, clip.Bracket} {
			if path == "" {
				continue
			}
			if err := turnFile(path, clip.Width, clip.Height, c.Rotate); err != nil {
				return fmt.Errorf("turn the pictures: %w", err)
			}
		}
		if c.Rotate%180 != 0 {
			clip.Width, clip.Height = clip.Height, clip.Width
		}
	}
	return json.NewEncoder(con.out).Encode(clip)
}

// turnFile turns each frame of a file of BGR frames clockwise.
func turnFile(path string, width, height, degrees int) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	frame, turned := make([]byte, width*height*3), make([]byte, width*height*3)
	for at := int64(0); ; at += int64(len(frame)) {
		_, err := io.ReadFull(in, frame)
		if errors.Is(err, io.EOF) {
			return f.Close()
		}
		if err == nil {
			turn(turned, frame, width, height, degrees)
			_, err = f.WriteAt(turned, at) // behind what has been read
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}

// turn writes a frame of width x height BGR pixels, turned clockwise by 90, 180 or 270 degrees, to dst.
func turn(dst, src []byte, width, height, degrees int) {
	for y := range height {
		for x := range width {
			var to int
			switch degrees {
			case 90:
				to = x*height + height - 1 - y
			case 180:
				to = (height-1-y)*width + width - 1 - x
			case 270:
				to = (width-1-x)*height + y
			}
			copy(dst[3*to:3*to+3], src[3*(y*width+x):])
		}
	}
}
