// Package pagerduty carries tickets to PagerDuty by its Events API v2, and hears what people do there by its V3 webhooks.
// Tested against the documented contract, not against an account: PagerDuty of fleet/ticket/tickettest
// answers as these pages say.
//
//   - events: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ and .../overview/
//   - webhooks: https://developer.pagerduty.com/docs/webhooks/v3-overview/ and .../verifying-signatures/
//   - the source of both: github.com/PagerDuty/developer-docs at 9422439
//   - limits: https://support.pagerduty.com/main/docs/rest-api-rate-limits
//
// A trigger is idempotent by dedup_key, the ticket's key. PagerDuty answers 202 also to what it drops: a resolve without
// an open alert, or under another routing key. Where the credential api_token is given, the incident is asked for after
// each event (REST API, incidents by incident_key); without it 202 must do. A fault that is over before PagerDuty has heard
// of it is not sent: nobody is called for what is past. One that comes again after its resolve is a new incident there,
// under the same key.
//
// Pictures cannot be uploaded: their addresses go with the event, as images where they are https.
package pagerduty

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/vision"
)

// Kind is what a mapping file of this sink may say.
var Kind = mapping.Kind{
	Name: "pagerduty", Schemes: []string{"https", "http"}, URL: "https://events.pagerduty.com",
	Credentials: [][]string{{"routing_key"}}, Optional: []string{"api_token", "webhook_secret"},
	Settings: []mapping.Setting{{Name: "api", Default: "https://api.pagerduty.com", Like: regexp.MustCompile(`^https?://[^/@?#]+$`)}},
	Fields: map[string]string{
		"summary": "{{.Ticket.Title}}", "source": "{{.Site}} {{.Place}}", "component": "{{.Ticket.Device}}", "group": "{{.Ticket.Rack}}",
		"class": "{{.Ticket.Kind}}", "severity": "{{.Severity}}",
		"details.cause": "{{.Fault.Cause}}", "details.asset tag": "{{.Ticket.AssetTag}}", "details.history": "{{.History}}",
	},
	Field:    regexp.MustCompile(`^details\.[A-Za-z0-9 _-]{1,60}$`),
	Severity: map[vision.Severity]string{vision.Critical: "critical", vision.Warning: "warning", vision.Info: "info"},
	Words:    []string{"critical", "error", "warning", "info"},
}

// The limits of an event: characters of a summary, bytes of the whole.
const (
	maxSummary = 1024
	maxEvent   = 512 << 10
)

