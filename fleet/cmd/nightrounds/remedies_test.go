package main

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
)

func TestRemediesAreToldToPeople(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
	stopped := remedy.Stop{On: true, By: "ann", Why: "chiller test", At: at}
	s := controller(t, map[string]any{
		"GET remedies/stop": stopped, "POST remedies/stop": stopped, "POST remedies/go": remedy.Stop{},
		"GET remedies": []remedy.Run{{ID: "R-0001", State: remedy.AwaitingApproval, FaultID: "F-0001", Runbook: "cycle", Held: "one robot saw it"}},
		"GET faults/F-0001/plan": fleet.Plan{FaultID: "F-0001", Runbook: "cycle", Stop: stopped, Steps: []guard.Planned{{
			Name: "off", Does: "PDU outlet off", Target: remedy.Target{Rack: "A03", Device: "A03-u12", Part: "psu1", PDU: "A03-a", Outlet: "12"}, If: "drained",
			Approval: true, Timeout: time.Minute, Settle: time.Second, Undo: "on",
			Refused: []guard.Refusal{{Guard: guard.Redundancy, Why: "psu2 is at fault", Do: "call the owner"}},
		}}},
		"POST remedies/R-0001/approve": remedy.Run{ID: "R-0001", State: remedy.Acting}, "POST remedies/R-0001/decline": remedy.Run{ID: "R-0001", State: remedy.Failed},
		"POST remedies/R-0001/opened": remedy.Run{ID: "R-0001", State: remedy.Acting}, "POST remedies/R-0001/done": remedy.Run{ID: "R-0001", State: remedy.Settling},
		"POST remedies/reread": 3, "POST faults/F-0001/judge": fault.Verdict{FaultID: "F-0001", Says: fault.WrongPlace},
		"GET faults/precision": []fault.Precision{{Of: "robot", Which: "NR-01", Judged: 4, Right: 3, Share: 0.75, Low: 0.3, High: 0.95}, {Of: "rack", Which: "A03", Unjudged: 2}},
	})
	as := named{server: s, By: "ann"}
	table := output{s, "table"}
	for name, c := range map[string]struct {
		run  func() error
		want []string
	}{
		"list": {func() error { return (&listRemediesCmd{table}).Run(t.Context()) }, []string{"all remedies are stopped, by ann", "chiller test", "R-0001", "one robot saw it"}},
		"plan": {func() error { return (&planCmd{table, "F-0001"}).Run(t.Context()) }, []string{
			"all remedies are stopped, by ann", "runbook cycle", "1. off", "PDU outlet off, at A03 A03-u12 psu1 (PDU A03-a outlet 12); within 1m0s", "only if: drained",
			"needs the approval of a named person", "taken back by: on", "would be refused (redundancy): psu2 is at fault; call the owner",
		}},
		"stop":      {func() error { return (&stopCmd{as, "chiller test"}).Run(t.Context()) }, []string{"all remedies are stopped"}},
		"go":        {func() error { return (&goCmd{as}).Run(t.Context()) }, []string{"may run again"}},
		"approve":   {func() error { return (&approveCmd{named: as, Repair: "R-0001"}).Run(t.Context()) }, []string{"R-0001 is acting"}},
		"decline":   {func() error { return (&declineCmd{as, "R-0001", "no"}).Run(t.Context()) }, []string{"R-0001 is failed"}},
		"opened":    {func() error { return (&openedCmd{as, "R-0001"}).Run(t.Context()) }, []string{"R-0001 is acting"}},
		"done":      {func() error { return (&doneCmd{as, "R-0001"}).Run(t.Context()) }, []string{"R-0001 is settling"}},
		"reread":    {func() error { return (&rereadCmd{as}).Run(t.Context()) }, []string{"3 runbooks are in force"}},
		"judge":     {func() error { return (&judgeCmd{as, "F-0001", fault.WrongPlace, ""}).Run(t.Context()) }, []string{"F-0001 is judged wrong-place"}},
		"precision": {func() error { return (&precisionCmd{table}).Run(t.Context()) }, []string{"NR-01", "75 %", "30-95 %", "A03"}},
	} {
		got := printed(t, c.run)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
	}
}
