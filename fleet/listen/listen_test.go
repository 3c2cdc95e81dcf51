package listen_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

var robot = wire.RobotID{Manufacturer: "acme.corp", SerialNumber: "NR-01"}

// serve runs a broker until stop is called or the test ends.
func serve(t testing.TB, dir, addr string) (b *broker.Broker, stop func()) {
	t.Helper()
	b, err := broker.New(broker.Options{Dir: dir, Site: "dc1", MQTTAddr: addr, ControllerPassword: "test"})
	if err != nil {
		t.Fatal(err)
	}
	stop = run(t, b.Run)
	<-b.Ready()
	return b, stop
}

// run calls f in a goroutine, until stop is called or the test ends.
func run(t testing.TB, f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stopped := false
	stop = func() {
		cancel()
		if stopped {
			return
		}
		stopped = true
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// hear runs an ear whose messages go to the channel, and waits until it is subscribed.
func hear(t testing.TB, b *broker.Broker, deliver func(context.Context, listen.Message)) (e *listen.Ear, connected chan struct{}, stop func()) {
	t.Helper()
	user, password := b.ControllerLogin()
	connected = make(chan struct{}, 10)
	e, err := listen.New(listen.Options{
		Addr: b.MQTTAddr(), User: user, Password: password, Site: "dc1",
		Deliver: deliver, Connected: func(context.Context) { connected <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = run(t, e.Run)
	<-connected
	return e, connected, stop
}

func connect(t testing.TB, b *broker.Broker) mqtt.Client {
	t.Helper()
	password, err := b.Enroll(robot)
	if err != nil {
		t.Fatal(err)
	}
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + b.MQTTAddr()).
		SetClientID(robot.ClientID()).SetUsername(robot.ClientID()).SetPassword(password).SetProtocolVersion(4))
	wait(t, c.Connect())
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func wait(t testing.TB, tok mqtt.Token) {
	t.Helper()
	tok.Wait()
	if err := tok.Error(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryKindIsHeardInOrderAndAnswered(t *testing.T) {
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	got := make(chan listen.Message, 100)
	var e *listen.Ear
	e, _, _ = hear(t, b, func(ctx context.Context, m listen.Message) {
		m.Ack()
		// Deliver may publish, and wait for it.
		if err := e.Publish(ctx, wire.Topic("dc1", m.Robot, "receipt"), 0, []byte(m.Kind)); err != nil {
			t.Error(err)
		}
		got <- m
	})
	c := connect(t, b)
	receipts := make(chan string, 100)
	wait(t, c.Subscribe(wire.Topic("dc1", robot, "receipt"), 0, func(_ mqtt.Client, m mqtt.Message) { receipts <- string(m.Payload()) }))
	for _, m := range []struct {
		topic string
		qos   byte
		vda   bool
		kind  string
	}{
		{wire.VDATopic("dc1", robot, "connection"), 1, true, "connection"},
		{wire.VDATopic("dc1", robot, "state"), 0, true, "state"},
		{wire.VDATopic("dc1", robot, "visualization"), 0, true, "visualization"},
		{wire.VDATopic("dc1", robot, "factsheet"), 0, true, "factsheet"},
		{wire.Topic("dc1", robot, "observation"), 1, false, "observation"},
		{wire.Topic("dc1", robot, "evidence/abc"), 1, false, "evidence/abc"},
	} {
		wait(t, c.Publish(m.topic, m.qos, false, "payload"))
		g := <-got
		if g.Topic != m.topic || g.QoS != m.qos || g.VDA != m.vda || g.Kind != m.kind || g.Robot != robot || string(g.Payload) != "payload" {
			t.Errorf("sent %+v, heard %+v", m, g)
		}
		if r := <-receipts; r != m.kind {
			t.Errorf("receipt %q", r)
		}
	}
	for n := range 200 {
		wait(t, c.Publish(wire.Topic("dc1", robot, "observation"), 1, false, fmt.Sprint(n)))
	}
	for n := range 200 {
		if g := <-got; string(g.Payload) != fmt.Sprint(n) {
			t.Fatalf("message %d holds %s", n, g.Payload)
		}
	}
}

func TestMessageComesAgainUntilAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the broker's patience, 10 s")
	}
	t.Parallel()
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	got := make(chan listen.Message, 10)
	deliver := func(_ context.Context, m listen.Message) { got <- m }
	_, _, stop := hear(t, b, deliver)
	c := connect(t, b)
	topic := wire.Topic("dc1", robot, "observation")
	wait(t, c.Publish(topic, 1, false, "first"))
	(<-got).Ack()
	wait(t, c.Publish(topic, 1, false, "second"))
	<-got // and the controller dies before it is durable
	stop()
	wait(t, c.Publish(topic, 1, false, "third")) // while nobody listens
	_, _, _ = hear(t, b, deliver)
	heard := map[string]bool{}
	for len(heard) < 2 {
		m := <-got
		m.Ack()
		heard[string(m.Payload)] = true
	}
	if !heard["second"] || !heard["third"] {
		t.Errorf("heard again: %v", heard)
	}
}

func TestEarReconnectsWhenTheBrokerIsBack(t *testing.T) {
	dir := t.TempDir()
	b, stop := serve(t, dir, "127.0.0.1:0")
	got := make(chan listen.Message, 10)
	_, connected, _ := hear(t, b, func(_ context.Context, m listen.Message) { m.Ack(); got <- m })
	stop()
	b, _ = serve(t, dir, b.MQTTAddr())
	<-connected
	c := connect(t, b)
	wait(t, c.Publish(wire.Topic("dc1", robot, "observation"), 1, false, "after"))
	if m := <-got; string(m.Payload) != "after" {
		t.Errorf("heard %q", m.Payload)
	}
}

func TestRunEndsWhenTheLoginOrTheSiteIsRefused(t *testing.T) {
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	user, password := b.ControllerLogin()
	for name, o := range map[string]listen.Options{
		"wrong password": {User: user, Password: "x", Site: "dc1"},
		"another's site": {User: user, Password: password, Site: "dc2"},
	} {
		o.Addr = b.MQTTAddr()
		o.Deliver = func(context.Context, listen.Message) {}
		e, err := listen.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Run(t.Context()); err == nil {
			t.Errorf("%s: Run returned nil", name)
		}
	}
}

func TestPublishRefusesWhatTheBrokerWouldHangUpOn(t *testing.T) {
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	e, _, stop := hear(t, b, func(context.Context, listen.Message) {})
	if err := e.Publish(t.Context(), "dc1/x", 0, make([]byte, wire.MaxPayload+1)); err == nil {
		t.Error("oversize payload published")
	}
	stop()
	if err := e.Publish(t.Context(), "dc1/x", 0, nil); !errors.Is(err, listen.ErrOffline) {
		t.Errorf("publish after Run: %v", err)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	deliver := func(context.Context, listen.Message) {}
	for name, o := range map[string]listen.Options{
		"no address": {User: "u", Site: "s", Deliver: deliver},
		"no user":    {Addr: "a", Site: "s", Deliver: deliver},
		"no site":    {Addr: "a", User: "u", Deliver: deliver},
		"no deliver": {Addr: "a", User: "u", Site: "s"},
	} {
		if _, err := listen.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A slow Deliver (longer than the keep-alive would allow) costs neither the connection nor a message of QoS 1.
func TestSlowDeliverDoesNotBlockTheSession(t *testing.T) {
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	release, got := make(chan struct{}), make(chan string, 1000)
	e, _, _ := hear(t, b, func(_ context.Context, m listen.Message) {
		<-release
		got <- string(m.Payload)
		m.Ack()
	})
	c := connect(t, b)
	for n := range 600 { // more than the broker hands out unacknowledged
		wait(t, c.Publish(wire.Topic("dc1", robot, "observation"), 1, false, fmt.Sprint(n)))
	}
	if err := e.Publish(t.Context(), wire.VDATopic("dc1", robot, "order"), 1, nil); err != nil {
		t.Errorf("publish while Deliver is stuck: %v", err)
	}
	close(release)
	for n := range 600 {
		if s := <-got; s != fmt.Sprint(n) {
			t.Fatalf("message %d holds %s", n, s)
		}
	}
}

func BenchmarkIngestObservation4KB(b *testing.B) {
	br, _ := serve(b, b.TempDir(), "127.0.0.1:0")
	done := make(chan struct{}, 1)
	hear(b, br, func(_ context.Context, m listen.Message) {
		m.Ack()
		done <- struct{}{}
	})
	c := connect(b, br)
	payload := make([]byte, 4096)
	for b.Loop() {
		c.Publish(wire.Topic("dc1", robot, "observation"), 1, false, payload)
		<-done
	}
}

func TestTheBuildingIsHeardOnItsOwnTopicsAndMaySayNothingElse(t *testing.T) {
	b, _ := serve(t, t.TempDir(), "127.0.0.1:0")
	topic := wire.Topic("dc1", wire.Building("bms"), wire.SensorPrefix+"a01/leak")
	user, password := b.ControllerLogin()
	said, connected := make(chan string, 10), make(chan struct{}, 10)
	e, err := listen.New(listen.Options{
		Addr: b.MQTTAddr(), User: user, Password: password, Site: "dc1", Connected: func(context.Context) { connected <- struct{}{} },
		Deliver: func(_ context.Context, m listen.Message) {
			m.Ack()
			t.Errorf("delivered as a robot's: %s", m.Topic)
		},
		Also: []string{topic}, Overheard: func(_ context.Context, topic string, payload []byte, retained bool) {
			said <- fmt.Sprintf("%s %s %t", topic, payload, retained)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, e.Run)
	<-connected
	secret, err := b.Enroll(wire.Building("bms"))
	if err != nil {
		t.Fatal(err)
	}
	id := wire.Building("bms").ClientID()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + b.MQTTAddr()).SetClientID(id).SetUsername(id).SetPassword(secret).SetProtocolVersion(4))
	wait(t, c.Connect())
	defer c.Disconnect(0)
	wait(t, c.Publish(wire.Topic("dc1", wire.Panel("bms"), wire.KindAlarm), 0, false, `{"signal": "raise"}`)) // the broker drops it
	wait(t, c.Publish(topic, 0, false, "1"))
	if got := <-said; got != topic+" 1 false" {
		t.Errorf("heard %q", got)
	}
	if _, err := listen.New(listen.Options{Addr: "x:1", User: "u", Site: "s", Deliver: func(context.Context, listen.Message) {}, Also: []string{"a"}}); err == nil {
		t.Error("topics that nobody is told of are taken")
	}
}
