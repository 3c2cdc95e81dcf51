// Package outbox keeps what a robot has seen until the controller says that it is safe.
//
// Every observation goes to disk, synced, before it goes to the broker, and stays there until a receipt covers it; a
// PUBACK is no proof. What is covered is kept as well while there is room: a controller that was restored from
// yesterday sends a lower receipt and gets the rest again.
//
// Numbers. Inside, an observation has a place: 1, 2, 3, ... in the order of Put. On the wire it has a seq: its place
// plus an offset that is settled with the controller by the first receipt. So a robot whose disk was changed does not
// begin again at 1, where the controller would take its observations for old ones. Until the numbers are settled
// nothing is due for sending. Each record is one key of the database, so that a torn write loses at most a Put that
// has not returned.
//
// Room. Observations are small and always kept. Pictures are files beside the database; when they outgrow their room
// those of the oldest covered observations go first, and when all that is left is uncovered a new picture is refused
// and its observation goes without: a reading is worth more than its picture, and an older proof no less than a new.
//
// It sends nothing: package robot does.
package outbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/tidwall/buntdb"

	"github.com/nightrounds/nightrounds/fleet/wire"
)

// Options say where an outbox lives and how much room it has; zero sizes take the defaults.
type Options struct {
	Dir string // is made when absent; holds observations.db and evidence/
	// MaxEvidenceBytes bounds all pictures; 2 GiB by default.
	MaxEvidenceBytes int64
	// MaxCoveredBytes bounds the observations that are kept though covered; 64 MiB by default (they are held in memory).
	MaxCoveredBytes int64
	Logger          *slog.Logger
}

// ErrNoEvidence says that a picture is not, or no longer, in the outbox.
var ErrNoEvidence = errors.New("no such evidence in the outbox")

const (
	keyOffset  = "offset"  // seq minus place; absent until settled
	keyCovered = "covered" // the place up to which the last receipt covers
	obsPrefix  = "observation/"
)

// An Outbox is a robot's memory of what it has still to hand over. Its methods may be called from several goroutines.
type Outbox struct {
	opts Options
	log  *slog.Logger
	path string

	mu       sync.Mutex
	db       *buntdb.DB
	pictures *pictures
	first    uint64 // places first..last are kept; first > last when there are none
	last     uint64
	bytes    int64 // of the observations kept
	covered  uint64
	offset   uint64
	settled  bool
}

// Status is how an outbox stands.
type Status struct {
	Settled       bool
	Kept          int // observations
	Uncovered     int
	LastSeq       uint64
	EvidenceBytes int64
}

// Open opens the outbox in o.Dir, or makes it. A torn end is cut off; a database that is damaged further in is kept
// aside as observations.db.damaged, and what stands before the damage is taken over.
func Open(o Options) (*Outbox, error) {
	if o.Dir == "" {
		return nil, errors.New("open outbox: no folder named")
	}
	if o.MaxEvidenceBytes == 0 {
		o.MaxEvidenceBytes = 2 << 30
	}
	if o.MaxCoveredBytes == 0 {
		o.MaxCoveredBytes = 64 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Outbox{opts: o, log: o.Logger, path: filepath.Join(o.Dir, "observations.db")}
	var err error
	if b.pictures, err = openPictures(filepath.Join(o.Dir, "evidence")); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	if b.db, err = openDatabase(b.path, b.log); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	if err := b.recall(); err != nil {
		return nil, errors.Join(fmt.Errorf("open outbox %s: %w", b.path, err), b.db.Close())
	}
	return b, nil
}

// Close closes the database; nothing is lost without it.
func (b *Outbox) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.db.Close()
}

// Put stores an observation and its pictures (by their SHA-256, lower-case hex) and returns its place. When it
// returns without error they are on disk. o.Seq is set here; o.SecondLookOf is the place of the first look. A picture
// for which there is no room is left out of o.Evidence.
func (b *Outbox) Put(o wire.Observation, evidence map[string][]byte) (place uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	place = b.last + 1
	o.Seq = place
	kept := make([]wire.EvidenceRef, 0, len(o.Evidence))
	for _, ref := range o.Evidence {
		picture, ok := evidence[ref.SHA256]
		if !ok {
			continue
		}
		if !b.pictures.makeRoom(int64(len(picture)), b.opts.MaxEvidenceBytes, b.covered) {
			b.log.Warn("no room for a picture in the outbox: the observation goes without it", "viewpoint", o.Viewpoint, "bytes", len(picture))
			continue
		}
		if err := b.pictures.put(ref.SHA256, picture, place); err != nil {
			return 0, fmt.Errorf("store observation of %s: %w", o.Viewpoint, err)
		}
		kept = append(kept, ref)
	}
	o.Evidence = kept
	record, err := json.Marshal(o)
	if err != nil {
		return 0, fmt.Errorf("store observation of %s: %w", o.Viewpoint, err)
	}
	if err := b.set(obsKey(place), string(record)); err != nil {
		return 0, fmt.Errorf("store observation of %s: %w", o.Viewpoint, err)
	}
	b.last = place
	b.first = max(1, min(b.first, place))
	b.bytes += int64(len(record))
	return place, nil
}

// Due returns up to limit observations that no receipt covers and whose seq is above after, oldest first, as they go
// on the wire. It is empty until a first receipt has settled the numbers.
func (b *Outbox) Due(after uint64, limit int) ([]wire.Observation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.settled {
		return nil, nil
	}
	return b.list(max(after, b.offset+b.covered), limit)
}

