// Package remedy repairs what can be repaired safely: runbooks say which faults, which steps, and under which guards;
// a run carries one runbook out for one fault. Its rules are pure functions of a run, what happened, and the time.
//
// It performs no step itself (package act does, and drivers that implement Executor), it permits none (package guard), and
// it decides nothing about the verification that follows.
package remedy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// FileName is the runbooks' file in a site folder.
const FileName = "runbooks.yaml"

// A File is what a runbooks file says.
type File struct {
	Runbooks []Runbook
	Limits   Limits
}

// A Runbook is the description of a repair.
type Runbook struct {
	ID     string
	Faults []string // the kinds of fault it repairs
	Causes []string // of these causes only (cause.Kind of a fault's most probable one); any when empty
	Steps  []Step
	AtMost Rate

	hash string // of a runbook that was read from a file
}

// A Kind is how a step is carried out.
type Kind string

// The kinds of steps.
const (
	Redfish  Kind = "redfish"  // a device's management controller
	Outlet   Kind = "outlet"   // of a switched PDU, by SNMP
	SetPoint Kind = "setpoint" // of a cooling unit, by Modbus TCP
	Webhook  Kind = "webhook"  // signed (Standard Webhooks) to whoever carries it out
	Drain    Kind = "drain"    // signed webhook to a scheduler, which says when the node is drained
	Person   Kind = "person"   // a task for a technician
	Look     Kind = "look"     // a robot looks at the fault again
)

// The acts of Redfish steps.
const (
	LocatorOn  = "locator-on"
	LocatorOff = "locator-off"
	PowerCycle = "power-cycle"
	ResetBMC   = "reset-bmc"
	FanMode    = "fan-mode"
	ReadLog    = "read" // sensors and event log, to confirm or deny the fault
)

// The acts of outlet and drain steps.
const (
	SwitchOn    = "on"
	SwitchOff   = "off"
	Cycle       = "cycle" // off, read back, on
	DrainNode   = "drain"
	UndrainNode = "undrain"
)

// What a look can be expected to see.
const (
	Gone    = "gone"    // the fault is not seen again
	There   = "there"   // it is
	Locator = "locator" // the device's locator light shines: the machine that answers is the one that stands there
)

// A Thing is what a step takes away while it lasts, so that what is left must be enough.
type Thing string

// The things that a step can take away.
const (
	Nothing     Thing = ""
	PowerSupply Thing = "power-supply"
	Disk        Thing = "disk"
	UplinkPort  Thing = "uplink"
	Device      Thing = "device"
)

// A Step is one act of a runbook.
type Step struct {
	ID      string // for next and undo of other steps; empty when none names it
	Name    string
	Kind    Kind
	Act     string        // of redfish, outlet and drain
	Timeout time.Duration // it must have been carried out by then
	Settle  time.Duration // from then until it is worth looking again

	NeedsApproval bool  // it can interrupt service: a named person approves it first
	Takes         Thing // what it takes away
	If            Condition
	Next          string // id of the step after it; the following one when empty
	Undo          string // id of the step that takes it back when the run fails
	Undoes        bool   // it is such a step, and not walked otherwise
	Line          int    // of the runbooks file

	URL       string // of webhook and drain
	SecretEnv string // the environment variable that holds the webhook's secret
	Port      string // of outlet: the power port whose outlet it is; the fault's part when empty
	Mode      string // of fan-mode
	Point     Point  // of setpoint
	Task      Task   // of person
	Expect    string // of look; empty: whatever it sees
}

// A Condition is what must hold before a step; the zero Condition always does.
type Condition struct {
	Cause      float64       `json:"cause,omitempty"`      // least probability of the fault's best cause
	Real       float64       `json:"real,omitempty"`       // least probability that the fault is in the hall and not in the eyes
	SeenWithin time.Duration `json:"seenWithin,omitempty"` // the fault was last seen no longer ago
	Drained    bool          `json:"drained,omitempty"`    // a drain step of this run was carried out
	Severity   string        `json:"severity,omitempty"`   // the fault's
}

// A Point is a set-point in the unit's own quantity, °C of a supply temperature, and the bounds that a runbook declares for it.
type Point struct {
	Unit     string  // cooling unit; the fault's own when empty
	Value    float64 // absolute: never a change by so much
	Min, Max float64
	MaxStep  float64 // largest change at once
}

// A Task is what a person is asked to do.
type Task struct {
	Text   string   `json:"text"`
	Bring  []string `json:"bring,omitempty"`
	Handle string   `json:"handle,omitempty"` // which handle, latch or door
	// Timer is how long a drawer or lid may stand open, for it heats its neighbours; 0 where nothing stands open.
	Timer time.Duration `json:"timerNs,omitempty"`
}

