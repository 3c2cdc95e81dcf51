package tickettest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Jira is a tenant with one project. Its search lags behind by Lag; a label with a space is refused; a transition that is
// not offered where the issue stands is refused with 400.
type Jira struct {
	Now      func() time.Time
	Auth     string
	Lag      time.Duration
	Made     []*Made
	made     []time.Time
	History  map[string][]Change
	Comments map[string][]Said
}

// A Change is one entry of an issue's history: of its resolution.
type Change struct {
	By, From, To string
	At           time.Time
}

// A Said is one comment.
type Said struct {
	By, Text string
	At       time.Time
}

// Me is the accountId of the credentials.
const Me = "account-of-nightrounds"

const jiraTime = "2006-01-02T15:04:05.000-0700"

func (j *Jira) fail(w http.ResponseWriter, status int, message string) {
	say(w, status, map[string]any{"errorMessages": []string{message}, "errors": map[string]string{}})
}

var issuePath = regexp.MustCompile(`^/issue/([0-9]+)(/[a-z]+)?$`)

// ServeHTTP is the tenant.
func (j *Jira) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != j.Auth {
		j.fail(w, 401, "Client must be authenticated to access this resource.")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/rest/api/3")
	at := issuePath.FindStringSubmatch(path)
	switch {
	case path == "/myself":
		say(w, 200, map[string]string{"accountId": Me, "displayName": "Nightrounds"})
	case path == "/issue" && r.Method == http.MethodPost:
		j.create(w, r)
	case path == "/search/jql" && r.Method == http.MethodPost:
		j.search(w, r)
	case at != nil && j.by(at[1]) != nil:
		j.issue(w, r, j.by(at[1]), at[2])
	default:
		j.fail(w, 404, "Issue does not exist or you do not have permission to see it.")
	}
}

