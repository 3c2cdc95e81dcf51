package maps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one fault of a site folder, and what to do about it.
type Problem struct {
	File    string // path inside the folder
	Line    int    // from 1; 0 when the fault has no line, as a missing file
	Field   string // as halls[0].rows[1].racks[3].devices[2].position; empty for the whole file
	Message string
}

// String is the problem on one line: file:line: field: message.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems are all faults that were found, by file and line. As an error they say one a line.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders problems by file, line and field and drops what was said twice.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}

// err is nil when there is no problem, so that callers can return it as an error.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}
