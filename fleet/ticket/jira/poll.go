package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
)

// Every is the pause between two questions.
func (s *Sink) Every() time.Duration { return s.m.Poll }

// A cursor is up to when was read, and what was read of the last stretch: the search lags behind and its times have a
// resolution of a minute, so the stretch is read again.
type cursor struct {
	Since time.Time         `json:"since"`
	Seen  []string          `json:"seen,omitempty"`
	Read  map[string]string `json:"read,omitempty"` // issues of that stretch: when they were touched last, as Jira writes it
}

// overlap is how much is read again; perPoll how many issues are read at a time, of perPage that a page of a search names and mostPages pages; mostSeen how
// much of what was read is remembered.
const (
	overlap   = 5 * time.Minute
	perPoll   = 50
	perPage   = 100
	mostPages = 40
	mostSeen  = 1000
	stamp     = "2006-01-02T15:04:05.000-0700"
)

// A person did something.
type person struct {
	AccountID   string `json:"accountId"`
	DisplayName string `json:"displayName"`
}

// A history is one change of an issue; a comment what somebody wrote.
type history struct {
	ID      string `json:"id"`
	Author  person `json:"author"`
	Created string `json:"created"`
	Items   []struct {
		Field string `json:"field"`
		From  string `json:"from"` // ids of statuses
		To    string `json:"to"`
	} `json:"items"`
}

type comment struct {
	ID      string `json:"id"`
	Author  person `json:"author"`
	Created string `json:"created"`
	Body    doc    `json:"body"`
}

// Poll reads the changes and comments of the issues that were touched since the cursor.
func (s *Sink) Poll(ctx context.Context, text string) (heard []ticket.Heard, next string, err error) {
	var c cursor
	if json.Unmarshal([]byte(text), &c) != nil || c.Since.IsZero() {
		b, err := json.Marshal(cursor{Since: s.carry.Now().UTC()})
		return nil, string(b), err
	}
	if s.me == "" {
		if s.me, err = s.whoami(ctx); err != nil {
			return nil, text, err
		}
	}
	now := s.carry.Now().UTC()
	minutes := int(now.Sub(c.Since.Add(-overlap)).Minutes()) + 1 // relative: JQL reads times in the user's zone
	jql := fmt.Sprintf(`project = "%s" AND updated >= -%dm ORDER BY updated ASC`, s.m.Settings["project"], minutes)
	issues, whole, err := s.touched(ctx, jql, c.Read)
	if err != nil {
		return nil, text, err
	}
	out := cursor{Since: now, Seen: c.Seen, Read: map[string]string{}}
	if !whole { // there are more: the next question begins where this one ended
		if at, err := time.Parse(stamp, issues[len(issues)-1].Fields.Updated); err == nil {
			out.Since = at.UTC()
		}
	}
	for _, i := range issues {
		out.Read[i.ID] = i.Fields.Updated
		if c.Read[i.ID] == i.Fields.Updated {
			continue
		}
		more, err := s.ofIssue(ctx, i, c.Since.Add(-overlap))
		if err != nil {
			return nil, text, err
		}
		for _, h := range more {
			if !slices.Contains(out.Seen, h.ID) {
				out.Seen, heard = append(out.Seen, h.ID), append(heard, h)
			}
		}
	}
	out.Seen = out.Seen[max(0, len(out.Seen)-mostSeen):]
	b, err := json.Marshal(out)
	return heard, string(b), err
}

// touched are the issues that a search finds, up to perPoll of those that are not read yet; whole is false where there are more.
func (s *Sink) touched(ctx context.Context, jql string, read map[string]string) (out []issue, whole bool, err error) {
	token, fresh := "", 0
	for range mostPages {
		page, next, err := s.page(ctx, jql, "labels,status,updated", token, perPage)
		if err != nil {
			return nil, false, err
		}
		for _, i := range page {
			if i.keyOf() == "" || !number.MatchString(i.ID) {
				continue
			}
			if read[i.ID] != i.Fields.Updated {
				if fresh++; fresh > perPoll {
					return out, false, nil
				}
			}
			out = append(out, i)
		}
		if next == "" || len(page) == 0 {
			return out, true, nil
		}
		token = next
	}
	return out, len(out) == 0, nil
}

func (s *Sink) whoami(ctx context.Context) (string, error) {
	var me person
	_, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/myself", Into: &me})
	if err == nil && me.AccountID == "" {
		return "", ticket.Refused("Jira does not say who we are: /myself without accountId")
	}
	return me.AccountID, err
}

// ofIssue is what others did to an issue since a time.
func (s *Sink) ofIssue(ctx context.Context, i issue, since time.Time) ([]ticket.Heard, error) {
	var changes struct {
		Values *[]history `json:"values"`
	}
	var comments struct {
		Comments *[]comment `json:"comments"`
	}
	if _, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/issue/" + i.ID + "/changelog", Into: &changes,
		Lacks: rest.Without("values", func() bool { return changes.Values != nil })}); err != nil {
		return nil, err
	}
	if _, err := s.c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: "/issue/" + i.ID + "/comment", Into: &comments, Query: url.Values{"orderBy": {"-created"}},
		Lacks: rest.Without("comments", func() bool { return comments.Comments != nil })}); err != nil {
		return nil, err
	}
	var out []ticket.Heard
	for _, h := range *changes.Values {
		at, err := time.Parse(stamp, h.Created)
		if err != nil || at.Before(since) || h.Author.AccountID == s.me {
			continue
		}
		if what := s.meaning(h, i); what != "" {
			out = append(out, ticket.Heard{ID: i.ID + "/h" + h.ID, Remote: i.ID, What: what, By: h.Author.DisplayName, At: at})
		}
	}
	for _, c := range *comments.Comments {
		at, err := time.Parse(stamp, c.Created)
		text := c.Body.plain(0)
		if err != nil || at.Before(since) || c.Author.AccountID == s.me || ticket.Marked(text) {
			continue
		}
		out = append(out, ticket.Heard{ID: i.ID + "/c" + c.ID, Remote: i.ID, What: ticket.HeardComment, By: c.Author.DisplayName, Text: text, At: at})
	}
	slices.SortStableFunc(out, func(a, b ticket.Heard) int { return a.At.Compare(b.At) })
	return out, nil
}

// meaning reads a change: Jira sets the resolution when an issue is done, and clears it when it is opened again; a
// workflow without resolutions is told by where the issue stands now.
func (s *Sink) meaning(h history, i issue) string {
	for _, item := range h.Items {
		switch {
		case item.Field == "resolution" && item.To != "" && item.From == "":
			return ticket.HeardClosed
		case item.Field == "resolution" && item.To == "" && item.From != "":
			return ticket.HeardReopened
		}
	}
	for _, item := range h.Items {
		switch {
		case item.Field == "status" && i.Fields.Status.Category.Key == "done":
			return ticket.HeardClosed
		case item.Field == "assignee" && item.To != "":
			return ticket.HeardTaken
		}
	}
	return ""
}

// Commented looks through the issue's comments for the mark.
func (s *Sink) Commented(ctx context.Context, id, mark string) (bool, error) {
	var page struct {
		Comments *[]comment `json:"comments"`
	}
	_, err := s.c.Ask(ctx, rest.Request{
		Method: http.MethodGet, Path: "/issue/" + id + "/comment", Into: &page, Query: url.Values{"orderBy": {"-created"}, "maxResults": {"100"}},
		Lacks: rest.Without("comments", func() bool { return page.Comments != nil }),
	})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(*page.Comments, func(c comment) bool { return strings.Contains(c.Body.plain(0), mark) }), nil
}
