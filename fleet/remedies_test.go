package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A bmc is a management controller that says who it is and notes what it is asked to do.
type bmc struct {
	mu     sync.Mutex
	serial string
	fails  map[string]error // by act
	did    []string
	keys   []string
}

func (b *bmc) Identify(context.Context, remedy.Order) (remedy.Identity, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return remedy.Identity{Serial: b.serial}, nil
}

func (b *bmc) Carry(_ context.Context, o remedy.Order) (remedy.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did, b.keys = append(b.did, o.Step.Act), append(b.keys, o.Key)
	return remedy.Outcome{Said: "ok"}, b.fails[o.Step.Act]
}

func (b *bmc) acts() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.did)
}

// book is a runbook for failed disks of the steps, one a line.
func book(steps ...string) string {
	return "runbooks:\n  - id: b\n    faults: [disk-failed]\n    steps:\n      - {" + strings.Join(steps, "}\n      - {") + "}\n"
}

const (
	light  = "name: light, redfish: {act: locator-on}, timeout: 10m, settle: 1s, undo: dark"
	dark   = "id: dark, name: dark, redfish: {act: locator-off}, timeout: 10m, settle: 1s"
	cycle  = "name: cycle, redfish: {act: power-cycle}, timeout: 10m, settle: 1s"
	swap   = "name: swap, person: {task: swap disk4, bring: [a disk, gloves], handle: the blue lever, timer: 1m}, timeout: 5h, settle: 1s"
	eye    = "name: eye, look: {expect: locator}, timeout: 5h, settle: 1s"
	lookIt = "name: see, look: {expect: gone}, timeout: 5h, settle: 1s"
)

// withMachine opens a desk whose machines have the serial number that the record has of the broken disk's, or another.
func withMachine(t *testing.T, books string) (*desk, *bmc) {
	t.Helper()
	d := newDesk(t)
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	machine, ok := site.Device(brokenDisk)
	if !ok || machine.Serial == "" {
		t.Fatalf("the sample has no serial number of %s", brokenDisk)
	}
	b := &bmc{serial: machine.Serial, fails: map[string]error{}}
	d.executors = map[remedy.Kind]remedy.Executor{remedy.Redfish: b}
	d.open(":memory:", books)
	return d, b
}

// confirm has two robots see the broken disk.
func (d *desk) confirm() {
	d.t.Helper()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hearOther(1, "b", "amber")
}

// hearOther hears a look of another robot.
func (d *desk) hearOther(seq uint64, action, colour string) {
	d.t.Helper()
	o := look(seq, 0, action, colour, d.now())
	o.SerialNumber = "NR-02"
	d.hear(o)
}

func (d *desk) run() remedy.Run {
	d.t.Helper()
	runs, err := d.c.Runs(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if len(runs) == 0 {
		return remedy.Run{}
	}
	return runs[0]
}

func TestMachineThatIsAnotherIsNotTouched(t *testing.T) {
	d, b := withMachine(t, book(light, dark))
	defer func() { d.stop() }()
	b.mu.Lock()
	b.serial = "SOMEBODY-ELSE"
	b.mu.Unlock()
	d.confirm()
	d.state(fault.Escalated)
	if did := b.acts(); len(did) != 0 {
		t.Errorf("another machine was told to %q", did)
	}
	if r := d.run(); !strings.Contains(r.Why, guard.Identity) || !strings.Contains(r.Why, "SOMEBODY-ELSE") {
		t.Errorf("why: %s", r.Why)
	}
}

func TestStepThatFailsHasTheOnesBeforeTakenBack(t *testing.T) {
	d, b := withMachine(t, book(light, cycle, dark))
	defer func() { d.stop() }()
	b.mu.Lock()
	b.fails["power-cycle"] = errors.New("connection reset")
	b.mu.Unlock()
	d.confirm()
	d.until("it waits for approval", func() bool { return d.run().State == remedy.AwaitingApproval })
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", d.run().Asked); err != nil {
		t.Fatal(err)
	}
	d.state(fault.Escalated)
	if did := b.acts(); !slices.Equal(did, []string{"locator-on", "power-cycle", "locator-off"}) {
		t.Errorf("did %q: a power cycle of which nobody knows must not be tried twice, and the light goes out", did)
	}
	if f := d.fault(); !strings.Contains(f.Timeline[len(f.Timeline)-1].What, `tried: "light" (ok), then "cycle"`) {
		t.Errorf("the person is told %q", f.Timeline[len(f.Timeline)-1].What)
	}
}

