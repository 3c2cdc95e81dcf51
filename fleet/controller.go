// Package fleet is the controller: one loop that owns the site's state, hears robots, people and the clock, decides
// by the rules of its sub-packages, journals what it decided, and only then acts on it.
//
//	message, command, tick --> decide (pure) --> Change --> journal (durable) --> apply --> store, page
//	                                                            \--> effects: orders, receipts, tickets, repairs
//
// The rules themselves are in patrol, traffic, dispatch, fault, ticket and remedy. This package knows neither HTTP
// nor what an image is.
package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
)

// A Journal is the site's durable truth. Append returns only when the records are durable.
type Journal interface {
	Read(ctx context.Context, after uint64, fn func(journal.Record) error) (last uint64, err error)
	Append(ctx context.Context, recs ...journal.Record) (last uint64, err error)
}

// A Publisher sends an MQTT message to a robot.
type Publisher interface {
	Publish(ctx context.Context, topic string, qos byte, payload []byte) error
}

// Pictures says which evidence is kept.
type Pictures interface {
	Has(ctx context.Context, sha256 string) (bool, error)
	Put(ctx context.Context, sha256, mediaType string, b []byte) error
}

// Options are what a Controller works with.
type Options struct {
	Site        *maps.Site
	PackageName string // SHA-256 of the site package that robots should have
	Link        string // address of the page and the API, as people and robots reach them
	Runbooks    remedy.File
	// Reread reads the runbooks again; nil: they stay as they are.
	Reread func() (remedy.File, error)
	Secret func(env string) (string, bool) // looks a step's secret up
	// Executors carry out the steps that touch machines, by kind. A step of a kind that has none is refused.
	Executors map[remedy.Kind]remedy.Executor
	Sinks     []ticket.Sink
	// Picture reads a picture for the ticket systems that take them; nil: none are attached.
	Picture  func(ctx context.Context, sha256 string) ([]byte, error)
	Machines Machines          // may be nil: the site declares none to ask
	Inbound  []*inbound.Source // who may raise alarms, and where verdicts on them go
	// PortalClient asks the controls of doors, lifts and airlocks that speak HTTP; nil: a client of its own.
	PortalClient *http.Client
	Store        *store.Store
	Pictures     Pictures
	Out          Publisher
	Clock        clock.Clock
	Rules        Rules
	// Told hears of every change that the page should show: an event's kind and its JSON-able content.
	Told   func(kind string, v any)
	Logger *slog.Logger
}

// Rules are the numbers of all the rules.
type Rules struct {
	Patrol   patrol.Rules
	Dispatch dispatch.Rules
	Fault    fault.Rules
	Quiet    quiet.Rules // until a site loads its own
	// ClearanceM is how far apart the nodes of two robots are at least, in m (traffic.Table.Clearance).
	ClearanceM float64
	// Silent is the age of a robot's last state from which it is not sent anywhere.
	Silent time.Duration
	// Blocked is how long a robot that may go on may make no headway before the edge ahead of it is closed, for Closed.
	Blocked, Closed time.Duration
	// PositionEvery is how often a robot's place is journaled while it moves.
	PositionEvery time.Duration
}

// DefaultRules suit the sample, and robots of 0.9 m from corner to corner, with 0.1 m of room between them.
func DefaultRules() Rules {
	return Rules{
		Patrol: patrol.DefaultRules(), Dispatch: dispatch.DefaultRules(), Fault: fault.DefaultRules(), Quiet: quiet.DefaultRules(),
		ClearanceM: 1.0,
		Silent:     15 * time.Second, Blocked: 3 * time.Minute, Closed: 15 * time.Minute, PositionEvery: 10 * time.Second,
	}
}

// A Controller leads one site.
type Controller struct {
	o     Options
	tasks chan func(context.Context) error
	send  chan message

	// Of the loop's goroutine alone:
	*state
	journal Journal
	applied uint64
	live    map[string]*liveRobot
	views   []maps.Viewpoint
	halls   map[string]*patrol.Hall // by hall
	plans   map[string]*patrol.Plan // by hall, for the robots that were there last
	cures   map[*patrol.Plan]string // of the plans that were asked for theirs (patrol.Cure)
	courier *courier
	zonings map[string]zoning // by hall
	puzzle  puzzle
	roll    roll
	doors   doorways
	repair  repair
	// waiting are messages that go out when what they rest on is kept: a robot must not be let go to a node of which a
	// restarted controller would not know.
	waiting []message
	// unsettled is set when something changed since faults, repairs and deliveries were last carried on.
	unsettled bool
	floor     bool // the traffic tables or missions changed and are not kept yet
}

// A message is one on its way to a robot.
type message struct {
	topic   string
	qos     byte
	payload []byte
}

