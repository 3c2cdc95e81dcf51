package rmf

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
)

func demos(t testing.TB) string {
	t.Helper()
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "sched", "rmf")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared data is not here: %v", err)
	}
	return dir
}

func building(t interface{ Fatal(...any) }, text string) *Building {
	b, err := Read(fstest.MapFS{"b.yaml": {Data: []byte(text)}}, "b.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The manifest: office has 30 lanes, all both ways, and 2 chargers. Lengths are compared with the file's own
// measurements, whose mean scale they must fit.
func TestOfficeIsReadToScale(t *testing.T) {
	b, err := Read(os.DirFS(demos(t)), "office.building.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l := b.Levels[0]
	chargers, holding, both := 0, 0, 0
	for _, v := range l.Vertices {
		if v.Charger {
			chargers++
		}
		if v.Holding {
			holding++
		}
	}
	for _, lane := range l.Lanes {
		if lane.Both {
			both++
		}
	}
	if len(b.Levels) != 1 || len(l.Lanes) != 30 || both != 30 || chargers != 2 || len(l.Doors) != 3 || holding == 0 {
		t.Errorf("%d lanes, %d both ways, %d chargers, %d doors, %d holding points", len(l.Lanes), both, chargers, len(l.Doors), holding)
	}
	for _, m := range [][3]float64{{1, 0, 9.315}, {5, 4, 8.409}, {2, 3, 20.089}} {
		a, c := l.Vertices[int(m[0])], l.Vertices[int(m[1])]
		if d := math.Hypot(a.X-c.X, a.Y-c.Y); math.Abs(d/m[2]-1) > 0.02 {
			t.Errorf("measured %g m, drawn %g m", m[2], d)
		}
	}
	if a, c := l.Vertices[0], l.Vertices[1]; a.Y >= c.Y {
		t.Error("y must point up: vertex 0 is drawn below vertex 1")
	}
	doors := 0
	for _, lane := range l.Lanes {
		if lane.Door != "" {
			doors++
		}
	}
	if doors == 0 {
		t.Error("no lane passes a door")
	}
}

func TestAllDemosAreRead(t *testing.T) {
	dir := demos(t)
	for name, lanes := range map[string]int{"office": 30, "battle_royale": 20, "triple_H": 22, "campus": 154} {
		b, err := Read(os.DirFS(dir), name+".building.yaml")
		if err != nil || len(b.Levels[0].Lanes) != lanes {
			t.Errorf("%s: %v, %v", name, b, err)
			continue
		}
		layout, _ := b.Levels[0].Layout()
		if len(layout.Nodes) == 0 || len(layout.Edges) < lanes {
			t.Errorf("%s: %d nodes, %d edges", name, len(layout.Nodes), len(layout.Edges))
		}
	}
}

// The first point is the test vector of github.com/cgcai/SVY21, which cuts the origin of SVY21 (EPSG:3414: 1°22' N,
// 103°50' E) off after six digits. UTM 32N is taken where its coordinates follow from symmetry: on the central meridian
// east is 500 km, at the equator north is 0.
func TestProjections(t *testing.T) {
	svy, ok := planes("EPSG:3414")
	if !ok || svy.lat0 != 1+22.0/60 || math.Abs(svy.lon0-(103+50.0/60)) > 1e-12 {
		t.Errorf("SVY21 begins at %+v", svy)
	}
	svy.lat0, svy.lon0 = 1.366666, 103.833333
	if e, n := svy.project(1.2949192688485278, 103.77367436885834); math.Abs(e-21362.157043860374) > 0.001 || math.Abs(n-30811.26429645264) > 0.001 {
		t.Errorf("SVY21: east %.4f, north %.4f", e, n)
	}
	utm, _ := planes("EPSG:32632")
	if e, n := utm.project(0, 9); math.Abs(e-500000) > 1e-6 || math.Abs(n) > 1e-6 {
		t.Errorf("UTM: east %g, north %g", e, n)
	}
	// A quarter of the meridian of WGS 84 is 10,001,965.729 m.
	if _, n := (transverse{scale: 1}).project(90, 0); math.Abs(n-10001965.729) > 0.001 {
		t.Errorf("quarter meridian: %.4f", n)
	}
}

// Near its origin a projection keeps lengths: a second of latitude at 1.3° N is 30.715 m (WGS 84 meridian radius).
func TestWebMercatorAndWGS84Agree(t *testing.T) {
	lat, lon := 1.3009, 103.78056
	x := (lon + 180) / 360 * 256
	y := 128 - math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi*128
	if la, lo := fromWebMercator(x, y); math.Abs(la-lat) > 1e-9 || math.Abs(lo-lon) > 1e-9 {
		t.Errorf("%g, %g", la, lo)
	}
	if la, _ := fromWebMercator(x, -y); math.Abs(la-lat) > 1e-9 {
		t.Errorf("turned up: %g", la)
	}
	second := 1.0 / 3600
	b := building(t, fmt.Sprintf("name: b\ncoordinate_system: wgs84\nlevels:\n  L:\n    vertices:\n      - [%g, %g, 0, a]\n      - [%g, %.12g, 0, b]\n    lanes:\n      - [0, 1, {}]\n", lon, lat, lon, lat+second))
	v := b.Levels[0].Vertices
	if math.Abs(v[1].Y-v[0].Y-30.715) > 0.001 || math.Abs(v[1].X-v[0].X) > 1e-6 || v[0].X != 0 {
		t.Errorf("%+v", v)
	}
	if len(b.Warnings) == 0 {
		t.Error("a file without a plane must be warned of")
	}
}

// A level that is the reference level turned, scaled and shifted lies on it again by three fiducials.
func TestFiducialsLayLevelsOnEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		turn := rapid.Float64Range(-3, 3).Draw(t, "turn")
		scale := rapid.Float64Range(0.2, 5).Draw(t, "scale")
		dx, dy := rapid.Float64Range(-500, 500).Draw(t, "dx"), rapid.Float64Range(-500, 500).Draw(t, "dy")
		metres := rapid.Float64Range(1, 20).Draw(t, "metres")
		points := [][2]float64{{10, 20}, {400, 50}, {200, 300}, {77, 177}}
		sin, cos := math.Sincos(turn)
		var one, two strings.Builder
		write := func(b *strings.Builder, name string, move func(x, y float64) (float64, float64), extra string) {
			fmt.Fprintf(b, "  %s:\n    vertices:\n", name)
			for i, p := range points {
				x, y := move(p[0], p[1])
				fmt.Fprintf(b, "      - [%.9f, %.9f, 0, p%d]\n", x, y, i)
			}
			b.WriteString("    fiducials:\n")
			for i, p := range points[:3] {
				x, y := move(p[0], p[1])
				fmt.Fprintf(b, "      - [%.9f, %.9f, f%d]\n", x, y, i)
			}
			b.WriteString(extra)
		}
		write(&one, "A", func(x, y float64) (float64, float64) { return x, y }, fmt.Sprintf("    measurements:\n      - [0, 1, {distance: [3, %.9f]}]\n", metres))
		write(&two, "B", func(x, y float64) (float64, float64) { return (cos*x-sin*y)*scale + dx, (sin*x+cos*y)*scale + dy }, "")
		b := building(t, "name: b\nreference_level_name: A\nlevels:\n"+two.String()+one.String())
		for i := range points {
			p, q := b.Levels[0].Vertices[i], b.Levels[1].Vertices[i]
			if math.Hypot(p.X-q.X, p.Y-q.Y) > 1e-5 {
				t.Fatalf("point %d is at %g, %g and at %g, %g", i, p.X, p.Y, q.X, q.Y)
			}
		}
		p, q := b.Levels[1].Vertices[0], b.Levels[1].Vertices[1]
		if d := math.Hypot(p.X-q.X, p.Y-q.Y); math.Abs(d-metres) > 1e-6 {
			t.Fatalf("%g m are drawn as %g", metres, d)
		}
	})
}

