// Package listen is the controller's ear and mouth at the broker: one persistent MQTT session that hears every robot
// of the site and speaks to each.
//
// It understands no payload, and forgets nothing that is not acknowledged: a message of QoS 1 comes again until Ack, when
// the broker's patience with an earlier connection ends, so whoever is told must know what it has seen.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// ErrOffline is returned by Publish while the session is down.
var ErrOffline = errors.New("not connected to the broker")

// Options say where to listen, as whom, and who is told.
type Options struct {
	Addr     string      // host:port of the broker
	TLS      *tls.Config // nil: plain TCP
	User     string      // user name and client ID
	Password string
	Site     string
	// Deliver is called for each message in the order of their arrival, by the goroutine of Run. While it works,
	// further messages queue, and the connection stays alive. It may call Publish.
	Deliver func(context.Context, Message)
	// Connected, if not nil, is called by the same goroutine each time the session stands and is subscribed.
	Connected func(context.Context)
	// Also are topics of others that are heard at QoS 0, each whole and without wildcards; Overheard, by the same goroutine, is
	// told what is said there.
	Also      []string
	Overheard func(ctx context.Context, topic string, payload []byte, retained bool)
	Logger    *slog.Logger // nil discards
}

// A Message is one that a robot sent.
type Message struct {
	Robot    wire.RobotID
	VDA      bool   // a message of VDA 5050, not one of ours
	Kind     string // state, connection, factsheet, visualization; observation, evidence/{sha256}; portal
	Topic    string
	Payload  []byte
	Retained bool
	QoS      byte
	ack      func()
}

// Ack lets the broker forget the message: call it when its content is durable. At QoS 0 it does nothing.
func (m Message) Ack() {
	if m.ack != nil && m.QoS > 0 {
		m.ack()
	}
}

// An Ear is one session.
type Ear struct {
	o      Options
	queue  *queue
	ledger ledger
	failed chan error // a subscription was refused
	mu     sync.Mutex
	client mqtt.Client // nil outside Run
}

// New checks the options and connects to nothing.
func New(o Options) (*Ear, error) {
	switch {
	case o.Addr == "" || o.User == "":
		return nil, errors.New("listen: the broker's address and a user are needed")
	case o.Site == "":
		return nil, errors.New("listen: no site given")
	case o.Deliver == nil:
		return nil, errors.New("listen: nobody to deliver to")
	case len(o.Also) > 0 && o.Overheard == nil:
		return nil, errors.New("listen: nobody is told of the topics beside")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Ear{o: o, queue: newQueue(o.Logger), failed: make(chan error, 1)}
	e.ledger.begin()
	return e, nil
}

// filters are what the controller hears, with the QoS asked for; the broker gives the lower of it and the sender's.
func (e *Ear) filters() map[string]byte {
	all := wire.RobotID{Manufacturer: "+", SerialNumber: "+"}
	f := map[string]byte{
		wire.Topic(e.o.Site, all, wire.KindObservation):         1,
		wire.Topic(e.o.Site, all, wire.EvidencePrefix+"+"):      1,
		wire.Topic(e.o.Site, wire.Portal("+"), wire.KindPortal): 0,

		wire.Topic(e.o.Site, wire.Panel("+"), wire.KindAlarm): 1,
	}
	for kind, qos := range map[string]byte{
		vda5050.KindState: 0, vda5050.KindVisualization: 0, vda5050.KindFactsheet: 0, vda5050.KindConnection: 1,
	} {
		f[wire.VDATopic(e.o.Site, all, kind)] = qos
	}
	for _, topic := range e.o.Also {
		f[topic] = 0
	}
	return f
}

// Run connects, listens and reconnects until ctx ends, and then returns nil. It fails when the broker refuses a
// subscription or the login, for then waiting would not help. It runs once.
func (e *Ear) Run(ctx context.Context) error {
	c := mqtt.NewClient(e.clientOptions(ctx))
	e.mu.Lock()
	e.client = c
	e.mu.Unlock()
	defer c.Disconnect(250) // milliseconds for what is on its way
	if err := e.connect(ctx, c); err != nil || ctx.Err() != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-e.failed:
			return err
		case <-e.queue.filled:
		}
		for item, ok := e.queue.pop(); ok && ctx.Err() == nil; item, ok = e.queue.pop() {
			item(ctx)
		}
	}
}

// reconnectEvery bounds the pauses between attempts; paho's own bound is ten minutes.
const reconnectEvery = 5 * time.Second

