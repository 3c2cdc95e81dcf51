package tickettest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// RequestTracker is one of version 5.0.3 with a queue Datacentre. It makes a second ticket of the same key; a custom field
// that it does not know it drops with 201; an illegal status it refuses with 200; If-Match it holds to.
type RequestTracker struct {
	Auth  string
	Field string // the custom field that there is
	Made  []*Made
	last  int // transaction
	etags map[string]int
	done  []Act
}

// An Act is a transaction of a ticket: a comment, or a change of its status.
type Act struct {
	ID                         int
	Ticket, Type, By, Was, Now string
	Text                       string
}

var (
	rtPath = regexp.MustCompile(`^/REST/2\.0/ticket/([0-9]+)(/[a-z]+)?$`)
	rtKey  = regexp.MustCompile(`CF\.\{([^}]+)\} (=|LIKE) '([^']*)'`)
)

// ServeHTTP is REST 2.
func (t *RequestTracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := rtPath.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Header.Get("Authorization") != t.Auth:
		say(w, 401, map[string]string{"message": "Unauthorized"})
	case r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json":
		say(w, 415, map[string]string{"message": "Unsupported Media Type"})
	case r.URL.Path == "/REST/2.0/ticket" && r.Method == http.MethodPost:
		t.create(w, r)
	case r.URL.Path == "/REST/2.0/transactions":
		t.transactions(w, r)
	case strings.HasPrefix(r.URL.Path, "/REST/2.0/transaction/"):
		t.words(w, strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/REST/2.0/transaction/"), "/attachments"))
	case r.URL.Path == "/REST/2.0/tickets":
		t.find(w, r)
	case at != nil && t.by(at[1]) != nil:
		t.ticket(w, r, t.by(at[1]), at[2])
	default:
		say(w, 404, map[string]string{"message": "Not Found"})
	}
}

func (t *RequestTracker) by(id string) *Made {
	for _, m := range t.Made {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (t *RequestTracker) touch(m *Made) {
	if t.etags == nil {
		t.etags = map[string]int{}
	}
	t.last++
	t.etags[m.ID] = t.last
}

func (t *RequestTracker) view(m *Made) map[string]any {
	values := []string{}
	if m.Key != "" {
		values = append(values, m.Key)
	}
	return map[string]any{"id": m.ID, "type": "ticket", "Creator": map[string]string{"id": "nightrounds", "type": "user"}, "Status": m.Status, "CustomFields": []map[string]any{{"name": t.Field, "values": values}}}
}

func (t *RequestTracker) create(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		say(w, 400, map[string]string{"message": "Invalid JSON"})
		return
	}
	if in["Queue"] != "Datacentre" {
		say(w, 403, map[string]string{"message": "No permission to create tickets in the queue"})
		return
	}
	m := &Made{ID: fmt.Sprint(len(t.Made) + 1), Status: "new", Open: true, Fields: map[string]string{}}
	if own, ok := in["CustomFields"].(map[string]any); ok {
		m.Key, _ = own[t.Field].(string)
	}
	t.Made = append(t.Made, m)
	t.Act(m, Act{Type: "Create", By: "nightrounds"})
	say(w, 201, map[string]string{"id": m.ID, "_url": "http://rt/REST/2.0/ticket/" + m.ID, "type": "ticket"})
}

func (t *RequestTracker) find(w http.ResponseWriter, r *http.Request) {
	items := []map[string]any{}
	term := rtKey.FindStringSubmatch(r.URL.Query().Get("query"))
	for _, m := range t.Made {
		if term != nil && term[1] == t.Field && (m.Key == term[3] || term[2] == "LIKE" && strings.Contains(m.Key, term[3])) {
			items = append(items, t.view(m))
		}
	}
	say(w, 200, map[string]any{"items": items, "count": len(items)})
}

func (t *RequestTracker) ticket(w http.ResponseWriter, r *http.Request, m *Made, part string) {
	switch {
	case part == "" && r.Method == http.MethodGet:
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(t.etags[m.ID])))
		say(w, 200, t.view(m))
	case part == "" && r.Method == http.MethodPut:
		t.put(w, r, m)
	case part == "/comment":
		var in struct {
			Content     string
			Attachments []struct{ FileName, FileType, FileContent string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			say(w, 400, map[string]string{"message": "Invalid JSON"})
			return
		}
		m.Comments = append(m.Comments, in.Content)
		for _, a := range in.Attachments {
			m.Files = append(m.Files, a.FileName)
		}
		t.Act(m, Act{Type: "Comment", By: "nightrounds", Text: in.Content})
		say(w, 201, []string{"Comments added"})
	case part == "/attachments":
		items := []map[string]string{}
		for _, c := range m.Comments {
			items = append(items, map[string]string{"ContentType": "text/plain", "Content": c, "Filename": ""})
		}
		for _, f := range m.Files {
			items = append(items, map[string]string{"ContentType": "image/png", "Filename": f})
		}
		say(w, 200, map[string]any{"items": items, "pages": nil})
	default:
		say(w, 404, map[string]string{"message": "Not Found"})
	}
}

