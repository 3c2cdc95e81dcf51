package webtest_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/web/webtest"
)

func TestAFaultIsSilencedAndTheSilenceEnded(t *testing.T) {
	h := newHall(t)
	f := fault.Moved(aFault(h), fault.Confirmed, night, "two looks")
	h.faults = []fault.Fault{f}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	p.Click("#silence")
	p.Fill(`#silence-form [aria-label="Your name"]`, "Ada")
	p.Click(`#silence-form [data-lasts="4h"]`)
	if p.Ask(`document.querySelector("#make-silence").disabled`) != "true" {
		t.Error("it can be silenced without a reason")
	}
	p.Fill(`#silence-form [aria-label="Why"]`, "new disks")
	p.Until("its end is told in the site's time", `document.querySelector("#silence-until").innerText === "Ends at 08:12, Europe/Berlin."`)
	keepPicture(p, "silence-form-desktop")
	p.Click("#make-silence")
	p.Until("the form is gone", `!document.querySelector("#silence-form")`)
	held := fault.Silenced(f, &quiet.Hold{By: "S-0001", Why: "new disks", Since: night}, night)
	h.tell("fault", held, func() { h.faults = []fault.Fault{held} })
	p.Until("the fault's page shows it", `document.querySelector("#fault [data-silence=\"S-0001\"]") && !document.querySelector("#silence")`)
	p.Go("/#/faults")
	p.Until("it is listed, with what it holds back", `/only disk-failed at device \S+: new disks\. Holds until 08:12, says Ada\.\s+Holds back F-0001/.test(document.querySelector("[data-silence=\"S-0001\"]").innerText)`)
	keepPicture(p, "silences-desktop")
	p.Click("#end-S-0001")
	p.Until("it is over", `!document.querySelector("[data-silence]")`)
	h.wasPosted("silence of only disk-failed at device "+f.Device+" until 07:12 by Ada: new disks", "S-0001 ended by Ada")
}

func TestARackIsSilencedUntilATimeOfDayOnAPhone(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{Width: 390, Height: 844, Touch: true, Dark: true, StillMotion: true})
	p.OpenRack("A03")
	p.Click("#silence")
	p.Fill(`#silence-form [aria-label="Why"]`, "rack is rebuilt")
	p.Enter(`#silence-form [name="at"]`, "14:00")
	p.Fill(`#silence-form [aria-label="Your name"]`, "Ada")
	if wide := p.Ask(`document.documentElement.scrollWidth`); wide != "390" {
		t.Errorf("the form is %s px wide, want the phone's 390", wide)
	}
	keepPicture(p, "silence-form-phone")
	p.Click("#make-silence")
	p.Until("the rack says so", `document.querySelector("#rack [data-silence=\"S-0001\"]")?.innerText.includes("Holds until 14:00")`)
	h.wasPosted("silence of rack A03 until 13:00 by Ada: rack is rebuilt")
}

func TestASilenceThatIsRefusedSaysWhyAndLosesNothing(t *testing.T) {
	h := newHall(t)
	f := fault.Moved(aFault(h), fault.Confirmed, night, "a whole row")
	f.Rack, f.Device = "", ""
	f.Hypotheses = sharedCause()
	h.faults = []fault.Fault{f}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	p.Click("#silence")
	p.Fill(`#silence-form [aria-label="Why"]`, "filters")
	p.Fill(`#silence-form [aria-label="Your name"]`, "Ada")
	p.Click("#make-silence")
	p.Until("the refusal is told", `document.querySelector("#silence-form [role=alert]").innerText.includes("no crac-1 is on this site")`)
	if why := p.Ask(`document.querySelector("#silence-form [aria-label=Why]").value`); why != "filters" {
		t.Errorf("the reason that was typed is %q now", why)
	}
	h.wasPosted("silence of supply crac-1 until 04:12 by Ada: filters")
}

func TestAMaintenanceWindowIsListedBeforeItOpens(t *testing.T) {
	h := newHall(t)
	h.silences = []fleet.SilenceView{{
		Silence: quiet.Silence{ID: "quiet.yaml:3", Why: "filters", File: "quiet.yaml", Target: quiet.Target{Site: true}, Recurs: &quiet.Recurrence{Start: "2026-11-02T06:00", Rule: "FREQ=WEEKLY"}},
		Begins:  night.Add(72 * time.Hour), Faults: []string{},
	}}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Go("/#/faults")
	p.Until("when it opens is told", `/the whole site: filters\. Holds again from 26 Nov 04:12, and recurs\.\s+It holds nothing back now\. From quiet.yaml/.test(document.querySelector("[data-silence]").innerText)`)
}

func TestAlarmsFromOutsideAreListedWithTheirVerdictAndLeadToTheRack(t *testing.T) {
	h := newHall(t)
	rack, _ := h.site.Rack("A03")
	one := inbound.Alarm{ID: "AL-1", Source: "prom", Name: "NodeTooHot", Summary: "inlet of A03 is above 30 °C", Severity: "critical", State: inbound.Waiting, TakenAt: night, Place: inbound.Place{Rack: "A03", Device: rack.Devices[0].ID}}
	old := inbound.Alarm{ID: "AL-0", Source: "bmc-7", Name: "FanFailed", State: inbound.Undecided, TakenAt: night.Add(-time.Hour), Place: inbound.Place{Supply: "crac-1"}, Verdict: &inbound.LookVerdict{State: inbound.Undecided, Says: "the looks show nothing"}}
	h.outside = []inbound.Alarm{one, old}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Go("/#/faults")
	p.Until("both are listed", `document.querySelectorAll("#outside [data-outside]").length === 2`)
	p.Until("one waits for a look", `document.querySelector("[data-outside=\"AL-1\"]").innerText.includes("waits for a look")`)
	p.Until("of the other nothing is seen", `/crac-1[^]*the looks show nothing[^]*neither/.test(document.querySelector("[data-outside=\"AL-0\"]").innerText)`)
	one.State, one.Verdict, one.Pics = inbound.Confirmed, &inbound.LookVerdict{State: inbound.Confirmed, Says: "it is so", Seen: []string{"the inlet of A03 is warm"}}, []string{"aa"}
	h.tell("inbound", one, func() { h.outside[0] = one })
	p.Until("a look confirmed it", `/it is so; the inlet of A03 is warm[^]*confirmed/.test(document.querySelector("[data-outside=\"AL-1\"][data-state=confirmed]").innerText) && document.querySelector("[data-outside=\"AL-1\"] small a[href$=\"evidence/aa\"]")`)
	keepPicture(p, "outside-desktop")
	p.Click(`[data-outside="AL-1"] a`)
	p.Until("the rack is shown", `document.querySelector("#rack").dataset.rack === "A03"`)
}
