package faultbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
	"github.com/nightrounds/nightrounds/maps"
)

// An office is a controller with all that it has in a data centre: its journal and store on disk, synced, its pictures, and a
// ticket system behind HTTP.
type office struct {
	c       *fleet.Controller
	journal *stamped
	cancel  context.CancelFunc
	ends    []func() error // in the order in which things began
}

// begin runs something until the office closes.
func (o *office) begin(run func() error) {
	ended := make(chan error, 1)
	go func() { ended <- run() }()
	o.ends = append(o.ends, func() error { return <-ended })
}

// close ends everything, the last first.
func (o *office) close() error {
	o.cancel()
	var all error
	for _, end := range slices.Backward(o.ends) {
		all = errors.Join(all, end())
	}
	return all
}

// locked serves one request at a time.
type locked struct {
	mu sync.Mutex
	h  http.Handler
}

// ServeHTTP implements http.Handler.
func (l *locked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h.ServeHTTP(w, r)
}

// ticketSystem is Request Tracker on the loopback, and the sink to it. What a sink is given in a minute is raised as the
// night is shortened.
func ticketSystem(ctx context.Context) (*http.Server, net.Listener, ticket.Sink, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("start a ticket system: %w", err)
	}
	file := fmt.Sprintf("kind: request-tracker\nurl: http://%s\ncredentials: {token: {env: TOKEN}}\nsettings: {queue: Datacentre}\nrate: {count: 6000, per: 1m}\n", l.Addr())
	m, err := mapping.Parse(lateSink+".yaml", []byte(file), sinks.Kinds())
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("start a ticket system: %w", err), l.Close())
	}
	rt := &tickettest.RequestTracker{Auth: "token " + tickettest.Token, Field: "FaultKey"}
	server := &http.Server{Handler: &locked{h: rt}, ReadHeaderTimeout: 10 * time.Second}
	return server, l, sinks.Make(m, sinks.Options{Lookup: tickettest.Lookup, HTTP: &http.Client{Timeout: 20 * time.Second}, Now: time.Now}), nil
}

// led is a journal that its leader appends to.
type led struct {
	*journal.Journal
	*journal.Leadership
}

// newOffice opens a controller in a folder, and all that it needs.
func newOffice(ctx context.Context, dir string, site *maps.Site) (*office, error) {
	ctx, cancel := context.WithCancel(ctx)
	o := &office{cancel: cancel}
	if err := o.open(ctx, dir, site); err != nil {
		return nil, errors.Join(fmt.Errorf("open the office: %w", err), o.close())
	}
	return o, nil
}

func (o *office) open(ctx context.Context, dir string, site *maps.Site) error {
	j, err := o.openJournal(ctx, dir, site.ID)
	if err != nil {
		return err
	}
	o.journal = &stamped{Journal: j}
	st, err := store.Open(store.Options{Path: filepath.Join(dir, "store.db")})
	if err != nil {
		return err
	}
	o.ends = append(o.ends, st.Close)
	pictures, err := evidence.New(evidence.Options{Dir: filepath.Join(dir, "blobs")})
	if err != nil {
		return err
	}
	server, listener, sink, err := ticketSystem(ctx)
	if err != nil {
		return err
	}
	o.begin(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	o.ends = append(o.ends, server.Close)
	o.c, err = fleet.New(fleet.Options{
		Site: site, Store: st, Pictures: pictures, Picture: reading(pictures), Out: noOut{}, Rules: fleet.DefaultRules(), Sinks: []ticket.Sink{sink},
	})
	if err != nil {
		return err
	}
	o.begin(func() error { return o.c.Lead(ctx, o.journal) })
	return nil
}

// openJournal starts a broker of one machine and leads the site's journal in it.
func (o *office) openJournal(ctx context.Context, dir, site string) (led, error) {
	b, err := broker.New(broker.Options{Dir: dir, Site: site, NoMQTT: true})
	if err != nil {
		return led{}, err
	}
	o.begin(func() error { return b.Run(ctx) })
	select {
	case <-b.Ready():
	case <-ctx.Done():
		return led{}, ctx.Err()
	}
	nc, err := b.Conn()
	if err != nil {
		return led{}, err
	}
	o.ends = append(o.ends, func() error { nc.Close(); return nil })
	j, err := journal.Open(ctx, nc, journal.Options{Site: site})
	if err != nil {
		return led{}, err
	}
	l, err := j.Lead(ctx, "bench")
	return led{j, l}, err
}

func reading(s *evidence.Store) func(context.Context, string) ([]byte, error) {
	return func(ctx context.Context, sha string) ([]byte, error) {
		r, _, err := s.Open(ctx, sha)
		if err != nil {
			return nil, fmt.Errorf("picture %s: %w", sha, err)
		}
		defer r.Close()
		return io.ReadAll(r)
	}
}
