// Package servicenow carries tickets to ServiceNow by its Table API and Attachment API. Tested against the documented
// contract, not against an instance: ServiceNow of fleet/ticket/tickettest
// answers as these pages say, silent failures included.
//
//   - Table API: https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
//   - Attachment API: .../concept/c_AttachmentAPI.html
//   - limits, 429 and Retry-After: .../inbound-rest/reference/r_RESTAPIRateLimits.html ("Inbound REST API rate limiting")
//   - journal fields: "Retrieve journal entries", table sys_journal_field
//
// What it does silently, and what is done about it: correlation_id is not unique, so it is searched for first; a query
// with an invalid field returns every row (glide.invalid_query.returns_no_rows is false by default), so the key of each
// answer is compared; unknown fields of a body are dropped, so the key is read back; comments are write-only and are read
// from sys_journal_field, for which the user needs a table ACL. A resolved incident (6) can be opened again, a closed one
// (7) cannot. close_code has a list of its own on each instance: settings.close_code.
package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/vision"
)

// Kind is what a mapping file of this sink may say. The words of severity are urgency and impact, 1 (high) to 3 (low).
var Kind = mapping.Kind{
	Name: "servicenow", Schemes: []string{"https", "http"},
	Credentials: [][]string{{"user", "password"}, {"token"}, {"api_key"}},
	Settings: []mapping.Setting{
		{Name: "table", Default: "incident", Like: column}, {Name: "close_code", Default: "Solution provided"},
	},
	Fields: map[string]string{
		"short_description": "{{.Ticket.Title}}",
		"description": "{{.Fault.Cause}}\n\nPlace: {{.Place}}{{with .Ticket.AssetTag}}, asset {{.}}{{end}}\nSeverity: {{.Ticket.Severity}}\n" +
			"{{range .Fault.Symptoms}}Symptom: {{.}}\n{{end}}Page: {{.Link}}\n\n{{.History}}",
		"urgency": "{{.Severity}}", "impact": "{{.Severity}}",
		"correlation_display": "Nightrounds {{.Fault.ID}}",
		"close_notes":         "{{range .Fault.Timeline}}{{.What}}\n{{end}}{{.Link}}",
	},
	Field:       column,
	Severity:    map[vision.Severity]string{vision.Critical: "1", vision.Warning: "2", vision.Info: "3"},
	Words:       []string{"1", "2", "3"},
	State:       map[ticket.State]string{ticket.Open: "2", ticket.Closed: "6"},
	Attachments: true, Polls: true,
}

