package faultbench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// A part is one group of figures that can be run by itself.
type part struct {
	name string
	run  func(context.Context, Options) ([]bench.Row, []string, error)
}

// parts are all of them, in the order of the report.
func parts() []part {
	return []part{
		{"causes", causes},
		{"month", month},
		{"storm", storm},
		{"guards", unsafe},
		{"repairs", verified},
		{"tickets", tickets},
		{"alarms", alarms},
	}
}

// ErrPart marks the name of a part that is not there.
var ErrPart = errors.New("no such part of the bench")

// Parts names the parts.
func Parts() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// Run runs the parts that are named, all when none is, and reports.
func Run(ctx context.Context, o Options, only ...string) (bench.Report, error) {
	for _, name := range only {
		if !slices.Contains(Parts(), name) {
			return bench.Report{}, fmt.Errorf("%w: %q; there are %s", ErrPart, name, strings.Join(Parts(), ", "))
		}
	}
	began := o.Now()
	report := bench.Report{Bench: "faults", Seed: o.Seed, Commit: bench.Commit(), Machine: bench.Machine(), Results: []bench.Row{}}
	for _, p := range parts() {
		if len(only) > 0 && !slices.Contains(only, p.name) {
			continue
		}
		rows, misses, err := p.run(ctx, o)
		if err != nil {
			return report, fmt.Errorf("bench faults, %s: %w", p.name, err)
		}
		report.Results, report.Misses = append(report.Results, rows...), append(report.Misses, misses...)
	}
	report.Seconds = o.Now().Sub(began).Seconds()
	return report, nil
}
