package draft

import (
	"container/heap"
	"math"
)

// A field says how much room is around each cell of the floor, and finds ways over cells.
type field struct {
	k    *sketch
	room []float32 // m from a cell's middle to the edge of the nearest cell that is not free; 0 where it is not
}

// newField is the exact Euclidean distance transform of the floor: a pass along the rows and one along the columns,
// each the lower envelope of parabolas (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
// Beyond the grid nothing is free.
func newField(k *sketch) *field {
	g := k.floor
	w, h := g.Width+2, g.Height+2 // with a border
	square := make([]float64, w*h)
	for row := range g.Height {
		for col := range g.Width {
			if g.Occupancy(col, row) == 0 {
				square[(row+1)*w+col+1] = math.Inf(1)
			}
		}
	}
	line, out := make([]float64, max(w, h)), make([]float64, max(w, h))
	for col := range w {
		for row := range h {
			line[row] = square[row*w+col]
		}
		envelope(line[:h], out[:h])
		for row := range h {
			square[row*w+col] = out[row]
		}
	}
	f := &field{k: k, room: make([]float32, g.Width*g.Height)}
	for row := 1; row <= g.Height; row++ {
		envelope(square[row*w:(row+1)*w], out[:w])
		for col := 1; col <= g.Width; col++ {
			if d := math.Sqrt(out[col]); d > 0 {
				f.room[(row-1)*g.Width+col-1] = float32((d - 0.5) * g.ResolutionM)
			}
		}
	}
	return f
}

// envelope fills out with the least of f(q) + (p-q)² over all q, for each p.
func envelope(f, out []float64) {
	at, from := make([]int, 0, len(f)), make([]float64, 0, len(f)+1)
	for q := range f {
		if math.IsInf(f[q], 1) {
			continue
		}
		start := math.Inf(-1)
		for len(at) > 0 {
			p := at[len(at)-1]
			start = ((f[q] + float64(q*q)) - (f[p] + float64(p*p))) / float64(2*(q-p))
			if start > from[len(at)-1] {
				break
			}
			at, from = at[:len(at)-1], from[:len(at)-1]
			start = math.Inf(-1)
		}
		at, from = append(at, q), append(from, start)
	}
	i := 0
	for p := range f {
		if len(at) == 0 {
			out[p] = math.Inf(1)
			continue
		}
		for i+1 < len(at) && from[i+1] < float64(p) {
			i++
		}
		d := float64(p - at[i])
		out[p] = d*d + f[at[i]]
	}
}

// cell returns the index of a point's cell, -1 beyond the floor.
func (f *field) cell(x, y float64) int {
	col, row, ok := f.k.floor.CellAt(x, y)
	if !ok {
		return -1
	}
	return row*f.k.floor.Width + col
}

func (f *field) centre(cell int) (x, y float64) {
	return f.k.floor.CellCentre(cell%f.k.floor.Width, cell/f.k.floor.Width)
}

// roomy reports whether the robot's width may fit along a line: a quick look before it is swept.
func (f *field) roomy(x1, y1, x2, y2 float64) bool {
	g := f.k.floor
	steps := math.Ceil(math.Hypot(x2-x1, y2-y1) / g.ResolutionM)
	for i := 1.0; i < steps; i++ {
		c := f.cell(x1+i/steps*(x2-x1), y1+i/steps*(y2-y1))
		if c < 0 || float64(f.room[c]) < f.k.bare.WidthM/2-g.ResolutionM {
			return false
		}
	}
	return true
}

// A front is a heap of cells by cost.
type front struct {
	cells []int32
	costs []float64
}

func (h *front) Len() int { return len(h.cells) }
func (h *front) Less(i, j int) bool {
	return h.costs[i] < h.costs[j] || (h.costs[i] == h.costs[j] && h.cells[i] < h.cells[j])
}

func (h *front) Swap(i, j int) {
	h.cells[i], h.cells[j] = h.cells[j], h.cells[i]
	h.costs[i], h.costs[j] = h.costs[j], h.costs[i]
}

// Push is heap.Interface's.
func (h *front) Push(x any) {
	c := x.(stop)
	h.cells, h.costs = append(h.cells, c.cell), append(h.costs, c.cost)
}

// Pop is heap.Interface's.
func (h *front) Pop() any {
	n := len(h.cells) - 1
	c := stop{h.cells[n], h.costs[n]}
	h.cells, h.costs = h.cells[:n], h.costs[:n]
	return c
}

type stop struct {
	cell int32
	cost float64
}

// search spreads from cells to the cheapest goal, and returns the cells on the way there; nil when there is none. price
// combines the cost so far with a step into a cell of some room; below 0 it may not be entered.
func (f *field) search(from []int, goal func(cell int) bool, price func(cost, step float64, cell int) float64) []int {
	cost, before := make([]float64, len(f.room)), make([]int32, len(f.room))
	for i := range cost {
		cost[i], before[i] = math.Inf(1), -1
	}
	q := &front{}
	for _, c := range from {
		cost[c] = 0
		heap.Push(q, stop{int32(c), 0})
	}
	w, h := f.k.floor.Width, f.k.floor.Height
	for q.Len() > 0 {
		at := heap.Pop(q).(stop)
		if at.cost > cost[at.cell] {
			continue
		}
		if goal(int(at.cell)) {
			var way []int
			for c := at.cell; c >= 0; c = before[c] {
				way = append(way, int(c))
			}
			return way
		}
		col, row := int(at.cell)%w, int(at.cell)/w
		for d := range 9 {
			c, r := col+d%3-1, row+d/3-1
			if d == 4 || c < 0 || r < 0 || c >= w || r >= h {
				continue
			}
			next := r*w + c
			step := math.Sqrt(float64((c-col)*(c-col)+(r-row)*(r-row))) * f.k.floor.ResolutionM
			if p := price(at.cost, step, next); p >= 0 && p < cost[next] {
				cost[next], before[next] = p, at.cell
				heap.Push(q, stop{int32(next), p})
			}
		}
	}
	return nil
}
