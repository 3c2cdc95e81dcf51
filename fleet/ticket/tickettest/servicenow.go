package tickettest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServiceNow is an instance with a table of incidents. Its correlation_id is not unique; fields that it does not know it
// drops; a query of a field that it does not know returns every row; resolving needs a code and notes.
type ServiceNow struct {
	Now   func() time.Time
	User  string // of the credentials; anybody else is refused
	Auth  string // the header that is let in
	Made  []*Made
	Notes []Note
	// DropsKey has the instance drop correlation_id, as a strict ACL on the field does.
	DropsKey bool
}

// A Note is a row of sys_journal_field.
type Note struct {
	ID, Element, Value, By string
	At                     time.Time
}

// The times of rows are of a second, in UTC, without a zone.
const glide = "2006-01-02 15:04:05"

var incidentFields = regexp.MustCompile(`^(short_description|description|caller_id|category|urgency|impact|assignment_group|cmdb_ci|contact_type|correlation_id|correlation_display|state|close_code|close_notes|work_notes|comments)$`)

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *ServiceNow) fail(w http.ResponseWriter, status int, message, detail string) {
	say(w, status, map[string]any{"error": map[string]string{"message": message, "detail": detail}, "status": "failure"})
}

// ServeHTTP is the instance.
func (s *ServiceNow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != s.Auth {
		s.fail(w, http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/now")
	id, one := strings.CutPrefix(path, "/table/incident/")
	switch {
	case r.Method == http.MethodPost && path == "/table/incident":
		s.create(w, r)
	case r.Method == http.MethodGet && path == "/table/incident":
		s.find(w, r)
	case one && r.Method == http.MethodGet:
		if m := s.by(id); m != nil {
			say(w, 200, map[string]any{"result": s.row(m)})
			return
		}
		s.fail(w, 404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
	case one && r.Method == http.MethodPatch:
		s.patch(w, r, id)
	case path == "/table/sys_journal_field":
		s.journal(w, r)
	case path == "/attachment/file" && r.Method == http.MethodPost:
		s.attach(w, r)
	case path == "/attachment":
		files := []map[string]string{}
		if m := s.by(strings.TrimPrefix(r.URL.Query().Get("sysparm_query"), "table_sys_id=")); m != nil {
			for _, f := range m.Files {
				files = append(files, map[string]string{"file_name": f})
			}
		}
		say(w, 200, map[string]any{"result": files})
	default:
		s.fail(w, 400, "Requested URI does not represent any resource", path)
	}
}

func (s *ServiceNow) by(id string) *Made {
	for _, m := range s.Made {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (s *ServiceNow) row(m *Made) map[string]string {
	return map[string]string{
		"sys_id": m.ID, "number": "INC" + m.ID[25:], "state": m.Status, "correlation_id": m.Key,
		"sys_updated_by": m.Fields["sys_updated_by"], "sys_updated_on": m.Fields["sys_updated_on"],
	}
}

func (s *ServiceNow) create(w http.ResponseWriter, r *http.Request) {
	m := &Made{ID: fmt.Sprintf("%032x", len(s.Made)+1), Status: "1", Open: true, Fields: map[string]string{}}
	if s.write(w, r, m, s.User) {
		s.Made = append(s.Made, m)
		say(w, 201, map[string]any{"result": s.row(m)})
	}
}

func (s *ServiceNow) patch(w http.ResponseWriter, r *http.Request, id string) {
	m := s.by(id)
	if m == nil {
		s.fail(w, 404, "No Record found", "")
		return
	}
	if s.write(w, r, m, s.User) {
		say(w, 200, map[string]any{"result": s.row(m)})
	}
}

func (s *ServiceNow) write(w http.ResponseWriter, r *http.Request, m *Made, by string) bool {
	var in map[string]string
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.fail(w, 400, "Exception while reading request", "")
		return false
	}
	if err := s.Set(m, in, by); err != nil {
		s.fail(w, 403, "Operation Failed", err.Error())
		return false
	}
	return true
}

// Set writes fields as a user does.
func (s *ServiceNow) Set(m *Made, in map[string]string, by string) error {
	if in["state"] == "6" && (in["close_code"] == "" || in["close_notes"] == "") {
		return fmt.Errorf("Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes") //nolint:staticcheck // its words
	}
	if m.Status == "7" {
		return fmt.Errorf("Operation against file 'incident' was aborted by Business Rule") //nolint:staticcheck // its words
	}
	for name, v := range in {
		switch {
		case !incidentFields.MatchString(name) || name == "correlation_id" && s.DropsKey:
		case name == "work_notes" || name == "comments":
			m.Comments = append(m.Comments, v)
			s.Notes = append(s.Notes, Note{fmt.Sprintf("%032x", 1<<20+len(s.Notes)), m.ID, v, by, s.Now()})
		case name == "state":
			m.Status, m.Open = v, v != "6" && v != "7" && v != "8"
		case name == "correlation_id":
			m.Key = v
		default:
			m.Fields[name] = v
		}
	}
	m.Fields["sys_updated_by"], m.Fields["sys_updated_on"] = by, s.Now().UTC().Format(glide)
	return nil
}

// find answers a query of terms joined by ^; a term of a field that there is none of is ignored.
func (s *ServiceNow) find(w http.ResponseWriter, r *http.Request) {
	rows := []map[string]string{}
	for _, m := range s.Made {
		fits := true
		for term := range strings.SplitSeq(r.URL.Query().Get("sysparm_query"), "^") {
			if v, ok := strings.CutPrefix(term, "correlation_id="); ok {
				fits = fits && m.Key == v
			}
			if v, ok := strings.CutPrefix(term, "correlation_idSTARTSWITH"); ok {
				fits = fits && strings.HasPrefix(m.Key, v)
			}
			if v, ok := strings.CutPrefix(term, "sys_updated_on>="); ok {
				fits = fits && m.Fields["sys_updated_on"] >= v
			}
		}
		if fits {
			rows = append(rows, s.row(m))
		}
	}
	if strings.Contains(r.URL.Query().Get("sysparm_query"), "^ORDERBYsys_updated_on") {
		slices.SortStableFunc(rows, func(a, b map[string]string) int { return strings.Compare(a["sys_updated_on"], b["sys_updated_on"]) })
	}
	say(w, 200, map[string]any{"result": page(rows, r)})
}

func (s *ServiceNow) journal(w http.ResponseWriter, r *http.Request) {
	rows := []map[string]string{}
	query := r.URL.Query().Get("sysparm_query")
	for _, n := range s.Notes {
		fits := true
		for term := range strings.SplitSeq(query, "^") {
			if v, ok := strings.CutPrefix(term, "element_id="); ok {
				fits = fits && n.Element == v
			}
			if v, ok := strings.CutPrefix(term, "sys_created_on>="); ok {
				fits = fits && n.At.UTC().Format(glide) >= v
			}
		}
		if fits {
			rows = append(rows, map[string]string{
				"sys_id": n.ID, "element_id": n.Element, "value": n.Value, "sys_created_by": n.By, "sys_created_on": n.At.UTC().Format(glide),
			})
		}
	}
	say(w, 200, map[string]any{"result": page(rows, r)})
}

// page is what of the rows a request asks for: sysparm_limit from sysparm_offset on.
func page(rows []map[string]string, r *http.Request) []map[string]string {
	if n, err := strconv.Atoi(r.URL.Query().Get("sysparm_offset")); err == nil {
		rows = rows[min(max(n, 0), len(rows)):]
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("sysparm_limit")); err == nil {
		rows = rows[:min(max(n, 0), len(rows))]
	}
	return rows
}

func (s *ServiceNow) attach(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	m := s.by(q.Get("table_sys_id"))
	b, err := io.ReadAll(r.Body)
	if m == nil || q.Get("table_name") != "incident" || q.Get("file_name") == "" || len(b) == 0 || err != nil || r.Header.Get("Content-Type") == "" {
		s.fail(w, 400, "Invalid attachment", "")
		return
	}
	m.Files = append(m.Files, q.Get("file_name"))
	say(w, 201, map[string]any{"result": map[string]string{"file_name": q.Get("file_name")}})
}