func TestLanesBecomeEdges(t *testing.T) {
	b := building(t, `name: b
coordinate_system: cartesian_meters
parameters: {offset_x: [3, 100], offset_y: [3, 0]}
levels:
  L1:
    vertices:
      - [101, 2, 0, home base, {is_charger: [4, true], is_holding_point: [4, true]}]
      - [105, 2, 0, ""]
      - [105, 9, 0, "", {mutex: [1, lock]}]
      - [103, 1, 0, ""]
      - [103, 3, 0, ""]
    lanes:
      - [0, 1, {bidirectional: [4, true], speed_limit: [3, 0.5], graph_idx: [2, 0]}]
      - [1, 2, {bidirectional: [4, false], orientation: [1, backward], graph_idx: [2, 1], mutex: [1, lock]}]
    doors:
      - [3, 4, {name: [1, fire_door]}]
`)
	l, aisles := b.Levels[0].Layout()
	var got []string
	for _, e := range l.Edges {
		p := e.VehicleTypeEdgeProperties[0]
		got = append(got, fmt.Sprintf("%s>%s %s %g %v %q", e.StartNodeID, e.EndNodeID, p.VehicleTypeID, p.MaxSpeed, p.VehicleOrientation != nil, e.EdgeDescription))
	}
	want := `home_base>v1 graph_0 0.5 false "door fire_door"|v1>home_base graph_0 0.5 false "door fire_door"|v1>v2 graph_1 0 true ""`
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if n := l.Nodes[0]; n.NodePosition.X != 1 || n.NodeDescription != "holding point" || len(n.VehicleTypeNodeProperties[0].Actions) != 2 || len(l.Stations) != 1 {
		t.Errorf("node %+v, stations %v", n, l.Stations)
	}
	if len(l.Nodes) != 3 || fmt.Sprint(aisles) != "[{lock [v2]}]" {
		t.Errorf("%d nodes, aisles %v", len(l.Nodes), aisles)
	}
}

