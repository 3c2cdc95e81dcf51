package draft_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draw"
)

// A room is a hall that a test builds: its outline is free, walls and racks are not. The whole may be turned.
type room struct {
	wide, high float64 // m
	turnRad    float64
	walls      [][4]float64 // x0, y0, x1, y1
	rows       []row
	cell       float64 // 0 is 0.05 m
	extra      string  // of site.yaml, before the halls
	docks      string  // of the hall
}

// A row stands along x; its racks' fronts look up, or down.
type row struct {
	id    string
	x, y  float64 // of its lower left corner
	racks int
	down  bool
	skip  int     // the rack that is left out, from 1
	depth float64 // 0 is 1.1 m
	tall  bool    // 47 U; else 42
}

const rackWide = 0.6

// files writes the room as a site folder without a route graph.
func (r room) files() fstest.MapFS {
	if r.cell == 0 {
		r.cell = 0.05
	}
	sin, cos := math.Sincos(r.turnRad)
	var site bytes.Buffer
	site.WriteString("id: room\nname: Room\noptics: {vertical_fov_deg: 55, mast_min_m: 0.4, mast_max_m: 1.8, near_m: 0.6, far_m: 1.6}\npatrol: {revisit_interval: 30m}\n" + r.extra)
	site.WriteString("rack_types:\n")
	for _, w := range r.rows {
		units := 42
		if w.tall {
			units = 47
		}
		fmt.Fprintf(&site, "  - {id: t%s, u_height: %d, width_m: 0.6, depth_m: %g, base_m: 0.1}\n", w.id, units, w.deep())
	}
	site.WriteString("halls:\n  - id: h\n    floor: floor.yaml\n    graph: graph.lif.json\n" + r.docks + "    rows:\n")
	for _, w := range r.rows {
		fmt.Fprintf(&site, "      - id: %s\n        racks:\n", w.id)
		theta := 90 + r.turnRad*180/math.Pi
		if w.down {
			theta -= 180
		}
		for i := range w.racks {
			if i+1 == w.skip {
				continue
			}
			x, y := w.x+(float64(i)+0.5)*rackWide, w.y+w.deep()/2
			fmt.Fprintf(&site, "          - {id: %s%02d, type: t%s, x: %.5f, y: %.5f, theta_deg: %.5f, ashrae_class: A2}\n", w.id, i+1, w.id, x*cos-y*sin, x*sin+y*cos, theta)
		}
	}
	pgm := r.pgm()
	return fstest.MapFS{
		"site.yaml": {Data: site.Bytes()}, "floor.pgm": {Data: pgm},
		"floor.yaml": {Data: fmt.Appendf(nil, "image: floor.pgm\nresolution: %g\norigin: [%.6f, %.6f, %.6f]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n",
			r.cell, -cos*0.2+sin*0.2, -sin*0.2-cos*0.2, r.turnRad)},
	}
}

func (w row) deep() float64 {
	if w.depth == 0 {
		return 1.1
	}
	return w.depth
}

func (r room) pgm() []byte {
	width, height := int(math.Round((r.wide+0.4)/r.cell)), int(math.Round((r.high+0.4)/r.cell))
	var b bytes.Buffer
	fmt.Fprintf(&b, "P5\n%d %d\n255\n", width, height)
	for i := height - 1; i >= 0; i-- {
		y := (float64(i)+0.5)*r.cell - 0.2
		for j := range width {
			x := (float64(j)+0.5)*r.cell - 0.2
			if x > 0 && y > 0 && x < r.wide && y < r.high && !r.solid(x, y) {
				b.WriteByte(254)
			} else {
				b.WriteByte(0)
			}
		}
	}
	return b.Bytes()
}

func (r room) solid(x, y float64) bool {
	for _, w := range r.walls {
		if x > w[0] && x < w[2] && y > w[1] && y < w[3] {
			return true
		}
	}
	for _, w := range r.rows {
		if i := int((x - w.x) / rackWide); x > w.x && i < w.racks && i+1 != w.skip && y > w.y && y < w.y+w.deep() {
			return true
		}
	}
	return false
}

// picture draws what was drafted into the folder DRAFT_PICTURES, for a person.
func picture(t testing.TB, files fstest.MapFS) {
	t.Helper()
	dir := os.Getenv("DRAFT_PICTURES")
	if dir == "" {
		return
	}
	s, err := maps.LoadPlace(files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := draw.Hall(s.Halls[0], draw.Options{Title: t.Name(), Graph: true, Viewpoints: s.Viewpoints()})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := p.PNG(f); err != nil {
		t.Fatal(err)
	}
}
