package webtest_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/nightrounds/nightrounds/fleet/web/webtest"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
)

// A place is where a point of the hall lies in the tab. The whole hall is shown with equal axes and its middle in the middle of
// the map less its margins, hall/view.ts.
type place struct{ scale, left, top float64 }

func whereHallLies(t *testing.T, p *webtest.Page, h *hall) place {
	t.Helper()
	ask := func(side string) float64 {
		v, err := strconv.ParseFloat(p.Ask(`document.querySelector(".stage").getBoundingClientRect().`+side), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const side, above, below = 18, 18, 62
	minX, minY, maxX, maxY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	floor := h.site.Halls[0].Floor
	for _, corner := range [][2]int{{0, 0}, {floor.Width, floor.Height}} {
		x, y := floor.CellCentre(corner[0], corner[1])
		minX, minY, maxX, maxY = min(minX, x), min(minY, y), max(maxX, x), max(maxY, y)
	}
	width, height := ask("width")-2*side, ask("height")-above-below
	scale := min(width/(maxX-minX), height/(maxY-minY))
	return place{scale, ask("left") + side + width/2 - (minX+maxX)/2*scale, ask("top") + above + height/2 + (minY+maxY)/2*scale}
}

func (p place) of(x, y float64) (px, py float64) { return x*p.scale + p.left, p.top - y*p.scale }

// keepPicture writes what the page shows to the folder that NIGHTROUNDS_PICTURES names, for whoever wants to look at it.
func keepPicture(p *webtest.Page, name string) {
	if dir := os.Getenv("NIGHTROUNDS_PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

// covers fails unless a zone is the rectangle that was drawn, to within what a pixel is.
func covers(t *testing.T, z zone.Zone, x0, y0, x1, y1, within float64) {
	t.Helper()
	want := []vda5050.Vertex{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
	if len(z.Vertices) != len(want) {
		t.Fatalf("zone %+v, want %v", z, want)
	}
	for i, v := range z.Vertices {
		if math.Hypot(v.X-want[i].X, v.Y-want[i].Y) > within {
			t.Errorf("corner %d is %v, want %v within %.3f m", i, v, want[i], within)
		}
	}
}

const zoneIsMade = `document.querySelector("[data-zone]") && !document.querySelector("#zone-form")`

func TestAnOperatorDrawsAZoneOnTheMap(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{StillMotion: true, Dark: true})
	p.Click("#new-zone")
	p.Until("the map waits for a drag", `document.querySelector(".stage.drawing") && document.querySelector("#make-zone").disabled`)
	lies := whereHallLies(t, p, h)
	x0, y0 := lies.of(2, 5)
	x1, y1 := lies.of(9, 3.5)
	inside := `(() => {
		const floor = document.querySelector(".stage canvas"), box = floor.getBoundingClientRect();
		return floor.getContext("2d").getImageData(` + fmt.Sprintf("%.0f - box.left, %.0f - box.top", x0+12, y0+12) + `, 1, 1).data.join();
	})()`
	bare := p.Ask(inside)
	p.DragHalf(x0, y0, x1, y1)
	p.Press(kb.Escape)
	p.Until("the drag is dropped, the drawing goes on", `document.querySelector(".stage.drawing") && document.querySelector("[name=x1]").value === ""`)
	p.Drag(x0, y0, x1, y1)
	p.Until("the numbers are filled in", `document.querySelector("[name=x1]").value !== "" && !document.querySelector(".stage.drawing")`)
	p.Click(`#zone-form [value="SPEED_LIMIT"]`)
	p.Enter(`#zone-form [name="speed"]`, "0.25")
	p.Fill(`#zone-form [placeholder="people in cage 3"]`, "people in cage 3")
	p.Click(`#zone-form [data-lasts="4h"]`)
	p.Fill(`#zone-form [aria-label="Your name"]`, "Ada")
	p.Until("it is told what it would do", `/Covers \d+ nodes/.test(document.querySelector("#zone-preview").innerText) && document.querySelector("#zone-preview").innerText.includes("No robot would be locked in")`)
	keepPicture(p, "zone-form-desktop")
	p.Click("#make-zone")
	p.Until("it is listed", zoneIsMade)
	p.Until("it is drawn on the floor", inside+` !== "`+bare+`"`)
	keepPicture(p, "zone-made-desktop")
	h.mu.Lock()
	defer h.mu.Unlock()
	z := h.zones[0]
	covers(t, z, 2, 3.5, 9, 5, 1.5/lies.scale)
	if z.Kind != vda5050.ZoneTypeSpeedLimit || z.MaxSpeedMPS != 0.25 || z.Why != "people in cage 3" || z.By != "Ada" || z.Until != night.Add(4*time.Hour) {
		t.Errorf("made %+v", z)
	}
}

func TestARefusedZoneSaysWhyAndLosesNothing(t *testing.T) {
	h := newHall(t)
	mouth := func(x float64) zone.Zone {
		return zone.Zone{ID: "Z-0001", Hall: "hall-1", Kind: vda5050.ZoneTypeBlocked, Why: "ladder", From: night, Vertices: []vda5050.Vertex{{X: x, Y: 3.8}, {X: x + 0.4, Y: 3.8}, {X: x + 0.4, Y: 4.4}, {X: x, Y: 4.4}}}
	}
	h.zones, h.standing = []zone.Zone{mouth(1.8)}, map[string]string{"nightrounds/NR-01": "a1-06"}
	p := webtest.Open(t, h.serve().URL, webtest.Options{StillMotion: true})
	p.Click("#new-zone")
	for side, v := range map[string]string{"x1": "7.4", "y1": "3.8", "x2": "7", "y2": "4.4"} {
		p.Enter(`#zone-form [name="`+side+`"]`, v)
	}
	p.Fill(`#zone-form [placeholder="people in cage 3"]`, "another ladder")
	p.Fill(`#zone-form [aria-label="Your name"]`, "Bo")
	p.Enter(`#zone-form [name="at"]`, "14:00")
	p.Until("the refusal is foretold", `/would be refused: robot nightrounds\/NR-01 at a1-06 could reach no dock/.test(document.querySelector("#zone-preview").innerText)`)
	p.Until("and which racks are cut off", `document.querySelector("#zone-preview").innerText.includes("cannot look at 2 racks from every side while it holds: A01, A02")`)
	p.Until("the end is told in the site's time", `document.querySelector("#zone-until").innerText.includes("Ends at 14:00, Europe/Berlin")`)
	p.Click("#make-zone")
	p.Until("the refusal is shown in place", `document.querySelector("#zone-problem").innerText.includes("send it away first")`)
	p.Until("nothing is lost", `document.querySelector("[placeholder=\"people in cage 3\"]").value === "another ladder" && document.querySelector("[name=x1]").value === "7.4"`)
	keepPicture(p, "zone-refused-desktop")
	h.mu.Lock()
	h.standing = nil // the robot has left
	h.mu.Unlock()
	p.Click("#make-zone")
	p.Until("it is made in the end", `document.querySelectorAll("[data-zone]").length === 2 && !document.querySelector("#zone-form")`)
	h.mu.Lock()
	defer h.mu.Unlock()
	covers(t, h.zones[1], 7, 3.8, 7.4, 4.4, 0)
	if until := h.zones[1].Until; until.In(h.site.Zone()).Format("15:04") != "14:00" || !until.After(night) || until.Sub(night) > 24*time.Hour {
		t.Errorf("ends %s, want the next 14:00 in %s", until, h.site.Zone())
	}
}

func TestAZoneIsDrawnByAFingerOnAPhone(t *testing.T) {
	h := newHall(t)
	p := webtest.Open(t, h.serve().URL, webtest.Options{Width: 390, Height: 844, Dark: true, Touch: true, StillMotion: true})
	p.Click("#new-zone")
	p.Until("the map waits for a drag", `document.querySelector(".stage.drawing")`)
	lies := whereHallLies(t, p, h)
	x0, y0 := lies.of(3, 3.5)
	x1, y1 := lies.of(8, 5)
	p.Swipe(x0, y0, x1, y1)
	p.Until("the numbers are filled in", `document.querySelector("[name=x1]").value !== ""`)
	p.Click(`#zone-form [value="DIRECTED"]`)
	p.Click(`#zone-form [aria-label="up the map"]`)
	p.Fill(`#zone-form [placeholder="people in cage 3"]`, "tour")
	p.Fill(`#zone-form [aria-label="Your name"]`, "Ada")
	p.Until("it is told what it would do", `/Covers/.test(document.querySelector("#zone-preview").innerText)`)
	if wide := p.Ask(`document.documentElement.scrollWidth`); wide != "390" {
		t.Errorf("the form is %s px wide, want the phone's 390", wide)
	}
	keepPicture(p, "zone-form-phone-end")
	p.Ask(`(document.querySelector("#zone-form").scrollIntoView(), "")`)
	keepPicture(p, "zone-form-phone")
	p.Click("#make-zone")
	p.Until("it is listed", zoneIsMade)
	keepPicture(p, "zone-made-phone")
	h.mu.Lock()
	defer h.mu.Unlock()
	covers(t, h.zones[0], 3, 3.5, 8, 5, 1.5/lies.scale)
	if z := h.zones[0]; z.Kind != vda5050.ZoneTypeDirected || math.Abs(z.DirectionRad-math.Pi/2) > 1e-6 {
		t.Errorf("made %+v", z)
	}
}
