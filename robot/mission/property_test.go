package mission

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/wire/wiretest"
)

// world drives a machine at random and holds what must always be true.
type world struct {
	t       *rapid.T
	m       *Machine
	check   func(topic string, payload []byte) error
	running map[string]bool   // actions the body was told to begin and has not ended
	release map[string]uint32 // by order: the highest sequence id that the fleet ever released
	header  uint32
	moving  bool
}

// Any sequence of messages and events: no panic, every state keeps the official schema, nothing is driven that was
// not released, and no action that forbids driving runs while the robot was told to drive.
func TestAnySequenceKeepsTheRules(t *testing.T) {
	v := wiretest.New(t, wiretest.VDASchemas(t))
	rapid.Check(t, func(rt *rapid.T) {
		m, err := New(config())
		if err != nil {
			rt.Fatal(err)
		}
		m.Sense(ready())
		w := &world{t: rt, m: m, check: v.Check, running: map[string]bool{}, release: map[string]uint32{}}
		rt.Repeat(map[string]func(*rapid.T){
			"order": w.order, "update": w.update, "instant": w.instant, "body": w.body, "reached": w.reached,
			"sense": w.sense, "restart": w.restart, "": w.invariants,
		})
	})
}

func (w *world) actions(t *rapid.T) []vda5050.Action {
	n := rapid.IntRange(0, 3).Draw(t, "actions")
	var all []vda5050.Action
	for range n {
		a := act(rapid.SampledFrom([]string{"beep", "hum", "hum", "lift"}).Draw(t, "type"), fmt.Sprint(rapid.IntRange(0, 60).Draw(t, "id")),
			rapid.SampledFrom([]vda5050.BlockingType{vda5050.BlockingNone, vda5050.BlockingSoft, vda5050.BlockingSingle, vda5050.BlockingHard}).Draw(t, "blocking"))
		if rapid.IntRange(0, 4).Draw(t, "retriable") == 0 {
			a.Retriable = new(true)
		}
		all = append(all, a)
	}
	return all
}

func (w *world) send(o vda5050.Order) {
	if w.m.TakeOrder(o) != nil {
		return
	}
	for _, n := range o.Nodes {
		if n.Released {
			w.release[o.OrderID] = max(w.release[o.OrderID], n.SequenceID)
		}
	}
}

func (w *world) order(t *rapid.T) {
	n := rapid.IntRange(1, 5).Draw(t, "nodes")
	o := trip(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "id"), n, rapid.IntRange(1, n).Draw(t, "base"))
	for i := range o.Nodes {
		o.Nodes[i].Actions = w.actions(t)
		o.Nodes[i].NodePosition.X = 0
	}
	for i := range o.Edges {
		o.Edges[i].Actions = w.actions(t)
	}
	w.send(o)
}

func (w *world) update(t *rapid.T) {
	id, current := w.m.Order()
	if id == "" {
		return
	}
	from := int(w.m.d.Decision.SequenceID / 2)
	n := from + rapid.IntRange(1, 4).Draw(t, "nodes")
	u := update(trip(id, n, n), current+uint32(rapid.IntRange(0, 1).Draw(t, "step")), from, n, rapid.IntRange(from+1, n).Draw(t, "base"))
	u.Nodes[0].Actions = w.m.d.Decision.Actions
	for i := range u.Nodes[1:] {
		u.Nodes[1+i].Actions = w.actions(t)
	}
	w.send(u)
}

func (w *world) instant(t *rapid.T) {
	kind := rapid.SampledFrom([]string{vda5050.CancelOrder, vda5050.StartPause, vda5050.StopPause, vda5050.StateRequest,
		vda5050.FactsheetRequest, vda5050.ClearInstantActions, vda5050.Retry, vda5050.SkipRetry, vda5050.StartCharging,
		vda5050.DownloadMap, vda5050.EnableMap, vda5050.DeleteMap, "dance"}).Draw(t, "kind")
	w.m.TakeInstantActions(vda5050.InstantActions{Header: head(), Actions: []vda5050.Action{vda5050.Instant(kind,
		"i"+fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id")), "mapId", rapid.SampledFrom([]string{"hall-1", "hall-2"}).Draw(t, "map"),
		"mapVersion", "2", "mapDownloadLink", "http://c", "actionId", fmt.Sprint(rapid.IntRange(0, 60).Draw(t, "of")))}})
}

func (w *world) body(t *rapid.T) {
	id := fmt.Sprint(rapid.IntRange(0, 60).Draw(t, "id"))
	for running := range w.running {
		id = min(id, running)
	}
	s := rapid.SampledFrom([]vda5050.ActionStatus{vda5050.ActionRunning, vda5050.ActionPaused, vda5050.ActionFinished,
		vda5050.ActionFailed, vda5050.ActionInitializing, vda5050.ActionWaiting, "NONSENSE"}).Draw(t, "status")
	_ = w.m.ActionStatus(id, s, rapid.String().Draw(t, "result"))
}

func (w *world) reached(t *rapid.T) {
	if len(w.m.d.Nodes) > 0 && rapid.IntRange(0, 3).Draw(t, "right") > 0 {
		next := w.m.d.Nodes[0]
		if err := w.m.Reached(next.SequenceID); (err == nil) != next.Released {
			t.Fatalf("node %+v: %v", next, err)
		}
		return
	}
	_ = w.m.Reached(rapid.Uint32Range(0, 20).Draw(t, "seq"))
	if rapid.IntRange(0, 9).Draw(t, "blocked") == 0 {
		_ = w.m.Unreachable(rapid.Uint32Range(0, 20).Draw(t, "seq"), "a cart")
	}
}

