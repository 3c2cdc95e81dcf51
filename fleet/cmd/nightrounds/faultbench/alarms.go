package faultbench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
)

// The nights on which alarms come from outside: as many true ones as false ones, and one that is about nothing of the site.
const (
	alarmNights      = 45
	smallAlarmNights = 4
	trueCries        = 6 // and as many false ones, of a night
	repeats, ended   = 0.3, 0.15
	pastRounds       = 2 // looks at each place before
	mostRounds       = 40
	answerWait       = 10 * time.Second
)

// A gatehouse is a controller with its HTTP face, and those who want to hear of their alarms, for one night.
type gatehouse struct {
	c      *fleet.Controller
	w      *world
	base   string
	rng    *rand.Rand
	seed   uint64
	watch  *watch
	seq    map[string]uint64
	serial int
}

// exchange is a web server whose handler is another's each night.
type exchange struct {
	mu sync.Mutex
	h  http.Handler
}

func (e *exchange) use(h http.Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.h = h
}

// ServeHTTP implements http.Handler.
func (e *exchange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	h := e.h
	e.mu.Unlock()
	h.ServeHTTP(w, r)
}

// alarms posts alarms to a controller as its senders do, has robots look with the noise of the bench, and holds the verdicts
// against what is so.
func alarms(ctx context.Context, o Options) (rows []bench.Row, misses []string, err error) {
	w := newWorld(o.Seed)
	if err := layOut(w); err != nil {
		return nil, nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("alarms: %w", err)
	}
	front := &exchange{h: http.NotFoundHandler()}
	server := &http.Server{Handler: front, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	defer func() {
		err = errors.Join(err, server.Close())
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}()
	base := "http://" + l.Addr().String()
	sources, err := inbound.Parse([]byte(senders(w, base)), w.site, tickettest.Lookup)
	if err != nil {
		return nil, nil, fmt.Errorf("alarms: %w", err)
	}
	nights := alarmNights
	if o.Small {
		nights = smallAlarmNights
	}
	s := &cries{byKind: map[string]*count{}}
	for i := range nights {
		g := &gatehouse{w: w, base: base, seed: o.Seed, rng: rand.New(rand.NewPCG(o.Seed, uint64(i)<<8|0x61)), seq: map[string]uint64{}}
		if err := g.night(ctx, sources, front, s, i); err != nil {
			return nil, nil, fmt.Errorf("alarms: %w", err)
		}
		o.Progress("alarms", i+1, nights)
	}
	return s.rows(), s.misses, nil
}

// night opens a controller, and plays one night to it.
func (g *gatehouse) night(ctx context.Context, sources []*inbound.Source, front *exchange, s *cries, i int) (err error) {
	st, err := store.Open(store.Options{Path: ":memory:"})
	if err != nil {
		return fmt.Errorf("open a store: %w", err)
	}
	scene := newScene(g.w, g.rng)
	all := g.incidents(scene, i)
	words := &witnesses{scene: scene, seed: g.seed}
	g.c, err = fleet.New(fleet.Options{
		Site: g.w.site, Store: st, Pictures: noPictures{}, Out: noOut{}, Rules: fleet.DefaultRules(), Inbound: sources, Machines: words,
	})
	if err != nil {
		return fmt.Errorf("start a controller: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- g.c.Lead(ctx, &ledger{}) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-ended, st.Close())
	}()
	mux := http.NewServeMux()
	mux.Handle("/api/v2/", &locked{h: &tickettest.Alertmanager{Now: time.Now}})
	mux.HandleFunc("/said", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("POST /api/v1/inbound/{source}", inbound.NewReceiver(sources, inbound.NewIndex(g.w.site), g.c, time.Now, slog.New(slog.DiscardHandler)))
	front.use(mux)
	if err := g.before(ctx, all); err != nil {
		return err
	}
	words.begun.Store(true)
	g.watch = scene.watch()
	if err := g.raise(ctx, all, s); err != nil {
		return err
	}
	if err := g.serve(ctx, s); err != nil {
		return err
	}
	return g.judge(ctx, all, s)
}

// incidents plays what is so, and thinks up what is not.
func (g *gatehouse) incidents(s *scene, night int) []*cry {
	kinds := outcries()
	var all []*cry
	for k := range trueCries {
		o := kinds[(night*trueCries+k)%len(kinds)]
		pick(g.rng, o.plays)(s)
		all = append(all, &cry{outcry: o, at: placed(s), true: true})
	}
	for k := range trueCries {
		o := kinds[(night*trueCries+k+len(kinds)/2)%len(kinds)]
		all = append(all, &cry{outcry: o, at: s.falsely(o)})
	}
	for i, c := range all {
		c.key = fmt.Sprintf("n%d-%d", night, i)
	}
	g.rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// faces are those of a rack that a cry can send robots to.
func faces(r *maps.Rack, all []*cry) []maps.Face {
	switch {
	case slices.ContainsFunc(all, func(c *cry) bool { return c.at.Rack == r.ID }):
		return []maps.Face{maps.Front, maps.Rear}
	case slices.ContainsFunc(all, func(c *cry) bool { return slices.Contains(r.CooledBy, c.at.Supply) }):
		return []maps.Face{maps.Front}
	}
	return nil
}

// before has robots go their rounds while all is in order.
func (g *gatehouse) before(ctx context.Context, all []*cry) error {
	g.watch = newScene(g.w, g.rng).watch()
	for range pastRounds {
		for _, r := range g.w.racks {
			for _, face := range faces(r, all) {
				if err := g.look(ctx, r, face, pick(g.rng, robots), "round"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// look has a robot look, and tell the controller.
func (g *gatehouse) look(ctx context.Context, r *maps.Rack, face maps.Face, robot, action string) error {
	o := g.watch.look(r, face, robot, time.Now())
	g.seq[robot]++
	o.Seq, o.OrderID, o.ActionID, o.Viewpoint = g.seq[robot], "O-1", action, r.ID+"-"+string(face)+"-1"
	o.SitePackage = fmt.Sprintf("%064d", 0)
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		return fmt.Errorf("look: %w", err)
	}
	g.c.Hear(ctx, listen.Message{Robot: wire.RobotID{Manufacturer: o.Manufacturer, SerialNumber: robot}, Kind: "observation", Payload: payload, QoS: 1})
	return nil
}

// raise has the senders raise their alarms: some say them again, some end them, and one is about nothing of the site.
func (g *gatehouse) raise(ctx context.Context, all []*cry, s *cries) error {
	for _, c := range all {
		source := prom
		if p := g.rng.IntN(3); p == 1 && g.w.dev[c.at.Device] != nil {
			source = bmcs
		} else if p == 2 {
			source = dcim
		}
		c.sent = time.Now().UTC().Add(-time.Duration(g.rng.IntN(240)) * time.Second)
		if source == bmcs { // it names no part
			c.at.Part = ""
			c.true = c.true || g.watch.truthOf(c.outcry, c.at)
		}
		labels := c.labels(g.w, g.rng)
		posts := []bool{false}
		if g.watch.chance(repeats) && source == prom {
			posts = append(posts, false)
			s.again++
		}
		if g.watch.chance(ended) && source != bmcs {
			posts = append(posts, true)
			s.over++
		}
		for _, resolved := range posts {
			if err := g.send(ctx, c, source, labels, resolved); err != nil {
				return err
			}
		}
	}
	stranger := &cry{outcry: outcries()[0], key: "stranger", sent: time.Now().UTC()}
	l, err := stranger.write(prom, map[string]string{"alertname": stranger.name, "instance": "X99-srv-01"}, false, 0)
	if err != nil {
		return err
	}
	status, taken, err := l.post(ctx, g.base)
	if err != nil {
		return err
	}
	if status != http.StatusUnprocessableEntity || len(taken) > 0 {
		s.miss(fmt.Sprintf("alarm about nothing of the site: answered %d", status))
	} else {
		s.refused++
	}
	return nil
}

func (g *gatehouse) send(ctx context.Context, c *cry, source string, labels map[string]string, resolved bool) error {
	g.serial++
	l, err := c.write(source, labels, resolved, g.serial)
	if err != nil {
		return err
	}
	status, taken, err := l.post(ctx, g.base)
	if err != nil {
		return err
	}
	if status != http.StatusOK || len(taken) != 1 || c.id != "" && c.id != taken[0] {
		return fmt.Errorf("alarm %s of %s at %+v: answered %d, taken as %v before %s", c.name, source, c.at, status, taken, c.id)
	}
	c.id = taken[0]
	return nil
}

// serve has robots do the looks that the controller asks for, whatever for, until none is and no alarm waits for machines.
func (g *gatehouse) serve(ctx context.Context, s *cries) error {
	end := time.Now().Add(answerWait)
	for rounds := 0; rounds < mostRounds && time.Now().Before(end); {
		all, err := g.c.Inspections(ctx)
		if err != nil {
			return fmt.Errorf("looks: %w", err)
		}
		done := 0
		for _, i := range all {
			r, ok := g.w.site.Rack(i.Rack)
			if !i.Open() || !ok {
				continue
			}
			if err := g.look(ctx, r, i.Face, g.other(i.Not), i.ID); err != nil {
				return err
			}
			done++
		}
		s.looks += done
		if done > 0 {
			rounds++
			end = time.Now().Add(answerWait)
			continue
		}
		outside, err := g.c.Outside(ctx)
		if err != nil {
			return fmt.Errorf("looks: %w", err)
		}
		if !slices.ContainsFunc(outside, func(a inbound.Alarm) bool { return a.State == inbound.Waiting }) {
			return nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// other is a robot that is none of some.
func (g *gatehouse) other(not []string) string {
	left := slices.DeleteFunc(slices.Clone(robots), func(r string) bool { return slices.Contains(not, "nightrounds/"+r) })
	if len(left) == 0 {
		left = robots
	}
	return pick(g.rng, left)
}

// judge holds the verdicts to what is so, when they have reached who wants them.
func (g *gatehouse) judge(ctx context.Context, all []*cry, s *cries) error {
	known := map[string]inbound.Alarm{}
	answered := func(c *cry) bool {
		a := known[c.id]
		return a.Verdict != nil && (a.Answered || a.Source == bmcs)
	}
	for end := time.Now().Add(answerWait); time.Now().Before(end); {
		outside, err := g.c.Outside(ctx)
		if err != nil {
			return fmt.Errorf("verdicts: %w", err)
		}
		for _, a := range outside {
			known[a.ID] = a
		}
		if !slices.ContainsFunc(all, func(c *cry) bool { return !answered(c) }) {
			break
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	for _, c := range all {
		s.score(c, known[c.id], answered(c))
	}
	return nil
}
