// Package store is the site's current state: JSON values by key in buntdb, with the journal sequence that they
// reflect changed in the same transaction.
//
// It is derived, never truth: it may be thrown away at any time and is then rebuilt from the journal. That is why its
// file is synced only once a second. It can never be ahead of the journal, because a sequence reaches Update only after
// the journal has made it durable; after a power cut it may be behind, and then the caller reads the rest again.
//
// buntdb holds the state in memory; the file is our own log (see file.go), because buntdb's writes the
// parts of a transaction in random order and keeps half of one that a crash cut short.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/tidwall/buntdb"
)

// ErrNotFound is returned by Get for a key that holds nothing.
var ErrNotFound = errors.New("not found in the store")

// ErrOrder is returned by Update for a sequence that the state reflects already.
var ErrOrder = errors.New("journal sequence is not beyond the applied one")

// Options say where the state lives.
type Options struct {
	Path   string       // the file; ":memory:" keeps nothing
	Logger *slog.Logger // nil discards
}

// A Store is open until Close. Its methods may be called from several goroutines; writes are serialised.
type Store struct {
	db      *buntdb.DB
	log     *slog.Logger
	applied atomic.Uint64
	mu      sync.Mutex // held by whoever writes
	file    *file      // nil: in memory only
}

// A Tx reads, and inside Update writes, one consistent state. It is of no use after the function it was handed to.
type Tx struct {
	tx    *buntdb.Tx
	write *frame // nil inside View
}

// Open opens or makes the file. One that cannot be read whole is renamed to {path}.damaged-{time} and an empty one
// takes its place: the caller compares Applied with the journal and reads what is missing. A transaction that a crash
// cut short, at the very end, is dropped: it is in the journal.
func Open(o Options) (*Store, error) {
	if o.Path == "" {
		return nil, errors.New("open store: no path given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{log: o.Logger}
	var err error
	if s.db, err = buntdb.Open(":memory:"); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Path == ":memory:" {
		return s, nil
	}
	s.file, err = openFile(o.Path, s.apply)
	if errors.Is(err, errDamaged) {
		o.Logger.Error("the store's file is damaged: set aside, to be rebuilt from the journal", "path", o.Path, "error", err)
		if err = s.clear(); err == nil {
			if err = setAside(o.Path); err == nil {
				s.file, err = openFile(o.Path, s.apply)
			}
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.db.Close())
	}
	return s, nil
}

// Close syncs and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.file != nil {
		err = s.file.close()
	}
	return errors.Join(err, s.db.Close())
}

// Applied is the journal sequence that the state reflects; 0 for an empty store.
func (s *Store) Applied() uint64 { return s.applied.Load() }

// Update runs fn and keeps what it wrote together with the sequence, or, when fn fails, nothing. seq must be higher
// than Applied and durable in the journal already. seq 0 leaves Applied alone: for what is in no journal and may be
// forgotten by a rebuild.
func (s *Store) Update(seq uint64, fn func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq != 0 && seq <= s.Applied() {
		return fmt.Errorf("update store with %d after %d: %w", seq, s.Applied(), ErrOrder)
	}
	f := &frame{Seq: seq}
	err := s.db.Update(func(tx *buntdb.Tx) error {
		if err := fn(&Tx{tx: tx, write: f}); err != nil {
			return err
		}
		if s.file == nil || f.empty() {
			return nil
		}
		return s.file.append(f) // last, so that memory and file take it or leave it together
	})
	if err != nil {
		return err
	}
	if seq != 0 {
		s.applied.Store(seq)
	}
	if s.file != nil && s.file.overgrown() {
		if err := s.compact(); err != nil {
			s.log.Warn("the store's file could not be compacted; it goes on growing, and this is tried again", "error", err)
		}
	}
	return nil
}

// View runs fn on a consistent state, which Update does not change meanwhile.
func (s *Store) View(fn func(*Tx) error) error {
	return s.db.View(func(tx *buntdb.Tx) error { return fn(&Tx{tx: tx}) })
}

// Reset empties the store, for a rebuild: the caller does it when Applied is beyond the journal's end.
func (s *Store) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.clear(); err != nil {
		return fmt.Errorf("reset store: %w", err)
	}
	if s.file == nil {
		return nil
	}
	return s.compact()
}

// Save writes the state as it is now, as a snapshot that Restore reads. Writes wait for it.
func (s *Store) Save(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.writeSnapshot(w); err != nil {
		return fmt.Errorf("save store: %w", err)
	}
	return nil
}

// Restore replaces the state by a snapshot's. A snapshot that is not whole leaves the store empty and fails.
func (s *Store) Restore(r io.Reader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.clear(); err != nil {
		return fmt.Errorf("restore store: %w", err)
	}
	_, whole, err := readFrames(r, s.apply)
	if err == nil && !whole {
		err = fmt.Errorf("%w: the snapshot has no end", errDamaged)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("restore store: %w", err), s.clear())
	}
	if s.file != nil {
		err = errors.Join(err, s.compact())
	}
	return err
}

// apply repeats a transaction that was kept.
func (s *Store) apply(f *frame) error {
	err := s.db.Update(func(tx *buntdb.Tx) error {
		for k, v := range f.Set {
			if _, _, err := tx.Set(k, string(v), nil); err != nil {
				return err
			}
		}
		for _, k := range f.Delete {
			if _, err := tx.Delete(k); err != nil && !errors.Is(err, buntdb.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err == nil && f.Seq != 0 {
		s.applied.Store(f.Seq)
	}
	return err
}

// clear empties the state in memory.
func (s *Store) clear() error {
	s.applied.Store(0)
	return s.db.Update(func(tx *buntdb.Tx) error { return tx.DeleteAll() })
}

// snapshotBatch is how many values go into one frame of a snapshot.
const snapshotBatch = 1000

// writeSnapshot writes all values, the sequence, and a mark that this was all.
func (s *Store) writeSnapshot(w io.Writer) (size int64, err error) {
	f := &frame{Set: map[string]json.RawMessage{}, Part: true}
	flush := func() {
		var n int
		if err == nil {
			n, err = writeFrame(w, f)
		}
		size += int64(n)
		clear(f.Set)
	}
	verr := s.db.View(func(tx *buntdb.Tx) error {
		return tx.Ascend("", func(k, v string) bool {
			f.Set[k] = json.RawMessage(v)
			if len(f.Set) >= snapshotBatch {
				flush()
			}
			return err == nil
		})
	})
	f.Seq, f.Part, f.Whole = s.Applied(), false, true
	flush()
	return size, errors.Join(err, verr)
}

func (s *Store) compact() error {
	return s.file.replace(s.writeSnapshot)
}
