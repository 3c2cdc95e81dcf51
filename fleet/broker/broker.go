// Package broker is the site's MQTT broker and the journal's engine: an embedded nats-server that robots reach over
// MQTT 3.1.1 and the controller reaches in its own process. It knows who may connect and what each may say and hear.
//
// It understands no message. Options and limits are those measured in FACTS-broker: JetStream syncs every write
// (with its default, streams were gone after a power cut).
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"

	"github.com/nats-io/nats.go"

	"github.com/nightrounds/nightrounds/fleet/wire"
)

// ControllerUser is the MQTT user name, and the only client ID, of the site's controller.
const ControllerUser = "nightrounds-controller"

// Options say where a Broker keeps its data and listens.
type Options struct {
	Dir      string       // data directory, made if absent; holds jetstream/ and credentials.json
	Site     string       // first level of every topic: letters, digits, '-' and '_' only
	MQTTAddr string       // host:port; port 0 takes a free one; empty means 127.0.0.1:1883
	TLS      *tls.Config  // nil: plain TCP. With ClientCAs, robots must show a certificate whose CN is their client ID
	Logger   *slog.Logger // nil discards
}

// A Broker serves one site.
type Broker struct{}

var errStub = errors.New("not yet")

// New checks the options and reads the credentials; it opens no port.
func New(o Options) (*Broker, error) { return nil, errStub }

// Run serves until ctx ends, then shuts down cleanly and returns nil; any other return is a failure to start.
func (b *Broker) Run(ctx context.Context) error { return errStub }

// Ready is closed when robots can connect and Conn works.
func (b *Broker) Ready() <-chan struct{} { return nil }

// MQTTAddr is the address that MQTT listens on, with the real port; it is empty before Ready.
func (b *Broker) MQTTAddr() string { return "" }

// Conn opens a connection of the controller's own process, with every permission. The caller closes it.
func (b *Broker) Conn() (*nats.Conn, error) { return nil, errStub }

// ControllerLogin is the MQTT login of this run's controller, for package listen; the user is the client ID too.
// The password is made anew by each New.
func (b *Broker) ControllerLogin() (user, password string) { return "", "" }

// Enroll makes a login for the robot and returns its password, which is kept nowhere else. Its MQTT user name and
// client ID are id.ClientID(). Enrolling again replaces the password. It is durable when it returns and holds
// from the robot's next connection on.
func (b *Broker) Enroll(id wire.RobotID) (password string, err error) { return "", errStub }

// Revoke removes the robot's login and ends its connection. Revoking an unknown robot is no error.
func (b *Broker) Revoke(id wire.RobotID) error { return errStub }

// Enrolled lists the robots that have a login, in order of their client IDs.
func (b *Broker) Enrolled() []wire.RobotID { return nil }
