package scene

// TagCells returns the 8 x 8 cells of an AprilTag 36h11, row 0 the top, true where a cell is white: the black border and
// the 6 x 6 code within. An id that the family does not have is all black.
func TagCells(id int) (cells [8][8]bool) {
	if id < 0 || id >= len(tagCodes) {
		return cells
	}
	for i := range 36 {
		cells[1+i/6][1+i%6] = tagCodes[id]>>(35-i)&1 == 1
	}
	return cells
}
