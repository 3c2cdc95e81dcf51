package rmf

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

type buildingFile struct {
	Name       string     `yaml:"name"`
	OldName    string     `yaml:"building_name"`
	System     string     `yaml:"coordinate_system"`
	Parameters *yaml.Node `yaml:"parameters"`
	Reference  string     `yaml:"reference_level_name"`
	Levels     *yaml.Node `yaml:"levels" must:"true"`
	Lifts      *yaml.Node `yaml:"lifts"`
}

type levelFile struct {
	Elevation    float64      `yaml:"elevation"`
	Vertices     []*yaml.Node `yaml:"vertices"`
	Lanes        []*yaml.Node `yaml:"lanes"`
	Doors        []*yaml.Node `yaml:"doors"`
	Measurements []*yaml.Node `yaml:"measurements"`
	Fiducials    []*yaml.Node `yaml:"fiducials"`
}

// Is reports whether a YAML file is a building.yaml.
func Is(data []byte) bool {
	var f struct{}
	return maps.ReadDocument("", maps.YAML, data, &f).Has("levels")
}

// Read reads a building.yaml. The error is maps.Problems.
func Read(fsys fs.FS, file string) (*Building, error) {
	data, err := maps.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	var f buildingFile
	d := maps.ReadDocument(file, maps.YAML, data, &f)
	if d.Err() != nil {
		return nil, d.Err()
	}
	r := &reading{doc: d, file: &f, building: &Building{Name: f.Name}}
	if f.Name == "" {
		r.building.Name = f.OldName
	}
	r.params = params(f.Parameters)
	r.levels(d.At(&f).Field("levels"))
	if d.Err() == nil {
		r.place()
	}
	for _, l := range r.building.Levels {
		l.passDoors()
	}
	if f.Lifts != nil && len(f.Lifts.Content) > 0 {
		d.At(&f).Field("lifts").Warn("lifts are not read: each level becomes a hall of its own")
	}
	r.building.Warnings = d.Warnings()
	return r.building, d.Err()
}

type reading struct {
	doc      *maps.Document
	file     *buildingFile
	params   map[string]string
	building *Building
	raw      []*rawLevel // beside building.Levels
}

// rawLevel is what only the placing of a level needs: coordinates as drawn, with y up.
type rawLevel struct {
	at           maps.Place
	measurements []measured
	fiducials    []fiducial
}

type measured struct {
	from, to int
	metres   float64
}

type fiducial struct {
	name string
	x, y float64
}

func (r *reading) levels(at maps.Place) {
	node := at.Node()
	if node.Kind != yaml.MappingNode || len(node.Content) == 0 {
		at.Fail("want levels by name")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		p := at.Field(name)
		if seen[name] || strings.TrimSpace(name) == "" {
			p.Fail("level %q has no name, or the name of another: give each its own", name)
			continue
		}
		seen[name] = true
		var f levelFile
		if !p.Decode(&f) {
			continue
		}
		r.level(name, p, &f)
	}
	if ref := r.file.Reference; ref != "" && !seen[ref] {
		r.doc.At(r.file).Field("reference_level_name").Fail("level %q does not exist: correct the name", ref)
	}
}

func (r *reading) level(name string, at maps.Place, f *levelFile) {
	l := &Level{Name: name, Elevation: f.Elevation, At: at.Problem("")}
	raw := &rawLevel{at: at}
	for i, n := range f.Vertices {
		l.Vertices = append(l.Vertices, r.vertex(at.Field("vertices").Item(i), n))
	}
	for i, n := range f.Lanes {
		p := at.Field("lanes").Item(i)
		if from, to, params, ok := edge(p, n, len(l.Vertices)); ok {
			l.Lanes = append(l.Lanes, lane(p, from, to, params))
		}
	}
	for i, n := range f.Doors {
		if from, to, params, ok := edge(at.Field("doors").Item(i), n, len(l.Vertices)); ok {
			// The ends' places are put in when the level is placed.
			l.Doors = append(l.Doors, Door{Name: params["name"], X1: float64(from), X2: float64(to)})
		}
	}
	for i, n := range f.Measurements {
		p := at.Field("measurements").Item(i)
		if from, to, params, ok := edge(p, n, len(l.Vertices)); ok {
			raw.measurements = append(raw.measurements, measured{from, to, decimal(p, "distance", params)})
		}
	}
	for i, n := range f.Fiducials {
		p := at.Field("fiducials").Item(i)
		if x, y, ok := point(p, n, 3); ok {
			raw.fiducials = append(raw.fiducials, fiducial{n.Content[2].Value, x, y})
		}
	}
	r.building.Levels = append(r.building.Levels, l)
	r.raw = append(r.raw, raw)
}

