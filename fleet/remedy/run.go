package remedy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A State is where a run is.
type State string

// The states of a run.
const (
	AwaitingApproval State = "awaiting-approval"
	Acting           State = "acting"   // a step is being carried out
	Settling         State = "settling" // the last step was accepted; its effect takes time
	Undoing          State = "undoing"  // it failed; what it did is taken back
	Done             State = "done"
	Failed           State = "failed"
)

// A Run carries one runbook out for one fault.
type Run struct {
	ID        string    `json:"id"`
	FaultID   string    `json:"faultId"`
	Runbook   string    `json:"runbook"`
	Book      string    `json:"book,omitempty"` // what the runbook said when the run began (Runbook.Hash)
	State     State     `json:"state"`
	Step      int       `json:"step"`
	StartedAt time.Time `json:"startedAt"`
	StepAt    time.Time `json:"stepAt"` // when the state was entered
	Approver  string    `json:"approver,omitempty"`
	Why       string    `json:"why,omitempty"` // it failed

	// Asked is the evidence that a person is shown to approve the step; Approval is the answer, for that evidence alone.
	Asked    string    `json:"asked,omitempty"`
	Approval *Approval `json:"approval,omitempty"`
	// Held is why the step is not carried out yet.
	Held string `json:"held,omitempty"`
	// Permit is the step that may be, and perhaps was, carried out; Did are those that were, oldest first.
	Permit *Deed  `json:"permit,omitempty"`
	Did    []Deed `json:"did,omitempty"`
	// Left is how many of Did are still to be looked at for an undo, while undoing.
	Left int `json:"left,omitempty"`
	// OpenedAt is when a person said that a drawer or lid stands open; Overdue that it stood open for longer than it may.
	OpenedAt *time.Time `json:"openedAt,omitempty"`
	Overdue  bool       `json:"overdue,omitempty"`
}

// An Approval is a named person's word that a step may interrupt service, on the evidence of its time.
type Approval struct {
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Evidence string    `json:"evidence"`
}

// A Deed is a step that was permitted, with all that the limits count it by.
type Deed struct {
	Key    string    `json:"key"`
	Step   int       `json:"step"`
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Rack   string    `json:"rack,omitempty"`
	Device string    `json:"device,omitempty"`
	Part   string    `json:"part,omitempty"`
	Feeds  []string  `json:"feeds,omitempty"`
	Domain string    `json:"domain,omitempty"` // of failure, that it takes something away in; empty when nothing
	Takes  Thing     `json:"takes,omitempty"`
	Auto   bool      `json:"auto,omitempty"` // the limits count it
	Was    string    `json:"was,omitempty"`  // what its undo puts back: a set-point, a fan mode
	Said   string    `json:"said,omitempty"` // by who carried it out
}

// Active says whether the run still has something to do.
func (r Run) Active() bool { return r.State != Done && r.State != Failed }

// ErrTooOften says that a runbook has run as often as it may.
var ErrTooOften = errors.New("ran as often as it may")

// Start begins a run, unless the runbook has been started too often lately; runs are the site's runs so far.
func Start(b Runbook, id, faultID string, runs []Run, now time.Time) (Run, error) {
	recent := 0
	for _, r := range runs {
		if r.Runbook == b.ID && r.StartedAt.After(now.Add(-b.AtMost.Per)) {
			recent++
		}
	}
	if b.AtMost.Count > 0 && recent >= b.AtMost.Count {
		return Run{}, fmt.Errorf("runbook %s: %w: %d times within %s", b.ID, ErrTooOften, recent, b.AtMost.Per)
	}
	return enter(Run{ID: id, FaultID: faultID, Runbook: b.ID, Book: b.Hash(), StartedAt: now}, b, b.first(), now), nil
}

// Key names the step that is being carried out, for its receiver: the same over every attempt.
func (r Run) Key() string {
	if r.State == Undoing {
		return fmt.Sprintf("%s.%d.undo%d", r.ID, r.Step, r.Left)
	}
	return fmt.Sprintf("%s.%d", r.ID, r.Step)
}

// Now is the step that the run is at; ok is false when it is at none.
func (r Run) Now(b Runbook) (s Step, ok bool) {
	if !r.Active() || r.Step < 0 || r.Step >= len(b.Steps) {
		return Step{}, false
	}
	return b.Steps[r.Step], true
}

