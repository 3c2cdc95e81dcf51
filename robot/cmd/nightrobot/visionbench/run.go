package visionbench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision/led"
)

// Options of a bench.
type Options struct {
	Seed       uint64
	Racks      int
	Hard       bool
	Data       string // folder of outside data; empty leaves its rows out
	EveryFrame bool   // render every frame by itself
	Jobs       int    // racks at a time; 0 means one a core
	// Crashes is how many malformed looks the supervised vision process is given; Speed says whether the speed rows are run.
	Crashes int
	Speed   bool
	Soak    int // looks over which memory must not grow, among the speed rows
	// RacksOnly leaves out all but the rendered racks.
	RacksOnly bool
	Scratch   string // folder for films and pictures
	Program   string // of nightrobot, for the rows that need processes of their own
	Now       func() time.Time
	// Progress hears how far it is: what, done, of all.
	Progress func(what string, done, all int)
}

// Run runs the bench.
func Run(ctx context.Context, o Options) (Report, error) {
	start := o.Now()
	dir, err := os.MkdirTemp(o.Scratch, "visionbench-*")
	if err != nil {
		return Report{}, fmt.Errorf("bench vision: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o.Scratch = dir
	r := Report{Report: bench.Report{Bench: "vision", Seed: o.Seed, Commit: bench.Commit(), Machine: bench.Machine()}}
	drawn, err := o.world(ctx, "racks", o.Racks, nil, led.Without{}, 0)
	if err != nil {
		return r, err
	}
	r.Results = append(r.Results, drawn.rows("")...)
	r.Confusion, r.Misses = drawn.confusion, drawn.misses
	if o.RacksOnly {
		r.Seconds = o.Now().Sub(start).Seconds()
		return r, nil
	}
	for _, part := range []func(context.Context, *Report) error{o.ablations, o.pictures, o.outside, o.processes} {
		if err := part(ctx, &r); err != nil {
			return r, err
		}
	}
	r.Seconds = o.Now().Sub(start).Seconds()
	return r, nil
}

// world has racks of a gallery inspected, some at a time, and scores them.
func (o Options) world(ctx context.Context, what string, racks int, pictures fs.FS, without led.Without, fps float64) (*score, error) {
	g, err := gallery.New(gallery.Options{Seed: o.Seed, Hard: o.Hard, Pictures: pictures, EveryFrame: o.EveryFrame})
	if err != nil {
		return nil, fmt.Errorf("bench vision: %w", err)
	}
	jobs := o.Jobs
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	visits, numbers := make(chan *visit), make(chan int)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(numbers)
		for i := range racks {
			select {
			case numbers <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	var workers errgroup.Group
	for k := range jobs {
		in := &inspector{gallery: g, dir: filepath.Join(o.Scratch, fmt.Sprintf("%s-%d", what, k)), without: without, fps: fps}
		if err := os.MkdirAll(in.dir, 0o750); err != nil {
			return nil, fmt.Errorf("bench vision: %w", err)
		}
		workers.Go(func() error {
			for i := range numbers {
				v, err := in.inspect(i)
				if err != nil {
					return err
				}
				select {
				case visits <- v:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	}
	group.Go(func() error { defer close(visits); return workers.Wait() })
	s := newScore()
	group.Go(func() error {
		for v := range visits {
			s.add(v)
			o.tell(what, s.visits, racks)
		}
		return nil
	})
	return s, group.Wait()
}

func (o Options) tell(what string, done, all int) {
	if o.Progress != nil {
		o.Progress(what, done, all)
	}
}

// ablations takes away one part of the reading of lights at a time, over a tenth of the racks.
func (o Options) ablations(ctx context.Context, r *Report) error {
	n := min(o.Racks, max(20, o.Racks/20))
	for _, a := range []struct {
		name    string
		without led.Without
		fps     float64
	}{
		{"nothing", led.Without{}, 0},
		{"stabilisation", led.Without{Stabilisation: true}, 0},
		{"halo", led.Without{Halo: true}, 0},
		{"palette", led.Without{Palette: true}, 0},
		{"15fps", led.Without{}, 15},
	} {
		s, err := o.world(ctx, "without "+a.name, n, nil, a.without, a.fps)
		if err != nil {
			return err
		}
		for _, row := range []bench.Row{s.accuracy("led.state.accuracy"), bench.Rate("led.no_answer_rate", s.led.unanswered, s.led.shown), bench.Rate("led.false_fault_rate", s.led.falseFaults, s.led.read)} {
			row.Name = "ablation." + a.name + "." + row.Name
			r.Results = append(r.Results, row)
		}
	}
	return nil
}
