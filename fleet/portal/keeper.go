package portal

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// A Driver speaks to one portal's control. Both calls may be repeated at any time.
type Driver interface {
	// Ask asks for it to be open, or lets it go.
	Ask(ctx context.Context, open bool) error
	// Status asks what it is; why explains a fault.
	Status(ctx context.Context) (s Status, why string, err error)
}

// A Keeper keeps one portal as it is wanted, and tells what it is.
type Keeper struct {
	portal Portal
	driver Driver
	clock  clock.Clock
	told   func(Status, string)
	want   chan bool
	log    *slog.Logger
}

// How often a portal is asked what it is: while it is wanted, and else.
const (
	watchEvery = time.Second
	idleEvery  = 30 * time.Second
	askWithin  = 5 * time.Second
)

// NewKeeper checks nothing and starts nothing. Told hears of every report and of every failure to get one, as Unknown.
func NewKeeper(p Portal, d Driver, c clock.Clock, told func(Status, string), log *slog.Logger) *Keeper {
	return &Keeper{portal: p, driver: d, clock: c, told: told, want: make(chan bool, 1), log: log}
}

// Want says whether the portal is to be open from now on. It does not wait.
func (k *Keeper) Want(open bool) {
	for {
		select {
		case k.want <- open:
			return
		default:
		}
		select {
		case <-k.want: // what was wanted before
		default:
		}
	}
}

// Run keeps the portal until ctx ends, and lets it go then.
func (k *Keeper) Run(ctx context.Context) error {
	open := false
	defer func() {
		if open {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
			defer cancel()
			k.ask(last, false)
		}
	}()
	for {
		k.ask(ctx, open)
		k.report(ctx)
		rest := time.NewTimer(k.clock.Wall(every(open)))
		select {
		case open = <-k.want:
		case <-rest.C:
		case <-ctx.Done():
		}
		rest.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func every(open bool) time.Duration {
	if open {
		return watchEvery
	}
	return idleEvery
}

// ask says again what is wanted, for what was asked may have been lost; the next round tries anew.
func (k *Keeper) ask(ctx context.Context, open bool) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	if err := k.driver.Ask(ctx, open); err != nil && ctx.Err() == nil {
		k.log.Warn("a portal was not asked", "portal", k.portal.ID, "open", open, "error", err)
	}
}

func (k *Keeper) report(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s, why, err := k.driver.Status(asking)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s, why = Unknown, fmt.Sprintf("it does not answer: %s", err)
	}
	k.told(s, why)
}