// Follows says whether the runbook still says what it did when the run began.
func (r Run) Follows(b Runbook) bool { return r.Book == "" || r.Book == b.Hash() }

// Undone is what the step that is being undone found before it acted.
func (r Run) Undone() (Deed, bool) {
	if r.State != Undoing || r.Left < 1 || r.Left > len(r.Did) {
		return Deed{}, false
	}
	return r.Did[r.Left-1], true
}

// Shown is the run with the evidence that a person is asked to approve its step on. An approval of other evidence is void.
func Shown(r Run, evidence string, now time.Time) Run {
	if r.Asked == evidence {
		return r
	}
	if r.Approval != nil && r.State == Acting && r.Permit == nil {
		r.State, r.StepAt = AwaitingApproval, now
		r.Held = "the evidence changed after " + r.Approval.By + " approved: it must be approved anew"
	}
	if r.State == AwaitingApproval {
		r.Asked, r.Approval, r.Approver = evidence, nil, ""
	}
	return r
}

// Approved lets a waiting step go, in the name of a person, on the evidence that was shown.
func Approved(r Run, by string, now time.Time) (Run, error) {
	if r.State != AwaitingApproval {
		return r, fmt.Errorf("run %s is %s and waits for no approval", r.ID, r.State)
	}
	if by == "" {
		return r, fmt.Errorf("run %s: an approval needs a name", r.ID)
	}
	r.Approval = &Approval{By: by, At: now, Evidence: r.Asked}
	r.Approver, r.State, r.StepAt, r.Held = by, Acting, now, ""
	return r, nil
}

// Expired is the run whose approval was not used in time: it waits for a new one.
func Expired(r Run, holds time.Duration, now time.Time) Run {
	if r.State != Acting || r.Permit != nil || r.Approval == nil || now.Before(r.Approval.At.Add(holds)) {
		return r
	}
	r.Held = fmt.Sprintf("the approval of %s held for %s and was not used in time: it must be approved anew", r.Approval.By, holds)
	r.State, r.StepAt, r.Approval, r.Approver = AwaitingApproval, now, nil, ""
	return r
}

// Declined is the run after a person said no.
func Declined(r Run, b Runbook, by, why string, now time.Time) (Run, error) {
	if r.State != AwaitingApproval {
		return r, fmt.Errorf("run %s is %s and waits for no approval", r.ID, r.State)
	}
	if by == "" {
		return r, fmt.Errorf("run %s: who declines? it needs a name", r.ID)
	}
	text := "declined by " + by
	if why != "" {
		text += ": " + why
	}
	return back(r, b, text, now), nil
}

// Waits is the run whose step the guards hold back.
func Waits(r Run, why string) Run {
	r.Held = why
	return r
}

// Permitted is the run whose step may now be carried out. It is journaled before anybody acts.
func Permitted(r Run, d Deed, now time.Time) Run {
	if r.State != Acting && r.State != Undoing {
		return r
	}
	d.Key, d.Step, d.At = r.Key(), r.Step, now
	if r.Permit == nil {
		r.Held = ""
	}
	r.Permit = &d
	return r
}

// Accepted is the run after its step was carried out, or taken on; was is what an undo would put back.
func Accepted(r Run, b Runbook, was, said string, now time.Time) Run {
	switch r.State {
	case Acting:
		d := Deed{Key: r.Key(), Step: r.Step, At: now}
		if r.Permit != nil {
			d = *r.Permit
		}
		if d.Name, d.Said = b.Steps[r.Step].Name, said; d.Was == "" { // what it was before the first try
			d.Was = was
		}
		r.Did, r.Permit = append(slices.Clone(r.Did), d), nil
		r.State, r.StepAt, r.Held, r.OpenedAt, r.Overdue = Settling, now, "", nil, false
	case Undoing:
		r.Permit, r.Held = nil, ""
		return undo(r, b, b.following(r.Step), now)
	}
	return r
}

// Opened is the run after a person said that the drawer or lid of the task stands open.
func Opened(r Run, now time.Time) (Run, error) {
	if r.State != Acting {
		return r, fmt.Errorf("run %s is %s: nobody is at work for it", r.ID, r.State)
	}
	r.OpenedAt = &now
	return r, nil
}

