package ticket_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// A slowDesk takes a comment and says, after all, that it took too long.
type slowDesk struct {
	ticket.Desk
	key      string
	comments int
}

func (d *slowDesk) Read(context.Context, string) (ticket.Remote, error) {
	return ticket.Remote{ID: "1", Number: "1", Key: d.key, State: ticket.Open}, nil
}
func (d *slowDesk) Update(context.Context, ticket.Remote, ticket.Revision) error { return nil }
func (d *slowDesk) Commented(context.Context, string, string) (bool, error) {
	return d.comments > 0, nil
}

func (d *slowDesk) Comment(context.Context, string, string) error {
	d.comments++
	return &ticket.Refusal{Status: http.StatusRequestTimeout, Said: "answered 408"}
}

func TestACommentThatTookTooLongIsLookedForBeforeItIsMadeAgain(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	f := fault.Noted(fault.Fault{ID: "F-0001", State: fault.Ticketed}, now, "a disk is amber")
	of, _ := ticket.Of(f, ticket.Ticket{}, "")
	r := ticket.Revision{Site: "s", Ticket: of, Fault: f}
	desk := &slowDesk{key: r.TicketKey()}
	c := ticket.Carrier{Sink: "x", Desk: desk, Doubt: time.Minute, Now: func() time.Time { return now }}
	d := ticket.Delivery{Remote: "1", Number: "1"}
	for range 3 {
		d, _ = c.Carry(t.Context(), r, d, func(context.Context, ticket.Delivery) error { return nil })
		now = now.Add(10 * time.Minute)
	}
	if desk.comments != 1 || d.Done != of.Revision {
		t.Errorf("%d comments, revision %d is there", desk.comments, d.Done)
	}
}
