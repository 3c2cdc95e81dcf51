package maps_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
)

// folder reads a folder of testdata into memory, so that a test can change it.
func folder(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, p))
		files[p] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// edit replaces text that stands in a file.
func edit(t testing.TB, files fstest.MapFS, name, from, to string) {
	t.Helper()
	text := string(files[name].Data)
	if !strings.Contains(text, from) {
		t.Fatalf("%s does not hold %q", name, from)
	}
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, from, to, 1))}
}

func small(t testing.TB) *maps.Site {
	t.Helper()
	s, err := maps.Load(folder(t, "testdata/small"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSmallSiteLoads(t *testing.T) {
	s := small(t)
	if len(s.Warnings) != 0 {
		t.Errorf("warnings: %v", s.Warnings)
	}
	d, ok := s.Device("d1")
	if !ok || d.Serial != "0042" || d.Rack != "R1" || d.Position != 5 {
		t.Errorf("device d1 = %+v, %v: want serial 0042 as written", d, ok)
	}
	r, _ := s.Rack("R2")
	if r.RevisitInterval.Minutes() != 10 {
		t.Errorf("R2 keeps its own interval, got %v", r.RevisitInterval)
	}
	if a := s.Halls[0].Graph.AisleOf("n2"); a != "north" {
		t.Errorf("aisle of n2 = %q", a)
	}
	if docks := s.Halls[0].Graph.Docks(); len(docks) != 1 || docks[0] != (maps.Dock{ID: "charger", Node: "dock"}) {
		t.Errorf("docks = %v", docks)
	}
}

// rack begins the message of a fault in the small site's first rack; % stands for the line.
const rack = "site.yaml:%: halls[0].rows[0].racks[0]."

// oneFault is an edit that makes one fault in the small site, and what must be said of it.
type oneFault struct{ name, file, from, to, want string }

func oneFaults() []oneFault {
	return []oneFault{
		{"unknown field", "site.yaml", "time_zone: UTC", "timezone: UTC", `site.yaml:3: timezone: unknown field: did you mean one of`},
		{"wrong type", "site.yaml", "position: 5,", "position: five,", rack + `devices[0].position: want a whole number, got "five"`},
		{"half unit", "site.yaml", "position: 5,", "position: 5.5,", rack + `devices[0].position: 5.5: half units are not supported`},
		{"field twice", "site.yaml", "name: Two racks", "id: other", "site.yaml:2: id: field stands twice"},
		{"field missing", "site.yaml", "            ashrae_class: A2\n", "", rack + "ashrae_class: field is missing"},
		{"dangling rack type", "site.yaml", "type: half", "type: hlaf", rack + `type: rack type "hlaf" does not exist`},
		{"dangling device type", "site.yaml", "device_type: panel, position: 8, face: front", "device_type: pnael, position: 8, face: front", rack + `devices[1].device_type: device type "pnael" does not exist`},
		{"dangling feed", "site.yaml", "feeds: [A, B]\n", "feeds: [A, B, C]\n", rack + `feeds[2]: feed "C" does not exist`},
		{"feed that the rack lacks", "site.yaml", "            feeds: [A, B]\n", "            feeds: [A]\n", rack + `devices[0].feeds[1]: rack "R1" does not draw from feed "B"`},
		{"dangling cooling", "site.yaml", "cooled_by: [c1]", "cooled_by: [c9]", rack + `cooled_by[0]: cooling unit "c9" does not exist`},
		{"dangling row", "site.yaml", "rows: [R]", "rows: [Q]", `site.yaml:%: halls[0].cooling[0].rows[0]: row "Q" does not exist`},
		{"dangling aisle node", "site.yaml", "[n1, n2]", "[n1, n9]", `site.yaml:%: halls[0].aisles[0].nodes[1]: node "n9" does not exist`},
		{"dangling safe place", "site.yaml", "    feeds: [{id: A}, {id: B}]", "    safe_places: [w1, w7]\n    feeds: [{id: A}, {id: B}]", `site.yaml:%: halls[0].safe_places[1]: node "w7" does not exist`},
		{"safe place in an aisle", "site.yaml", "    feeds: [{id: A}, {id: B}]", "    safe_places: [n1]\n    feeds: [{id: A}, {id: B}]", `site.yaml:%: halls[0].safe_places[0]: node "n1" lies on aisle "north"`},
		{"duplicate device", "site.yaml", "{id: d2,", "{id: d1,", rack + `devices[1].id: "d1" is already taken in line`},
		{"duplicate rack", "site.yaml", "id: R2", "id: R1", `site.yaml:%: halls[0].rows[0].racks[1].id: "R1" is already taken`},
		{"overlap", "site.yaml", "position: 8, face: front", "position: 4, face: front", rack + `devices[1].position: device "d2" (U4 to U5) overlaps device "d1" (U5 to U5)`},
		{"out of the rack", "site.yaml", "position: 8, face: rear", "position: 20, face: rear", rack + `devices[2].position: device "d3" fills U20 to U21, the rack ends at U20`},
		{"racks overlap", "site.yaml", "x: 3.6", "x: 3.48", `site.yaml:%: halls[0].rows[0].racks[1]: rack "R2" overlaps rack "R1" by 0.120 m`},
		{"tag count", "site.yaml", "front_tags: [0, 1]", "front_tags: [0]", rack + "front_tags: has 1 tags, rack type \"half\" has 2 places"},
		{"tag twice", "site.yaml", "rear_tags: [2, 3]", "rear_tags: [2, 1]", rack + "rear_tags[1]: tag 1 is already at"},
		{"tag out of family", "site.yaml", "rear_tags: [2, 3]", "rear_tags: [2, 587]", rack + "rear_tags[1]: 587 is no AprilTag 36h11"},
		{"bad class", "site.yaml", "ashrae_class: A2", "ashrae_class: A7", rack + `ashrae_class: "A7" is no ASHRAE class`},
		{"bad duration", "site.yaml", "revisit_interval: 30m", "revisit_interval: 30", `site.yaml:5: patrol.revisit_interval: "30" is not a duration`},
		{"bad site id", "site.yaml", "id: small", "id: sm/all", `site.yaml:1: id: "sm/all" is no site id`},
		{"bad rack id", "site.yaml", "id: R2", "id: R+2", `site.yaml:%: halls[0].rows[0].racks[1].id: "R+2" is no id`},
		{"bad time zone", "site.yaml", "time_zone: UTC", "time_zone: Moon/Base", `site.yaml:3: time_zone: "Moon/Base" is no time zone`},
		{"light beside its device", "site.yaml", "x_mm: 460", "x_mm: 490", "site.yaml:%: device_types[0].leds[0].x_mm: 490 is out of range"},
		{"light without colour", "site.yaml", "{colour: red,", "{colour: pink,", `site.yaml:%: device_types[0].leds[0].meanings[0].colour: "pink" is no colour`},
		{"floor missing", "site.yaml", "floor: floor.yaml", "floor: flor.yaml", "site.yaml:%: halls[0].floor: file does not exist"},
		{"floor field", "floor.yaml", "negate: 0", "negate: maybe", `floor.yaml:4: negate: want 0 or 1, got "maybe"`},
		{"floor cut off", "floor.pgm", "14 14\n", "14 15\n", "floor.pgm: value 197 of 210 is missing"},
		{"edge to nowhere", "graph.lif.json", `"endNodeId": "n2"`, `"endNodeId": "n9"`, `graph.lif.json:%: layouts[0].edges[2].endNodeId: node "n9" does not exist`},
		{"broken JSON", "graph.lif.json", `"stations":`, `"stations"`, "graph.lif.json:%: not JSON"},
		{"no node in view", "graph.lif.json", `"x": 3.6, "y": 1.45`, `"x": 4.6, "y": 1.45`, `site.yaml:%: halls[0].rows[0].racks[1]: rear of rack "R2" cannot be seen`},
		{"node out of reach", "graph.lif.json", `"startNodeId": "s1", "endNodeId": "s2"`, `"startNodeId": "s1", "endNodeId": "w2"`, `site.yaml:%: halls[0].rows[0].racks[1]: rear of rack "R2" cannot be reached`},
		{"no dock", "graph.lif.json", "startCharging", "pickUp", "site.yaml:%: halls[0].graph: graph.lif.json has no dock"},
		{"mast too short", "site.yaml", "mast_max_m: 1.9", "mast_max_m: 0.31", "site.yaml:"},
		{"rack cannot be a list", "site.yaml", "optics: {vertical_fov_deg: 60, mast_min_m: 0.3, mast_max_m: 1.9}", "optics: []", "site.yaml:4: optics: want a mapping of fields, got a list"},
	}
}

// The error must be that line alone.
func TestEachFaultIsToldWithItsLine(t *testing.T) {
	for _, c := range oneFaults() {
		t.Run(c.name, func(t *testing.T) {
			files := folder(t, "testdata/small")
			edit(t, files, c.file, c.from, c.to)
			_, err := maps.Load(files)
			var ps maps.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("error = %v: want Problems", err)
			}
			before, after, numbered := strings.Cut(c.want, "%")
			if numbered && ps[0].Line < 1 {
				t.Errorf("no line: %v", ps[0])
			}
			for _, p := range ps[:1] {
				if s := p.String(); !strings.HasPrefix(s, before) || !strings.Contains(s, strings.TrimPrefix(after, ":")) {
					t.Errorf("got  %s\nwant %s", s, c.want)
				}
			}
			if len(ps) > 1 && c.name != "mast too short" {
				t.Errorf("one fault became %d:\n%v", len(ps), ps)
			}
		})
	}
}

// The folders of testdata/bad are overlaid on the small site; problems.txt is what must be said, all of it.
func TestAllFaultsAreListedAtOnce(t *testing.T) {
	dirs, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no bad folders: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			files := folder(t, "testdata/small")
			for name, f := range folder(t, dir) {
				files[name] = f
			}
			_, err := maps.Load(files)
			if err == nil {
				t.Fatal("no fault found")
			}
			golden := filepath.Join(dir, "problems.txt")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, readErr := os.ReadFile(golden)
			if readErr != nil || err.Error()+"\n" != string(want) {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
}

func TestUnknownFilesAreLeftAlone(t *testing.T) {
	files := folder(t, "testdata/small")
	files["runbooks.yaml"] = &fstest.MapFile{Data: []byte("\x00 not YAML: [")}
	if _, err := maps.Load(files); err != nil {
		t.Error(err)
	}
}

func TestLoadDirSaysWhatIsWrongWithTheFolder(t *testing.T) {
	for _, dir := range []string{"testdata/nowhere", "load_test.go", t.TempDir()} {
		if _, err := maps.LoadDir(dir); err == nil || !strings.Contains(err.Error(), "site") {
			t.Errorf("LoadDir(%s) = %v", dir, err)
		}
	}
	if _, err := maps.LoadDir("testdata/small"); err != nil {
		t.Error(err)
	}
}

func TestSampleSiteIsAsPromised(t *testing.T) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	types, makers, devices := map[string]bool{}, map[string]bool{}, 0
	kinds := map[string]bool{}
	for _, r := range s.Racks() {
		for _, d := range r.Devices {
			devices++
			types[d.Type.Slug], makers[d.Type.Manufacturer] = true, true
			for _, l := range d.Type.LEDs {
				for _, m := range l.Meanings {
					kinds[m.Kind] = true
				}
			}
		}
	}
	if n := len(s.Racks()); n != 48 || devices < 550 || len(types) < 8 || len(makers) < 5 {
		t.Errorf("%d racks, %d devices of %d types of %d makers", n, devices, len(types), len(makers))
	}
	for _, k := range []string{"disk-failed", "disk-predicted", "psu-failed", "fan-failed", "health-degraded", "health-critical"} {
		if !kinds[k] {
			t.Errorf("no light tells %s", k)
		}
	}
	if len(s.Warnings) != 0 || len(s.Viewpoints()) != 192 || len(s.Halls[0].Graph.Docks()) != 3 {
		t.Errorf("warnings %v, %d viewpoints, docks %v", s.Warnings, len(s.Viewpoints()), s.Halls[0].Graph.Docks())
	}
	for _, ty := range s.DeviceTypes {
		for i, a := range ty.LEDs {
			for _, b := range ty.LEDs[:i] {
				if dx, dy := a.XMM-b.XMM, a.YMM-b.YMM; a.Face == b.Face && dx*dx+dy*dy < 12*12 {
					t.Errorf("%s: %s and %s are less than 12 mm apart", ty.Slug, a.Name, b.Name)
				}
			}
		}
	}
}

// A robot that charges must stand in nobody's way: without any one dock all the rest is still connected.
func TestSampleDocksBlockNobody(t *testing.T) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	g := s.Halls[0].Graph
	docks := []string{}
	for _, d := range g.Docks() {
		docks = append(docks, d.Node)
	}
	reach := g.Distances("w0", func(e maps.Edge) bool { return !slices.Contains(docks, e.End) && !slices.Contains(docks, e.Start) })
	if len(reach) != len(g.Nodes())-len(docks) {
		t.Errorf("%d of %d nodes can be reached past occupied docks", len(reach), len(g.Nodes())-len(docks))
	}
}
