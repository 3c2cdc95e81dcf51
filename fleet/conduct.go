package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/act"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/maps"
)

// A repair is what the carrying out of runbooks needs beside the state.
type repair struct {
	runbooks  []remedy.Runbook
	guards    guard.Guards
	executors map[remedy.Kind]remedy.Executor
}

func newRepair(o Options) repair {
	client := rest.NoRedirects(tryTimeout)
	hook := act.NewHook(client, o.Secret, time.Now)
	r := repair{
		runbooks: o.Runbooks.Runbooks, guards: guard.Guards{Topology: guard.NewTopology(o.Site), Limits: o.Runbooks.Limits},
		executors: map[remedy.Kind]remedy.Executor{remedy.Webhook: hook, remedy.Drain: hook},
	}
	if o.Runbooks.Limits == (remedy.Limits{}) {
		r.guards.Limits = remedy.DefaultLimits()
	}
	for k, e := range o.Executors {
		r.executors[k] = e
	}
	return r
}

// conduct carries every run on, as far as the guards allow.
func (c *Controller) conduct(ctx context.Context, now time.Time) error {
	if err := c.trip(ctx, now); err != nil {
		return err
	}
	var troubles []guard.Trouble // no repair adds to them within one pass
	for _, r := range sorted(c.runs) {
		if !r.Active() {
			continue
		}
		if troubles == nil {
			troubles = c.troubles()
		}
		if err := c.carryOn(ctx, r, answer{}, troubles, now); err != nil {
			return err
		}
	}
	return nil
}

// An answer is what a target said that it is; the zero answer is that it was not asked.
type answer struct {
	found *remedy.Identity
	key   string // of the step for which it was asked
}

// trip throws the stop switch when many things fail at once. A person who has let remedies run again is believed for the
// faults that began before.
func (c *Controller) trip(ctx context.Context, now time.Time) error {
	if c.stop.On || len(c.repair.runbooks) == 0 {
		return nil
	}
	l, n := c.repair.guards.Limits, 0
	for _, f := range c.faults {
		if !standing(f) {
			continue
		}
		if began := f.BeganAt(); began.After(c.stop.At) && began.After(now.Add(-l.StormWithin)) {
			n++
		}
	}
	if n < l.StormFaults {
		return nil
	}
	stop := remedy.Stop{On: true, By: "nightrounds", At: now, Why: fmt.Sprintf("%d faults began within %s: many things fail at once", n, l.StormWithin)}
	return c.commit(ctx, KindStop, now, Change{Stop: &stop, Say: "all remedies stopped, people are called: " + stop.Why + "; nightrounds remedy go lets them run again"})
}

// carryOn carries one run on, by what its target said that it is where that was asked.
func (c *Controller) carryOn(ctx context.Context, r remedy.Run, said answer, troubles []guard.Trouble, now time.Time) error {
	book, ok := c.book(r.Runbook)
	if !ok {
		return c.moved(ctx, r, remedy.Lost(r, "its runbook "+r.Runbook+" is gone", now), Change{}, now)
	}
	step, _ := r.Now(book)
	if next, done := c.unguarded(r, book, step, now); done {
		return c.moved(ctx, r, next, Change{}, now)
	}
	k := c.caseOf(r, step, now)
	k.Found, k.FoundFor, k.Troubles = said.found, said.key, troubles
	byHand := r.Permit != nil && (step.Kind == remedy.Person || step.Kind == remedy.Look)
	next, move := c.repair.guards.Next(r, book, k, byHand || c.courier.held("run/"+r.Key()))
	var change Change
	executor, known := c.repair.executors[move.Order.Step.Kind]
	switch kind := move.Order.Step.Kind; {
	case move.Act && kind == remedy.Look:
		change.Inspections = c.lookAgain(c.faults[r.FaultID], "step "+next.Key(), now)
	case move.Act && kind == remedy.Person:
		change = c.task(c.faults[r.FaultID], &move.Order.Step.Task, now)
	case (move.Ask || move.Act) && !known:
		next = remedy.Refused(r, book, fmt.Sprintf("step %q: nothing here carries out %s steps", move.Order.Step.Name, kind), now)
		move = guard.Move{}
	case slices.ContainsFunc(move.Refused, func(r guard.Refusal) bool {
		return r.Wait && (r.Guard == guard.Evidence || r.Guard == guard.Precondition)
	}):
		change.Inspections = c.lookAgain(c.faults[r.FaultID], "evidence for "+r.ID, now)
	}
	if r.Permit != nil && next.Permit == nil && step.Kind == remedy.Person {
		change = c.task(c.faults[r.FaultID], nil, now)
	}
	if err := c.moved(ctx, r, next, change, now); err != nil || !known {
		return err
	}
	switch {
	case move.Ask:
		c.courier.identify(r.ID, move.Order, executor, c.left(next, move.Order.Step, now))
	case move.Act:
		c.courier.perform(r.ID, move.Order, executor, c.left(next, move.Order.Step, now))
	}
	return nil
}

