package webtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/web/webtest"
)

// repaired is a hall with one fault whose repair has drained the node and comes to its power-cycle.
func repaired(t *testing.T) *hall {
	h := newHall(t)
	f := fault.Moved(aFault(h), fault.Remediating, night, "power cycle")
	f.Hypotheses = []cause.Hypothesis{
		{Cause: cause.Cause{Kind: cause.DriveFailed}, Probability: 0.93, What: "the drive behind disk1 failed", For: []string{"bmc-1 says that disk1 failed at 02:58"}, Against: []string{"NR-02 saw it in order at 02:40"}},
		{Cause: cause.Cause{Kind: cause.MachineAlarm}, Probability: 0.04, What: "the server has an alarm of its own"},
	}
	h.faults = []fault.Fault{f}
	h.runs = []remedy.Run{{
		ID: "R-0001", FaultID: f.ID, Runbook: "hung-server", State: remedy.AwaitingApproval, Step: 1, StartedAt: night, StepAt: night, Asked: "e7",
		Did: []remedy.Deed{{Step: 0, Name: "drain the node", At: night, Said: "node a03-3 is drained"}},
	}}
	h.reports = []fleet.Report{{At: night.Add(-14 * time.Minute), By: "bmc-1", Says: "the BMC says that disk1 failed"}, {At: night, By: "pdu-a", Says: "PDU pdu-a says outlet 5 is on", InOrder: true}}
	at := remedy.Target{Rack: "A03", Device: f.Device}
	h.plans = map[string]fleet.Plan{f.ID: {FaultID: f.ID, Runbook: "hung-server", Steps: []guard.Planned{
		{Index: 0, Name: "drain the node", Kind: remedy.Drain, Does: "scheduler: drain", Target: at},
		{Index: 1, Name: "power-cycle it", Kind: remedy.Redfish, Does: "management controller: power-cycle", Target: at, Approval: true, Timeout: 30 * time.Minute, Settle: 5 * time.Minute, Undo: "give back",
			Refused: []guard.Refusal{{Guard: guard.Redundancy, Why: "psu2 was last seen in order 3 h ago", Do: "have a robot look at its rear"}}},
		{Index: 2, Name: "reseat the drive", Kind: remedy.Person, Does: "a person: reseat disk1; handle: the blue one", Target: at, Timer: 10 * time.Minute},
	}}}
	return h
}

func (h *hall) moveRun(change func(*remedy.Run)) {
	next := h.runs[0]
	change(&next)
	h.tell("run", next, func() { h.runs[0] = next })
}

