package vda5050

import (
	"encoding/json"
	"fmt"
	"time"
)

// Version is the version that every message of ours carries.
const Version = "3.0.0"

// The message kinds; each is the last level of its topic (section 4.3).
const (
	KindOrder          = "order"
	KindInstantActions = "instantActions"
	KindState          = "state"
	KindVisualization  = "visualization"
	KindConnection     = "connection"
	KindFactsheet      = "factsheet"
	KindZoneSet        = "zoneSet"
	KindResponses      = "responses"
)

// A Header opens every message (section 7.2).
type Header struct {
	HeaderID     uint32 `json:"headerId"` // per topic, one more with each message sent
	Timestamp    Time   `json:"timestamp"`
	Version      string `json:"version" vda:"nonempty"`
	Manufacturer string `json:"manufacturer" vda:"nonempty"`
	SerialNumber string `json:"serialNumber" vda:"nonempty"`
}

// Head is the header itself, for whoever fills it in or reads it whatever the message is.
func (h *Header) Head() *Header { return h }

// A Message is one of the eight: *Order, *InstantActions, *State, *Visualization, *Connection, *Factsheet,
// *ZoneSetMessage, *Responses.
type Message interface {
	Head() *Header
	// Kind is the last level of the message's topic.
	Kind() string
}

// New is an empty message of a kind; ok is false for a kind that VDA 5050 3.0 does not know.
func New(kind string) (m Message, ok bool) {
	switch kind {
	case KindOrder:
		return new(Order), true
	case KindInstantActions:
		return new(InstantActions), true
	case KindState:
		return new(State), true
	case KindVisualization:
		return new(Visualization), true
	case KindConnection:
		return new(Connection), true
	case KindFactsheet:
		return new(Factsheet), true
	case KindZoneSet:
		return new(ZoneSetMessage), true
	case KindResponses:
		return new(Responses), true
	}
	return nil, false
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// A Time travels as ISO 8601 in UTC with milliseconds: 2017-04-15T11:40:03.123Z (section 7.2).
type Time struct{ time.Time }

// At is t as it arrives at the other end: UTC, cut to milliseconds.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalJSON refuses years that ISO 8601 writes with other than four digits.
func (t Time) MarshalJSON() ([]byte, error) {
	u := t.UTC()
	if y := u.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("timestamp: year %d does not fit YYYY", y)
	}
	return []byte(`"` + u.Format(timeLayout) + `"`), nil
}

// UnmarshalJSON takes any fraction of a second and any offset; without an offset the time is UTC.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	p, err := parseTime(s)
	if err != nil {
		return err
	}
	*t = p
	return nil
}

func parseTime(s string) (Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if p, err := time.Parse(layout, s); err == nil {
			if u := p.UTC(); u.Year() >= 0 && u.Year() <= 9999 {
				return Time{u}, nil
			}
		}
	}
	return Time{}, fmt.Errorf("%.40q is no ISO 8601 time as 2017-04-15T11:40:03.123Z", s)
}
