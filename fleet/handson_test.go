package fleet_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/ask"
	"github.com/nightrounds/nightrounds/fleet/machine/hands"
	"github.com/nightrounds/nightrounds/fleet/machine/registerstest"
	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A switched is a switched PDU with one outlet, whoever its agent is.
type switched interface {
	State() int64
	Told() []int64
}

const outletBook = "runbooks:\n  - id: latched\n    faults: [psu-failed]\n    steps:\n" +
	"      - {name: cycle the outlet, outlet: {act: cycle}, timeout: 20m, settle: 1s}\n"

// rPDU2 is the outlet table of an APC rPDU2.
func rPDU2(t *testing.T) machine.OutletTable {
	t.Helper()
	table, ok := machine.SNMP{Table: "apc-rpdu2"}.OutletTable()
	if !ok {
		t.Fatal("there is no table apc-rpdu2")
	}
	return table
}

// plugged opens a desk whose server has psu1 in outlet 5 of a switched PDU on feed A, and psu2 on feed B.
func plugged(t *testing.T, address, community string) *desk {
	t.Helper()
	d := newDesk(t)
	d.record = func(s *maps.Site) {
		device, ok := s.Device(brokenDisk)
		if !ok {
			t.Fatalf("the sample has no %s", brokenDisk)
		}
		device.Power = []maps.PowerPort{{Name: "psu1", PDU: "A02-a", Outlet: "5", Feed: "A"}, {Name: "psu2", PDU: "A02-b", Outlet: "5", Feed: "B"}}
	}
	d.executors = hands.Of(machine.Declared{SNMP: []machine.SNMP{{
		Source: machine.Source{ID: "pdu-a"}, Address: address, Version: "2c", Community: machine.NewSecret(community),
		PDU: "A02-a", Table: "apc-rpdu2", OffFor: 10 * time.Millisecond, Outlets: []machine.Outlet{{Index: "5", Device: brokenDisk, Port: "psu1"}},
	}}}, d.now)
	d.open(":memory:", outletBook)
	return d
}

// supplies is a look of a robot at the rear of the server, where psu1 shows the colour and psu2 is in order.
func (d *desk) supplies(seq uint64, robot, action, colour string) {
	d.t.Helper()
	o := look(seq, 0, action, "green", d.now())
	o.SerialNumber, o.Viewpoint, o.Face = robot, "A02-rear-1", maps.Rear
	o.LEDs = []vision.LEDReading{
		{Device: brokenDisk, LED: "psu1", Colour: colour, Pattern: "solid", Confidence: 0.95},
		{Device: brokenDisk, LED: "psu2", Colour: "green", Pattern: "solid", Confidence: 0.95},
	}
	if colour == "amber" {
		o.Findings = []vision.Finding{{
			Kind: "psu-failed", Severity: vision.Critical, Rack: "A02", Face: maps.Rear, Unit: 15, Device: brokenDisk, LED: "psu1",
			Meaning: "power supply failed", Confidence: 0.95,
		}}
	}
	d.hear(o)
}

// approved has somebody approve the step that waits, on the evidence that is shown.
func (d *desk) approved(by string) {
	d.t.Helper()
	d.until("the step waits for approval", func() bool { return d.run().State == remedy.AwaitingApproval })
	if _, err := d.c.Approve(d.t.Context(), d.run().ID, by, d.run().Asked); err != nil {
		d.t.Fatal(err)
	}
}

// closed waits until the ticket system has taken the end of the only ticket.
func (d *desk) closed() {
	d.t.Helper()
	d.until("the ticket is closed there", func() bool {
		k := d.ticket()
		return k.State == ticket.Closed && k.Delivered["webhook"] == k.Revision
	})
}

// called checks that a person was called, because of what a guard saw.
func (d *desk) called(why ...string) {
	d.t.Helper()
	d.state(fault.Escalated)
	for _, text := range append(why, "a person is needed") {
		if story := storyText(d.fault()); !strings.Contains(story, text) {
			d.t.Errorf("nobody is told of %q:\n%s", text, story)
		}
	}
	if k := d.ticket(); k.State != ticket.Open {
		d.t.Errorf("the ticket is %s", k.State)
	}
}

