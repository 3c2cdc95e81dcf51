package webtest_test

import (
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/web/webtest"
)

func TestDeadLetterSaysWhyAndIsSentAgain(t *testing.T) {
	h := newHall(t)
	f := fault.Moved(aFault(h), fault.Ticketed, night, "confirmed")
	one, _ := ticket.Of(f, ticket.Ticket{}, "")
	h.faults = []fault.Fault{f}
	h.tickets = []ticket.Ticket{ticket.Kept(one, "rt", ticket.Delivery{Dead: one.Revision, Refusals: 6, Said: "queue Datacentre: no such queue"})}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Click(`nav [data-tab="tickets"]`)
	if says := p.Text("#dead-letters"); !strings.Contains(says, "no such queue") || !strings.Contains(says, "6 refusals") {
		t.Errorf("the page says of what was given up: %q", says)
	}
	p.Fill(`#dead-letters [aria-label="Your name"]`, "Ada")
	p.Click("#resend-" + one.ID + "-rt")
	p.Until("nothing is given up any more", `!document.querySelector("#dead-letters")`)
	h.wasPosted(`resend of "` + one.ID + `" to "" by Ada`)
}

func TestTicketSystemsSayWhatWaitsAndSendAllAgain(t *testing.T) {
	h := newHall(t)
	for _, id := range []string{"F-0001", "F-0002"} {
		f := fault.Moved(aFault(h), fault.Ticketed, night, "confirmed")
		f.ID = id
		one, _ := ticket.Of(f, ticket.Ticket{}, "")
		h.faults = append(h.faults, f)
		h.tickets = append(h.tickets, ticket.Kept(one, "rt", ticket.Delivery{Dead: one.Revision, Refusals: 6, Said: "no such queue"}))
	}
	down := night
	h.sinks = []fleet.SinkView{{Name: "rt", Kind: "request-tracker", Dead: 2, Said: "no such queue"}, {Name: "pager", Kind: "pagerduty", Waiting: 3, Down: &down, Said: "503 Service Unavailable"}}
	p := webtest.Open(t, h.serve().URL, webtest.Options{})
	p.Click(`nav [data-tab="tickets"]`)
	p.Until("what waits and why is told", `/pager \(pagerduty\): does not answer and is tried again soon; 3 wait\.\s+It said: 503 Service Unavailable/.test(document.querySelector("[data-sink=pager]:not([data-dead])").innerText)`)
	p.Fill(`#sinks [aria-label="Your name"]`, "Ada")
	keepPicture(p, "sinks-desktop")
	h.mu.Lock()
	h.sinks[0] = fleet.SinkView{Name: "rt", Kind: "request-tracker", Waiting: 2}
	h.mu.Unlock()
	p.Click("#resend-all-rt")
	p.Until("nothing is given up any more", `!document.querySelector("#dead-letters") && /rt \(request-tracker\): 2 wait/.test(document.querySelector("#sinks").innerText)`)
	h.wasPosted(`resend of "" to "rt" by Ada`)
}
