package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// A Driver speaks to one portal's control. Both calls may be repeated at any time.
type Driver interface {
	// Ask asks for it to be open, or lets it go.
	Ask(ctx context.Context, open bool) error
	// Status asks what it is; why explains a fault. It fails with ErrSilent when nothing is known beyond the last answer.
	Status(ctx context.Context) (s Status, why string, err error)
}

// ErrSilent is returned by a driver that only hears, when it has heard nothing since it last told.
var ErrSilent = errors.New("nothing was heard since the last time")

// A Keeper keeps one portal as it is wanted, and tells what it is.
type Keeper struct {
	id     string
	driver Driver
	clock  clock.Clock
	told   func(context.Context, Report)
	want   chan Wish
	log    *slog.Logger

	wished  Wish // of the one who calls Want
	settled bool
	lost    bool // of Run: the last ask was not taken
}

// How often a portal is asked what it is: while somebody waits for it, and else.
const (
	watchEvery = time.Second
	restEvery  = 30 * time.Second
	askWithin  = 5 * time.Second // of the wall clock: the control lives by that
)

// NewKeeper checks nothing and starts nothing. Told hears of every report and of every failure to get one, as Unknown.
func NewKeeper(id string, d Driver, c clock.Clock, told func(context.Context, Report), log *slog.Logger) *Keeper {
	return &Keeper{id: id, driver: d, clock: c, told: told, want: make(chan Wish, 1), log: log}
}

// Want says what the portal is to do from now on. It does not wait. One goroutine calls it.
func (k *Keeper) Want(w Wish) {
	if k.settled && w == k.wished {
		return
	}
	k.wished, k.settled = w, true
	select {
	case <-k.want: // what was wanted before and not seen yet
	default:
	}
	k.want <- w
}

// Run keeps the portal until ctx ends. When it is wanted to Rest then, it is let go. It asks for nothing before the first
// Want: until then a robot may be in it of which nobody here knows.
func (k *Keeper) Run(ctx context.Context) error {
	var wish Wish
	select {
	case wish = <-k.want:
	case <-ctx.Done():
		return ctx.Err()
	}
	asked, letGo := false, false
	defer func() {
		select {
		case wish = <-k.want:
		default:
		}
		if wish == Rest && !letGo {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
			defer cancel()
			k.ask(last, false)
		}
	}()
	for {
		open := wish == Opens || wish == Holds
		if wish != Rest || !letGo { // said again for as long as somebody waits: what was asked may have been lost
			taken := k.ask(ctx, open)
			asked, letGo = open && taken, !open && taken
		}
		k.report(ctx, asked)
		rest := time.NewTimer(k.clock.Wall(every(wish, letGo)))
		select {
		case wish = <-k.want:
		case <-rest.C:
		case <-ctx.Done():
		}
		rest.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func every(w Wish, letGo bool) time.Duration {
	if w == Rest && letGo {
		return restEvery
	}
	return watchEvery
}

func (k *Keeper) ask(ctx context.Context, open bool) (taken bool) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	err := k.driver.Ask(ctx, open)
	if err != nil && !k.lost && !errors.Is(ctx.Err(), context.Canceled) {
		k.log.Warn("a portal was not asked; it is tried every second", "portal", k.id, "open", open, "error", err)
	}
	k.lost = err != nil
	return err == nil
}

func (k *Keeper) report(ctx context.Context, asked bool) {
	asking, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s, why, err := k.driver.Status(asking)
	if ctx.Err() != nil || errors.Is(err, ErrSilent) {
		return
	}
	if err != nil {
		s, why = Unknown, fmt.Sprintf("it does not answer: %s", err)
	}
	k.told(ctx, Report{Status: s, Why: why, Asked: asked})
}