func TestFaultsOfABuildingAreAllTold(t *testing.T) {
	_, err := Read(fstest.MapFS{"b.yaml": {Data: []byte(`name: b
coordinate_system: moon
reference_level_name: L9
levels:
  L1:
    vertices:
      - [0, east, 0, a]
      - [0, 0]
    lanes:
      - [0, 5, {}]
      - [0, 1, {speed_limit: [3, fast], graph_idx: [2, -1]}]
`)}}, "b.yaml")
	var ps maps.Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	for _, want := range []string{"b.yaml:3: reference_level_name", "b.yaml:7: levels.L1.vertices[0]", "b.yaml:8: levels.L1.vertices[1]", "b.yaml:10: levels.L1.lanes[0][1]", "b.yaml:11: levels.L1.lanes[1]: speed_limit", "b.yaml:11: levels.L1.lanes[1]: graph_idx"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nobody says %s:\n%v", want, err)
		}
	}
}

func FuzzBuilding(f *testing.F) {
	f.Add([]byte("name: b\nlevels:\n  L1:\n    vertices: [[0, 1, 0, a, {is_charger: [4, true]}], [5, 5, 0, b]]\n    lanes: [[0, 1, {bidirectional: [4, true]}]]\n    doors: [[0, 1, {name: [1, d]}]]\n    measurements: [[0, 1, {distance: [3, 2]}]]\n    fiducials: [[1, 2, f]]\n"))
	f.Add([]byte("name: b\ncoordinate_system: wgs84\nparameters: {generate_crs: [1, 'EPSG:3414']}\nlevels: {a: {vertices: [[103, 1, 0, x]], lanes: [[0, 0]]}}"))
	f.Add([]byte("coordinate_system: web_mercator\nlevels: {a: {vertices: [[200, 127, 0, origin], [200, 127.00001, 0, 7]], lanes: [[0, 1, {mutex: m}]]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Read(fstest.MapFS{"b.yaml": {Data: data}}, "b.yaml")
		var ps maps.Problems
		if err != nil {
			if !errors.As(err, &ps) || len(ps) == 0 || ps[0].Message == "" {
				t.Fatalf("error is no list of problems: %v", err)
			}
			return
		}
		for _, l := range b.Levels {
			layout, _ := l.Layout()
			for _, n := range layout.Nodes {
				if math.IsNaN(n.NodePosition.X) || math.IsInf(n.NodePosition.Y, 0) {
					t.Fatalf("node %q has no place", n.NodeID)
				}
			}
		}
	})
}