var (
	column = regexp.MustCompile(`^[a-z][a-z0-9_]{0,79}$`)
	sysID  = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// The states of an incident that are over; 7 is for good (and 8, canceled).
const (
	stateResolved = "6"
	stateClosed   = "7"
	stateCanceled = "8"
)

// following are the fields that follow the fault; others are written once, for people there may change them.
var following = map[string]bool{"short_description": true, "urgency": true, "impact": true}

// A Sink carries tickets to one table.
type Sink struct {
	m     *mapping.Mapping
	v     *mapping.Vault
	c     *rest.Client
	carry ticket.Carrier
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	s := &Sink{m: m, v: v}
	s.c = &rest.Client{Base: m.URLs[0] + "/api/now", HTTP: client, Now: now, Sign: s.sign, Strike: v.Scrub}
	s.carry = ticket.Carrier{Sink: m.Name, Desk: s, Doubt: 2 * time.Minute, Attaches: m.Attachments, Now: now}
	return s
}

func (s *Sink) sign(r *http.Request) (err error) {
	header := "Authorization"
	var value string
	if s.v.Has("api_key") {
		header = "x-sn-apikey"
		value, err = s.v.Get("api_key")
	} else {
		value, err = s.v.Authorization("Bearer")
	}
	r.Header.Set(header, value)
	return err
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// Attaches says whether pictures go with the ticket.
func (s *Sink) Attaches() bool { return s.m.Attachments }

// Deliver brings the ticket in the table to the revision.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	return s.carry.Carry(ctx, r, d, note)
}

// A row is an incident as far as it is asked for.
type row struct {
	SysID         string `json:"sys_id"`
	Number        string `json:"number"`
	State         string `json:"state"`
	CorrelationID string `json:"correlation_id"`
}

const columns = "sys_id,number,state,correlation_id"

func remote(r row) ticket.Remote {
	out := ticket.Remote{ID: r.SysID, Number: r.Number, Key: r.CorrelationID, State: ticket.Open}
	if r.State == stateResolved || r.State == stateClosed || r.State == stateCanceled {
		out.State, out.Final = ticket.Closed, r.State != stateResolved
	}
	return out
}

// result is the envelope of every answer. An error may stand in it whatever the status says.
type result[T any] struct {
	Result *T               `json:"result"`
	Error  *json.RawMessage `json:"error"`
}

// ask asks and opens the envelope.
func ask[T any](ctx context.Context, c *rest.Client, q rest.Request) (out T, err error) {
	var in result[T]
	q.Into, q.Lacks = &in, rest.Without("result, or an error beside it", func() bool { return in.Result != nil && in.Error == nil })
	if _, err := c.Ask(ctx, q); err != nil {
		return out, err
	}
	return *in.Result, nil
}

func (s *Sink) table() string { return "/table/" + s.m.Settings["table"] }

// Find searches for the key. Every row is compared: an instance may answer with all of them.
func (s *Sink) Find(ctx context.Context, key string) ([]ticket.Remote, error) {
	rows, err := ask[[]row](ctx, s.c, rest.Request{Method: http.MethodGet, Path: s.table(), Query: url.Values{
		"sysparm_query": {"correlation_id=" + key + "^ORDERBYsys_created_on"}, "sysparm_limit": {"5"}, "sysparm_fields": {columns},
		"sysparm_exclude_reference_link": {"true"},
	}})
	if err != nil {
		return nil, err
	}
	var out []ticket.Remote
	for _, r := range rows {
		if r.CorrelationID == key {
			out = append(out, remote(r))
		}
	}
	if len(rows) > 0 && len(out) == 0 {
		return nil, ticket.Refused("ServiceNow answered a search for one key with other rows: is correlation_id a field of %s, and may the user query it?", s.m.Settings["table"])
	}
	return out, nil
}

// Create makes the incident.
func (s *Sink) Create(ctx context.Context, r ticket.Revision) (string, error) {
	fields, err := s.m.Render(r)
	if err != nil {
		return "", err
	}
	delete(fields, "close_notes")
	fields["correlation_id"] = r.TicketKey()
	made, err := ask[row](ctx, s.c, rest.Request{Method: http.MethodPost, Path: s.table(), JSON: fields, Query: url.Values{
		"sysparm_fields": {columns}, "sysparm_exclude_reference_link": {"true"},
	}})
	if err != nil {
		return "", err
	}
	if !sysID.MatchString(made.SysID) {
		return "", ticket.Refused("ServiceNow made a ticket and did not say which: sys_id %.40q", made.SysID)
	}
	return made.SysID, nil
}

// An attached is the description of an attachment.
type attached struct {
	Name string `json:"file_name"`
}

// Read asks for an incident and the names of its attachments.
func (s *Sink) Read(ctx context.Context, id string) (ticket.Remote, error) {
	if !sysID.MatchString(id) {
		return ticket.Remote{}, ticket.Refused("sys_id %.40q is none", id)
	}
	r, err := ask[row](ctx, s.c, rest.Request{Method: http.MethodGet, Path: s.table() + "/" + id, Query: url.Values{
		"sysparm_fields": {columns}, "sysparm_exclude_reference_link": {"true"},
	}})
	if err != nil {
		return ticket.Remote{}, err
	}
	if r.SysID != id {
		return ticket.Remote{}, ticket.Refused("asked for %s, ServiceNow answered with %.40q", id, r.SysID)
	}
	out := remote(r)
	if !s.m.Attachments {
		return out, nil
	}
	files, err := ask[[]attached](ctx, s.c, rest.Request{Method: http.MethodGet, Path: "/attachment", Query: url.Values{
		"sysparm_query": {"table_sys_id=" + id}, "sysparm_limit": {"200"},
	}})
	for _, f := range files {
		out.Files = append(out.Files, f.Name)
	}
	return out, err
}

func (s *Sink) patch(ctx context.Context, id string, fields map[string]string) error {
	_, err := ask[row](ctx, s.c, rest.Request{Method: http.MethodPatch, Path: s.table() + "/" + id, JSON: fields, Query: url.Values{"sysparm_fields": {columns}}})
	return err
}

// Update writes what follows the fault.
func (s *Sink) Update(ctx context.Context, was ticket.Remote, r ticket.Revision) error {
	if was.Final {
		return nil // nothing can be written any more
	}
	fields, err := s.m.Render(r)
	if err != nil {
		return err
	}
	for name := range fields {
		if !following[name] {
			delete(fields, name)
		}
	}
	return s.patch(ctx, was.ID, fields)
}

// Attach adds a picture.
func (s *Sink) Attach(ctx context.Context, id, name, mediaType string, picture []byte) error {
	_, err := ask[attached](ctx, s.c, rest.Request{Method: http.MethodPost, Path: "/attachment/file", Body: picture, Type: mediaType, Query: url.Values{
		"table_name": {s.m.Settings["table"]}, "table_sys_id": {id}, "file_name": {name},
	}})
	return err
}

// Comment adds a work note: seen by those who repair, not mailed to the caller.
func (s *Sink) Comment(ctx context.Context, id, text string) error {
	return s.patch(ctx, id, map[string]string{"work_notes": text})
}

// Commented looks through the journal of the incident for the mark.
func (s *Sink) Commented(ctx context.Context, id, mark string) (bool, error) {
	entries, err := s.journal(ctx, "element_id="+id+"^elementINcomments,work_notes^ORDERBYDESCsys_created_on", 0, 100)
	for _, e := range entries {
		if strings.Contains(e.Value, mark) {
			return true, nil
		}
	}
	return false, err
}

// Close resolves the incident; without code and notes a data policy refuses it with 403.
func (s *Sink) Close(ctx context.Context, was ticket.Remote, r ticket.Revision) error {
	fields, err := s.m.Render(r)
	if err != nil {
		return err
	}
	return s.patch(ctx, was.ID, map[string]string{
		"state": s.m.State[ticket.Closed], "close_code": s.m.Settings["close_code"], "close_notes": fields["close_notes"],
	})
}

// Reopen sets the incident to in progress.
func (s *Sink) Reopen(ctx context.Context, was ticket.Remote, _ ticket.Revision) error {
	return s.patch(ctx, was.ID, map[string]string{"state": s.m.State[ticket.Open]})
}

// decode reads a cursor; one that cannot be read begins anew.
func decode(text string) (c cursor) {
	if json.Unmarshal([]byte(text), &c) != nil {
		return cursor{}
	}
	return c
}
