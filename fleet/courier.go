package fleet

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// The pauses between tries, on the wall clock: the other side does not live in a simulation.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
	tryTimeout = 20 * time.Second
)

// A courier carries ticket revisions to sinks (see delivery.go), verdicts to those who raised alarms (see inbounds.go) and steps
// to whoever performs them (see conduct.go): at least once, each with its own key, in order for each ticket, with growing pauses.
// What is to be carried is read off the state, so nothing is lost with the process.
type courier struct {
	ctx    context.Context //nolint:containedctx // the leadership's: its goroutines end with it
	group  *errgroup.Group
	c      *Controller
	busy   map[string]bool
	pause  map[string]pause
	client *http.Client
	lanes  map[string]*ticket.Lane // by sink
	told   map[string]time.Time    // when a sink that must be told again was told last, by delivery (wall clock)
	asked  map[string]time.Time    // when a sink was last asked what people did (wall clock)
	cursor map[string]string       // up to where, where that is not worth a record
}

// A pause holds a key back until a time.
type pause struct {
	until time.Time // wall clock
	last  time.Duration
}

func newCourier(ctx context.Context, g *errgroup.Group, c *Controller) *courier {
	return &courier{
		ctx: ctx, group: g, c: c, busy: map[string]bool{}, pause: map[string]pause{},
		lanes: map[string]*ticket.Lane{}, told: map[string]time.Time{}, asked: map[string]time.Time{}, cursor: map[string]string{},
		client: rest.NoRedirects(tryTimeout),
	}
}

// held says whether a key is under way, or waits for its next try.
func (d *courier) held(key string) bool { return d.busy[key] || time.Now().Before(d.pause[key].until) }

// try does one thing at a time for a key, outside the loop, and reports its end inside it.
func (d *courier) try(key string, do func(context.Context) error, done func(context.Context, error) error) {
	if d.held(key) {
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
