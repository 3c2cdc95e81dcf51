// Package jira carries tickets to Jira Service Management by the REST interface, version 3. Tested against the documented
// contract, not against a tenant: Jira of fleet/ticket/tickettest answers as
// these pages say, silent failures included.
//
//   - issues, transitions, attachments, comments: https://developer.atlassian.com/cloud/jira/platform/rest/v3/
//   - search: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/ (/rest/api/3/search/jql; the old
//     /search is gone, CHANGE-2046)
//   - limits: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
//
// The key is a label. What Jira does silently, and what is done about it: the search is eventually consistent, by seconds
// to minutes, so that a create whose answer was lost is looked for during ten minutes before it is asked for again, and
// the ticket's id is kept here as soon as it is known; text search is by word, so labels are compared exactly; which
// transition closes an issue depends on its workflow and on where it stands, so the transitions are asked for and chosen
// by the status they lead to (settings of state are names of statuses).
package jira

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/vision"
)

// Kind is what a mapping file of this sink may say.
var Kind = mapping.Kind{
	Name: "jira", Schemes: []string{"https", "http"},
	Credentials: [][]string{{"user", "password"}, {"token"}}, // e-mail and API token; a personal token of a data centre
	Settings: []mapping.Setting{
		{Name: "project", Must: true, Like: regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,19}$`)},
		{Name: "issue_type", Default: "[System] Incident"},
		{Name: "resolution", Default: "Done"}, // written with the transition where its screen has the field; "none": never
	},
	Fields: map[string]string{
		"summary":  "{{.Ticket.Title}}",
		"priority": "{{.Severity}}",
		"description": "{{.Fault.Cause}}\n\nPlace: {{.Place}}{{with .Ticket.AssetTag}}, asset {{.}}{{end}}\nSeverity: {{.Ticket.Severity}}\n" +
			"{{range .Fault.Symptoms}}Symptom: {{.}}\n{{end}}Page: {{.Link}}\n\n{{.History}}",
	},
	Field:       regexp.MustCompile(`^(customfield_[0-9]{1,9}|environment|labels)$`),
	Severity:    map[vision.Severity]string{vision.Critical: "Highest", vision.Warning: "Medium", vision.Info: "Low"},
	State:       map[ticket.State]string{ticket.Open: "In Progress", ticket.Closed: "Resolved"},
	Attachments: true, Polls: true,
}

// A Sink carries tickets to one project.
type Sink struct {
	m     *mapping.Mapping
	c     *rest.Client
	carry ticket.Carrier
	me    string // our accountId, once asked
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	s := &Sink{m: m}
	s.c = &rest.Client{Base: m.URLs[0] + "/rest/api/3", HTTP: client, Now: now, Strike: v.Scrub, Sign: func(r *http.Request) error {
		value, err := v.Authorization("Bearer")
		r.Header.Set("Authorization", value)
		return err
	}}
	s.carry = ticket.Carrier{Sink: m.Name, Desk: s, Doubt: 10 * time.Minute, Attaches: m.Attachments, Now: now}
	return s
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// Attaches says whether pictures go with the ticket.
func (s *Sink) Attaches() bool { return s.m.Attachments }

// Deliver brings the issue to the revision.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	return s.carry.Carry(ctx, r, d, note)
}

// An issue is an issue as far as it is asked for.
type issue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Labels  []string `json:"labels"`
		Updated string   `json:"updated"`
		Status  struct {
			Category struct {
				Key string `json:"key"` // new, indeterminate, done
			} `json:"statusCategory"`
		} `json:"status"`
		Attachment []struct {
			Filename string `json:"filename"`
		} `json:"attachment"`
	} `json:"fields"`
}

const fields = "labels,status,attachment"

// keyOf is the label that is a key of ours.
func (i issue) keyOf() string {
	n := slices.IndexFunc(i.Fields.Labels, func(l string) bool { return strings.HasPrefix(l, "nr-") })
	if n < 0 {
		return ""
	}
	return i.Fields.Labels[n]
}

func remote(i issue) ticket.Remote {
	out := ticket.Remote{ID: i.ID, Number: i.Key, Key: i.keyOf(), State: ticket.Open}
	if i.Fields.Status.Category.Key == "done" {
		out.State = ticket.Closed
	}
	for _, a := range i.Fields.Attachment {
		out.Files = append(out.Files, a.Filename)
	}
	return out
}

// search finds the first issues by JQL; the texts in it are ours or quoted.
func (s *Sink) search(ctx context.Context, jql, fields string, n int) ([]issue, error) {
	found, _, err := s.page(ctx, jql, fields, "", n)
	return found, err
}

// page is a page of what a search finds, and the token of the next one; empty for the first, and after the last.
func (s *Sink) page(ctx context.Context, jql, fields, token string, n int) (found []issue, next string, err error) {
	var page struct {
		Issues *[]issue `json:"issues"`
		Next   string   `json:"nextPageToken"`
	}
	ask := map[string]any{"jql": jql, "fields": strings.Split(fields, ","), "maxResults": n}
	if token != "" {
		ask["nextPageToken"] = token
	}
	_, err = s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/search/jql", Into: &page, JSON: ask,
		Lacks: rest.Without("issues", func() bool { return page.Issues != nil })})
	if err != nil {
		return nil, "", err
	}
	return *page.Issues, page.Next, nil
}

// Find searches for the label.
func (s *Sink) Find(ctx context.Context, key string) ([]ticket.Remote, error) {
	found, err := s.search(ctx, fmt.Sprintf(`project = "%s" AND labels = "%s" ORDER BY created ASC`, s.m.Settings["project"], key), fields, 5)
	var out []ticket.Remote
	for _, i := range found {
		if slices.Contains(i.Fields.Labels, key) {
			r := remote(i)
			r.Key = key
			out = append(out, r)
		}
	}
	return out, err
}

// maxSummary is what a summary may hold, in bytes.
const maxSummary = 250

// body is the fields as Jira wants them: rich text as a document, names as objects.
func (s *Sink) body(r ticket.Revision, whole bool) (map[string]any, error) {
	given, err := s.m.Render(r)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for name, v := range given {
		switch {
		case name == "summary":
			v = strings.Join(strings.Fields(v), " ")
			out[name] = strings.ToValidUTF8(v[:min(len(v), maxSummary)], "")
		case name == "priority":
			out[name] = map[string]string{"name": v}
		case !whole:
		case name == "description" || name == "environment":
			out[name] = document(v)
		case name == "labels":
			out[name] = strings.Fields(v)
		default:
			out[name] = v
		}
	}
	if whole {
		labels, _ := out["labels"].([]string)
		out["labels"] = append([]string{r.TicketKey()}, labels...)
		out["project"], out["issuetype"] = map[string]string{"key": s.m.Settings["project"]}, map[string]string{"name": s.m.Settings["issue_type"]}
	}
	return out, nil
}

// A doc is a node of the Atlassian Document Format.
type doc struct {
	Type    string `json:"type"`
	Version int    `json:"version,omitempty"`
	Text    string `json:"text,omitempty"`
	Content []doc  `json:"content,omitempty"`
}

// document is plain text as a document: a paragraph for each line.
func document(text string) doc {
	out := doc{Type: "doc", Version: 1}
	for line := range strings.Lines(text) {
		p := doc{Type: "paragraph"}
		if line = strings.TrimSpace(line); line != "" {
			p.Content = []doc{{Type: "text", Text: line}}
		}
		out.Content = append(out.Content, p)
	}
	return out
}

// maxDepth bounds how deep a document is read.
const maxDepth = 20

// plain is a document's text.
func (d doc) plain(depth int) string {
	if depth > maxDepth {
		return ""
	}
	var b strings.Builder
	b.WriteString(d.Text)
	for _, c := range d.Content {
		b.WriteString(c.plain(depth + 1))
	}
	if d.Type == "paragraph" {
		b.WriteByte('\n')
	}
	return b.String()
}

// Create makes the issue.
func (s *Sink) Create(ctx context.Context, r ticket.Revision) (string, error) {
	body, err := s.body(r, true)
	if err != nil {
		return "", err
	}
	var made issue
	if _, err := s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/issue", JSON: map[string]any{"fields": body}, Into: &made,
		Lacks: rest.Without("id of a new issue", func() bool { return number.MatchString(made.ID) })}); err != nil {
		return "", err
	}
	return made.ID, nil
}

var number = regexp.MustCompile(`^[0-9]{1,18}$`)

// Read asks for an issue, by its id: unlike the search this is consistent.
func (s *Sink) Read(ctx context.Context, id string) (ticket.Remote, error) {
	if !number.MatchString(id) {
		return ticket.Remote{}, ticket.Refused("issue id %.40q is no number", id)
	}
	var i issue
	if _, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/issue/" + id, Into: &i, Query: url.Values{"fields": {fields}},
		Lacks: rest.Without("issue "+id, func() bool { return i.ID == id })}); err != nil {
		return ticket.Remote{}, err
	}
	return remote(i), nil
}

// Update writes summary and priority.
func (s *Sink) Update(ctx context.Context, was ticket.Remote, r ticket.Revision) error {
	body, err := s.body(r, false)
	if err != nil {
		return err
	}
	_, err = s.c.Ask(ctx, rest.Request{Method: http.MethodPut, Path: "/issue/" + was.ID, JSON: map[string]any{"fields": body}})
	return err
}

// Attach adds a picture.
func (s *Sink) Attach(ctx context.Context, id, name, mediaType string, picture []byte) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {mediaType},
	})
	if err == nil {
		_, err = part.Write(picture)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return fmt.Errorf("attach %s: %w", name, err)
	}
	_, err = s.c.Ask(ctx, rest.Request{
		Method: http.MethodPost, Path: "/issue/" + id + "/attachments", Body: b.Bytes(), Type: form.FormDataContentType(),
		Header: map[string]string{"X-Atlassian-Token": "no-check"},
	})
	return err
}

// Comment adds a comment.
func (s *Sink) Comment(ctx context.Context, id, text string) error {
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/issue/" + id + "/comment", JSON: map[string]any{"body": document(text)}})
	return err
}

// Close takes the transition that leads to the status for closed.
func (s *Sink) Close(ctx context.Context, was ticket.Remote, _ ticket.Revision) error {
	return s.move(ctx, was.ID, ticket.Closed)
}

// Reopen takes the transition that leads back.
func (s *Sink) Reopen(ctx context.Context, was ticket.Remote, _ ticket.Revision) error {
	return s.move(ctx, was.ID, ticket.Open)
}

// A transition is a way from where an issue stands.
type transition struct {
	ID string `json:"id"`
	To struct {
		Name     string `json:"name"`
		Category struct {
			Key string `json:"key"`
		} `json:"statusCategory"`
	} `json:"to"`
	Fields map[string]any `json:"fields"` // of its screen
}

func (s *Sink) move(ctx context.Context, id string, to ticket.State) error {
	var ways struct {
		Transitions *[]transition `json:"transitions"`
	}
	_, err := s.c.Ask(ctx, rest.Request{
		Method: http.MethodGet, Path: "/issue/" + id + "/transitions", Into: &ways, Query: url.Values{"expand": {"transitions.fields"}},
		Lacks: rest.Without("transitions", func() bool { return ways.Transitions != nil }),
	})
	if err != nil {
		return err
	}
	way, ok := s.choose(*ways.Transitions, to)
	if !ok {
		var there []string
		for _, t := range *ways.Transitions {
			there = append(there, t.To.Name)
		}
		return s.m.Check("no transition of issue %s leads to %q (state.%s); there are those to %s", id, s.m.State[to], to, strings.Join(there, ", "))
	}
	body := map[string]any{"transition": map[string]string{"id": way.ID}}
	if _, has := way.Fields["resolution"]; has && to == ticket.Closed && s.m.Settings["resolution"] != "none" {
		body["fields"] = map[string]any{"resolution": map[string]string{"name": s.m.Settings["resolution"]}}
	}
	_, err = s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/issue/" + id + "/transitions", JSON: body})
	return err
}

// choose takes the way to the named status, else the only one that leads to where it is done, or is not.
func (s *Sink) choose(ways []transition, to ticket.State) (transition, bool) {
	for _, t := range ways {
		if strings.EqualFold(t.To.Name, s.m.State[to]) {
			return t, true
		}
	}
	var fit []transition
	for _, t := range ways {
		if (t.To.Category.Key == "done") == (to == ticket.Closed) {
			fit = append(fit, t)
		}
	}
	if len(fit) != 1 {
		return transition{}, false
	}
	return fit[0], true
}
