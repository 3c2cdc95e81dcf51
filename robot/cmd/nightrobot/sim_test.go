package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// TestMain lets the test's own binary be the vision child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "vision" {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// hurry is how much faster than the wall clock the test's hall runs, patience what it may take on the wall.
const (
	hurry    = 6
	patience = 2 * time.Minute
)

// TestASimulatedRobotLooksAtARack is the whole robot: simulated body, chips and camera, real drivers, MAVLink, OpenCV
// in a child process, MQTT to an embedded broker; only the controller is the test.
func TestASimulatedRobotLooksAtARack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	port := startBroker(t)
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, id.ClientID()+".password"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFleet(t, port, site, id)

	cmd := simCmd{
		Robots: 1, Site: shipped, Broker: fmt.Sprintf("mqtt://127.0.0.1:%d", port), Credentials: credentials, Data: t.TempDir(),
		Speed: hurry, Epoch: time.Now().Format(time.RFC3339), Technician: "127.0.0.1:0", Seed: 7, Manufacturer: "nightrounds",
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Run(ctx, &console{out: &bytes.Buffer{}, log: slog.New(slog.NewTextHandler(logWriter{t}, nil))})
	}()
	f.receipt(0)
	f.awaitState(func(s vda5050.State) bool { return s.MobileRobotPosition != nil && s.MobileRobotPosition.Localized })
	view := nearest(t, site)
	f.order(view)
	o := f.awaitObservation()
	if o.Failed != "" || o.Viewpoint != view.ID || o.Registration.Method != "tags" || len(o.Devices) == 0 || o.Air == nil || len(o.Evidence) == 0 {
		t.Errorf("observation failed %q: %d LEDs, %d devices, air %v, evidence %v, registration %+v", o.Failed, len(o.LEDs), len(o.Devices), o.Air, o.Evidence, o.Registration)
	}
	if z := o.Registration.Z; z < view.DistanceM-0.15 || z > view.DistanceM+0.15 {
		t.Errorf("looked from %.2f m, want %.2f m", z, view.DistanceM)
	}
	t.Logf("%d lights, %d devices, %d findings, registration %+v", len(o.LEDs), len(o.Devices), len(o.Findings), o.Registration)
	for _, x := range o.Findings {
		if x.Severity != vision.Info { // of a light that is not understood it may say so
			t.Errorf("a finding in a hall in good order: %+v", x)
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the simulation ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("the simulation does not end")
	}
}

// nearest is the viewpoint with the shortest way from the first dock.
func nearest(t *testing.T, site *maps.Site) maps.Viewpoint {
	t.Helper()
	g := site.Halls[0].Graph
	far := g.Distances(g.Docks()[0].Node, nil)
	best := site.Viewpoints()[0]
	for _, v := range site.Viewpoints() {
		if far[v.Node] < far[best.Node] {
			best = v
		}
	}
	return best
}

func startBroker(t *testing.T) int {
	t.Helper()
	o := &server.Options{
		ServerName: "test", JetStream: true, StoreDir: t.TempDir(), DontListen: true, NoSigs: true, NoLog: true, MaxPayload: wire.MaxPayload,
		MQTT: server.MQTTOpts{Host: "127.0.0.1", Port: -1},
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("broker does not start")
	}
	return o.MQTT.Port
}

// fleet is a controller that sends one order.
type fleet struct {
	mqtt.Client
	t    *testing.T
	site *maps.Site
	id   wire.RobotID
	got  chan mqtt.Message
}

func newFleet(t *testing.T, port int, site *maps.Site, id wire.RobotID) *fleet {
	t.Helper()
	f := &fleet{t: t, site: site, id: id, got: make(chan mqtt.Message, 10000)}
	f.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(fmt.Sprintf("tcp://127.0.0.1:%d", port)).SetClientID("fleet").SetProtocolVersion(4))
	f.finish(f.Connect())
	f.finish(f.Subscribe(site.ID+"/#", 1, func(_ mqtt.Client, m mqtt.Message) { f.got <- m }))
	t.Cleanup(func() { f.Disconnect(10) })
	return f
}

func (f *fleet) finish(token mqtt.Token) {
	f.t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		f.t.Fatalf("fleet: %v", token.Error())
	}
}

// receipt is retained here, which a controller's is not: the test does not wait for the robot to connect.
func (f *fleet) receipt(seq uint64) {
	f.t.Helper()
	payload, err := wire.EncodeReceipt(wire.Receipt{At: time.Now(), Seq: seq})
	if err != nil {
		f.t.Fatal(err)
	}
	f.finish(f.Publish(wire.Topic(f.site.ID, f.id, "receipt"), 0, true, payload))
}

func (f *fleet) await(kind string, is func(payload []byte) bool) {
	f.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-f.got:
			if strings.HasSuffix(m.Topic(), "/"+kind) && is(m.Payload()) {
				return
			}
		case <-late:
			f.t.Fatalf("no %s in time", kind)
		}
	}
}

func (f *fleet) awaitState(is func(vda5050.State) bool) {
	f.t.Helper()
	f.await(vda5050.KindState, func(payload []byte) bool {
		var s vda5050.State
		if err := vda5050.Unmarshal(payload, &s); err != nil {
			f.t.Fatal(err)
		}
		return is(s)
	})
}

func (f *fleet) awaitObservation() (o wire.Observation) {
	f.t.Helper()
	f.await("observation", func(payload []byte) bool {
		var err error
		if o, err = wire.DecodeObservation(payload); err != nil {
			f.t.Fatal(err)
		}
		return true
	})
	return o
}

// order sends the robot from its dock to a viewpoint.
func (f *fleet) order(view maps.Viewpoint) {
	f.t.Helper()
	g := f.site.Halls[0].Graph
	way, _, ok := g.ShortestPath(g.Docks()[0].Node, view.Node, nil)
	if !ok {
		f.t.Fatalf("no way to %s", view.Node)
	}
	o := &vda5050.Order{OrderID: "o1", Header: vda5050.Header{
		Timestamp: vda5050.At(time.Now()), Version: vda5050.Version, Manufacturer: f.id.Manufacturer, SerialNumber: f.id.SerialNumber,
	}}
	for i, name := range way {
		n, _ := g.Node(name)
		o.Nodes = append(o.Nodes, vda5050.Node{NodeID: name, SequenceID: uint32(2 * i), Released: true, Actions: []vda5050.Action{},
			NodePosition: &vda5050.NodePosition{X: n.X, Y: n.Y, MapID: f.site.Halls[0].ID}})
		if i > 0 {
			e, _ := g.Edge(way[i-1], name)
			o.Edges = append(o.Edges, vda5050.Edge{EdgeID: e.ID, SequenceID: uint32(2*i - 1), Released: true, Actions: []vda5050.Action{}})
		}
	}
	last := &o.Nodes[len(o.Nodes)-1]
	last.Actions = append(last.Actions, vda5050.InspectAction("look", view.ID, vda5050.ReasonPatrol))
	payload, err := vda5050.Marshal(o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.finish(f.Publish(wire.VDATopic(f.site.ID, f.id, vda5050.KindOrder), 0, false, payload))
}

// logWriter shows the robots' logs with the test's.
type logWriter struct{ t *testing.T }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
