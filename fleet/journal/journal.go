// Package journal is the site's durable truth: one ordered, fenced sequence of records on JetStream, cut by month.
// All other state of the controller is derived from it.
//
// It understands no record. Whoever appends must lead (Lead); whoever reads needs no leave.
//
// Sequences rise strictly, across months too (a month's stream starts where the one before it ended), but not
// without gaps: the fence records of leaders take numbers of their own and are never handed to a reader.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNotLeader is returned by Append when another controller leads, the lease was lost or released, or the outcome of an
// append is unknown. The caller must drop what it decided, Lead again, and Read what it missed.
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
type Journal struct {
	js       jetstream.JetStream
	lease    jetstream.KeyValue
	site     string
	replicas int
	ttl      time.Duration
	log      *slog.Logger
}

var sitePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Open finds the site's journal; a new one gets its first stream with the first Append. nc stays the caller's.
func Open(ctx context.Context, nc *nats.Conn, o Options) (*Journal, error) {
	if !sitePattern.MatchString(o.Site) {
		return nil, fmt.Errorf("open journal: site %q: use 1 to 64 letters, digits, '-' and '_'", o.Site)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LeaseTTL == 0 {
		o.LeaseTTL = 2 * time.Second
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{js: js, site: o.Site, replicas: max(1, o.Replicas), ttl: o.LeaseTTL, log: o.Logger}
	// The bucket's TTL, not the key's: a key's TTL is dropped by the first Update, and such a lease never ends.
	j.lease, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: "LEASE_" + o.Site, TTL: j.ttl, History: 1, Replicas: j.replicas, Storage: jetstream.FileStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("open journal: make the leader's lease: %w", err)
	}
	return j, nil
}

// Read hands every record after the sequence to fn, in order, up to the end as it was at the call, and returns the
// sequence read up to (fences included), to be passed to the next Read. An error of fn ends it and is returned as it
// is; last is then the sequence before that record.
func (j *Journal) Read(ctx context.Context, after uint64, fn func(Record) error) (last uint64, err error) {
	months, err := j.months(ctx)
	if err != nil {
		return after, fmt.Errorf("read journal: %w", err)
	}
	last = after
	for _, m := range months {
		if m.last <= last {
			continue
		}
		if last, err = j.readMonth(ctx, m, last, fn); err != nil {
			return last, err
		}
	}
	return last, nil
}

// readMonth does not filter out the fences: the month may end with one, and the reader must see that it is done.
func (j *Journal) readMonth(ctx context.Context, m month, last uint64, fn func(Record) error) (uint64, error) {
	c, err := m.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(last+1, m.first),
	})
	if err != nil {
		return last, fmt.Errorf("read journal %s: %w", m.name, err)
	}
	msgs, err := c.Messages()
	if err != nil {
		return last, fmt.Errorf("read journal %s: %w", m.name, err)
	}
	defer msgs.Stop()
	for last < m.last {
		msg, err := msgs.Next(jetstream.NextContext(ctx))
		if err != nil {
			return last, fmt.Errorf("read journal %s after %d: %w", m.name, last, err)
		}
		md, err := msg.Metadata()
		if err != nil {
			return last, fmt.Errorf("read journal %s after %d: %w", m.name, last, err)
		}
		if md.Sequence.Stream > m.last {
			return m.last, nil // the end as it was is gone: damage that the server has repaired by leaving it out
		}
		if msg.Subject() != m.fence() {
			r := Record{}
			if err := json.Unmarshal(msg.Data(), &r); err != nil {
				return last, fmt.Errorf("read journal %s: record %d: %w", m.name, md.Sequence.Stream, err)
			}
			r.Seq = md.Sequence.Stream
			if err := fn(r); err != nil {
				return last, err
			}
		}
		last = md.Sequence.Stream
	}
	return last, nil
}

// End is the sequence of the journal's last entry, a record or a fence; 0 for an empty journal.
func (j *Journal) End(ctx context.Context) (uint64, error) {
	months, err := j.months(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the journal's end: %w", err)
	}
	if len(months) == 0 {
		return 0, nil
	}
	return months[len(months)-1].last, nil
}
