package inbound

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
)

// The bounds of one message.
const (
	maxBody   = 1 << 20 // bytes
	maxAlarms = 200     // in one message
	maxLabels = 64      // of one alarm
	maxText   = 1024    // bytes of a label or summary
)

// ParseAlertmanager reads a webhook message of Alertmanager, version 4 (prometheus.io/docs/alerting/latest/configuration,
// webhook_config). Fields that it does not know are let be: senders like Grafana add some.
func ParseAlertmanager(body []byte) ([]Alarm, error) {
	var m struct {
		Version         string
		TruncatedAlerts int
		Alerts          []struct {
			Status, Fingerprint string
			Labels, Annotations map[string]string
			StartsAt, EndsAt    time.Time
		}
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("no message of Alertmanager: %w", err)
	}
	if m.Version != "4" {
		return nil, fmt.Errorf("version %q of Alertmanager's message is not known: want \"4\"", strict.Clip(m.Version))
	}
	if len(m.Alerts) == 0 || len(m.Alerts) > maxAlarms {
		return nil, fmt.Errorf("it has %d alerts: want 1 to %d (max_alerts of webhook_config)", len(m.Alerts), maxAlarms)
	}
	if m.TruncatedAlerts > 0 {
		return nil, fmt.Errorf("%d alerts were left out of it: raise max_alerts of webhook_config, or group by fewer", m.TruncatedAlerts)
	}
	var out []Alarm
	for i, x := range m.Alerts {
		a := Alarm{Key: x.Fingerprint, Name: x.Labels["alertname"], Severity: x.Labels["severity"], Labels: x.Labels, At: x.StartsAt}
		for _, name := range []string{"summary", "description", "message"} {
			if a.Summary == "" {
				a.Summary = x.Annotations[name]
			}
		}
		if a.Key == "" { // Alertmanager before 0.19
			a.Key = keyOf(x.Labels)
		}
		switch x.Status {
		case "firing":
		case "resolved":
			a.EndedAt = x.EndsAt
			if a.EndedAt.IsZero() {
				return nil, fmt.Errorf("alerts[%d]: is resolved, and endsAt is missing", i)
			}
		default:
			return nil, fmt.Errorf("alerts[%d].status: %q is neither firing nor resolved", i, strict.Clip(x.Status))
		}
		out = append(out, a)
	}
	return checked(out)
}

// ParseRedfish reads an Event of a server (DMTF DSP0266, Event.v1). Its Context is what the subscription set: name the device
// in it. Events of severity OK, and those of resources that came or went, are not alarms and are left out.
func ParseRedfish(body []byte) ([]Alarm, error) {
	var m struct {
		Context string
		Type    string `json:"@odata.type"`
		Events  []struct {
			EventID, MemberID, MessageID, Message, Severity, MessageSeverity, EventType string
			EventTimestamp                                                              string
			OriginOfCondition                                                           json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("no Redfish event: %w", err)
	}
	if !strings.HasPrefix(m.Type, "#Event.") && m.Type != "" {
		return nil, fmt.Errorf("%q is no Redfish event: subscribe with EventFormatType Event", strict.Clip(m.Type))
	}
	if len(m.Events) == 0 || len(m.Events) > maxAlarms {
		return nil, fmt.Errorf("it has %d events: want 1 to %d", len(m.Events), maxAlarms)
	}
	var out []Alarm
	for i, e := range m.Events {
		at, err := time.Parse(time.RFC3339, e.EventTimestamp)
		if err != nil {
			return nil, fmt.Errorf("event %d: EventTimestamp %q is no time", i, strict.Clip(e.EventTimestamp))
		}
		severity := e.MessageSeverity
		if severity == "" {
			severity = e.Severity
		}
		if severity != "Warning" && severity != "Critical" || e.EventType != "" && e.EventType != "Alert" && e.EventType != "StatusChange" {
			continue
		}
		id := e.EventID
		if id == "" {
			id = e.MemberID
		}
		out = append(out, Alarm{
			Key: strings.Join([]string{m.Context, id, e.MessageID, e.EventTimestamp}, "|"), Name: e.MessageID, Summary: e.Message, Severity: strings.ToLower(severity), At: at,
			Labels: map[string]string{"context": m.Context, "message_id": e.MessageID, "message": e.Message, "origin": origin(e.OriginOfCondition)},
		})
	}
	return checked(out)
}

// origin is OriginOfCondition: a link, or, of old controllers, a text.
func origin(raw json.RawMessage) string {
	var ref struct {
		ID string `json:"@odata.id"`
	}
	var text string
	if json.Unmarshal(raw, &ref) == nil && ref.ID != "" {
		return ref.ID
	}
	_ = json.Unmarshal(raw, &text)
	return text
}

// ParseGeneric reads a message of anybody else: {"key", "name", "status": "firing" or "resolved", "at", "labels", "summary",
// "severity"}, or a CloudEvent (1.0, structured) whose data is that.
func ParseGeneric(body []byte) ([]Alarm, error) {
	var envelope struct {
		SpecVersion string `json:"specversion"`
		Data        json.RawMessage
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("no alarm: %w", err)
	}
	if envelope.SpecVersion != "" {
		body = envelope.Data
	}
	var m struct {
		Key, Name, Status, Summary, Severity string
		At                                   time.Time
		Labels                               map[string]string
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields() // a misspelt field must not pass for none
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf(`want {"key", "name", "status", "at", "labels", "summary", "severity"}: %w`, err)
	}
	if d.More() {
		return nil, errors.New("more than one JSON object")
	}
	a := Alarm{Key: m.Key, Name: m.Name, Summary: m.Summary, Severity: m.Severity, At: m.At, Labels: m.Labels}
	switch m.Status {
	case "firing":
	case "resolved":
		a.EndedAt = m.At
	default:
		return nil, fmt.Errorf("status: %q is neither firing nor resolved", strict.Clip(m.Status))
	}
	return checked([]Alarm{a})
}

// checked bounds what senders write.
func checked(all []Alarm) ([]Alarm, error) {
	for i, a := range all {
		switch {
		case a.Key == "":
			return nil, fmt.Errorf("alarm %d: the key is missing: it tells one alarm from another, however often it is sent", i)
		case a.Name == "":
			return nil, fmt.Errorf("alarm %d: the name is missing", i)
		case a.At.IsZero() || a.At.Year() > 9999:
			return nil, fmt.Errorf("alarm %d: says not since when", i)
		case len(a.Labels) > maxLabels:
			return nil, fmt.Errorf("alarm %d: has %d labels, at most %d are read", i, len(a.Labels), maxLabels)
		case len(a.Key) > maxText:
			return nil, fmt.Errorf("alarm %d: its key has %d bytes, at most %d are read", i, len(a.Key), maxText)
		}
		for name, v := range a.Labels {
			if len(name) > maxText || len(v) > maxText {
				return nil, fmt.Errorf("alarm %d: label %s has %d bytes, at most %d are read", i, strict.Clip(name), len(v), maxText)
			}
		}
		a.Summary, a.Name, a.Severity, a.At = cut(a.Summary), cut(a.Name), cut(a.Severity), a.At.UTC()
		all[i] = a
	}
	return all, nil
}

func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// keyOf is a key made of labels, whatever their order.
func keyOf(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", name, labels[name])
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}
