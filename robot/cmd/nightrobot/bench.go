package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/robot/cmd/nightrobot/visionbench"
)

// benchCmd measures what this program claims.
type benchCmd struct {
	Vision benchVisionCmd `cmd:"" help:"Have the eyes judge a held-out world of rendered racks, and real pictures, and hold the answers against the truth."`
}

type benchVisionCmd struct {
	Seed       uint64 `default:"1" help:"What the world is made from: the same seed makes the same racks."`
	Racks      int    `default:"200" help:"How many racks to inspect."`
	Hard       bool   `help:"Put in what hurts: bloom, glare, doors, blur, bad exposure, misplaced tags, people in the way."`
	Data       string `type:"existingdir" placeholder:"DIR" help:"Folder of photographs, recordings and device pictures; rows that need it are not run without."`
	EveryFrame bool   `help:"Render each frame by itself, which takes hours, to show that sharing what does not change changes no result."`
	Crashes    int    `default:"100000" help:"How many malformed and odd looks to give to the vision process; 0 leaves them out."`
	Soak       int    `default:"1000" help:"Over how many looks memory must not grow."`
	NoSpeed    bool   `help:"Leave out the speed rows, which need Python's OpenCV."`
	Only       string `enum:"all,racks" default:"all" help:"racks leaves out all but the rendered racks."`
	Jobs       int    `help:"Racks at a time; 0 is one a core."`
	Misses     int    `default:"0" help:"How many of the misses to list."`
	Output     string `short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// Run runs the bench.
func (c *benchVisionCmd) Run(ctx context.Context, con *console) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench vision: %w", err)
	}
	o := visionbench.Options{
		Seed: c.Seed, Racks: c.Racks, Hard: c.Hard, Data: c.Data, EveryFrame: c.EveryFrame, Jobs: c.Jobs, Crashes: c.Crashes, Speed: !c.NoSpeed, Soak: c.Soak,
		RacksOnly: c.Only == "racks", Scratch: scratch(), Program: program, Now: time.Now, Progress: bench.Progress(os.Stderr, time.Now),
	}
	report, err := visionbench.Run(ctx, o)
	if err != nil {
		return err
	}
	report.Misses = report.Misses[:min(len(report.Misses), c.Misses)]
	if c.Output == "json" {
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	if err := report.Print(con.out); err != nil {
		return err
	}
	for _, m := range report.Misses {
		if _, err := fmt.Fprintln(con.out, m); err != nil {
			return err
		}
	}
	return nil
}

// scratch is where films go: memory where there is some, else the usual place.
func scratch() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}
