// Package journal is the site's durable truth: one ordered, fenced sequence of records on JetStream, cut by month.
// All other state of the controller is derived from it.
//
// It understands no record. Whoever appends must lead (Lead); whoever reads needs no leave.
//
// Sequences rise strictly, across months too (a month's stream starts where the one before it ended), but not
// without gaps: the fence records of new leaders take numbers of their own and are never handed to a reader.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrNotLeader is returned by Append when another controller leads, or the lease was lost or released. The caller
// must drop what it decided, Lead again, and Read what it missed.
var ErrNotLeader = errors.New("not the site's leader")

// A Record is one entry.
type Record struct {
	Seq  uint64          `json:"-"`    // set on read, and in the caller's slice by Append; ignored as input
	Kind string          `json:"kind"` // names the type in Data; not empty
	At   time.Time       `json:"at"`   // of the event; it also chooses the month, which never goes back
	Data json.RawMessage `json:"data"`
}

// Options say which journal.
type Options struct {
	Site     string        // letters, digits, '-' and '_' only
	Replicas int           // 1 (the meaning of 0), or 3 in a cluster
	LeaseTTL time.Duration // 0 means 2 s: how long a dead leader blocks the next one
	Logger   *slog.Logger  // nil discards
}

// A Journal is open for reading.
type Journal struct{}

// A Leadership is the right to append, for as long as Lost is open.
type Leadership struct{}

var errStub = errors.New("not yet")

// Open finds the site's journal, or makes its first stream on the first Append. nc stays the caller's.
func Open(ctx context.Context, nc *nats.Conn, o Options) (*Journal, error) { return nil, errStub }

// Lead blocks until holder leads the site or ctx ends. The holder names one controller process; one that finds its own
// name on the lease (it restarted) takes over at once. The lease is renewed until Release, until ctx ends, or until it is lost.
func (j *Journal) Lead(ctx context.Context, holder string) (*Leadership, error) { return nil, errStub }

// Lost is closed when the right to append has ended, for whatever reason.
func (l *Leadership) Lost() <-chan struct{} { return nil }

// Release gives the lease back and waits for the renewing goroutine. It may be called twice.
func (l *Leadership) Release() error { return nil }

// Append writes the records in order and returns the last one's sequence; all are durable when it returns nil. It sets
// Seq in recs. When it fails the first records may be durable, up to last (0: none), never a later without an
// earlier: what must stand or fall together belongs in one Record. After a timeout it reads the end of the journal and
// goes on, so nothing is written twice; it gives up with ctx. Calls are serialized.
func (l *Leadership) Append(ctx context.Context, recs ...Record) (last uint64, err error) {
	return 0, errStub
}

// Read hands every record after the sequence to fn, in order, up to the end as it was at the call, and returns the
// sequence read up to (fences included), to be passed to the next Read. An error of fn ends it and is returned as it is;
// last is then the sequence before that record.
func (j *Journal) Read(ctx context.Context, after uint64, fn func(Record) error) (last uint64, err error) {
	return 0, errStub
}

// End is the sequence of the journal's last entry; 0 for an empty journal.
func (j *Journal) End(ctx context.Context) (uint64, error) { return 0, errStub }
