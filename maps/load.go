package maps

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // a site's time zone must be known on robots that have no zone files
)

// SiteFile is the file of a site folder that names all others.
const SiteFile = "site.yaml"

// LoadDir reads a site folder of the disk, as Load does.
func LoadDir(dir string) (*Site, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("read site folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("read site folder: %s is a file: name the folder that holds %s", dir, SiteFile)
	}
	return Load(os.DirFS(dir))
}

// Load reads a site folder: site.yaml and the files that it names; what else lies there is left alone. When anything
// is wrong the error is Problems and lists every fault that could be told, with file, line and field.
func Load(fsys fs.FS) (*Site, error) {
	return (&loader{fsys: fsys}).load()
}

// LoadPlace reads a site folder as Load does, but takes its route graphs as they are: one that is missing or broken, or
// from which robots cannot see every rack, is no fault. What is wrong with the graphs' own files is among the site's
// warnings, and a hall whose graph could not be read has none.
func LoadPlace(fsys fs.FS) (*Site, error) {
	return (&loader{fsys: fsys, anyGraph: true}).load()
}

// LoadRough reads as much of a site folder as can be made out, to be drawn: every fault is among the site's warnings. It
// is no site to run on: racks may overlap, halls may lack floor or graph, and nothing that was faulty is there. It fails
// only where site.yaml cannot be read at all.
func LoadRough(fsys fs.FS) (*Site, error) {
	return (&loader{fsys: fsys, rough: true}).load()
}

func (l *loader) load() (*Site, error) {
	data, err := readFile(l.fsys, SiteFile)
	if err != nil {
		return nil, Problems{{File: SiteFile, Message: missing(err)}}
	}
	l.document = newDocument(SiteFile, "yaml")
	l.racks, l.devices, l.halls, l.portals = map[string]place{}, map[string]place{}, map[string]place{}, map[string]place{}
	var f siteFile
	root := l.parseYAML(data)
	if root != nil && l.decode(place{doc: l.document, node: root}, reflect.ValueOf(&f).Elem(), 0) {
		l.build(&f)
	}
	if l.rough && l.site != nil && len(l.site.Halls) > 0 {
		l.warnings, l.problems = append(l.warnings, l.problems...), nil
	}
	if len(l.problems) > 0 {
		return nil, l.problems.err()
	}
	l.site.Warnings = l.warnings.sorted()
	return l.site, nil
}

// A loader turns site.yaml as written into a Site, and goes on after each fault.
type loader struct {
	*document
	fsys           fs.FS
	anyGraph       bool // faults of route graphs are warnings
	rough          bool // all faults are
	site           *Site
	racks          map[string]place // where each id was first given; racks and devices are unique in the site
	devices, halls map[string]place
	loops, ups     map[string]place
	linked         []link           // uplinks, whose other ends may come later in the file
	portals        map[string]place // unique in the site: each has its own topic
}

// One level of an MQTT topic without wildcards, that is also a name in a URL. A site's id also names a NATS stream,
// which may have no dot.
var (
	siteID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	sensorID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	thingID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
)

// id checks an id's form and that it is not taken; taken may be nil.
func (l *loader) id(at place, id string, taken map[string]place) bool {
	if id == "" {
		return false // said by the decoder, or no text
	}
	if !thingID.MatchString(id) {
		at.fail("%q is no id: use letters, digits and . _ : -, at most 128, the first a letter or digit", clip(id))
		return false
	}
	if first, ok := taken[id]; ok {
		at.fail("%q is already taken in line %d: give each its own id", id, first.node.Line)
		return false
	}
	if taken != nil {
		taken[id] = at
	}
	return true
}

