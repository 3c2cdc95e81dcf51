package robot_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/link/linktest"
	"github.com/nightrounds/nightrounds/robot/outbox"
)

var id = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}

// A night is one robot, its agent real and its body made up, with a controller that answers with receipts. It lives in
// a synctest bubble.
type night struct {
	t           *testing.T
	site        *maps.Site
	packageName string
	options     robot.Options
	legs        *legs
	camera      *shutter
	eyes        *gaze
	net         *linktest.Memory
	box         *outbox.Outbox
	stop        func()

	mu           sync.Mutex
	states       []vda5050.State
	observations []wire.Observation
	pictures     map[string][]byte
	factsheets   int
	durable      uint64
	deaf, mute   bool // the controller does not take what comes; it sends no receipt at all
	updates      uint32
}

func newNight(t *testing.T) *night {
	t.Helper()
	content, name, err := maps.Pack(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	n := &night{t: t, site: site, packageName: name, pictures: map[string][]byte{}, stop: func() {}}
	dock, _ := site.Halls[0].Graph.Node(site.Halls[0].Graph.Docks()[0].Node)
	stand := maps.Pose{X: dock.X, Y: dock.Y}
	n.legs = &legs{truth: stand, odometry: maps.Pose{X: 3, Y: -2, ThetaRad: 1}, battery: 90, mast: 0.6, scale: 1}
	n.camera = &shutter{legs: n.legs, dir: t.TempDir()}
	n.eyes = &gaze{site: site, legs: n.legs}
	n.net = linktest.New(n.hear)
	n.options = robot.Options{
		ID: id, Dir: t.TempDir(), Scratch: t.TempDir(), Link: n.net, Base: n.legs, Camera: n.camera, Air: breeze{}, Eyes: n.eyes,
		Package: content, Start: &robot.Start{Hall: site.Halls[0].ID, Pose: stand},
	}
	return n
}

// start runs a new agent on what the one before has kept.
func (n *night) start() {
	n.t.Helper()
	box, err := outbox.Open(outbox.Options{Dir: filepath.Join(n.options.Dir, "outbox")})
	if err != nil {
		n.t.Fatal(err)
	}
	n.box, n.options.Outbox = box, box
	agent, err := robot.New(n.options)
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := agent.Run(ctx); err != nil {
			n.t.Errorf("run: %v", err)
		}
	})
	var once sync.Once
	n.stop = func() {
		once.Do(func() {
			cancel()
			wg.Wait()
			if err := box.Close(); err != nil {
				n.t.Error(err)
			}
			time.Sleep(2 * time.Second) // the database's own goroutine ends with its next tick
		})
	}
	n.t.Cleanup(n.stop)
	n.net.Connect()
	n.receipt()
	n.until("it is there", func() bool { return true })
}

// kill ends the agent as a crash would: what it knows afterwards is what was on disk.
func (n *night) kill() {
	n.stop()
	n.mu.Lock()
	n.states = nil
	n.mu.Unlock()
	n.net.Disconnect()
}

// hear is the controller's ear.
func (n *night) hear(kind string, payload []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch kind {
	case vda5050.KindState:
		var s vda5050.State
		if err := vda5050.Unmarshal(payload, &s); err != nil {
			n.t.Error(err)
		}
		n.states = append(n.states, s)
	case vda5050.KindFactsheet:
		var f vda5050.Factsheet
		if err := vda5050.Unmarshal(payload, &f); err != nil {
			n.t.Error(err)
		} else if got := f.Sensors(); !slices.Equal(got, []string{"air", "visual"}) { // this one has no thermal camera
			n.t.Errorf("the robot declares sensors %v", got)
		}
		n.factsheets++
	case link.KindObservation:
		o, err := wire.DecodeObservation(payload)
		if err != nil {
			n.t.Error(err)
		}
		n.observations = append(n.observations, o)
		if o.Seq == n.durable+1 && !n.deaf {
			n.durable++
		}
		go n.receipt()
	default:
		if name, ok := cutPrefix(kind, link.EvidencePrefix); ok {
			n.pictures[name] = payload
		}
	}
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return "", false
}

// receipt says what is durable.
func (n *night) receipt() {
	n.mu.Lock()
	seq, silent := n.durable, n.mute || n.deaf
	n.mu.Unlock()
	if silent {
		return
	}
	payload, err := wire.EncodeReceipt(wire.Receipt{At: time.Now(), Seq: seq})
	if err != nil {
		n.t.Error(err)
	}
	n.net.Say(link.KindReceipt, payload)
}

