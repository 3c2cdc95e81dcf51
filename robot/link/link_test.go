package link_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/robot/link"
)

var robot = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR.01"}

const patience = 20 * time.Second

// broker starts an embedded nats-server on a port of its own choice, or on the given one, with two users: the robot
// (password "right", may not read zoneSet) and the fleet.
func broker(t *testing.T, dir string, port int) (*server.Server, int) {
	t.Helper()
	if port == 0 {
		port = -1
	}
	opts := &server.Options{
		ServerName: "test", JetStream: true, StoreDir: dir, DontListen: true, NoSigs: true, NoLog: true, MaxPayload: wire.MaxPayload,
		Users: []*server.User{
			{Username: robot.ClientID(), Password: "right", Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{">"}},
				Subscribe: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{"site.v3.nightrounds.NR//01.zoneSet"}},
			}},
			{Username: "fleet", Password: "fleet"},
		},
		MQTT: server.MQTTOpts{Host: "127.0.0.1", Port: port},
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("broker does not start")
	}
	return s, opts.MQTT.Port
}

// fleet is the other end: it keeps what was said on each topic.
type fleet struct {
	mqtt.Client
	got chan mqtt.Message
}

func newFleet(t *testing.T, port int) *fleet {
	t.Helper()
	f := &fleet{got: make(chan mqtt.Message, 100)}
	f.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(url(port, "tcp")).SetClientID("fleet" + rand.Text()).
		SetUsername("fleet").SetPassword("fleet").SetProtocolVersion(4))
	finish(t, f.Connect())
	finish(t, f.Subscribe("site/#", 1, func(_ mqtt.Client, m mqtt.Message) { f.got <- m }))
	t.Cleanup(func() { f.Disconnect(10) })
	return f
}

func finish(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("fleet: %v", token.Error())
	}
}

// next waits for a message on a topic that ends so.
func (f *fleet) next(t *testing.T, end string) mqtt.Message {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-f.got:
			if strings.HasSuffix(m.Topic(), end) {
				return m
			}
		case <-late:
			t.Fatalf("nothing came on .../%s", end)
		}
	}
}

func (f *fleet) nextConnection(t *testing.T, want vda5050.ConnectionState) {
	t.Helper()
	for {
		var c vda5050.Connection
		if err := vda5050.Unmarshal(f.next(t, "/connection").Payload(), &c); err != nil {
			t.Fatal(err)
		}
		if c.ConnectionState == want {
			return
		}
	}
}

func url(port int, scheme string) string {
	return scheme + "://" + (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String()
}

// start runs a link until the test ends, or stop is called.
func start(t *testing.T, port int, password func() (string, error)) (l *link.Link, stop func()) {
	t.Helper()
	l, err := link.New(link.Options{
		Broker: url(port, "mqtt"), Site: "site", Robot: robot, Password: password,
		KeepAlive: time.Second, RetryMax: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := l.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return l, stop
}

func right() (string, error) { return "right", nil }

func expect(t *testing.T, l *link.Link, kind string) link.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-l.Events():
			if e.Kind == kind {
				return e
			}
		case <-late:
			t.Fatalf("no %s", kind)
		}
	}
}

func TestARobotComesSpeaksListensAndGoes(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	f := newFleet(t, port)
	l, stop := start(t, port, right)
	expect(t, l, link.Online)
	f.nextConnection(t, vda5050.ConnectionOnline)

	ctx := context.Background()
	for _, kind := range []string{vda5050.KindState, link.KindObservation, link.EvidencePrefix + "abc"} {
		if err := l.Publish(ctx, kind, []byte(`{"a":1}`)); err != nil {
			t.Fatal(err)
		}
		f.next(t, "/"+kind)
	}
	for _, kind := range []string{vda5050.KindOrder, vda5050.KindInstantActions} {
		finish(t, f.Publish(wire.VDATopic("site", robot, kind), 0, false, kind))
		if e := expect(t, l, kind); string(e.Payload) != kind {
			t.Errorf("payload %q of %s", e.Payload, kind)
		}
	}
	finish(t, f.Publish(wire.Topic("site", robot, link.KindReceipt), 0, false, "r"))
	expect(t, l, link.KindReceipt)
	if err := l.Announce(); err != nil {
		t.Error(err)
	}
	f.nextConnection(t, vda5050.ConnectionOnline)
	stop()
	f.nextConnection(t, vda5050.ConnectionOffline)
}

