package robot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/outbox"
)

// Patience of the handover, in the clock's time.
const (
	receiptPatience = 20 * time.Second // then what is not covered is sent again
	helloPatience   = 10 * time.Second // then a controller that has sent no receipt is greeted again
	missingPause    = 10 * time.Second // the same picture is not sent more often
	handoverTick    = 2 * time.Second
	handoverBatch   = 16
)

// handover sends what the outbox holds, in order, until receipts cover it.
type handover struct {
	link   Link
	outbox *outbox.Outbox
	clock  clock.Clock
	log    *slog.Logger
	wake   chan struct{} // holds at most one call

	mu        sync.Mutex
	connected bool
	again     bool                 // begin again with the first that is due
	missing   []string             // pictures that the last receipt asks for
	asked     map[string]time.Time // pictures sent because they were asked for
	heard     time.Time            // of the last receipt, or of the last greeting
	moved     time.Time            // when the receipts last moved, or the sending began again

	// The rest is run's own.
	sent     uint64 // seq up to which all has been sent since connected
	pictured uint64 // seq up to which pictures have gone along
}

func newHandover(l Link, o *outbox.Outbox, c clock.Clock, log *slog.Logger) *handover {
	return &handover{link: l, outbox: o, clock: c, log: log, wake: make(chan struct{}, 1), asked: map[string]time.Time{}}
}

// call wakes run: there is something new to send.
func (h *handover) call() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *handover) online(on bool) {
	h.mu.Lock()
	now := h.clock.Now()
	h.connected, h.again, h.heard, h.moved = on, true, now, now
	h.mu.Unlock()
	h.call()
}

// receipt takes what the controller says is safe.
func (h *handover) receipt(r wire.Receipt) error {
	before := h.outbox.Status()
	if err := h.outbox.Receipt(r); err != nil {
		return err
	}
	after := h.outbox.Status()
	h.mu.Lock()
	now := h.clock.Now()
	h.heard, h.missing = now, r.Missing
	switch {
	case after.Uncovered < before.Uncovered:
		h.moved = now
	case after.Uncovered > before.Uncovered || !before.Settled || after.LastSeq != before.LastSeq:
		h.again, h.moved = true, now
	}
	h.mu.Unlock()
	h.call()
	return nil
}

// run sends until ctx ends.
func (h *handover) run(ctx context.Context) error {
	tick := h.clock.NewTicker(handoverTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.wake:
		case <-tick.C:
		}
		if err := h.send(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, link.ErrOffline) {
			h.log.Warn("handing over is held up", "why", err)
		}
	}
}

// send sends what is missing and what is due.
func (h *handover) send(ctx context.Context) error {
	now := h.clock.Now()
	h.mu.Lock()
	connected, missing := h.connected, h.missing
	h.missing = nil
	status := h.outbox.Status()
	greet := connected && !status.Settled && now.Sub(h.heard) > helloPatience
	if greet {
		h.heard = now
	}
	if status.Uncovered == 0 {
		h.moved = now
	}
	if now.Sub(h.moved) > receiptPatience {
		h.again, h.moved = true, now
	}
	if h.again {
		h.sent, h.again = 0, false
	}
	h.mu.Unlock()
	if !connected {
		return nil
	}
	if greet {
		if err := h.link.Announce(); err != nil {
			return err
		}
	}
	if err := h.sendMissing(ctx, missing, now); err != nil {
		return err
	}
	for {
		due, err := h.outbox.Due(h.sent, handoverBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, o := range due {
			if err := h.sendOne(ctx, o); err != nil {
				return err
			}
			h.sent = o.Seq
		}
		if h.toBegin() {
			h.call()
			return nil
		}
	}
}

func (h *handover) toBegin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.again
}

// sendOne sends an observation, after its pictures when they have not gone before.
func (h *handover) sendOne(ctx context.Context, o wire.Observation) error {
	if o.Seq > h.pictured {
		for _, ref := range o.Evidence {
			if err := h.sendPicture(ctx, ref.SHA256); err != nil {
				return err
			}
		}
		h.pictured = o.Seq
	}
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		return fmt.Errorf("write observation %d: %w", o.Seq, err)
	}
	err = h.link.Publish(ctx, link.KindObservation, payload)
	if errors.Is(err, link.ErrTooLarge) {
		h.log.Error("an observation is larger than a message may be: it stays here", "seq", o.Seq, "bytes", len(payload))
		return nil
	}
	return err
}

func (h *handover) sendMissing(ctx context.Context, missing []string, now time.Time) error {
	for sha, at := range h.asked {
		if now.Sub(at) > missingPause {
			delete(h.asked, sha)
		}
	}
	for _, sha := range missing {
		if _, lately := h.asked[sha]; lately {
			continue
		}
		if err := h.sendPicture(ctx, sha); err != nil {
			return err
		}
		h.asked[sha] = now
	}
	return nil
}

// sendPicture sends a picture; one that is no longer there is the controller's loss.
func (h *handover) sendPicture(ctx context.Context, sha string) error {
	content, err := h.outbox.Evidence(sha)
	if errors.Is(err, outbox.ErrNoEvidence) {
		h.log.Warn("a picture is asked for that the outbox no longer has", "sha256", sha)
		return nil
	}
	if err != nil {
		return err
	}
	return h.link.Publish(ctx, link.EvidencePrefix+sha, content)
}