// Refused is the run after its step could not be carried out for good: what was done before is taken back.
func Refused(r Run, b Runbook, why string, now time.Time) Run {
	switch r.State {
	case Acting, Settling, AwaitingApproval:
		return back(r, b, why, now)
	case Undoing:
		r.Why += fmt.Sprintf("; its undo %q failed too: %s", stepName(b, r.Step), why)
		r.Permit, r.Held = nil, ""
		return undo(r, b, len(b.Steps), now)
	}
	return r
}

// Unhelped is a run that is done, of a fault that is still there: what can be taken back is.
func Unhelped(r Run, b Runbook, why string, now time.Time) Run {
	if r.State != Done || !slices.ContainsFunc(r.Did, func(d Deed) bool { return d.Step < len(b.Steps) && b.Steps[d.Step].Undo != "" }) {
		return r
	}
	return back(r, b, why, now)
}

// Lost is the run that nothing more can be done for: its runbook is gone, or says something else now.
func Lost(r Run, why string, now time.Time) Run {
	if !r.Active() {
		return r
	}
	if r.Permit != nil { // perhaps it was carried out: the guards count it, and who takes over is told
		r.Did = append(slices.Clone(r.Did), *r.Permit)
	}
	r.State, r.StepAt, r.Why, r.Permit, r.Held = Failed, now, why, nil, ""
	return r
}

// Tick is the run as time passes: a step that is not carried out in time fails, one that has settled gives way to the next.
func Tick(r Run, b Runbook, now time.Time) Run {
	s, ok := r.Now(b)
	if !ok {
		return r
	}
	switch r.State {
	case Acting, Undoing:
		if s.Kind == Person && r.OpenedAt != nil && s.Task.Timer > 0 && !now.Before(r.OpenedAt.Add(s.Task.Timer)) {
			r.Overdue = true
		}
		if !now.Before(r.StepAt.Add(s.Timeout)) {
			why := fmt.Sprintf("step %q: nobody took it on within %s", s.Name, s.Timeout)
			if r.Held != "" {
				why = fmt.Sprintf("step %q was held back for %s: %s", s.Name, s.Timeout, r.Held)
			}
			return Refused(r, b, why, now)
		}
	case Settling:
		if !now.Before(r.StepAt.Add(s.Settle)) {
			return enter(r, b, b.following(r.Step), now)
		}
	}
	return r
}

func enter(r Run, b Runbook, step int, now time.Time) Run {
	r.Step, r.StepAt, r.Approval, r.Asked, r.Held, r.Permit = step, now, nil, "", "", nil
	switch {
	case step >= len(b.Steps):
		r.State = Done
	case b.Steps[step].Interrupts():
		r.State = AwaitingApproval
	default:
		r.State = Acting
	}
	return r
}

// back begins to take back what a run did, the newest first. A step that was permitted is taken back too: nobody knows
// how far it came.
func back(r Run, b Runbook, why string, now time.Time) Run {
	if r.Permit != nil {
		d := *r.Permit
		d.Name = stepName(b, d.Step)
		r.Did = append(slices.Clone(r.Did), d)
	}
	r.Why, r.Permit, r.Approval, r.Asked, r.Held, r.OpenedAt = why, nil, nil, "", "", nil
	r.State, r.Left = Undoing, len(r.Did)+1
	return undo(r, b, len(b.Steps), now)
}

// undo goes on to the step of an undo, or, at its end, to the undo of the deed before, or to the end of the run.
func undo(r Run, b Runbook, step int, now time.Time) Run {
	r.StepAt = now
	for step >= len(b.Steps) {
		if r.Left--; r.Left < 1 {
			r.Left, r.State = 0, Failed
			return r
		}
		if d := r.Did[r.Left-1]; d.Step < len(b.Steps) {
			if u := b.step(b.Steps[d.Step].Undo); u >= 0 {
				step = u
			}
		}
	}
	r.Step = step
	return r
}

func stepName(b Runbook, i int) string {
	if i < 0 || i >= len(b.Steps) {
		return "?"
	}
	return b.Steps[i].Name
}

// Tried tells what a run did, for a person who takes over.
func (r Run) Tried() string {
	text := ""
	for _, d := range r.Did {
		if text != "" {
			text += ", then "
		}
		text += fmt.Sprintf("%q", d.Name)
		if d.Said != "" {
			text += " (" + d.Said + ")"
		}
	}
	if text == "" {
		return "nothing was tried"
	}
	return "tried: " + text
}
