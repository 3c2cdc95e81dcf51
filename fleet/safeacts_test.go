package fleet_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
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
