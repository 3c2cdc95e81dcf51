package ask_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/ask"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
	"github.com/nightrounds/nightrounds/maps"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func at() time.Time { return night }

func topology(t testing.TB) *cause.Topology {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	s.Loops, s.Halls[0].Cooling[0].Loop = []maps.Loop{{ID: "loop-1"}}, "loop-1"
	return cause.NewTopology(s, s.Viewpoints())
}

// A slow source answers when its time is over, a quick one at once, and a broken one panics.
type source struct {
	id    string
	takes time.Duration
	mad   bool
}

func (s source) ID() string { return s.id }

func (s source) Ask(ctx context.Context, _ machine.Question) ([]machine.Evidence, error) {
	if s.mad {
		panic("index out of range")
	}
	select {
	case <-time.After(s.takes):
		return []machine.Evidence{{Source: s.id, Says: "it is well"}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestASlowMachineHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask.New(ask.Options{Topology: topology(t), Now: time.Now, More: []ask.Source{
			source{id: "hung", takes: time.Hour}, source{id: "quick", takes: time.Millisecond}, source{id: "mad", mad: true}, source{id: "slow", takes: 3 * time.Second},
		}})
		began := time.Now()
		told := map[string]time.Duration{}
		answer := a.Ask(t.Context(), machine.Question{}, func(all []machine.Evidence) { told[all[0].Source] = time.Since(began) })
		if told["quick"] > 10*time.Millisecond || told["slow"] != 3*time.Second || len(told) != 2 {
			t.Errorf("told after %v", told)
		}
		if took := time.Since(began); took != 10*time.Second || len(answer.Silent) != 2 || len(answer.Evidence) != 2 {
			t.Errorf("after %s: %+v", took, answer)
		}
		if i := slices.IndexFunc(answer.Silent, func(s machine.Silence) bool { return s.Source == "mad" }); i < 0 || !strings.Contains(answer.Silent[i].Why, "cannot be read") {
			t.Errorf("%+v", answer.Silent)
		}
	})
}

func TestASourceIsAskedOneQuestionAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask.New(ask.Options{Topology: topology(t), Now: time.Now, More: []ask.Source{source{id: "slow", takes: time.Second}}})
		var first machine.Answer
		var g sync.WaitGroup
		g.Go(func() { first = a.Ask(t.Context(), machine.Question{}, nil) })
		synctest.Wait()
		began := time.Now()
		second := a.Ask(t.Context(), machine.Question{}, nil)
		g.Wait()
		if took := time.Since(began); len(first.Evidence) != 1 || len(second.Evidence) != 1 || took != 2*time.Second {
			t.Errorf("%+v and, after %s, %+v", first, took, second)
		}
	})
}

func TestWhoIsAskedSomethingElseForTooLongIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ask.New(ask.Options{Topology: topology(t), Now: time.Now, More: []ask.Source{source{id: "hung", takes: time.Hour}}})
		var g sync.WaitGroup
		for range 3 { // the last would wait for two others
			g.Go(func() { a.Ask(t.Context(), machine.Question{}, nil) })
		}
		synctest.Wait()
		began := time.Now()
		answer := a.Ask(t.Context(), machine.Question{}, nil)
		g.Wait()
		if took := time.Since(began); len(answer.Silent) != 1 || took > 20*time.Second {
			t.Errorf("after %s: %+v", took, answer)
		}
	})
}

// A plant whose input register 40 is the loop's pressure in 0.01 bar and whose holding registers 50-51 are a float, low word first.
type plant struct{ pressure uint16 }

func (p plant) HandleInputRegisters(r *modbus.InputRegistersRequest) ([]uint16, error) {
	if r.UnitId != 3 || r.Addr != 40 || r.Quantity != 1 {
		return nil, modbus.ErrIllegalDataAddress
	}
	return []uint16{p.pressure}, nil
}

func (plant) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	if r.UnitId != 3 || r.Addr != 50 || r.Quantity != 2 || r.IsWrite {
		return nil, modbus.ErrIllegalDataAddress
	}
	return []uint16{0x0000, 0x41c8}, nil // 25.0 as IEEE 754 single precision is 0x41c80000
}

func (plant) HandleCoils(*modbus.CoilsRequest) ([]bool, error) { return nil, modbus.ErrIllegalFunction }
func (plant) HandleDiscreteInputs(*modbus.DiscreteInputsRequest) ([]bool, error) {
	return nil, modbus.ErrIllegalFunction
}

// runPlant serves Modbus TCP on loopback.
func runPlant(t *testing.T, p plant) string {
	t.Helper()
	free := httptest.NewServer(http.NotFoundHandler())
	address := "tcp://" + free.Listener.Addr().String()
	free.Close()
	s, err := modbus.NewServer(&modbus.ServerConfiguration{URL: address, MaxClients: 4, Timeout: time.Minute}, p)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return address
}

