// Package listen is the controller's ear and mouth at the broker: one persistent MQTT session that hears every robot
// of the site and speaks to each.
//
// It understands no payload, and forgets nothing that is not acknowledged: a message of QoS 1 comes again until Ack.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"

	"github.com/nightrounds/nightrounds/fleet/wire"
)

// Options say where to listen, as whom, and who is told.
type Options struct {
	Addr     string      // host:port of the broker
	TLS      *tls.Config // nil: plain TCP
	User     string      // user name and client ID
	Password string
	Site     string
	// Deliver is called for each message in the order of their arrival, by one goroutine of Run. While it works,
	// further messages queue, and the connection stays alive. It may call Publish.
	Deliver func(context.Context, Message)
	// Connected, if not nil, is called by the same goroutine each time the session stands and is subscribed.
	Connected func(context.Context)
	Logger    *slog.Logger // nil discards
}

// A Message is one that a robot sent.
type Message struct {
	Robot    wire.RobotID
	VDA      bool   // a message of VDA 5050, not one of ours
	Kind     string // state, connection, factsheet, visualization; observation, evidence/{sha256}
	Topic    string
	Payload  []byte
	Retained bool
	QoS      byte
	ack      func()
}

// Ack lets the broker forget the message: call it when its content is durable. At QoS 0 it does nothing.
func (m Message) Ack() {}

// An Ear is one session.
type Ear struct{}

var errStub = errors.New("not yet")

// New checks the options and connects to nothing.
func New(o Options) (*Ear, error) { return nil, errStub }

// Run connects, listens and reconnects until ctx ends, and then returns nil. It fails when the broker refuses a
// subscription or the login, for then waiting would not help.
func (e *Ear) Run(ctx context.Context) error { return errStub }

// Publish sends a message and waits until it is on its way (QoS 0) or the broker has it (QoS 1). Payloads over
// wire.MaxPayload are refused, for they would cost the connection.
func (e *Ear) Publish(ctx context.Context, topic string, qos byte, payload []byte) error {
	return errStub
}