func (r *reading) vertex(at maps.Place, n *yaml.Node) Vertex {
	x, y, ok := point(at, n, 4)
	if !ok {
		return Vertex{}
	}
	v := Vertex{Name: n.Content[3].Value, X: x, Y: y}
	if len(n.Content) > 4 {
		p := params(n.Content[4])
		v.Charger, v.Parking, v.Holding = yes(p["is_charger"]), yes(p["is_parking_spot"]), yes(p["is_holding_point"])
		v.Mutex, v.Dock = p["mutex"], p["dock_name"]
	}
	return v
}

func lane(at maps.Place, from, to int, params map[string]string) Lane {
	l := Lane{
		From: from, To: to, Both: yes(params["bidirectional"]) || yes(params["is_bidirectional"]),
		Backward: params["orientation"] == "backward", Mutex: params["mutex"],
	}
	if params["speed_limit"] != "" {
		if l.MaxSpeed = decimal(at, "speed_limit", params); l.MaxSpeed < 0 {
			at.Fail("speed_limit %g m/s: want a number above 0, or 0 for none", l.MaxSpeed)
		}
	}
	if g := params["graph_idx"]; g != "" {
		n, err := strconv.Atoi(g)
		if err != nil || n < 0 || n > 99 {
			at.Fail("graph_idx %q is no number of a graph: want 0 to 99", g)
		}
		l.Graph = n
	}
	return l
}

// point reads the first two items of a list of at least so many.
func point(at maps.Place, n *yaml.Node, items int) (x, y float64, ok bool) {
	if n.Kind != yaml.SequenceNode || len(n.Content) < items {
		at.Fail("want a list of %d items, x and y first", items)
		return 0, 0, false
	}
	x, err1 := strconv.ParseFloat(n.Content[0].Value, 64)
	y, err2 := strconv.ParseFloat(n.Content[1].Value, 64)
	// NaN compares false.
	if err1 != nil || err2 != nil || !(max(x, -x) < 1e9) || !(max(y, -y) < 1e9) {
		at.Fail("want x and y as numbers, got %q and %q", n.Content[0].Value, n.Content[1].Value)
		return 0, 0, false
	}
	return x, y, true
}

// edge reads a list of two indices of vertices and parameters.
func edge(at maps.Place, n *yaml.Node, vertices int) (from, to int, p map[string]string, ok bool) {
	if n.Kind != yaml.SequenceNode || len(n.Content) < 2 {
		at.Fail("want a list of two vertices and parameters")
		return 0, 0, nil, false
	}
	ends := [2]int{}
	for i := range ends {
		v, err := strconv.Atoi(n.Content[i].Value)
		if err != nil || v < 0 || v >= vertices {
			at.Item(i).Fail("vertex %q does not exist: the level has %d, counted from 0", n.Content[i].Value, vertices)
			return 0, 0, nil, false
		}
		ends[i] = v
	}
	if len(n.Content) > 2 {
		p = params(n.Content[2])
	}
	return ends[0], ends[1], p, true
}

// params reads parameters: typed pairs [type, value], or values alone in files of older editors.
func params(n *yaml.Node) map[string]string {
	out := map[string]string{}
	if n == nil || n.Kind != yaml.MappingNode {
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := n.Content[i+1]
		if v.Kind == yaml.SequenceNode && len(v.Content) == 2 {
			v = v.Content[1]
		}
		if v.Kind == yaml.ScalarNode && v.ShortTag() != "!!null" {
			out[n.Content[i].Value] = v.Value
		}
	}
	return out
}

func yes(value string) bool { return strings.EqualFold(value, "true") }

// decimal reads a parameter that must be a number.
func decimal(at maps.Place, name string, params map[string]string) float64 {
	v, err := strconv.ParseFloat(params[name], 64)
	if err != nil || !(max(v, -v) < 1e9) {
		at.Fail("%s: want a number, got %q", name, params[name])
		return 0
	}
	return v
}

// Graphs returns the numbers of the graphs that a level's lanes belong to.
func (l *Level) Graphs() []int {
	var all []int
	for _, lane := range l.Lanes {
		if !slices.Contains(all, lane.Graph) {
			all = append(all, lane.Graph)
		}
	}
	slices.Sort(all)
	return all
}

// VehicleType is what a graph's robots are called in LIF.
func VehicleType(graph int) string { return fmt.Sprintf("graph_%d", graph) }
