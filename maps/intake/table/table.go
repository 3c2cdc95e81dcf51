// Package table reads racks, devices and device types from CSV: a plain list of racks that somebody measured, or what
// NetBox exports (its tables with their labels, its import form, and the exports of its versions 2.x). Columns are known
// by common headings, with a unit where one is given: x, "X [mm]", pos_x_m. Cells are separated by commas, semicolons or
// tabs; with the latter two a comma may stand for the decimal point.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// Is reports whether data begin like a table that Read reads.
func Is(data []byte) bool {
	r, _ := reader(data)
	headings, err := r.Read()
	if err != nil {
		return false
	}
	_, ok := recognise(headings)
	return ok
}

// Read reads a table.
func Read(fsys fs.FS, file string) *claim.Said {
	t := &reading{said: &claim.Said{}, file: file}
	data, err := maps.ReadFile(fsys, file)
	if err != nil {
		var ps maps.Problems
		errors.As(err, &ps)
		t.said.Faults = ps
		return t.said
	}
	r, comma := reader(data)
	t.form.DecimalComma = comma != ','
	headings, err := r.Read()
	if err != nil {
		t.fail(1, "", "no table: %s: the first line must name the columns", reason(err))
		return t.said
	}
	var ok bool
	if t.head, ok = recognise(headings); !ok {
		line, _ := r.FieldPos(0)
		t.fail(line, "", "no table of racks, devices or device types: want columns as name, row, x, y, theta, u_height, "+
			"or name, rack, position, face, device_type, or manufacturer, model, u_height")
		return t.said
	}
	t.columns = len(headings)
	t.rows(r)
	t.distinguish()
	t.afterwards()
	return t.said
}

func reader(data []byte) (r *csv.Reader, comma rune) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	comma, most := ',', 0
	for line := range bytes.Lines(data) {
		if l := bytes.TrimSpace(line); len(l) == 0 || l[0] == '#' {
			continue
		}
		for _, c := range []rune{',', ';', '\t'} {
			if n := bytes.Count(line, []byte(string(c))); n > most {
				comma, most = c, n
			}
		}
		break
	}
	r = csv.NewReader(bytes.NewReader(data))
	r.Comma, r.Comment, r.FieldsPerRecord = comma, '#', -1
	return r, comma
}

type reading struct {
	said    *claim.Said
	file    string
	head    head
	form    claim.Form
	columns int
	radians int            // angles without a unit that could be either
	far     int            // line of a place that is too far off to be m; 0 none
	absent  map[string]int // devices that are not there, by status
}

