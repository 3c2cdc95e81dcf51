package listen

import (
	"context"
	"log/slog"
	"sync"
)

// maxQueued is how many deliveries may wait before messages of QoS 0 are dropped: 8 s of 2,000 robots' states. QoS 1 needs
// no bound here, the broker stops at its own (its most unacknowledged messages).
const maxQueued = 16384

// A queue stands between paho, which must not wait, and Deliver, which may.
type queue struct {
	log     *slog.Logger
	filled  chan struct{} // holds a token when there may be something to pop
	mu      sync.Mutex
	items   []func(context.Context)
	dropped int // since the queue was last below its bound
}

func newQueue(log *slog.Logger) *queue { return &queue{log: log, filled: make(chan struct{}, 1)} }

// push adds an item whatever the length.
func (q *queue) push(item func(context.Context)) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// offer adds an item unless the queue is full.
func (q *queue) offer(item func(context.Context)) {
	q.mu.Lock()
	full := len(q.items) >= maxQueued
	if full {
		q.dropped++
	}
	q.mu.Unlock()
	if !full {
		q.push(item)
	}
}

func (q *queue) pop() (item func(context.Context), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		q.items = nil // gives back what a burst took
		return nil, false
	}
	item, q.items[0] = q.items[0], nil
	q.items = q.items[1:]
	if q.dropped > 0 && len(q.items) < maxQueued/2 {
		q.log.Warn("the controller fell behind: messages of QoS 0 were dropped", "count", q.dropped)
		q.dropped = 0
	}
	return item, true
}

// A ledger knows which QoS 1 messages of the present connection are not acknowledged yet. The broker sends each again
// when its patience ends; without this, every round of a long stall would queue one more copy of them all.
type ledger struct {
	mu   sync.Mutex
	open map[uint16]*entry // by packet ID
}

// An entry is one delivery; a packet ID is used again after its acknowledgement, and by each connection anew.
type entry struct{ _ byte } // not empty: pointers to two of them differ

// begin forgets the last connection, whose acknowledgements come too late for this one.
func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = map[uint16]*entry{}
}

// note says whether the packet is new, and returns what strikes it out.
func (l *ledger) note(id uint16) (strike func(), fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[id] != nil {
		return nil, false
	}
	e := &entry{}
	l.open[id] = e
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open[id] == e {
			delete(l.open, id)
		}
	}, true
}
