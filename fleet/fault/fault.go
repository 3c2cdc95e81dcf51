// Package fault concludes faults from findings: one cause, one place, one life. Its rules are pure functions of a
// fault, an observation or a step of its repair, and the time they are handed.
//
//	suspected -> confirmed -> ticketed -> remediating -> verifying -> resolved
//	    \-> dismissed (second look saw nothing)     \-> escalated (repair failed, refused, or needs a person)
//	resolved -> reopened (seen again within the reopen window)
//
// It opens no ticket and moves no robot: what should happen next is read off the fault's state by the controller.
package fault

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A State is where a fault is in its life.
type State string

// The states of DESIGN.md, "The life of a fault".
const (
	Suspected   State = "suspected"
	Confirmed   State = "confirmed"
	Ticketed    State = "ticketed"
	Remediating State = "remediating"
	Verifying   State = "verifying"
	Resolved    State = "resolved"
	Dismissed   State = "dismissed"
	Escalated   State = "escalated"
	Reopened    State = "reopened"
)

// Open says whether the state still wants somebody's attention.
func (s State) Open() bool { return s != Resolved && s != Dismissed && s != Folded }

// A Fault is what the controller concludes from findings.
type Fault struct {
	ID         string          `json:"id"`
	Key        string          `json:"key"` // place and cause; one open fault a key
	State      State           `json:"state"`
	Kind       string          `json:"kind"` // of the cause
	Severity   vision.Severity `json:"severity"`
	Hall       string          `json:"hall"`
	Rack       string          `json:"rack"`
	Face       maps.Face       `json:"face"`
	Unit       int             `json:"unit"`
	Device     string          `json:"device,omitempty"`
	LED        string          `json:"led,omitempty"`
	Cause      string          `json:"cause"` // one sentence for a person
	Confidence float64         `json:"confidence"`
	OpenedAt   time.Time       `json:"openedAt"`
	UpdatedAt  time.Time       `json:"updatedAt"`
	ResolvedAt *time.Time      `json:"resolvedAt,omitempty"`
	// Parent is the fault whose symptom this is; Shared says that this is one of a cause that several places share.
	Parent string `json:"parent,omitempty"`
	Shared bool   `json:"shared,omitempty"`
	// Hypotheses are what may be behind it, the most probable first, and Real the probability that anything in the hall is.
	Hypotheses []cause.Hypothesis `json:"hypotheses,omitempty"`
	Real       float64            `json:"real,omitempty"`
	// Symptoms are the other findings that this cause explains.
	Symptoms  []string `json:"symptoms"`
	Sightings []Look   `json:"sightings"`
	// Before and After are the pictures that opened and that closed the fault.
	Before []wire.EvidenceRef `json:"before"`
	After  []wire.EvidenceRef `json:"after"`
	// Held is how its ticket is held back; nil when it is not.
	Held *quiet.Hold `json:"held,omitempty"`
	// Back are the last times that it came back, ClearSince is since when looks find one that comes and goes in order, and
	// Level how often it was raised because nobody tended it.
	Back       []time.Time `json:"back,omitempty"`
	ClearSince *time.Time  `json:"clearSince,omitempty"`
	Level      int         `json:"level,omitempty"`
	// Verifications counts the looks that were asked to decide whether the remedy worked.
	Verifications int     `json:"verifications"`
	Timeline      []Entry `json:"timeline"`
}

// A Look is one look that saw the fault.
type Look struct {
	Robot        wire.RobotID       `json:"robot"`
	Seq          uint64             `json:"seq"`
	At           time.Time          `json:"at"`
	Viewpoint    string             `json:"viewpoint"`
	SecondLookOf uint64             `json:"secondLookOf,omitempty"`
	Finding      vision.Finding     `json:"finding"`
	Evidence     []wire.EvidenceRef `json:"evidence"`
}

// An Entry is one line of a fault's story.
type Entry struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	From string    `json:"from,omitempty"` // the ticket system that it was heard from
}

// Rules are the limits of the conclusions.
type Rules struct {
	ReopenWindow     time.Duration // a fault seen again within it is the same fault
	MaxVerifications int           // looks that may still see the fault before a person is called
	MaxSightings     int           // kept on a fault: the first one and the newest
}

// DefaultRules are used where a site says nothing.
func DefaultRules() Rules {
	return Rules{ReopenWindow: 24 * time.Hour, MaxVerifications: 3, MaxSightings: 12}
}