func TestARepairSaysWhatItWaitsForAndGoesOnWithANamedApproval(t *testing.T) {
	h := repaired(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Until("it is among the repairs", `document.querySelector("[data-repair=\"R-0001\"]")?.innerText.includes("awaiting approval")`)
	p.OpenFault("F-0001")
	p.Until("what machines said is told", `/03:58:00\s+the BMC says that disk1 failed[^]*04:12:00\s+in order: PDU pdu-a says outlet 5 is on/.test(document.querySelector("#reports")?.innerText)`)
	p.Until("the steps are told", `document.querySelectorAll("#repair .steps li").length === 3`)
	says := p.Text("#fault")
	for _, want := range []string{
		"93 %", "for: bmc-1 says that disk1 failed at 02:58", "against: NR-02 saw it in order at 02:40", "node a03-3 is drained",
		"Waits for the approval of a named person: management controller: power-cycle at A03",
		"Would be refused (redundancy): psu2 was last seen in order 3 h ago; have a robot look at its rear", "taken back by “give back”",
	} {
		if !strings.Contains(says, want) {
			t.Errorf("the fault's page lacks %q: %q", want, says)
		}
	}
	keepPicture(p, "repair-desktop")
	if p.Ask(`document.querySelector("#approve").disabled`) != "true" {
		t.Error("it can be approved without a name")
	}
	p.Fill(`#repair [aria-label="Your name"]`, "Ada")
	p.Click("#approve")
	p.Until("the repair goes on", `document.querySelector("[data-run]").dataset.state === "acting" && !document.querySelector("#approve") && document.querySelector("#repair").innerText.includes("approved by Ada")`)
	h.wasPosted(`R-0001 approved by Ada on "e7"`)
	h.moveRun(func(r *remedy.Run) { r.Held = "psu2 was last seen in order 3 h ago" })
	p.Until("what a guard refused is told", `document.querySelector("#held-step").innerText.includes("psu2 was last seen")`)
}

func TestAnApprovalOfWhatHasChangedIsRefusedAndSaysSo(t *testing.T) {
	h := repaired(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	h.mu.Lock()
	h.runs[0].Asked = "e8" // and the page has not heard of it
	h.mu.Unlock()
	p.Fill(`#repair [aria-label="Your name"]`, "Ada")
	p.Click("#approve")
	p.Until("the refusal is told", `document.querySelector("#repair [role=alert]")?.innerText.includes("evidence has changed")`)
	h.wasPosted(`R-0001 approved by Ada on "e7"`)
}

func TestAStepIsRefusedWithAReasonAndTheEnterKeyDoesNotApproveIt(t *testing.T) {
	h := repaired(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	p.Fill(`#repair [aria-label="Your name"]`, "Ada")
	p.Click("#refuse")
	p.Fill(`#repair [aria-label="Why not"]`, "the customer is at work\r")
	p.Until("the repair ends", `document.querySelector("[data-run]").dataset.state === "failed" && !document.querySelector("#approve")`)
	h.wasPosted("R-0001 declined by Ada: the customer is at work")
}

func TestATaskIsOpenedAndDoneByAPerson(t *testing.T) {
	h := repaired(t)
	h.runs[0].State, h.runs[0].Step, h.runs[0].Permit = remedy.Acting, 2, &remedy.Deed{Step: 2, At: night}
	p := webtest.Open(t, h.serve().URL, webtest.Options{Width: 390, Height: 844, Touch: true, Dark: true, StillMotion: true})
	p.OpenFault("F-0001")
	p.Until("the task is told", `document.querySelector("#waits-for").innerText.includes("Waits for a person: reseat disk1; handle: the blue one")`)
	p.Fill(`#repair [aria-label="Your name"]`, "Tom")
	p.Ask(`(document.querySelector("#repair").scrollIntoView(), "")`)
	keepPicture(p, "task-phone")
	p.Click("#opened")
	p.Until("its timer is told", `document.querySelector("#repair").innerText.includes("10 min at most") && !document.querySelector("#opened")`)
	p.Click("#task-done")
	p.Until("it is done", `document.querySelector("[data-run]").dataset.state === "settling" && !document.querySelector("#task-done")`)
	h.wasPosted("R-0001 opened by Tom", "R-0001 done by Tom")
}

func TestAFaultIsJudged(t *testing.T) {
	h := newHall(t)
	h.faults = []fault.Fault{fault.Moved(aFault(h), fault.Escalated, night, "no runbook")}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	p.Until("why nothing is done is told", `document.querySelector("#repair").innerText.includes("Nothing is done by itself: no runbook is for it")`)
	p.Click("#judge summary")
	p.Fill(`#judge [aria-label="Your name"]`, "Ada")
	if p.Ask(`document.querySelector("#judge-it").disabled`) != "true" {
		t.Error("it can be judged without a judgement")
	}
	p.Click(`#judge [value="wrong-cause"]`)
	p.Fill(`#judge [placeholder^="What it was"]`, "the backplane")
	p.Click("#judge-it")
	p.Until("it is kept", `document.querySelector("#judge [role=status]").innerText === "Kept: wrong cause."`)
	h.wasPosted("F-0001 judged wrong-cause by Ada: the backplane")
}

func TestAllRepairsAreStoppedWithAReasonAndGoOn(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Click("#stop-remedies")
	p.Fill(`.repair [aria-label="Your name"]`, "Ada")
	if p.Ask(`document.querySelector("#confirm-stop").disabled`) != "true" {
		t.Error("repairs can be stopped without a reason")
	}
	p.Fill(`.repair [aria-label="Why"]`, "chiller test")
	keepPicture(p, "stop-asked-desktop")
	p.Click("#confirm-stop")
	p.Until("the banner says who, why and when", `/stopped by Ada at 04:12:00: chiller test. That was 0 s ago/.test(document.querySelector("#stopped").innerText) && !document.querySelector("#stop-remedies")`)
	p.Go("/#/tickets")
	p.Reload()
	p.Until("it is on every place of the page", `document.querySelector("#stopped")?.innerText.includes("chiller test")`)
	p.Click("#go-remedies")
	p.Until("they go on", `!document.querySelector("#stopped")`)
	h.wasPosted("stop true by Ada: chiller test", "stop false by Ada: ")
}

func TestAStormThatStoppedRepairsIsToldAtOnce(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{Width: 390, Height: 844, Dark: true})
	storm := remedy.Stop{On: true, By: "nightrounds", Why: "12 faults began within 10m0s: many things fail at once", At: night}
	h.tell("stop", storm, func() { h.stop = storm })
	p.Until("the banner says so", `/stopped by Nightrounds itself at 04:12:00.*12 faults began/.test(document.querySelector("#stopped").innerText)`)
	if wide := p.Ask(`document.documentElement.scrollWidth`); wide != "390" {
		t.Errorf("the page is %s px wide, want the phone's 390", wide)
	}
	keepPicture(p, "storm-phone")
}

// sharedCause is what may be behind a fault of no rack of its own.
func sharedCause() []cause.Hypothesis {
	return []cause.Hypothesis{{Cause: cause.Cause{Kind: cause.CoolingFailed, Supply: "crac-1"}, Probability: 0.97, What: "crac-1 cools too little"}}
}
