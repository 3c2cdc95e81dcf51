package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Part is one group of figures that can be run by itself, by the options of its bench. It returns its figures, and what went
// wrong for a person to look at.
type Part[O any] struct {
	Name string
	Run  func(context.Context, O) ([]Row, []string, error)
}

// Rows is the Run of a part that has figures only.
func Rows[O any](run func(context.Context, O) ([]Row, error)) func(context.Context, O) ([]Row, []string, error) {
	return func(ctx context.Context, o O) ([]Row, []string, error) {
		rows, err := run(ctx, o)
		return rows, nil, err
	}
}

// ErrPart marks the name of a part that is not there.
var ErrPart = errors.New("no such part of the bench")

// Run runs the parts of a bench that are named, all when none is, in their order, and reports; now tells the time.
func Run[O any](ctx context.Context, name string, seed uint64, now func() time.Time, o O, parts []Part[O], only ...string) (Report, error) {
	var names []string
	for _, p := range parts {
		names = append(names, p.Name)
	}
	for _, n := range only {
		if !slices.Contains(names, n) {
			return Report{}, fmt.Errorf("%w: %q; there are %s", ErrPart, n, strings.Join(names, ", "))
		}
	}
	began := now()
	report := Report{Bench: name, Seed: seed, Commit: Commit(), Machine: Machine(), Results: []Row{}}
	for _, p := range parts {
		if len(only) > 0 && !slices.Contains(only, p.Name) {
			continue
		}
		rows, misses, err := p.Run(ctx, o)
		if err != nil {
			return report, fmt.Errorf("bench %s, %s: %w", name, p.Name, err)
		}
		report.Results, report.Misses = append(report.Results, rows...), append(report.Misses, misses...)
	}
	report.Seconds = now().Sub(began).Seconds()
	return report, nil
}
