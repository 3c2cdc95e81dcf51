package faultbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cmd/nightrounds/faultbench"
)

// least is what each figure of the small bench must come to.
var least = map[string]float64{"cause.top1": 0.9, "ticket.one_per_cause": 1, "alarm.answered": 1, "alarm.right": 0.85}

// TestSmallBenchFindsMostCauses runs every part of the bench: few incidents, of which at least nine in ten must be found, few
// mishaps, after which each cause must have one ticket, and few alarms, each of which must be answered.
func TestSmallBenchFindsMostCauses(t *testing.T) {
	report, err := faultbench.Run(t.Context(), faultbench.Options{Seed: 5, Small: true, Now: time.Now, Progress: func(string, int, int) {}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range report.Results {
		if strings.Count(r.Name, ".") == 1 {
			t.Logf("%-28s %.4f of %d", r.Name, r.Value, r.N)
		}
		if want, held := least[r.Name]; held && r.Value < want {
			t.Errorf("%s %.3f:\n%s", r.Name, r.Value, strings.Join(report.Misses, "\n"))
		}
		seen[r.Name] = true
	}
	for name := range least {
		if !seen[name] {
			t.Errorf("%s was not measured", name)
		}
	}
}