// cyclesTheOutlet runs the repair of a power supply to its end.
func cyclesTheOutlet(t *testing.T, address, community string, pdu switched) {
	t.Helper()
	d := plugged(t, address, community)
	defer func() { d.stop() }()
	d.supplies(1, "NR-01", "a", "amber")
	d.supplies(1, "NR-02", "b", "amber")
	d.until("the step waits for approval", func() bool { return d.run().State == remedy.AwaitingApproval })
	if told := pdu.Told(); len(told) != 0 {
		t.Fatalf("the PDU was told %v before anybody approved", told)
	}
	d.approved("ann")
	d.state(fault.Verifying)
	table := rPDU2(t)
	if told := pdu.Told(); !slices.Equal(told, []int64{table.SwitchOff, table.SwitchOn}) || pdu.State() != table.On {
		t.Fatalf("the PDU was told %v, and the outlet is in state %d", told, pdu.State())
	}
	d.supplies(2, "NR-01", d.verification(), "green")
	d.state(fault.Resolved)
	d.closed()
}

// leavesTheOutlet begins the same repair, of an outlet that is another machine's.
func leavesTheOutlet(t *testing.T, address, community string, pdu switched) {
	t.Helper()
	d := plugged(t, address, community)
	defer func() { d.stop() }()
	d.supplies(1, "NR-01", "a", "amber")
	d.supplies(1, "NR-02", "b", "amber")
	d.approved("ann")
	d.called(guard.Identity, "A02-srv-19 psu1")
	if told := pdu.Told(); len(told) != 0 || pdu.State() != rPDU2(t).On {
		t.Errorf("the PDU was told %v, and the outlet is in state %d", told, pdu.State())
	}
}

func TestARunbookCyclesAnOutletOnceAPersonApproves(t *testing.T) {
	pdu := snmptest.NewPDU(t, snmptest.Outlet{Table: rPDU2(t), Index: "5", Name: brokenDisk + " psu1"})
	cyclesTheOutlet(t, pdu.Address, "any", pdu)
}

func TestARunbookLeavesAnOutletOfAnotherName(t *testing.T) {
	pdu := snmptest.NewPDU(t, snmptest.Outlet{Table: rPDU2(t), Index: "5", Name: "A02-srv-19 psu1"})
	leavesTheOutlet(t, pdu.Address, "any", pdu)
}

const coolerBook = "runbooks:\n  - id: cooler\n    faults: [cooling-failed]\n    steps:\n" +
	"      - {name: cooler air, setpoint: {value: 20.5, min: 18, max: 24, maxStep: 3}, needsApproval: true, timeout: 10m, settle: 1s}\n"

// cooled opens a desk whose cooling unit crac-1, of the name, can be asked for its supply air and set, and has two rows warm.
func cooled(t *testing.T, name string) (*desk, *registerstest.Unit, *rounds) {
	t.Helper()
	unit := registerstest.New(t, registerstest.Options{Name: name, Point: 220, Air: 290})
	high := 24.0
	declared := machine.Declared{Modbus: []machine.Modbus{{
		Source: machine.Source{ID: "crac-1-bus", Within: 5 * time.Second}, Address: unit.Address, Unit: registerstest.ID,
		Registers: []machine.Register{{Register: registerstest.AirAt, Type: "int16", Point: machine.Point{
			Subject: machine.Subject{Supply: "crac-1"}, Quantity: "supply-air", Unit: "°C", Scale: 0.1, High: &high,
		}}},
		SetPoint: &machine.SetPoint{
			Cooling: "crac-1", Register: machine.Register{Register: registerstest.PointAt, Type: "int16", Point: machine.Point{Scale: 0.1}}, Min: 18, Max: 27,
			IdentityAt: registerstest.NameAt, IdentityWords: registerstest.NameWords, IdentityText: "CRAC SN 0815",
		},
	}}}
	d := newDesk(t)
	d.machines = func(site *maps.Site, tick clock.Clock) fleet.Machines {
		return ask.New(ask.Options{Declared: declared, Topology: cause.NewTopology(site, site.Viewpoints()), Now: tick.Now})
	}
	d.executors = hands.Of(declared, d.now)
	d.open(":memory:", coolerBook)
	r := &rounds{d: d}
	r.rows(22)
	r.rows(28)
	for range 2 { // the same robot's air is as usual where another unit cools
		for i := range 6 {
			r.front(fmt.Sprintf("C%02d", i+1), 22)
		}
	}
	return d, unit, r
}

