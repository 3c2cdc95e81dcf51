// Package inbound takes alarms from outside, so that a robot goes and looks: from Alertmanager (webhook, version 4), from
// servers (Redfish events) and from anybody who signs (Standard Webhooks). It says who may send, what an alarm is about, which
// look settles it, which machines may know of it, and what look and machines say of it: confirmed, refuted, or neither.
//
// Parsing, mapping and judging are pure; Receiver is the HTTP around them. It sends nobody anywhere: a Taker does.
package inbound

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
)

// A State is how far an alarm has come.
type State string

// The states of an alarm.
const (
	Waiting   State = "waiting"   // for a look
	Confirmed State = "confirmed" // looks saw what it says, or machines that did not raise it say so too
	Refuted   State = "refuted"   // looks saw that it is not so, or such machines say it
	Undecided State = "undecided" // looks were made, or could not be, machines were asked, and it may be either
	Withdrawn State = "withdrawn" // its sender resolved it before anybody had looked
)

// Open says whether a look is still to come.
func (s State) Open() bool { return s == Waiting }

// An Alarm is one thing that somebody outside says is wrong.
type Alarm struct {
	ID       string            `json:"id"`     // of the source, the key and the onset
	Source   string            `json:"source"` // as inbound.yaml names it
	Key      string            `json:"key"`    // the sender's: one alarm, however often it is sent
	Name     string            `json:"name"`   // what the sender calls it
	Summary  string            `json:"summary,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Labels   map[string]string `json:"labels"`
	At       time.Time         `json:"at"` // its onset, by the sender's clock
	EndedAt  time.Time         `json:"endedAt,omitzero"`
	Place    Place             `json:"place"`
	Claims   []cause.Cause     `json:"claims"` // what it may mean, at its place

	State   State        `json:"state"`
	TakenAt time.Time    `json:"takenAt,omitzero"`
	Looks   []string     `json:"looks,omitempty"` // inspections
	Verdict *LookVerdict `json:"verdict,omitempty"`
	Pics    []string     `json:"pictures,omitempty"` // of the looks: SHA-256
	// Told is what earlier rounds of looks said of it, Odds what they came to; Rounds is how many there were, and AskedAt when the
	// last was asked for.
	Told    []cause.Sign `json:"told,omitempty"`
	Odds    float64      `json:"odds,omitempty"`
	Rounds  int          `json:"rounds,omitempty"`
	AskedAt time.Time    `json:"askedAt,omitzero"`
	// Reports are what machines said of it, and HeardAt when the last of them had, or its time was up; zero while none was asked.
	Reports []cause.Sign `json:"reports,omitempty"`
	HeardAt time.Time    `json:"heardAt,omitzero"`
	// Answered says that the verdict has reached who wants it.
	Answered bool `json:"answered,omitempty"`
}

// Ended says whether its sender resolved it.
func (a Alarm) Ended() bool { return !a.EndedAt.IsZero() }

// A Place is where an alarm is: a device, a rack, or a cooling unit with racks to look at.
type Place struct {
	Hall   string    `json:"hall,omitempty"`
	Rack   string    `json:"rack,omitempty"`
	Face   maps.Face `json:"face,omitempty"` // empty: both
	Unit   int       `json:"unit,omitempty"`
	Device string    `json:"device,omitempty"`
	Part   string    `json:"part,omitempty"`   // light of the device
	Supply string    `json:"supply,omitempty"` // cooling unit
	Racks  []string  `json:"racks,omitempty"`  // of a cooling unit: those that are looked at
}

// A Wish is one look that is wanted.
type Wish struct {
	Rack   string
	Face   maps.Face
	Unit   int
	Device string
}

// Wishes are the looks that an alarm asks for.
func (a Alarm) Wishes() []Wish {
	p := a.Place
	if len(p.Racks) == 0 {
		return []Wish{{p.Rack, p.Face, p.Unit, p.Device}}
	}
	var out []Wish
	for _, r := range p.Racks {
		out = append(out, Wish{Rack: r, Face: maps.Front})
	}
	return out
}

// named gives an alarm its ID.
func named(a Alarm) Alarm {
	sum := sha256.Sum256([]byte(a.Source + "\x00" + a.Key + "\x00" + a.At.UTC().Format(time.RFC3339Nano)))
	a.ID = "AL-" + hex.EncodeToString(sum[:6])
	return a
}
