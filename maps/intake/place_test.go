package intake

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Positions as NetBox counts them; the middle of the device must come out where its documentation puts it:
// ascending at position - start + u/2 above the lowest unit's foot, descending at H - (position - start) - u/2.
func TestPositionsAsNetBoxCountsThem(t *testing.T) {
	for _, c := range []struct {
		name                       string
		position, u, height, start float64
		desc                       bool
		unit                       int
		half, ok                   bool
	}{
		{"plain", 5, 2, 42, 1, false, 5, false, true},
		{"top", 42, 1, 42, 1, false, 42, false, true},
		{"beyond the top", 42, 2, 42, 1, false, 0, false, false},
		{"below the bottom", 4, 1, 42, 5, false, 0, false, false},
		{"numbered from 5", 5, 1, 42, 5, false, 1, false, true},
		{"counted down: U1 is the top", 1, 1, 42, 1, true, 42, false, true},
		{"counted down, two units", 1, 2, 42, 1, true, 41, false, true},
		{"counted down, the last", 42, 1, 42, 1, true, 1, false, true},
		{"counted down, beyond the foot", 42, 2, 42, 1, true, 0, false, false},
		{"upper half of U2", 2.5, 0.5, 42, 1, false, 2, true, true},
		{"counted down, netbox#10795: the lower half of U2", 2.5, 0.5, 42, 1, true, 41, true, true},
		{"counted down, its neighbour", 1, 1.5, 42, 1, true, 41, true, true},
		{"one unit across two", 3.5, 1, 42, 1, false, 3, true, true},
		{"half beside the top", 41.5, 1.5, 42, 1, false, 41, true, true},
	} {
		unit, half, ok := place(c.position, c.u, c.height, c.start, c.desc)
		if ok != c.ok || ok && (unit != c.unit || half != c.half) {
			t.Errorf("%s: U%d, half %v, ok %v: want U%d, %v, %v", c.name, unit, half, ok, c.unit, c.half, c.ok)
		}
	}
}

func TestPlacesAreInsideAndNearTheirMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		halves := func(name string, low, high int) float64 { return float64(rapid.IntRange(low, high).Draw(t, name)) / 2 }
		height := float64(rapid.IntRange(1, 60).Draw(t, "height"))
		start := float64(rapid.IntRange(1, 5).Draw(t, "start"))
		u, position := halves("u", 1, 20), halves("position", 1, 140)
		desc := rapid.Bool().Draw(t, "desc")
		unit, _, ok := place(position, u, height, start, desc)
		middle := position - start + u/2
		if desc {
			middle = height - (position - start) - u/2
		}
		if inside := middle-u/2 >= 0 && middle+u/2 <= height; ok != inside {
			t.Fatalf("ok is %v, inside is %v", ok, inside)
		}
		if !ok {
			return
		}
		whole := math.Ceil(u)
		if unit < 1 || float64(unit)+whole-1 > height {
			t.Fatalf("U%d of %g units is outside %g", unit, whole, height)
		}
		if got := float64(unit-1) + whole/2; math.Abs(got-middle) > 0.5 {
			t.Fatalf("middle is at %g, want %g", got, middle)
		}
	})
}
