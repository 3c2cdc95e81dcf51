package rt

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
)

// Every is the pause between two questions.
func (s *Sink) Every() time.Duration { return s.m.Poll }

// A transaction is one thing that happened to a ticket: ObjectID is the ticket's, Creator who did it. Request Tracker
// writes two names that differ in case alone, in any order; without a field of its own each would be taken for the other.
type transaction struct {
	ID       text      `json:"id"`
	Kind     string    `json:"type"` // always "transaction"
	Type     string    `json:"Type"` // Comment, Status, ...
	OldValue text      `json:"OldValue"`
	NewValue text      `json:"NewValue"`
	Created  time.Time `json:"Created"`
	Creator  struct {
		ID text `json:"id"`
	} `json:"Creator"`
	ObjectID   text   `json:"ObjectId"`
	ObjectType string `json:"ObjectType"`
}

// perPoll is how many transactions are read at a time; more are read at the next question.
const perPoll = 50

// Poll reads the transactions after the cursor, which is the id of the last one read. At first it only finds the end:
// what happened before the sink was there is nobody's news.
func (s *Sink) Poll(ctx context.Context, cursor string) (heard []ticket.Heard, next string, err error) {
	if s.me == "" {
		if s.me, err = s.whoami(ctx); err != nil {
			return nil, cursor, err
		}
	}
	if cursor == "" || s.me == "" { // with no ticket of ours there is nothing to hear
		end, err := s.transactions(ctx, 0, "DESC", 1)
		if err != nil || len(end) == 0 {
			return nil, cursor, err
		}
		return nil, string(end[0].ID), nil
	}
	all, err := s.transactions(ctx, after(cursor), "ASC", perPoll)
	if err != nil {
		return nil, cursor, err
	}
	next = cursor
	for _, t := range all {
		h, ok := s.hear(t)
		if ok && h.What == ticket.HeardComment {
			if h.Text, err = s.words(ctx, string(t.ID)); err != nil {
				return heard, next, err
			}
		}
		if ok {
			heard = append(heard, h)
		}
		next = string(t.ID)
	}
	return heard, next, nil
}

// whoami is the name of the user that we are there: who made our tickets. Empty while there is none.
func (s *Sink) whoami(ctx context.Context) (string, error) {
	var page struct {
		Items *[]struct {
			Creator struct {
				ID text `json:"id"`
			} `json:"Creator"`
		} `json:"items"`
	}
	query := fmt.Sprintf("Queue = '%s' AND CF.{%s} LIKE 'nr-'", s.m.Settings["queue"], s.m.Settings["key_field"])
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/tickets", Into: &page, Query: url.Values{
		"query": {query}, "fields": {"Creator"}, "per_page": {"1"},
	}, Lacks: rest.Without("items", func() bool { return page.Items != nil })})
	if err != nil || len(*page.Items) == 0 {
		return "", err
	}
	return string((*page.Items)[0].Creator.ID), nil
}

func (s *Sink) transactions(ctx context.Context, after int64, order string, n int) ([]transaction, error) {
	var page struct {
		Items *[]transaction `json:"items"`
	}
	query := []map[string]any{
		{"field": "id", "operator": ">", "value": after},
		{"field": "ObjectType", "value": "RT::Ticket"},
	}
	body, err := json.Marshal(query)
	if err != nil {
		return nil, fmt.Errorf("ask for transactions: %w", err)
	}
	_, err = s.c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/transactions", Body: body, Type: "application/json", Into: &page, Query: url.Values{
		"fields": {"Type,OldValue,NewValue,Created,Creator,ObjectId,ObjectType"}, "orderby": {"id"}, "order": {order}, "per_page": {strconv.Itoa(n)},
	}, Lacks: func() string {
		if page.Items == nil {
			return "items"
		}
		if slices.ContainsFunc(*page.Items, func(t transaction) bool { return !number.MatchString(string(t.ID)) }) {
			return "number of a transaction"
		}
		return ""
	}})
	if err != nil {
		return nil, err
	}
	return *page.Items, nil
}

// hear is what a transaction means; ok is false for what nobody need know, and for our own.
func (s *Sink) hear(t transaction) (h ticket.Heard, ok bool) {
	if t.ObjectType != "RT::Ticket" || strings.EqualFold(string(t.Creator.ID), s.me) || t.Creator.ID == "RT_System" {
		return h, false
	}
	h = ticket.Heard{ID: string(t.ID), Remote: string(t.ObjectID), By: string(t.Creator.ID), At: t.Created}
	switch t.Type {
	case "Comment", "Correspond":
		h.What = ticket.HeardComment
	case "Status":
		was, is := s.closed[string(t.OldValue)], s.closed[string(t.NewValue)]
		switch {
		case !was && is:
			h.What = ticket.HeardClosed
		case was && !is:
			h.What = ticket.HeardReopened
		}
	case "Take", "Give", "Steal", "Force":
		h.What = ticket.HeardTaken
	}
	return h, h.What != ""
}

// A part is a text or picture of a transaction.
type part struct {
	ContentType string `json:"ContentType"`
	Content     string `json:"Content"`
}

// parts are those under a ticket or a transaction.
func (s *Sink) parts(ctx context.Context, of string, n int) ([]part, error) {
	var page struct {
		Items *[]part `json:"items"`
	}
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: of + "/attachments", Into: &page, Query: url.Values{
		"fields": {"ContentType,Content"}, "per_page": {strconv.Itoa(n)},
	}, Lacks: rest.Without("items", func() bool { return page.Items != nil })})
	if err != nil {
		return nil, err
	}
	return *page.Items, nil
}

// words is what a comment says: its first part of plain text.
func (s *Sink) words(ctx context.Context, transaction string) (string, error) {
	all, err := s.parts(ctx, "/transaction/"+transaction, 10)
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if a.ContentType == "text/plain" || a.ContentType == "text/html" {
			return a.Content, nil
		}
	}
	return "", nil
}

// Commented looks through the ticket's comments for the mark.
func (s *Sink) Commented(ctx context.Context, id, mark string) (bool, error) {
	all, err := s.parts(ctx, "/ticket/"+id, 100)
	return slices.ContainsFunc(all, func(a part) bool {
		return strings.HasPrefix(a.ContentType, "text/") && strings.Contains(a.Content, mark)
	}), err
}