// New checks the options.
func New(o Options) (*Controller, error) {
	if o.Site == nil || o.Store == nil || o.Pictures == nil || o.Out == nil {
		return nil, errors.New("controller: needs a site, a store, pictures and a way out")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Told == nil {
		o.Told = func(string, any) {}
	}
	c := &Controller{
		o: o, tasks: make(chan func(context.Context) error), send: make(chan message, 1024),
		live: map[string]*liveRobot{}, views: o.Site.Viewpoints(), halls: map[string]*patrol.Hall{}, plans: map[string]*patrol.Plan{}, cures: map[*patrol.Plan]string{},
		zonings: map[string]zoning{},
	}
	var err error
	if c.doors, err = newDoorways(o); err != nil {
		return nil, err
	}
	c.repair = newRepair(o)
	for _, h := range o.Site.Halls {
		c.halls[h.ID] = patrol.NewHall(h.Graph, o.Site.ViewpointsOf(h.ID))
	}
	return c, nil
}

// Lead takes up the site where the journal left it and leads until ctx ends or the journal refuses: then what is not
// in the journal did not happen, and Lead may be called again.
func (c *Controller) Lead(ctx context.Context, j Journal) error {
	if err := c.catchUp(ctx, j); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	c.courier = newCourier(ctx, g, c)
	g.Go(func() error { return c.sendAll(ctx) })
	leave := c.keepPortals(ctx, g)
	g.Go(func() error {
		err := c.loop(ctx)
		leave(err)
		return err
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// catchUp brings the state to the journal's end.
func (c *Controller) catchUp(ctx context.Context, j Journal) error {
	s, err := load(c.o.Store)
	if err != nil {
		return err
	}
	c.state, c.journal, c.applied, c.waiting, c.zonings, c.roll = s, j, c.o.Store.Applied(), nil, map[string]zoning{}, roll{}
	for _, h := range c.o.Site.Halls {
		if t := c.tables[h.ID]; t != nil {
			t.Space(h.Graph, c.o.Rules.ClearanceM)
		}
	}
	last, err := j.Read(ctx, c.applied, func(r journal.Record) error {
		change, err := decodeChange(r.Data)
		if err != nil {
			return err
		}
		c.apply(change)
		return c.keep(c.o.Store, r.Seq, change)
	})
	if err != nil {
		return fmt.Errorf("catch up with the journal: %w", err)
	}
	if last < c.applied {
		return c.rebuild(ctx, j)
	}
	c.applied = last
	c.missed(ctx)
	c.recall()
	if c.began.IsZero() {
		now := c.o.Clock.Now()
		return c.commit(ctx, KindBegan, now, Change{Began: &now, Say: "patrol of " + c.o.Site.ID + " begins"})
	}
	return nil
}

// missed notes anew which pictures are still to come: that is kept nowhere else.
func (c *Controller) missed(ctx context.Context) {
	for _, o := range sorted(c.looks) {
		c.want(ctx, wire.RobotID{Manufacturer: o.Manufacturer, SerialNumber: o.SerialNumber}, o.Evidence)
	}
	for _, f := range sorted(c.faults) {
		for _, s := range f.Sightings {
			c.want(ctx, s.Robot, s.Evidence)
		}
	}
}

// rebuild throws the store away: it knows more than the journal, which was lost or restored from a backup.
func (c *Controller) rebuild(ctx context.Context, j Journal) error {
	c.o.Logger.Warn("store is ahead of the journal: rebuilding it", "applied", c.applied)
	if err := c.o.Store.Reset(); err != nil {
		return fmt.Errorf("reset the store: %w", err)
	}
	return c.catchUp(ctx, j)
}

// loop is the one owner of the state.
func (c *Controller) loop(ctx context.Context) error {
	ticks := c.o.Clock.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case task := <-c.tasks:
			err = task(ctx)
		case <-c.puzzle.wake:
			c.puzzle.wake, c.unsettled = nil, true
		case <-ticks.C:
			c.unsettled = true // time has passed
			err = c.tick(ctx)
		}
		if err == nil && c.unsettled {
			c.unsettled = false
			err = c.settle(ctx)
		}
		if err == nil && c.floor {
			c.floor = false
			err = c.keepFloor(c.o.Store)
		}
		if err != nil {
			return err
		}
		c.flush()
	}
}

// do runs a task in the loop and waits for its end. An error of the task ends the leadership; what a caller did wrong
// is returned by the task through its own variables.
func (c *Controller) do(ctx context.Context, task func(context.Context) error) error {
	done := make(chan error, 1)
	wrapped := func(ctx context.Context) error {
		err := task(ctx)
		done <- err
		return err
	}
	select {
	case c.tasks <- wrapped:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commit makes a change durable, then true.
func (c *Controller) commit(ctx context.Context, kind string, at time.Time, change Change) error {
	data, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("journal %s: %w", kind, err)
	}
	seq, err := c.journal.Append(ctx, journal.Record{Kind: kind, At: at, Data: data})
	if err != nil {
		return fmt.Errorf("journal %s: %w", kind, err)
	}
	c.apply(change)
	if change.Quiet != nil || len(change.Silences)+len(change.SilencesOver) > 0 {
		c.roll = roll{}
	}
	c.forget(change)
	c.applied, c.unsettled = seq, true
	if len(change.Inspections) > 0 || change.MissionOver != "" {
		c.stir()
	}
	if err := c.keep(c.o.Store, seq, change); err != nil {
		return err
	}
	if change.Say != "" {
		c.o.Logger.Info(change.Say, "kind", kind, "seq", seq)
	}
	c.tell(at, change)
	return nil
}

// sendAll hands messages to the broker one by one: the loop never waits for a network.
func (c *Controller) sendAll(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-c.send:
			if err := c.o.Out.Publish(ctx, m.topic, m.qos, m.payload); err != nil && ctx.Err() == nil {
				c.o.Logger.Warn("message not sent; what matters is sent again", "topic", m.topic, "error", err)
			}
		}
	}
}

// post has a message sent at the end of the loop's turn.
func (c *Controller) post(topic string, payload []byte) {
	c.waiting = append(c.waiting, message{topic: topic, payload: payload})
}

// flush queues the messages that wait; when the queue is full one is dropped, as the network might have done.
func (c *Controller) flush() {
	for _, m := range c.waiting {
		select {
		case c.send <- m:
		default:
			c.o.Logger.Warn("message dropped: too many wait", "topic", m.topic)
		}
	}
	c.waiting = c.waiting[:0]
}
