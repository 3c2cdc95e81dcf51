package remedy

import (
	"errors"
	"fmt"
	"time"
)

// A State is where a run is.
type State string

// The states of a run.
const (
	AwaitingApproval State = "awaiting-approval"
	Acting           State = "acting"   // a step is being carried out
	Settling         State = "settling" // the last step was accepted; its effect takes time
	Done             State = "done"
	Failed           State = "failed"
)

// A Run carries one runbook out for one fault.
type Run struct {
	ID        string    `json:"id"`
	FaultID   string    `json:"faultId"`
	Runbook   string    `json:"runbook"`
	State     State     `json:"state"`
	Step      int       `json:"step"`
	StartedAt time.Time `json:"startedAt"`
	StepAt    time.Time `json:"stepAt"` // when the state was entered
	Approver  string    `json:"approver,omitempty"`
	Why       string    `json:"why,omitempty"` // it failed
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
	return enter(Run{ID: id, FaultID: faultID, Runbook: b.ID, StartedAt: now}, b, 0, now), nil
}

// Key names the step that is being carried out, for its receiver: the same over every attempt.
func (r Run) Key() string { return fmt.Sprintf("%s.%d", r.ID, r.Step) }

// Approved lets a waiting step go, in the name of a person.
func Approved(r Run, by string, now time.Time) (Run, error) {
	if r.State != AwaitingApproval {
		return r, fmt.Errorf("run %s is %s and waits for no approval", r.ID, r.State)
	}
	if by == "" {
		return r, fmt.Errorf("run %s: an approval needs a name", r.ID)
	}
	r.Approver, r.State, r.StepAt = by, Acting, now
	return r, nil
}

// Accepted is the run after its receiver took the step on.
func Accepted(r Run, now time.Time) Run {
	if r.State == Acting {
		r.State, r.StepAt = Settling, now
	}
	return r
}

// Refused is the run after its receiver refused the step for good.
func Refused(r Run, why string, now time.Time) Run {
	if r.State == Acting {
		r.State, r.StepAt, r.Why = Failed, now, why
	}
	return r
}

// Tick is the run as time passes: a step that nobody accepts fails, one that has settled gives way to the next.
func Tick(r Run, b Runbook, now time.Time) Run {
	if r.Step >= len(b.Steps) {
		return r
	}
	s := b.Steps[r.Step]
	switch {
	case r.State == Acting && !now.Before(r.StepAt.Add(s.Timeout)):
		return Refused(r, fmt.Sprintf("step %q: nobody took it on within %s", s.Name, s.Timeout), now)
	case r.State == Settling && !now.Before(r.StepAt.Add(s.Settle)):
		return enter(r, b, r.Step+1, now)
	}
	return r
}

func enter(r Run, b Runbook, step int, now time.Time) Run {
	r.Step, r.StepAt = step, now
	switch {
	case step >= len(b.Steps):
		r.State = Done
	case b.Steps[step].NeedsApproval:
		r.State = AwaitingApproval
	default:
		r.State = Acting
	}
	return r
}
