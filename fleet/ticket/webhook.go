package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// A Webhook posts each revision as a CloudEvents 1.0 event in structured mode, signed by Standard Webhooks. The
// event's id is the webhook-id: the revision's key.
type Webhook struct {
	url    string
	secret webhook.Secret
	client *http.Client
	now    func() time.Time
}

// NewWebhook posts to url. Now is the receiver's idea of time: the wall clock, also when a simulation runs faster.
func NewWebhook(url string, secret webhook.Secret, client *http.Client, now func() time.Time) *Webhook {
	return &Webhook{url, secret, client, now}
}

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// A cloudEvent is the JSON envelope of CloudEvents 1.0, section 3 of its JSON format.
type cloudEvent struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     string    `json:"subject"`
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype"`
	Data        Revision  `json:"data"`
}

// Deliver posts the revision once.
func (w *Webhook) Deliver(ctx context.Context, r Revision) error {
	body, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: r.Key(), Source: "/nightrounds/" + r.Site, Type: "io.nightrounds.ticket." + string(r.Ticket.State),
		Subject: r.Ticket.ID, Time: r.Ticket.UpdatedAt, ContentType: "application/json", Data: r,
	})
	if err != nil {
		return fmt.Errorf("ticket %s: %w", r.Ticket.ID, err)
	}
	return webhook.Post(ctx, w.client, w.url, w.secret, r.Key(), w.now(), "application/cloudevents+json", body)
}
