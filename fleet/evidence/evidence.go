// Package evidence keeps bytes by their content: the pictures that prove findings, and site packages.
//
// It knows nothing of what a picture shows. What Put acknowledged is on the disk and survives a power cut; that is why
// it writes files itself: gocloud.dev's fileblob (v0.47.0) renames a new file into place without syncing it, so that a
// power cut could leave an empty file under a good name.
package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/durable"
)

// ErrHash is returned by Put for bytes that are not what their name says; they are not kept.
var ErrHash = errors.New("content does not match its SHA-256")

// ErrNotFound is returned by Open for content that is not kept (or no longer).
var ErrNotFound = errors.New("no such content")

// Options say where.
type Options struct {
	Dir    string       // made if absent
	Logger *slog.Logger // nil discards
}

// A Store keeps pictures and packages in one folder: evidence/{first two digits}/{sha256}{.ext} and packages/{sha256}.zip.
type Store struct {
	dir string
	log *slog.Logger
}

// A Content is what is known of stored bytes.
type Content struct {
	SHA256    string
	MediaType string
	Bytes     int64
	At        time.Time // when it was stored, by the file system
}

// extensions are the file names' ends by media type; other types are told from the bytes when read.
var extensions = []struct{ mediaType, ext string }{
	{"image/jpeg", ".jpg"}, {"image/png", ".png"}, {"image/webp", ".webp"}, {"application/json", ".json"}, {"application/zip", ".zip"},
}

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// New checks and prepares the folder, and removes what a crash left half written.
func New(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("open evidence: no folder given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{dir: o.Dir, log: o.Logger}
	for _, d := range []string{o.Dir, s.pictures(), s.packages()} {
		if err := durable.MakeDir(d); err != nil {
			return nil, fmt.Errorf("open evidence: %w", err)
		}
	}
	err := walk(o.Dir, func(folder *os.Root, path string, d fs.DirEntry) error {
		if strings.HasPrefix(d.Name(), durable.TempPrefix) {
			return folder.Remove(path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	return s, nil
}

func (s *Store) pictures() string { return filepath.Join(s.dir, "evidence") }

func (s *Store) packages() string { return filepath.Join(s.dir, "packages") }

// Put keeps a picture under its lower-case hex SHA-256, durably. Putting it again is no error and writes nothing.
// The media type is kept for those that extensions name; others are recognised from the bytes when opened.
func (s *Store) Put(ctx context.Context, sha256, mediaType string, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if hashOf(b) != sha256 {
		return fmt.Errorf("keep picture %.80q of %d bytes: %w", sha256, len(b), ErrHash)
	}
	if _, _, err := s.find(sha256); !errors.Is(err, ErrNotFound) {
		return err
	}
	dir := filepath.Join(s.pictures(), sha256[:2])
	if err := durable.MakeDir(dir); err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	if mediaType == "" {
		mediaType = http.DetectContentType(b)
	}
	if err := durable.WriteFile(filepath.Join(dir, sha256+extension(mediaType)), b, 0o600); err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	return nil
}

// Has says whether the picture is kept.
func (s *Store) Has(ctx context.Context, sha256 string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	_, _, err := s.find(sha256)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Open reads a picture; the caller closes it. The reader can seek, for http.ServeContent.
func (s *Store) Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, Content, error) {
	if err := ctx.Err(); err != nil {
		return nil, Content{}, err
	}
	path, c, err := s.find(sha256)
	if err != nil {
		return nil, c, err
	}
	return open(path, c)
}

// Prune removes the pictures stored before the time, but those that keep says (nil: none). Packages stay.
func (s *Store) Prune(ctx context.Context, before time.Time, keep func(sha256 string) bool) (removed int, err error) {
	err = walk(s.pictures(), func(folder *os.Root, path string, d fs.DirEntry) error {
		c, ok := describe(d)
		if err := ctx.Err(); err != nil || !ok || !c.At.Before(before) || keep != nil && keep(c.SHA256) {
			return err
		}
		if err := folder.Remove(path); err != nil {
			return err
		}
		removed++
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("prune evidence: %w", err)
	}
	s.log.Info("old pictures removed", "count", removed, "before", before)
	return removed, nil
}

// walk visits the files below a folder, and by its root keeps the visitor within, whatever symbolic links lie there.
func walk(dir string, visit func(folder *os.Root, path string, d fs.DirEntry) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return visit(root, path, d)
	})
}

// PutPackage keeps a site package (a zip) and returns its name, the lower-case hex SHA-256.
func (s *Store) PutPackage(ctx context.Context, zip []byte) (sha256 string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	sha256 = hashOf(zip)
	path := filepath.Join(s.packages(), sha256+".zip")
	if _, err := os.Stat(path); err == nil {
		return sha256, nil
	}
	if err := durable.WriteFile(path, zip, 0o600); err != nil {
		return "", fmt.Errorf("keep site package: %w", err)
	}
	return sha256, nil
}

// OpenPackage reads a site package; the caller closes it.
func (s *Store) OpenPackage(ctx context.Context, sha256 string) (io.ReadSeekCloser, Content, error) {
	all, err := s.Packages(ctx)
	if err != nil {
		return nil, Content{}, err
	}
	i := slices.IndexFunc(all, func(c Content) bool { return c.SHA256 == sha256 })
	if i < 0 {
		return nil, Content{}, fmt.Errorf("site package %.80q: %w", sha256, ErrNotFound)
	}
	return open(filepath.Join(s.packages(), sha256+".zip"), all[i])
}

// Packages lists the site packages, oldest first.
func (s *Store) Packages(ctx context.Context) ([]Content, error) {
	entries, err := os.ReadDir(s.packages())
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, fmt.Errorf("list site packages: %w", err)
	}
	var all []Content
	for _, e := range entries {
		if c, ok := describe(e); ok {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Content) int { return a.At.Compare(b.At) })
	return all, nil
}

// find looks for a picture under each name that Put may have given it.
func (s *Store) find(sha256 string) (path string, c Content, err error) {
	if !hashPattern.MatchString(sha256) {
		return "", c, fmt.Errorf("picture %.80q: its name is not a lower-case hex SHA-256: %w", sha256, ErrNotFound)
	}
	dir := filepath.Join(s.pictures(), sha256[:2])
	for _, ext := range append([]string{""}, knownExtensions()...) {
		path := filepath.Join(dir, sha256+ext)
		fi, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", c, fmt.Errorf("picture %s: %w", sha256, err)
		}
		c, _ := describe(fs.FileInfoToDirEntry(fi))
		return path, c, nil
	}
	return "", c, fmt.Errorf("picture %s: %w", sha256, ErrNotFound)
}

// describe reads a file's name; ok is false for one that is not ours.
func describe(d fs.DirEntry) (c Content, ok bool) {
	hash, ext, _ := strings.Cut(d.Name(), ".")
	fi, err := d.Info()
	if err != nil || d.IsDir() || !hashPattern.MatchString(hash) {
		return c, false
	}
	c = Content{SHA256: hash, Bytes: fi.Size(), At: fi.ModTime()}
	for _, e := range extensions {
		if e.ext == "."+ext {
			c.MediaType = e.mediaType
		}
	}
	return c, true
}

func open(path string, c Content) (io.ReadSeekCloser, Content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, c, fmt.Errorf("open content %s: %w", c.SHA256, err)
	}
	if c.MediaType == "" {
		head := make([]byte, 512)
		n, _ := f.ReadAt(head, 0) // a short file is no error here
		c.MediaType = http.DetectContentType(head[:n])
	}
	return f, c, nil
}

func extension(mediaType string) string {
	for _, e := range extensions {
		if e.mediaType == mediaType {
			return e.ext
		}
	}
	return ""
}

func knownExtensions() []string {
	all := make([]string, len(extensions))
	for i, e := range extensions {
		all[i] = e.ext
	}
	return all
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
