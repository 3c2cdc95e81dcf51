package fleet_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// TestNightOfThreeRobots runs the controller itself, on the sample site, for 24 hours of simulated time: its loop, its
// rules, its orders on the wire. Only the robots are models, and the journal is kept in memory.
func TestNightOfThreeRobots(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole night takes half a minute")
	}
	st, err := store.Open(store.Options{Path: ":memory:"}) // outside the bubble: its file is the real world
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, st, 3)
		n.run(24 * time.Hour)
		t.Logf("%d looks at %d viewpoints of interval %s; worst idleness is %.2f of it; least battery %.0f %%",
			n.looks, len(n.site.Viewpoints()), n.interval, n.worst, 100*n.battery)
		if n.worst > 1 {
			t.Errorf("%s waited %.2f of its revisit interval", n.worstAt, n.worst)
		}
		if n.battery <= 0.05 {
			t.Errorf("a robot was down to %.0f %%", 100*n.battery)
		}
	})
	t.Logf("in %s", time.Since(began).Round(time.Millisecond))
}

// A night is a site, its controller and its robots.
type night struct {
	t        *testing.T
	site     *maps.Site
	c        *fleet.Controller
	robots   map[string]*nightRobot
	interval time.Duration

	mu      sync.Mutex
	looked  map[string]time.Time
	looks   int
	worst   float64
	worstAt string
	battery float64
	story   []string
	moved   func(robot, from, to string) // of portals' tests
	portal  func(id wire.RobotID, kind string, ask []byte)
	journal memory
	options fleet.Options
}

// told keeps the site's story.
func (n *night) told(_ string, v any) {
	if l, ok := v.(fleet.Line); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.story = append(n.story, l.Text)
	}
}

