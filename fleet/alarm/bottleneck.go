package alarm

import (
	"math"
	"slices"
)

// none is a row without a column.
const none = -1

// bottleneck assigns rows to columns of a cost matrix, each column at most once; Inf is no edge. Of the assignments of most
// rows it takes one whose largest cost is least, and of these one of least sum. A row without a column gets -1.
//
// The largest cost is found by bisection over the costs with Kuhn's matching (Gross, "The bottleneck assignment problem",
// 1959), the sum by the Hungarian method on what it leaves.
func bottleneck(cost [][]float64) []int {
	var all []float64
	for _, row := range cost {
		for _, c := range row {
			if !math.IsInf(c, 1) {
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 {
		return slices.Repeat([]int{none}, len(cost))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	most := matched(cost, all[len(all)-1])
	low, high := 0, len(all)-1
	for low < high {
		middle := (low + high) / 2
		if matched(cost, all[middle]) == most {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return cheapest(cost, all[high])
}

// matched is how many rows can have a column of at most a cost each.
func matched(cost [][]float64, limit float64) int {
	if len(cost) == 0 {
		return 0
	}
	of := slices.Repeat([]int{none}, len(cost[0])) // row of each column
	n := 0
	for row := range cost {
		if augment(cost, limit, row, of, make([]bool, len(of))) {
			n++
		}
	}
	return n
}

// augment finds a row a column, moving others to theirs if need be.
func augment(cost [][]float64, limit float64, row int, of []int, seen []bool) bool {
	for col, c := range cost[row] {
		if c > limit || seen[col] {
			continue
		}
		seen[col] = true
		if of[col] == none || augment(cost, limit, of[col], of, seen) {
			of[col] = row
			return true
		}
	}
	return false
}

// cheapest assigns as many rows as can be at costs of at most a limit, at the least sum: the Hungarian method with
// potentials (Kuhn 1955, Munkres 1957), in O(rows² · columns). Each row has a column of its own besides, so dear that it is
// taken only where there is no other.
func cheapest(cost [][]float64, limit float64) []int {
	rows, cols := len(cost), len(cost[0])
	dear := (limit + 1) * float64(rows+1)
	at := func(i, j int) float64 {
		switch {
		case j < cols && cost[i][j] <= limit:
			return cost[i][j]
		case j == cols+i:
			return dear
		}
		return dear * float64(rows+1)
	}
	h := newHungarian(rows, cols+rows, at)
	for i := range rows {
		h.add(i)
	}
	out := slices.Repeat([]int{none}, rows)
	for j, i := range h.row[:cols] {
		if i != none && cost[i][j] <= limit {
			out[i] = j
		}
	}
	return out
}

// A hungarian is an assignment of the rows added so far, of least sum.
type hungarian struct {
	at   func(row, col int) float64
	u, v []float64 // potentials of rows and columns
	row  []int     // of each column; the last column is the start of a search
}

func newHungarian(rows, cols int, at func(int, int) float64) *hungarian {
	return &hungarian{at: at, u: make([]float64, rows), v: make([]float64, cols+1), row: slices.Repeat([]int{none}, cols+1)}
}

// add takes a row in by the shortest augmenting path.
func (h *hungarian) add(row int) {
	start := len(h.row) - 1
	h.row[start] = row
	far := slices.Repeat([]float64{math.Inf(1)}, start)
	before, done := make([]int, start), make([]bool, start+1)
	col := start
	for h.row[col] != none {
		done[col] = true
		i, next, step := h.row[col], none, math.Inf(1)
		for j := range start {
			if done[j] {
				continue
			}
			if c := h.at(i, j) - h.u[i] - h.v[j]; c < far[j] {
				far[j], before[j] = c, col
			}
			if far[j] < step {
				next, step = j, far[j]
			}
		}
		h.shift(done, far, step)
		col = next
	}
	for col != start {
		h.row[col] = h.row[before[col]]
		col = before[col]
	}
	h.row[start] = none
}

// shift moves the potentials of what a search has seen, so that its next column costs nothing more.
func (h *hungarian) shift(done []bool, far []float64, step float64) {
	for j := range done {
		switch {
		case done[j]:
			h.u[h.row[j]] += step
			h.v[j] -= step
		case j < len(far):
			far[j] -= step
		}
	}
}
