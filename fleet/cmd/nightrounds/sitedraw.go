package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draw"
)

type siteDrawCmd struct {
	Place      string  `arg:"" help:"Site folder, 'sample', a ROS map's YAML file, or a LIF file."`
	SVG        string  `name:"svg" help:"File to write as SVG; with several halls each gets its id before the ending."`
	PNG        string  `name:"png" help:"File to write as PNG, likewise."`
	Graph      bool    `help:"Draw the route graph." default:"true" negatable:""`
	Viewpoints bool    `help:"Draw from where each rack face is looked at."`
	Scale      float64 `help:"Pixels a m; what makes racks readable when left out."`
}

func (c *siteDrawCmd) Run() error {
	if c.SVG == "" && c.PNG == "" {
		return fmt.Errorf("%w: say where to draw: --svg FILE, --png FILE or both", errUsage)
	}
	s, err := c.site()
	if err != nil {
		return fmt.Errorf("%w:\n%w", errUsage, err)
	}
	for _, w := range s.Warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	for _, h := range s.Halls {
		o := draw.Options{Title: title(s, h), Graph: c.Graph, PixelsPerM: c.Scale}
		if c.Viewpoints {
			o.Viewpoints = s.Viewpoints()
		}
		p, err := draw.Hall(h, o)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, out := range []struct {
			name  string
			write func(io.Writer) error
		}{{c.SVG, p.SVG}, {c.PNG, p.PNG}} {
			if out.name == "" {
				continue
			}
			if err := save(nameFor(out.name, s, h), out.write); err != nil {
				return err
			}
		}
	}
	return nil
}

func title(s *maps.Site, h *maps.Hall) string {
	if s.Name == "" || s.Name == h.ID {
		return h.ID
	}
	return s.Name + ", " + h.ID
}

// nameFor puts the hall's id before a file's ending when there are several halls.
func nameFor(name string, s *maps.Site, h *maps.Hall) string {
	if len(s.Halls) < 2 {
		return name
	}
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + h.ID + ext
}

// save writes a file and says so.
func save(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Println(name)
	return nil
}

// site reads what is to be drawn. A site folder need not be in order: a picture shows what is wrong with it.
func (c *siteDrawCmd) site() (*maps.Site, error) {
	if c.Place == "sample" {
		return maps.LoadPlace(maps.Sample())
	}
	info, err := os.Stat(c.Place)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return maps.LoadRough(os.DirFS(c.Place))
	}
	dir, base := filepath.Split(c.Place)
	if dir == "" {
		dir = "."
	}
	h := &maps.Hall{ID: base}
	s := &maps.Site{Halls: []*maps.Hall{h}}
	switch strings.ToLower(filepath.Ext(base)) {
	case ".yaml", ".yml":
		h.Floor, s.Warnings, err = maps.ReadGrid(os.DirFS(dir), base)
	case ".json", ".lif":
		h.Graph, s.Warnings, err = maps.ReadGraph(os.DirFS(dir), base, maps.GraphOptions{})
	default:
		err = fmt.Errorf("%s is no site folder, ROS map (.yaml) or LIF file (.json)", c.Place)
	}
	return s, err
}
