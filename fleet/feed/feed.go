// Package feed fans live events out to pages as server-sent events (WHATWG HTML, section 9.2): each event is encoded
// once, each reader has a bounded queue, and the newest events are kept so that a reader that was away for a moment
// misses none. A reader that cannot keep up is let go; it comes back by itself and names the last event it has.
//
// It knows nothing of what an event means.
package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	kept       = 512 // events remembered for readers that come back
	queue      = 256 // events that may wait for one reader
	heartbeat  = 15 * time.Second
	writeLimit = 20 * time.Second
)

// An event is one encoded frame.
type event struct {
	id    uint64
	kind  string
	frame []byte
}

// A Feed is ready when zero.
type Feed struct {
	mu      sync.Mutex
	last    uint64
	ring    []event
	readers map[chan event]bool
	// newest keeps, by kind, the last event of those kinds that show a whole and not a change: a new reader gets it at once.
	newest map[string]event
}

// Tell sends an event to all readers. Transient kinds show a whole (all robots): only the newest is kept.
func (f *Feed) Tell(kind string, v any, transient bool) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	e := event{f.last, kind, fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", f.last, kind, data)}
	if transient {
		if f.newest == nil {
			f.newest = map[string]event{}
		}
		f.newest[kind] = e
	} else if f.ring = append(f.ring, e); len(f.ring) > kept {
		f.ring = f.ring[len(f.ring)-kept:]
	}
	for r := range f.readers {
		select {
		case r <- e:
		default:
			delete(f.readers, r)
			close(r)
		}
	}
	return nil
}

// ServeHTTP streams events from the one after Last-Event-ID (header, or query parameter "after") until the reader
// leaves.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	after, known := lastSeen(r)
	events, missed := f.join(after, known)
	defer f.leave(events)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	write := func(b []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(writeLimit))
		_, err := w.Write(b)
		return err == nil && out.Flush() == nil
	}
	if !write([]byte("retry: 2000\n\n")) {
		return
	}
	for _, e := range missed {
		if !write(e.frame) {
			return
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !write([]byte(": still here\n\n")) {
				return
			}
		case e, open := <-events:
			if !open || !write(e.frame) {
				return
			}
		}
	}
}

// join adds a reader and returns what it missed. One that has never been here gets the wholes only.
func (f *Feed) join(after uint64, known bool) (chan event, []event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var missed []event
	for _, e := range f.ring {
		if known && e.id > after {
			missed = append(missed, e)
		}
	}
	for _, e := range f.newest {
		missed = append(missed, e)
	}
	r := make(chan event, queue)
	if f.readers == nil {
		f.readers = map[chan event]bool{}
	}
	f.readers[r] = true
	return r, missed
}

func (f *Feed) leave(r chan event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers[r] {
		delete(f.readers, r)
		close(r)
	}
}

func lastSeen(r *http.Request) (id uint64, known bool) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	id, err := strconv.ParseUint(text, 10, 64)
	return id, err == nil
}
