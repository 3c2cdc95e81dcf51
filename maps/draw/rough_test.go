package draw_test

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draw"
)

// sampleFiles is the sample site as files that a test may change.
func sampleFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(maps.Sample(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(maps.Sample(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A picture shows what is wrong with a site: it must be there to be looked at.
func TestSiteOutOfOrderIsDrawnWithItsFaultsNamed(t *testing.T) {
	files := sampleFiles(t)
	delete(files, "floor.yaml")
	site := string(files["site.yaml"].Data)
	files["site.yaml"].Data = []byte(strings.Replace(site, "feeds: [A, B]", "feeds: [A, Z]", 1))
	s, err := maps.LoadRough(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Load(files); err == nil {
		t.Error("a site without its floor is loaded as if it were in order")
	}
	said := maps.Problems(s.Warnings).Error()
	for _, want := range []string{"floor", `feed "Z"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the warnings do not name %q:\n%s", want, said)
		}
	}
	picture, err := draw.Hall(s.Halls[0], draw.Options{Graph: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := picture.SVG(io.Discard); err != nil {
		t.Fatal(err)
	}
}

func FuzzRoughSite(f *testing.F) {
	files := sampleFiles(f)
	f.Add(files["site.yaml"].Data)
	f.Add([]byte("id: x\nhalls: [{id: h, rows: [{id: a, racks: [{id: r, type: t, x: 1e300, y: -1e300}]}]}]\nrack_types: [{id: t, width_m: -1, depth_m: 1e308, u_height: 42}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := fstest.MapFS{"site.yaml": {Data: data}, "graph.lif.json": files["graph.lif.json"]}
		s, err := maps.LoadRough(files)
		if err != nil {
			return
		}
		for _, h := range s.Halls {
			p, err := draw.Hall(h, draw.Options{Graph: true, PixelsPerM: 2})
			if err != nil {
				continue
			}
			if err := p.SVG(io.Discard); err != nil {
				t.Error(err)
			}
		}
	})
}
