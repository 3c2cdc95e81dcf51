package maps

import (
	"io/fs"
	"math"
	"path"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// rosMap is the YAML file of ROS map_server.
type rosMap struct {
	Image       string     `yaml:"image" must:"true"`
	Mode        string     `yaml:"mode"`
	ResolutionM float64    `yaml:"resolution" must:"true"`
	Origin      []float64  `yaml:"origin" must:"true"`
	Negate      *yaml.Node `yaml:"negate" must:"true"` // 0, 1 or a bool
	Occupied    float64    `yaml:"occupied_thresh" must:"true"`
	Free        float64    `yaml:"free_thresh" must:"true"`
}

// ReadGrid reads a ROS map_server YAML file and the PGM or PNG image that it names, relative to it. It returns warnings;
// the error is Problems. The meaning of pixels follows nav2_map_server's map_io.cpp.
func ReadGrid(fsys fs.FS, name string) (*Grid, Problems, error) {
	d := newDocument(name, "yaml")
	d.lenient = true
	data, err := readFile(fsys, name)
	if err != nil {
		return nil, nil, Problems{{File: name, Message: missing(err)}}
	}
	var m rosMap
	root := d.parseYAML(data)
	if root == nil || !d.decode(place{doc: d, node: root}, reflect.ValueOf(&m).Elem(), 0) || len(d.problems) > 0 {
		return nil, d.warnings, d.problems.err()
	}
	negate := d.checkMap(&m)
	if len(d.problems) > 0 {
		return nil, d.warnings, d.problems.err()
	}
	imageName := path.Join(path.Dir(name), m.Image)
	data, err = readFile(fsys, imageName)
	if err != nil {
		d.at(&m).field("image").fail("%s", missing(err))
		return nil, d.warnings, d.problems.err()
	}
	img, err := parseImage(data)
	if err != nil {
		return nil, d.warnings, Problems{{File: imageName, Message: err.Error()}}
	}
	g, doubtful := m.grid(img, negate)
	if doubtful*100 > len(img.pixels) {
		d.at(&m).field("free_thresh").warn("%d cells have the value 205, which map_saver writes for unknown, and %g makes them free: "+
			"write 0.196", doubtful, m.Free)
	}
	return g, d.warnings, nil
}

// grid gives every pixel its meaning. Doubtful are the pixels that map_saver wrote for unknown and that count as free.
func (m *rosMap) grid(img *pgm, negate bool) (g *Grid, doubtful int) {
	g = &Grid{
		ResolutionM: m.ResolutionM, Width: img.width, Height: img.height,
		Origin: Pose{X: m.Origin[0], Y: m.Origin[1], ThetaRad: m.Origin[2]},
		cells:  make([]int8, len(img.pixels)),
	}
	var table [256]int8
	for p := range table {
		table[p] = m.occupancy(byte(p), negate)
	}
	for i, p := range img.pixels {
		row, col := i/g.Width, i%g.Width
		cell := table[p]
		if img.hidden != nil && img.hidden[i] && m.Mode != "raw" {
			cell = Unknown
		}
		g.cells[(g.Height-1-row)*g.Width+col] = cell // image row 0 is the greatest y
		if p == unknownPixel && cell == 0 {
			doubtful++
		}
	}
	return g, doubtful
}

// unknownPixel is what ROS map_saver writes where it knows nothing; its occupancy is 0.19608.
const unknownPixel = 205

// checkMap checks the values of the file and returns what negate says.
func (d *document) checkMap(m *rosMap) (negate bool) {
	at := d.at(m)
	if m.ResolutionM <= 0 || m.ResolutionM > 10 {
		at.field("resolution").fail("%g is not the size of a cell in m: it must be above 0 and at most 10", m.ResolutionM)
	}
	if len(m.Origin) != 3 {
		at.field("origin").fail("has %d numbers: want [x, y, yaw]", len(m.Origin))
	}
	if m.Free < 0 || m.Occupied > 1 || m.Free >= m.Occupied {
		at.field("free_thresh").fail("want 0 <= free_thresh < occupied_thresh <= 1, got %g and %g", m.Free, m.Occupied)
	}
	switch m.Mode {
	case "", "trinary", "scale", "raw":
	default:
		at.field("mode").fail("%q is not a mode: want trinary, scale or raw", clip(m.Mode))
	}
	ext := strings.ToLower(path.Ext(m.Image))
	if path.IsAbs(m.Image) || !fs.ValidPath(path.Clean(m.Image)) || (ext != ".pgm" && ext != ".png") {
		at.field("image").fail("%q: want a PGM or PNG file beside this one", clip(m.Image))
	}
	switch strings.ToLower(m.Negate.Value) {
	case "0", "false":
		return false
	case "1", "true":
		return true
	}
	at.field("negate").fail("want 0 or 1, got %s", kindName(m.Negate))
	return false
}

// occupancy is what a pixel means: Unknown, 0 .. 100.
func (m *rosMap) occupancy(p byte, negate bool) int8 {
	occ := (255 - float64(p)) / 255
	if negate {
		occ = float64(p) / 255
	}
	switch {
	case m.Mode == "raw" && p <= 100:
		return int8(p)
	case m.Mode == "raw":
		return Unknown
	case occ >= m.Occupied:
		return 100
	case occ <= m.Free:
		return 0
	case m.Mode == "scale":
		return int8(math.Round((occ - m.Free) / (m.Occupied - m.Free) * 100))
	}
	return Unknown
}