// KeyOf is the key under which a finding's fault is known: a device's light or surface is one fault, whoever sees it
// and from whichever face; a bare unit is one by its face.
func KeyOf(f vision.Finding) string {
	place := f.Device
	if place == "" {
		place = string(f.Face) + "-" + "u" + strconv.Itoa(f.Unit)
	}
	kind := f.Kind
	if kind == vision.KindDoorAjar { // how far a door stands open is no other fault
		kind = vision.KindDoorOpen
	}
	return strings.Join([]string{f.Rack, place, f.LED, kind}, "/")
}

// Seen is the fault after one more look saw it; a zero Fault becomes a new one with the id. Only a second look, or
// another visit, confirms; a reading past its critical limit needs none.
func Seen(f Fault, id string, o wire.Observation, finding vision.Finding, r Rules) Fault {
	if f.ID == "" {
		f = begin(id, o, finding)
	}
	if seenBy(f, o) {
		return f
	}
	f = addSighting(f, o, finding, r)
	if f.ClearSince != nil {
		f = note(CameBack(f, o.At), o.At, "there again: "+finding.Meaning)
	}
	switch {
	case f.State == Resolved || f.State == Dismissed:
		f = Reopen(f, o.At, "seen again: "+finding.Meaning)
	case f.State == Suspected && finding.PastCritical:
		f = to(f, Confirmed, o.At, "past its critical limit, one look is enough: "+finding.Meaning)
	case (f.State == Suspected || f.State == Reopened) && len(f.Sightings) > 1:
		f = to(f, Confirmed, o.At, lookText(o)+" saw it too: "+finding.Meaning)
	}
	return f
}

// Reopens says whether a closed fault is the one that is seen again at the given time.
func (f Fault) Reopens(at time.Time, r Rules) bool {
	return f.State == Dismissed && at.Sub(f.UpdatedAt) < r.ReopenWindow ||
		f.State == Resolved && f.ResolvedAt != nil && at.Sub(*f.ResolvedAt) < r.ReopenWindow
}

// NotSeen is the fault after a look that read its light or surface and found it in order. Call it only when Covers.
func NotSeen(f Fault, o wire.Observation) Fault {
	switch f.State {
	case Suspected, Reopened:
		return to(f, Dismissed, o.At, lookText(o)+" saw nothing")
	case Confirmed:
		if f.Held == nil {
			return f
		}
		at := o.At
		f.ResolvedAt = &at
		return to(f, Resolved, o.At, lookText(o)+" found it in order again; it had no ticket: "+f.Held.By)
	case Folded:
		at := o.At
		f.ResolvedAt = &at
		return to(f, Resolved, o.At, lookText(o)+" found it in order again")
	case Verifying:
		f.After = o.Evidence
		at := o.At
		f.ResolvedAt = &at
		return to(f, Resolved, o.At, "verified by "+o.SerialNumber+": the numbers are back")
	}
	return f
}

// StillSeen is a fault under verification that the verifying look saw again.
func StillSeen(f Fault, o wire.Observation, r Rules) Fault {
	if f.State != Verifying {
		return f
	}
	if f.Verifications >= r.MaxVerifications {
		return to(f, Escalated, o.At, "still there after the repair: a person is needed")
	}
	return note(f, o.At, lookText(o)+" still sees it; it will be looked at again")
}

// Covers says whether the observation read the very thing that the fault is about, so that its silence means something.
func (f Fault) Covers(o wire.Observation) bool {
	if o.Failed != "" || o.Rack != f.Rack || !slices.ContainsFunc(f.Sightings, func(s Look) bool { return s.Viewpoint == o.Viewpoint }) || f.hovers(o) {
		return false
	}
	switch f.Kind {
	case vision.KindDoorOpen, vision.KindDoorAjar:
		return saw(o, vision.ThingDoor, func(vision.Sighting) bool { return true })
	case vision.KindLiquid:
		return saw(o, vision.ThingLiquid, func(vision.Sighting) bool { return true })
	case vision.KindPanelMissing:
		return saw(o, vision.ThingPanel, func(s vision.Sighting) bool { return s.Unit == f.Unit })
	case vision.KindDeviceMissing, vision.KindDeviceMoved:
		return saw(o, vision.ThingDevice, func(s vision.Sighting) bool { return s.Device == f.Device })
	case vision.KindLightUnexpected, vision.KindInletHigh: // any look from there would see it again
		return o.Registration.Method != vision.MethodNone
	case vision.KindReadingLow, vision.KindReadingHigh, vision.KindReadingRefused:
		return slices.ContainsFunc(o.Instruments, func(r vision.InstrumentReading) bool { return r.Instrument == f.Device && r.Refused == "" })
	}
	return f.read(o)
}

