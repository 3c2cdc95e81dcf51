package fleet_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// before writes what happened before the desk opens into its journal.
func (d *desk) before(change fleet.Change) {
	d.t.Helper()
	began := d.epoch.Add(-24 * time.Hour)
	change.Began = &began
	data, err := json.Marshal(change)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.journal.Append(d.t.Context(), journal.Record{Kind: fleet.KindBegan, At: began, Data: data}); err != nil {
		d.t.Fatal(err)
	}
}

// TestWhatASymptomsRepairTookAwayStillCounts: a fault that was folded into another is not verified, and what its run did is
// still done.
func TestWhatASymptomsRepairTookAwayStillCounts(t *testing.T) {
	d := newDesk(t)
	ago := d.epoch.Add(-time.Hour)
	d.before(fleet.Change{
		Faults: []fault.Fault{{ID: "F-0001", Key: "B01/x", State: fault.Folded, Parent: "F-9999", Rack: "B01", OpenedAt: ago, UpdatedAt: ago}},
		Runs: []remedy.Run{{ID: "R-0001", FaultID: "F-0001", Runbook: "b", State: remedy.Failed, StartedAt: ago, StepAt: ago, Did: []remedy.Deed{
			{Key: "R-0001.0", Name: "off", At: ago, Rack: "B01", Device: "B01-srv-01", Domain: "rack B01", Takes: remedy.PowerSupply, Auto: true},
		}}},
	})
	d.open(":memory:", book("name: pull, webhook: {url: URL, secretEnv: S}, takes: disk, timeout: 1m, settle: 1s"))
	defer func() { d.stop() }()
	d.confirm()
	var p fleet.Plan
	d.until("the plan", func() (ok bool) {
		var err error
		p, err = d.c.Plan(t.Context(), "F-0002")
		return err == nil && len(p.Steps) == 1
	})
	if !slices.ContainsFunc(p.Steps[0].Refused, func(r guard.Refusal) bool { return r.Guard == guard.Domain }) {
		t.Errorf("the plan takes a disk away while what R-0001 took is not back: %+v", p.Steps[0].Refused)
	}
}

// TestFaultsThatComeBackAtOnceAreAStormToo: a cooling unit that fails for the second time within the day.
func TestFaultsThatComeBackAtOnceAreAStormToo(t *testing.T) {
	d := newDesk(t)
	rack, _ := sampleSite(t).Rack("A02")
	n := remedy.DefaultLimits().StormFaults
	o := look(1, 0, "a", "green", d.epoch)
	o.LEDs = nil
	opened, over := d.epoch.Add(-5*time.Hour), d.epoch.Add(-4*time.Hour)
	var was fleet.Change
	for i, dev := range rack.Devices[:n] {
		f := vision.Finding{Kind: "fan-failed", Severity: vision.Warning, Rack: "A02", Face: "front", Unit: dev.Position, Device: dev.ID, LED: "fan", Meaning: "fan of " + dev.ID, Confidence: 0.9}
		first := look(uint64(100+i), 0, "a", "green", opened)
		one := fault.Seen(fault.Fault{}, fmt.Sprintf("F-%04d", i+1), first, f, fault.DefaultRules())
		one = fault.Moved(one, fault.Resolved, over, "verified")
		one.ResolvedAt = &over
		was.Faults, o.Findings = append(was.Faults, one), append(o.Findings, f)
	}
	d.before(was)
	d.open(":memory:", swapRunbook)
	defer func() { d.stop() }()
	o.At = d.now()
	d.hear(o)
	d.until("all remedies are stopped", func() bool {
		stop, err := d.c.Stopped(t.Context())
		return err == nil && stop.On
	})
	all, err := d.c.Faults(t.Context())
	if err != nil || len(all) != n {
		t.Errorf("%d faults, %v", len(all), err)
	}
}

// TestAFaultThatWasFoundInOrderSinceIsNotRepaired: what was seen before that look is no evidence any more.
func TestAFaultThatWasFoundInOrderSinceIsNotRepaired(t *testing.T) {
	d, b := withMachine(t, book(cycle))
	defer func() { d.stop() }()
	d.confirm()
	d.until("it waits for approval", func() bool { return d.run().State == remedy.AwaitingApproval })
	d.hear(look(2, 0, "b", "green", d.now()))
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", ""); err != nil {
		t.Fatal(err)
	}
	d.until("the power-cycle is held back", func() bool {
		if did := b.acts(); len(did) > 0 {
			t.Fatalf("did %q, and the last look found it in order", did)
		}
		return strings.Contains(d.run().Held, guard.Evidence)
	})
}

// TestALookThatCouldNotTellIsNoProofThatAFaultIsGone: its light was not read.
func TestALookThatCouldNotTellIsNoProofThatAFaultIsGone(t *testing.T) {
	d, b := withMachine(t, book(lookIt, light, dark))
	defer func() { d.stop() }()
	d.confirm()
	o := look(2, 0, d.asked("step R-0001.0"), "green", d.now())
	o.LEDs = nil
	d.hear(o)
	d.state(fault.Escalated)
	if did := b.acts(); len(did) > 0 {
		t.Errorf("the run went on to %q", did)
	}
	if r := d.run(); !strings.Contains(r.Why, "could not tell") {
		t.Errorf("why: %s", r.Why)
	}
}

