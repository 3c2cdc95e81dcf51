package broker_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// A broker started on a copy of a running one's folder is one that comes back after a crash.
func TestAfterACrashRetainedMessagesAreThereAndOrphansGone(t *testing.T) {
	topic := wire.VDATopic("dc1", victim, "connection")
	dir := t.TempDir()
	b := start(t, broker.Options{Dir: dir})
	retain(t, b, topic, "ONLINE")
	for range 2 {
		crashed := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		dir = crashed
		b = start(t, broker.Options{Dir: dir})
		ear := controller(t, b)
		if m := <-ear.got; m.topic != topic || m.payload != "ONLINE" {
			t.Errorf("retained: %+v", m)
		}
		retain(t, b, topic, "OFFLINE")
		<-ear.got
		ear.Disconnect(0)
		retain(t, b, topic, "ONLINE")
		if n := retainedConsumers(t, b); n != 1 {
			t.Errorf("%d consumers of retained messages", n)
		}
	}
}

func retain(t *testing.T, b *broker.Broker, topic, payload string) {
	t.Helper()
	r := mustConnect(t, b.MQTTAddr(), victim.ClientID(), victim.ClientID(), enroll(t, b, victim))
	tok := r.Publish(topic, 1, true, payload)
	tok.Wait()
	if err := tok.Error(); err != nil {
		t.Fatal(err)
	}
	r.Disconnect(100)
}

func retainedConsumers(t *testing.T, b *broker.Broker) int {
	t.Helper()
	nc, err := b.Conn()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	st, err := js.Stream(t.Context(), "$MQTT_rmsgs")
	if err != nil {
		t.Fatal(err)
	}
	return st.CachedInfo().State.Consumers
}
