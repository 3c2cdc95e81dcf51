package fleet

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// A SinkMemory is what is kept of a ticket system beside its tickets: up to where it was asked, and which of its messages
// were heard, so that none counts twice.
type SinkMemory struct {
	Sink   string   `json:"sink"`
	Cursor string   `json:"cursor,omitempty"`
	Heard  []string `json:"heard,omitempty"` // ids of messages, newest last
}

// heardMost is how many ids of messages are kept for each sink.
const heardMost = 1000

// hears takes what people did in a ticket system into the faults, once: with its cursor in the same record.
func (c *Controller) hears(ctx context.Context, m SinkMemory, heard []ticket.Heard) error {
	now := c.o.Clock.Now()
	known := c.sinks[m.Sink]
	change := Change{}
	for _, h := range heard {
		if h.ID != "" && (slices.Contains(known.Heard, h.ID) || slices.Contains(m.Heard, h.ID)) {
			continue
		}
		if h.ID != "" {
			m.Heard = append(m.Heard, h.ID)
		}
		if t, ok := c.ticketOf(m.Sink, h); ok {
			c.take(m.Sink, t, h, now, &change)
		}
	}
	fresh := append(slices.Clone(known.Heard), m.Heard...)
	m.Heard = fresh[max(0, len(fresh)-heardMost):]
	m.Cursor = cmp.Or(m.Cursor, known.Cursor)
	change.Sinks = []SinkMemory{m}
	return c.commit(ctx, KindTicket, now, change)
}

// ticketOf finds the ticket that something was heard of.
func (c *Controller) ticketOf(sink string, h ticket.Heard) (ticket.Ticket, bool) {
	for _, t := range sorted(c.tickets) {
		d, there := t.Sinks[sink]
		if !there {
			continue
		}
		r := ticket.Revision{Site: c.o.Site.ID, Ticket: t}
		if h.Key != "" && (h.Key == r.TicketKey() || h.Key == c.o.Site.ID+"/"+t.FaultID) || h.Remote != "" && (h.Remote == d.Remote || h.Remote == d.Number) {
			return t, true
		}
	}
	return ticket.Ticket{}, false
}

// take adds to a change what one act of a person means. Somebody who closed the ticket says that it is repaired: a robot
// looks again, and what it sees decides.
func (c *Controller) take(sink string, t ticket.Ticket, h ticket.Heard, now time.Time, change *Change) {
	f, t := c.faultIn(change.Faults, t.FaultID), c.ticketIn(change.Tickets, t.FaultID)
	d := t.Sinks[sink]
	switch {
	case h.What == ticket.HeardNamed:
		d.Number = h.Remote
		change.Tickets = upsertTicket(change.Tickets, ticket.Kept(t, sink, d))
		return
	case h.What == ticket.HeardClosed && t.State == ticket.Closed, h.What == ticket.HeardReopened && t.State == ticket.Open && !d.ClosedThere:
		return // so it is here
	}
	line := h.Line(sink)
	f = fault.HeardFrom(f, now, line, sink)
	if h.What == ticket.HeardClosed || h.What == ticket.HeardReopened {
		d.ClosedThere = h.What == ticket.HeardClosed
		change.Tickets = upsertTicket(change.Tickets, ticket.Kept(t, sink, d))
	}
	if h.What == ticket.HeardClosed && (f.State == fault.Escalated || f.State == fault.Ticketed) {
		f.Verifications = 0
		f = fault.Moved(f, fault.Verifying, now, "a robot looks again")
	}
	change.Faults = upsert(change.Faults, f)
	change.Say = fmt.Sprintf("%s: %s", f.ID, line)
}

// HearSink takes a message that a ticket system sent. One that was heard before changes nothing.
func (c *Controller) HearSink(ctx context.Context, name string, h http.Header, body []byte) error {
	var wrong error
	err := c.do(ctx, func(ctx context.Context) error {
		l, ok := c.listener(name)
		if !ok {
			wrong = fmt.Errorf("sink %q that is told over HTTP: %w", name, ErrUnknown)
			return nil
		}
		id, heard, err := l.Hear(h, body, time.Now())
		if err != nil {
			wrong = fmt.Errorf("%w: %w", ErrRefused, err)
			return nil
		}
		if slices.Contains(c.sinks[name].Heard, "message "+id) {
			return nil
		}
		return c.hears(ctx, SinkMemory{Sink: name, Heard: []string{"message " + id}}, heard)
	})
	return cmp.Or(wrong, err)
}

func (c *Controller) listener(name string) (ticket.Listener, bool) {
	for _, s := range c.o.Sinks {
		if l, ok := s.(ticket.Listener); ok && s.Name() == name {
			return l, true
		}
	}
	return nil, false
}
