package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

const (
	// appendHeader carries a name that each append has for itself, by which it knows its own record again.
	appendHeader = "Nightrounds-Append"
	// appendWait is how long one attempt waits for the server's word.
	appendWait = 5 * time.Second
	// retryPause is between two attempts.
	retryPause = 100 * time.Millisecond
)

// Append writes the records in order and returns the last one's sequence; all are durable when it returns nil. It sets
// Seq in recs. When it fails the first records may be durable, up to last (0: none), never a later one without an
// earlier: what must stand or fall together belongs in one Record. After a timeout it reads the end of the journal and
// goes on, so that nothing is written twice; if ctx ends while an outcome is unknown, the leadership ends. Calls are
// serialised.
//
// Records go one at a time. Each joins to the end that this leader knows and names the fence that it set; both must
// hold, or the server refuses it: nothing of a stale leader gets in, however late it arrives. Pipelined it would
// be 8 % faster, and a failed record would leave a hole.
func (l *Leadership) Append(ctx context.Context, recs ...Record) (last uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bodies, err := encode(recs)
	if err != nil {
		return 0, fmt.Errorf("append to the journal: %w", err)
	}
	for i := range recs {
		if l.isLost() {
			return last, fmt.Errorf("append to the journal: %w", ErrNotLeader)
		}
		if err := l.turn(ctx, monthOf(recs[i].At)); err != nil {
			return last, fmt.Errorf("append to the journal: %w", err)
		}
		if err := l.appendOne(ctx, nuid.Next(), bodies[i]); err != nil {
			return last, fmt.Errorf("append to the journal: %w", err)
		}
		last, recs[i].Seq = l.last, l.last
	}
	return last, nil
}

func encode(recs []Record) ([][]byte, error) {
	bodies := make([][]byte, len(recs))
	for i, r := range recs {
		if r.Kind == "" || r.At.IsZero() {
			return nil, fmt.Errorf("record %d of %d: it needs a kind and a time", i+1, len(recs))
		}
		b, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("record %d of %d, %s: %w", i+1, len(recs), r.Kind, err)
		}
		bodies[i] = b
	}
	return bodies, nil
}

// turn begins the month if the journal has not reached it. Every step can be repeated by whoever leads next, and the
// month that follows is named in the old one's last fence, so that two can never begin different ones; whoever was fenced
// off meanwhile fails at the old month's fence or at the new one's.
func (l *Leadership) turn(ctx context.Context, yyyymm string) error {
	for l.month.sealed || yyyymm > l.month.yyyymm() {
		if !l.month.sealed {
			over := fenceRecord{Holder: l.lease.Holder, Next: yyyymm}
			if _, err := l.j.setFence(ctx, l.month, over, l.fenceSeq); err != nil {
				return l.fail(fmt.Errorf("end month %s: %w", l.month.yyyymm(), err))
			}
			m, err := l.j.seal(ctx, l.month)
			if err != nil {
				return l.fail(err)
			}
			l.month, l.last, l.next = m, m.last, yyyymm
		}
		m, err := l.j.begin(ctx, l.next, l.last+1)
		if err != nil {
			return l.fail(err)
		}
		seq, err := l.j.setFence(ctx, m, fenceRecord{Holder: l.lease.Holder}, 0)
		if err != nil {
			return l.fail(fmt.Errorf("begin month %s: %w", l.next, err))
		}
		l.month, l.fenceSeq, l.last = m, seq, seq
		l.j.log.Info("the journal begins a month", "site", l.j.site, "stream", m.name, "from", seq)
	}
	return nil
}

// appendOne repeats one record, named id, until the server's word or the journal's end tells what became of it.
func (l *Leadership) appendOne(ctx context.Context, id string, body []byte) error {
	for unknown := false; ; {
		err := l.publish(ctx, id, body)
		var api *jetstream.APIError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, nats.ErrMaxPayload):
			return fmt.Errorf("a record of %d bytes: %w", len(body), err)
		case errors.As(err, &api) && !isWrongSequence(err) && !isSealed(err) && api.Code < 500 && !unknown:
			return err // refused for what it is
		}
		there, serr := l.settle(ctx, id)
		switch {
		case serr == nil && there:
			return nil
		case errors.Is(serr, ErrNotLeader):
			return l.fail(serr)
		case serr == nil && isSealed(err):
			return l.fail(fmt.Errorf("month %s is sealed: %w", l.month.yyyymm(), errFenced))
		case serr == nil && isWrongSequence(err):
			return l.fail(errFenced)
		}
		unknown = true
		l.j.log.Warn("an append got no answer; trying again", "site", l.j.site, "after", l.last, "error", err)
		if (clock.Clock{}).Sleep(ctx, retryPause) != nil || l.isLost() {
			return l.fail(fmt.Errorf("the outcome is unknown: %w", errors.Join(err, ctx.Err())))
		}
	}
}

// publish sends the record once, and moves the end on when the server says that it is durable.
func (l *Leadership) publish(ctx context.Context, id string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, appendWait)
	defer cancel()
	msg := &nats.Msg{Subject: l.month.records(), Data: body, Header: nats.Header{appendHeader: {id}}}
	ack, err := l.j.js.PublishMsg(ctx, msg,
		jetstream.WithExpectStream(l.month.name),
		jetstream.WithExpectLastSequence(l.last),
		jetstream.WithExpectLastSequenceForSubject(l.fenceSeq, l.month.fence()))
	if err != nil {
		return err
	}
	l.last = ack.Sequence
	return nil
}

// settle finds out whether the record is in the journal. If it is not, it may still be on its way: then only one of
// it and its repetition can join to the end that both name. ErrNotLeader: another's entry stands there.
func (l *Leadership) settle(ctx context.Context, id string) (there bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, appendWait)
	defer cancel()
	info, err := l.month.stream.Info(ctx)
	if err != nil {
		return false, err
	}
	if info.State.LastSeq == l.last {
		return false, nil
	}
	msg, err := l.month.stream.GetMsg(ctx, l.last+1)
	if err != nil {
		return false, err
	}
	if msg.Header.Get(appendHeader) != id {
		return false, fmt.Errorf("%w: entry %d is another's", ErrNotLeader, msg.Sequence)
	}
	l.last = msg.Sequence
	return true, nil
}

// fail ends the leadership; what happened is known to no more than the journal itself.
func (l *Leadership) fail(err error) error {
	l.lose()
	if errors.Is(err, ErrNotLeader) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNotLeader, err)
}

func (l *Leadership) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}
