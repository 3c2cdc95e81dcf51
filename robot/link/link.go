// Package link is a robot's connection to its site's broker: MQTT 3.1.1, one client per connection, tried again for
// ever. It says on VDA 5050's connection topic that the robot is there, and has the broker say when it is not.
//
// It holds nothing back and resends nothing: what must not be lost waits in the outbox until a receipt covers it.
// It reads no message but its own.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// The kinds of our own messages; those of VDA 5050 are package vda5050's.
const (
	KindObservation = wire.KindObservation
	KindReceipt     = wire.KindReceipt
	// EvidencePrefix and the picture's SHA-256 make the kind of a picture.
	EvidencePrefix = wire.EvidencePrefix
)

// The events that are no messages.
const (
	Online  = "online"  // connected, subscribed, and said so
	Offline = "offline" // the connection is lost, or could not be made; Err says why
)

// What Publish refuses with.
var (
	ErrOffline  = errors.New("not connected to the broker")
	ErrTooLarge = fmt.Errorf("larger than the %d bytes that the broker takes", wire.MaxPayload)
)

// An Event is a message of the fleet (Kind is order, instantActions, zoneSet, responses or receipt), Online or Offline.
type Event struct {
	Kind    string
	Payload []byte
	Err     error
}

// Options say which broker, and as whom.
type Options struct {
	Broker   string // mqtt://host:port, or mqtts:// with TLS
	Site     string // first level of every topic
	Robot    wire.RobotID
	Password func() (string, error) // asked before each try, so that it may be changed while the robot runs
	TLS      *tls.Config            // of mqtts; nil takes the system's
	Clock    clock.Clock            // of the connection messages' time stamps
	Logger   *slog.Logger
	// KeepAlive is how soon a dead connection is noticed, on the wall clock; 10 s by default.
	KeepAlive time.Duration
	// RetryMax bounds the pause between tries, on the wall clock; 5 s by default.
	RetryMax time.Duration
}

// A Link is one robot's connection. Publish may be called from several goroutines.
type Link struct {
	opts   Options
	server string // as paho wants it
	log    *slog.Logger
	events chan Event
	header atomic.Uint32 // of the connection topic

	mu     sync.Mutex
	client mqtt.Client // nil while offline
}

// New checks the options and connects to nothing.
func New(o Options) (*Link, error) {
	server, err := brokerURL(o.Broker)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	for level, name := range map[string]string{o.Site: "site", o.Robot.Manufacturer: "manufacturer", o.Robot.SerialNumber: "serial number"} {
		if level == "" || strings.ContainsAny(level, "/+# \x00") {
			return nil, fmt.Errorf("link: %s %q cannot be a level of a topic", name, level)
		}
	}
	if o.Password == nil {
		return nil, errors.New("link: no password")
	}
	if o.KeepAlive < 0 || o.RetryMax < 0 {
		return nil, errors.New("link: a negative duration")
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 10 * time.Second
	}
	if o.RetryMax == 0 {
		o.RetryMax = 5 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Link{opts: o, server: server, log: o.Logger, events: make(chan Event, 256)}, nil
}

func brokerURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", fmt.Errorf("broker: %w", err)
	}
	scheme, ok := map[string]string{"mqtt": "tcp", "tcp": "tcp", "mqtts": "ssl", "ssl": "ssl"}[u.Scheme]
	if !ok || u.Hostname() == "" {
		return "", fmt.Errorf("broker %q: want mqtt://host:port or mqtts://host:port", s)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"tcp": "1883", "ssl": "8883"}[scheme]
	}
	return fmt.Sprintf("%s://%s:%s", scheme, u.Hostname(), port), nil
}

// Events are what the fleet says, in order. Whoever reads them must not dawdle: what finds the queue full is dropped,
// as the broker does with a message of QoS 0.
func (l *Link) Events() <-chan Event { return l.events }

// Run connects, and again whenever the connection is lost, until ctx ends. It then says that the robot is going.
func (l *Link) Run(ctx context.Context) error {
	pause := time.Duration(0)
	said := ""
	for ctx.Err() == nil {
		lost := make(chan error, 1)
		client, err := l.connect(ctx, lost)
		if err == nil {
			said, pause = "", 0
			l.serve(ctx, client, lost)
			continue
		}
		if err.Error() != said && ctx.Err() == nil {
			said = err.Error()
			l.log.Warn("no connection to the broker: trying again", "broker", l.server, "why", err)
			l.deliver(Event{Kind: Offline, Err: err})
		}
		pause = min(max(2*pause, 250*time.Millisecond), l.opts.RetryMax)
		wait := time.NewTimer(pause/2 + rand.N(pause/2+1))
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
	return nil
}

// serve holds a connection until it is lost or ctx ends.
func (l *Link) serve(ctx context.Context, client mqtt.Client, lost <-chan error) {
	l.log.Info("connected to the broker", "broker", l.server)
	l.setClient(client)
	l.deliver(Event{Kind: Online})
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
		if sent := l.announce(context.WithoutCancel(ctx), client, vda5050.ConnectionOffline); sent != nil {
			l.log.Warn("could not say goodbye to the broker", "why", sent)
		}
	case err = <-lost:
		l.log.Warn("connection to the broker lost", "why", err)
	}
	l.setClient(nil)
	client.Disconnect(250)
	l.deliver(Event{Kind: Offline, Err: err})
}

// Publish sends one message: a kind of VDA 5050, KindObservation or EvidencePrefix + SHA-256. With QoS 1 it waits for
// the broker's answer, which says only that the broker has read it. It never sends a second time.
func (l *Link) Publish(ctx context.Context, kind string, payload []byte) error {
	if len(payload) > wire.MaxPayload {
		return fmt.Errorf("publish %s of %d bytes: %w", kind, len(payload), ErrTooLarge)
	}
	l.mu.Lock()
	client := l.client
	l.mu.Unlock()
	if client == nil || !client.IsConnectionOpen() {
		return fmt.Errorf("publish %s: %w", kind, ErrOffline)
	}
	topic, qos, retained := l.route(kind)
	if err := wait(ctx, client.Publish(topic, qos, retained, payload)); err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	return nil
}

// route is how a kind travels: all of VDA 5050 at QoS 0 (section 4.1), factsheet retained (6.10); ours at QoS 1.
func (l *Link) route(kind string) (topic string, qos byte, retained bool) {
	if _, vda := vda5050.New(kind); vda {
		return wire.VDATopic(l.opts.Site, l.opts.Robot, kind), 0, kind == vda5050.KindFactsheet
	}
	return wire.Topic(l.opts.Site, l.opts.Robot, kind), 1, false
}

// wait waits for a token, or until ctx ends.
func wait(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Link) setClient(c mqtt.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.client = c
}

// deliver never blocks: paho must not be held up by its reader.
func (l *Link) deliver(e Event) {
	select {
	case l.events <- e:
	default:
		l.log.Error("a message of the fleet is dropped: the agent is too slow", "kind", e.Kind)
	}
}
