package remedy

import (
	"context"
	"errors"
	"strings"
	"time"
)

// A Target is what a step is aimed at, as the site's record has it.
type Target struct {
	Site     string   `json:"site"`
	Hall     string   `json:"hall"`
	Rack     string   `json:"rack"`
	Unit     int      `json:"unit"`
	Device   string   `json:"device,omitempty"`
	Part     string   `json:"part,omitempty"` // its power supply, disk or port, as its light is named
	Serial   string   `json:"serial,omitempty"`
	AssetTag string   `json:"assetTag,omitempty"`
	PDU      string   `json:"pdu,omitempty"`
	Outlet   string   `json:"outlet,omitempty"`
	Cooling  string   `json:"cooling,omitempty"` // cooling unit
	Feeds    []string `json:"feeds,omitempty"`   // hall/feed: that the step acts on
	Domain   string   `json:"domain,omitempty"`  // of failure, that it takes something away in
}

// Named says whether an outlet's name is the target's.
func (t Target) Named(name string) bool {
	return Same(name, t.Device) || Same(name, t.Device+" "+t.Part) || Same(name, t.AssetTag) || Same(name, t.Serial)
}

// Same compares two names; an empty one is like no other.
func Same(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return a != "" && strings.EqualFold(a, b)
}

// An Order is one step for one target, for one fault.
type Order struct {
	Key     string // the same over every attempt
	FaultID string
	Kind    string // of the fault
	Step    Step
	Target  Target
	Restore string // of an undo: what the step that it undoes found; put that back
}

// An Identity is what a target says it is, read from itself.
type Identity struct {
	Serial   string
	AssetTag string
	Name     string   // of an outlet, a cooling unit or a node
	Value    *float64 // of a set-point: as it is now
	At       time.Time
}

// An Outcome is what came of a step.
type Outcome struct {
	Pending bool   // taken on, and not done yet: ask again
	Denied  string // of a reading: what speaks against the fault; the run ends
	Was     string // what an undo would put back
	Said    string // for people
}

// An Executor carries out the steps of one kind. The context ends with the step's time.
type Executor interface {
	// Identify reads what the target is from the target itself, and changes nothing.
	Identify(ctx context.Context, o Order) (Identity, error)
	// Carry carries the order out once. It is called at least once for each key that is permitted; a step that is not
	// Repeatable is called once at most. An error that wraps ErrFinal is not tried again.
	Carry(ctx context.Context, o Order) (Outcome, error)
}

// ErrFinal marks a failure that trying again does not help.
var ErrFinal = errors.New("refused for good")

// A Stop is the switch that stops all remedies of the site.
type Stop struct {
	On  bool      `json:"on"`
	By  string    `json:"by"`
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"`
}
