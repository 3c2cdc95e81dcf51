// Package alarm is the rule of what robots do on a fire or an evacuation: each leaves aisles and doorways by the shortest
// way that it has and stands at a safe place, no two at one, so that the last arrives as early as can be; and what of
// the patrol's debt an alarm made.
//
// It gives no orders, raises nothing by itself and reads no clock. An alarm holds until somebody clears it: what a person
// raised only a person clears.
package alarm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Kind is what an alarm is about. Robots do the same on each.
type Kind string

// The kinds of alarm.
const (
	Fire       Kind = "fire"
	Evacuation Kind = "evacuation"
)

// Kinds are all kinds of alarm.
func Kinds() []Kind { return []Kind{Fire, Evacuation} }

// An Alarm holds in a hall, or in all of them, from when it was raised until it is cleared.
type Alarm struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	Hall string `json:"hall,omitempty"` // empty: the whole site
	By   string `json:"by"`             // a person, or what gave the signal
	// Outside is set for an alarm that a signal raised, as the building's fire panel gives it; a signal may clear it too.
	Outside   bool      `json:"outside,omitempty"`
	At        time.Time `json:"at"`
	ClearedAt time.Time `json:"clearedAt,omitzero"`
	ClearedBy string    `json:"clearedBy,omitempty"`
	// SentAt is when the newest signal that changed it was sent, by the sender's clock.
	SentAt time.Time `json:"sentAt,omitzero"`
}

// Check says all that is wrong with an alarm that is to be raised.
func (a Alarm) Check() error {
	var errs []error
	if !slices.Contains(Kinds(), a.Kind) {
		errs = append(errs, fmt.Errorf("kind: %q is none of %v", a.Kind, Kinds()))
	}
	if a.By == "" {
		errs = append(errs, errors.New("by: say who raises it"))
	}
	return errors.Join(errs...)
}

// Holds says whether it has not been cleared.
func (a Alarm) Holds() bool { return a.ClearedAt.IsZero() }

// Covers says whether it is about a hall.
func (a Alarm) Covers(hall string) bool { return a.Hall == "" || a.Hall == hall }

// Place is where it holds, for people.
func (a Alarm) Place() string {
	if a.Hall == "" {
		return "the whole site"
	}
	return a.Hall
}

// Same says whether two alarms are one: of one kind and place, and both raised by people or both by signals.
func (a Alarm) Same(b Alarm) bool {
	return a.Kind == b.Kind && a.Hall == b.Hall && a.Outside == b.Outside
}

// A Signal is what a fire panel, or whatever stands before it, says over MQTT or by a webhook.
type Signal struct {
	Signal string `json:"signal"` // raise or clear
	Kind   Kind   `json:"kind"`
	Hall   string `json:"hall,omitempty"` // empty: the whole site
	By     string `json:"by"`             // its name, for people: "fire panel 2"
}

// The two signals.
const (
	Raise = "raise"
	Clear = "clear"
)

// maxSignal bounds a signal, in bytes; maxName a name in it.
const (
	maxSignal = 4 << 10
	maxName   = 200
)

// ParseSignal reads a signal. Fields that it does not know are refused: a misspelt hall must not pass for the whole site.
func ParseSignal(b []byte) (Signal, error) {
	if len(b) > maxSignal {
		return Signal{}, fmt.Errorf("alarm signal: %d bytes, at most %d are read", len(b), maxSignal)
	}
	var s Signal
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Signal{}, fmt.Errorf("alarm signal: want {\"signal\": \"raise\" or \"clear\", \"kind\", \"hall\", \"by\"}: %w", err)
	}
	if d.More() {
		return Signal{}, errors.New("alarm signal: more than one JSON object")
	}
	var errs []error
	if s.Signal != Raise && s.Signal != Clear {
		errs = append(errs, fmt.Errorf("signal: %q is neither %q nor %q", s.Signal, Raise, Clear))
	}
	if len(s.By) > maxName || len(s.Hall) > maxName {
		errs = append(errs, fmt.Errorf("by, hall: at most %d bytes", maxName))
	}
	errs = append(errs, s.Alarm().Check())
	if err := errors.Join(errs...); err != nil {
		return Signal{}, fmt.Errorf("alarm signal: %w", err)
	}
	return s, nil
}

// Alarm is the alarm that a signal is about.
func (s Signal) Alarm() Alarm { return Alarm{Kind: s.Kind, Hall: s.Hall, By: s.By, Outside: true} }

// Stale says whether a signal was sent before one that has already been obeyed for the same alarm: a late or a repeated
// message must neither clear an alarm that was raised after it nor raise one again that has been cleared since. A signal of
// the zero time never is.
func (s Signal) Stale(known []Alarm, sent time.Time) bool {
	for _, a := range known {
		if a.Same(s.Alarm()) && !sent.IsZero() && sent.Before(a.SentAt) {
			return true
		}
	}
	return false
}
