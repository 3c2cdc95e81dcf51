package webtest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/web/webtest"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

func TestOperatorSeesARobotMoveAndARackInspected(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Until("the robot is listed", `document.querySelectorAll("#robots [data-robot]").length === 1`)
	before := p.Ask(`document.querySelector("#robots [data-robot]").dataset.x`)
	h.moveRobot(2.9, 1)
	p.Until("the robot is elsewhere", `document.querySelector("#robots [data-robot]").dataset.x !== "`+before+`"`)

	p.OpenRack("A03")
	p.InspectNow()
	if says := p.WaitForInspection("waiting"); !strings.Contains(says, "A03-front-1") || !strings.Contains(says, "waiting for a robot") {
		t.Errorf("waiting: the page says %q", says)
	}
	h.move(fleet.Assigned, "")
	if says := p.WaitForInspection("assigned"); !strings.Contains(says, "NR-01 is on its way") {
		t.Errorf("assigned: the page says %q", says)
	}
	h.look("A03-front-1", 1)
	h.move(fleet.Looked, "one finding: drive failed")
	if says := p.WaitForInspection("done"); !strings.Contains(says, "one finding: drive failed") {
		t.Errorf("done: the page says %q", says)
	}
	p.PicturesShown(2)
	rack, _ := h.site.Rack("A03")
	p.Click(`[data-device="` + rack.Devices[0].ID + `"]`)
	if says := p.Text("#device"); !strings.Contains(says, "41.5 °C") || !strings.Contains(says, "disk1: amber solid") {
		t.Errorf("device: the page says %q", says)
	}
}

func TestAWishIsMovedUpAndThePageSaysWhatIsPromisedAndWhatWaits(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenRack("A03")
	p.InspectNow()
	p.WaitForInspection("waiting")
	p.Click(`[data-inspection="I-A03-front-2"] .move-up`)
	p.Until("it is moved up", `document.querySelector('[data-inspection="I-A03-front-2"] .moved')`)
	by := night.Add(3 * time.Minute).In(h.site.Zone()).Format(time.TimeOnly)
	if says := p.Text(`[data-inspection="I-A03-front-2"]`); !strings.Contains(says, "now before 2 others; NR-01 by "+by+", its lap 40 s later") {
		t.Errorf("the page says %q", says)
	}
	h.move(fleet.Assigned, "")
	p.WaitForInspection("assigned")
	if left := p.Ask(`String(document.querySelectorAll("#inspection .move-up").length)`); left != "0" {
		t.Errorf("%s buttons are left to move up what does not wait", left)
	}
}

func TestAWishThatIsRefusedSaysWhy(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenRack("D12")
	p.Click("#inspect-now")
	p.Until("the page says why", `document.querySelector("#inspection").innerText.includes("a wall stands before it")`)
}

func TestRackOnTheMapOpensByAClick(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{StillMotion: true})
	// Down through the middle of the map lie rows D to A, 1.1 m deep: steps of 15 px miss none of them.
	for y := 70.0; y < 700; y += 15 {
		p.ClickAt(430, y)
		if p.Ask(`location.hash.startsWith("#/racks/")`) == "true" {
			p.Until("the rack is shown", `document.querySelector("#rack")`)
			return
		}
	}
	t.Error("no click on the map opened a rack")
}

func aFault(h *hall) fault.Fault {
	rack, _ := h.site.Rack("A03")
	finding := vision.Finding{Kind: "disk-failed", Severity: vision.Critical, Rack: "A03", Face: "front", Unit: 3, Device: rack.Devices[0].ID, LED: "disk1", Meaning: "disk1 is amber: drive failed", Confidence: 0.99}
	o := wire.Observation{Manufacturer: "nightrounds", SerialNumber: "NR-01", Seq: 1, At: night, Hall: "hall-1", Viewpoint: "A03-front-1", Rack: "A03", Face: "front", Evidence: bothPictures()}
	return fault.Seen(fault.Fault{}, "F-0001", o, finding, fault.DefaultRules())
}