func (t *reading) fail(line int, field, format string, args ...any) {
	t.said.Fail(maps.Problem{File: t.file, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
}

func reason(err error) string {
	var p *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return "the file is empty"
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}

func (t *reading) rows(r *csv.Reader) {
	for {
		cells, err := r.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &broken):
			t.fail(broken.Line, "", "not CSV: %s: put the cell in quotes, and double the quotes in it", broken.Err)
			continue
		case err != nil:
			t.fail(0, "", "cannot be read: %s", err)
			return
		}
		line, _ := r.FieldPos(0)
		if len(cells) > t.columns {
			t.fail(line, "", "has %d cells, the first line names %d columns: put cells that hold a separator in quotes", len(cells), t.columns)
			continue
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		t.row(line, cells)
	}
}

func (t *reading) row(line int, cells []string) {
	cell := func(field string) string {
		if i, ok := t.head.at[field]; ok && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	thing := claim.Thing{Kind: t.head.kind, Values: map[string]string{}, At: maps.Problem{File: t.file, Line: line}}
	for field := range t.head.at {
		if strings.HasPrefix(field, "#") {
			continue
		}
		f := t.form
		f.Unit = t.head.units[field]
		if (field == claim.Width || field == claim.Depth) && f.Unit == "" {
			f.Unit = shortUnit(cell(unit))
		}
		v, err := claim.Value(field, cell(field), f)
		if err != nil {
			t.fail(line, t.head.labels[field], "%s", err)
			continue
		}
		if v != "" {
			thing.Values[field] = v
		}
		t.doubt(line, field, v, f.Unit)
	}
	if !t.named(&thing, cell) || t.away(cell(status)) {
		return
	}
	t.said.Things = append(t.said.Things, thing)
}

// shortUnit brings NetBox's words Millimeters and Inches to ours.
func shortUnit(word string) string {
	w := strings.ToLower(word)
	switch {
	case strings.HasPrefix(w, "milli"):
		return "mm"
	case strings.HasPrefix(w, "inch"):
		return "in"
	}
	return w
}

// named finds a thing's key and names.
func (t *reading) named(thing *claim.Thing, cell func(string) string) bool {
	if thing.Kind == claim.DeviceType {
		model := cell(claim.Model)
		thing.Names = []string{model}
		thing.Key = strings.TrimSpace(cell(claim.Maker) + " " + model)
		if model == "" || cell(claim.Maker) == "" {
			t.fail(thing.At.Line, "", "a device type needs manufacturer and model: fill them in")
			return false
		}
		return true
	}
	n := cell(name)
	thing.Key = cell(key)
	if n == "" && thing.Key == "" {
		t.fail(thing.At.Line, t.head.labels[name], "has no name: fill it in, or take the line out")
		return false
	}
	if n == "" {
		n = thing.Key
	}
	thing.Names = append(thing.Names, n)
	if f := cell(facility); f != "" && f != n {
		thing.Names = append(thing.Names, f)
	}
	if thing.Key == "" {
		thing.Key = n
	}
	return true
}

// distinguish gives rows of one key keys with what they stand in before it: racks of several halls, devices of several
// racks. What is still the same is a fault.
func (t *reading) distinguish() {
	count := map[string]int{}
	for i := range t.said.Things {
		count[t.said.Things[i].Key]++
	}
	first := map[string]int{}
	kept := t.said.Things[:0]
	for _, thing := range t.said.Things {
		shown := thing.Key
		if count[thing.Key] > 1 {
			for _, field := range []string{claim.InRack, claim.Hall} {
				if v := thing.Values[field]; v != "" {
					thing.Key = v + "/" + thing.Key
				}
			}
		}
		if before, twice := first[thing.Key]; twice {
			t.fail(thing.At.Line, "", "%q is already in line %d: give each its own name, or take one out", shown, before)
			continue
		}
		first[thing.Key] = thing.At.Line
		kept = append(kept, thing)
	}
	t.said.Things = kept
}

// away reports whether a device stands in no rack yet, or no more.
func (t *reading) away(status string) bool {
	if !Away(status) {
		return false
	}
	if t.absent == nil {
		t.absent = map[string]int{}
	}
	t.absent[strings.ToLower(status)]++
	return true
}

// Away reports whether a device of that NetBox status is not in its rack.
func Away(status string) bool {
	switch strings.ToLower(status) {
	case "planned", "inventory":
		return true
	}
	return false
}

// doubt notes numbers that may be in another unit than is assumed.
func (t *reading) doubt(line int, field, value, unit string) {
	v, ok := claim.Float(value)
	if !ok || unit != "" {
		return
	}
	switch field {
	case claim.Theta:
		v = math.Abs(math.Remainder(v, 360)) // a full turn was added to what was below 0
		if v != 0 && v <= 2*math.Pi && v != math.Trunc(v) {
			t.radians++
		} else if v > 2*math.Pi {
			t.radians = -1 << 30
		}
	case claim.X, claim.Y:
		if math.Abs(v) > 500 && t.far == 0 {
			t.far = line
		}
	}
}

// afterwards warns of what only the whole table shows.
func (t *reading) afterwards() {
	warn := func(line int, field, format string, args ...any) {
		t.said.Warn(maps.Problem{File: t.file, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if len(t.head.unused) > 0 {
		warn(0, "", "columns that are not used: %s", strings.Join(t.head.unused, ", "))
	}
	if t.radians > 0 {
		warn(0, t.head.labels[claim.Theta], "no angle is above 6.28, yet they are taken as degrees: name the column theta_rad if they are rad")
	}
	if t.far > 0 {
		warn(t.far, t.head.labels[claim.X], "a rack more than 500 m from the origin: places are taken as m: name the columns x_mm, y_mm if they are mm")
	}
	for _, s := range []string{"planned", "inventory"} {
		if n := t.absent[s]; n > 0 {
			warn(0, "", "%d devices have the status %s and are left out", n, s)
		}
	}
	if len(t.said.Things) == 0 && len(t.said.Faults) == 0 {
		warn(0, "", "the table has no rows")
	}
}
