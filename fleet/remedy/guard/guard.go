// Package guard decides whether a step of a repair may be carried out. Its rules are pure functions of a Case, and they fail
// closed: what is not known counts as against the step. Every refusal says what was refused, why, and what to do.
//
// They were learned from failures of automation elsewhere: an empty target that meant everything, a capacity check that was
// itself broken, maintenance in several places at once, approvals that were used when they no longer fitted, remedies that
// went on while the whole hall failed.
package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/vision"
)

// The names of the guards, as a refusal gives them.
const (
	Switch       = "stop switch"
	Storm        = "storm"
	Aim          = "target"
	Identity     = "identity"
	Evidence     = "evidence"
	Approval     = "approval"
	Precondition = "precondition"
	Limit        = "limit"
	CoolDown     = "cool-down"
	Domain       = "failure domain"
	Redundancy   = "redundancy"
	Bounds       = "bounds"
)

// Names are all of them.
func Names() []string {
	return []string{Switch, Storm, Aim, Identity, Evidence, Approval, Precondition, Limit, CoolDown, Domain, Redundancy, Bounds}
}

// A Refusal is why a step may not be carried out.
type Refusal struct {
	Guard string `json:"guard"`
	What  string `json:"what"` // the step and its target
	Why   string `json:"why"`
	Do    string `json:"do"`             // what to do about it
	Wait  bool   `json:"wait,omitempty"` // it may pass by itself, or by what is to be done
}

func (r Refusal) Error() string {
	return fmt.Sprintf("%s refused (%s): %s; %s", r.What, r.Guard, r.Why, r.Do)
}

// A Source is somebody who says that the fault is there: a robot, a machine, the building.
type Source struct {
	By string
	At time.Time // when it last said so
}

// A Part is what is known of a power supply, disk or port of a device.
type Part struct {
	Device, Name string
	Good         bool
	Says         string // what is wrong with it
	At           time.Time
}

// A Trouble is a fault that is open, or folded into another.
type Trouble struct {
	ID, Kind, Hall, Rack, Device, Part string
	Unit                               int
	Supply                             string // PDU, feed, UPS, cooling unit or loop that its cause is at
	Phase                              string // of a feed: L1, L2, L3
	Since                              time.Time
}

// An Act is a step that was permitted for some run.
type Act struct {
	remedy.Deed
	Run  string
	Open bool // the step, or the effect of its run, is not over: its repair is not yet verified
	Busy bool // the step itself is being carried out
}

// A Case is all that a decision rests on.
type Case struct {
	Now  time.Time
	Run  string
	Key  string // of the step in its run
	Step remedy.Step
	Undo bool // the step takes another back
	// Restore is what an undo puts back.
	Restore string

	Fault    Trouble
	Severity vision.Severity
	Cause    float64 // probability of the best cause
	Real     float64
	Sources  []Source
	Evidence string // that names what is concluded of the fault, and the pictures behind it
	Approval *remedy.Approval
	Drained  bool

	// Found is what the target says it is, asked for the step of the key FoundFor; nil when it has not been asked.
	Found    *remedy.Identity
	FoundFor string

	Stop     remedy.Stop
	Parts    []Part    // of the target's device, and of devices that hang on it
	Troubles []Trouble // of the site, this fault among them
	Acts     []Act     // of the site, of the last hour at least
}

// Guards are a site's.
type Guards struct {
	Topology *Topology
	Limits   remedy.Limits
	// Without leaves one guard out. Only the test that proves that its checker sees a missing guard sets it.
	Without string
}

// A decision gathers refusals.
type decision struct {
	Case
	g      Guards
	target remedy.Target
	out    []Refusal
}

// Before says what stands against a step as far as can be said before its target is asked who it is.
func (g Guards) Before(c Case) (remedy.Target, []Refusal) {
	return g.check(c, false)
}

// Check says what stands against a step; nothing permits it. The target is what it may be aimed at.
func (g Guards) Check(c Case) (remedy.Target, []Refusal) {
	return g.check(c, true)
}

func (g Guards) check(c Case, asked bool) (remedy.Target, []Refusal) {
	d := &decision{Case: c, g: g}
	d.stop()
	d.aim()
	if len(d.out) == 0 || d.out[len(d.out)-1].Guard != Aim {
		d.redundancy()
		d.domain()
		d.limits()
		d.coolDown()
		if asked {
			d.identity()
			d.bounds()
		}
	}
	d.storm()
	d.evidence()
	d.approval()
	d.precondition()
	d.out = slices.DeleteFunc(d.out, func(r Refusal) bool { return r.Guard == g.Without })
	return d.target, d.out
}

// Final says whether a refusal among some will not pass.
func Final(all []Refusal) (Refusal, bool) {
	i := slices.IndexFunc(all, func(r Refusal) bool { return !r.Wait })
	if i < 0 {
		return Refusal{}, false
	}
	return all[i], true
}

// Text is all refusals in one line.
func Text(all []Refusal) string {
	parts := make([]string, 0, len(all))
	for _, r := range all {
		parts = append(parts, r.Error())
	}
	return strings.Join(parts, "; and ")
}

func (d *decision) refuse(guard string, wait bool, do, why string, args ...any) {
	d.out = append(d.out, Refusal{Guard: guard, What: d.what(), Why: fmt.Sprintf(why, args...), Do: do, Wait: wait})
}