func TestRemedyThatDoesNotHelpIsTakenBackAndAPersonCalled(t *testing.T) {
	d, b := withMachine(t, book(light, dark))
	defer func() { d.stop() }()
	d.confirm()
	for i := range 3 {
		d.state(fault.Verifying)
		d.hear(look(uint64(2+i), 0, d.verification(), "amber", d.now()))
	}
	d.state(fault.Escalated)
	d.until("the light is put out again", func() bool { return slices.Equal(b.acts(), []string{"locator-on", "locator-off"}) })
}

// TestRobotSeesWhetherTheMachineThatAnswersIsTheOneThatStandsThere: its locator light must shine where the record has it.
func TestRobotSeesWhetherTheMachineThatAnswersIsTheOneThatStandsThere(t *testing.T) {
	for shines, want := range map[bool]fault.State{true: fault.Verifying, false: fault.Escalated} {
		d, b := withMachine(t, book(light, eye, dark))
		d.confirm()
		asked := d.asked("step R-0001.1")
		o := look(2, 0, asked, "amber", d.now())
		uid := vision.LEDReading{Device: brokenDisk, LED: "uid", Pattern: "off", Confidence: 0.95}
		if shines {
			uid.Colour, uid.Pattern = "blue", "solid"
		}
		o.LEDs = append(o.LEDs, uid)
		d.hear(o)
		d.state(want)
		if did := b.acts(); !shines && !slices.Equal(did, []string{"locator-on", "locator-off"}) {
			t.Errorf("no light was seen, and the machine was told to %q", did)
		}
		d.stop()
	}
}

// asked is the id of the inspection that was asked for by a name.
func (d *desk) asked(by string) (id string) {
	d.t.Helper()
	d.until("a look is asked for by "+by, func() bool {
		all, err := d.c.Inspections(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(i fleet.Inspection) bool { return i.By == by })
		if i >= 0 {
			id = all[i].ID
		}
		return i >= 0
	})
	return id
}

func TestPersonGetsATaskAndSaysWhenItIsDone(t *testing.T) {
	d, _ := withMachine(t, book(swap, lookIt))
	defer func() { d.stop() }()
	d.confirm()
	d.until("the ticket has the task", func() bool {
		all, err := d.c.Tickets(t.Context())
		return err == nil && len(all) == 1 && all[0].Task != nil && all[0].Task.Handle == "the blue lever" && len(all[0].Before) == len(d.fault().Before)
	})
	if _, err := d.c.Opened(t.Context(), "R-0001", "tom"); err != nil {
		t.Fatal(err)
	}
	d.until("the lid stands open for too long", func() bool { return d.run().Overdue })
	if _, err := d.c.TaskDone(t.Context(), "R-0001", "tom"); err != nil {
		t.Fatal(err)
	}
	d.until("a robot is sent to look, and the task is off the ticket", func() bool {
		all, err := d.c.Inspections(t.Context())
		tickets, ticketErr := d.c.Tickets(t.Context())
		return errors.Join(err, ticketErr) == nil && tickets[0].Task == nil && slices.ContainsFunc(all, func(i fleet.Inspection) bool { return i.By == "step R-0001.1" })
	})
	d.hear(look(2, 0, d.asked("step R-0001.1"), "green", d.now()))
	d.state(fault.Verifying)
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	if _, err := d.c.TaskDone(t.Context(), "R-0001", "tom"); !errors.Is(err, fleet.ErrRefused) {
		t.Errorf("a task that is over was done again: %v", err)
	}
}

func TestStopSwitchHoldsOverARestartUntilSomebodySaysGo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	d := newDesk(t)
	d.open(file, swapRunbook)
	if _, err := d.c.StopRemedies(t.Context(), true, "", "x"); !errors.Is(err, fleet.ErrRefused) {
		t.Errorf("stopped by nobody: %v", err)
	}
	if _, err := d.c.StopRemedies(t.Context(), true, "ann", "chiller test"); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d.open(filepath.Join(t.TempDir(), "lost.db"), swapRunbook) // the journal knows
	defer func() { d.stop() }()
	d.confirm()
	d.state(fault.Escalated)
	if f := d.fault(); !strings.Contains(f.Timeline[len(f.Timeline)-1].What, "stopped by ann (chiller test)") {
		t.Errorf("told %q", f.Timeline[len(f.Timeline)-1].What)
	}
	if _, err := d.c.StopRemedies(t.Context(), false, "ann", ""); err != nil {
		t.Fatal(err)
	}
	if stop, err := d.c.Stopped(t.Context()); err != nil || stop.On {
		t.Fatalf("%+v, %v", stop, err)
	}
	if d.mu.Lock(); len(d.steps) != 0 {
		t.Errorf("steps %q were carried out", d.steps)
	}
	d.mu.Unlock()
}

