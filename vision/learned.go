package vision

import "strconv"

// LearnedName is the name of the k-th light that was learned at a viewpoint.
func LearnedName(k int) string { return "learned-" + strconv.Itoa(k+1) }
