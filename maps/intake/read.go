package intake

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
	"github.com/nightrounds/nightrounds/maps/intake/netbox"
	"github.com/nightrounds/nightrounds/maps/intake/rmf"
	"github.com/nightrounds/nightrounds/maps/intake/table"
)

// A form is what a source is written in.
type form string

const (
	lif        form = "LIF route graph"
	rosMap     form = "ROS floor map"
	building   form = "Open-RMF building"
	typeFile   form = "NetBox device type"
	tableFile  form = "table"
	fromServer form = "NetBox"
)

// A source is one file or server, read.
type source struct {
	name    string // what it is called in reports and in imports.yaml
	form    form
	order   int // in which it was named
	hall    string
	said    claim.Said
	layouts []layout
	floor   *floor
	names   map[string]int // of devices, and how many have each
}

// A layout is a route graph, or a part of one, of one hall.
type layout struct {
	hall   string // as the source calls it; empty when it does not
	lif    maps.LIFLayout
	aisles []rmf.Aisle
	stamp  string
	at     maps.Problem
}

// A floor is a floor grid with its picture.
type floor struct {
	text, picture []byte
	grid          *maps.Grid
}

// readAll reads every input, each on its own, so that all faults are told at once.
func readAll(ctx context.Context, inputs []Input, o Options, faults maps.Problems) ([]*source, maps.Problems) {
	var all []*source
	names := map[string]int{}
	for _, in := range inputs {
		names[path.Base(in.Name)]++
	}
	used := map[string]bool{}
	for i, in := range inputs {
		s := &source{name: path.Base(in.Name), order: i, hall: in.Hall}
		if names[s.name] > 1 {
			s.name = cmp.Or(in.Path, in.Name)
		}
		if used[s.name] {
			faults = append(faults, maps.Problem{File: s.name, Message: "is named twice: name it once"})
			continue
		}
		used[s.name] = true
		s.read(in)
		s.relabel(in.Name)
		all = append(all, s)
	}
	if o.NetBox != nil {
		all = append(all, &source{name: o.NetBox.Name(), form: fromServer, order: len(inputs), said: *netbox.Read(ctx, *o.NetBox)})
	}
	if len(all) == 0 && len(faults) == 0 {
		faults = append(faults, maps.Problem{File: "import", Message: "nothing to import: name files or a NetBox"})
	}
	for _, s := range all {
		s.assign()
	}
	return all, faults
}

// relabel calls a source in its problems what it is called everywhere.
func (s *source) relabel(file string) {
	for _, ps := range []maps.Problems{s.said.Warnings, s.said.Faults} {
		for i := range ps {
			if ps[i].File == file {
				ps[i].File = s.name
			}
		}
	}
	for i := range s.said.Things {
		s.said.Things[i].At.File = s.name
	}
}

// assign gives all racks and devices of a source to the hall that was named with it.
func (s *source) assign() {
	if s.hall == "" {
		return
	}
	for i := range s.said.Things {
		if s.said.Things[i].Kind != claim.DeviceType {
			s.said.Things[i].Values[claim.Hall] = s.hall
		}
	}
	if len(s.layouts) > 1 {
		s.said.Fail(maps.Problem{File: s.name, Message: fmt.Sprintf("has %d halls, they cannot all be %q: leave the hall out", len(s.layouts), s.hall)})
	}
	for i := range s.layouts {
		s.layouts[i].hall = s.hall
	}
}

// recognise says what a file is, by what it holds.
func recognise(data []byte) (form, bool) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(text, []byte("{")) && isJSON(text):
		return lif, true
	case table.Is(data):
		return tableFile, true
	case rmf.Is(data):
		return building, true
	case netbox.IsType(data):
		return typeFile, true
	}
	var f struct{}
	if d := maps.ReadDocument("", maps.YAML, data, &f); d.Has("image") && (d.Has("resolution") || d.Has("origin")) {
		return rosMap, true
	}
	return "", false
}

// isJSON tells JSON from YAML that begins with a brace: names are in quotes.
func isJSON(text []byte) bool {
	rest := bytes.TrimSpace(text[1:])
	return bytes.HasPrefix(rest, []byte(`"`)) || bytes.HasPrefix(rest, []byte("}"))
}

