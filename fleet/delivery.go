package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// deliverWithin bounds one try at a delivery: a search, a create, two pictures and what else belongs to it. It is
// shorter than any ticket.Carrier's Doubt, so that what a controller which lost its lease still sends has come to light
// before another one makes a second ticket.
const deliverWithin = 45 * time.Second

// carry starts the deliveries that are due, the most urgent first, and asks the sinks what people did. Now is the wall
// clock: the other side does not live in a simulation.
func (d *courier) carry(s *state, now time.Time) {
	if len(d.c.o.Sinks) == 0 {
		return
	}
	for _, sink := range d.c.o.Sinks {
		lane := d.lane(sink)
		fresh, more := d.outgoing(s, sink, now)
		for _, t := range slices.Concat(fresh, more) {
			if lane.Take(t.ID, now) {
				d.deliver(sink, lane, t, s.faults[t.FaultID])
			}
		}
		d.ask(sink, now)
	}
}

// outgoing are the tickets that a sink is to be handed: what is new to it, and then what is said again.
func (d *courier) outgoing(s *state, sink ticket.Sink, now time.Time) (fresh, more []ticket.Ticket) {
	for _, t := range s.tickets {
		switch {
		case ticket.Due(t, sink.Name()):
			if !ticket.Past(t, sink.Name(), d.c.o.Clock.Now()) {
				fresh = append(fresh, t)
			}
		case d.again(sink, t, now):
			more = append(more, t)
		}
	}
	slices.SortFunc(fresh, ticket.Urgent)
	slices.SortFunc(more, ticket.Urgent)
	return fresh, more
}

func (d *courier) lane(sink ticket.Sink) *ticket.Lane {
	l := d.lanes[sink.Name()]
	if l == nil {
		l = ticket.NewLane(ticket.DefaultRules())
		d.lanes[sink.Name()] = l
	}
	if r, ok := sink.(interface{ Rate() ticket.Rate }); ok {
		l.Limit(r.Rate())
	}
	return l
}

// again says whether a sink is to be handed a revision once more: pictures have come since, or it must be told again.
func (d *courier) again(sink ticket.Sink, t ticket.Ticket, now time.Time) bool {
	if a, ok := sink.(ticket.Attacher); ok && a.Attaches() && d.c.o.Picture != nil && t.Sinks[sink.Name()].Remote != "" {
		for _, e := range ticket.Missing(t, sink.Name(), d.c.o.Clock.Now()) {
			if has, err := d.c.o.Pictures.Has(d.ctx, e.SHA256); err == nil && has {
				return true
			}
		}
	}
	r, ok := sink.(ticket.Repeater)
	return ok && r.RepeatEvery() > 0 && t.State == ticket.Open && t.Sinks[sink.Name()].Dead < t.Revision &&
		now.Sub(d.told[sink.Name()+"/"+t.ID]) >= r.RepeatEvery()
}

// forget drops the pause of one delivery.
func (d *courier) forget(sink, id string) {
	if l := d.lanes[sink]; l != nil {
		l.Pause(id, time.Time{})
	}
}

func (d *courier) deliver(sink ticket.Sink, lane *ticket.Lane, t ticket.Ticket, f fault.Fault) {
	r := ticket.Revision{
		Site: d.c.o.Site.ID, Ticket: t, Fault: f, Link: d.c.o.Link + "/#/faults/" + f.ID, Evidence: []string{}, Picture: d.c.o.Picture,
	}
	for _, e := range slices.Concat(t.Before, t.After) {
		r.Evidence = append(r.Evidence, d.c.o.Link+"/api/v1/evidence/"+e.SHA256)
	}
	note := func(ctx context.Context, kept ticket.Delivery) error {
		return d.c.do(ctx, func(ctx context.Context) error { return d.c.noted(ctx, sink.Name(), f.ID, kept) })
	}
	d.group.Go(func() error {
		ctx, cancel := context.WithTimeout(d.ctx, deliverWithin)
		defer cancel()
		now, err := sink.Deliver(ctx, r, t.Sinks[sink.Name()], note)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		return d.c.do(d.ctx, func(ctx context.Context) error {
			wall := time.Now()
			lane.End(t.ID, err, wall, rand.Float64())
			if err == nil {
				d.told[sink.Name()+"/"+t.ID] = wall
			}
			return d.c.delivered(ctx, sink.Name(), t, now, err)
		})
	})
}

// noted keeps what a sink must not forget. It also holds what the controller alone knows of the delivery.
func (c *Controller) noted(ctx context.Context, sink, faultID string, d ticket.Delivery) error {
	t, ok := c.tickets[faultID]
	if !ok {
		return fmt.Errorf("ticket of fault %s is gone", faultID)
	}
	had := t.Sinks[sink]
	d.ClosedThere = had.ClosedThere
	if d.Number == "" {
		d.Number = had.Number
	}
	next := ticket.Kept(t, sink, d)
	if reflect.DeepEqual(next, t) {
		return nil
	}
	return c.commit(ctx, KindTicket, c.o.Clock.Now(), Change{Tickets: []ticket.Ticket{next}})
}

// delivered notes how a delivery ended. The journal hears of what is new only: not of a try that ended like the last.
func (c *Controller) delivered(ctx context.Context, sink string, sent ticket.Ticket, d ticket.Delivery, err error) error {
	if err == nil {
		return c.noted(ctx, sink, sent.FaultID, d)
	}
	next := ticket.Failed(d, sent.Revision, err, time.Now(), ticket.DefaultRules())
	if next.Dead > d.Dead {
		c.o.Logger.Error("ticket given up: a person must see to it (nightrounds tickets dead)", "ticket", sent.ID, "sink", sink, "said", next.Said)
	}
	return c.noted(ctx, sink, sent.FaultID, next)
}

// ask asks a sink what people did, when its pause is over.
func (d *courier) ask(sink ticket.Sink, now time.Time) {
	p, ok := sink.(ticket.Poller)
	name := sink.Name()
	if !ok || p.Every() <= 0 || d.busy["ask/"+name] || now.Sub(d.asked[name]) < p.Every() || now.Before(d.lanes[name].Down()) {
		return
	}
	d.busy["ask/"+name], d.asked[name] = true, now
	kept := d.c.sinks[name].Cursor
	from := kept
	if newest, ok := d.cursor[name]; ok {
		from = newest
	}
	d.group.Go(func() error {
		ctx, cancel := context.WithTimeout(d.ctx, deliverWithin)
		defer cancel()
		heard, next, err := p.Poll(ctx, from)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		return d.c.do(d.ctx, func(ctx context.Context) error {
			delete(d.busy, "ask/"+name)
			if err != nil && !errors.Is(err, context.Canceled) {
				d.c.o.Logger.Warn("ticket system not heard; it is asked again", "sink", name, "error", err)
			}
			if len(heard) > 0 || kept == "" && next != "" {
				delete(d.cursor, name)
				return d.c.hears(ctx, SinkMemory{Sink: name, Cursor: next}, heard)
			}
			d.cursor[name] = next // after a restart what lies between is read again, and nothing in it was new
			return nil
		})
	})
}
