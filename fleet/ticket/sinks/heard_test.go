package sinks_test

import (
	"net/http"
	"testing"

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
