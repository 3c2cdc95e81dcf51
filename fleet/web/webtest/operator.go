package webtest

import (
	"fmt"
	"strconv"
)

// WaitForMove waits until some robot stands elsewhere than when it was first seen, and returns its id.
func (p *Page) WaitForMove() string {
	p.t.Helper()
	p.Go("/#/")
	const robots = `[...document.querySelectorAll("#robots [data-robot]")]`
	p.Until("a robot is listed", robots+".length > 0")
	p.Until("a robot has moved", `(() => {
		const places = Object.fromEntries(`+robots+`.map((r) => [r.dataset.robot, r.dataset.x + "," + r.dataset.y]));
		window.firstPlaces = Object.assign({}, places, window.firstPlaces);
		window.movedRobot = Object.keys(places).find((id) => window.firstPlaces[id] !== places[id]);
		return window.movedRobot;
	})()`)
	return p.Ask("window.movedRobot")
}

// OpenRack goes to a rack by the list of racks, as a keyboard or a screen reader does.
func (p *Page) OpenRack(rack string) {
	p.t.Helper()
	p.Click(`nav [data-tab="racks"]`)
	p.Click(fmt.Sprintf(`#racks [data-rack=%q] a`, rack))
	p.Until("rack "+rack+" is shown", fmt.Sprintf(`document.querySelector("#rack").dataset.rack === %q`, rack))
}

// InspectNow presses the button of the rack that is open.
func (p *Page) InspectNow() {
	p.t.Helper()
	p.Click("#inspect-now")
	p.Until("the wish is taken", `Number(document.querySelector("#inspection").dataset.asked) > 0`)
}

// WaitForInspection waits until what was asked for is in the given state (waiting, assigned, done or failed; of
// several, the one that is least far) and returns what the page says of it.
func (p *Page) WaitForInspection(state string) string {
	p.t.Helper()
	p.Until("the inspection is "+state, fmt.Sprintf(`document.querySelector("#inspection").dataset.state === %q`, state))
	return p.Text("#inspection")
}

// OpenFault goes to a fault by its link.
func (p *Page) OpenFault(id string) {
	p.t.Helper()
	p.Go("/#/faults/" + id)
	p.Until("fault "+id+" is shown", fmt.Sprintf(`document.querySelector("#fault").dataset.fault === %q`, id))
}

// WaitForFault waits until a fault that the page shows in its list is in one of the given states, and returns its id.
func (p *Page) WaitForFault(states ...string) string {
	p.t.Helper()
	p.Click(`nav [data-tab="faults"]`)
	list := ""
	for _, s := range states {
		list += strconv.Quote(s) + ","
	}
	row := `[...document.querySelectorAll(".panel [data-fault]")].find((f) => [` + list + `].includes(f.dataset.state))`
	p.Until("some fault is in a state of "+list, row)
	return p.Ask(row + ".dataset.fault")
}

// PicturesShown waits until n pictures of evidence are loaded.
func (p *Page) PicturesShown(n int) {
	p.t.Helper()
	p.Until(fmt.Sprintf("%d pictures are shown", n),
		fmt.Sprintf(`[...document.querySelectorAll("[data-evidence]")].filter((i) => i.complete && i.naturalWidth > 0).length >= %d`, n))
}