// Kept is Due for all that the outbox still has, covered or not.
func (b *Outbox) Kept(after uint64, limit int) ([]wire.Observation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list(after, limit)
}

// list returns up to limit observations whose seq is above after, oldest first, as they go on the wire.
func (b *Outbox) list(after uint64, limit int) ([]wire.Observation, error) {
	from := b.first
	if after > b.offset {
		from = max(from, after-b.offset+1)
	}
	var out []wire.Observation
	for place := from; place <= b.last && len(out) < limit; place++ {
		o, err := b.get(place)
		if errors.Is(err, buntdb.ErrNotFound) {
			continue // forgotten when it was covered
		}
		if err != nil {
			return out, fmt.Errorf("read observation %d from the outbox: %w", place, err)
		}
		o.Seq += b.offset
		if o.SecondLookOf > 0 {
			o.SecondLookOf += b.offset
		}
		out = append(out, o)
	}
	return out, nil
}

// Evidence returns a picture by its SHA-256, or ErrNoEvidence.
func (b *Outbox) Evidence(sha string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pictures.get(sha)
}

// Receipt takes what the controller says is durable. A lower seq than before makes the rest due again; a higher one
// than was ever given out says that this outbox is younger than the controller's memory, and moves the numbers of all
// that is uncovered behind it.
func (b *Outbox) Receipt(r wire.Receipt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.settled || r.Seq > b.offset+b.last {
		offset := r.Seq - min(r.Seq, b.covered)
		if b.settled || offset > 0 {
			b.log.Warn("numbers settled with the controller, which knows more than this outbox", "seq", r.Seq, "offset", offset, "uncovered", b.last-b.covered)
		}
		if err := b.set(keyOffset, strconv.FormatUint(offset, 10)); err != nil {
			return fmt.Errorf("settle the outbox's numbers: %w", err)
		}
		b.offset, b.settled = offset, true
	}
	covered := min(r.Seq-min(r.Seq, b.offset), b.last)
	if covered < b.covered {
		b.log.Warn("the controller knows less than before: sending again", "seq", r.Seq, "from", b.offset+max(covered+1, b.first))
	}
	if covered != b.covered {
		if err := b.set(keyCovered, strconv.FormatUint(covered, 10)); err != nil {
			return fmt.Errorf("store receipt %d: %w", r.Seq, err)
		}
		b.covered = covered
	}
	b.pictures.owe(r.Missing)
	return b.forget()
}

// Status tells how the outbox stands.
func (b *Outbox) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{Settled: b.settled, EvidenceBytes: b.pictures.bytes}
	if b.last > 0 {
		s.Kept = int(b.last - b.first + 1)
		s.Uncovered = int(b.last - max(b.covered, b.first-1))
		s.LastSeq = b.last + b.offset
	}
	return s
}

// recall reads what the database holds into b, and clears away pictures that no observation names.
func (b *Outbox) recall() error {
	named := map[string]uint64{}
	err := b.db.View(func(tx *buntdb.Tx) error {
		var err error
		if b.offset, b.settled, err = number(tx, keyOffset); err != nil {
			return err
		}
		if b.covered, _, err = number(tx, keyCovered); err != nil {
			return err
		}
		var bad error
		err = tx.AscendKeys(obsPrefix+"*", func(key, value string) bool {
			var o wire.Observation
			if bad = json.Unmarshal([]byte(value), &o); bad != nil {
				return false
			}
			if b.last == 0 {
				b.first = o.Seq
			}
			b.last = o.Seq
			b.bytes += int64(len(value))
			for _, ref := range o.Evidence {
				named[ref.SHA256] = o.Seq
			}
			return true
		})
		return errors.Join(err, bad)
	})
	if err != nil {
		return err
	}
	b.covered = min(b.covered, b.last)
	return b.pictures.keepOnly(named)
}

// forget drops the oldest covered observations beyond their room, but never the last one: it holds the count.
func (b *Outbox) forget() error {
	var gone []string
	for place := b.first; place <= b.covered && place < b.last && b.bytes > b.opts.MaxCoveredBytes; place++ {
		size := 0
		err := b.db.View(func(tx *buntdb.Tx) error {
			v, err := tx.Get(obsKey(place))
			size = len(v)
			return err
		})
		if err != nil && !errors.Is(err, buntdb.ErrNotFound) {
			return fmt.Errorf("forget observation %d: %w", place, err)
		}
		gone = append(gone, obsKey(place))
		b.bytes -= int64(size)
		b.first = place + 1
	}
	if len(gone) == 0 {
		return nil
	}
	err := b.db.Update(func(tx *buntdb.Tx) error {
		for _, key := range gone {
			if _, err := tx.Delete(key); err != nil && !errors.Is(err, buntdb.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget covered observations: %w", err)
	}
	return b.compact()
}

func (b *Outbox) set(key, value string) error {
	return b.db.Update(func(tx *buntdb.Tx) error {
		_, _, err := tx.Set(key, value, nil)
		return err
	})
}

func (b *Outbox) get(place uint64) (o wire.Observation, err error) {
	err = b.db.View(func(tx *buntdb.Tx) error {
		v, err := tx.Get(obsKey(place))
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(v), &o)
	})
	return o, err
}

func obsKey(place uint64) string { return fmt.Sprintf("%s%020d", obsPrefix, place) }

// number reads a counter; ok is false when it is absent.
func number(tx *buntdb.Tx, key string) (n uint64, ok bool, err error) {
	v, err := tx.Get(key)
	if errors.Is(err, buntdb.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	n, err = strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("key %q: %w", key, err)
	}
	return n, true, nil
}