func (s *source) read(in Input) {
	data, err := maps.ReadFile(in.FS, in.Name)
	if err != nil {
		s.said.Faults = problems(err)
		return
	}
	form, known := recognise(data)
	if s.form = form; !known {
		s.said.Fail(maps.Problem{File: in.Name, Message: unknownForm(data)})
		return
	}
	switch s.form {
	case lif:
		s.readLIF(in)
	case building:
		s.readBuilding(in)
	case rosMap:
		s.readFloor(in, data)
	case typeFile:
		s.said = *netbox.ReadType(in.FS, in.Name)
	case tableFile:
		s.said = *table.Read(in.FS, in.Name)
	}
}

// unknownForm says why a file is none that can be read.
func unknownForm(data []byte) string {
	if bytes.HasPrefix(data, []byte("\x89PNG")) || bytes.HasPrefix(data, []byte("P5")) || bytes.HasPrefix(data, []byte("P2")) {
		return "is a picture: name the YAML file of map_server that describes it"
	}
	var f struct{}
	d := maps.ReadDocument("", maps.YAML, data, &f)
	if d.Err() != nil && !bytes.ContainsAny(data, ",;\t") {
		return "is none of the forms that can be read, and not YAML: " + problems(d.Err())[0].Message
	}
	return "is none of the forms that can be read: LIF, Open-RMF building.yaml, ROS map YAML, NetBox device type YAML, " +
		"or CSV whose first line names columns as name, row, x, y, theta, u_height, or name, rack, position, face, device_type"
}

func (s *source) readFloor(in Input, text []byte) {
	g, warnings, err := maps.ReadGrid(in.FS, in.Name)
	s.said.Warnings = warnings
	if err != nil {
		s.said.Faults = problems(err)
		return
	}
	var f struct {
		Image string `yaml:"image"`
	}
	maps.ReadDocument(in.Name, maps.YAML, text, &f)
	picture, err := fs.ReadFile(in.FS, path.Join(path.Dir(in.Name), f.Image))
	if err != nil {
		s.said.Fail(maps.Problem{File: in.Name, Field: "image", Message: err.Error()})
		return
	}
	s.floor = &floor{text: text, picture: picture, grid: g}
}

func (s *source) readBuilding(in Input) {
	b, err := rmf.Read(in.FS, in.Name)
	if b != nil {
		s.said.Warnings = b.Warnings
	}
	if err != nil {
		s.said.Faults = problems(err)
		return
	}
	for _, l := range b.Levels {
		if len(l.Lanes) == 0 {
			s.said.Warn(maps.Problem{File: in.Name, Line: l.At.Line, Field: l.At.Field, Message: fmt.Sprintf("level %q has no lanes and is left out", l.Name)})
			continue
		}
		if g := l.Graphs(); len(g) > 1 {
			s.said.Warn(maps.Problem{File: in.Name, Line: l.At.Line, Field: l.At.Field, Message: fmt.Sprintf(
				"level %q has graphs for %d fleets: name the robots' in vehicle_type of the hall, as %s", l.Name, len(g), rmf.VehicleType(g[0]))})
		}
		out, aisles := l.Layout()
		s.layouts = append(s.layouts, layout{hall: l.Name, lif: out, aisles: aisles, at: l.At})
	}
}

// summary is what a source holds, in a line.
func (s *source) summary() string {
	count := map[claim.Kind]int{}
	for i := range s.said.Things {
		count[s.said.Things[i].Kind]++
	}
	var parts []string
	for _, k := range []struct {
		kind claim.Kind
		what string
	}{{claim.Rack, "racks"}, {claim.Device, "devices"}, {claim.DeviceType, "device types"}} {
		if n := count[k.kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k.what))
		}
	}
	for _, l := range s.layouts {
		parts = append(parts, fmt.Sprintf("%d nodes and %d edges of %q", len(l.lif.Nodes), len(l.lif.Edges), l.hall))
	}
	if s.floor != nil {
		g := s.floor.grid
		parts = append(parts, fmt.Sprintf("%d x %d cells of %g m", g.Width, g.Height, g.ResolutionM))
	}
	return fmt.Sprintf("%s: %s: %s", s.name, s.form, strings.Join(parts, ", "))
}