func (l *loader) build(f *siteFile) {
	at := l.at(f)
	s := &Site{ID: f.ID, Name: f.Name, TimeZone: f.TimeZone, RackTypes: map[string]*RackType{}, DeviceTypes: map[string]*DeviceType{}}
	l.site = s
	if f.ID != "" && !siteID.MatchString(f.ID) {
		at.field("id").fail("%q is no site id: it is one level of an MQTT topic: use letters, digits, _ and -, at most 64", clip(f.ID))
	}
	if s.TimeZone == "" {
		s.TimeZone = "UTC"
	}
	var err error
	if s.zone, err = time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		at.field("time_zone").fail("%q is no time zone: write an IANA name, as Europe/Berlin", clip(f.TimeZone))
	}
	l.optics(&f.Optics)
	l.robot(f.Robot)
	s.Patrol.RevisitInterval = l.interval(at.field("patrol").field("revisit_interval"), f.Patrol.RevisitInterval)
	s.Patrol.Sensors = l.sensors(at.field("patrol").field("sensors"), f.Patrol.Sensors)
	l.supplies(f)
	rackTypes, deviceTypes := map[string]place{}, map[string]place{}
	for i := range f.RackTypes {
		l.rackType(&f.RackTypes[i], rackTypes)
	}
	for i := range f.DeviceTypes {
		l.deviceType(&f.DeviceTypes[i], deviceTypes)
	}
	if f.Halls != nil && len(f.Halls) == 0 {
		at.field("halls").fail("has no hall: add one")
	}
	for i := range f.Halls {
		l.hall(&f.Halls[i])
	}
	l.links()
	l.rounds(&f.Patrol)
	s.index = newIndex(s)
	for i := range f.Halls {
		l.reach(&f.Halls[i])
	}
	if len(l.problems) == 0 {
		s.index.look(s.viewpoints())
		l.roomsKeptFree(f)
	}
}

// interval checks a duration between looks; the bounds are what a robot could keep and what still is a patrol.
func (l *loader) interval(at place, d time.Duration) time.Duration {
	if at.node != nil && at.node.Value != "" && (d < time.Minute || d > 31*24*time.Hour) {
		if _, err := time.ParseDuration(at.node.Value); err == nil {
			at.fail("%v is no revisit interval: want 1m to 744h", d)
		}
	}
	return d
}

func (l *loader) optics(f *opticsFile) {
	at := l.at(f)
	if at.node == nil {
		return
	}
	if f.FarM == 0 {
		f.FarM = 2
	}
	if f.NearM == 0 {
		f.NearM = 0.4
	}
	if f.VerticalFOVDeg < 5 || f.VerticalFOVDeg > 150 {
		at.field("vertical_fov_deg").fail("%g is no field of view: want 5 to 150 degrees", f.VerticalFOVDeg)
	}
	if f.MastMinM < 0 || f.MastMaxM > 5 || f.MastMinM > f.MastMaxM {
		at.field("mast_max_m").fail("want 0 <= mast_min_m <= mast_max_m <= 5, got %g and %g", f.MastMinM, f.MastMaxM)
	}
	if f.NearM < 0.1 || f.FarM > 20 || f.NearM >= f.FarM {
		at.field("far_m").fail("want 0.1 <= near_m < far_m <= 20, got %g and %g", f.NearM, f.FarM)
	}
	l.site.Optics = Optics{
		VerticalFOVRad: f.VerticalFOVDeg * math.Pi / 180,
		MastMinM:       f.MastMinM, MastMaxM: f.MastMaxM, NearM: f.NearM, FarM: f.FarM,
	}
}

// robot checks the size of the site's robots.
func (l *loader) robot(f *robotFile) {
	if f == nil {
		return
	}
	between(l.at(f).field("width_m"), f.WidthM, 0.1, 3, "m")
	between(l.at(f).field("length_m"), f.LengthM, 0.1, 3, "m")
	l.site.Robot = &Footprint{WidthM: f.WidthM, LengthM: f.LengthM}
}