// A Rate bounds how often a runbook runs in the whole site; the zero Rate is no bound.
type Rate struct {
	Count int
	Per   time.Duration
}

// Limits bound all automatic steps of a site together.
type Limits struct {
	AtOnce, PerRack, PerFeed int           // under way at once: in the site, at one rack, on one feed
	PerHour                  int           // begun within an hour, in the site
	CoolDown                 time.Duration // between the steps of two runs on one device
	StormFaults              int           // so many faults that began
	StormWithin              time.Duration // within this time stop all remedies
	Fresh                    time.Duration // age of the newest evidence at most
	Sources                  int           // that must agree before a machine is touched
	ApprovalFor              time.Duration // how long an approval holds
}

// DefaultLimits hold where a runbooks file says nothing.
func DefaultLimits() Limits {
	return Limits{
		AtOnce: 4, PerRack: 2, PerFeed: 2, PerHour: 12, CoolDown: 15 * time.Minute, StormFaults: 10, StormWithin: 10 * time.Minute,
		Fresh: 30 * time.Minute, Sources: 2, ApprovalFor: 30 * time.Minute,
	}
}

// Interrupts says whether the step can interrupt service, so that a named person approves it whatever its runbook says.
func (s Step) Interrupts() bool {
	return s.NeedsApproval || s.Takes != Nothing && s.Kind != Person ||
		s.Kind == Redfish && s.Act == PowerCycle || s.Kind == Outlet && s.Act != SwitchOn
}

// Touches says whether the step changes a machine, whose identity must therefore be read and compared first.
func (s Step) Touches() bool {
	switch s.Kind {
	case Redfish, Outlet, SetPoint, Drain:
		return true
	}
	return false
}

// Automatic says whether the step changes something without a person's hand, so that the site's limits count it. A locator
// light and a reading change nothing that matters.
func (s Step) Automatic() bool {
	switch s.Kind {
	case Person, Look:
		return false
	case Redfish:
		return s.Act != LocatorOn && s.Act != LocatorOff && s.Act != ReadLog
	}
	return true
}

// Repeatable says whether carrying the step out twice does the same as once: a step that is not is never tried again when
// nobody knows whether it was carried out.
func (s Step) Repeatable() bool {
	switch s.Kind {
	case Redfish:
		return s.Act != PowerCycle && s.Act != ResetBMC
	case Outlet:
		return s.Act != Cycle
	}
	return true
}

// Hash names the runbook by what it says: a run goes on only by the runbook that it began with.
func (b Runbook) Hash() string {
	if b.hash != "" {
		return b.hash
	}
	b.Steps = slices.Clone(b.Steps)
	for i := range b.Steps {
		b.Steps[i].Line = 0
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", b))
	return hex.EncodeToString(sum[:8])
}

// For is the runbook for a kind of fault and of its most probable cause, which may be empty: the first that names both.
func For(books []Runbook, kind, cause string) (Runbook, bool) {
	i := slices.IndexFunc(books, func(b Runbook) bool {
		return slices.Contains(b.Faults, kind) && (len(b.Causes) == 0 || cause != "" && slices.Contains(b.Causes, cause))
	})
	if i < 0 {
		return Runbook{}, false
	}
	return books[i], true
}

// step is the index of the step with the id, -1 when there is none.
func (b Runbook) step(id string) int {
	return slices.IndexFunc(b.Steps, func(s Step) bool { return id != "" && s.ID == id })
}

// first is the index of the first step that is walked.
func (b Runbook) first() int { return b.following(-1) }

// following is the index of the step after one: the one that it names, or else the next in the file that undoes nothing;
// len(b.Steps) at the end. A step that undoes is followed by nothing but what it names.
func (b Runbook) following(i int) int {
	if i >= 0 && b.Steps[i].Next != "" {
		if n := b.step(b.Steps[i].Next); n >= 0 {
			return n
		}
		return len(b.Steps)
	}
	if i >= 0 && b.Steps[i].Undoes {
		return len(b.Steps)
	}
	for i++; i < len(b.Steps) && b.Steps[i].Undoes; i++ {
	}
	return i
}

// Walk hands out the steps in the order in which they are carried out, each with its place in Steps and the first step of its
// undo (the zero Step where it has none).
func (b Runbook) Walk(see func(i int, s, undo Step)) {
	for i := b.first(); i < len(b.Steps); i = b.following(i) {
		var undo Step
		if u := b.step(b.Steps[i].Undo); u >= 0 {
			undo = b.Steps[u]
		}
		see(i, b.Steps[i], undo)
	}
}
