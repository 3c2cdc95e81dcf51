package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draft"
)

type siteDraftCmd struct {
	Dir         string   `arg:"" help:"Site folder; its route graphs and aisles are written anew."`
	RobotWidth  float64  `help:"Of the largest robot, m; the site's, or 0.6, when left out."`
	RobotLength float64  `help:"Of the largest robot, m; the site's, or 0.8, when left out."`
	Dock        []string `help:"Where a dock stands, as x,y in m; can be given several times. Those of site.yaml, or free places at walls, when left out." sep:"none"`
	Docks       int      `help:"How many places for docks to look for; one for each 50 racks, at least two, when left out."`
	TwoWay      bool     `help:"Leave lanes two-way where two robots cannot pass."`
	Force       bool     `help:"Replace a route graph that was not drafted."`
}

func (c *siteDraftCmd) Run() error {
	s, err := maps.LoadPlace(os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("%w:\n%w", errUsage, err)
	}
	o, err := c.options(s)
	if err != nil {
		return err
	}
	files, lost, err := c.files(s, o)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := durable.WriteFile(filepath.Join(c.Dir, f.name), f.data, 0o600); err != nil {
			return fmt.Errorf("write the draft: %w", err)
		}
	}
	if lost > 0 {
		return fmt.Errorf("%w: the draft is written, but %d things could not be had: see above", errUsage, lost)
	}
	return nil
}

// options reads the flags, and where docks shall stand.
func (c *siteDraftCmd) options(s *maps.Site) (draft.Options, error) {
	o := draft.Options{DockCount: c.Docks, TwoWay: c.TwoWay}
	robot := maps.DefaultFootprint
	if s.Robot != nil {
		robot = *s.Robot
	}
	if c.RobotWidth != 0 {
		robot.WidthM = c.RobotWidth
	}
	if c.RobotLength != 0 {
		robot.LengthM = c.RobotLength
	}
	if !(robot.WidthM >= 0.1 && robot.WidthM <= 3 && robot.LengthM >= 0.1 && robot.LengthM <= 3) {
		return o, fmt.Errorf("%w: a robot of %g x %g m: want 0.1 to 3 m", errUsage, robot.WidthM, robot.LengthM)
	}
	o.Robot = robot
	if len(c.Dock) > 0 && len(s.Halls) > 1 {
		return o, fmt.Errorf("%w: --dock needs a site of one hall: give the docks of each hall in %s", errUsage, maps.SiteFile)
	}
	for i, text := range c.Dock {
		first, second, _ := strings.Cut(text, ",")
		x, err1 := strconv.ParseFloat(strings.TrimSpace(first), 64)
		y, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
		if err1 != nil || err2 != nil {
			return o, fmt.Errorf("%w: --dock %q: want x,y in m, as 1.5,-2", errUsage, text)
		}
		o.Docks = append(o.Docks, maps.DockPlace{ID: fmt.Sprintf("dock-%d", i+1), X: x, Y: y})
	}
	return o, nil
}

// A file is one to write into the site folder.
type file struct {
	name string
	data []byte
}

// files drafts each hall, tells what came of it, and returns the files to write.
func (c *siteDraftCmd) files(s *maps.Site, o draft.Options) (out []file, lost int, err error) {
	site, err := os.ReadFile(filepath.Join(c.Dir, maps.SiteFile))
	if err != nil {
		return nil, 0, fmt.Errorf("draft: %w", err)
	}
	layouts, order := map[string][]maps.LIFLayout{}, []string(nil)
	for _, h := range s.Halls {
		p, err := draft.Hall(s, h, o)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
		}
		if layouts[h.GraphFile] == nil {
			order = append(order, h.GraphFile)
		}
		layouts[h.GraphFile] = append(layouts[h.GraphFile], p.Layout)
		if site, err = draft.WithAisles(site, h.ID, p.Aisles); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
		}
		lost += tell(h, p)
	}
	for _, name := range order {
		data, err := c.graph(s, name, layouts[name])
		if err != nil {
			return nil, 0, err
		}
		out = append(out, file{name, data})
	}
	return append(out, file{maps.SiteFile, site}), lost, nil
}

// tell prints what was drafted, and what could not be; it returns how much that is.
func tell(h *maps.Hall, p *draft.Plan) (lost int) {
	for _, u := range p.Unreached {
		fmt.Println("unreached:", u)
	}
	for _, l := range p.Lost {
		fmt.Println("missing:", l)
	}
	fmt.Printf("hall %q: %d nodes, %d edges, %d docks; %d lanes, %d of them one-way, %d beside another to pass on\n",
		h.ID, len(p.Layout.Nodes), len(p.Layout.Edges), len(p.Layout.Stations), p.Lanes, p.OneWay, p.Pairs)
	return len(p.Unreached) + len(p.Lost)
}

// graph encodes a graph's file; one that says the same as before keeps its time, and so its bytes.
func (c *siteDraftCmd) graph(s *maps.Site, name string, layouts []maps.LIFLayout) ([]byte, error) {
	now := time.Now()
	old, err := os.ReadFile(filepath.Join(c.Dir, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return draft.Encode(s.Name, layouts, now)
	case err != nil:
		return nil, fmt.Errorf("draft: %w", err)
	}
	var before maps.LIF
	if json.Unmarshal(old, &before) != nil || !draft.Drafted(&before) {
		if !c.Force {
			return nil, fmt.Errorf("%w: %s was not drafted, and would be lost: move it away, or say --force", errUsage, filepath.Join(c.Dir, name))
		}
		return draft.Encode(s.Name, layouts, now)
	}
	if at, err := time.Parse(time.RFC3339, before.MetaInformation.ExportTimestamp); err == nil {
		if same, err := draft.Encode(s.Name, layouts, at); err == nil && bytes.Equal(same, old) {
			return same, nil
		}
	}
	return draft.Encode(s.Name, layouts, now)
}
