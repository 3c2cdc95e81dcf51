package broker_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// start runs a broker on a free port for the length of the test.
func start(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	o.Site, o.MQTTAddr = "dc1", "127.0.0.1:0"
	b, err := broker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
	case err := <-done:
		t.Fatalf("broker ended: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("broker: %v", err)
		}
	})
	return b
}

func TestControllerHasJetStreamInProcess(t *testing.T) {
	b := start(t, broker.Options{})
	nc, err := b.Conn()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	if got := nc.MaxPayload(); got != wire.MaxPayload {
		t.Errorf("max payload %d, want %d", got, wire.MaxPayload)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, o := range map[string]broker.Options{
		"no site":        {Dir: t.TempDir()},
		"site with dot":  {Dir: t.TempDir(), Site: "dc.1"},
		"no directory":   {Site: "dc1"},
		"no port":        {Dir: t.TempDir(), Site: "dc1", MQTTAddr: "localhost"},
		"port too large": {Dir: t.TempDir(), Site: "dc1", MQTTAddr: "localhost:70000"},
	} {
		if _, err := broker.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTakenPortIsAnErrorNotAHang(t *testing.T) {
	first := start(t, broker.Options{})
	second, err := broker.New(broker.Options{Dir: t.TempDir(), Site: "dc1", MQTTAddr: first.MQTTAddr()})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err == nil {
		t.Error("two brokers on one port")
	}
}

func TestLoginsSurviveARestartAndPasswordsAreNotKept(t *testing.T) {
	o := broker.Options{Dir: t.TempDir(), Site: "dc1"}
	first, err := broker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r1 := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	r2 := wire.RobotID{Manufacturer: "acme.corp", SerialNumber: "7"}
	for _, id := range []wire.RobotID{r1, r2} {
		if _, err := first.Enroll(id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.Enroll(wire.RobotID{Manufacturer: "acme_corp", SerialNumber: "7"}); err == nil {
		t.Error("two robots with one client ID")
	}
	for _, bad := range []wire.RobotID{{}, {Manufacturer: "a", SerialNumber: "+"}, {Manufacturer: "a/b", SerialNumber: "1"}, {Manufacturer: "a", SerialNumber: ">"}, {Manufacturer: "a b", SerialNumber: "1"}} {
		if _, err := first.Enroll(bad); err == nil {
			t.Errorf("enrolled %q", bad)
		}
	}
	again, err := broker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Enrolled(); len(got) != 2 || got[0] != r2 || got[1] != r1 {
		t.Errorf("enrolled after a restart: %v", got)
	}
}
