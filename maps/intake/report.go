package intake

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// A Report is what an import did.
type Report struct {
	Sources   []string      // what was read, a line each
	Did       []string      // what was added, changed or taken out
	Conflicts []Conflict    // what two say differently
	Assumed   []string      // what nobody says and a value was put in for
	Warnings  maps.Problems // what is doubtful in the sources
	Missing   maps.Problems // what still keeps the folder from being a site
}

// A Conflict is one field of one thing of which two say different things.
type Conflict struct {
	Thing, Field string
	Taken, Other Saying
	Why          string
}

// A Saying is a value and who says so.
type Saying struct {
	Where, Value string
}

// String is the conflict in a line.
func (c Conflict) String() string {
	return fmt.Sprintf("%s: %s: %s says %q, %s says %q: %q is taken: %s",
		c.Thing, c.Field, c.Taken.Where, c.Taken.Value, c.Other.Where, c.Other.Value, c.Taken.Value, c.Why)
}

func (r *Report) did(format string, args ...any) { r.Did = append(r.Did, fmt.Sprintf(format, args...)) }

func (r *Report) assume(format string, args ...any) {
	r.Assumed = append(r.Assumed, fmt.Sprintf(format, args...))
}

// alike is how many lines of one kind are shown before the rest is counted.
const alike = 5

// Write tells the report to people. Lines that differ in numbers and names only are shown a few times and then counted;
// conflicts are all shown.
func (r *Report) Write(w io.Writer) {
	section(w, "read", r.Sources, false)
	section(w, "done", r.Did, true)
	var conflicts, warnings, gaps []string
	for _, c := range r.Conflicts {
		conflicts = append(conflicts, c.String())
	}
	for _, p := range r.Warnings {
		warnings = append(warnings, p.String())
	}
	for _, p := range r.Missing {
		gaps = append(gaps, p.String())
	}
	section(w, "conflicts", conflicts, false)
	section(w, "assumed, as nobody says", r.Assumed, true)
	section(w, "warnings", warnings, true)
	section(w, "still missing before `nightrounds site check` passes", gaps, true)
	if len(gaps) == 0 {
		fmt.Fprintln(w, "the site is in order")
	}
}

// varying is what differs between lines that say the same of different things.
var varying = regexp.MustCompile(`"[^"]*"|\[[0-9]+\]|:[0-9]+|[-+]?[0-9]+(\.[0-9]+)?`)

func section(w io.Writer, title string, lines []string, fold bool) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "%s:\n", title)
	count := map[string]int{}
	for _, l := range lines {
		kind := kindOf(l)
		if count[kind]++; !fold || count[kind] <= alike {
			fmt.Fprintf(w, "  %s\n", l)
		}
	}
	if !fold {
		return
	}
	for _, l := range lines {
		kind := kindOf(l)
		if more := count[kind] - alike; more > 0 {
			fmt.Fprintf(w, "  and %d more like: %s\n", more, l)
			count[kind] = 0
		}
	}
}

// kindOf is a line without what varies; in a line about a thing that is not in quotes, its third word is its name.
func kindOf(line string) string {
	words := strings.SplitN(line, " ", 4)
	if len(words) == 4 && (words[0] == "added" || words[0] == "changed") {
		line = words[0] + " " + words[1] + " " + words[3]
	}
	return varying.ReplaceAllString(line, "")
}