// what names the step and its target.
func (d *decision) what() string {
	act := string(d.Step.Kind)
	if d.Step.Act != "" {
		act += " " + d.Step.Act
	}
	at := d.target.Device
	switch {
	case d.target.Outlet != "":
		at = d.target.PDU + "/" + d.target.Outlet
	case d.target.Cooling != "":
		at = d.target.Cooling
	case at == "" && d.target.Rack != "":
		at = "rack " + d.target.Rack
	case at == "":
		at = "of " + d.Fault.ID
	}
	return fmt.Sprintf("step %q (%s %s)", d.Step.Name, act, at)
}

func (d *decision) stop() {
	if d.Stop.On && d.Step.Kind != remedy.Look && d.Step.Kind != remedy.Person {
		d.refuse(Switch, true, "nightrounds remedy go lets them run again", "remedies were stopped by %s at %s: %s", d.Stop.By, d.Stop.At.Format(time.DateTime), d.Stop.Why)
	}
}

// storm refuses everything while many things fail at once: the next act of a machine that does not know why is not wanted.
func (d *decision) storm() {
	if d.Undo || d.Step.Kind == remedy.Look || d.Step.Kind == remedy.Person {
		return
	}
	if n := Stormy(d.Troubles, d.g.Limits, d.Now); n >= d.g.Limits.StormFaults {
		d.refuse(Storm, false, "find what they have in common; remedies run again when it is over and somebody has said nightrounds remedy go",
			"%d faults began within %s: many things fail at once", n, d.g.Limits.StormWithin)
	}
}

// Stormy is how many faults began lately. Those whose time lies ahead count: a clock was set back.
func Stormy(all []Trouble, l remedy.Limits, now time.Time) int {
	n := 0
	for _, t := range all {
		if t.Since.After(now.Add(-l.StormWithin)) {
			n++
		}
	}
	return n
}

// evidence asks, of a step that touches a machine or can interrupt service, for fresh word of several sources. An undo
// needs none: it takes back what was done on evidence.
func (d *decision) evidence() {
	if d.Undo || !d.Step.Touches() && !d.Step.Interrupts() || d.harmless() {
		return
	}
	fresh := map[string]bool{}
	var newest time.Time
	for _, s := range d.Sources {
		if s.By == "" || s.At.After(d.Now) {
			continue
		}
		if s.At.After(newest) {
			newest = s.At
		}
		if d.Now.Sub(s.At) <= d.g.Limits.Fresh {
			fresh[s.By] = true
		}
	}
	want := max(d.g.Limits.Sources, 2)
	if len(fresh) < want {
		last := "nobody ever saw it"
		if !newest.IsZero() {
			last = "it was last seen at " + newest.Format(time.DateTime)
		}
		d.refuse(Evidence, true, "another robot must look, or the machine itself must say so", "%d of %d sources said so within %s; %s", len(fresh), want, d.g.Limits.Fresh, last)
	}
}

// harmless says whether the step only reads or shows a light.
func (d *decision) harmless() bool {
	return d.Step.Kind == remedy.Redfish && !d.Step.Automatic() && !d.Step.Interrupts()
}

// approval asks for a named person's, on the evidence as it is now, not used up.
func (d *decision) approval() {
	if !d.Step.Interrupts() {
		return
	}
	const do = "look at the evidence and approve with nightrounds approve"
	a := d.Approval
	switch {
	case a == nil || strings.TrimSpace(a.By) == "":
		d.refuse(Approval, true, do, "it can interrupt service, and no person who gave a name approved it")
	case d.Evidence == "" || a.Evidence != d.Evidence:
		d.refuse(Approval, true, do, "%s approved it on other evidence", a.By)
	case a.At.After(d.Now):
		d.refuse(Approval, true, do, "the approval of %s is of a time that has not come: a clock was set back", a.By)
	case !d.Now.Before(a.At.Add(d.g.Limits.ApprovalFor)):
		d.refuse(Approval, true, do, "the approval of %s, given at %s, held for %s", a.By, a.At.Format(time.TimeOnly), d.g.Limits.ApprovalFor)
	}
}

// precondition is the step's own.
func (d *decision) precondition() {
	c := d.Step.If
	const do = "a person must judge it"
	if c.Cause > 0 && !(d.Cause >= c.Cause) {
		d.refuse(Precondition, true, do, "its cause is %.0f %% sure, wanted are %.0f %%", 100*d.Cause, 100*c.Cause)
	}
	if c.Real > 0 && !(d.Real >= c.Real) {
		d.refuse(Precondition, true, do, "it is %.0f %% sure that the fault is in the hall and not in the eyes, wanted are %.0f %%", 100*d.Real, 100*c.Real)
	}
	if c.Drained && !d.Drained {
		d.refuse(Precondition, false, "put a drain step before it", "no drain step of this run was carried out")
	}
	if c.Severity != "" && string(d.Severity) != c.Severity {
		d.refuse(Precondition, false, do, "the fault is %s, not %s", d.Severity, c.Severity)
	}
	if c.SeenWithin > 0 && !slices.ContainsFunc(d.Sources, func(s Source) bool { return !s.At.After(d.Now) && d.Now.Sub(s.At) <= c.SeenWithin }) {
		d.refuse(Precondition, true, "a robot must look again", "nobody saw it within %s", c.SeenWithin)
	}
}
