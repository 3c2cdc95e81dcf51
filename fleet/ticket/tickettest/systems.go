package tickettest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// The credentials that the systems want.
const (
	Token   = "tok-0123456789-secret"
	Routing = "0123456789abcdef0123456789abcdef"
	secret  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

// Lookup finds the credentials by the names of environment variables that the mapping files say.
func Lookup(env string) (string, bool) {
	v, ok := map[string]string{"TOKEN": Token, "ROUTING": Routing, "USER": "robot@test.example", "SECRET": secret}[env]
	return v, ok
}

// Basic is the Authorization header of who has the Token.
func Basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("robot@test.example:"+Token))
}

// Held is what a system holds of one fault.
type Held struct {
	Tickets  int // ever made; of those with one life an incident: open at the same time
	Open     bool
	Comments []string
	Files    []string
}

// Count is what a system holds of a site's fault.
type Count func(s *Site, faultID string) Held

// A System is a ticket system with the mapping file of its sink, and how its tickets are counted.
type System struct {
	File  string
	Build func(now func() time.Time) (http.Handler, Count)
}

func keyed(all *[]*Made) Count {
	return func(s *Site, id string) (out Held) {
		for _, m := range *all {
			if m.Key == s.Revision(id).TicketKey() {
				out = Held{out.Tickets + 1, m.Open, m.Comments, m.Files}
			}
		}
		return out
	}
}

// Systems are those that answer with what they did, by name.
func Systems() map[string]System {
	return map[string]System{
		"servicenow": {"kind: servicenow\nurl: https://sn.example\ncredentials: {user: {env: USER}, password: {env: TOKEN}}\n",
			func(now func() time.Time) (http.Handler, Count) {
				h := &ServiceNow{Now: now, User: "robot@test.example", Auth: Basic()}
				return h, keyed(&h.Made)
			}},
		"jira": {"kind: jira\nurl: https://jira.example\ncredentials: {user: {env: USER}, password: {env: TOKEN}}\nsettings: {project: DC}\n",
			func(now func() time.Time) (http.Handler, Count) {
				h := &Jira{Now: now, Auth: Basic(), Lag: 3 * time.Minute}
				return h, keyed(&h.Made)
			}},
		"rt": {"kind: request-tracker\nurl: https://rt.example\ncredentials: {token: {env: TOKEN}}\nsettings: {queue: Datacentre}\n",
			func(func() time.Time) (http.Handler, Count) {
				h := &RequestTracker{Auth: "token " + Token, Field: "FaultKey"}
				return h, keyed(&h.Made)
			}},
		"pagerduty": {"kind: pagerduty\ncredentials: {routing_key: {env: ROUTING}, api_token: {env: TOKEN}}\n",
			func(now func() time.Time) (http.Handler, Count) {
				h := &PagerDuty{Now: now, RoutingKey: Routing, Token: Token}
				return h, h.held
			}},
		"alertmanager": {"kind: alertmanager\nurl: https://am.example\n",
			func(now func() time.Time) (http.Handler, Count) {
				h := &Alertmanager{Now: now}
				return h, h.held
			}},
	}
}

// held counts the incidents of a fault that are open; those that are over were lives of one ticket.
func (p *PagerDuty) held(s *Site, id string) (out Held) {
	of := p.Of(s.Revision(id).TicketKey())
	for _, i := range of {
		if i.Status != "resolved" {
			out.Tickets, out.Open = out.Tickets+1, true
		}
	}
	if len(of) > 0 && !out.Open {
		out.Tickets = 1
	}
	return out
}

func (a *Alertmanager) held(_ *Site, id string) (out Held) {
	for _, one := range a.Alerts {
		if one.Labels["fault_id"] == id {
			out.Tickets++
		}
	}
	out.Open = len(a.Firing("fault_id", id)) > 0
	return out
}

// Hook is somebody's own receiver of signed webhooks. It holds to Standard Webhooks: what is not signed it refuses, what it
// has seen it takes and does nothing; it keeps one ticket a key, and lets no older revision undo a newer one.
func Hook() System {
	return System{"kind: webhook\nurl: https://hook.example/tickets\ncredentials: {secret: {env: SECRET}}\n",
		func(now func() time.Time) (http.Handler, Count) {
			h := &hook{now: now, seen: map[string]bool{}, known: map[string]ticket.Ticket{}}
			return h, h.held
		}}
}

type hook struct {
	now   func() time.Time
	seen  map[string]bool          // webhook-id
	known map[string]ticket.Ticket // by ticket key
}

// ServeHTTP implements http.Handler.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	key, err := webhook.ParseSecret(secret)
	if err != nil || key.Verify(r.Header, body, h.now()) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event struct{ Data ticket.Revision }
	if err := json.Unmarshal(body, &event); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if id := r.Header.Get("webhook-id"); !h.seen[id] {
		h.seen[id] = true
		if of := event.Data.TicketKey(); event.Data.Ticket.Revision > h.known[of].Revision {
			h.known[of] = event.Data.Ticket
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *hook) held(s *Site, id string) (out Held) {
	newest := 0
	for _, t := range h.known {
		if t.FaultID == id {
			out.Tickets++
			if t.Revision > newest {
				newest, out.Open = t.Revision, t.State == ticket.Open
			}
		}
	}
	return out
}

// held counts the threads of a fault's mails; the newest mail says whether it is open when it is of the newest revision.
func (s *SMTP) held(site *Site, id string) (out Held) {
	t := site.Ticket(id)
	threads := map[string]bool{}
	newest := fmt.Sprintf("<%s.%d@", site.Revision(id).TicketKey(), t.Revision)
	for _, m := range s.Got() {
		thread := m.Header.Get("References")
		if strings.HasPrefix(thread, "<nr-sample-"+t.ID+"-") {
			threads[thread] = true
		}
		if strings.HasPrefix(m.Header.Get("Message-Id"), newest) {
			out.Open = t.State == ticket.Open
		}
	}
	out.Tickets = len(threads)
	return out
}

// Connect makes the sink of a mapping file and has the site carry to it.
func (s *Site) Connect(name, file string, client *http.Client, now func() time.Time) error {
	m, err := mapping.Parse(name+".yaml", []byte(file), sinks.Kinds())
	if err != nil {
		return fmt.Errorf("connect %s: %w", name, err)
	}
	s.Use(sinks.Make(m, sinks.Options{Lookup: Lookup, HTTP: client, Now: now}), m.Rate)
	return nil
}