func TestManyFaultsAtOnceStopAllRemediesAndCallPeople(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", swapRunbook+askFirstBook)
	defer func() { d.stop() }()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	rack, _ := site.Rack("A02")
	n := min(remedy.DefaultLimits().StormFaults, len(rack.Devices))
	if n < remedy.DefaultLimits().StormFaults {
		t.Skipf("rack A02 has %d devices", n)
	}
	o := look(1, 0, "a", "green", d.now())
	o.LEDs = nil
	for _, dev := range rack.Devices[:n] {
		o.Findings = append(o.Findings, vision.Finding{
			Kind: "fan-failed", Severity: vision.Warning, Rack: "A02", Face: maps.Front, Unit: dev.Position, Device: dev.ID, LED: "fan", Meaning: fmt.Sprintf("fan of %s", dev.ID), Confidence: 0.9,
		})
	}
	d.hear(o)
	d.until("all remedies are stopped", func() bool {
		stop, err := d.c.Stopped(t.Context())
		return err == nil && stop.On && stop.By == "nightrounds"
	})
}

func TestPlanSaysWhatStandsAgainstAStepAndDoesNothing(t *testing.T) {
	d, b := withMachine(t, book(light, dark, cycle, "name: pull, webhook: {url: URL, secretEnv: S}, takes: disk, timeout: 1m, settle: 1s"))
	defer func() { d.stop() }()
	if _, err := d.c.StopRemedies(t.Context(), true, "ann", "to see the plan"); err != nil {
		t.Fatal(err)
	}
	d.confirm()
	d.state(fault.Escalated)
	p, err := d.c.Plan(t.Context(), "F-0001")
	if err != nil || p.Runbook != "b" || len(p.Steps) != 3 || p.Steps[0].Undo != "dark" || !p.Steps[1].Approval {
		t.Fatalf("%+v, %v", p, err)
	}
	if p.Steps[0].Index != 0 || p.Steps[1].Index != 2 || p.Steps[1].Kind != remedy.Redfish {
		t.Errorf("the steps are not told by their places in the runbook: %+v", p.Steps)
	}
	pull := p.Steps[2].Refused
	for _, g := range []string{guard.Switch, guard.Redundancy} { // nobody has seen the other disks in order
		if !slices.ContainsFunc(pull, func(r guard.Refusal) bool { return r.Guard == g && r.Do != "" && r.Why != "" }) {
			t.Errorf("the plan does not say that the %s stands against it: %+v", g, pull)
		}
	}
	if _, err := d.c.Plan(t.Context(), "F-9999"); !errors.Is(err, fleet.ErrUnknown) {
		t.Errorf("plan of no fault: %v", err)
	}
	if did := b.acts(); len(did) != 0 {
		t.Errorf("a plan did %q", did)
	}
}

func TestRunbooksThatAreRefusedLeaveTheOldOnesInForce(t *testing.T) {
	d := newDesk(t)
	text := "runbooks: [{id: x, colour: red}]"
	d.reread = func() (remedy.File, error) { return remedy.Parse([]byte(text)) }
	d.open(":memory:", swapRunbook)
	defer func() { d.stop() }()
	if _, err := d.c.RereadRunbooks(t.Context(), "ann"); !errors.Is(err, fleet.ErrRefused) || !strings.Contains(err.Error(), "runbooks.yaml:1: runbooks[0].colour") {
		t.Fatalf("%v", err)
	}
	d.confirm()
	d.state(fault.Verifying) // by the old one
	text = "runbooks: []"
	if n, err := d.c.RereadRunbooks(t.Context(), "ann"); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
}

func TestJudgementsAreKeptAndCounted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	d := newDesk(t)
	d.open(file, "")
	d.confirm()
	d.state(fault.Escalated)
	for _, says := range []fault.Judgement{fault.FalseAlarm, fault.WrongCause} { // the newest counts
		if _, err := d.c.Judge(t.Context(), "F-0001", says, "ann", "it was the backplane"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.c.Judge(t.Context(), "F-0001", "perhaps", "ann", ""); !errors.Is(err, fleet.ErrRefused) {
		t.Errorf("judged perhaps: %v", err)
	}
	d.stop()
	d.open(file, "")
	defer func() { d.stop() }()
	all, err := d.c.Precision(t.Context())
	want := map[string]string{"kind": "disk-failed", "rack": "A02", "robot": "NR-01", "device type": ""}
	for _, p := range all {
		if which := want[p.Of]; which != "" && p.Which != which || p.Judged != 1 || p.WrongCause != 1 || p.Right != 0 || p.False != 0 {
			t.Errorf("%+v", p)
		}
		delete(want, p.Of)
	}
	if err != nil || len(want) > 0 {
		t.Errorf("no row of %v in %+v, %v", want, all, err)
	}
}
