// Package signed posts tickets to a receiver of your own: each revision one CloudEvents 1.0 event in structured mode,
// signed by Standard Webhooks 1.0.0. The event's id is the webhook-id, the same over all tries: the receiver's key
// against doing anything twice. Any 2xx is a yes, as the standard has it, but a page of HTML: that is somebody else's.
package signed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// Kind is what a mapping file of this sink may say. The body is the revision itself: it has no fields to set.
var Kind = mapping.Kind{Name: "webhook", Schemes: []string{"https", "http"}, Credentials: [][]string{{"secret"}}}

// A Sink posts revisions to one address.
type Sink struct {
	name   string
	url    string
	secret func() (webhook.Secret, error)
	client *http.Client
	now    func() time.Time
}

// New makes a sink of a mapping. Now is the receiver's idea of time: the wall clock, also when a simulation runs faster.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	return &Sink{m.Name, m.URLs[0], func() (webhook.Secret, error) {
		text, err := v.Get("secret")
		if err != nil {
			return nil, err
		}
		return webhook.ParseSecret(text)
	}, client, now}
}

// To posts to an address under one secret; the sink's name is "webhook".
func To(url string, secret webhook.Secret, client *http.Client, now func() time.Time) *Sink {
	return &Sink{"webhook", url, func() (webhook.Secret, error) { return secret, nil }, client, now}
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.name }

// A cloudEvent is the JSON envelope of CloudEvents 1.0, section 3 of its JSON format.
type cloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        time.Time       `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        ticket.Revision `json:"data"`
}

// Deliver posts the revision once.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, _ ticket.Note) (ticket.Delivery, error) {
	secret, err := s.secret()
	if err != nil {
		return d, err
	}
	r.Ticket.Sinks, r.Ticket.Problems = nil, map[string]string{} // what other systems said is nobody else's
	body, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: r.Key(), Source: "/nightrounds/" + r.Site, Type: "io.nightrounds.ticket." + string(r.Ticket.State),
		Subject: r.Ticket.ID, Time: r.Ticket.UpdatedAt, ContentType: "application/json", Data: r,
	})
	if err != nil {
		return d, fmt.Errorf("ticket %s: %w", r.Ticket.ID, err)
	}
	reply, err := webhook.Ask(ctx, s.client, s.url, secret, r.Key(), s.now(), "application/cloudevents+json", body)
	if err != nil {
		return d, err
	}
	if rest.IsPage(nil, reply) {
		return d, ticket.Refused("a page for people answered instead of the receiver: %q", reply[:min(len(reply), maxQuoted)])
	}
	d.Told = len(r.Fault.Timeline)
	return ticket.Took(d, r.Ticket.Revision), nil
}

// maxQuoted is how much of a page is repeated, in bytes.
const maxQuoted = 300
