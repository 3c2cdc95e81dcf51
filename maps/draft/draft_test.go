package draft_test

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draft"
)

var stamp = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// copyOf reads a folder into memory.
func copyOf(t testing.TB, from fs.FS) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(from, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, p)
		files[p] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// drafted drafts the only hall of a folder and writes the graph and the aisles into it.
func drafted(t tb, files fstest.MapFS, o draft.Options) *draft.Plan {
	t.Helper()
	s, err := maps.LoadPlace(files)
	if err != nil {
		t.Fatal(err)
	}
	h := s.Halls[0]
	p, err := draft.Hall(s, h, o)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := draft.Encode(s.Name, []maps.LIFLayout{p.Layout}, stamp)
	if err != nil {
		t.Fatal(err)
	}
	site, err := draft.WithAisles(files["site.yaml"].Data, h.ID, p.Aisles)
	if err != nil {
		t.Fatal(err)
	}
	files[h.GraphFile] = &fstest.MapFile{Data: graph}
	files["site.yaml"] = &fstest.MapFile{Data: site}
	return p
}

func TestSampleIsDraftedAsWellAsByHand(t *testing.T) {
	files := copyOf(t, maps.Sample())
	byHand, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "graph.lif.json")
	p := drafted(t, files, draft.Options{})
	if len(p.Unreached) > 0 || len(p.Lost) > 0 {
		t.Errorf("unreached %v, lost %v", p.Unreached, p.Lost)
	}
	s, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if n, want := len(s.Viewpoints()), len(byHand.Viewpoints()); n != want {
		t.Errorf("%d viewpoints, %d by hand", n, want)
	}
	if len(s.Warnings) > 0 {
		t.Errorf("warnings: %v", s.Warnings)
	}
	first := bytes.Clone(files["graph.lif.json"].Data)
	site := bytes.Clone(files["site.yaml"].Data)
	drafted(t, files, draft.Options{})
	if !bytes.Equal(first, files["graph.lif.json"].Data) || !bytes.Equal(site, files["site.yaml"].Data) {
		t.Error("a second draft differs")
	}
}