// unguarded is a run as far as it is carried on without the guards; done is false where they are to decide.
func (c *Controller) unguarded(r remedy.Run, b remedy.Runbook, s remedy.Step, now time.Time) (next remedy.Run, done bool) {
	if f := c.faults[r.FaultID]; f.State == fault.Folded && r.Permit == nil && r.State != remedy.Undoing {
		return remedy.Refused(r, b, "the fault is a symptom of "+f.Parent+": that is to be repaired", now), true
	}
	if r.State == remedy.Settling && r.Follows(b) { // what comes next is decided on as the step that it is
		return remedy.Tick(r, b, now), true
	}
	if s.Kind == remedy.Look && r.Permit != nil {
		if next := c.lookedAgain(r, b, s, now); !reflect.DeepEqual(next, r) {
			return next, true
		}
	}
	return c.hushed(r, b, s, now)
}

// hushed is a run whose next step a silence holds back: people are at work there. What was begun goes on to its end.
func (c *Controller) hushed(r remedy.Run, b remedy.Runbook, s remedy.Step, now time.Time) (remedy.Run, bool) {
	by, silent := c.silencedBy(c.faults[r.FaultID])
	if !silent || r.State != remedy.Acting || r.Permit != nil || !r.Follows(b) || s.Kind == remedy.Person || s.Kind == remedy.Look {
		return r, false
	}
	waits := remedy.Waits(r, fmt.Sprintf("silence %s holds until %s: %s", by.ID, by.Ends.Format(time.DateTime), by.Why))
	return remedy.Tick(waits, b, now), true
}

// left is how long, on the wall clock, a step may still take.
func (c *Controller) left(r remedy.Run, s remedy.Step, now time.Time) time.Duration {
	return c.o.Clock.Wall(r.StepAt.Add(s.Timeout).Sub(now))
}

// moved journals what changed in a run, if anything did.
func (c *Controller) moved(ctx context.Context, was, next remedy.Run, change Change, now time.Time) error {
	if reflect.DeepEqual(was, next) && len(change.Inspections) == 0 && len(change.Tickets) == 0 {
		return nil
	}
	change.Runs = []remedy.Run{next}
	switch {
	case next.Overdue && !was.Overdue:
		change.Say = fmt.Sprintf("%s: what was opened at %s stands open for too long: close it, it heats its neighbours", was.FaultID, next.OpenedAt.Format(time.TimeOnly))
	case next.Why != was.Why:
		change.Say = fmt.Sprintf("%s: repair %s failed: %s", was.FaultID, next.ID, next.Why)
	case next.Held != was.Held && next.Held != "":
		change.Say = fmt.Sprintf("%s: repair %s waits: %s", was.FaultID, next.ID, next.Held)
	case next.State == remedy.AwaitingApproval && was.State != next.State:
		change.Say = fmt.Sprintf("%s: repair %s waits for a person's approval: nightrounds approve %s", was.FaultID, next.ID, next.ID)
	}
	if change.Say != "" && len(change.Faults) == 0 {
		if f, ok := c.faults[was.FaultID]; ok && f.State == fault.Remediating {
			_, text, _ := strings.Cut(change.Say, ": ")
			change.Faults = []fault.Fault{fault.Noted(f, now, text)}
		}
	}
	return c.commit(ctx, KindRemedy, now, change)
}

// lookAgain is an inspection from where a fault is seen best, unless one was asked for lately for the same reason.
func (c *Controller) lookAgain(f fault.Fault, by string, now time.Time) []Inspection {
	v, ok := c.o.Site.Viewpoint(f.LastViewpoint())
	if !ok {
		return nil
	}
	for _, i := range c.inspections {
		if i.By == by && (i.Open() || now.Sub(i.At) < askEvery) {
			return nil
		}
	}
	return []Inspection{c.lookFrom(v, 0, "operator", by, now)}
}

// lookedAgain is a run whose step is a look, as far as that has come.
func (c *Controller) lookedAgain(r remedy.Run, b remedy.Runbook, s remedy.Step, now time.Time) remedy.Run {
	for _, i := range sorted(c.inspections) {
		if i.By != "step "+r.Key() || i.Open() {
			continue
		}
		if i.State != Looked {
			return remedy.Refused(r, b, fmt.Sprintf("step %q: no robot could look: %s", s.Name, i.Result), now)
		}
		f := c.faults[r.FaultID]
		there := slices.ContainsFunc(f.Sightings, func(l fault.Look) bool { return !l.At.Before(i.At) })
		if s.Expect == remedy.Locator && !c.locatorSeen(f.Device, i.At) {
			return remedy.Refused(r, b, fmt.Sprintf("step %q: no locator light shines where the record has %s: it is another machine that answers, or stands there", s.Name, f.Device), now)
		}
		if s.Expect == remedy.Gone && there || s.Expect == remedy.There && !there {
			return remedy.Refused(r, b, fmt.Sprintf("step %q: it should be %s, and a look says: %s", s.Name, s.Expect, i.Result), now)
		}
		if o := c.looks[i.Viewpoint]; s.Expect == remedy.Gone && !f.Shared && (o.At.Before(i.At) || !f.Covers(o)) {
			return remedy.Refused(r, b, fmt.Sprintf("step %q: it should be gone, and the look could not tell", s.Name), now)
		}
		return remedy.Accepted(r, b, "", i.Result, now)
	}
	return r
}