func TestConnectionIsRetained(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	l, _ := start(t, port, right)
	expect(t, l, link.Online)
	// The broker keeps a retained message a moment after it has acknowledged it: who comes meanwhile gets it fresh.
	for range 50 {
		if newFleet(t, port).next(t, "/connection").Retained() {
			return
		}
	}
	t.Error("connection is not retained")
}

func TestWrongPasswordIsSaidAndTriedAgain(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	tries := 0
	l, _ := start(t, port, func() (string, error) {
		if tries++; tries < 3 {
			return "wrong", nil
		}
		return "right", nil
	})
	if e := expect(t, l, link.Offline); e.Err == nil {
		t.Error("offline without a reason")
	}
	if err := l.Publish(context.Background(), vda5050.KindState, []byte("{}")); err != nil && !errors.Is(err, link.ErrOffline) {
		t.Errorf("publish: %v", err)
	}
	expect(t, l, link.Online)
}

func TestARestartedBrokerIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	s, port := broker(t, dir, 0)
	l, _ := start(t, port, right)
	expect(t, l, link.Online)
	s.Shutdown()
	s.WaitForShutdown()
	expect(t, l, link.Offline)
	if err := l.Publish(context.Background(), link.KindObservation, []byte("{}")); !errors.Is(err, link.ErrOffline) {
		t.Errorf("publish while offline: %v", err)
	}
	broker(t, dir, port)
	expect(t, l, link.Online)
	f := newFleet(t, port)
	if err := l.Publish(context.Background(), link.KindObservation, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	f.next(t, "/observation")
}

func TestTheLastWillTellsOfABrokenConnection(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	f := newFleet(t, port)
	l, _ := start(t, port, right)
	expect(t, l, link.Online)
	f.nextConnection(t, vda5050.ConnectionOnline)
	thief, _ := start(t, port, right) // the same client ID takes the session over, which fires the first one's will
	expect(t, thief, link.Online)
	f.nextConnection(t, vda5050.ConnectionBroken)
}

func TestTooLargeIsRefusedBeforeItCostsTheConnection(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	f := newFleet(t, port)
	l, _ := start(t, port, right)
	expect(t, l, link.Online)
	ctx := context.Background()
	if err := l.Publish(ctx, link.EvidencePrefix+"abc", make([]byte, wire.MaxPayload+1)); !errors.Is(err, link.ErrTooLarge) {
		t.Errorf("publish: %v, want ErrTooLarge", err)
	}
	if err := l.Publish(ctx, link.EvidencePrefix+"def", make([]byte, wire.MaxPayload-1024)); err != nil {
		t.Fatal(err)
	}
	f.next(t, "/evidence/def")
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	good := link.Options{Broker: "mqtt://127.0.0.1:1883", Site: "site", Robot: robot, Password: right}
	for want, change := range map[string]func(*link.Options){
		"broker":        func(o *link.Options) { o.Broker = "http://x" },
		"site":          func(o *link.Options) { o.Site = "a/b" },
		"serial number": func(o *link.Options) { o.Robot.SerialNumber = "" },
		"manufacturer":  func(o *link.Options) { o.Robot.Manufacturer = "#" },
		"password":      func(o *link.Options) { o.Password = nil },
		"negative":      func(o *link.Options) { o.KeepAlive = -1 },
	} {
		o := good
		change(&o)
		if _, err := link.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that names %s", err, want)
		}
	}
	if _, err := link.New(good); err != nil {
		t.Error(err)
	}
}

func TestConnectionMessageIsValidJSON(t *testing.T) {
	_, port := broker(t, t.TempDir(), 0)
	f := newFleet(t, port)
	l, _ := start(t, port, right)
	expect(t, l, link.Online)
	var m map[string]any
	if err := json.Unmarshal(f.next(t, "/connection").Payload(), &m); err != nil || m["serialNumber"] != "NR.01" {
		t.Errorf("connection %v, %v", m, err)
	}
}
