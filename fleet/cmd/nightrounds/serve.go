package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/api"
	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/feed"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/web"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
)

// simulated are the flags of a simulation; left alone, time is the wall clock's.
type simulated struct {
	Speed float64   `help:"How many times faster than the wall clock time runs (simulation only)." default:"1"`
	Epoch time.Time `help:"When the fast clock and the wall clock agreed (RFC 3339); the same for all programs." placeholder:"TIME"`
}

func (s simulated) clock() (clock.Clock, error) {
	if s.Speed < 1 || s.Speed > 100 {
		return clock.Clock{}, fmt.Errorf("%w: --speed %g: want 1 to 100", errUsage, s.Speed)
	}
	if s.Speed != 1 && s.Epoch.IsZero() {
		s.Epoch = time.Now()
	}
	return clock.Clock{Epoch: s.Epoch, Speed: s.Speed}, nil
}

type serveCmd struct {
	Site    string `help:"Site folder, or 'sample'." default:"sample"`
	Data    string `help:"Folder for the journal, the store, pictures and logins." default:"nightrounds-data"`
	MQTT    string `help:"Where robots connect." default:"127.0.0.1:1883" placeholder:"HOST:PORT"`
	HTTP    string `help:"Where the page and the API are." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TLSCert string `help:"Certificate of the broker (PEM); with it robots connect by TLS." type:"existingfile" placeholder:"FILE"`
	TLSKey  string `help:"Its key (PEM)." type:"existingfile" placeholder:"FILE"`
	Link    string `help:"Address of this server as robots and people reach it; http:// and --http when left out." placeholder:"URL"`

	TicketURL       string        `help:"Post tickets there (Standard Webhooks, CloudEvents)." placeholder:"URL"`
	TicketSecretEnv string        `help:"Environment variable with that webhook's secret." default:"NIGHTROUNDS_TICKET_SECRET"`
	AlarmSecretEnv  string        `help:"Environment variable with the secret of the alarm signals that are posted to /api/v1/alarms/signal (Standard Webhooks); unset: none is taken." default:"NIGHTROUNDS_ALARM_SECRET"`
	KeepPictures    time.Duration `help:"How long to keep pictures that no open question needs (wall clock)." default:"168h"`

	Verbose bool `short:"v" help:"Log more."`
	simulated
}

// Run serves until ctx ends.
func (s *serveCmd) Run(ctx context.Context) error {
	folder, site, books, err := s.site()
	if err != nil {
		return err
	}
	tick, clockErr := s.clock()
	more, sinkErr := s.sinks(folder)
	alarmSecret, secretErr := s.alarmSecret()
	if err := errors.Join(clockErr, sinkErr, secretErr); err != nil {
		return err
	}
	log := s.logger()
	for _, w := range site.Warnings {
		log.Warn(w.String())
	}
	release, err := durable.Lock(s.Data)
	if err != nil {
		return err
	}
	defer release()
	b, pictures, state, err := s.open(site.ID, log)
	if err != nil {
		return err
	}
	defer state.Close() //nolint:errcheck // it is rebuilt from the journal when damaged
	name, err := pack(ctx, folder, pictures)
	if err != nil {
		return err
	}
	beyond, err := newOutside(folder, site, tick, log)
	if err != nil {
		return err
	}
	out := &outlet{}
	events := &feed.Feed{}
	c, err := fleet.New(fleet.Options{
		Site: site, PackageName: name, Link: s.link(),
		Runbooks: books, Reread: func() (remedy.File, error) { return remedy.Load(folder) }, Secret: os.LookupEnv, Executors: beyond.hands,
		Sinks: more, Store: state, Pictures: pictures, Picture: pictureOf(pictures), Out: out, Clock: tick,
		Rules: fleet.DefaultRules(), Told: teller(events, log), Logger: log, Machines: beyond.asker, Inbound: beyond.senders,
	})
	if err != nil {
		return err
	}
	page := api.New(api.Options{
		Site: site, Package: name, Controller: c, Contents: pictures, Events: events, Page: web.Page(), AlarmSecret: alarmSecret, Logger: log,
		Inbound: beyond.receiver(c, log), Outside: c.Outside,
	})
	return s.run(ctx, site.ID, parts{b, c, pictures, out, page, folder, beyond}, log)
}

func (s *serveCmd) logger() *slog.Logger {
	level := slog.LevelInfo
	if s.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// pack keeps the site package where robots fetch it, and returns its name.
func pack(ctx context.Context, folder fs.FS, contents *evidence.Store) (name string, err error) {
	zip, _, err := maps.Pack(folder)
	if err != nil {
		return "", fmt.Errorf("pack the site: %w", err)
	}
	return contents.PutPackage(ctx, zip)
}

// site reads the site folder, its runbooks and its ticket systems, and reports every fault of all.
func (s *serveCmd) site() (fs.FS, *maps.Site, remedy.File, error) {
	folder := maps.Sample()
	if s.Site != "sample" {
		folder = os.DirFS(s.Site)
	}
	site, err := maps.Load(folder)
	books, bookErr := remedy.Load(folder)
	_, sinkErr := sinks.Load(folder, sinks.Options{Lookup: os.LookupEnv})
	if err := errors.Join(err, bookErr, sinkErr); err != nil {
		return nil, nil, remedy.File{}, fmt.Errorf("%w: site %q:\n%w", errUsage, s.Site, err)
	}
	return folder, site, books, nil
}

func (s *serveCmd) alarmSecret() (webhook.Secret, error) {
	text, ok := os.LookupEnv(s.AlarmSecretEnv)
	if !ok {
		return nil, nil
	}
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		return nil, fmt.Errorf("%w: environment variable %s: %w", errUsage, s.AlarmSecretEnv, err)
	}
	return secret, nil
}

func (s *serveCmd) open(site string, log *slog.Logger) (*broker.Broker, *evidence.Store, *store.Store, error) {
	var encrypted *tls.Config
	if s.TLSCert != "" || s.TLSKey != "" {
		pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%w: --tls-cert and --tls-key: %w", errUsage, err)
		}
		encrypted = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	b, err := broker.New(broker.Options{Dir: s.Data, Site: site, MQTTAddr: s.MQTT, TLS: encrypted, Logger: log})
	if err != nil {
		return nil, nil, nil, err
	}
	pictures, err := evidence.New(evidence.Options{Dir: filepath.Join(s.Data, "blobs"), Logger: log})
	if err != nil {
		return nil, nil, nil, err
	}
	state, err := store.Open(store.Options{Path: filepath.Join(s.Data, "store.db"), Logger: log})
	return b, pictures, state, err
}

func (s *serveCmd) link() string {
	if s.Link != "" {
		return s.Link
	}
	return "http://" + s.HTTP
}

// parts are what serves a site.
type parts struct {
	broker     *broker.Broker
	controller *fleet.Controller
	pictures   *evidence.Store
	out        *outlet
	page       http.Handler
	folder     fs.FS // of the site
	outside    outside
}

// prune removes old pictures, ten times in the time that they are kept, but those of the newest looks and of faults.
func (s *serveCmd) prune(ctx context.Context, p parts, log *slog.Logger) error {
	t := time.NewTicker(max(s.KeepPictures/10, time.Minute))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-t.C:
			needed, err := p.controller.Needed(ctx)
			if err != nil {
				continue // another controller leads: it prunes
			}
			n, err := p.pictures.Prune(ctx, now.Add(-s.KeepPictures), func(sha string) bool { return needed[sha] })
			if err != nil {
				log.Warn("old pictures not all removed", "error", err)
			}
			if n > 0 {
				log.Info("old pictures removed", "pictures", n)
			}
		}
	}
}

// run runs the parts; the broker goes last, so that what the others still say is heard.
func (s *serveCmd) run(ctx context.Context, site string, p parts, log *slog.Logger) error {
	b, c := p.broker, p.controller
	brokerCtx, stopBroker := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBroker()
	brokerEnd := make(chan error, 1)
	go func() { brokerEnd <- b.Run(brokerCtx) }()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		select {
		case <-b.Ready():
		case err := <-brokerEnd:
			brokerEnd <- err
			return fmt.Errorf("broker: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		}
		user, password := b.ControllerLogin()
		ear, err := listen.New(listen.Options{Addr: b.MQTTAddr(), TLS: localTLS(s.TLSCert), User: user, Password: password, Site: site, Deliver: c.Hear, Connected: c.Greet, Logger: log,
			Also: p.outside.asker.Topics(), Overheard: p.outside.overheard})
		if err != nil {
			return err
		}
		p.out.set(ear)
		log.Info("ready", "mqtt", b.MQTTAddr(), "page", s.link())
		g.Go(func() error { return ear.Run(ctx) })
		g.Go(func() error { return s.lead(ctx, site, b, c, log) })
		g.Go(func() error { return s.prune(ctx, p, log) })
		g.Go(func() error { return s.watchSinks(ctx, p.folder, c, log) })
		return serveHTTP(ctx, s.HTTP, p.page)
	})
	err := g.Wait()
	stopBroker()
	if end := <-brokerEnd; err == nil {
		err = end
	}
	return err
}

// localTLS is how the controller itself reaches its broker: over the loopback, where the certificate's name is not
// that of the host.
func localTLS(cert string) *tls.Config {
	if cert == "" {
		return nil
	}
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // our own process, our own password
}

// retryLead is the pause after a failed leadership.
const retryLead = time.Second

// lead leads the site again and again: what the journal does not hold did not happen, so starting over is safe.
func (s *serveCmd) lead(ctx context.Context, site string, b *broker.Broker, c *fleet.Controller, log *slog.Logger) error {
	nc, err := b.Conn()
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer nc.Close()
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this controller: %w", err)
	}
	for ctx.Err() == nil {
		j, err := journal.Open(ctx, nc, journal.Options{Site: site, Logger: log})
		if err == nil {
			err = leadOnce(ctx, j, host, c)
		}
		if err != nil && ctx.Err() == nil {
			log.Error("leadership ended; taking it up again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(retryLead):
			}
		}
	}
	return ctx.Err()
}

// led is a journal that its leader appends to.
type led struct {
	*journal.Journal
	*journal.Leadership
}

func leadOnce(ctx context.Context, j *journal.Journal, holder string, c *fleet.Controller) error {
	l, err := j.Lead(ctx, holder)
	if err != nil {
		return fmt.Errorf("lead the site: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-l.Lost():
			cancel(journal.ErrNotLeader)
		case <-ctx.Done():
		}
	}()
	err = c.Lead(ctx, led{j, l})
	return errors.Join(err, context.Cause(ctx), l.Release()) //nolint:contextcheck // the lease goes back although ctx has ended
}

// serveHTTP serves until ctx ends.
func serveHTTP(ctx context.Context, addr string, h http.Handler) error {
	s := &http.Server{
		Addr: addr, Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetWriteBuffer(32 << 10) // so that a dead reader of events is noticed
			}
			return ctx
		},
	}
	end := make(chan error, 1)
	go func() { end <- s.ListenAndServe() }()
	select {
	case err := <-end:
		return fmt.Errorf("page and API: %w", err)
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if s.Shutdown(last) != nil {
			_ = s.Close()
		}
		return ctx.Err()
	}
}

// teller hands the controller's events to pages; of those that show a whole only the newest is kept.
func teller(f *feed.Feed, log *slog.Logger) func(string, any) {
	return func(kind string, v any) {
		if err := f.Tell(kind, v, kind == "robots" || kind == "coverage" || kind == "alarms" || kind == "portals"); err != nil {
			log.Error("page not told", "kind", kind, "error", err)
		}
	}
}