// order sends the robot to a viewpoint, all released.
func (n *night) order(orderID string, view maps.Viewpoint) {
	n.t.Helper()
	g := n.site.Halls[0].Graph
	way, _, ok := g.ShortestPath(g.Docks()[0].Node, view.Node, nil)
	if !ok {
		n.t.Fatalf("no way to %s", view.Node)
	}
	o := &vda5050.Order{Header: n.header(), OrderID: orderID}
	for i, name := range way {
		node := n.node(name)
		o.Nodes = append(o.Nodes, vda5050.Node{
			NodeID: name, SequenceID: uint32(2 * i), Released: true, Actions: []vda5050.Action{},
			NodePosition: &vda5050.NodePosition{X: node.X, Y: node.Y, MapID: "hall-1"},
		})
		if i > 0 {
			e, _ := g.Edge(way[i-1], name)
			o.Edges = append(o.Edges, vda5050.Edge{EdgeID: e.ID, SequenceID: uint32(2*i - 1), Released: true, Actions: []vda5050.Action{}})
		}
	}
	last := &o.Nodes[len(o.Nodes)-1]
	last.Actions = append(last.Actions, vda5050.InspectAction(orderID+"-look", view.ID, vda5050.ReasonPatrol))
	n.send(o)
}

func (n *night) instant(a vda5050.Action) {
	n.t.Helper()
	n.send(&vda5050.InstantActions{Header: n.header(), Actions: []vda5050.Action{a}})
}

func (n *night) send(m vda5050.Message) {
	n.t.Helper()
	payload, err := vda5050.Marshal(m)
	if err != nil {
		n.t.Fatal(err)
	}
	n.net.Say(m.Kind(), payload)
}

func (n *night) header() vda5050.Header {
	n.updates++
	return vda5050.Header{HeaderID: n.updates, Timestamp: vda5050.At(time.Now()), Version: vda5050.Version,
		Manufacturer: id.Manufacturer, SerialNumber: id.SerialNumber}
}

// until lets the night go on until the robot has spoken and something is so; an hour is too long.
func (n *night) until(what string, so func() bool) {
	n.t.Helper()
	for range 36000 {
		synctest.Wait()
		if n.state().Version != "" && so() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	n.t.Fatalf("never: %s; last state %+v", what, n.state())
}

// state is the newest that came.
func (n *night) state() vda5050.State {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.states) == 0 {
		return vda5050.State{}
	}
	return n.states[len(n.states)-1]
}

// seen are the observations that came.
func (n *night) seen() []wire.Observation {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.observations)
}

func (n *night) sheets() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.factsheets
}

// setDeaf has the controller take nothing of what comes, or listen again.
func (n *night) setDeaf(deaf bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deaf = deaf
}

func (n *night) action(id string) vda5050.ActionStatus {
	s := n.state()
	for _, a := range append(append([]vda5050.ActionState{}, s.ActionStates...), s.InstantActionStates...) {
		if a.ActionID == id {
			return a.ActionStatus
		}
	}
	return ""
}

func (n *night) view(id string) maps.Viewpoint {
	n.t.Helper()
	v, ok := n.site.Viewpoint(id)
	if !ok {
		n.t.Fatalf("no viewpoint %s", id)
	}
	return v
}

func (n *night) node(id string) maps.Node {
	node, _ := n.site.Halls[0].Graph.Node(id)
	return node
}

// lightWithMeaning finds a light on a front that can tell of a fault, and a viewpoint that sees it.
func (n *night) lightWithMeaning() (maps.Viewpoint, *maps.Device, maps.LED) {
	n.t.Helper()
	for _, v := range n.site.Viewpoints() {
		r, _ := n.site.Rack(v.Rack)
		for _, shown := range r.Shown(v.Face) {
			top := shown.Device.Position + shown.Device.Type.UHeight - 1
			for _, led := range shown.LEDs() {
				if len(led.Meanings) > 0 && shown.Device.Position > v.FromU && top < v.ToU {
					return v, shown.Device, led
				}
			}
		}
	}
	n.t.Fatal("no light of the sample site means anything")
	return maps.Viewpoint{}, nil, maps.LED{}
}