func (e *Ear) clientOptions(ctx context.Context) *mqtt.ClientOptions {
	scheme := "tcp://"
	if e.o.TLS != nil {
		scheme = "ssl://"
	}
	o := mqtt.NewClientOptions().AddBroker(scheme + e.o.Addr).
		SetClientID(e.o.User).SetUsername(e.o.User).SetPassword(e.o.Password).
		SetProtocolVersion(4). // MQTT 3.1.1, all that nats-server speaks
		SetCleanSession(false).
		SetOrderMatters(true).
		SetAutoAckDisabled(true).
		SetMaxReconnectInterval(reconnectEvery).
		SetConnectTimeout(10 * time.Second).
		SetWriteTimeout(10 * time.Second).
		// A resumed session's messages come before Subscribe has run: only a default handler catches them.
		SetDefaultPublishHandler(e.hear).
		SetOnConnectHandler(func(c mqtt.Client) { e.subscribe(ctx, c) }).
		SetConnectionAttemptHandler(func(_ *url.URL, t *tls.Config) *tls.Config {
			e.ledger.begin()
			return t
		}).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) {
			e.o.Logger.Warn("connection to the broker lost; reconnecting", "error", err)
		})
	if e.o.TLS != nil {
		o.SetTLSConfig(e.o.TLS)
	}
	return o
}

// connect tries until the first connection stands; paho makes all later ones.
func (e *Ear) connect(ctx context.Context, c mqtt.Client) error {
	for ctx.Err() == nil {
		t := c.Connect()
		select {
		case <-ctx.Done():
			return nil
		case <-t.Done():
		}
		err := t.Error()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised),
			errors.Is(err, packets.ErrorRefusedIDRejected):
			return fmt.Errorf("listen: the broker at %s refuses user %q: %w", e.o.Addr, e.o.User, err)
		}
		e.o.Logger.Warn("the broker does not answer; trying again", "broker", e.o.Addr, "error", err)
		_ = (clock.Clock{}).Sleep(ctx, reconnectEvery/5) // the loop sees that ctx has ended
	}
	return nil
}

// subscribe runs in a goroutine of paho's, once for each connection.
func (e *Ear) subscribe(ctx context.Context, c mqtt.Client) {
	t := c.SubscribeMultiple(e.filters(), nil)
	select {
	case <-ctx.Done():
		return
	case <-t.Done():
	}
	if err := t.Error(); err != nil {
		e.o.Logger.Warn("subscribing was cut off; the next connection tries again", "error", err)
		return
	}
	st, ok := t.(*mqtt.SubscribeToken)
	if !ok {
		return
	}
	for filter, granted := range st.Result() {
		if granted == 0x80 { // a refusal, which Error does not tell
			select {
			case e.failed <- fmt.Errorf("listen: the broker refuses the subscription to %q: is user %q the site's controller?", filter, e.o.User):
			default:
			}
			return
		}
	}
	if e.o.Connected != nil {
		e.queue.push(e.o.Connected)
	}
}

// hear runs in paho's goroutine: it must not block, or pings stop.
func (e *Ear) hear(_ mqtt.Client, p mqtt.Message) {
	if slices.Contains(e.o.Also, p.Topic()) {
		e.queue.offer(func(ctx context.Context) { e.o.Overheard(ctx, p.Topic(), p.Payload(), p.Retained()) })
		return
	}
	_, robot, kind, vda, err := wire.ParseTopic(p.Topic())
	if err != nil {
		e.o.Logger.Warn("message dropped", "error", err)
		e.queue.push(func(context.Context) { p.Ack() })
		return
	}
	m := Message{
		Robot: robot, VDA: vda, Kind: kind, Topic: p.Topic(), Payload: p.Payload(),
		Retained: p.Retained(), QoS: p.Qos(),
	}
	if m.QoS == 0 {
		e.queue.offer(func(ctx context.Context) { e.o.Deliver(ctx, m) })
		return
	}
	strike, fresh := e.ledger.note(p.MessageID())
	if !fresh {
		return
	}
	m.ack = func() { strike(); p.Ack() }
	e.queue.push(func(ctx context.Context) { e.o.Deliver(ctx, m) })
}

// Publish sends a message and waits until it is on its way (QoS 0) or the broker has it (QoS 1). Payloads over
// wire.MaxPayload are refused, for they would cost the connection. While the session is down it fails with ErrOffline.
func (e *Ear) Publish(ctx context.Context, topic string, qos byte, payload []byte) error {
	if len(payload) > wire.MaxPayload {
		return fmt.Errorf("publish to %q: %d bytes, the broker takes %d", topic, len(payload), wire.MaxPayload)
	}
	e.mu.Lock()
	c := e.client
	e.mu.Unlock()
	if c == nil || !c.IsConnectionOpen() { // paho would drop a QoS 0 message in silence
		return fmt.Errorf("publish to %q: %w", topic, ErrOffline)
	}
	t := c.Publish(topic, qos, false, payload)
	select {
	case <-ctx.Done():
		return fmt.Errorf("publish to %q: %w", topic, ctx.Err())
	case <-t.Done():
	}
	if err := t.Error(); err != nil {
		return fmt.Errorf("publish to %q: %w", topic, err)
	}
	return nil
}
