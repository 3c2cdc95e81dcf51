package maps_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
)

// told fails when a refusal has no reason, or a fault no file.
func told(t *testing.T, err error) {
	t.Helper()
	var ps maps.Problems
	if err == nil {
		return
	}
	if !errors.As(err, &ps) || len(ps) == 0 {
		t.Fatalf("error is no list of problems: %v", err)
	}
	for _, p := range ps {
		if p.File == "" || p.Message == "" || strings.Contains(p.String(), "\n") {
			t.Errorf("problem without file or message, or of many lines: %q", p.String())
		}
	}
}

func FuzzSite(f *testing.F) {
	files := folder(f, "testdata/small")
	f.Add(files["site.yaml"].Data)
	f.Add(folder(f, "testdata/bad/many")["site.yaml"].Data)
	f.Add(withPortals(f,
		`{id: in, kind: airlock, room: lock, edges: [[dock, w1]], opens_in: 5s, http: {command: "http://a/b", values: [{says: "1", means: open}]}}`,
		`{id: out, kind: airlock, room: lock, edges: [[w1, w2]], opens_in: 5s, modbus: {address: "tcp://a:502", coil: 3, is_open: 10, is_shut: 11}}`,
	)["site.yaml"].Data)
	f.Add([]byte("a: &a [*a, *a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := maps.Load(fstest.MapFS{
			"site.yaml": {Data: data}, "floor.yaml": files["floor.yaml"], "floor.pgm": files["floor.pgm"], "graph.lif.json": files["graph.lif.json"],
		})
		told(t, err)
	})
}

func FuzzGraph(f *testing.F) {
	f.Add(folder(f, "testdata/small")["graph.lif.json"].Data)
	f.Add([]byte(`{"metaInformation":{"lifVersion":"1.0"},"layouts":[{"nodes":[{"nodeId":"a","nodePosition":{"x":"1","y":2}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, _, err := maps.ReadGraph(fstest.MapFS{"g.json": {Data: data}}, "g.json", maps.GraphOptions{})
		told(t, err)
		if err == nil {
			for _, n := range g.Nodes() {
				g.Distances(n.ID, nil)
				break
			}
		}
	})
}

func FuzzGrid(f *testing.F) {
	files := folder(f, "testdata/small")
	f.Add(files["floor.yaml"].Data, files["floor.pgm"].Data)
	f.Add([]byte("image: floor.pgm\nmode: raw\n"+plain), []byte("P5 2 2 65535\n12345678"))
	f.Fuzz(func(t *testing.T, yaml, pgm []byte) {
		g, _, err := maps.ReadGrid(fstest.MapFS{"floor.yaml": {Data: yaml}, "floor.pgm": {Data: pgm}}, "floor.yaml")
		told(t, err)
		if err == nil {
			g.Free(g.CellCentre(0, 0))
		}
	})
}

func FuzzUnpack(f *testing.F) {
	data, _, err := maps.Pack(folder(f, "testdata/small"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(zipped(f, "../a", "b"))
	f.Add(zipped(f, ".", "b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := maps.Unpack(data)
		if err != nil {
			return
		}
		if _, _, err := maps.Pack(files); err != nil {
			t.Errorf("what was unpacked cannot be packed: %v", err)
		}
	})
}