func TestAFaultSaysWhatKeepsItQuietAndSymptomsAreNotListedAsOpen(t *testing.T) {
	h := newHall(t)
	held := fault.Silenced(fault.Moved(aFault(h), fault.Confirmed, night, "two looks"), &quiet.Hold{By: "S-0001", Why: "new disks", Since: night}, night)
	held.Hypotheses = []cause.Hypothesis{{Cause: cause.Cause{Kind: cause.DriveFailed}, Probability: 0.93, What: "the drive behind disk1 failed", For: []string{"its light is amber"}}}
	symptom := fault.FoldedInto(aFault(h), held, night)
	symptom.ID = "F-0002"
	h.faults = []fault.Fault{symptom, held}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Go("/#/faults")
	p.Until("the one that is held back is open, and says so", `[...document.querySelectorAll("#faults [data-fault]")].map((f) => f.dataset.fault).join() === "F-0001" &&
		document.querySelector("#faults").innerText.toLowerCase().includes("silenced")`)
	p.OpenFault("F-0001")
	says := p.Text("#fault")
	for _, want := range []string{"No ticket while S-0001 holds: new disks", "93 %", "the drive behind disk1 failed", "for: its light is amber"} {
		if !strings.Contains(says, want) {
			t.Errorf("the fault's page lacks %q: %q", want, says)
		}
	}
	p.OpenFault("F-0002")
	if says := p.Text("#fault"); !strings.Contains(says, "A symptom of F-0001") {
		t.Errorf("the symptom's page: %q", says)
	}
}

func TestLinkToAFaultLeadsToItsStoryAfterAReload(t *testing.T) {
	h := newHall(t)
	f := fault.Moved(aFault(h), fault.Escalated, night, "no runbook")
	h.faults = []fault.Fault{f}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.OpenFault("F-0001")
	p.Reload()
	p.PicturesShown(2)
	says := p.Text("#fault")
	for _, want := range []string{"drive failed", "A03 front", "escalated: no runbook", "suspected by NR-01"} {
		if !strings.Contains(says, want) {
			t.Errorf("the fault's page lacks %q: %q", want, says)
		}
	}
	p.Fill(`[aria-label="Your name"]`, "Ada")
	p.Click("#verify")
	p.Until("it is looked at again", `document.querySelector("#fault").dataset.state === "verifying"`)
}

func TestLostConnectionSaysHowOldThePageIsAndCatchesUp(t *testing.T) {
	h := newHall(t)
	var down atomic.Bool
	inside := h.serve()
	real := inside.Config.Handler
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable) // it ends an EventSource's own retries for ever
			return
		}
		real.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { outside.CloseClientConnections(); outside.Close() })
	p := webtest.Open(t, outside.URL, webtest.Options{})

	down.Store(true)
	outside.CloseClientConnections()
	p.Until("the page says how old it is", `/What you see is \d+ s old/.test(document.querySelector("#lost").innerText)`)
	// The page greys over a third of a second.
	p.Until("what is old is not shown as if it were live", `getComputedStyle(document.querySelector("main")).filter.includes("grayscale(1)")`)
	h.mu.Lock()
	h.faults = slices.Insert(h.faults, 0, aFault(h))
	h.mu.Unlock()
	down.Store(false)
	p.Until("the page is live again", `!document.querySelector("#lost")`)
	p.Until("what happened meanwhile is there", `document.querySelector("[data-fault=\"F-0001\"]")`)
}

func TestPageFitsAPhone(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{Width: 390, Height: 844, Dark: true})
	for _, path := range []string{"/#/", "/#/racks/A03", "/#/racks", "/#/faults", "/#/tickets"} {
		p.Go(path)
		p.Until("something is shown at "+path, `document.querySelector("#panel").innerText.length > 0`)
		if wide := p.Ask(`document.documentElement.scrollWidth`); wide != "390" {
			t.Errorf("%s is %s px wide, want the phone's 390", path, wide)
		}
	}
}