// inStore runs a night beside others, with a store that is made outside the bubble: its file is the real world.
func inStore(t *testing.T, f func(*testing.T, *store.Store)) {
	t.Parallel()
	st, err := store.Open(store.Options{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	synctest.Test(t, func(t *testing.T) { f(t, st) })
}

// newNight takes the sample site at an interval for which the work is 60 % of what the robots can do.
func newNight(t *testing.T, st *store.Store, robots int) *night {
	t.Helper()
	return newNightWith(t, st, robots, "", nil)
}

// newNightWith adds portals to the hall, as lines of site.yaml, with controls behind a client.
func newNightWith(t *testing.T, st *store.Store, robots int, portals string, doors *http.Client) *night {
	t.Helper()
	body := fleettest.DefaultBody()
	body.StateEvery = 3 * time.Second // and at each event: what a night needs, at a third of the messages
	work := fleettest.SampleHall(0).Work(body)
	interval := time.Duration(float64(work) / (0.6 * float64(robots) * body.Available())).Round(time.Second)
	site := sampleEvery(t, interval, portals)
	n := &night{t: t, site: site, robots: map[string]*nightRobot{}, interval: interval, looked: map[string]time.Time{}, battery: 1}
	n.options = fleet.Options{Site: site, Store: st, Pictures: noPictures{}, Out: n, Rules: fleet.DefaultRules(), PortalClient: doors, Told: n.told}
	n.control()
	docks := site.Halls[0].Graph.Docks()
	for i := range robots {
		id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: fmt.Sprintf("NR-%02d", i+1)}
		node := fmt.Sprintf("e%d", i-len(docks)) // where an aisle ends
		if i < len(docks) {
			node = docks[i].Node
		}
		r, err := fleettest.New(fleettest.Options{
			ID: id, Graph: site.Halls[0].Graph, Hall: site.Halls[0].ID, Node: node, Charge: 0.9 - 0.2*float64(i%3),
			Seed: uint64(i), Start: time.Now(), Body: body,
		})
		if err != nil {
			t.Fatal(err)
		}
		n.robots[id.String()] = &nightRobot{night: n, id: id, body: r, inbox: make(chan vda5050.Message, 16), killed: make(chan struct{}), looking: map[string]string{}, reported: map[string]bool{}}
	}
	return n
}

// sampleEvery is the sample site with another revisit interval, portals as lines of site.yaml, and what is replaced in it.
func sampleEvery(t *testing.T, interval time.Duration, portals string, oldnew ...string) *maps.Site {
	t.Helper()
	folder := fstest.MapFS{}
	err := fs.WalkDir(maps.Sample(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(maps.Sample(), name)
		if name == maps.SiteFile {
			b = bytes.Replace(b, []byte("revisit_interval: 30m"), []byte("revisit_interval: "+interval.String()), 1)
			b = bytes.Replace(b, []byte("    aisles:\n"), []byte(portals+"    aisles:\n"), 1)
			b = []byte(strings.NewReplacer(oldnew...).Replace(string(b)))
		}
		folder[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	site, err := maps.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if got := site.Viewpoints()[0].RevisitInterval; got != interval {
		t.Fatalf("interval %s, want %s", got, interval)
	}
	return site
}

// control gives the night a controller that knows what the store holds.
func (n *night) control() {
	n.t.Helper()
	c, err := fleet.New(n.options)
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.c = c
}

// serve runs the controller on a journal, and the robots, until ctx ends.
func (n *night) serve(ctx context.Context, j fleet.Journal) {
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := n.c.Lead(ctx, j); err != nil && ctx.Err() == nil {
			n.t.Error(err)
		}
	})
	for _, r := range n.robots {
		wg.Go(func() { r.run(ctx) })
	}
	wg.Wait()
}

func (n *night) run(d time.Duration) {
	ctx, cancel := context.WithTimeout(n.t.Context(), d)
	defer cancel()
	n.serve(ctx, &n.journal)
	for _, v := range n.site.Viewpoints() {
		n.seen(v.ID, time.Now())
	}
}

// Publish is the broker: it carries the controller's messages to the robots.
func (n *night) Publish(ctx context.Context, topic string, _ byte, payload []byte) error {
	_, id, kind, vda, err := wire.ParseTopic(topic)
	if err == nil && id.Manufacturer == wire.PortalMaker && n.portal != nil {
		n.portal(id, kind, payload)
		return nil
	}
	if err != nil || !vda {
		return err
	}
	m, ok := vda5050.New(kind)
	if !ok {
		return fmt.Errorf("kind %q", kind)
	}
	if err := vda5050.Unmarshal(payload, m); err != nil {
		return err
	}
	select {
	case n.robots[id.String()].inbox <- m:
	case <-ctx.Done():
	}
	return nil
}

// hear hands a message to the controller. While none leads, it is lost.
func (n *night) hear(ctx context.Context, m listen.Message) {
	n.mu.Lock()
	c := n.c
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	c.Hear(ctx, m)
}

// seen counts a look at a viewpoint, or the night's end, against its interval.
func (n *night) seen(viewpoint string, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.looked[viewpoint]; ok || at.Sub(dusk) > n.interval {
		if !ok {
			last = dusk
		}
		if ratio := float64(at.Sub(last)) / float64(n.interval); ratio > n.worst {
			n.worst, n.worstAt = ratio, viewpoint
		}
	}
	n.looked[viewpoint] = at
	n.looks++
}

// dusk is when a synctest bubble's time begins.
var dusk = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// apart fails the test when two robots are on one node or edge.
func (n *night) apart(r *nightRobot) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r.from, r.to = r.body.Where()
	n.battery = min(n.battery, r.body.Charge())
	if n.moved != nil {
		n.moved(r.id.String(), r.from, r.to)
	}
	for id, o := range n.robots {
		if o == r || o.from == "" {
			continue
		}
		sameNode := r.to == "" && o.to == "" && r.from == o.from
		sameEdge := r.to != "" && (r.from == o.from && r.to == o.to || r.from == o.to && r.to == o.from)
		if sameNode || sameEdge {
			n.t.Errorf("%s and %s are both at %s %s", r.id, id, r.from, r.to)
		}
	}
}

// A nightRobot is a model robot with the wire's ends: it turns its states into messages and its looks into
// observations.
type nightRobot struct {
	night    *night
	id       wire.RobotID
	body     *fleettest.Robot
	inbox    chan vda5050.Message
	killed   chan struct{} // takes one: then it is dead
	from, to string
	seq      uint64
	looking  map[string]string // action: viewpoint
	reported map[string]bool
}

func (r *nightRobot) run(ctx context.Context) {
	r.say(ctx, &vda5050.Connection{ConnectionState: vda5050.ConnectionOnline})
	for {
		at := r.body.NextEventAt()
		if at.IsZero() { // it is dead: what it is sent is lost
			at = time.Now().Add(time.Hour)
		}
		next := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-r.killed:
			next.Stop()
			r.body.Kill()
		case m := <-r.inbox:
			next.Stop()
			if o, ok := m.(*vda5050.Order); ok {
				r.note(o)
			}
			r.tell(ctx, r.body.Receive(m, time.Now()))
		case <-next.C:
			r.tell(ctx, r.body.Step(time.Now()))
		}
		r.night.apart(r)
	}
}

