package sinks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

// TestRequestTrackerIsHeardInWhateverOrderItWrites: a transaction has a type and a Type, and which of them comes first
// differs from answer to answer. Each of four acts is heard, once.
func TestRequestTrackerIsHeardInWhateverOrderItWrites(t *testing.T) {
	s := tickettest.NewSite(1)
	rt := &tickettest.RequestTracker{Auth: "token " + tickettest.Token, Field: "FaultKey"}
	use(t, s, "rt", tickettest.Systems()["rt"].File, &http.Client{Transport: &tickettest.Trouble{Handler: rt, Now: s.Now, Next: calm}}, s.Now)
	s.Open()
	s.Step(t.Context())
	m := rt.Made[0]
	p := s.Sink.(ticket.Poller)
	rt.Act(m, tickettest.Act{Type: "Comment", By: "nightrounds", Text: "our own"})
	_, cursor, err := p.Poll(t.Context(), "")
	if err != nil || cursor == "" {
		t.Fatalf("the end of what happened: %q, %v", cursor, err)
	}
	for _, a := range []tickettest.Act{
		{Type: "Comment", By: "ann", Text: "ordered a disk"}, {Type: "Status", By: "ann", Now: "resolved"},
		{Type: "Status", By: "ann", Now: "open"}, {Type: "Correspond", By: "bob", Text: "which bay?"}, {Type: "Comment", By: "nightrounds", Text: "our own"},
	} {
		rt.Act(m, a)
	}
	heard, next, err := p.Poll(t.Context(), cursor)
	if err != nil || len(heard) != 4 {
		t.Fatalf("heard %+v, %v", heard, err)
	}
	for i, want := range []ticket.Heard{
		{What: ticket.HeardComment, By: "ann", Text: "ordered a disk"}, {What: ticket.HeardClosed, By: "ann"},
		{What: ticket.HeardReopened, By: "ann"}, {What: ticket.HeardComment, By: "bob", Text: "which bay?"},
	} {
		if got := heard[i]; got.What != want.What || got.By != want.By || got.Text != want.Text || got.Remote != m.ID {
			t.Errorf("heard %+v, want %+v", got, want)
		}
	}
	if again, _, err := p.Poll(t.Context(), next); err != nil || len(again) != 0 {
		t.Errorf("heard twice: %+v, %v", again, err)
	}
}

// TestServiceNowIsHeardAfterADayInWhichMuchWasWritten: others write hundreds of notes, some of them within one second, and what
// somebody wrote on our ticket stands among them.
func TestServiceNowIsHeardAfterADayInWhichMuchWasWritten(t *testing.T) {
	s := tickettest.NewSite(1)
	sn := &tickettest.ServiceNow{Now: s.Now, User: "robot@test.example", Auth: tickettest.Basic()}
	use(t, s, "servicenow", tickettest.Systems()["servicenow"].File, &http.Client{Transport: &tickettest.Trouble{Handler: sn, Now: s.Now, Next: calm}}, s.Now)
	s.Open()
	s.Step(t.Context())
	p := s.Sink.(ticket.Poller)
	_, cursor, err := p.Poll(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	other := &tickettest.Made{ID: strings.Repeat("f", 32), Status: "2", Open: true, Fields: map[string]string{}}
	note := func(m *tickettest.Made, text, by string) {
		if err := sn.Set(m, map[string]string{"work_notes": text}, by); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 450 {
		if i%150 == 0 {
			s.At = s.At.Add(8 * time.Hour)
		}
		note(other, "of something else", "bob")
	}
	note(sn.Made[0], "ordered a disk", "ann")
	s.At = s.At.Add(time.Hour)
	note(sn.Made[0], "disk is here", "ann")
	said := map[string]int{}
	for range 3 {
		var heard []ticket.Heard
		if heard, cursor, err = p.Poll(t.Context(), cursor); err != nil {
			t.Fatal(err)
		}
		for _, h := range heard {
			if h.Remote == sn.Made[0].ID && h.What == ticket.HeardComment {
				said[h.Text]++
			}
		}
	}
	if said["ordered a disk"] != 1 || said["disk is here"] != 1 {
		t.Errorf("heard %v", said)
	}
}

// TestJiraIsHeardAfterManyIssuesWereTouchedAtOnce: two hundred are closed with one stroke, and then one more is commented.
func TestJiraIsHeardAfterManyIssuesWereTouchedAtOnce(t *testing.T) {
	s := tickettest.NewSite(1)
	j := &tickettest.Jira{Now: s.Now, Auth: tickettest.Basic()}
	use(t, s, "jira", tickettest.Systems()["jira"].File, &http.Client{Transport: &tickettest.Trouble{Handler: j, Now: s.Now, Next: calm}}, s.Now)
	for range 201 {
		s.Open()
	}
	for i := 0; len(j.Made) < 201 && i < 1000; i++ {
		s.Step(t.Context())
		s.At = s.At.Add(time.Minute)
	}
	s.At = s.At.Add(time.Hour)
	p := s.Sink.(ticket.Poller)
	_, cursor, err := p.Poll(t.Context(), "")
	if err != nil || len(j.Made) != 201 {
		t.Fatalf("%d issues, %v", len(j.Made), err)
	}
	s.At = s.At.Add(10 * time.Minute)
	for _, m := range j.Made[:200] {
		j.Move(m, "ann", false)
	}
	s.At = s.At.Add(time.Minute)
	j.Say(j.Made[200], "bob", "ordered a disk")
	heard := map[string]int{}
	for range 10 {
		s.At = s.At.Add(time.Minute)
		var fresh []ticket.Heard
		if fresh, cursor, err = p.Poll(t.Context(), cursor); err != nil {
			t.Fatal(err)
		}
		for _, h := range fresh {
			heard[h.What]++
		}
	}
	if heard[ticket.HeardClosed] != 200 || heard[ticket.HeardComment] != 1 {
		t.Errorf("heard %v", heard)
	}
}
