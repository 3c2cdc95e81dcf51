package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// A SinkView is a ticket system as people see it.
type SinkView struct {
	Name    string     `json:"name"`
	Kind    string     `json:"kind,omitempty"`
	Waiting int        `json:"waiting"` // tickets whose newest revision is not there yet
	Dead    int        `json:"dead"`    // revisions that were given up
	Down    *time.Time `json:"down,omitempty"`
	Said    string     `json:"said,omitempty"` // what it said last instead of taking a revision
}

// Sinks lists the ticket systems.
func (c *Controller) Sinks(ctx context.Context) (out []SinkView, err error) {
	out = []SinkView{}
	err = c.do(ctx, func(context.Context) error {
		tickets := sorted(c.tickets)
		for _, s := range c.o.Sinks {
			out = append(out, c.sinkView(s, tickets))
		}
		return nil
	})
	return out, err
}

func (c *Controller) sinkView(s ticket.Sink, tickets []ticket.Ticket) SinkView {
	v := SinkView{Name: s.Name()}
	if k, ok := s.(interface{ Kind() string }); ok {
		v.Kind = k.Kind()
	}
	if l := c.courier.lanes[s.Name()]; l != nil && l.Down().After(time.Now()) {
		down := l.Down()
		v.Down = &down
	}
	for _, t := range tickets {
		d := t.Sinks[s.Name()]
		switch {
		case d.Dead >= t.Revision:
			v.Dead++
		case ticket.Due(t, s.Name()) && !ticket.Past(t, s.Name(), c.o.Clock.Now()):
			v.Waiting++
		}
		v.Said = cmp.Or(d.Said, v.Said)
	}
	return v
}

// UseSinks goes on with other ticket systems: those of mapping files that were changed. What is under way ends first:
// a lane goes with the sink's name.
func (c *Controller) UseSinks(ctx context.Context, sinks []ticket.Sink) error {
	return c.do(ctx, func(context.Context) error {
		c.o.Sinks, c.unsettled = sinks, true
		return nil
	})
}

// DeadLetters lists the revisions that a ticket system would not take, newest first.
func (c *Controller) DeadLetters(ctx context.Context) (out []ticket.Dead, err error) {
	err = c.do(ctx, func(context.Context) error { out = ticket.DeadLetters(sorted(c.tickets)); return nil })
	return out, err
}

// Resend gives dead letters new life in a person's name: those of a ticket, of a sink, or all where both are empty.
func (c *Controller) Resend(ctx context.Context, id, sink, by string) (out []ticket.Dead, err error) {
	var wrong error
	out = []ticket.Dead{}
	err = c.do(ctx, func(ctx context.Context) error {
		change := Change{}
		for _, dead := range ticket.DeadLetters(sorted(c.tickets)) {
			if id != "" && dead.Ticket != id || sink != "" && dead.Sink != sink {
				continue
			}
			out = append(out, dead)
			t := c.ticketIn(change.Tickets, dead.FaultID)
			change.Tickets = upsertTicket(change.Tickets, ticket.Kept(t, dead.Sink, ticket.Resent(t.Sinks[dead.Sink])))
			f := fault.Noted(c.faults[dead.FaultID], c.o.Clock.Now(), fmt.Sprintf("%s sends ticket %s to %s again", by, dead.Ticket, dead.Sink))
			if i := slices.IndexFunc(change.Faults, func(g fault.Fault) bool { return g.ID == f.ID }); i < 0 {
				change.Faults = append(change.Faults, f)
			}
			c.courier.forget(dead.Sink, dead.Ticket)
		}
		if len(out) == 0 {
			wrong = fmt.Errorf("dead letter of ticket %q for sink %q: %w", id, sink, ErrUnknown)
			return nil
		}
		change.Say = fmt.Sprintf("%s sends %d dead letters again", by, len(out))
		return c.commit(ctx, KindTicket, c.o.Clock.Now(), change)
	})
	return out, cmp.Or(wrong, err)
}

// TestSink makes a ticket at a sink and closes it again, and tells how that went.
func (c *Controller) TestSink(ctx context.Context, name string) ([]string, error) {
	var sink ticket.Sink
	err := c.do(ctx, func(context.Context) error {
		if i := slices.IndexFunc(c.o.Sinks, func(s ticket.Sink) bool { return s.Name() == name }); i >= 0 {
			sink = c.o.Sinks[i]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sink == nil {
		return nil, fmt.Errorf("sink %q: %w", name, ErrUnknown)
	}
	said, err := ticket.Try(ctx, sink, c.o.Site.ID, c.o.Link, time.Now().UTC())
	if err != nil {
		return said, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return said, nil
}
