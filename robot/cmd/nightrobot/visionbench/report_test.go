package visionbench

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// TestAHallWithoutHardshipIsReadRight runs the bench itself over a few racks.
func TestAHallWithoutHardshipIsReadRight(t *testing.T) {
	if testing.Short() {
		t.Skip("renders some racks")
	}
	var last string
	report, err := Run(t.Context(), Options{
		Seed: 2, Racks: 3, RacksOnly: true, Scratch: t.TempDir(), Now: time.Now,
		Progress: func(what string, _, _ int) { last = what },
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bench.Row{}
	for _, r := range report.Results {
		rows[r.Name] = r
	}
	if r := rows["led.state.accuracy"]; r.N < 100 || r.Value < 0.98 {
		t.Errorf("lights: %+v", r)
	}
	if r := rows["unit.error_p95_mm"]; r.N < 20 || r.Value > 5 {
		t.Errorf("units: %+v", r)
	}
	if r := rows["led.false_fault_rate"]; r.Value > 0 {
		t.Errorf("false faults: %+v, %v", r, report.Misses)
	}
	if last != "racks" {
		t.Errorf("progress told of %q", last)
	}
	var table, text bytes.Buffer
	if err := report.Print(&table); err != nil || !strings.Contains(table.String(), "fault.false_per_1000_racks") {
		t.Errorf("table: %v\n%s", err, table.String())
	}
	if err := json.NewEncoder(&text).Encode(report); err != nil {
		t.Errorf("a report that JSON cannot hold: %v", err)
	}
}
