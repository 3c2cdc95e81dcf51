// Package store is the site's current state: JSON values by key in buntdb, with the journal sequence that they
// reflect written in the same transaction.
//
// It is derived, never truth: it may be thrown away at any time and is then rebuilt from the journal.
package store

import (
	"errors"
	"io"
	"log/slog"
)

// ErrNotFound is returned by Get for a key that holds nothing.
var ErrNotFound = errors.New("not found in the store")

// Options say where the state lives.
type Options struct {
	Path   string       // the file; ":memory:" keeps nothing
	Logger *slog.Logger // nil discards
}

// A Store is open until Close. Its methods may be called from several goroutines; writes are serialized.
type Store struct{}

// A Tx reads, and inside Update writes, one consistent state.
type Tx struct{}

var errStub = errors.New("not yet")

// Open opens or makes the file. One that cannot be read whole is renamed to {path}.damaged-{time} and an empty one
// takes its place: the caller compares Applied with the journal and reads what is missing.
func Open(o Options) (*Store, error) { return nil, errStub }

// Close syncs and closes the file.
func (s *Store) Close() error { return errStub }

// Applied is the journal sequence that the state reflects; 0 for an empty store.
func (s *Store) Applied() uint64 { return 0 }

// Update runs fn and keeps what it wrote together with the sequence, or, when fn fails, nothing. seq must be higher
// than Applied and durable in the journal already. seq 0 leaves Applied alone: for what is in no journal and may be
// forgotten by a rebuild.
func (s *Store) Update(seq uint64, fn func(*Tx) error) error { return errStub }

// View runs fn on a consistent state, which Update does not change meanwhile.
func (s *Store) View(fn func(*Tx) error) error { return errStub }

// Reset empties the store, for a rebuild: the caller does it when Applied is beyond the journal's end.
func (s *Store) Reset() error { return errStub }

// Index orders the values under prefix ("fault/") by the JSON paths ("state", "place.rack"), for ScanIndex. An index lives
// as long as the Store is open.
func (s *Store) Index(name, prefix string, paths ...string) error { return errStub }

// Save writes the state as it is now, as a snapshot that Restore reads.
func (s *Store) Save(w io.Writer) error { return errStub }

// Restore replaces the state by a snapshot's.
func (s *Store) Restore(r io.Reader) error { return errStub }

// Put stores v as JSON under key ("fault/F-17").
func Put(tx *Tx, key string, v any) error { return errStub }

// Delete removes the key; a missing one is no error.
func Delete(tx *Tx, key string) error { return errStub }

// Get reads the value under key, or fails with ErrNotFound.
func Get[T any](tx *Tx, key string) (T, error) { var v T; return v, errStub }

// Scan hands the values under prefix to fn in order of their keys; more=false ends it without an error.
func Scan[T any](tx *Tx, prefix string, fn func(key string, v T) (more bool)) error { return errStub }

// ScanIndex hands the values of an index to fn in its order.
func ScanIndex[T any](tx *Tx, index string, fn func(key string, v T) (more bool)) error {
	return errStub
}