func (j *Jira) by(id string) *Made {
	for _, m := range j.Made {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (j *Jira) view(m *Made) map[string]any {
	category := "indeterminate"
	if !m.Open {
		category = "done"
	}
	files := []map[string]string{}
	for _, f := range m.Files {
		files = append(files, map[string]string{"filename": f})
	}
	return map[string]any{"id": m.ID, "key": "DC-" + m.ID, "fields": map[string]any{
		"labels": []string{"other", m.Key}, "status": map[string]any{"name": m.Status, "statusCategory": map[string]string{"key": category}}, "attachment": files,
		"updated": j.updated(m).Format(jiraTime),
	}}
}

// updated is when anything was last done to an issue.
func (j *Jira) updated(m *Made) time.Time {
	at := j.made[slices.Index(j.Made, m)]
	for _, c := range j.History[m.ID] {
		at = latest(at, c.At)
	}
	for _, c := range j.Comments[m.ID] {
		at = latest(at, c.At)
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (j *Jira) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Fields struct {
			Project     struct{ Key string }  `json:"project"`
			IssueType   struct{ Name string } `json:"issuetype"`
			Summary     string                `json:"summary"`
			Description *struct {
				Type    string `json:"type"`
				Version int    `json:"version"`
			} `json:"description"`
			Labels   []string              `json:"labels"`
			Priority struct{ Name string } `json:"priority"`
		} `json:"fields"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	f := in.Fields
	switch {
	case err != nil:
		j.fail(w, 400, "There was an error parsing JSON. Check that your request body is valid.")
	case f.Project.Key != "DC" || f.IssueType.Name == "" || f.Summary == "" || strings.ContainsAny(f.Summary, "\n\r"):
		j.fail(w, 400, "project, issue type and summary are required; the summary has no line breaks")
	case f.Description != nil && (f.Description.Type != "doc" || f.Description.Version != 1):
		j.fail(w, 400, "Operation value must be an Atlassian Document")
	case len(f.Labels) == 0 || slices.ContainsFunc(f.Labels, func(l string) bool { return strings.ContainsAny(l, " \n") }):
		j.fail(w, 400, "The label contains spaces which is invalid.")
	default:
		m := &Made{ID: fmt.Sprint(10000 + len(j.Made)), Key: f.Labels[0], Status: "Open", Open: true, Fields: map[string]string{"summary": f.Summary, "priority": f.Priority.Name}}
		j.Made, j.made = append(j.Made, m), append(j.made, j.Now())
		say(w, 201, map[string]string{"id": m.ID, "key": "DC-" + m.ID})
	}
}

var (
	labelTerm   = regexp.MustCompile(`labels = "([^"]+)"`)
	updatedTerm = regexp.MustCompile(`updated >= -([0-9]+)m`)
)

func (j *Jira) search(w http.ResponseWriter, r *http.Request) {
	var in struct {
		JQL   string `json:"jql"`
		Most  int    `json:"maxResults"`
		Token string `json:"nextPageToken"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.Contains(in.JQL, `project = "DC"`) {
		j.fail(w, 400, "The JQL query is not bounded")
		return
	}
	label, since := labelTerm.FindStringSubmatch(in.JQL), updatedTerm.FindStringSubmatch(in.JQL)
	var fits []*Made
	for i, m := range j.Made {
		late := false
		if since != nil {
			minutes, err := time.ParseDuration(since[1] + "m")
			late = err != nil || j.updated(m).Before(j.Now().Add(-minutes))
		}
		if !late && j.Now().Sub(j.made[i]) >= j.Lag && (label == nil || m.Key == label[1]) {
			fits = append(fits, m)
		}
	}
	if strings.Contains(in.JQL, "ORDER BY updated") {
		slices.SortStableFunc(fits, func(a, b *Made) int { return j.updated(a).Compare(j.updated(b)) })
	}
	from, err := strconv.Atoi(in.Token)
	if err != nil {
		from = 0
	}
	fits = fits[min(from, len(fits)):]
	out := map[string]any{"isLast": true}
	if in.Most > 0 && len(fits) > in.Most {
		fits = fits[:in.Most]
		out = map[string]any{"isLast": false, "nextPageToken": strconv.Itoa(from + in.Most)}
	}
	found := []map[string]any{}
	for _, m := range fits {
		found = append(found, j.view(m))
	}
	out["issues"] = found
	say(w, 200, out)
}

func (j *Jira) issue(w http.ResponseWriter, r *http.Request, m *Made, part string) {
	switch {
	case part == "" && r.Method == http.MethodGet:
		say(w, 200, j.view(m))
	case part == "" && r.Method == http.MethodPut:
		w.WriteHeader(http.StatusNoContent)
	case part == "/transitions" && r.Method == http.MethodGet:
		say(w, 200, map[string]any{"transitions": ways(m.Open)})
	case part == "/transitions":
		j.move(w, r, m)
	case part == "/comment" && r.Method == http.MethodPost:
		var in struct {
			Body json.RawMessage `json:"body"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasPrefix(string(in.Body), `{"type":"doc"`) {
			j.fail(w, 400, "Comment body is not valid!")
			return
		}
		j.Say(m, Me, string(in.Body))
		say(w, 201, map[string]string{"id": "1"})
	case part == "/comment":
		j.comments(w, m)
	case part == "/changelog":
		j.changes(w, m)
	case part == "/attachments":
		j.attach(w, r, m)
	default:
		j.fail(w, 405, "no such method")
	}
}

func (j *Jira) attach(w http.ResponseWriter, r *http.Request, m *Made) {
	if r.Header.Get("X-Atlassian-Token") != "no-check" {
		j.fail(w, 403, "XSRF check failed")
		return
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		j.fail(w, 400, "no file")
		return
	}
	file.Close()
	m.Files = append(m.Files, head.Filename)
	say(w, 200, []map[string]string{{"filename": head.Filename}})
}

// ways are the transitions from where an issue stands: their ids depend on it.
func ways(open bool) []map[string]any {
	way := func(id, name, category string, fields map[string]any) map[string]any {
		return map[string]any{"id": id, "to": map[string]any{"name": name, "statusCategory": map[string]string{"key": category}}, "fields": fields}
	}
	if open {
		return []map[string]any{
			way("21", "Pending", "indeterminate", map[string]any{}), way("31", "Canceled", "done", map[string]any{}),
			way("41", "Resolved", "done", map[string]any{"resolution": map[string]bool{"required": true}}),
		}
	}
	return []map[string]any{way("51", "In Progress", "indeterminate", map[string]any{})}
}

func (j *Jira) move(w http.ResponseWriter, r *http.Request, m *Made) {
	var in struct {
		Transition struct{ ID string } `json:"transition"`
		Fields     struct {
			Resolution struct{ Name string } `json:"resolution"`
		} `json:"fields"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	for _, way := range ways(m.Open) {
		if err != nil || way["id"] != in.Transition.ID {
			continue
		}
		if in.Transition.ID == "41" && in.Fields.Resolution.Name == "" {
			j.fail(w, 400, "Resolution is required.")
			return
		}
		j.Move(m, Me, !m.Open)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	j.fail(w, 400, "It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.")
}

// Move opens or closes an issue as a user does; Say comments it.
func (j *Jira) Move(m *Made, by string, open bool) {
	m.Open, m.Status = open, map[bool]string{true: "In Progress", false: "Resolved"}[open]
	c := Change{By: by, At: j.Now()}
	if open {
		c.From = "10000"
	} else {
		c.To = "10000"
	}
	if j.History == nil {
		j.History = map[string][]Change{}
	}
	j.History[m.ID] = append(j.History[m.ID], c)
}

// Say comments an issue; the text of ours is a document.
func (j *Jira) Say(m *Made, by, text string) {
	if j.Comments == nil {
		j.Comments = map[string][]Said{}
	}
	m.Comments = append(m.Comments, text)
	j.Comments[m.ID] = append(j.Comments[m.ID], Said{by, text, j.Now()})
}

func (j *Jira) comments(w http.ResponseWriter, m *Made) {
	out := []map[string]any{}
	for i, c := range slices.Backward(j.Comments[m.ID]) {
		var body any = map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph", "content": []any{map[string]string{"type": "text", "text": c.Text}}}}}
		if strings.HasPrefix(c.Text, "{") {
			body = json.RawMessage(c.Text)
		}
		out = append(out, map[string]any{"id": fmt.Sprint(i), "author": map[string]string{"accountId": c.By, "displayName": c.By}, "created": c.At.Format(jiraTime), "body": body})
	}
	say(w, 200, map[string]any{"comments": out})
}

func (j *Jira) changes(w http.ResponseWriter, m *Made) {
	out := []map[string]any{}
	for i, c := range j.History[m.ID] {
		out = append(out, map[string]any{
			"id": fmt.Sprint(i), "author": map[string]string{"accountId": c.By, "displayName": c.By}, "created": c.At.Format(jiraTime),
			"items": []map[string]string{{"field": "resolution", "from": c.From, "to": c.To}},
		})
	}
	say(w, 200, map[string]any{"values": out})
}
