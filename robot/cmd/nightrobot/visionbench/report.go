package visionbench

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// A Report is a bench's report, with what lights were taken for.
type Report struct {
	bench.Report
	// Confusion counts lights by what they showed and what was read, in each of some groups: all, each maker, clipped and not.
	Confusion map[string]map[string]map[string]int `json:"confusion,omitempty"`
}

// Print writes the report as tables for people.
func (r Report) Print(w io.Writer) error {
	if err := r.Report.Print(w); err != nil {
		return err
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