// read says whether the observation read the fault's light, or the temperature of its place.
func (f Fault) read(o wire.Observation) bool {
	lit := func(l vision.LEDReading) bool { return l.Device == f.Device && l.Pattern != "unknown" }
	switch {
	case f.LED != "":
		return slices.ContainsFunc(o.LEDs, func(l vision.LEDReading) bool { return lit(l) && l.LED == f.LED })
	case f.Kind == vision.KindPowerLost:
		return slices.ContainsFunc(o.LEDs, lit)
	case f.Device != "":
		return slices.ContainsFunc(o.Devices, func(t vision.TemperatureReading) bool { return t.Device == f.Device })
	}
	return slices.ContainsFunc(o.Units, func(t vision.TemperatureReading) bool { return t.Unit == f.Unit })
}

// saw says whether the observation could tell a thing.
func saw(o wire.Observation, thing string, which func(vision.Sighting) bool) bool {
	return slices.ContainsFunc(o.Sightings, func(s vision.Sighting) bool {
		return s.Thing == thing && s.State != vision.StateUnknown && which(s)
	})
}

// Moved is the fault in the given state, with a line of its story saying why.
func Moved(f Fault, s State, at time.Time, why string) Fault { return to(f, s, at, why) }

// Noted is the fault with a line more of its story.
func Noted(f Fault, at time.Time, what string) Fault { return note(f, at, what) }

// HeardFrom is the fault with a line more of its story, which somebody wrote in a ticket system.
func HeardFrom(f Fault, at time.Time, what, sink string) Fault {
	f = note(f, at, what)
	f.Timeline[len(f.Timeline)-1].From = sink
	return f
}

// Since is when the fault came to be in its state; when it was opened where its story does not say.
func (f Fault) Since() time.Time { return f.lastTo(f.State) }

// lastTo is when the fault came to a state last; when it was opened where its story does not say.
func (f Fault) lastTo(s State) time.Time {
	for _, e := range slices.Backward(f.Timeline) {
		if strings.HasPrefix(e.What, string(s)+": ") {
			return e.At
		}
	}
	return f.OpenedAt
}

// LastViewpoint is where the fault was seen best: the viewpoint of its first sighting.
func (f Fault) LastViewpoint() string {
	if len(f.Sightings) == 0 {
		return ""
	}
	return f.Sightings[0].Viewpoint
}

func begin(id string, o wire.Observation, finding vision.Finding) Fault {
	f := Fault{
		ID: id, Key: KeyOf(finding), State: Suspected, Kind: finding.Kind, Severity: finding.Severity,
		Hall: o.Hall, Rack: finding.Rack, Face: finding.Face, Unit: finding.Unit, Device: finding.Device, LED: finding.LED,
		Cause: finding.Meaning, OpenedAt: o.At, UpdatedAt: o.At, Symptoms: []string{}, Before: o.Evidence, After: []wire.EvidenceRef{},
	}
	return note(f, o.At, "suspected by "+o.SerialNumber+" from "+o.Viewpoint+": "+finding.Meaning)
}

func addSighting(f Fault, o wire.Observation, finding vision.Finding, r Rules) Fault {
	f.Sightings = append(slices.Clone(f.Sightings), Look{
		Robot: wire.RobotID{Manufacturer: o.Manufacturer, SerialNumber: o.SerialNumber},
		Seq:   o.Seq, At: o.At, Viewpoint: o.Viewpoint, SecondLookOf: o.SecondLookOf, Finding: finding, Evidence: o.Evidence,
	})
	if r.MaxSightings > 1 && len(f.Sightings) > r.MaxSightings {
		f.Sightings = slices.Delete(f.Sightings, 1, 2)
	}
	f.Confidence = 1 - (1-f.Confidence)*(1-min(max(finding.Confidence, 0), 1))
	f.UpdatedAt = o.At
	return f
}

// seenBy says whether this look is already counted: messages arrive more than once.
func seenBy(f Fault, o wire.Observation) bool {
	return slices.ContainsFunc(f.Sightings, func(s Look) bool {
		return s.Seq == o.Seq && s.Robot.SerialNumber == o.SerialNumber && s.Robot.Manufacturer == o.Manufacturer
	})
}

func to(f Fault, s State, at time.Time, why string) Fault {
	f.State = s
	return note(f, at, string(s)+": "+why)
}

func note(f Fault, at time.Time, what string) Fault {
	f.UpdatedAt = at
	f.Timeline = append(slices.Clone(f.Timeline), Entry{At: at, What: what})
	return f
}

func lookText(o wire.Observation) string {
	if o.SecondLookOf != 0 {
		return "a second look of " + o.SerialNumber
	}
	return "a look of " + o.SerialNumber
}