// locatorSeen says whether a look since a time saw the locator light of a device shine.
func (c *Controller) locatorSeen(device string, since time.Time) bool {
	d, ok := c.o.Site.Device(device)
	if !ok {
		return false
	}
	return slices.ContainsFunc(c.parts([]string{device}), func(p guard.Part) bool {
		return !p.Good && !p.At.Before(since) && slices.ContainsFunc(d.Type.LEDs, func(l maps.LED) bool {
			return l.Name == p.Name && slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return m.Kind == kindLocator && m.Meaning == p.Says })
		})
	})
}

// kindLocator is the kind of finding that a locator light makes.
const kindLocator = "identify"

// task puts a job for a person on a fault's ticket, or, nil, takes it off.
func (c *Controller) task(f fault.Fault, job *remedy.Task, now time.Time) Change {
	change := Change{}
	if t, ok := c.tickets[f.ID]; ok {
		change.Tickets = []ticket.Ticket{ticket.WithTask(t, job, now)}
	}
	if job != nil {
		change.Faults = []fault.Fault{fault.Noted(f, now, "a person is asked: "+guard.TaskText(*job))}
		change.Say = f.ID + ": a person is asked: " + guard.TaskText(*job)
	}
	return change
}

// errPending is a step that was taken on and is not done: it is asked again.
var errPending = errors.New("not done yet")

// identify has a target say what it is, and carries its run on by that.
func (d *courier) identify(run string, o remedy.Order, e remedy.Executor, within time.Duration) {
	var id remedy.Identity
	d.try("run/"+o.Key, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, min(within, tryTimeout))
		defer cancel()
		id, err = e.Identify(ctx, o)
		return err
	}, func(ctx context.Context, err error) error {
		r, now := d.c.runs[run], d.c.o.Clock.Now()
		if r.Key() != o.Key {
			return nil
		}
		if err != nil {
			book, _ := d.c.book(r.Runbook)
			return d.c.moved(ctx, r, failed(r, book, o.Step, fmt.Errorf("it does not say who it is: %w", err), now), Change{}, now)
		}
		id.At = now
		return d.c.carryOn(ctx, r, answer{&id, o.Key}, d.c.troubles(), now)
	})
}

// perform carries a permitted step out once, and notes what came of it.
func (d *courier) perform(run string, o remedy.Order, e remedy.Executor, within time.Duration) {
	var out remedy.Outcome
	d.try("run/"+o.Key, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if out, err = e.Carry(ctx, o); err == nil && out.Pending {
			return errPending
		}
		return err
	}, func(ctx context.Context, err error) error {
		return d.c.performed(ctx, run, o, out, err)
	})
}

// performed notes what came of a step.
func (c *Controller) performed(ctx context.Context, id string, o remedy.Order, out remedy.Outcome, err error) error {
	r, now := c.runs[id], c.o.Clock.Now()
	book, ok := c.book(r.Runbook)
	if !ok || r.Key() != o.Key || r.Permit == nil {
		return nil // it is over: it took too long
	}
	if err != nil {
		if errors.Is(err, errPending) {
			return nil
		}
		c.o.Logger.Warn("step not carried out", "step", o.Step.Name, "fault", o.FaultID, "error", err)
		return c.moved(ctx, r, failed(r, book, o.Step, err, now), Change{}, now)
	}
	if out.Denied != "" {
		return c.moved(ctx, r, remedy.Refused(r, book, fmt.Sprintf("step %q: %s", o.Step.Name, out.Denied), now), Change{}, now)
	}
	next := remedy.Accepted(r, book, out.Was, out.Said, now)
	return c.commit(ctx, KindRemedy, now, Change{Runs: []remedy.Run{next}, Say: fmt.Sprintf("%s: step %q taken on", o.FaultID, o.Step.Name)})
}

// failed is a run whose step failed: for good, or, where trying again does no harm and may help, until its next try.
func failed(r remedy.Run, b remedy.Runbook, s remedy.Step, err error, now time.Time) remedy.Run {
	if errors.Is(err, remedy.ErrFinal) || r.Permit != nil && !s.Repeatable() {
		return remedy.Refused(r, b, fmt.Sprintf("step %q: %v", s.Name, err), now)
	}
	return remedy.Waits(r, fmt.Sprintf("step %q: %v", s.Name, err))
}
