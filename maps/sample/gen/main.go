// Command gen writes the sample site: its floor, its route graph and its racks. The files are committed; a test
// proves that they are what this program writes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("o", ".", "folder to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// write writes all files of the sample site.
func write(dir string) error {
	h := newHall()
	graph, err := h.lif()
	if err != nil {
		return fmt.Errorf("write route graph: %w", err)
	}
	for name, data := range map[string][]byte{
		"site.yaml":      h.site(),
		"floor.yaml":     h.floorYAML(),
		"floor.pgm":      h.floorPGM(),
		"graph.lif.json": graph,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("write sample site: %w", err)
		}
	}
	return nil
}
