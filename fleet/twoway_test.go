package fleet_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/pagerduty"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

const (
	deskToken  = "tok-0123456789-secret"
	routingKey = "0123456789abcdef0123456789abcdef"
	hookSecret = "hook-0123456789-secret"
)

// A far is a ticket system of tickettest and what people do in it: comment, close, and whether its one ticket is closed.
type far struct {
	file    func(url string) string
	handler http.Handler
	comment func(d *desk)
	close   func(d *desk)
	closed  func() (tickets int, closed bool)
}

func basicOf(user string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+deskToken))
}

const signedIn = "credentials: {user: {env: USER}, password: {env: TOKEN}}\npoll: 5s\n"

func ofMade(all *[]*tickettest.Made) (int, bool) {
	return len(*all), len(*all) == 1 && !(*all)[0].Open
}

func serviceNow() far {
	h := &tickettest.ServiceNow{Now: time.Now, User: "robot", Auth: basicOf("robot")}
	set := func(d *desk, fields map[string]string) {
		if err := h.Set(h.Made[0], fields, "ann"); err != nil {
			d.t.Error(err)
		}
	}
	return far{
		func(url string) string { return "kind: servicenow\nurl: " + url + "\n" + signedIn }, h,
		func(d *desk) { set(d, map[string]string{"comments": "ordered a disk"}) },
		func(d *desk) {
			set(d, map[string]string{"state": "6", "close_code": "Solution provided", "close_notes": "replaced"})
		},
		func() (int, bool) { return ofMade(&h.Made) },
	}
}

func jiraTenant() far {
	h := &tickettest.Jira{Now: time.Now, Auth: basicOf("robot")}
	return far{
		func(url string) string {
			return "kind: jira\nurl: " + url + "\nsettings: {project: DC}\n" + signedIn
		}, h,
		func(*desk) { h.Say(h.Made[0], "ann", "ordered a disk") },
		func(*desk) { h.Move(h.Made[0], "ann", false) },
		func() (int, bool) { return ofMade(&h.Made) },
	}
}

func tracker() far {
	h := &tickettest.RequestTracker{Auth: "token " + deskToken, Field: "FaultKey"}
	return far{
		func(url string) string {
			return "kind: request-tracker\nurl: " + url + "\ncredentials: {token: {env: TOKEN}}\nsettings: {queue: Datacentre}\npoll: 5s\n"
		}, h,
		func(*desk) {
			h.Act(h.Made[0], tickettest.Act{Type: "Comment", By: "ann", Text: "ordered a disk"})
		},
		func(*desk) { h.Act(h.Made[0], tickettest.Act{Type: "Status", By: "ann", Now: "resolved"}) },
		func() (int, bool) { return ofMade(&h.Made) },
	}
}

func pager() far {
	h := &tickettest.PagerDuty{Now: time.Now, RoutingKey: routingKey, Token: deskToken}
	tell := func(d *desk, what, data string) {
		i := h.Incidents[0]
		body := []byte(fmt.Sprintf(`{"event":{"id":%q,"event_type":%q,"occurred_at":%q,"agent":{"type":"user_reference","summary":"ann"},"data":%s}}`,
			what, what, time.Now().Format(time.RFC3339), strings.ReplaceAll(data, "ID", i.ID)))
		header := http.Header{"X-Webhook-Id": {what}}
		header.Set(pagerduty.Signature, pagerduty.Sign(hookSecret, body))
		go func() { // as PagerDuty does: it does not hold its own account up meanwhile
			for range 2 { // and again, for it did not see the answer
				if err := d.c.HearSink(d.t.Context(), "far", header, body); err != nil {
					d.t.Errorf("%s: %v", what, err)
				}
			}
		}()
	}
	return far{
		func(url string) string {
			return "kind: pagerduty\nurl: " + url + "\nsettings: {api: " + url + "}\n" +
				"credentials: {routing_key: {env: ROUTING}, api_token: {env: TOKEN}, webhook_secret: {env: HOOK}}\n"
		}, h,
		func(d *desk) {
			tell(d, "incident.annotated", `{"type":"incident_note","content":"ordered a disk","incident":{"id":"ID"}}`)
		},
		func(d *desk) {
			h.Incidents[0].Status = "resolved"
			tell(d, "incident.resolved", `{"type":"incident","id":"ID"}`)
		},
		func() (int, bool) {
			return len(h.Incidents), len(h.Incidents) == 1 && h.Incidents[0].Status == "resolved"
		},
	}
}

// TestWhatPeopleDoElsewhereIsKnownHere runs a fault through each system by its documented contract: a comment there is in
// the story, once; closed there, a robot looks again; the look resolves the fault, and there is one closed ticket.
// Then, the other way: nobody touches it there, the fault is resolved here, and the ticket is closed there.
func TestWhatPeopleDoElsewhereIsKnownHere(t *testing.T) {
	for name, system := range map[string]func() far{"servicenow": serviceNow, "jira": jiraTenant, "rt": tracker, "pagerduty": pager} {
		for _, there := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, closed there %v", name, there), func(t *testing.T) {
				t.Parallel()
				twoWays(t, system(), there)
			})
		}
	}
}

func twoWays(t *testing.T, f far, there bool) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		f.handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	d, _ := peers(t, map[string]string{"far": f.file(server.URL)}, map[string]string{
		"USER": "robot", "TOKEN": deskToken, "ROUTING": routingKey, "HOOK": hookSecret,
	})
	d.open(":memory:", "")
	defer d.stop()
	act := func(do func(*desk)) {
		mu.Lock()
		defer mu.Unlock()
		do(d)
	}
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.state(fault.Escalated)
	d.until("the ticket is there", func() bool { tk := d.ticket(); return tk.ID != "" && tk.Sinks["far"].Done == tk.Revision })
	if there {
		if !strings.Contains(f.file(""), "pagerduty") {
			d.until("the end of what happened there is known", func() bool { return d.cursorOf("far") })
		}
		act(f.comment)
		d.until("the comment is in the story", func() bool { return strings.Contains(storyText(d.fault()), "ann says in far: ordered a disk") })
		act(f.close)
		d.state(fault.Verifying)
	} else if _, err := d.c.Verify(t.Context(), "F-0001", "ann"); err != nil {
		t.Fatal(err)
	}
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.until("its end is delivered", func() bool { tk := d.ticket(); return tk.State == ticket.Closed && tk.Sinks["far"].Done == tk.Revision })
	mu.Lock()
	defer mu.Unlock()
	if n, closed := f.closed(); n != 1 || !closed {
		t.Errorf("there are %d tickets, closed: %v", n, closed)
	}
	if n := strings.Count(storyText(d.fault()), "says in far"); there && n != 1 {
		t.Errorf("the comment was heard %d times:\n%s", n, storyText(d.fault()))
	}
}
