package thermal

import (
	"cmp"
	"math"
	"slices"
)

// A Grid is any thermal picture: °C, Height rows of Width, NaN where there is none.
type Grid struct {
	Width, Height int
	C             []float32
}

// A HotSpot is a place that stands out of a picture.
type HotSpot struct {
	X      int     `json:"x"` // its hottest pixel
	Y      int     `json:"y"`
	MaxC   float64 `json:"max_c"`
	MeanC  float64 `json:"mean_c"`
	OverC  float64 `json:"over_k"` // hottest pixel over the picture's median, K
	Pixels int     `json:"pixels"`
}

// What stands out.
const (
	minOverK   = 3.0 // over the median: less is within the cameras' own unevenness
	minOverMAD = 3.5 // robust standard deviations
	maxSpots   = 16
	minShare   = 2e-5 // of the picture that a spot must cover
)

// HotSpots finds the connected places that stand out of a picture against its median, hottest first, 16 at most. A
// picture that is half hot has none: nothing stands out of it.
func HotSpots(g Grid) []HotSpot {
	var valid []float64
	for _, c := range g.C {
		if !math.IsNaN(float64(c)) {
			valid = append(valid, float64(c))
		}
	}
	if len(valid) == 0 || len(g.C) != g.Width*g.Height {
		return nil
	}
	median := middle(valid)
	for i := range valid {
		valid[i] = math.Abs(valid[i] - median)
	}
	over := max(minOverK, minOverMAD*1.4826*middle(valid))
	spots := regions(g, median, over)
	slices.SortFunc(spots, func(a, b HotSpot) int { return cmp.Compare(b.MaxC, a.MaxC) })
	return spots[:min(len(spots), maxSpots)]
}

// regions joins the pixels above the threshold to their four neighbours.
func regions(g Grid, median, over float64) []HotSpot {
	seen := make([]bool, len(g.C))
	var spots []HotSpot
	var stack []int
	for start := range g.C {
		if seen[start] || !(float64(g.C[start])-median > over) {
			continue
		}
		s := HotSpot{MaxC: math.Inf(-1)}
		sum := 0.0
		stack = append(stack[:0], start)
		seen[start] = true
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			c := float64(g.C[i])
			sum += c
			s.Pixels++
			if c > s.MaxC {
				s.MaxC, s.X, s.Y = c, i%g.Width, i/g.Width
			}
			x, y := i%g.Width, i/g.Width
			for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				k := n[1]*g.Width + n[0]
				if n[0] >= 0 && n[1] >= 0 && n[0] < g.Width && n[1] < g.Height && !seen[k] && float64(g.C[k])-median > over {
					seen[k] = true
					stack = append(stack, k)
				}
			}
		}
		s.MeanC, s.OverC = sum/float64(s.Pixels), s.MaxC-median
		if float64(s.Pixels) >= max(2, minShare*float64(len(g.C))) {
			spots = append(spots, s)
		}
	}
	return spots
}

// middle is the median of a list that is not empty.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