func (r *nightRobot) note(o *vda5050.Order) {
	for _, node := range o.Nodes {
		for _, a := range node.Actions {
			if v, _, err := vda5050.InspectParams(a); err == nil {
				r.looking[a.ActionID] = v
			}
		}
	}
}

func (r *nightRobot) tell(ctx context.Context, states []*vda5050.State) {
	for _, s := range states {
		for _, a := range s.ActionStates {
			if v := r.looking[a.ActionID]; v != "" && a.ActionStatus == vda5050.ActionFinished && !r.reported[a.ActionID] {
				r.reported[a.ActionID] = true
				r.observe(ctx, s, a.ActionID, v)
			}
		}
		r.say(ctx, s)
	}
}

func (r *nightRobot) observe(ctx context.Context, s *vda5050.State, action, viewpoint string) {
	v, _ := r.night.site.Viewpoint(viewpoint)
	r.seq++
	o := wire.Observation{
		Manufacturer: r.id.Manufacturer, SerialNumber: r.id.SerialNumber, Seq: r.seq, At: time.Now(), OrderID: s.OrderID, ActionID: action,
		SitePackage: strings.Repeat("0", 64), Hall: v.Hall, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face,
		Registration: vision.Registration{Method: "tags", Tags: 6, SigmaMM: 1},
		LEDs:         []vision.LEDReading{}, Devices: []vision.TemperatureReading{}, Units: []vision.TemperatureReading{},
		Findings: []vision.Finding{}, Evidence: []wire.EvidenceRef{},
	}
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		r.night.t.Error(err)
		return
	}
	r.night.seen(viewpoint, o.At)
	r.night.hear(ctx, listen.Message{Robot: r.id, Kind: "observation", Payload: payload, QoS: 1})
}

func (r *nightRobot) say(ctx context.Context, m vda5050.Message) {
	h := m.Head()
	h.Version, h.Manufacturer, h.SerialNumber = vda5050.Version, r.id.Manufacturer, r.id.SerialNumber
	if h.Timestamp.IsZero() {
		h.Timestamp = vda5050.At(time.Now())
	}
	payload, err := vda5050.Marshal(m)
	if err != nil {
		r.night.t.Error(err)
		return
	}
	r.night.hear(ctx, listen.Message{Robot: r.id, VDA: true, Kind: m.Kind(), Payload: payload})
}

// memory is a journal that forgets nothing while the test lasts.
type memory struct {
	mu   sync.Mutex
	recs []journal.Record
}

func (m *memory) Read(_ context.Context, after uint64, fn func(journal.Record) error) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.recs {
		if r.Seq > after {
			if err := fn(r); err != nil {
				return r.Seq - 1, err
			}
		}
	}
	return uint64(len(m.recs)), nil
}

func (m *memory) Append(_ context.Context, recs ...journal.Record) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range recs {
		r.Seq = uint64(len(m.recs)) + 1
		m.recs = append(m.recs, r)
	}
	return uint64(len(m.recs)), nil
}

type noPictures struct{}

func (noPictures) Has(context.Context, string) (bool, error)         { return true, nil }
func (noPictures) Put(context.Context, string, string, []byte) error { return nil }