func TestAnAlarmIsRaisedOnlyOnConfirmationShownEverywhereAndCleared(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Click("#raise-alarm")
	p.Until("it asks back", `document.querySelector("#alarm-dialog[open] #confirm-alarm")`)
	p.Click("#leave-alarm")
	p.Until("the question is gone", `!document.querySelector("#alarm-dialog")`)
	if held, _ := h.Alarms(t.Context()); len(held) != 0 {
		t.Fatalf("raised without a confirmation: %v", held)
	}
	p.Click("#raise-alarm")
	p.Click(`#alarm-dialog [value="fire"]`)
	p.Fill(`#alarm-dialog [aria-label="Your name"]`, "Ada")
	p.Click("#confirm-alarm")
	p.Until("the banner says so", `/Fire alarm/i.test(document.querySelector("#alarm").innerText) && document.querySelector("#alarm").innerText.includes("Ada")`)
	p.Until("and where each robot is", `document.querySelector("#alarm [data-evacuee=\"nightrounds/NR-01\"]").dataset.state === "leaving"`)
	out := slices.Clone(h.alarms)
	out[0].Robots = []fleet.Evacuee{{ID: "nightrounds/NR-01", State: fleet.Out, Place: "w0"}, {ID: "nightrounds/NR-02", State: fleet.Unheard, Node: "a1-02"}}
	h.tell("alarms", out, func() { h.alarms = out })
	p.Until("who is out and who does not answer is told", `document.querySelector("#alarm").innerText.includes("1 of 2 out") && /NR-02.*does not answer.*a1-02/.test(document.querySelector("#alarm").innerText)`)
	p.Go("/#/tickets")
	p.Reload()
	p.Until("it is on every place of the page", `document.querySelector("#alarm")?.innerText.includes("1 of 2 out")`)
	p.Click("#clear-A-0001")
	p.Until("it is over", `!document.querySelector("#alarm")`)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clearedBy != "Ada" {
		t.Errorf("cleared by %q", h.clearedBy)
	}
}

func TestAZoneIsShownAndLiftedInAPersonsName(t *testing.T) {
	h := newHall(t)
	h.zones = []zone.Zone{{
		ID: "Z-0001", Hall: "hall-1", Kind: vda5050.ZoneTypeBlocked, Why: "people in aisle 2", By: "Bo", From: night, Until: night.Add(time.Hour),
		Vertices: []vda5050.Vertex{{X: 2, Y: 3}, {X: 9, Y: 3}, {X: 9, Y: 5}, {X: 2, Y: 5}},
	}}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Until("the zone is listed", `document.querySelector("[data-zone=\"Z-0001\"]")?.innerText.includes("people in aisle 2")`)
	p.Fill(`[data-zone] [aria-label="Your name"]`, "Ada")
	p.Click("#lift-Z-0001")
	p.Until("it is lifted", `!document.querySelector("[data-zone]")`)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.liftedBy != "Ada" {
		t.Errorf("lifted by %q", h.liftedBy)
	}
}

func TestADoorIsListedWithItsStateAndWhatIsWrongWithIt(t *testing.T) {
	h := newHall(t)
	door := fleet.PortalView{
		ID: "door-2", Hall: "hall-1", Kind: maps.PortalDoor, Edges: [][2]string{{"w3", "w4"}}, State: portal.Open, Asked: true,
		Within: []string{"nightrounds/NR-01"}, Coming: []string{},
	}
	h.portals = []fleet.PortalView{door}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Until("the door is listed", `document.querySelector("[data-portal=\"door-2\"][data-state=open]")?.innerText.includes("NR-01 in it")`)
	at := night
	door.State, door.Fault, door.FaultAt, door.Broken, door.ClosedUntil = portal.Closed, "door door-2 has been wanted for 61 s and is closed", &at, true, &at
	h.tell("portals", []fleet.PortalView{door}, func() { h.portals = []fleet.PortalView{door} })
	p.Until("its fault is told", `document.querySelector("[data-portal=\"door-2\"][data-state=closed]")?.innerText.includes("wanted for 61 s")`)
}
