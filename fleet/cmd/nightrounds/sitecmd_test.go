package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

// ownSite is a copy of the sample site without its route graph.
func ownSite(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, maps.Sample()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "graph.lif.json")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDraftedSitePassesTheCheckAndIsDrawnAndExported(t *testing.T) {
	dir := ownSite(t)
	if err := (&siteDraftCmd{Dir: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	if err := (&siteCheckCmd{Dir: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	graph, site := read(t, dir, "graph.lif.json"), read(t, dir, "site.yaml")
	if err := (&siteDraftCmd{Dir: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	if read(t, dir, "graph.lif.json") != graph || read(t, dir, "site.yaml") != site {
		t.Error("a second draft changes files")
	}
	svg, png, lif, geo := filepath.Join(dir, "x.svg"), filepath.Join(dir, "x.png"), filepath.Join(dir, "x.lif.json"), filepath.Join(dir, "x.geojson")
	if err := (&siteDrawCmd{Place: dir, SVG: svg, PNG: png, Graph: true, Viewpoints: true}).Run(); err != nil {
		t.Error(err)
	}
	if err := (&siteExportCmd{Dir: dir, LIF: lif, GeoJSON: geo}).Run(); err != nil {
		t.Error(err)
	}
	for file, begin := range map[string]string{svg: "<svg", png: "\x89PNG", lif: "{", geo: "{"} {
		if !strings.HasPrefix(read(t, "", file), begin) {
			t.Errorf("%s does not begin with %q", file, begin)
		}
	}
}

func TestDraftLosesNobodysWork(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, maps.Sample()); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir, "graph.lif.json")
	err := (&siteDraftCmd{Dir: dir}).Run()
	if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--force") || read(t, dir, "graph.lif.json") != before {
		t.Errorf("error %v", err)
	}
	if err := (&siteDraftCmd{Dir: dir, Force: true}).Run(); err != nil {
		t.Fatal(err)
	}
	if after := read(t, dir, "graph.lif.json"); after == before || !strings.Contains(after, `"a0-01"`) {
		t.Error("nodes that stay where they are do not keep their ids")
	}
}

func TestBadDraftsChangeNothing(t *testing.T) {
	dir := ownSite(t)
	for _, c := range []siteDraftCmd{{Dock: []string{"1;2"}}, {RobotWidth: -1}, {RobotLength: 40}} {
		c.Dir = dir
		if err := c.Run(); !errors.Is(err, errUsage) {
			t.Errorf("%+v: error %v", c, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "graph.lif.json")); err == nil {
			t.Errorf("%+v wrote a graph", c)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
