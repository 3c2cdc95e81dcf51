package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/evidence"
)

var png = []byte("\x89PNG\r\n\x1a\n and some pixels")

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func open(t *testing.T, dir string) *evidence.Store {
	t.Helper()
	s, err := evidence.New(evidence.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPictureComesBackAsItWasPut(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		given, want string
		content     []byte
	}{
		"declared":   {"image/png", "image/png", png},
		"recognised": {"", "image/png", append([]byte(nil), append(png, 1)...)},
		"unknown":    {"image/x-thermal", "application/octet-stream", []byte{0, 1, 2, 3}},
		"empty":      {"image/jpeg", "image/jpeg", nil},
	} {
		s := open(t, dir)
		for range 2 { // again is no error
			if err := s.Put(t.Context(), hash(c.content), c.given, c.content); err != nil {
				t.Fatal(name, err)
			}
		}
		s = open(t, dir)
		if ok, err := s.Has(t.Context(), hash(c.content)); !ok || err != nil {
			t.Errorf("%s: has %v, %v", name, ok, err)
		}
		r, got, err := s.Open(t.Context(), hash(c.content))
		if err != nil {
			t.Fatal(name, err)
		}
		b, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(b, c.content) || got.MediaType != c.want || got.Bytes != int64(len(c.content)) || got.SHA256 != hash(c.content) {
			t.Errorf("%s: %+v, %q, %v", name, got, b, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPutRefusesWhatIsNotItsName(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{hash([]byte("other")), strings.ToUpper(hash(png)), "", "../../etc/passwd"} {
		if err := s.Put(t.Context(), name, "image/png", png); !errors.Is(err, evidence.ErrHash) {
			t.Errorf("%q: %v", name, err)
		}
		if ok, err := s.Has(t.Context(), name); ok || err != nil {
			t.Errorf("%q: has %v, %v", name, ok, err)
		}
		if _, _, err := s.Open(t.Context(), name); !errors.Is(err, evidence.ErrNotFound) {
			t.Errorf("%q: open: %v", name, err)
		}
	}
}

func TestHalfWrittenFilesOfACrashAreGone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Put(t.Context(), hash(png), "image/png", png); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "evidence", hash(png)[:2], ".partial-123")
	if err := os.WriteFile(half, png[:3], 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is still there: %v", err)
	}
}

func TestPruneKeepsTheYoungTheNamedAndPackages(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	day := time.Now()
	content := map[string][]byte{"old": []byte("old"), "young": []byte("young"), "kept": []byte("kept")}
	for name, b := range content {
		if err := s.Put(t.Context(), hash(b), "image/png", b); err != nil {
			t.Fatal(err)
		}
		if name != "young" {
			path := filepath.Join(dir, "evidence", hash(b)[:2], hash(b)+".png")
			if err := os.Chtimes(path, day.AddDate(0, 0, -40), day.AddDate(0, 0, -40)); err != nil {
				t.Fatal(err)
			}
		}
	}
	pack, err := s.PutPackage(t.Context(), []byte("PK zip"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Prune(t.Context(), day.AddDate(0, 0, -30), func(h string) bool { return h == hash(content["kept"]) })
	if n != 1 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	for name, b := range content {
		if ok, err := s.Has(t.Context(), hash(b)); ok != (name != "old") || err != nil {
			t.Errorf("%s: has %v, %v", name, ok, err)
		}
	}
	r, c, err := s.OpenPackage(t.Context(), pack)
	if err != nil || c.MediaType != "application/zip" {
		t.Fatal(c, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := s.OpenPackage(t.Context(), "../evidence"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("open package: %v", err)
	}
	if all, err := s.Packages(t.Context()); err != nil || len(all) != 1 || all[0].SHA256 != pack {
		t.Errorf("packages %v, %v", all, err)
	}
}
