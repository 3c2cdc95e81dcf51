// Package bench is the report that every bench of Nightrounds prints: figures with their intervals and targets, one form
// for both programs, as a table for people and as JSON.
//
// It measures nothing itself, and knows nothing of what is measured.
package bench

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"text/tabwriter"
	"time"
)

// A Row is one figure with its 95 % interval. Target is nil where nothing was promised.
type Row struct {
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Low    float64  `json:"low"`
	High   float64  `json:"high"`
	N      int      `json:"n"`
	Target *float64 `json:"target,omitempty"`
	Met    *bool    `json:"met,omitempty"`
	NotRun string   `json:"notRun,omitempty"` // why there is no figure
	Note   string   `json:"note,omitempty"`
}

// A Report is the outcome of a bench, in the form of all Nightrounds benches.
type Report struct {
	Bench   string         `json:"bench"`
	Seed    uint64         `json:"seed"`
	Commit  string         `json:"commit"`
	Machine map[string]any `json:"machine"`
	Seconds float64        `json:"seconds"`
	Results []Row          `json:"results"`
	Misses  []string       `json:"misses,omitempty"` // what went wrong, for a person to look at
}

// Rate is a share of n trials with its Wilson interval.
func Rate(name string, hits, n int) Row {
	r := Row{Name: name, Unit: "1", N: n, Low: 0, High: 1}
	if n == 0 {
		r.NotRun = "no trials"
		return r
	}
	r.Value = float64(hits) / float64(n)
	r.Low, r.High = Wilson(float64(hits), float64(n))
	return r
}

// PerThousand is a count in n trials as a rate per 1,000, with the Wilson interval of as many trials that had one.
func PerThousand(name string, count, n int) Row {
	r := Rate(name, min(count, n), n)
	r.Unit = "1/1000"
	r.Value, r.Low, r.High = 1000*float64(count)/float64(max(n, 1)), r.Low*1000, r.High*1000
	return r
}

// Wilson is the 95 % score interval of a share. After Wilson, "Probable inference, the law of succession, and
// statistical inference", JASA 22 (1927).
func Wilson(hits, n float64) (low, high float64) {
	const z = 1.959964
	p := hits / n
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}

// Quantile is a quantile of some values with its bootstrap interval, 400 resamples of a fixed seed.
func Quantile(name, unit string, values []float64, q float64) Row {
	r := Row{Name: name, Unit: unit, N: len(values)}
	if len(values) == 0 {
		r.NotRun = "no trials"
		return r
	}
	sorted := slices.Sorted(slices.Values(values))
	r.Value = At(sorted, q)
	rng := rand.New(rand.NewPCG(1, uint64(len(values))))
	const times = 400
	found := make([]float64, times)
	sample := make([]float64, min(len(sorted), 2000))
	for i := range found {
		for k := range sample {
			sample[k] = sorted[rng.IntN(len(sorted))]
		}
		slices.Sort(sample)
		found[i] = At(sample, q)
	}
	slices.Sort(found)
	shrink := math.Sqrt(float64(len(sample)) / float64(len(sorted))) // a smaller sample spreads wider
	r.Low = r.Value + (At(found, 0.025)-r.Value)*shrink
	r.High = r.Value + (At(found, 0.975)-r.Value)*shrink
	return r
}

// At is a quantile of sorted values, between neighbours.
func At(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

// AtLeast sets a row's target from below.
func (r Row) AtLeast(v float64) Row { return r.held(v, r.Value >= v) }

// AtMost sets a row's target from above.
func (r Row) AtMost(v float64) Row { return r.held(v, r.Value <= v) }

func (r Row) held(target float64, met bool) Row {
	r.Target = &target
	if r.NotRun == "" {
		r.Met = &met
	}
	return r
}

// Print writes the report as a table for people.
func (r Report) Print(w io.Writer) error {
	out := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "what\tfigure\t95 % interval\ttrials\ttarget\t")
	for _, row := range r.Results {
		if row.NotRun != "" {
			_, _ = fmt.Fprintf(out, "%s\tnot run: %s\n", row.Name, row.NotRun)
			continue
		}
		target, unit := "", row.Unit
		if row.Target != nil {
			target = fmt.Sprintf("%.4g missed", *row.Target)
			if *row.Met {
				target = fmt.Sprintf("%.4g met", *row.Target)
			}
		}
		if unit == "1" {
			unit = ""
		}
		_, _ = fmt.Fprintf(out, "%s\t%.4g %s\t%.4g .. %.4g\t%d\t%s\t%s\n", row.Name, row.Value, unit, row.Low, row.High, row.N, target, row.Note)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print the bench: %w", err)
	}
	return nil
}

// Commit is the revision that the program was built from.
func Commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

// Machine is what the figures were measured on.
func Machine() map[string]any {
	return map[string]any{"os": runtime.GOOS, "arch": runtime.GOARCH, "cores": runtime.NumCPU(), "go": runtime.Version()}
}

// Progress writes how far a bench is on one line that is written over, a few times a second; now tells the time.
func Progress(w io.Writer, now func() time.Time) func(what string, done, all int) {
	var last time.Time
	return func(what string, done, all int) {
		if at := now(); at.Sub(last) > 300*time.Millisecond || done == all {
			last = at
			_, _ = fmt.Fprintf(w, "\r%-40s %7d of %d ", what, done, all) // a progress line that is lost harms nobody
			if done == all {
				_, _ = fmt.Fprintln(w)
			}
		}
	}
}
