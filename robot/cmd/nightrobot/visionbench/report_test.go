package visionbench

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

// TestWilson holds the interval to worked examples (Newcombe, Statistics in Medicine 17, 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct{ hits, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		low, high := wilson(c.hits, c.n)
		if math.Abs(low-c.low) > 5e-4 || math.Abs(high-c.high) > 5e-4 {
			t.Errorf("%g of %g: %.4f to %.4f, want %.4f to %.4f", c.hits, c.n, low, high, c.low, c.high)
		}
	}
}

func TestQuantileLiesWithinItsInterval(t *testing.T) {
	var values []float64
	for i := range 3000 {
		values = append(values, float64(i%1000))
	}
	r := quantile("x", "mm", values, 0.95)
	if math.Abs(r.Value-949) > 2 || r.Low > r.Value || r.High < r.Value || r.High-r.Low > 60 {
		t.Errorf("%+v", r)
	}
	if r := quantile("x", "mm", nil, 0.5).atMost(1); r.Met != nil || r.NotRun == "" {
		t.Errorf("a figure of nothing is %+v", r)
	}
}

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
	rows := map[string]Row{}
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
