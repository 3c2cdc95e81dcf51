package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// The pauses between tries, on the wall clock: the other side does not live in a simulation.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
	tryTimeout = 20 * time.Second
)

// A courier carries ticket revisions to sinks and steps to whoever performs them: at least once, each with its own
// key, in order for each ticket, with growing pauses. What is to be carried is read off the state, so nothing is lost
// with the process.
type courier struct {
	ctx    context.Context //nolint:containedctx // the leadership's: its goroutines end with it
	group  *errgroup.Group
	c      *Controller
	client *http.Client
	busy   map[string]bool
	pause  map[string]pause
}

// A pause holds a key back until a time.
type pause struct {
	until time.Time // wall clock
	last  time.Duration
}

func newCourier(ctx context.Context, g *errgroup.Group, c *Controller) *courier {
	return &courier{
		ctx: ctx, group: g, c: c, busy: map[string]bool{}, pause: map[string]pause{},
		client: &http.Client{Timeout: tryTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// look starts what is due and not under way. It runs in the loop.
func (d *courier) look(s *state) {
	for _, t := range sorted(s.tickets) {
		for _, sink := range d.c.o.Sinks {
			if t.Delivered[sink.Name()] < t.Revision {
				d.deliver(sink, t, s.faults[t.FaultID])
			}
		}
	}
	d.answer(s)
	for _, r := range sorted(s.runs) {
		if r.State == remedy.Acting {
			d.perform(r, s.faults[r.FaultID])
		}
	}
}

func (d *courier) deliver(sink ticket.Sink, t ticket.Ticket, f fault.Fault) {
	key := sink.Name() + "/" + t.ID
	r := ticket.Revision{Site: d.c.o.Site.ID, Ticket: t, Fault: f, Link: d.c.o.Link + "/#/faults/" + f.ID, Evidence: []string{}}
	for _, e := range slices.Concat(t.Before, t.After) {
		r.Evidence = append(r.Evidence, d.c.o.Link+"/api/v1/evidence/"+e.SHA256)
	}
	d.try(key, func(ctx context.Context) error { return sink.Deliver(ctx, r) }, func(ctx context.Context, err error) error {
		return d.c.delivered(ctx, sink.Name(), t, err)
	})
}

// A stepOrder is the body of a step's webhook.
type stepOrder struct {
	FaultID string `json:"faultId"`
	Site    string `json:"site"`
	Rack    string `json:"rack"`
	Unit    int    `json:"unit"`
	Device  string `json:"device"`
	Kind    string `json:"kind"`
	Step    string `json:"step"`
}

func (d *courier) perform(r remedy.Run, f fault.Fault) {
	book, ok := d.c.book(r.Runbook)
	if !ok || r.Step >= len(book.Steps) {
		return
	}
	step := book.Steps[r.Step]
	d.try("run/"+r.Key(), func(ctx context.Context) error {
		text, ok := d.c.o.Secret(step.SecretEnv)
		if !ok {
			return fmt.Errorf("step %q: environment variable %s is not set", step.Name, step.SecretEnv)
		}
		secret, err := webhook.ParseSecret(text)
		if err != nil {
			return fmt.Errorf("step %q: %w", step.Name, err)
		}
		body, err := json.Marshal(stepOrder{f.ID, d.c.o.Site.ID, f.Rack, f.Unit, f.Device, f.Kind, step.Name})
		if err != nil {
			return fmt.Errorf("step %q: %w", step.Name, err)
		}
		return webhook.Post(ctx, d.client, step.URL, secret, r.Key(), time.Now(), "application/json", body)
	}, func(ctx context.Context, err error) error {
		return d.c.performed(ctx, r, step, err)
	})
}

// try does one thing at a time for a key, outside the loop, and reports its end inside it.
func (d *courier) try(key string, do func(context.Context) error, done func(context.Context, error) error) {
	if d.busy[key] || time.Now().Before(d.pause[key].until) {
		return
	}
	d.busy[key] = true
	d.group.Go(func() error {
		err := do(d.ctx)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		return d.c.do(d.ctx, func(ctx context.Context) error {
			delete(d.busy, key)
			d.pauseAfter(key, err)
			return done(ctx, err)
		})
	})
}

func (d *courier) pauseAfter(key string, err error) {
	if err == nil {
		delete(d.pause, key)
		return
	}
	wait := min(max(d.pause[key].last*2, firstPause), maxPause)
	var refused *webhook.StatusError
	if errors.As(err, &refused) && refused.RetryAfter > wait {
		wait = refused.RetryAfter
	}
	d.pause[key] = pause{time.Now().Add(wait), wait}
}

// delivered notes how a revision's delivery ended.
func (c *Controller) delivered(ctx context.Context, sink string, sent ticket.Ticket, err error) error {
	t, ok := c.tickets[sent.FaultID]
	if !ok {
		return nil
	}
	now := c.o.Clock.Now()
	next := ticket.Delivered(t, sink, sent.Revision, err)
	if err != nil && next.Problems[sink] == t.Problems[sink] {
		return nil // the journal need not hear every try
	}
	return c.commit(ctx, KindTicket, now, Change{Tickets: []ticket.Ticket{next}})
}

// performed notes how a step's order was taken.
func (c *Controller) performed(ctx context.Context, r remedy.Run, step remedy.Step, err error) error {
	now := c.o.Clock.Now()
	run, ok := c.runs[r.ID]
	if !ok || run.Step != r.Step {
		return nil
	}
	var refused *webhook.StatusError
	switch {
	case err == nil:
		run = remedy.Accepted(run, now)
		return c.commit(ctx, KindRemedy, now, Change{Runs: []remedy.Run{run}, Say: fmt.Sprintf("%s: step %q taken on", r.FaultID, step.Name)})
	case errors.As(err, &refused) && refused.Final():
		return c.commit(ctx, KindRemedy, now, Change{Runs: []remedy.Run{remedy.Refused(run, err.Error(), now)}})
	}
	c.o.Logger.Warn("step not taken on yet", "step", step.Name, "fault", r.FaultID, "error", err)
	return nil
}
