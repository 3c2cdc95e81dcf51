package patrol

import "slices"

// shorten makes a round tour through all places shorter by turning stretches round (2-opt) and moving short stretches
// elsewhere (or-opt), until neither helps. Where the floor has one-way edges stretches are moved but not turned.
// After Croes, Operations Research 6 (1958), and Or (1976).
func shorten(tour []int, m [][]float64, oneWay bool) []int {
	tour = slices.Clone(tour)
	for range 50 {
		better := move(tour, m)
		if !oneWay && turn(tour, m) {
			better = true
		}
		if !better {
			break
		}
	}
	return tour
}

// length is how long a round tour is.
func length(tour []int, m [][]float64) float64 {
	var sum float64
	for i, a := range tour {
		sum += m[a][tour[(i+1)%len(tour)]]
	}
	return sum
}

// little is the gain below which a change of a tour is not worth it, in m.
const little = 1e-6

// turn turns stretches round where that shortens the tour.
func turn(tour []int, m [][]float64) (better bool) {
	n := len(tour)
	for i := 0; i < n-2; i++ {
		for j := i + 2; j < n; j++ {
			a, b, c, d := tour[i], tour[i+1], tour[j], tour[(j+1)%n]
			if a != d && m[a][c]+m[b][d] < m[a][b]+m[c][d]-little {
				slices.Reverse(tour[i+1 : j+1])
				better = true
			}
		}
	}
	return better
}

// longestMoved is how many places at most are moved at once.
const longestMoved = 3

// move moves stretches of up to three places where that shortens the tour.
func move(tour []int, m [][]float64) (better bool) {
	n := len(tour)
	for size := 1; size <= min(longestMoved, n-3); size++ {
		for i := 1; i+size < n; i++ {
			first, last := tour[i], tour[i+size-1]
			before, after := tour[i-1], tour[i+size]
			gain := m[before][first] + m[last][after] - m[before][after]
			if gain < little {
				continue
			}
			best, where := little, -1
			for j := range n {
				a, b := tour[j], tour[(j+1)%n]
				if j >= i-1 && j < i+size {
					continue
				}
				if g := gain - (m[a][first] + m[last][b] - m[a][b]); g > best {
					best, where = g, j
				}
			}
			if where >= 0 {
				shift(tour, i, size, where)
				better = true
			}
		}
	}
	return better
}

// shift moves a stretch of a tour behind another of its places.
func shift(tour []int, from, size, behind int) {
	moved := slices.Clone(tour[from : from+size])
	if behind < from {
		copy(tour[behind+1+size:from+size], tour[behind+1:from])
		copy(tour[behind+1:], moved)
		return
	}
	copy(tour[from:], tour[from+size:behind+1])
	copy(tour[behind+1-size:], moved)
}
