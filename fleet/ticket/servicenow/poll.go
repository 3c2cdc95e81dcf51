package servicenow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
)

// Every is the pause between two questions.
func (s *Sink) Every() time.Duration { return s.m.Poll }

// A cursor is up to when was read, and what stood in the last stretch: times have a resolution of a second, and rows
// appear a little late, so the stretch is read twice.
type cursor struct {
	Since  time.Time         `json:"since"`
	Seen   []string          `json:"seen,omitempty"`
	States map[string]string `json:"states,omitempty"` // of the tickets that were seen changing, by sys_id
}

// remembered bounds how many closed tickets are watched for being opened again.
const remembered = 500

// overlap is how much is read twice; perPoll how many rows at a time.
const (
	overlap = 30 * time.Second
	perPoll = 100
	stamp   = "2006-01-02 15:04:05" // UTC, as glide writes it
)

// An entry is a comment or work note.
type entry struct {
	SysID   string `json:"sys_id"`
	Element string `json:"element_id"`
	Value   string `json:"value"`
	By      string `json:"sys_created_by"`
	On      string `json:"sys_created_on"`
}

func (s *Sink) journal(ctx context.Context, query string, skip, n int) ([]entry, error) {
	return ask[[]entry](ctx, s.c, rest.Request{Method: http.MethodGet, Path: "/table/sys_journal_field", Query: url.Values{
		"sysparm_query": {query}, "sysparm_limit": {strconv.Itoa(n)}, "sysparm_offset": {strconv.Itoa(skip)}, "sysparm_fields": {"sys_id,element_id,value,sys_created_by,sys_created_on"},
	}})
}

// A change is an incident that somebody touched.
type change struct {
	row
	By string `json:"sys_updated_by"`
	On string `json:"sys_updated_on"`
}

// me is the user of the credentials, whose own changes are not heard; with a token or key it is settled by the marks in
// the comments and by the ticket's state here.
func (s *Sink) me() string {
	if !s.v.Has("user") {
		return ""
	}
	name, err := s.v.Get("user")
	if err != nil {
		return ""
	}
	return name
}

// Poll reads what changed since the cursor.
func (s *Sink) Poll(ctx context.Context, text string) (heard []ticket.Heard, next string, err error) {
	c := decode(text)
	if c.Since.IsZero() {
		b, err := json.Marshal(cursor{Since: s.carry.Now().UTC().Truncate(time.Second)})
		return nil, string(b), err
	}
	from := c.Since.Add(-overlap).UTC().Format(stamp)
	changes, all, err := pages(func(skip int) ([]change, error) {
		return ask[[]change](ctx, s.c, rest.Request{Method: http.MethodGet, Path: s.table(), Query: url.Values{
			"sysparm_query": {"correlation_idSTARTSWITHnr-^sys_updated_on>=" + from + "^ORDERBYsys_updated_on^ORDERBYsys_id"}, "sysparm_limit": {strconv.Itoa(perPoll)},
			"sysparm_offset": {strconv.Itoa(skip)}, "sysparm_fields": {columns + ",sys_updated_by,sys_updated_on"}, "sysparm_exclude_reference_link": {"true"},
		}})
	})
	if err != nil {
		return nil, text, err
	}
	query := "name=" + s.m.Settings["table"] + "^elementINcomments,work_notes^sys_created_on>=" + from + "^ORDERBYsys_created_on^ORDERBYsys_id"
	entries, allEntries, err := pages(func(skip int) ([]entry, error) { return s.journal(ctx, query, skip, perPoll) })
	if err != nil {
		return nil, text, err
	}
	out := cursor{Since: c.Since, States: c.States}
	heard = append(heard, s.closures(changes, &out)...)
	heard = append(heard, s.comments(entries, c, &out)...)
	if !all { // the next question begins where this one ended
		out.Since = earlier(out.Since, changes[len(changes)-1].On)
	}
	if !allEntries {
		out.Since = earlier(out.Since, entries[len(entries)-1].On)
	}
	for _, e := range entries { // of those that are read again
		if e.On >= out.Since.Add(-overlap).UTC().Format(stamp) {
			out.Seen = append(out.Seen, e.SysID)
		}
	}
	b, err := json.Marshal(out)
	return heard, string(b), err
}

// closures are the state changes of others.
func (s *Sink) closures(changes []change, c *cursor) []ticket.Heard {
	states := map[string]string{}
	for id, is := range c.States {
		if is == string(ticket.Closed) && len(states) < remembered {
			states[id] = is
		}
	}
	var out []ticket.Heard
	for _, ch := range changes {
		at, err := time.Parse(stamp, ch.On)
		if err != nil || !sysID.MatchString(ch.SysID) {
			continue
		}
		c.Since = later(c.Since, at)
		is := string(remote(ch.row).State)
		states[ch.SysID] = is
		if c.States[ch.SysID] == is || ch.By == s.me() {
			continue
		}
		h := ticket.Heard{ID: fmt.Sprintf("%s/%s/%s", ch.SysID, is, ch.On), Remote: ch.SysID, Key: ch.CorrelationID, By: ch.By, At: at, What: ticket.HeardClosed}
		if is == string(ticket.Open) {
			if c.States[ch.SysID] == "" {
				continue // it was touched, and is as open as it was
			}
			h.What = ticket.HeardReopened
		}
		out = append(out, h)
	}
	c.States = states
	return out
}

// comments are what others wrote.
func (s *Sink) comments(entries []entry, was cursor, c *cursor) []ticket.Heard {
	var out []ticket.Heard
	for _, e := range entries {
		at, err := time.Parse(stamp, e.On)
		if err != nil || !sysID.MatchString(e.Element) {
			continue
		}
		c.Since = later(c.Since, at)
		if slices.Contains(was.Seen, e.SysID) || e.By == s.me() || ticket.Marked(e.Value) {
			continue
		}
		out = append(out, ticket.Heard{ID: e.SysID, Remote: e.Element, What: ticket.HeardComment, By: e.By, Text: e.Value, At: at})
	}
	return out
}

// mostPages is how many pages are read at one question.
const mostPages = 20

// pages reads rows page by page; all is false where there are more than are read at one question.
func pages[T any](read func(skip int) ([]T, error)) (rows []T, all bool, err error) {
	for range mostPages {
		page, err := read(len(rows))
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, page...)
		if len(page) < perPoll {
			return rows, true, nil
		}
	}
	return rows, false, nil
}

// earlier is the earlier of a time and of one as glide writes it.
func earlier(a time.Time, on string) time.Time {
	if b, err := time.Parse(stamp, on); err == nil && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
