package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// sources is a copy of the page's sources, elsewhere, with the installed packages linked in.
func sources(t *testing.T) string {
	t.Helper()
	packages, err := filepath.Abs("../ui/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "preact")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("npm's packages are not installed: npm ci in fleet/web/ui lets this test build the page")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "src"), os.DirFS("../ui/src")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tsconfig.json", "package.json"} {
		text, err := os.ReadFile(filepath.Join("..", "ui", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCommittedPageIsTheSourcesBuild(t *testing.T) {
	if _, err := os.Stat("../ui/node_modules/preact"); errors.Is(err, fs.ErrNotExist) {
		t.Skip("npm's packages are not installed: npm ci in fleet/web/ui lets this test build the page")
	}
	built, err := bundle("../ui")
	if err != nil {
		t.Fatal(err)
	}
	committed := os.DirFS("../dist")
	err = fs.WalkDir(committed, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(committed, name)
		switch want, ok := built[name]; {
		case err != nil:
			return err
		case !ok:
			t.Errorf("dist/%s is not what the sources build: run go generate ./fleet/web", name)
		case !bytes.Equal(text, want):
			t.Errorf("dist/%s differs from the sources' build: run go generate ./fleet/web", name)
		}
		delete(built, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range built {
		t.Errorf("dist/%s is missing: run go generate ./fleet/web", name)
	}
}

func TestBuildIsTheSameFromAnotherFolder(t *testing.T) {
	here, err := bundle("../ui")
	dir := sources(t)
	if err != nil {
		t.Fatal(err)
	}
	there, err := bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range here {
		if !bytes.Equal(content, there[name]) {
			t.Errorf("%s is built otherwise in another folder", name)
		}
	}
	if len(here) != len(there) {
		t.Errorf("%d files here, %d from another folder", len(here), len(there))
	}
}

func TestBuildLeavesNothingOfTheLastOne(t *testing.T) {
	dir := sources(t)
	dist := filepath.Join(t.TempDir(), "dist")
	if err := os.MkdirAll(dist, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dist, "main-OLD.js"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, dist); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dist, "main-OLD.js")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file of an older build is still there")
	}
	if _, err := os.Stat(filepath.Join(dist, "index.html")); err != nil {
		t.Error(err)
	}
}

func TestBuildSaysWhichSourceIsWrong(t *testing.T) {
	dir := sources(t)
	if err := os.WriteFile(filepath.Join(dir, "src", "main.tsx"), []byte("const = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle(dir); err == nil || !bytes.Contains([]byte(err.Error()), []byte("main.tsx")) {
		t.Errorf("got %v, want an error that names main.tsx", err)
	}
}
