package draw_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draw"
)

func sample(t testing.TB) (*maps.Site, *draw.Picture) {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	p, err := draw.Hall(s.Halls[0], draw.Options{Graph: true, Viewpoints: s.Viewpoints()})
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

// texts returns what an SVG says, and fails when it is not well-formed.
func texts(t testing.TB, svg []byte) map[string]int {
	t.Helper()
	said := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(svg))
	inText := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
		case xml.CharData:
			if inText {
				said[string(e)]++
			}
		case xml.EndElement:
			inText = false
		}
	}
}

func TestEveryRackDockAndNodeIsNamed(t *testing.T) {
	s, p := sample(t)
	var b bytes.Buffer
	if err := p.SVG(&b); err != nil {
		t.Fatal(err)
	}
	said := texts(t, b.Bytes())
	for _, r := range s.Racks() {
		if said[r.ID] != 1 {
			t.Errorf("rack %s is named %d times", r.ID, said[r.ID])
		}
	}
	for _, n := range s.Halls[0].Graph.Nodes() {
		if said[n.ID] != 1 {
			t.Errorf("node %s is named %d times", n.ID, said[n.ID])
		}
	}
	for _, want := range []string{"x, m", "y, m", "1 m", "dock", "0", "10", "hall-1"} {
		if said[want] == 0 {
			t.Errorf("nowhere is %q", want)
		}
	}
}

func TestSameHallGivesTheSameBytes(t *testing.T) {
	var first, second bytes.Buffer
	_, p := sample(t)
	_, q := sample(t)
	if p.SVG(&first) != nil || q.SVG(&second) != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two SVGs of one hall differ")
	}
}

// near reports whether a colour lies within some pixels of a hall point.
func near(img image.Image, p *draw.Picture, x, y float64, is func(r, g, b int) bool) bool {
	cx, cy := p.At(x, y)
	for dy := -5; dy <= 5; dy++ {
		for dx := -5; dx <= 5; dx++ {
			c := color.NRGBAModel.Convert(img.At(int(cx)+dx, int(cy)+dy)).(color.NRGBA)
			if is(int(c.R), int(c.G), int(c.B)) {
				return true
			}
		}
	}
	return false
}

func TestPNGShowsThingsWhereTheyAre(t *testing.T) {
	_, p := sample(t)
	var b bytes.Buffer
	if err := p.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		x, y float64
		is   func(r, g, b int) bool
	}{
		"wall":           {11.25, 7, func(r, g, b int) bool { return r < 80 && g < 80 && b < 90 }},
		"dock":           {-0.9, 2.55, func(r, g, b int) bool { return g > r+60 && g > b+30 }},
		"front of A03":   {3.5, 3.1, func(r, g, b int) bool { return b > r+100 }},
		"cross aisle":    {1, 6.4, func(r, g, b int) bool { return r > b+100 }},
		"free floor":     {10.7, 12, func(r, g, b int) bool { return r > 250 && g > 250 && b > 250 }},
		"behind a wall":  {-1, 12, func(r, g, b int) bool { return r > 195 && r < 225 && g-r < 8 }},
		"a look at D02r": {2.9, 12.9, func(r, g, b int) bool { return r > g+25 && b > g+25 }},
	} {
		if !near(img, p, c.x, c.y, c.is) {
			t.Errorf("%s is not drawn at %g, %g", name, c.x, c.y)
		}
	}
}

func TestNamesCannotBreakTheSVG(t *testing.T) {
	g, err := maps.NewGraph([]maps.Node{{ID: `a<b>&"'` + "\x01\xff"}, {ID: "far", X: 3, Y: 1}}, []maps.Edge{{ID: "e", Start: "far", End: `a<b>&"'` + "\x01\xff"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := draw.Hall(&maps.Hall{ID: "<h>", Graph: g}, draw.Options{Graph: true})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.SVG(&b); err != nil {
		t.Fatal(err)
	}
	if said := texts(t, b.Bytes()); said["far"] != 1 {
		t.Errorf("said %v", said)
	}
}

func TestNothingToDrawIsSaid(t *testing.T) {
	if _, err := draw.Hall(&maps.Hall{ID: "h"}, draw.Options{}); err == nil || !strings.Contains(err.Error(), "nothing to draw") {
		t.Errorf("error %v", err)
	}
}

// Maps and layouts that nobody here drew.
func TestForeignMapsAndLayoutsAreDrawn(t *testing.T) {
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "sched")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared data is not here: %v", err)
	}
	drawn := 0
	for _, pattern := range []string{"ros_maps/*.yaml", "patrol_graphs/*.yaml", "lif/*ex*.json"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			h := &maps.Hall{ID: filepath.Base(name)}
			var err error
			if filepath.Ext(name) == ".yaml" {
				h.Floor, _, err = maps.ReadGrid(os.DirFS(filepath.Dir(name)), h.ID)
			} else {
				h.Graph, _, err = maps.ReadGraph(os.DirFS(filepath.Dir(name)), h.ID, maps.GraphOptions{})
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			p, err := draw.Hall(h, draw.Options{Graph: true, PixelsPerM: 0.4})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var svg bytes.Buffer
			if err := p.SVG(&svg); err != nil {
				t.Error(err)
			}
			texts(t, svg.Bytes())
			if img := p.Image(); img.Bounds().Dx() != p.Width || p.Width > 1000 {
				t.Errorf("%s: %d px wide", name, p.Width)
			}
			drawn++
		}
	}
	if drawn < 20 {
		t.Errorf("%d drawn", drawn)
	}
}
