package export_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/export"
)

var stamp = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// lifData returns the folder of LIF files of the shared data, or skips.
func lifData(t testing.TB) string {
	t.Helper()
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "sched", "lif")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared data is not here: %v", err)
	}
	return dir
}

// official returns the VDMA's schema.
func official(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(lifData(t), "LIF-1.0.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("lif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("lif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func satisfies(t testing.TB, schema *jsonschema.Schema, data []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
}

func TestExportedLIFSatisfiesTheOfficialSchema(t *testing.T) {
	schema := official(t)
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := export.LIF(maps.Sample(), s, stamp)
	if err != nil {
		t.Fatal(err)
	}
	satisfies(t, schema, data)
	again, _, err := maps.ReadGraph(fstest.MapFS{"x.json": {Data: data}}, "x.json", maps.GraphOptions{MapID: "hall-1"})
	if err != nil || len(again.Nodes()) != len(s.Halls[0].Graph.Nodes()) || len(again.Docks()) != 3 {
		t.Errorf("read back: %v", err)
	}
}

// None of the standard's own examples satisfies its schema; put right, all do.
func TestOfficialExamplesSatisfyTheSchemaOncePutRight(t *testing.T) {
	schema, dir := official(t), lifData(t)
	names, _ := filepath.Glob(filepath.Join(dir, "*ex*.json"))
	if len(names) < 14 {
		t.Fatalf("%d examples", len(names))
	}
	for _, name := range names {
		l, _, err := maps.ReadLIF(os.DirFS(dir), filepath.Base(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		notes := export.Normalize(l)
		if strings.Contains(name, "continua") && !strings.Contains(strings.Join(notes, " "), "degrees") {
			t.Errorf("%s: notes %v", name, notes)
		}
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(name), func(t *testing.T) { satisfies(t, schema, data) })
	}
}

func TestIdsOfTwoFilesAreKeptApart(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"a.json", "b.json"} {
		files[name] = &fstest.MapFile{Data: []byte(`{"metaInformation":{"lifVersion":"1.0.0"},"layouts":[{"layoutId":"l","nodes":[
			{"nodeId":"n1","nodePosition":{"x":0,"y":0}},{"nodeId":"n2","nodePosition":{"x":1,"y":0}}],
			"edges":[{"edgeId":"e","startNodeId":"n1","endNodeId":"n2"}],"stations":[{"stationId":"s","interactionNodeIds":["n2"]}]}]}`)}
	}
	s := &maps.Site{ID: "x", Halls: []*maps.Hall{{ID: "h1", GraphFile: "a.json"}, {ID: "h2", GraphFile: "b.json"}}}
	data, notes, err := export.LIF(files, s, stamp)
	if err != nil || len(notes) != 1 {
		t.Fatalf("notes %v, error %v", notes, err)
	}
	var l maps.LIF
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	if y := l.Layouts[1]; y.Edges[0].EndNodeID != "h2.n2" || y.Nodes[1].NodeID != "h2.n2" || y.Stations[0].InteractionNodeIDs[0] != "h2.n2" {
		t.Errorf("second layout %+v", y)
	}
	if _, _, err := maps.ReadGraph(fstest.MapFS{"x.json": {Data: data}}, "x.json", maps.GraphOptions{}); err != nil {
		t.Errorf("not one graph: %v", err)
	}
}

func TestGeoJSONSaysItsFrame(t *testing.T) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	data, err := export.GeoJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Type  string
		Frame struct{ Unit, Description string } `json:"nightrounds:frame"`

		Features []struct {
			ID       string
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
			Properties struct{ Kind string }
		}
	}
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	if c.Type != "FeatureCollection" || c.Frame.Unit != "m" || !strings.Contains(c.Frame.Description, "not longitude and latitude") {
		t.Errorf("head %+v", c.Frame)
	}
	kinds := map[string]int{}
	ids := map[string]bool{}
	for _, f := range c.Features {
		kinds[f.Properties.Kind]++
		if ids[f.ID] {
			t.Errorf("id %s twice", f.ID)
		}
		ids[f.ID] = true
		if f.Geometry.Type != "Polygon" {
			continue
		}
		var rings [][][2]float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &rings); err != nil || len(rings) != 1 || len(rings[0]) != 5 || rings[0][0] != rings[0][4] {
			t.Fatalf("%s: rings %v, %v", f.ID, rings, err)
		}
		area := 0.0 // above 0 when counter-clockwise
		for i := range 4 {
			a, b := rings[0][i], rings[0][i+1]
			area += (a[0]*b[1] - b[0]*a[1]) / 2
		}
		if area < 0.65 || area > 0.67 {
			t.Errorf("%s: area %g m², want 0.66", f.ID, area)
		}
	}
	g := s.Halls[0].Graph
	for kind, n := range map[string]int{"rack": 48, "dock": 3, "node": len(g.Nodes()) - 3, "edge": len(g.Edges()), "viewpoint": 192} {
		if kinds[kind] != n {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, n)
		}
	}
}

// Whatever decodes as LIF is put right without a panic, and stays right when that is done again.
func FuzzNormalize(f *testing.F) {
	sample, err := os.ReadFile("../sample/graph.lif.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample[:0])
	f.Add([]byte(`{"metaInformation":{"lifVersion":"0.11.0"},"layouts":[{"layoutId":"l","nodes":[{"nodeId":"a","nodePosition":{"x":0,"y":"1"},"vehicleTypeNodeProperties":[{"vehicleTypeId":"v","theta":90}]}],"edges":[{"edgeId":"e","startNodeId":"a","endNodeId":"a","vehicleTypeEdgeProperties":[{"trajectory":{"knotVector":[0,2],"controlPoints":[{"x":1,"y":1,"weight":0.5}]}}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, _, err := maps.ReadLIF(fstest.MapFS{"x.json": {Data: data}}, "x.json")
		if err != nil || l == nil {
			return
		}
		export.Normalize(l)
		once, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if notes := export.Normalize(l); len(notes) > 0 {
			t.Errorf("a second time changes more: %v", notes)
		}
		if twice, err := json.Marshal(l); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("a second time differs: %v\n%s\n%s", err, once, twice)
		}
	})
}
