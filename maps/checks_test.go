package maps_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
)

// sample reads the sample site into memory, so that a test can damage it.
func sample(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"site.yaml", "floor.yaml", "floor.pgm", "graph.lif.json"} {
		data, err := fs.ReadFile(maps.Sample(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// regraph changes the sample's route graph.
func regraph(t testing.TB, files fstest.MapFS, change func(*maps.LIFLayout)) {
	t.Helper()
	var l maps.LIF
	if err := json.Unmarshal(files["graph.lif.json"].Data, &l); err != nil {
		t.Fatal(err)
	}
	change(&l.Layouts[0])
	data, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	files["graph.lif.json"] = &fstest.MapFile{Data: data}
}

func without(l *maps.LIFLayout, ids ...string) {
	l.Edges = slices.DeleteFunc(l.Edges, func(e maps.LIFEdge) bool { return slices.Contains(ids, e.EdgeID) })
}

// paint fills a box of the sample's floor, m, with a wall.
func paint(t testing.TB, files fstest.MapFS, x0, y0, x1, y1 float64) {
	t.Helper()
	data := bytes.Clone(files["floor.pgm"].Data)
	var width, height int
	head := bytes.Index(data, []byte("\n255\n")) + 5
	lines := strings.Split(string(data[:head]), "\n")
	if _, err := fmt.Sscan(lines[2], &width, &height); err != nil {
		t.Fatal(err)
	}
	for row := range height {
		for col := range width {
			x, y := -2+(float64(col)+0.5)*0.05, -0.5+(float64(height-1-row)+0.5)*0.05
			if x > x0 && x < x1 && y > y0 && y < y1 {
				data[head+row*width+col] = 0
			}
		}
	}
	files["floor.pgm"] = &fstest.MapFile{Data: data}
}

func problems(t testing.TB, files fstest.MapFS) maps.Problems {
	t.Helper()
	_, err := maps.Load(files)
	var ps maps.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("no fault found: %v", err)
	}
	return ps
}

func warnings(t testing.TB, files fstest.MapFS) maps.Problems {
	t.Helper()
	s, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s.Warnings
}

// only fails unless there are so many problems and the first reads so.
func only(t testing.TB, ps maps.Problems, count int, want string) {
	t.Helper()
	if len(ps) != count || !regexp.MustCompile(want).MatchString(ps[0].String()) {
		t.Errorf("got %d:\n%v\nwant %d, the first as %s", len(ps), ps, count, want)
	}
}

func TestGraphInPiecesIsToldOnce(t *testing.T) {
	files := sample(t)
	regraph(t, files, func(l *maps.LIFLayout) { without(l, "w3_a3-01", "a3-01_w3", "e3_a3-12", "a3-12_e3") })
	only(t, problems(t, files), 1, `^graph\.lif\.json:\d+: node "a3-01" and 11 others .* graph is in pieces, and 24 faces`)
}

func TestWallBeforeAFaceIsNamed(t *testing.T) {
	files := sample(t)
	paint(t, files, 2, 1.5, 3.2, 1.6)
	only(t, problems(t, files), 2, `^site\.yaml:\d+: .* rear of rack "A01" cannot be seen from node "a0-01": at 2\.30, 1\.5\d a wall or door`)
}

func TestDockBehindADockIsRefused(t *testing.T) {
	files := sample(t)
	regraph(t, files, func(l *maps.LIFLayout) {
		n := l.Nodes[slices.IndexFunc(l.Nodes, func(n maps.LIFNode) bool { return n.NodeID == "dock-1" })]
		n.NodeID, n.NodePosition = "dock-9", &maps.LIFPosition{X: -1.4, Y: 2.55}
		l.Nodes = append(l.Nodes, n)
		l.Stations = append(l.Stations, maps.LIFStation{StationID: "dock-9", InteractionNodeIDs: []string{"dock-9"}})
		e := l.Edges[0]
		for _, ends := range [][2]string{{"dock-9", "dock-1"}, {"dock-1", "dock-9"}} {
			e.EdgeID, e.StartNodeID, e.EndNodeID = ends[0]+"_"+ends[1], ends[0], ends[1]
			l.Edges = append(l.Edges, e)
		}
	})
	only(t, problems(t, files), 1, `^graph\.lif\.json:\d+: station "dock-9" is a dock behind another dock`)
}

func TestDockOnTheOnlyWayIsWarnedOf(t *testing.T) {
	files := sample(t)
	regraph(t, files, func(l *maps.LIFLayout) {
		without(l, "e4_a4-12", "a4-12_e4")
		for i := range l.Nodes {
			if n := &l.Nodes[i]; n.NodeID == "a4-06" {
				n.VehicleTypeNodeProperties[0].Actions = []maps.LIFAction{{ActionType: "startCharging"}}
			}
		}
		l.Stations = append(l.Stations, maps.LIFStation{StationID: "mid", InteractionNodeIDs: []string{"a4-06"}})
	})
	only(t, warnings(t, files), 1, `^graph\.lif\.json:\d+: station "mid" stands in the way: .* a4-07, a4-08`)
}

func TestRobotWiderThanItsAisleIsToldWithTheWidth(t *testing.T) {
	files := sample(t)
	paint(t, files, 4, 1.4, 7, 1.6)
	edit(t, files, "site.yaml", "patrol:", "robot: {width_m: 0.9, length_m: 1.2}\npatrol:")
	ps := problems(t, files)
	if !slices.ContainsFunc(ps, func(p maps.Problem) bool {
		return strings.Contains(p.Message, "is too narrow: the free floor is 1.40 m wide") && p.File == "graph.lif.json" && p.Line > 0
	}) {
		t.Errorf("got\n%v", ps)
	}
	files = sample(t)
	edit(t, files, "site.yaml", "patrol:", "robot: {width_m: 0.9, length_m: 2}\npatrol:")
	ps = problems(t, files)
	if len(ps) != 60 || !strings.Contains(ps[0].Message, "turns in a circle of radius 1.10 m") {
		t.Errorf("%d problems:\n%v", len(ps), ps[0])
	}
}

func TestIntervalShorterThanTheLookIsRefused(t *testing.T) {
	files := sample(t)
	edit(t, files, "site.yaml", "vertical_fov_deg: 55, mast_min_m: 0.4, mast_max_m: 1.8", "vertical_fov_deg: 14, mast_min_m: 0.1, mast_max_m: 2.2")
	edit(t, files, "site.yaml", "revisit_interval: 30m", "revisit_interval: 1m")
	only(t, problems(t, files), 96, `^site\.yaml:\d+: .* front of rack "A01" shall be looked at every 1m0s, but its \d+ looks of 12s take`)
}

func TestWrongOriginOrScaleIsToldWithABetterOne(t *testing.T) {
	for to, want := range map[string]string{
		"origin: [0.5, 1.5, 0]":  `origin: \[-[12]\.\d\d, -0\.\d\d, 0\]`,
		"origin: [-2, 0.75, 0]":  `origin: \[-2\.\d\d, -0\.\d\d, 0\]`,
		"origin: [-2, -7.5, 0]":  `origin: \[-[12]\.\d\d, -?\d\.\d\d, 0\]`,
		"origin: [-50, -7.5, 0]": `no other origin within 10 m fits`,
	} {
		files := sample(t)
		edit(t, files, "floor.yaml", "origin: [-2, -0.5, 0]", to)
		ps := problems(t, files)
		i := slices.IndexFunc(ps, func(p maps.Problem) bool {
			return p.File == "site.yaml" && strings.Contains(p.Message, "stand in walls")
		})
		if i < 0 || !regexp.MustCompile(want).MatchString(ps[i].Message) {
			t.Errorf("%s: got %d problems, want %s:\n%v", to, len(ps), want, ps[max(i, 0)])
		}
	}
	files := sample(t)
	edit(t, files, "floor.yaml", "resolution: 0.05", "resolution: 0.025")
	ps := problems(t, files)
	i := slices.IndexFunc(ps, func(p maps.Problem) bool { return strings.Contains(p.Message, "stand in walls") })
	if i < 0 || !strings.Contains(ps[i].Message, "resolution: 0.05") {
		t.Errorf("got %v", ps[max(i, 0)])
	}
}

func TestSolidDoorIsWarnedOf(t *testing.T) {
	files := sample(t)
	edit(t, files, "site.yaml", "            devices:\n", "            doors: [{face: rear, kind: solid, hinge: left}]\n            devices:\n")
	only(t, warnings(t, files), 1, `rear of rack "A01" is behind a solid door`)
}
