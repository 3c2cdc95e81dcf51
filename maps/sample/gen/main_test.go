package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedSampleIsWhatIsGenerated(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"site.yaml", "floor.yaml", "floor.pgm", "graph.lif.json"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes (%v): run go generate ./maps", name, err)
		}
	}
}
