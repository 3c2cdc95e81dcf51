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

// TestSiteCheckReadsTheMachinesAndTheSendersOfAlarms: without the credentials, which are the controller's alone.
func TestSiteCheckReadsTheMachinesAndTheSendersOfAlarms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	if err := (&siteCopyCmd{Dir: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("machines.yaml", "redfish:\n  - {id: b, device: A01-srv-03, address: 'https://h', login: {user_env: NOT_SET_U, password_env: NOT_SET_P}}\n")
	write("inbound.yaml", "sources:\n  - {id: prom, kind: alertmanager, token_env: NOT_SET_T}\n  - {id: hook, kind: webhook, secret_env: NOT_SET_S}\n")
	write("runbooks.yaml", "runbooks:\n  - id: b\n    faults: [disk-failed]\n    steps:\n      - {name: off, outlet: {act: 'off', port: psu1}, timeout: 1m, settle: 1s}\n")
	out := printed(t, (&siteCheckCmd{Dir: dir}).Run)
	for _, want := range []string{"1 sources to ask, 2 senders of alarms", "NOT_SET_P", "NOT_SET_T", `runbooks.yaml:5: step "off"`} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	write("machines.yaml", "redfish:\n  - {id: b, device: nowhere, address: 'https://h', login: {user_env: U, password_env: P}}\n")
	write("inbound.yaml", "sources:\n  - {id: prom, kind: carrier-pigeon}\n")
	err := (&siteCheckCmd{Dir: dir}).Run()
	for _, want := range []string{"machines.yaml:2:", "inbound.yaml:2:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
