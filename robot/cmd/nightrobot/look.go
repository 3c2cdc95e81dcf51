package main

import (
	"context"
	"os"

	"github.com/nightrounds/nightrounds/vision/report"
)

// lookCmd is the agent's eyes on pictures from elsewhere.
type lookCmd struct {
	Thermal lookThermalCmd `cmd:"" help:"Say what radiometric JPEGs (or 16-bit PNG and TIFF) show."`
	LEDs    lookLEDsCmd    `cmd:"" name:"leds" help:"Find the lit LEDs in pictures, folders of frames, or videos."`
	Frames  lookFramesCmd  `cmd:"" hidden:"" help:"Decode a video into raw frames; run by leds, so that a crash costs one file."`
}

// lookThermalCmd decodes thermal pictures.
type lookThermalCmd struct {
	Files  []string `arg:"" name:"file" help:"Radiometric JPEG, or 16-bit grey PNG or TIFF."`
	Output string   `short:"o" enum:"text,json" default:"text" help:"text or json."`
	CSV    string   `name:"csv" help:"Write the whole grid, °C, to this file." placeholder:"FILE"`
	PNG    string   `name:"png" help:"Write a picture in false colours with a scale to this file." placeholder:"FILE"`
	Scale  float64  `default:"0.01" help:"°C per step of a 16-bit picture."`
	Offset float64  `default:"-273.15" help:"°C of value 0 of a 16-bit picture."`
}

// Run reports on every file; one that cannot be read does not keep the next from being done.
func (l lookThermalCmd) Run(c *console) error {
	return report.Thermal(l.Files, l.Scale, l.Offset, report.Options{
		Out: c.out, Errs: os.Stderr, JSON: l.Output == "json", CSV: l.CSV, PNG: l.PNG,
	})
}

// sureLED is the confidence from which a light is reported without --all.
const sureLED = 0.3

// lookLEDsCmd searches pictures for lights.
type lookLEDsCmd struct {
	Files  []string `arg:"" name:"file" help:"Picture, folder of frames, or video."`
	Output string   `short:"o" enum:"text,json" default:"text" help:"text or json."`
	PNG    string   `name:"png" help:"Write the first picture with the lights marked to this file." placeholder:"FILE"`
	All    bool     `help:"Also report what is likelier something else than a lit LED."`
	FPS    float64  `name:"fps" default:"30" help:"Frames per second of a folder of frames."`
}

// Run reports on every input.
func (l lookLEDsCmd) Run(ctx context.Context, c *console) error {
	least := sureLED
	if l.All {
		least = 0
	}
	return report.LEDs(ctx, l.Files, l.FPS, report.InChild(os.Executable), report.Options{
		Out: c.out, Errs: os.Stderr, JSON: l.Output == "json", PNG: l.PNG, MinConfidence: least,
	})
}

// lookFramesCmd is the child process that decodes a video.
type lookFramesCmd struct {
	Video string `arg:""`
	Raw   string `arg:"" help:"File for the frames; their size and times go to stdout."`
}

// Run decodes.
func (l lookFramesCmd) Run(ctx context.Context, c *console) error {
	return report.ExtractFrames(ctx, l.Video, l.Raw, c.out)
}
