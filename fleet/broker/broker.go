// Package broker is the site's MQTT broker and the journal's engine: an embedded nats-server that robots reach over
// MQTT 3.1.1 and the controller reaches in its own process. It knows who may connect and what each may say and hear.
//
// It understands no message. JetStream syncs every write: with nats-server's default (a flush every two minutes)
// streams were gone after a power cut.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// ControllerUser is the MQTT user name, and the only client ID, of the site's controller.
const ControllerUser = "nightrounds-controller"

// localUser is the controller's own process, over NATS.
const localUser = "nightrounds-local"

// Options say where a Broker keeps its data and listens.
type Options struct {
	Dir      string      // data directory, made if absent; holds jetstream/ and credentials.json
	Site     string      // first level of every topic: letters, digits, '-' and '_' only
	MQTTAddr string      // host:port; port 0 takes a free one; empty means 127.0.0.1:1883
	NoMQTT   bool        // nobody but this process can connect: to read the journal of a site that is not served
	TLS      *tls.Config // nil: plain TCP. With ClientCAs, robots must show a certificate whose CN is their client ID
	// ControllerPassword is that of ControllerUser; empty: a new one is made by each New.
	ControllerPassword string
	Logger             *slog.Logger // nil discards
}

// A Broker serves one site.
type Broker struct {
	opts   server.Options
	gate   *gate
	robots *roster
	log    *slog.Logger
	ready  chan struct{}
	mu     sync.Mutex
	server *server.Server
	addr   string
}

var sitePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// New checks the options and reads the credentials; it opens no port.
func New(o Options) (*Broker, error) {
	if !sitePattern.MatchString(o.Site) {
		return nil, fmt.Errorf("broker: site %q: use 1 to 64 letters, digits, '-' and '_'", o.Site)
	}
	if o.Dir == "" {
		return nil, errors.New("broker: no data directory given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ControllerPassword == "" {
		o.ControllerPassword = randomPassword()
	}
	if o.MQTTAddr == "" {
		o.MQTTAddr = "127.0.0.1:1883"
	}
	host, portText, err := net.SplitHostPort(o.MQTTAddr)
	if err != nil {
		return nil, fmt.Errorf("broker: MQTT address: %w", err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("broker: MQTT address %q: port: %w", o.MQTTAddr, err)
	}
	if err := durable.MakeDir(o.Dir); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	robots, err := readRoster(filepath.Join(o.Dir, "credentials.json"))
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	g := &gate{
		site: o.Site, robots: robots, log: o.Logger, connected: map[string]uint64{},
		needCert: o.TLS != nil && o.TLS.ClientCAs != nil,
		local:    login{localUser, randomPassword()},
		mqtt:     login{ControllerUser, o.ControllerPassword},
	}
	b := &Broker{gate: g, robots: robots, log: o.Logger, ready: make(chan struct{})}
	b.opts = serverOptions(o, host, int(port), g)
	return b, nil
}

// serverOptions are those measured to carry 2,000 robots and to lose nothing in a power cut.
func serverOptions(o Options, host string, port int, g *gate) server.Options {
	so := server.Options{
		ServerName:                 "nightrounds-" + o.Site,
		DontListen:                 true, // NATS itself only in process
		JetStream:                  true,
		StoreDir:                   filepath.Join(o.Dir, "jetstream"),
		SyncAlways:                 true,
		NoSigs:                     true,
		MaxPayload:                 wire.MaxPayload,
		CustomClientAuthentication: g,
		// Each QoS 1 subscription is a consumer; 2.15 refuses the 1,001st of a stream unless told otherwise.
		JetStreamLimits: server.JSLimitOpts{DefaultMaxConsumers: 20000},
		MQTT: server.MQTTOpts{
			Host: host, Port: port,
			AuthTimeout: 10, TLSTimeout: 10, // seconds
			JSAPITimeout: 1500 * time.Millisecond,
			// What the broker hands out unacknowledged lies in the controller's memory: 256 pictures, not 1,024.
			MaxAckPending: 256,
			// What a dead controller had not acknowledged, the next one hears this much later (default 30 s).
			AckWait: 10 * time.Second,
		},
	}
	switch {
	case o.NoMQTT:
		so.MQTT = server.MQTTOpts{}
	case port == 0:
		so.MQTT.Port = -1 // nats-server's word for any free port; its 0 means no MQTT
	}
	if o.TLS != nil && !o.NoMQTT {
		so.MQTT.TLSConfig = o.TLS.Clone()
		so.MQTT.TLSConfig.MinVersion = max(so.MQTT.TLSConfig.MinVersion, tls.VersionTLS12)
		if g.needCert { // the controller has none; the gate asks it of every robot
			so.MQTT.TLSConfig.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	return so
}

// Run serves until ctx ends, then shuts down cleanly and returns nil; any other return is a failure to start. It runs once.
func (b *Broker) Run(ctx context.Context) error {
	s, err := server.NewServer(&b.opts)
	if err != nil {
		return fmt.Errorf("start broker: %w", err)
	}
	fatal := make(chan string, 1)
	s.SetLoggerV2(serverLog{b.log, fatal}, false, false, false)
	b.gate.mu.Lock()
	b.gate.account = s.GlobalAccount()
	b.gate.mu.Unlock()
	defer func() {
		s.Shutdown()
		s.WaitForShutdown()
	}()
	s.Start()
	for !s.ReadyForConnections(100 * time.Millisecond) { // after a crash all blocks are scanned: 20 s for 8 GB
		select {
		case why := <-fatal:
			return fmt.Errorf("start broker: %s", why)
		case <-ctx.Done():
			return nil
		default:
		}
	}
	b.mu.Lock()
	b.server = s
	if b.opts.MQTT.Port != 0 {
		b.addr = net.JoinHostPort(b.opts.MQTT.Host, strconv.Itoa(b.opts.MQTT.Port)) // Start filled in a free port
	}
	b.mu.Unlock()
	if err := b.removeOrphans(ctx); err != nil {
		b.log.Warn("consumers that a crash left behind could not be removed; harmless, tried again at the next start", "error", err)
	}
	b.log.Info("broker ready", "mqtt", b.MQTTAddr(), "robots", len(b.Enrolled()))
	close(b.ready)
	<-ctx.Done()
	return nil
}

// Ready is closed when robots can connect and Conn works.
func (b *Broker) Ready() <-chan struct{} { return b.ready }

// MQTTAddr is the address that MQTT listens on, with the real port; it is empty before Ready, and without MQTT.
func (b *Broker) MQTTAddr() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.addr
}

// Conn opens a connection of the controller's own process, with every permission. The caller closes it.
func (b *Broker) Conn() (*nats.Conn, error) {
	b.mu.Lock()
	s := b.server
	b.mu.Unlock()
	if s == nil {
		return nil, errors.New("connect to the broker in process: it is not ready; wait for Ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.UserInfo(b.gate.local.user, b.gate.local.password),
		nats.Name("nightrounds"), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("connect to the broker in process: %w", err)
	}
	return nc, nil
}

// ControllerLogin is the MQTT login of the controller, for package listen; the user is the client ID too.
func (b *Broker) ControllerLogin() (user, password string) {
	return b.gate.mqtt.user, b.gate.mqtt.password
}

// Enroll makes a login for the robot and returns its password, which is kept nowhere else. Its MQTT user name and
// client ID are id.ClientID(). Enrolling again replaces the password. It is durable when it returns and holds
// from the robot's next connection on.
func (b *Broker) Enroll(id wire.RobotID) (password string, err error) { return b.robots.enroll(id) }

// EnrollListener makes a login that hears all that crosses the site's broker and can say nothing: for whoever looks
// for a fault. Its MQTT user name and client ID are ListenerID(name).
func (b *Broker) EnrollListener(name string) (password string, err error) {
	return b.robots.enroll(listener(name))
}

// EnrollPanel makes a login that may raise and clear alarms, and hears and says nothing else. Its MQTT user name and client
// ID are wire.Panel(name).ClientID().
func (b *Broker) EnrollPanel(name string) (password string, err error) {
	return b.robots.enroll(wire.Panel(name))
}

// ListenerID is the MQTT user name, and the only client ID, of a listener.
func ListenerID(name string) string { return listener(name).ClientID() }

// Revoke removes the robot's login and ends its connection. Revoking an unknown robot is no error.
func (b *Broker) Revoke(id wire.RobotID) error {
	if err := b.robots.revoke(id); err != nil {
		return fmt.Errorf("revoke %q: %w", id, err)
	}
	b.mu.Lock()
	s := b.server
	b.mu.Unlock()
	if c, ok := b.gate.connection(id.ClientID()); ok && s != nil {
		_ = s.DisconnectClientByID(c) // an error says only that it has left already
	}
	return nil
}

// Enrolled lists the robots that have a login, in order of their client IDs.
func (b *Broker) Enrolled() []wire.RobotID { return b.robots.list() }
