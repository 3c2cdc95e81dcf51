// Package evidence keeps bytes by their content: the pictures that prove findings, and site packages.
//
// It knows nothing of what a picture shows. What Put acknowledged is on the disk and survives a power cut.
package evidence

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"
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

// A Store keeps pictures and packages in one folder.
type Store struct{}

// A Content is what is known of stored bytes.
type Content struct {
	SHA256    string
	MediaType string
	Bytes     int64
	At        time.Time // when it was stored, by the file system
}

var errStub = errors.New("not yet")

// New checks and prepares the folder.
func New(o Options) (*Store, error) { return nil, errStub }

// Put keeps a picture under its lower-case hex SHA-256, durably. Putting it again is no error and writes nothing.
// An empty mediaType is recognized from the bytes.
func (s *Store) Put(ctx context.Context, sha256, mediaType string, b []byte) error { return errStub }

// Has says whether the picture is kept.
func (s *Store) Has(ctx context.Context, sha256 string) (bool, error) { return false, errStub }

// Open reads a picture; the caller closes it. The reader can seek, for http.ServeContent.
func (s *Store) Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, Content, error) {
	return nil, Content{}, errStub
}

// Prune removes the pictures stored before the time, but those that keep says (nil: none). Packages stay.
func (s *Store) Prune(ctx context.Context, before time.Time, keep func(sha256 string) bool) (removed int, err error) {
	return 0, errStub
}

// PutPackage keeps a site package (a zip) and returns its name, the lower-case hex SHA-256.
func (s *Store) PutPackage(ctx context.Context, zip []byte) (sha256 string, err error) {
	return "", errStub
}

// OpenPackage reads a site package; the caller closes it.
func (s *Store) OpenPackage(ctx context.Context, sha256 string) (io.ReadSeekCloser, Content, error) {
	return nil, Content{}, errStub
}

// Packages lists the site packages, oldest first.
func (s *Store) Packages(ctx context.Context) ([]Content, error) { return nil, errStub }
