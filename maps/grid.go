package maps

// A Grid is a floor's occupancy grid as ROS map_server writes it.
type Grid struct {
	ResolutionM   float64 // edge of a cell
	Origin        Pose    // hall pose of the lower left corner of the lower left cell
	Width, Height int     // cells
	cells         []int8  // row 0 lowest; -1 unknown, 0 free .. 100 occupied
}

// Free reports whether a point of the hall frame is known to be free.
func (g *Grid) Free(x, y float64) bool { return false }

// CellAt returns the cell of a point: column from the left, row from the bottom; ok is false beyond the grid.
func (g *Grid) CellAt(x, y float64) (col, row int, ok bool) { return 0, 0, false }

// CellCentre returns the hall point at the middle of a cell.
func (g *Grid) CellCentre(col, row int) (x, y float64) { return 0, 0 }

// Occupancy returns a cell's value: -1 unknown, 0 free, 100 occupied; beyond the grid unknown.
func (g *Grid) Occupancy(col, row int) int { return -1 }