func (w *world) sense(t *rapid.T) {
	s := ready()
	s.Mode = rapid.SampledFrom([]vda5050.OperatingMode{vda5050.ModeAutomatic, vda5050.ModeAutomatic, vda5050.ModeAutomatic,
		vda5050.ModeSemiautomatic, vda5050.ModeIntervened, vda5050.ModeManual, vda5050.ModeService, ""}).Draw(t, "mode")
	s.Driving = rapid.Bool().Draw(t, "driving") && w.moving
	s.HardwarePause = rapid.IntRange(0, 9).Draw(t, "button") == 0
	s.Position.Localized = rapid.IntRange(0, 9).Draw(t, "lost") > 0
	s.Position.Theta = rapid.SampledFrom([]float64{0, 3.5, -10, math.NaN()}).Draw(t, "theta")
	s.Power.StateOfCharge = rapid.SampledFrom([]float64{50, 140, -1, math.NaN(), math.Inf(1)}).Draw(t, "charge")
	if rapid.IntRange(0, 9).Draw(t, "error") == 0 {
		s.Errors = []vda5050.Error{{ErrorLevel: vda5050.ErrorLevel(rapid.SampledFrom([]string{"WARNING", "FATAL", "odd"}).Draw(t, "level"))}}
	}
	w.m.Sense(s)
}

func (w *world) restart(t *rapid.T) {
	b, err := w.m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Restore(config(), b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	m.sensors = w.m.sensors
	w.m, w.moving = m, false
	clear(w.running)
}

func (w *world) invariants(t *rapid.T) {
	for _, c := range w.m.Next() {
		switch c := c.(type) {
		case DriveTo:
			w.moving = true
			id, _ := w.m.Order()
			if !c.Node.Released || !c.Edge.Released || c.Node.SequenceID > w.release[id] {
				t.Fatalf("driven beyond the base: %+v, released to %d", c, w.release[id])
			}
			for action := range w.running {
				if k := find(w.m.d.Actions, action); k != nil && k.alive() && stops(k.Action.BlockingType) {
					t.Fatalf("drives while %s %s runs", action, k.Action.BlockingType)
				}
			}
		case Stop:
			w.moving = false
		case StartAction:
			w.running[c.Action.ActionID] = true
			w.exclusive(t, c)
		}
	}
	for id := range w.running {
		if k := w.m.findAny(id); k == nil || !k.alive() {
			delete(w.running, id)
		}
	}
	s := w.m.State(night)
	if s.HeaderID <= w.header {
		t.Fatalf("state header %d after %d", s.HeaderID, w.header)
	}
	w.header = s.HeaderID
	b, err := vda5050.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.check(wire.VDATopic("site", wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}, "state"), b); err != nil {
		t.Fatal(err)
	}
	if w.m.Dirty() {
		t.Fatal("dirty right after State")
	}
}

// exclusive holds table 3: nothing of the order begins beside SINGLE or HARD, nor they beside anything.
func (w *world) exclusive(t *rapid.T, c StartAction) {
	if c.Instant {
		return
	}
	for id := range w.running {
		k := find(w.m.d.Actions, id)
		if id == c.Action.ActionID || k == nil || !k.alive() {
			continue
		}
		if alone(k.Action.BlockingType) || alone(c.Action.BlockingType) {
			t.Fatalf("%s (%s) begins beside %s (%s)", c.Action.ActionID, c.Action.BlockingType, id, k.Action.BlockingType)
		}
	}
}

// Whatever bytes come in, the machine lives and its state can be sent.
func FuzzReceive(f *testing.F) {
	o := trip("o", 2, 2)
	b, err := vda5050.Marshal(&o)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(true, b)
	f.Add(false, []byte(`{"headerId":1,"timestamp":"2026-11-23T03:12:00Z","version":"3.0.0","manufacturer":"nightrounds","serialNumber":"NR-01",`+
		`"actions":[{"actionType":"cancelOrder","actionId":"c","blockingType":"NONE","actionParameters":[{"key":"orderId","value":[1]}]}]}`))
	f.Fuzz(func(t *testing.T, order bool, data []byte) {
		m := machine(t)
		kind := vda5050.KindInstantActions
		if order {
			kind = vda5050.KindOrder
		} else if err := m.TakeOrder(trip("o", 3, 2)); err != nil {
			t.Fatal(err)
		}
		_ = m.Receive(kind, data)
		m.Next()
		s := m.State(night)
		if _, err := vda5050.Marshal(&s); err != nil {
			t.Error(err)
		}
	})
}

// A snapshot that was cut or spoilt on disk is refused or harmless.
func FuzzRestore(f *testing.F) {
	m := machine(f)
	take(f, m, patrol())
	m.Next()
	b, err := m.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Restore(config(), data)
		if err != nil {
			return
		}
		m.Sense(ready())
		m.Next()
		if len(m.d.Nodes) > 0 {
			_ = m.Reached(m.d.Nodes[0].SequenceID)
		}
		instant(m, vda5050.Instant(vda5050.CancelOrder, "c"))
		m.Next()
		m.State(night)
	})
}
