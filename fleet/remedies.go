package fleet

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
)

// Approve lets a repair's waiting step go, in a person's name, on the evidence that was shown (Run.Asked): empty when it is what
// is known now.
func (c *Controller) Approve(ctx context.Context, run, by, evidence string) (remedy.Run, error) {
	return c.onRun(ctx, run, func(r remedy.Run, b remedy.Runbook, now time.Time) (remedy.Run, string, error) {
		shown := remedy.Shown(r, guard.Shown(evidenceOf(c.faults[r.FaultID]), b, r.Step), now)
		if evidence != "" && evidence != shown.Asked {
			return r, "", fmt.Errorf("run %s: the evidence has changed since it was shown: look at fault %s again", r.ID, r.FaultID)
		}
		next, err := remedy.Approved(shown, by, now)
		return next, "approved by " + by, err
	})
}

// Decline ends a repair whose step waits for approval.
func (c *Controller) Decline(ctx context.Context, run, by, why string) (remedy.Run, error) {
	return c.onRun(ctx, run, func(r remedy.Run, b remedy.Runbook, now time.Time) (remedy.Run, string, error) {
		next, err := remedy.Declined(r, b, by, why, now)
		return next, "declined by " + by, err
	})
}

// Opened says that a person has opened the drawer or lid of a repair's task.
func (c *Controller) Opened(ctx context.Context, run, by string) (remedy.Run, error) {
	return c.onRun(ctx, run, func(r remedy.Run, b remedy.Runbook, now time.Time) (remedy.Run, string, error) {
		if s, ok := r.Now(b); !ok || s.Kind != remedy.Person {
			return r, "", fmt.Errorf("run %s is at no step for a person", r.ID)
		}
		next, err := remedy.Opened(r, now)
		return next, "opened by " + by, err
	})
}

// TaskDone says that a person has done a repair's task.
func (c *Controller) TaskDone(ctx context.Context, run, by string) (remedy.Run, error) {
	return c.onRun(ctx, run, func(r remedy.Run, b remedy.Runbook, now time.Time) (remedy.Run, string, error) {
		s, ok := r.Now(b)
		if !ok || s.Kind != remedy.Person || r.Permit == nil {
			return r, "", fmt.Errorf("run %s is %s, and no person is at work for it", r.ID, r.State)
		}
		return remedy.Accepted(r, b, "", "done by "+by, now), fmt.Sprintf("%q done by %s", s.Name, by), nil
	})
}

// onRun changes a run as a person says.
func (c *Controller) onRun(ctx context.Context, id string, change func(remedy.Run, remedy.Runbook, time.Time) (remedy.Run, string, error)) (out remedy.Run, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		r, ok := c.runs[id]
		if !ok {
			wrong = fmt.Errorf("repair %q: %w", id, ErrUnknown)
			return nil
		}
		book, _ := c.book(r.Runbook)
		now := c.o.Clock.Now()
		next, say, err := change(r, book, now)
		if err != nil {
			wrong = fmt.Errorf("%w: %w", ErrRefused, err)
			return nil
		}
		out = next
		done := Change{}
		if r.Permit != nil && next.Permit == nil {
			done = c.task(c.faults[r.FaultID], nil, now)
		}
		done.Runs, done.Say = []remedy.Run{out}, id+" "+say
		return c.commit(ctx, KindRemedy, now, done)
	})
	return out, cmp.Or(wrong, err)
}

// Stopped says whether remedies are stopped, by whom and why.
func (c *Controller) Stopped(ctx context.Context) (out remedy.Stop, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.stop; return nil })
	return out, err
}

// StopRemedies throws the switch that stops all remedies, or lets them run again.
func (c *Controller) StopRemedies(ctx context.Context, on bool, by, why string) (out remedy.Stop, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		if by == "" {
			wrong = fmt.Errorf("%w: who says so? it needs a name", ErrRefused)
			return nil
		}
		now := c.o.Clock.Now()
		out = remedy.Stop{On: on, By: by, Why: why, At: now}
		say := "all remedies stopped by " + by + ": " + why
		if !on {
			say = "remedies may run again, says " + by
		}
		return c.commit(ctx, KindStop, now, Change{Stop: &out, Say: say})
	})
	return out, cmp.Or(wrong, err)
}

