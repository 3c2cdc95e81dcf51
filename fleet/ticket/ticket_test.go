package ticket_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/signed"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

var night = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func TestOneTicketThroughAFaultsLife(t *testing.T) {
	f := fault.Fault{ID: "F-7", State: fault.Confirmed, Rack: "A03", Unit: 12, Device: "A03-u12", Cause: "disk 3 shows amber", UpdatedAt: night}
	opened, isNew := ticket.Of(f, ticket.Ticket{}, "asset-1")
	if !isNew || opened.ID != "T-7" || opened.State != ticket.Open || opened.Revision != 1 || opened.AssetTag != "asset-1" {
		t.Fatalf("opened %+v", opened)
	}
	f.State = fault.Remediating
	if _, isNew := ticket.Of(f, opened, "asset-1"); isNew {
		t.Fatal("a step of the repair is a revision of the ticket")
	}
	f.State, f.ResolvedAt, f.After = fault.Resolved, &night, []wire.EvidenceRef{{SHA256: "bb"}}
	closed, isNew := ticket.Of(f, opened, "asset-1")
	if !isNew || closed.State != ticket.Closed || closed.Revision != 2 || closed.ID != opened.ID || len(closed.After) != 1 {
		t.Fatalf("closed %+v", closed)
	}
	f.State, f.ResolvedAt, f.After = fault.Confirmed, nil, nil
	if again, isNew := ticket.Of(f, closed, "asset-1"); !isNew || again.State != ticket.Open || again.Revision != 3 || again.ID != opened.ID {
		t.Fatalf("reopened %+v", again)
	}
}

func TestWebhookCarriesASignedCloudEvent(t *testing.T) {
	secret := webhook.Secret("0123456789abcdef0123456789abcdef")
	var event struct {
		ID, SpecVersion, Type, Source string
		Data                          ticket.Revision
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = secret.Verify(r.Header, body, night)
		}
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if err != nil || r.Header.Get("webhook-id") != event.ID {
			http.Error(w, "no", http.StatusBadRequest)
		}
	}))
	defer receiver.Close()
	sink := signed.To(receiver.URL, secret, receiver.Client(), func() time.Time { return night })
	r := ticket.Revision{Site: "sample", Ticket: ticket.Ticket{ID: "T-7", State: ticket.Open, Revision: 1}, Fault: fault.Fault{ID: "F-7"}}
	forget := func(context.Context, ticket.Delivery) error { return nil }
	d, err := sink.Deliver(t.Context(), r, ticket.Delivery{}, forget)
	if err != nil || d.Done != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	if event.ID != "T-7.1" || event.SpecVersion != "1.0" || event.Type != "io.nightrounds.ticket.open" || event.Data.Fault.ID != "F-7" {
		t.Fatalf("event %+v", event)
	}
}