// verify is the look that was asked for to verify a repair, at air of a temperature.
func (r *rounds) verify(airC float64) {
	r.d.t.Helper()
	id := r.d.verification()
	all, err := r.d.c.Inspections(r.d.t.Context())
	i := slices.IndexFunc(all, func(i fleet.Inspection) bool { return i.ID == id })
	if err != nil || i < 0 {
		r.d.t.Fatalf("no inspection %s: %v", id, err)
	}
	r.action = id
	r.front(all[i].Rack, airC)
	r.action = ""
}

func TestARunbookSetsTheCoolingUnitOnItsOwnWordAndARobots(t *testing.T) {
	d, unit, r := cooled(t, "CRAC SN 0815")
	defer func() { d.stop() }()
	d.approved("ann")
	d.state(fault.Verifying)
	if unit.Point() != 205 || unit.Writes() != 1 {
		t.Fatalf("the set-point is %d tenths, written %d times", unit.Point(), unit.Writes())
	}
	r.verify(22)
	d.state(fault.Resolved)
	d.closed()
}

func TestARunbookLeavesACoolingUnitOfAnotherName(t *testing.T) {
	d, unit, _ := cooled(t, "CRAC SN 4711")
	defer func() { d.stop() }()
	d.approved("ann")
	d.called(guard.Identity, "CRAC SN 4711")
	if unit.Point() != 220 || unit.Writes() != 0 {
		t.Errorf("the set-point is %d tenths, written %d times", unit.Point(), unit.Writes())
	}
}

// A scheduler drains nodes: it takes its time over each, and answers when it is asked again.
type scheduler struct {
	URL   string
	mu    sync.Mutex
	asked []string
}

func newScheduler(t *testing.T) *scheduler {
	t.Helper()
	secret, err := webhook.ParseSecret(secretText)
	if err != nil {
		t.Fatal(err)
	}
	s := &scheduler{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var in struct{ Device, Act string }
		if err == nil {
			err = secret.Verify(r.Header, body, time.Now())
		}
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		state := map[string]string{"ask": "ready", "drain": "drained", "undrain": "undrained"}[in.Act]
		if in.Act == "drain" && !slices.Contains(s.asked, "drain") {
			state = "draining"
		}
		s.asked = append(s.asked, in.Act)
		_ = json.NewEncoder(w).Encode(map[string]string{"node": in.Device, "state": state})
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// acts are what it was asked to do, without the questions which node it would do it to.
func (s *scheduler) acts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.asked), func(a string) bool { return a == "ask" })
}

func drainBook(s *scheduler) string {
	hook := `url: "` + s.URL + `", secretEnv: S`
	return book("name: drain, drain: {"+hook+"}, timeout: 30m, settle: 1s, undo: back", "name: cycle, if: {drained: true}, redfish: {act: power-cycle}, timeout: 30m, settle: 1s",
		"name: return, drain: {act: undrain, "+hook+"}, timeout: 30m, settle: 1s", "id: back, name: give back, drain: {act: undrain, "+hook+"}, timeout: 30m, settle: 1s")
}

func TestARunbookDrainsCyclesAndReturnsAMachine(t *testing.T) {
	nodes := newScheduler(t)
	d, s := withController(t, "", drainBook(nodes))
	defer func() { d.stop() }()
	d.confirm()
	d.approved("ann")
	d.state(fault.Verifying)
	if acts := nodes.acts(); !slices.Equal(acts, []string{"drain", "drain", "undrain"}) {
		t.Errorf("the scheduler was asked to %q", acts)
	}
	if n := resets(s.Requests()); n != 1 || s.Power() != "On" {
		t.Errorf("the machine is %s after %d resets: %v", s.Power(), n, s.Requests())
	}
	d.hear(look(2, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.closed()
}

func TestAMachineThatIsAnotherIsGivenBackAndNotCycled(t *testing.T) {
	nodes := newScheduler(t)
	d, s := withController(t, "SOMEBODY-ELSE", drainBook(nodes))
	defer func() { d.stop() }()
	d.confirm()
	d.approved("ann")
	d.called(guard.Identity, "SOMEBODY-ELSE")
	d.until("the node is given back", func() bool { return slices.Equal(nodes.acts(), []string{"drain", "drain", "undrain"}) })
	if n := resets(s.Requests()); n != 0 {
		t.Errorf("it was reset %d times: %v", n, s.Requests())
	}
}

// resets are how often a machine was told to reset.
func resets(requests []string) int {
	return len(slices.DeleteFunc(requests, func(r string) bool {
		return !strings.HasPrefix(r, http.MethodPost) || !strings.Contains(r, "ComputerSystem.Reset")
	}))
}
