package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/durable"
)

func TestWriteFileReplacesWholeOrNotAtAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		if err := durable.MakeDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "x")
	for _, content := range []string{"old", "new"} {
		if err := durable.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != content {
			t.Errorf("%q, %v", b, err)
		}
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	// A folder stands in the way: nothing is replaced, and nothing is left lying about.
	blocked := filepath.Join(dir, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, "in it"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(blocked, nil, 0o600); err == nil {
		t.Error("wrote over a folder")
	}
	if rest, err := filepath.Glob(filepath.Join(dir, durable.TempPrefix+"*")); err != nil || len(rest) != 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
}
