package portal_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

func TestHTTPDoorIsAskedAndRead(t *testing.T) {
	var open bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodPost {
			var body struct{ Open bool }
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			open = body.Open
		}
		state := map[bool]string{true: "UNLOCKED", false: "closed"}[open]
		_ = json.NewEncoder(w).Encode(map[string]any{"door": map[string]string{"state": state}})
	}))
	defer s.Close()
	d := portal.HTTP{
		Client: s.Client(), Command: s.URL, State: s.URL, Field: "door.state", Values: map[string]portal.Status{"UNLOCKED": portal.Open},
		Token: func() string { return "secret" },
	}
	for _, want := range []portal.Status{portal.Open, portal.Closed} {
		if err := d.Ask(t.Context(), want == portal.Open); err != nil {
			t.Fatal(err)
		}
		if got, _, err := d.Status(t.Context()); got != want || err != nil {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
	}
	d.Field = "door.mood"
	if _, _, err := d.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "mood") {
		t.Errorf("a missing field: %v", err)
	}
	d.Token = nil
	if _, _, err := d.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a refusal: %v", err)
	}
}

// A lift in Modbus registers: coil 3 asks, input 10 is open, input 11 closed, input 12 a fault.
type lift struct {
	mu                 sync.Mutex
	asked, shut, wrong bool
}

func (l *lift) HandleCoils(r *modbus.CoilsRequest) ([]bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Addr != 3 || r.UnitId != 7 {
		return nil, modbus.ErrIllegalDataAddress
	}
	if r.IsWrite {
		l.asked, l.shut = r.Args[0], !r.Args[0]
	}
	return []bool{l.asked}, nil
}

func (l *lift) HandleDiscreteInputs(r *modbus.DiscreteInputsRequest) ([]bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := map[uint16]bool{10: l.asked, 11: l.shut, 12: l.wrong}[r.Addr]
	if !ok {
		return nil, modbus.ErrIllegalDataAddress
	}
	return []bool{v}, nil
}

func (*lift) HandleHoldingRegisters(*modbus.HoldingRegistersRequest) ([]uint16, error) {
	return nil, modbus.ErrIllegalFunction
}

func (*lift) HandleInputRegisters(*modbus.InputRegistersRequest) ([]uint16, error) {
	return nil, modbus.ErrIllegalFunction
}

func TestModbusLiftIsAskedAndRead(t *testing.T) {
	l := &lift{shut: true}
	address := "tcp://" + freePort(t)
	s, err := modbus.NewServer(&modbus.ServerConfiguration{URL: address, MaxClients: 10, Timeout: time.Minute}, l)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	shut, wrong := uint16(11), uint16(12)
	d := &portal.Modbus{Address: address, Unit: 7, Coil: 3, IsOpen: 10, IsShut: &shut, IsFault: &wrong}
	expect := func(want portal.Status) {
		t.Helper()
		if got, why, err := d.Status(t.Context()); got != want || err != nil {
			t.Errorf("%s (%s, %v), want %s", got, why, err, want)
		}
	}
	expect(portal.Closed)
	if err := d.Ask(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	expect(portal.Open)
	l.mu.Lock()
	l.asked = false
	l.mu.Unlock()
	expect(portal.Moving)
	l.mu.Lock()
	l.wrong = true
	l.mu.Unlock()
	expect(portal.Fault)
	d.Coil = 4
	if err := d.Ask(t.Context(), true); err == nil || !strings.Contains(err.Error(), "coil 4") {
		t.Errorf("a coil that is not there: %v", err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return s.Listener.Addr().String()
}

func TestAnMQTTDoorIsBelievedOncePerMessage(t *testing.T) {
	var said []byte
	d := &portal.MQTT{Field: "state", Publish: func(_ context.Context, payload []byte) error {
		said = payload
		return nil
	}}
	if err := d.Ask(t.Context(), true); err != nil || string(said) != `{"open":true}` {
		t.Errorf("%s (%v)", said, err)
	}
	d.Hear([]byte(`{"state": "open"}`))
	if s, _, err := d.Status(t.Context()); s != portal.Open || err != nil {
		t.Errorf("%s (%v)", s, err)
	}
	if s, _, err := d.Status(t.Context()); s == portal.Open || !errors.Is(err, portal.ErrSilent) {
		t.Error("a door that fell silent is believed to be open")
	}
}

// A control that answers what it was last asked, and loses every third call.
type flaky struct {
	mu    sync.Mutex
	calls int
	asked []bool
}

func (f *flaky) lost() bool {
	f.calls++
	return f.calls%3 == 0
}

func (f *flaky) open() bool { return len(f.asked) > 0 && f.asked[len(f.asked)-1] }

func (f *flaky) Ask(_ context.Context, open bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost() {
		return context.DeadlineExceeded
	}
	f.asked = append(f.asked, open)
	return nil
}

func (f *flaky) Status(context.Context) (portal.Status, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost() {
		return portal.Unknown, "", context.DeadlineExceeded
	}
	return map[bool]portal.Status{true: portal.Open, false: portal.Closed}[f.open()], "", nil
}

// kept runs a keeper for a while with a wish, until its context ends, and returns its control and what it told.
func kept(t *testing.T, settle time.Duration, wishes ...portal.Wish) (*flaky, []portal.Report) {
	d := &flaky{}
	var mu sync.Mutex
	var told []portal.Report
	k := portal.NewKeeper("door-2", d, clock.Clock{}, func(_ context.Context, r portal.Report) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r)
	}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	time.Sleep(time.Minute)
	if d.calls > 0 {
		t.Error("it is asked before anybody knows who is in it")
	}
	for i, w := range wishes {
		k.Want(w)
		if i < len(wishes)-1 {
			time.Sleep(10 * time.Second)
		}
	}
	time.Sleep(settle)
	synctest.Wait()
	cancel()
	<-ended
	return d, told
}

func TestAKeeperInsists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, told := kept(t, 10*time.Second, portal.Opens)
		open := slices.ContainsFunc(told, func(r portal.Report) bool { return r.Status == portal.Open && r.Asked })
		if !open || d.calls < 15 {
			t.Errorf("told %v after %d calls", told, d.calls)
		}
	})
}

func TestAKeeperThatEndsDoesNotShutTheDoorOnARobot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if d, _ := kept(t, 0, portal.Opens, portal.Holds); !d.open() {
			t.Error("it is shut on the robot that is in it")
		}
	})
}

func TestAKeeperThatEndsLetsGoOfWhatNobodyNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if d, _ := kept(t, 0, portal.Opens, portal.Rest); d.open() && d.calls%3 != 0 {
			t.Error("the door is left open")
		}
	})
}

func TestAKeeperAtRestLetsGoOnceAndAsksNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := kept(t, 10*time.Second, portal.Opens, portal.Rest, portal.Rest, portal.Rest)
		if last := len(d.asked) - 1; d.asked[last] || !d.asked[last-1] {
			t.Errorf("asked %v: want it let go once", d.asked)
		}
	})
}

func FuzzHTTPAnswer(f *testing.F) {
	f.Add([]byte(`{"door": {"state": "open"}}`), "door.state")
	f.Add([]byte(`open`), "")
	f.Fuzz(func(t *testing.T, answer []byte, field string) {
		d := &portal.MQTT{Field: field}
		d.Hear(answer)
		if s, _, err := d.Status(t.Context()); err != nil && s != portal.Unknown {
			t.Errorf("%q is an error and %s", answer, s)
		}
	})
}