func (t *RequestTracker) put(w http.ResponseWriter, r *http.Request, m *Made) {
	if want := r.Header.Get("If-Match"); want != "" && strings.Trim(want, `"`) != fmt.Sprint(t.etags[m.ID]) {
		say(w, 412, map[string]string{"message": "Precondition Failed"})
		return
	}
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		say(w, 400, map[string]string{"message": "Invalid JSON"})
		return
	}
	status, ok := in["Status"].(string)
	switch {
	case !ok || status == m.Status:
		say(w, 200, []string{})
	case !slices.Contains([]string{"new", "open", "stalled", "resolved", "rejected"}, status):
		say(w, 200, []string{fmt.Sprintf("Ticket %s: Status '%s' isn't a valid status for this ticket.", m.ID, status)})
	default:
		m.Status, m.Open = status, status != "resolved" && status != "rejected"
		t.touch(m)
		say(w, 200, []string{"Ticket: Status changed"})
	}
}

// Act has somebody comment a ticket or change its status.
func (t *RequestTracker) Act(m *Made, a Act) {
	t.touch(m)
	a.ID, a.Ticket, a.Was = t.last, m.ID, m.Status
	if a.Type == "Status" {
		m.Status, m.Open = a.Now, a.Now != "resolved" && a.Now != "rejected"
	}
	t.done = append(t.done, a)
}

// transactions are those after an id. Each has a type beside its Type: the order of the two is Perl's, which is any.
func (t *RequestTracker) transactions(w http.ResponseWriter, r *http.Request) {
	var terms []struct {
		Field, Operator string
		Value           any
	}
	if err := json.NewDecoder(r.Body).Decode(&terms); err != nil {
		say(w, 400, map[string]string{"message": "Invalid JSON"})
		return
	}
	after := 0.0
	for _, term := range terms {
		if v, ok := term.Value.(float64); ok && term.Field == "id" && term.Operator == ">" {
			after = v
		}
	}
	items := []json.RawMessage{}
	for i, a := range t.done {
		if float64(a.ID) <= after {
			continue
		}
		two := []string{`"type":"transaction"`, fmt.Sprintf(`"Type":%q`, a.Type)}
		if i%2 == 1 {
			slices.Reverse(two)
		}
		items = append(items, json.RawMessage(fmt.Sprintf(`{"id":"%d",%s,"OldValue":%q,"NewValue":%q,"Created":"2026-11-23T03:00:00Z","Creator":{"id":%q,"type":"user"},"ObjectId":%q,"ObjectType":"RT::Ticket"}`,
			a.ID, strings.Join(two, ","), a.Was, a.Now, a.By, a.Ticket)))
	}
	if r.URL.Query().Get("order") == "DESC" {
		slices.Reverse(items)
	}
	say(w, 200, map[string]any{"items": items, "pages": nil})
}

func (t *RequestTracker) words(w http.ResponseWriter, id string) {
	items := []map[string]string{}
	for _, a := range t.done {
		if fmt.Sprint(a.ID) == id {
			items = append(items, map[string]string{"ContentType": "text/plain", "Content": a.Text, "type": "attachment"})
		}
	}
	say(w, 200, map[string]any{"items": items})
}
