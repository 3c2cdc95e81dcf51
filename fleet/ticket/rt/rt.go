// Package rt carries tickets to Request Tracker 5 by its REST 2 interface, tested against a real 5.0.3
// (https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html).
//
// It must have a custom field for the key (settings.key_field) that applies to the queue, and a user with the rights
// to see, create, comment and modify tickets and their custom fields there, and an authentication token. What Request
// Tracker refuses silently, and what is done about it:
//
//   - an unknown custom field is dropped with 201: the key is read back after each create;
//   - an illegal status answers 200 with the refusal in its text: the status is read back after each change;
//   - a second ticket of the same key is made without a word: it is searched for first (see ticket.Carry);
//   - mail to a resolved ticket opens it again: the last words are a comment, before the status changes;
//   - a close must not overrun a technician's new reply: it goes out under the ETag that was read (If-Match).
//
// It has no webhooks: what people do is asked for, by the ids of transactions.
package rt

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/vision"
)

// Kind is what a mapping file of this sink may say.
var Kind = mapping.Kind{
	Name: "request-tracker", Schemes: []string{"https", "http"},
	Credentials: [][]string{{"token"}, {"user", "password"}},
	Settings: []mapping.Setting{
		{Name: "queue", Must: true, Like: quotable}, {Name: "key_field", Default: "FaultKey", Like: quotable}, {Name: "type", Default: "text/plain"},
	},
	Fields: map[string]string{
		"Subject":  "{{.Ticket.Title}}",
		"Priority": "{{.Severity}}",
		"Content": "{{.Fault.Cause}}\n\nPlace: {{.Place}}{{with .Ticket.AssetTag}}, asset {{.}}{{end}}\nSeverity: {{.Ticket.Severity}}\n" +
			"Confidence: {{printf \"%.2f\" .Fault.Confidence}}\n{{range .Fault.Symptoms}}Symptom: {{.}}\n{{end}}Page: {{.Link}}\n\n{{.History}}",
	},
	Field:       regexp.MustCompile(`^(Owner|Requestor|Cc|AdminCc|Due|Starts|CF\.[^'"{}\\]{1,100})$`),
	Severity:    map[vision.Severity]string{vision.Critical: "90", vision.Warning: "50", vision.Info: "10"},
	State:       map[ticket.State]string{ticket.Open: "open", ticket.Closed: "resolved"},
	Attachments: true, Polls: true,
}

// quotable texts stand in TicketSQL between quotes as they are.
var quotable = regexp.MustCompile(`^[^'"{}\\]{1,200}$`)

// A Sink carries tickets to one queue.
type Sink struct {
	m      *mapping.Mapping
	c      *rest.Client
	carry  ticket.Carrier
	me     string // the user that we are there, once asked
	closed map[string]bool
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	s := &Sink{m: m, c: &rest.Client{Base: m.URLs[0] + "/REST/2.0", HTTP: client, Now: now, Sign: sign(v), Strike: v.Scrub}}
	s.carry = ticket.Carrier{Sink: m.Name, Desk: s, Doubt: time.Minute, Attaches: m.Attachments, Now: now}
	s.closed = map[string]bool{"resolved": true, "rejected": true, "deleted": true, m.State[ticket.Closed]: true}
	return s
}

func sign(v *mapping.Vault) func(*http.Request) error {
	return func(r *http.Request) error {
		value, err := v.Authorization("token")
		r.Header.Set("Authorization", value)
		return err
	}
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// Attaches says whether pictures go with the ticket.
func (s *Sink) Attaches() bool { return s.m.Attachments }

// Deliver brings the ticket in the queue to the revision.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	return s.carry.Carry(ctx, r, d, note)
}

// A text is a value that REST 2 writes as a string or as a number.
type text string

// UnmarshalJSON takes a string, a number or null.
func (t *text) UnmarshalJSON(b []byte) error {
	var str string
	if err := json.Unmarshal(b, &str); err == nil {
		*t = text(str)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return errors.New("neither text nor number")
	}
	*t = text(n.String())
	return nil
}

type fieldValue struct {
	Name   string `json:"name"`
	Values []text `json:"values"`
}

// An answer is a ticket as REST 2 says it.
type answer struct {
	ID           text         `json:"id"`
	Status       string       `json:"Status"`
	CustomFields []fieldValue `json:"CustomFields"`
}

func (s *Sink) remote(a answer) ticket.Remote {
	out := ticket.Remote{ID: string(a.ID), Number: "#" + string(a.ID), State: ticket.Open}
	if s.closed[a.Status] {
		out.State, out.Final = ticket.Closed, a.Status == "deleted"
	}
	for _, f := range a.CustomFields {
		if f.Name == s.m.Settings["key_field"] && len(f.Values) > 0 {
			out.Key = string(f.Values[0])
		}
	}
	return out
}

// Find searches the queue for the key, whatever the tickets' status.
func (s *Sink) Find(ctx context.Context, key string) ([]ticket.Remote, error) {
	var page struct {
		Items *[]answer `json:"items"`
	}
	query := fmt.Sprintf("Queue = '%s' AND CF.{%s} = '%s'", s.m.Settings["queue"], s.m.Settings["key_field"], key)
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/tickets", Into: &page, Query: url.Values{
		"query": {query}, "fields": {"Status,CustomFields"}, "orderby": {"id"}, "per_page": {"5"},
	}, Lacks: rest.Without("items", func() bool { return page.Items != nil })})
	if err != nil {
		return nil, err
	}
	var out []ticket.Remote
	for _, a := range *page.Items {
		out = append(out, s.remote(a))
	}
	return out, nil
}

