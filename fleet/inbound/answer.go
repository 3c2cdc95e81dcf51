package inbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// answersFor is how long a verdict stands in Alertmanager: without an end it would be gone after five minutes.
const answersFor = 24 * time.Hour

// ErrTooLate says that a verdict need not be told any more.
var ErrTooLate = errors.New("the verdict is too old to be told")

// Deliver sends the verdict on an alarm to where its source wants it, once. Its key stays the same over retries, and both
// receivers take the same verdict twice as one. Link leads to the alarm's page.
func (t *Target) Deliver(ctx context.Context, c *http.Client, a Alarm, link string, now time.Time) error {
	if a.Verdict == nil {
		return fmt.Errorf("alarm %s has no verdict", a.ID)
	}
	if t.Webhook != "" {
		body, err := json.Marshal(struct {
			Alarm
			Link string `json:"link"`
		}{a, link})
		if err != nil {
			return err
		}
		return webhook.Post(ctx, c, t.Webhook, t.secret, a.ID+"."+string(a.Verdict.State), now, "application/json", body)
	}
	return t.alert(ctx, c, a, link, now)
}

// labelName is what Alertmanager takes for the name of a label.
var labelName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// alert posts the verdict as an alert of its own (API v2): the alarm's labels, but its name. An alarm's own annotations could
// be replaced too, but whoever fires it puts them back within a minute.
func (t *Target) alert(ctx context.Context, c *http.Client, a Alarm, link string, now time.Time) error {
	labels := map[string]string{}
	for name, v := range a.Labels {
		if labelName.MatchString(name) && v != "" { // one that is neither makes Alertmanager refuse the whole
			labels[name] = v
		}
	}
	labels["alertname"], labels["alarm"], labels["alarm_id"], labels["verdict"] = "NightroundsVerdict", a.Name, a.ID, string(a.Verdict.State)
	labels["severity"] = "info"
	ends := a.Verdict.At.Add(answersFor)
	body, err := json.Marshal([]map[string]any{{
		"labels": labels, "annotations": map[string]string{"summary": a.Verdict.Says}, "generatorURL": link,
		"startsAt": a.Verdict.At.UTC().Format(time.RFC3339), "endsAt": ends.UTC().Format(time.RFC3339),
	}})
	if err != nil {
		return err
	}
	if !now.Before(ends) {
		return ErrTooLate
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Alertmanager+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return fmt.Errorf("answer to Alertmanager: %w", err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("answer to Alertmanager: it says %s: %.200q", res.Status, said)
	}
	return nil
}
