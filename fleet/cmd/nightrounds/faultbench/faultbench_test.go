package faultbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cmd/nightrounds/faultbench"
)

// TestSmallBenchFindsMostCauses runs every part of the bench: few incidents, of which at least nine in ten must be found.
func TestSmallBenchFindsMostCauses(t *testing.T) {
	report, err := faultbench.Run(t.Context(), faultbench.Options{Seed: 5, Small: true, Now: time.Now, Progress: func(string, int, int) {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if strings.Count(r.Name, ".") == 1 {
			t.Logf("%-28s %.4f of %d", r.Name, r.Value, r.N)
		}
		if r.Name == "cause.top1" && r.Value < 0.9 {
			t.Errorf("%s %.3f:\n%s", r.Name, r.Value, strings.Join(report.Misses, "\n"))
		}
	}
}
