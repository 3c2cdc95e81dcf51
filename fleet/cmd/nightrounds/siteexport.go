package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/export"
)

type siteExportCmd struct {
	Dir     string `arg:"" help:"Site folder, or 'sample'."`
	LIF     string `name:"lif" help:"File to write the route graphs to, as LIF 1.0."`
	GeoJSON string `name:"geojson" help:"File to write racks, graphs and viewpoints to, as GeoJSON in m of the hall frame."`
}

func (c *siteExportCmd) Run() error {
	if c.LIF == "" && c.GeoJSON == "" {
		return fmt.Errorf("%w: say what to write: --lif FILE, --geojson FILE or both", errUsage)
	}
	fsys := os.DirFS(c.Dir)
	if c.Dir == "sample" {
		fsys = maps.Sample()
	}
	s, err := maps.Load(fsys)
	if err != nil {
		return fmt.Errorf("%w:\n%w", errUsage, err)
	}
	if c.LIF != "" {
		data, notes, err := export.LIF(fsys, s, time.Now())
		if err != nil {
			return err
		}
		for _, n := range notes {
			fmt.Fprintln(os.Stderr, "note:", n)
		}
		if err := save(c.LIF, plain(data)); err != nil {
			return err
		}
	}
	if c.GeoJSON == "" {
		return nil
	}
	data, err := export.GeoJSON(s)
	if err != nil {
		return err
	}
	return save(c.GeoJSON, plain(data))
}

// plain writes bytes as they are.
func plain(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}
