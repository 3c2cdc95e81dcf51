package pagerduty

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
)

// Signature is the header of a V3 webhook: v1= and the hex HMAC-SHA256 of the body, once for each secret.
const Signature = "X-PagerDuty-Signature"

// messageID is the header that stays the same over the tries of one message.
const messageID = "X-Webhook-Id"

// oldest is the age from which an event is refused: PagerDuty tries for 48 h, and its signature has no time in it.
const oldest = 72 * time.Hour

// Hear reads one webhook.
func (s *Sink) Hear(h http.Header, body []byte, now time.Time) (id string, heard []ticket.Heard, err error) {
	if !s.v.Has("webhook_secret") {
		return "", nil, errors.New("no webhook is expected: the sink names no webhook_secret")
	}
	secret, err := s.v.Get("webhook_secret")
	if err != nil {
		return "", nil, err
	}
	if !Signed(secret, h.Get(Signature), body) {
		return "", nil, fmt.Errorf("%s: matches no signature of our secret", Signature)
	}
	e, err := parse(body)
	if err != nil {
		return "", nil, err
	}
	if now.Sub(e.At) > oldest {
		return "", nil, fmt.Errorf("occurred_at %s: older than %s", e.At.Format(time.RFC3339), oldest)
	}
	if id = h.Get(messageID); id == "" {
		id = e.ID
	}
	if one, ok := e.heard(); ok {
		heard = append(heard, one)
	}
	return id, heard, nil
}

// Sign is the value of the signature header for a body.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Signed says whether one of the signatures in the header is the body's.
func Signed(secret, header string, body []byte) bool {
	want := []byte(Sign(secret, body))
	for _, got := range strings.Split(header, ",") {
		if hmac.Equal([]byte(strings.TrimSpace(got)), want) {
			return true
		}
	}
	return false
}

// A message is a webhook's event.
type message struct {
	ID    string    `json:"id"`
	Type  string    `json:"event_type"`
	At    time.Time `json:"occurred_at"`
	Agent *struct {
		Type    string `json:"type"`
		Summary string `json:"summary"`
	} `json:"agent"`
	Data struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Key      string `json:"incident_key"`
		Content  string `json:"content"` // of a note
		Incident struct {
			ID string `json:"id"`
		} `json:"incident"` // that a note is of
	} `json:"data"`
}

func parse(body []byte) (message, error) {
	var in struct {
		Event message `json:"event"`
	}
	if err := rest.Decode(body, &in); err != nil {
		return message{}, fmt.Errorf("webhook: %w", err)
	}
	if in.Event.ID == "" || in.Event.Type == "" || in.Event.At.IsZero() {
		return message{}, errors.New("webhook: event without id, event_type or occurred_at")
	}
	return in.Event, nil
}

// heard is what an event means; ok is false for what no person did, but for the name of a new incident.
func (e message) heard() (h ticket.Heard, ok bool) {
	h = ticket.Heard{ID: e.ID, Remote: e.Data.ID, Key: e.Data.Key, At: e.At}
	if e.Type == "incident.triggered" {
		h.What = ticket.HeardNamed
		return h, h.Key != ""
	}
	if e.Agent == nil || e.Agent.Type != "user_reference" {
		return h, false // our own events come back as the integration's
	}
	h.By = e.Agent.Summary
	switch e.Type {
	case "incident.resolved":
		h.What = ticket.HeardClosed
	case "incident.reopened":
		h.What = ticket.HeardReopened
	case "incident.acknowledged", "incident.reassigned", "incident.delegated":
		h.What = ticket.HeardTaken
	case "incident.annotated":
		h.What, h.Text, h.Remote = ticket.HeardComment, e.Data.Content, e.Data.Incident.ID
	}
	return h, h.What != "" && (h.Remote != "" || h.Key != "")
}