// A Sink carries tickets to one integration of one service.
type Sink struct {
	m      *mapping.Mapping
	v      *mapping.Vault
	events *rest.Client
	api    *rest.Client // nil without its token
	now    func() time.Time
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	s := &Sink{m: m, v: v, now: now, events: &rest.Client{Base: m.URLs[0], HTTP: client, Now: now, Strike: v.Scrub}}
	if v.Has("api_token") {
		s.api = &rest.Client{Base: m.Settings["api"], HTTP: client, Now: now, Strike: v.Scrub, Sign: func(r *http.Request) error {
			token, err := v.Get("api_token")
			r.Header.Set("Authorization", "Token token="+token)
			return err
		}}
	}
	return s
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// An event is the body of /v2/enqueue.
type event struct {
	RoutingKey string              `json:"routing_key"`
	Action     string              `json:"event_action"`
	DedupKey   string              `json:"dedup_key"`
	Client     string              `json:"client,omitempty"`
	ClientURL  string              `json:"client_url,omitempty"`
	Payload    *payload            `json:"payload,omitempty"`
	Links      []map[string]string `json:"links,omitempty"`
	Images     []map[string]string `json:"images,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp"`
	Component string            `json:"component,omitempty"`
	Group     string            `json:"group,omitempty"`
	Class     string            `json:"class,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

// Deliver sends the event that makes the incident what the revision says.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	if r.Ticket.State == ticket.Closed && d.Begun == 0 {
		return ticket.Took(d, r.Ticket.Revision), nil
	}
	if d.ClosedThere && r.Fault.State == fault.Verifying { // a trigger would be a new incident; the look under way decides
		return ticket.Took(d, r.Ticket.Revision), nil
	}
	if d.Begun < r.Ticket.Revision {
		d.Begun, d.BegunAt, d.Remote = r.Ticket.Revision, s.now(), r.TicketKey()
		if err := note(ctx, d); err != nil {
			return d, err
		}
	}
	e, err := s.event(r)
	if err != nil {
		return d, err
	}
	var took struct {
		Status   string `json:"status"`
		DedupKey string `json:"dedup_key"`
	}
	if _, err := s.events.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/v2/enqueue", JSON: e, Into: &took,
		Lacks: rest.Without("success for our dedup_key", func() bool { return took.Status == "success" && took.DedupKey == e.DedupKey })}); err != nil {
		return d, err
	}
	if d, err = s.confirm(ctx, r, d); err != nil {
		return d, err
	}
	d.Told = len(r.Fault.Timeline)
	return ticket.Took(d, r.Ticket.Revision), nil
}

func (s *Sink) event(r ticket.Revision) (event, error) {
	key, err := s.v.Get("routing_key")
	if err != nil {
		return event{}, err
	}
	e := event{RoutingKey: key, Action: "resolve", DedupKey: r.TicketKey()}
	if r.Ticket.State == ticket.Closed {
		return e, nil
	}
	f, err := s.m.Render(r)
	if err != nil {
		return e, err
	}
	e.Action, e.Client, e.ClientURL = "trigger", "Nightrounds", r.Link
	e.Payload = &payload{
		Summary: cut(f["summary"], maxSummary), Source: f["source"], Severity: f["severity"], Timestamp: r.Ticket.OpenedAt.UTC().Format(time.RFC3339),
		Component: f["component"], Group: f["group"], Class: f["class"], Details: map[string]string{},
	}
	if e.Payload.Summary == "" || e.Payload.Source == "" || !slices.Contains(Kind.Words, e.Payload.Severity) {
		return e, s.m.Check("fields.summary, fields.source and fields.severity (%s) must say something", strings.Join(Kind.Words, ", "))
	}
	for name, v := range f {
		if detail, ok := strings.CutPrefix(name, "details."); ok {
			e.Payload.Details[detail] = cut(v, maxEvent/16)
		}
	}
	e.Links = append(e.Links, map[string]string{"href": r.Link, "text": "Fault " + r.Fault.ID})
	for _, address := range r.Evidence {
		if strings.HasPrefix(address, "https://") {
			e.Images = append(e.Images, map[string]string{"src": address, "href": r.Link, "alt": r.Place()})
		} else {
			e.Links = append(e.Links, map[string]string{"href": address, "text": "Picture"})
		}
	}
	return e, nil
}

func cut(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

// doubt is how long after the first resolve a trigger that was not acknowledged may still make an incident.
const doubt = 2 * time.Minute

// confirm asks for the incident: 202 is also said to what is dropped. A resolve of what never arrived there is dropped
// for good; it is sent again until no trigger can be under way any more.
func (s *Sink) confirm(ctx context.Context, r ticket.Revision, d ticket.Delivery) (ticket.Delivery, error) {
	if s.api == nil {
		return d, nil
	}
	var page struct {
		Incidents *[]struct {
			ID     string `json:"id"`
			Key    string `json:"incident_key"`
			Status string `json:"status"`
		} `json:"incidents"`
	}
	_, err := s.api.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/incidents", Into: &page, Query: url.Values{
		"incident_key": {r.TicketKey()}, "sort_by": {"created_at:desc"}, "limit": {"5"}, "date_range": {"all"},
	}, Lacks: rest.Without("incidents", func() bool { return page.Incidents != nil })})
	if err != nil {
		return d, err
	}
	for _, i := range *page.Incidents {
		if i.Key != r.TicketKey() {
			continue
		}
		d.Number = i.ID
		if (i.Status == "resolved") == (r.Ticket.State == ticket.Closed) {
			return d, nil
		}
		break // the newest decides
	}
	if r.Ticket.State == ticket.Closed && d.Number == "" && !s.now().Before(d.BegunAt.Add(doubt)) {
		return d, nil
	}
	return d, &ticket.Refusal{
		Said: "PagerDuty took the event and shows no incident that is " + string(r.Ticket.State) + ": dropped, or not shown yet", RetryAfter: 10 * time.Second, Later: true,
	}
}