const sources = `
redfish:
  - {id: bmc-1, device: A01-srv-03, address: "BMC", login: {user_env: USER, password_env: PASSWORD}}
modbus:
  - id: cdu-1
    address: PLANT
    unit: 3
    registers:
      - {register: 40, table: input, supply: loop-1, quantity: pressure, unit: bar, scale: 0.01, low: 1.2}
      - {register: 50, type: float32, words: low-first, supply: crac-1, quantity: supply-air, unit: °C, high: 24}
      - {register: 60, supply: loop-1, quantity: flow, unit: l/min, low: 20}
prometheus:
  - {id: prom, address: "PROM", token_env: PASSWORD, queries: [{query: 'room_humidity{rack="$rack"}', each: rack, quantity: humidity, unit: "%"}]}
mqtt:
  - id: bms
    topics:
      - {topic: sample/bms/a01/air, rack: A01, quantity: air-temperature, unit: °C}
      - {topic: sample/bms/a01/water, field: t, rack: A01, quantity: liquid-temperature, unit: °C}
`

func TestALeakIsJudgedFromAllThatIsKnown(t *testing.T) {
	bmc := httptest.NewServer(redfishtest.New(redfishtest.Options{Vendor: redfishtest.HPE(), User: "watch", Password: "sesame", Serial: "CZ1056495", Now: at}))
	defer bmc.Close()
	prom := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" || r.FormValue("query") != `room_humidity{rack="A01"}` {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": []any{
			map[string]any{"metric": map[string]string{}, "value": []any{float64(night.Unix()), "30"}},
		}}})
	}))
	defer prom.Close()
	text := strings.NewReplacer("BMC", bmc.URL, "PLANT", runPlant(t, plant{pressure: 40}), "PROM", prom.URL).Replace(sources)
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	site.Loops, site.Halls[0].Cooling[0].Loop = []maps.Loop{{ID: "loop-1"}}, "loop-1"
	site.Racks()[0].Loop, site.Racks()[0].LiquidCooled = "loop-1", true
	declared, err := machine.Parse([]byte(text), site, machine.Vault{Env: func(name string) (string, bool) {
		return map[string]string{"USER": "watch", "PASSWORD": "sesame"}[name], true
	},
		File: func(string) ([]byte, error) { return nil, errors.New("none") }})
	if err != nil {
		t.Fatal(err)
	}
	top := cause.NewTopology(site, site.Viewpoints())
	a := ask.New(ask.Options{Declared: declared, Topology: top, Now: at})
	if got := a.Topics(); len(got) != 2 {
		t.Errorf("topics %v", got)
	}
	a.Hear("sample/bms/a01/air", []byte("24.5"), false)
	a.Hear("sample/bms/a01/water", []byte(`{"t": 18}`), false)

	wet := cause.Sign{Spot: cause.Spot{Thing: cause.Foot, Rack: "A01"}, Symptom: cause.Wet, At: night, By: "NR-01", Look: "NR-01/1", Looks: 2, Meaning: "liquid before rack A01"}
	var before cause.Memory
	before.Hear(false, wet)
	group := top.Explain(&before)[0]
	q, ok := machine.Asks(top, group, time.Hour)
	if !ok {
		t.Fatal("nothing is asked")
	}
	answer := a.Ask(t.Context(), q, nil)
	var after cause.Memory
	after.Hear(false, append(answer.Signs(), wet)...)
	was, is := of(group, cause.LoopLeak), of(top.Explain(&after)[0], cause.LoopLeak)
	t.Logf("leak %.3f by the picture alone, %.3f with pressure 0.4 bar and dry air", was, is)
	for _, e := range answer.Evidence {
		t.Log(e.Says, e.Bears)
	}
	if is <= was || is < 0.9 {
		t.Errorf("leak: %.3f before, %.3f after", was, is)
	}
	if !slices.ContainsFunc(answer.Evidence, func(e machine.Evidence) bool { return e.Quantity == "dew" && e.Sign.Symptom == cause.InOrder }) {
		t.Error("nothing is said of the dew point")
	}
	if i := slices.IndexFunc(answer.Silent, func(s machine.Silence) bool { return s.Source == "cdu-1" }); i < 0 || !strings.Contains(answer.Silent[i].Why, "register 60") {
		t.Errorf("the register that is not there: %+v", answer.Silent)
	}
	for _, s := range answer.Silent {
		if strings.Contains(s.Why, "sesame") {
			t.Errorf("a credential shows: %s", s.Why)
		}
	}
}

func of(g cause.Group, k cause.Kind) float64 {
	for _, h := range g.Ranked {
		if h.Kind == k {
			return h.Probability
		}
	}
	return 0
}