// A Plan is what would be done about a fault now.
type Plan struct {
	FaultID string          `json:"faultId"`
	Runbook string          `json:"runbook,omitempty"` // empty when no runbook is for it: a person is called
	Why     string          `json:"why,omitempty"`     // nothing would be done
	Stop    remedy.Stop     `json:"stop"`
	Steps   []guard.Planned `json:"steps"`
}

// Plan says what would be done about a fault now, and what stands against it. Nothing is done.
func (c *Controller) Plan(ctx context.Context, id string) (out Plan, err error) {
	var wrong error
	err = c.do(ctx, func(context.Context) error {
		f, ok := c.faults[id]
		if !ok {
			wrong = fmt.Errorf("fault %q: %w", id, ErrUnknown)
			return nil
		}
		out = Plan{FaultID: id, Stop: c.stop, Steps: []guard.Planned{}}
		book, ok := remedy.For(c.repair.runbooks, f.Kind, string(f.Best().Kind))
		if !ok {
			out.Why = "no runbook is for " + f.Kind + ": a person is called"
			return nil
		}
		now := c.o.Clock.Now()
		out.Runbook = book.ID
		if _, err := remedy.Start(book, "plan", id, sorted(c.runs), now); err != nil {
			out.Why = err.Error() + ": a person is called"
		}
		k := c.caseOf(remedy.Run{FaultID: id}, remedy.Step{}, now)
		k.Troubles, k.Parts = c.troubles(), c.parts(c.repair.guards.Topology.Around(f.Device))
		out.Steps = c.repair.guards.Plan(book, k)
		return nil
	})
	return out, cmp.Or(wrong, err)
}

// RereadRunbooks reads the runbooks file again. A file that is refused changes nothing: the old one stays in force.
func (c *Controller) RereadRunbooks(ctx context.Context, by string) (n int, err error) {
	if c.o.Reread == nil {
		return 0, fmt.Errorf("%w: this controller has no site folder to read again", ErrRefused)
	}
	file, err := c.o.Reread()
	if err != nil {
		return 0, fmt.Errorf("%w, the old runbooks stay in force:\n%w", ErrRefused, err)
	}
	return len(file.Runbooks), c.do(ctx, func(ctx context.Context) error {
		c.repair.runbooks, c.repair.guards.Limits = file.Runbooks, file.Limits
		return c.commit(ctx, KindRemedy, c.o.Clock.Now(), Change{Say: fmt.Sprintf("%s had the runbooks read again: %d are in force", by, len(file.Runbooks))})
	})
}

// Judge keeps a person's judgement of a fault; the newest counts.
func (c *Controller) Judge(ctx context.Context, id string, says fault.Judgement, by, note string) (out fault.Verdict, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		f, ok := c.faults[id]
		if !ok {
			wrong = fmt.Errorf("fault %q: %w", id, ErrUnknown)
			return nil
		}
		now := c.o.Clock.Now()
		told, verdict, err := fault.Judged(f, says, by, note, now)
		if err != nil {
			wrong = fmt.Errorf("%w: %w", ErrRefused, err)
			return nil
		}
		out = verdict
		return c.commit(ctx, KindJudged, now, Change{Faults: []fault.Fault{told}, Verdicts: []fault.Verdict{verdict}, Say: fmt.Sprintf("%s judged %s by %s", id, says, by)})
	})
	return out, cmp.Or(wrong, err)
}

// Precision is how often faults were judged right, by kind, rack, robot and device type.
func (c *Controller) Precision(ctx context.Context) (out []fault.Precision, err error) {
	err = c.do(ctx, func(context.Context) error {
		out = fault.Precisions(sorted(c.faults), c.verdicts, func(id string) string {
			if d, ok := c.o.Site.Device(id); ok {
				return d.Type.Slug
			}
			return ""
		})
		return nil
	})
	return out, err
}
