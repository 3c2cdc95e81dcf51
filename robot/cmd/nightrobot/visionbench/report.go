package visionbench

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
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
	// Confusion counts lights by what they showed and what was read, in each of some groups: all, each maker, clipped and not.
	Confusion map[string]map[string]map[string]int `json:"confusion,omitempty"`
	Misses    []string                             `json:"misses,omitempty"` // what went wrong, for a person to look at
}

// rate is a share of n trials with its Wilson interval.
func rate(name string, hits, n int) Row {
	r := Row{Name: name, Unit: "1", N: n, Low: 0, High: 1}
	if n == 0 {
		r.NotRun = "no trials"
		return r
	}
	r.Value = float64(hits) / float64(n)
	r.Low, r.High = wilson(float64(hits), float64(n))
	return r
}

// perThousand is a count in n trials as a rate per 1,000, with the Wilson interval of as many trials that had one.
func perThousand(name string, count, n int) Row {
	r := rate(name, min(count, n), n)
	r.Unit = "1/1000"
	r.Value, r.Low, r.High = 1000*float64(count)/float64(max(n, 1)), r.Low*1000, r.High*1000
	return r
}

// wilson is the 95 % score interval of a share. After Wilson, "Probable inference, the law of succession, and
// statistical inference", JASA 22 (1927).
func wilson(hits, n float64) (low, high float64) {
	const z = 1.959964
	p := hits / n
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}

// quantile is a quantile of some values with its bootstrap interval, 400 resamples of a fixed seed.
func quantile(name, unit string, values []float64, q float64) Row {
	r := Row{Name: name, Unit: unit, N: len(values)}
	if len(values) == 0 {
		r.NotRun = "no trials"
		return r
	}
	sorted := slices.Sorted(slices.Values(values))
	r.Value = at(sorted, q)
	rng := rand.New(rand.NewPCG(1, uint64(len(values))))
	const times = 400
	found := make([]float64, times)
	sample := make([]float64, min(len(sorted), 2000))
	for i := range found {
		for k := range sample {
			sample[k] = sorted[rng.IntN(len(sorted))]
		}
		slices.Sort(sample)
		found[i] = at(sample, q)
	}
	slices.Sort(found)
	shrink := math.Sqrt(float64(len(sample)) / float64(len(sorted))) // a smaller sample spreads wider
	r.Low = r.Value + (at(found, 0.025)-r.Value)*shrink
	r.High = r.Value + (at(found, 0.975)-r.Value)*shrink
	return r
}

// at is a quantile of sorted values, between neighbours.
func at(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

// atLeast and atMost set the target of a row.
func (r Row) atLeast(v float64) Row { return r.held(v, r.Value >= v) }

func (r Row) atMost(v float64) Row { return r.held(v, r.Value <= v) }

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
	for _, group := range sortedKeys(r.Confusion) {
		if err := printConfusion(w, group, r.Confusion[group]); err != nil {
			return fmt.Errorf("print the bench: %w", err)
		}
	}
	return nil
}

// printConfusion lists what was misread in a group, the most frequent first.
func printConfusion(w io.Writer, group string, table map[string]map[string]int) error {
	type wrong struct {
		text string
		n    int
	}
	var all []wrong
	total := 0
	for shown, reads := range table {
		for read, n := range reads {
			total += n
			if read != shown {
				all = append(all, wrong{shown + " read as " + read, n})
			}
		}
	}
	slices.SortFunc(all, func(a, b wrong) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.text, b.text)) })
	if _, err := fmt.Fprintf(w, "\n%s: %d lights\n", group, total); err != nil {
		return err
	}
	for _, x := range all[:min(len(all), 8)] {
		if _, err := fmt.Fprintf(w, "  %5d  %s\n", x.n, x.text); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
