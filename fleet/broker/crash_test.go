package broker_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// What this binary is told of when it is to be a broker that can be killed.
const (
	victimDir          = "BROKER_TEST_DIR"
	controllerPassword = "the controller's"
)

// TestMain makes this binary a broker as well: a kill takes a whole process.
func TestMain(m *testing.M) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := serve(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve runs a broker until standard input ends, and says its address when it is ready.
func serve(dir string) error {
	b, err := broker.New(broker.Options{Dir: dir, Site: "dc1", MQTTAddr: "127.0.0.1:0", ControllerPassword: controllerPassword})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer cancel()
		_, _ = os.Stdin.Read(make([]byte, 1))
	}()
	go func() {
		select {
		case <-b.Ready():
			fmt.Println(b.MQTTAddr())
		case <-ctx.Done():
		}
	}()
	return b.Run(ctx)
}

func TestAfterAKillRetainedMessagesAreThereAndOrphansGone(t *testing.T) {
	topic := wire.VDATopic("dc1", victim, "connection")
	dir := t.TempDir()
	b, err := broker.New(broker.Options{Dir: dir, Site: "dc1"})
	if err != nil {
		t.Fatal(err)
	}
	password := enroll(t, b, victim)
	for range 2 {
		addr, kill := startVictim(t, dir)
		robot := mustConnect(t, addr, victim.ClientID(), victim.ClientID(), password)
		ear := mustConnect(t, addr, broker.ControllerUser, broker.ControllerUser, controllerPassword)
		if !ear.granted(t, "dc1/#") {
			t.Fatal("the controller may not hear its site")
		}
		tok := robot.Publish(topic, 1, true, "ONLINE")
		if tok.Wait(); tok.Error() != nil {
			t.Fatal(tok.Error())
		}
		kill()
	}
	b = start(t, broker.Options{Dir: dir})
	ear := controller(t, b)
	if m := <-ear.got; m.topic != topic || m.payload != "ONLINE" {
		t.Errorf("retained: %+v", m)
	}
	if n := retainedConsumers(t, b); n != 1 {
		t.Errorf("%d consumers of retained messages, want that of the running broker alone", n)
	}
}

// startVictim runs a broker in a process of its own, and kills it with no warning.
func startVictim(t *testing.T, dir string) (addr string, kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // ends with this process, and so does the broker
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the broker to be killed: %v", err)
	}
	return strings.TrimSpace(addr), func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Fatalf("the killed broker: %v", err)
		}
	}
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
