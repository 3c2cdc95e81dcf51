package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestImportTakesFilesFoldersAndHalls(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"lib/a.yaml", "lib/.hidden/b.yaml", "lib/c.png", "lib/deep/d.CSV", "racks.csv", "x=y.csv"} {
		name := filepath.Join(dir, filepath.FromSlash(f))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	c := siteImportCmd{Files: []string{"lib", "north=racks.csv", "x=y.csv"}}
	all, err := c.inputs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range all {
		got = append(got, in.Hall+":"+in.Path)
	}
	if s := strings.Join(got, " "); s != ":lib/a.yaml :lib/deep/d.CSV north:racks.csv :x=y.csv" {
		t.Errorf("inputs are %s", s)
	}
	if _, err := (&siteImportCmd{Files: []string{"nowhere.csv"}}).inputs(); err == nil || !strings.Contains(err.Error(), "nowhere.csv") {
		t.Errorf("a file that does not exist: %v", err)
	}
}

func TestImportWritesTheFolderOrNothing(t *testing.T) {
	dir := t.TempDir()
	racks := filepath.Join(dir, "racks.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(racks, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	into := filepath.Join(dir, "my-site")
	c := siteImportCmd{Files: []string{racks}, Into: into}
	write("name,row,x,y,theta,u_height\nA01,A,nine,2,90,42\n")
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `racks.csv:2: x: want a number, got "nine"`) {
		t.Errorf("error: %v", err)
	}
	write("name,row,x,y,theta,u_height\nA01,A,9,2,90,42\n")
	c.DryRun = true
	if err := c.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(into); !os.IsNotExist(err) {
		t.Errorf("a folder is there after a fault and a dry run: %v", err)
	}
	c.DryRun = false
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(into, "site.yaml"))
	if err != nil || !strings.Contains(string(text), "id: \"my-site\"") || !strings.Contains(string(text), "x: 9\n") {
		t.Errorf("%s, %v", text, err)
	}
	c.NetBox, c.NetBoxToken = "https://netbox.example", "NIGHTROUNDS_TEST_NO_TOKEN"
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "NIGHTROUNDS_TEST_NO_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
}
