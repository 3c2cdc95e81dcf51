package visionbench

// photoTargets are the rows of real photographs with what is promised of them.
func photoTargets(rows []Row) []Row { return rows }

func photoRows(string) ([]Row, error) { return nil, nil }
