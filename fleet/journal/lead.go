package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// leaseKey is the one key of the lease's bucket.
const leaseKey = "leader"

// A lease is the value under leaseKey. The token tells two runs of one holder apart.
type lease struct {
	Holder string `json:"holder"`
	Token  string `json:"token"`
}

// A Leadership is the right to append, for as long as Lost is open.
type Leadership struct {
	j      *Journal
	lease  lease
	value  []byte // lease, as stored
	lost   chan struct{}
	cancel context.CancelFunc
	done   chan struct{} // the renewing goroutine has ended
	once   sync.Once

	mu       sync.Mutex // held by Append
	month    month      // the newest
	next     string     // the month that follows, once month is sealed
	fenceSeq uint64     // of this leader's fence record
	last     uint64     // sequence of the journal's last entry, to which the next append must join

	revMu sync.Mutex
	rev   uint64 // the lease's revision
}

// Lead blocks until holder leads the site or ctx ends. The holder names one controller; one that finds its own name on
// the lease (it restarted) takes over at once. A goroutine renews the lease until Release, the end of ctx, or its loss.
func (j *Journal) Lead(ctx context.Context, holder string) (*Leadership, error) {
	l := &Leadership{j: j, lease: lease{holder, nuid.Next()}, lost: make(chan struct{}), done: make(chan struct{})}
	var err error
	if l.value, err = json.Marshal(l.lease); err != nil {
		return nil, fmt.Errorf("lead site %s: %w", j.site, err)
	}
	since, err := l.acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lead site %s: %w", j.site, err)
	}
	rctx, cancel := context.WithCancel(ctx)
	l.cancel = cancel
	go l.renew(rctx, since)
	for {
		err = l.takeOver(ctx)
		if !errors.Is(err, errFenced) {
			break
		}
		select {
		case <-l.lost:
			err = ErrNotLeader
		default:
			continue
		}
		break
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lead site %s: %w", j.site, err), l.Release()) //nolint:contextcheck // the lease goes back although ctx has ended
	}
	j.log.Info("leading the site", "site", j.site, "holder", holder, "journal_end", l.last)
	return l, nil
}

// acquire waits for the lease. since is when it began to run, by this machine's monotonic clock.
func (l *Leadership) acquire(ctx context.Context) (since time.Time, err error) {
	retry := time.NewTicker(l.j.ttl / 4)
	defer retry.Stop()
	for told := false; ; {
		since = time.Now()
		holder, err := l.tryAcquire(ctx)
		if err == nil {
			return since, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return since, fmt.Errorf("take the lease: %w", err)
		}
		if !told {
			l.j.log.Info("waiting: another controller leads the site", "site", l.j.site, "leader", holder)
			told = true
		}
		select {
		case <-ctx.Done():
			return since, ctx.Err()
		case <-retry.C:
		}
	}
}

// tryAcquire fails with ErrKeyExists while somebody else has the lease.
func (l *Leadership) tryAcquire(ctx context.Context) (holder string, err error) {
	l.rev, err = l.j.lease.Create(ctx, leaseKey, l.value)
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return "", err
	}
	e, gerr := l.j.lease.Get(ctx, leaseKey)
	if errors.Is(gerr, jetstream.ErrKeyNotFound) {
		return "", err // it ran out just now; the next try gets it
	}
	if gerr != nil {
		return "", gerr
	}
	var other lease
	if json.Unmarshal(e.Value(), &other) != nil || other.Holder != l.lease.Holder {
		return other.Holder, err
	}
	rev, uerr := l.j.lease.Update(ctx, leaseKey, l.value, e.Revision())
	if uerr != nil {
		return other.Holder, err // a race for it, lost
	}
	l.rev = rev
	return "", nil
}

// renew keeps the lease. It gives up before the server would: by its own clock, counted from when a renewal was sent.
func (l *Leadership) renew(ctx context.Context, since time.Time) {
	defer close(l.done)
	defer l.lose()
	tick := time.NewTicker(l.j.ttl / 4)
	defer tick.Stop()
	for {
		deadline := since.Add(l.j.ttl * 3 / 4)
		rctx, cancel := context.WithDeadline(ctx, deadline)
		select {
		case <-rctx.Done():
		case <-tick.C:
		}
		sent := time.Now()
		err := l.renewOnce(rctx)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			since = sent
		case errors.Is(err, ErrNotLeader) || !time.Now().Before(deadline):
			l.j.log.Warn("lost the leadership: the lease could not be renewed", "site", l.j.site, "error", err)
			return
		}
	}
}

func (l *Leadership) renewOnce(ctx context.Context) error {
	l.revMu.Lock()
	defer l.revMu.Unlock()
	rev, err := l.j.lease.Update(ctx, leaseKey, l.value, l.rev)
	if err == nil {
		l.rev = rev
		return nil
	}
	if !isWrongSequence(err) {
		return err
	}
	// Either somebody else has it, or an earlier renewal that timed out did arrive.
	e, gerr := l.j.lease.Get(ctx, leaseKey)
	var now lease
	switch {
	case errors.Is(gerr, jetstream.ErrKeyNotFound):
		return ErrNotLeader
	case gerr != nil:
		return gerr
	case json.Unmarshal(e.Value(), &now) != nil || now.Token != l.lease.Token:
		return fmt.Errorf("%w: %q leads", ErrNotLeader, now.Holder)
	}
	l.rev = e.Revision()
	return errors.New("an earlier renewal had arrived unnoticed")
}

// Lost is closed when the right to append has ended, for whatever reason.
func (l *Leadership) Lost() <-chan struct{} { return l.lost }

func (l *Leadership) lose() { l.once.Do(func() { close(l.lost); l.cancel() }) }

// Release gives the lease back, so that the next leader need not wait, and ends the renewing. It may be called twice.
func (l *Leadership) Release() error {
	l.lose()
	<-l.done
	l.revMu.Lock()
	defer l.revMu.Unlock()
	if l.rev == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.j.ttl)
	defer cancel()
	err := l.j.lease.Delete(ctx, leaseKey, jetstream.LastRevision(l.rev))
	l.rev = 0
	if err != nil && !isWrongSequence(err) {
		return fmt.Errorf("release the lease of site %s: %w; it ends by itself in %s", l.j.site, err, l.j.ttl)
	}
	return nil
}

// takeOver fences off every earlier leader and finds the journal's end. errFenced: somebody fenced meanwhile; again.
func (l *Leadership) takeOver(ctx context.Context) error {
	months, err := l.j.months(ctx)
	if err != nil {
		return err
	}
	if len(months) == 0 {
		first, err := l.j.begin(ctx, beforeAll, 1)
		if err != nil {
			return err
		}
		months = append(months, first)
	}
	m := months[len(months)-1]
	f, seq, err := l.j.lastFence(ctx, m)
	if err != nil {
		return err
	}
	if f.Next != "" || m.sealed {
		// A leader died between ending this month and beginning the next. Append goes on where it stopped.
		if f.Next == "" {
			return fmt.Errorf("stream %s was sealed by another hand than the journal's: restore it from a backup", m.name)
		}
		if m, err = l.j.seal(ctx, m); err != nil {
			return err
		}
		l.month, l.next, l.last = m, f.Next, m.last
		return nil
	}
	if l.fenceSeq, err = l.j.setFence(ctx, m, fenceRecord{Holder: l.lease.Holder}, seq); err != nil {
		return err
	}
	if m, err = l.j.month(ctx, m.name); err != nil {
		return err
	}
	l.month, l.last = m, m.last
	return nil
}
