package maps

import "math"

// A Grid is a floor's occupancy grid as ROS map_server writes it.
type Grid struct {
	ResolutionM   float64 // edge of a cell
	Origin        Pose    // hall pose of the lower left corner of the lower left cell; the grid is turned about it
	Width, Height int     // cells
	cells         []int8  // row 0 lowest; -1 unknown, 0 free .. 100 occupied
}

// Unknown is the occupancy of a cell that nobody has seen, and of all beyond the grid.
const Unknown = -1

// Free reports whether a point of the hall frame is known to be free.
func (g *Grid) Free(x, y float64) bool {
	col, row, ok := g.CellAt(x, y)
	return ok && g.Occupancy(col, row) == 0
}

// CellAt returns the cell of a point: column from the left, row from the bottom; ok is false beyond the grid.
func (g *Grid) CellAt(x, y float64) (col, row int, ok bool) {
	sin, cos := math.Sincos(g.Origin.ThetaRad)
	dx, dy := x-g.Origin.X, y-g.Origin.Y
	u := math.Floor((dx*cos + dy*sin) / g.ResolutionM)
	v := math.Floor((dy*cos - dx*sin) / g.ResolutionM)
	// Compared as floats: a far point would overflow an int. NaN compares false.
	if !(u >= 0 && v >= 0 && u < float64(g.Width) && v < float64(g.Height)) {
		return 0, 0, false
	}
	return int(u), int(v), true
}

// CellCentre returns the hall point at the middle of a cell.
func (g *Grid) CellCentre(col, row int) (x, y float64) {
	sin, cos := math.Sincos(g.Origin.ThetaRad)
	u, v := (float64(col)+0.5)*g.ResolutionM, (float64(row)+0.5)*g.ResolutionM
	return g.Origin.X + u*cos - v*sin, g.Origin.Y + u*sin + v*cos
}

// Occupancy returns a cell's value: Unknown, 0 free .. 100 occupied.
func (g *Grid) Occupancy(col, row int) int {
	if col < 0 || row < 0 || col >= g.Width || row >= g.Height {
		return Unknown
	}
	return int(g.cells[row*g.Width+col])
}

// FreeLine reports whether all cells under the straight line between two points are free, looked at twice a cell.
func (g *Grid) FreeLine(x1, y1, x2, y2 float64) bool {
	steps := math.Ceil(2 * math.Hypot(x2-x1, y2-y1) / g.ResolutionM)
	if !(steps < 4*float64(g.Width+g.Height)) {
		return false // longer than the grid is wide
	}
	for i := 0.0; i <= steps; i++ {
		t := i / max(steps, 1)
		if !g.Free(x1+t*(x2-x1), y1+t*(y2-y1)) {
			return false
		}
	}
	return true
}