func (l *loader) hall(f *hallFile) {
	at := l.at(f)
	l.id(at.field("id"), f.ID, l.halls)
	h := &Hall{ID: f.ID, GraphFile: f.Graph, VehicleType: f.VehicleType}
	if f.Floor != "" {
		var warnings Problems
		var err error
		h.Floor, warnings, err = ReadGrid(l.fsys, f.Floor)
		l.adopt(at.field("floor"), warnings, err)
	}
	if f.Graph != "" {
		l.graph(f, h)
	}
	l.portalsOf(f, h)
	docks := map[string]place{}
	for i := range f.Docks {
		l.id(l.at(&f.Docks[i]).field("id"), f.Docks[i].ID, docks)
		h.DockPlaces = append(h.DockPlaces, DockPlace(f.Docks[i]))
	}
	feeds, cooling, rows := map[string]place{}, map[string]place{}, map[string]place{}
	for i := range f.Feeds {
		l.id(l.at(&f.Feeds[i]).field("id"), f.Feeds[i].ID, feeds)
		h.Feeds = append(h.Feeds, l.feed(&f.Feeds[i]))
	}
	pdus := l.pdus(f, h, feeds)
	for i := range f.Rows {
		l.id(l.at(&f.Rows[i]).field("id"), f.Rows[i].ID, rows)
	}
	for i := range f.Cooling {
		c := &f.Cooling[i]
		l.id(l.at(c).field("id"), c.ID, cooling)
		l.known(l.at(c).field("rows"), c.Rows, rows, "row", "rows")
		l.oneOf(l.at(c).field("loop"), c.Loop, l.loops, "loop", "the site's loops")
		h.Cooling = append(h.Cooling, CoolingUnit{ID: c.ID, Rows: c.Rows, Loop: c.Loop})
	}
	tags, outlets := map[int]place{}, map[string]place{}
	for i := range f.Rows {
		row := &Row{ID: f.Rows[i].ID, Hall: h.ID}
		for j := range f.Rows[i].Racks {
			if r := l.rack(&f.Rows[i].Racks[j], row, rackNeeds{hall: h, feeds: feeds, cooling: cooling, pdus: pdus, outlets: outlets, tags: tags}); r != nil {
				row.Racks = append(row.Racks, r)
			}
		}
		h.Rows = append(h.Rows, row)
	}
	l.site.Halls = append(l.site.Halls, h)
}

// graph reads a hall's route graph and marks its aisles.
func (l *loader) graph(f *hallFile, h *Hall) {
	faults := len(l.problems)
	g, warnings, err := ReadGraph(l.fsys, f.Graph, GraphOptions{MapID: f.ID, VehicleType: f.VehicleType})
	l.adopt(l.at(f).field("graph"), warnings, err)
	if g != nil {
		l.aisles(f, g)
		l.safePlaces(f, g)
	}
	h.Graph, h.SafePlaces = g, f.SafePlaces
	if l.anyGraph {
		l.warnings = append(l.warnings, l.problems[faults:]...)
		l.problems = l.problems[:faults]
	}
}

// adopt takes over what reading another file found; a file that cannot be found is told where it is named.
func (l *loader) adopt(at place, warnings Problems, err error) {
	l.warnings = append(l.warnings, warnings...)
	var ps Problems
	switch {
	case err == nil:
	case errors.As(err, &ps):
		for _, p := range ps {
			if p.Line == 0 && strings.HasPrefix(p.Message, "file does not exist") {
				p = at.problem("%s", p.Message)
			}
			l.problems = append(l.problems, p)
		}
	default:
		at.fail("%s", err)
	}
}

// aisles marks the nodes of each one-robot stretch.
func (l *loader) aisles(f *hallFile, g *Graph) {
	ids := map[string]place{}
	for i := range f.Aisles {
		a := &f.Aisles[i]
		at := l.at(a)
		l.id(at.field("id"), a.ID, ids)
		for j, node := range a.Nodes {
			n, ok := g.index[node]
			switch {
			case !ok:
				at.field("nodes").item(j).fail("node %q does not exist in the route graph: correct the id", clip(node))
			case g.nodes[n].Aisle != "" && g.nodes[n].Aisle != a.ID:
				at.field("nodes").item(j).fail("node %q already lies on aisle %q: a node lies on one aisle", node, g.nodes[n].Aisle)
			default:
				g.nodes[n].Aisle = a.ID
			}
		}
	}
}

// safePlaces checks that robots can stand at the nodes to which they go in an alarm.
func (l *loader) safePlaces(f *hallFile, g *Graph) {
	at, seen := l.at(f).field("safe_places"), map[string]bool{}
	for i, node := range f.SafePlaces {
		switch n, ok := g.Node(node); {
		case !ok:
			at.item(i).fail("node %q does not exist in the route graph: correct the id", clip(node))
		case n.Aisle != "":
			at.item(i).fail("node %q lies on aisle %q: in an alarm robots leave the aisles: name a node outside", node, n.Aisle)
		case seen[node]:
			at.item(i).fail("node %q stands twice: keep one", node)
		}
		seen[node] = true
	}
}

// known checks that all ids of a list exist, and that none stands twice.
func (l *loader) known(at place, ids []string, all map[string]place, what, where string) {
	seen := map[string]bool{}
	for i, id := range ids {
		if _, ok := all[id]; !ok {
			at.item(i).fail("%s %q does not exist: add it to the hall's %s or correct the id", what, clip(id), where)
		} else if seen[id] {
			at.item(i).fail("%s %q stands twice: keep one", what, id)
		}
		seen[id] = true
	}
}
