package bench_test

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// TestWilson holds the interval to worked examples (Newcombe, Statistics in Medicine 17, 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct{ hits, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		low, high := bench.Wilson(c.hits, c.n)
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
	r := bench.Quantile("x", "mm", values, 0.95)
	if math.Abs(r.Value-949) > 2 || r.Low > r.Value || r.High < r.Value || r.High-r.Low > 60 {
		t.Errorf("%+v", r)
	}
	if r := bench.Quantile("x", "mm", nil, 0.5).AtMost(1); r.Met != nil || r.NotRun == "" {
		t.Errorf("a figure of nothing is %+v", r)
	}
}