// Create makes the ticket. What of it was kept is read back by Carry.
func (s *Sink) Create(ctx context.Context, r ticket.Revision) (string, error) {
	body, err := s.body(r, true)
	if err != nil {
		return "", err
	}
	var made struct {
		ID text `json:"id"`
	}
	if _, err = s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/ticket", JSON: body, Into: &made,
		Lacks: rest.Without("id of a new ticket", func() bool { return number.MatchString(string(made.ID)) })}); err != nil {
		return "", err
	}
	return string(made.ID), nil
}

var number = regexp.MustCompile(`^[0-9]{1,18}$`)

// subjectBytes is where Request Tracker cuts a subject.
const subjectBytes = 200

func (s *Sink) body(r ticket.Revision, whole bool) (map[string]any, error) {
	fields, err := s.m.Render(r)
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	body := map[string]any{}
	for name, v := range fields {
		cf, custom := strings.CutPrefix(name, "CF.")
		switch {
		case custom:
			own[cf] = v
		case name == "Content" && !whole:
		case name == "Subject":
			v = strings.Join(strings.Fields(v), " ")
			body[name] = strings.ToValidUTF8(v[:min(len(v), subjectBytes)], "")
		default:
			body[name] = v
		}
	}
	if whole {
		body["Queue"], body["ContentType"] = s.m.Settings["queue"], s.m.Settings["type"]
	}
	own[s.m.Settings["key_field"]] = r.TicketKey()
	body["CustomFields"] = own
	return body, nil
}

// Read asks for a ticket, its version and its attachments' names.
func (s *Sink) Read(ctx context.Context, id string) (ticket.Remote, error) {
	if !number.MatchString(id) {
		return ticket.Remote{}, ticket.Refused("ticket id %.40q is no number", id)
	}
	var a answer
	h, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/ticket/" + id, Into: &a, Lacks: rest.Without("ticket "+id, func() bool { return string(a.ID) == id })})
	if err != nil {
		return ticket.Remote{}, err
	}
	out := s.remote(a)
	out.Version = h.Get("ETag")
	var page struct {
		Items *[]struct {
			Filename string `json:"Filename"`
		} `json:"items"`
	}
	_, err = s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/ticket/" + id + "/attachments", Into: &page, Query: url.Values{
		"fields": {"Filename"}, "per_page": {"100"},
	}, Lacks: rest.Without("items", func() bool { return page.Items != nil })})
	if err != nil {
		return out, err
	}
	for _, f := range *page.Items {
		out.Files = append(out.Files, f.Filename)
	}
	return out, nil
}

// Update writes subject, priority and custom fields. The answer says nothing that could be relied on.
func (s *Sink) Update(ctx context.Context, was ticket.Remote, r ticket.Revision) error {
	body, err := s.body(r, false)
	if err != nil {
		return err
	}
	return s.put(ctx, was.ID, "", body)
}

func (s *Sink) put(ctx context.Context, id, version string, body map[string]any) error {
	q := rest.Request{Method: http.MethodPut, Path: "/ticket/" + id, JSON: body, Header: map[string]string{}}
	if version != "" {
		q.Header["If-Match"] = version
	}
	_, err := s.c.Ask(ctx, q)
	if err == nil {
		return nil
	}
	why := ticket.Judged(err)
	if why.Status == http.StatusPreconditionFailed { // somebody wrote to it meanwhile: what they wrote is read first
		why.Final, why.Later, why.RetryAfter = false, true, time.Second
	}
	return &why
}

// Comment adds a comment: unlike a reply it does not open a resolved ticket again.
func (s *Sink) Comment(ctx context.Context, id, words string) error {
	return s.comment(ctx, id, map[string]any{"Content": words, "ContentType": "text/plain"})
}

func (s *Sink) comment(ctx context.Context, id string, body map[string]any) error {
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/ticket/" + id + "/comment", JSON: body})
	return err
}

// Attach adds a picture, in a comment of its own.
func (s *Sink) Attach(ctx context.Context, id, name, mediaType string, picture []byte) error {
	return s.comment(ctx, id, map[string]any{"Content": name, "ContentType": "text/plain", "Attachments": []map[string]string{
		{"FileName": name, "FileType": mediaType, "FileContent": base64.StdEncoding.EncodeToString(picture)},
	}})
}

// Close sets the status, unless somebody wrote to the ticket since it was read.
func (s *Sink) Close(ctx context.Context, was ticket.Remote, _ ticket.Revision) error {
	return s.put(ctx, was.ID, was.Version, map[string]any{"Status": s.m.State[ticket.Closed]})
}

// Reopen sets the status back.
func (s *Sink) Reopen(ctx context.Context, was ticket.Remote, _ ticket.Revision) error {
	return s.put(ctx, was.ID, was.Version, map[string]any{"Status": s.m.State[ticket.Open]})
}

// after is the id of a transaction, as a cursor; 0 for none.
func after(cursor string) int64 {
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