// TestARepairUnderWayWaitsForASilence: people are at work there.
func TestARepairUnderWayWaitsForASilence(t *testing.T) {
	d, b := withMachine(t, book(cycle))
	defer func() { d.stop() }()
	d.confirm()
	d.until("it waits for approval", func() bool { return d.run().State == remedy.AwaitingApproval })
	s, err := d.c.SetSilence(t.Context(), quiet.Silence{Why: "new disks", By: "tom", Target: quiet.Target{Racks: []string{"A02"}}}, 8*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", ""); err != nil {
		t.Fatal(err)
	}
	d.until("the step is held back", func() bool {
		if did := b.acts(); len(did) > 0 {
			t.Fatalf("did %q in a silence", did)
		}
		return strings.Contains(d.run().Held, s.ID)
	})
	if _, err := d.c.EndSilence(t.Context(), s.ID, "tom"); err != nil {
		t.Fatal(err)
	}
	d.until("it goes on after that", func() bool { return len(b.acts()) > 0 })
}

// TestASinkThatIsNewIsNotFloodedWithWhatIsLongOver: nobody opens and closes a ticket for a fault of last week.
func TestASinkThatIsNewIsNotFloodedWithWhatIsLongOver(t *testing.T) {
	d := newDesk(t)
	ago := d.epoch.Add(-10 * 24 * time.Hour)
	over := fault.Moved(fault.Fault{ID: "F-0001", Key: "B01/x", Rack: "B01", OpenedAt: ago, ResolvedAt: &ago}, fault.Resolved, ago, "verified")
	closed, _ := ticket.Of(over, ticket.Ticket{}, "")
	d.before(fleet.Change{Faults: []fault.Fault{over}, Tickets: []ticket.Ticket{closed}})
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.confirm()
	d.until("the ticket of today is delivered", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return slices.ContainsFunc(d.tickets, func(id string) bool { return strings.HasPrefix(id, "T-0002.") })
	})
	d.mu.Lock()
	if slices.Contains(d.tickets, "T-0001.1") {
		t.Errorf("delivered %q", d.tickets)
	}
	d.mu.Unlock()
	if sinks, err := d.c.Sinks(t.Context()); err != nil || len(sinks) != 1 || sinks[0].Waiting > 1 {
		t.Errorf("waiting: %+v, %v", sinks, err)
	}
}

// TestTheLastRunOfAFaultIsTheOneThatBeganLast: ids grow a digit.
func TestTheLastRunOfAFaultIsTheOneThatBeganLast(t *testing.T) {
	d := newDesk(t)
	early, late := d.epoch.Add(-2*time.Minute), d.epoch.Add(-time.Minute)
	first := fault.Seen(fault.Fault{}, "F-0001", look(1, 0, "a", "amber", early), look(1, 0, "a", "amber", early).Findings[0], fault.DefaultRules())
	d.before(fleet.Change{
		Faults: []fault.Fault{fault.Moved(first, fault.Remediating, late, "runbook b")},
		Runs: []remedy.Run{
			{ID: "R-9999", FaultID: "F-0001", Runbook: "b", State: remedy.Failed, StartedAt: early, StepAt: early},
			{ID: "R-10000", FaultID: "F-0001", Runbook: "b", State: remedy.Done, StartedAt: late, StepAt: late},
		},
	})
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.until("it is carried on", func() bool { s := d.fault().State; return s == fault.Verifying || s == fault.Escalated })
	if f := d.fault(); f.State != fault.Verifying {
		t.Errorf("%s: %s", f.State, f.Timeline[len(f.Timeline)-1].What)
	}
}

// TestTheLookThatVerifiesIsTheOneAskedForLast: ids grow a digit.
func TestTheLookThatVerifiesIsTheOneAskedForLast(t *testing.T) {
	d := newDesk(t)
	early, late := d.epoch.Add(-2*time.Minute), d.epoch.Add(-time.Minute)
	f := fault.Seen(fault.Fault{}, "F-0001", look(1, 0, "a", "amber", early), look(1, 0, "a", "amber", early).Findings[0], fault.DefaultRules())
	f = fault.Moved(f, fault.Verifying, late, "a robot looks again")
	f.Verifications = fault.DefaultRules().MaxVerifications
	asked := func(id string, state fleet.InspectionState, at time.Time) fleet.Inspection {
		return fleet.Inspection{ID: id, State: state, Class: "verification", FaultID: f.ID, Viewpoint: seenFrom, Rack: "A02", Face: maps.Front, At: at}
	}
	d.before(fleet.Change{Faults: []fault.Fault{f}, Inspections: []fleet.Inspection{asked("I-99999", fleet.Waiting, early), asked("I-100000", fleet.Failed, late)}})
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.state(fault.Escalated)
}

// TestAStepAfterOneThatSettlesWaitsForASilenceToo: the silence began between the two.
func TestAStepAfterOneThatSettlesWaitsForASilenceToo(t *testing.T) {
	hook := `webhook: {url: "URL", secretEnv: S}, timeout: 5h, settle: `
	d := newDesk(t)
	d.open(":memory:", book("name: one, "+hook+"2m", "name: two, "+hook+"1s"))
	defer func() { d.stop() }()
	taken := func() int {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.steps)
	}
	d.confirm()
	d.until("the first step settles", func() bool { return d.run().State == remedy.Settling })
	s, err := d.c.SetSilence(t.Context(), quiet.Silence{Why: "new disks", By: "tom", Target: quiet.Target{Racks: []string{"A02"}}}, 8*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	d.until("the second is held back", func() bool {
		if taken() > 1 {
			t.Fatal("it went out in a silence")
		}
		return strings.Contains(d.run().Held, s.ID)
	})
	if _, err := d.c.EndSilence(t.Context(), s.ID, "tom"); err != nil {
		t.Fatal(err)
	}
	d.until("it goes out after that", func() bool { return taken() > 1 })
}
