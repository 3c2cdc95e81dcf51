package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/maps"
)

// settle carries every fault as far as the state allows: it reads nothing but the state and the time, so after a
// restart it goes on where it stood.
func (c *Controller) settle(ctx context.Context) error {
	now := c.o.Clock.Now()
	if err := c.explain(ctx, now); err != nil {
		return err
	}
	if err := c.closeKids(ctx, now); err != nil {
		return err
	}
	if err := c.listenToSilences(ctx, now); err != nil {
		return err
	}
	if err := c.judgeAlarms(ctx, now); err != nil {
		return err
	}
	for _, f := range sorted(c.faults) {
		for {
			kind, change, ok := c.next(f, now)
			if !ok {
				break
			}
			if err := c.commit(ctx, kind, now, change); err != nil {
				return err
			}
			f = c.faults[f.ID]
		}
	}
	if err := c.conduct(ctx, now); err != nil {
		return err
	}
	c.courier.carry(c.state, time.Now()) //nolint:contextcheck // deliveries end with the leadership, not with the turn
	c.courier.answer(c.state)
	return nil
}

// next is the one step that a fault is due, if any.
func (c *Controller) next(f fault.Fault, now time.Time) (kind string, change Change, ok bool) {
	moved := f
	if level, ok := c.overdue(f, now); ok {
		return c.step(fault.Raised(f, level, now.Sub(f.StandsSince()), now))
	}
	switch f.State {
	case fault.Confirmed:
		if c.puzzle.open && len(f.Hypotheses) == 0 {
			return "", Change{}, false // what is behind it is sought within the second
		}
		if held, look, verdict := c.hold(f, now); verdict != quiet.Open || held.Held != f.Held {
			return c.keepBack(f, held, look)
		}
		moved = fault.Moved(f, fault.Ticketed, now, "ticket T"+f.ID[1:])
	case fault.Ticketed:
		if _, silent := c.silencedBy(f); silent {
			return "", Change{}, false // people are at work there: nothing is repaired meanwhile
		}
		return c.begin(f, now)
	case fault.Remediating:
		return c.goOn(f, now)
	case fault.Verifying:
		return c.verify(f, now)
	case fault.Escalated:
		return c.takeBack(f, now)
	}
	change = c.withTicket(moved)
	if moved.State == f.State && len(change.Tickets) == 0 {
		return "", Change{}, false
	}
	change.Say = fmt.Sprintf("%s: ticket %s %s", f.ID, c.ticketText(change), f.Cause)
	return KindFault, change, true
}

// begin starts the repair of a ticketed fault, or calls a person where there is none.
func (c *Controller) begin(f fault.Fault, now time.Time) (string, Change, bool) {
	book, ok := remedy.For(c.repair.runbooks, f.Kind, string(f.Best().Kind))
	switch {
	case !ok:
		return c.step(fault.Moved(f, fault.Escalated, now, "no runbook for "+f.Kind+": a person is needed"))
	case c.stop.On:
		return c.step(fault.Moved(f, fault.Escalated, now, fmt.Sprintf("remedies were stopped by %s (%s): a person is needed", c.stop.By, c.stop.Why)))
	}
	id := fmt.Sprintf("R-%04d", len(c.runs)+1)
	run, err := remedy.Start(book, id, f.ID, sorted(c.runs), now)
	if err != nil {
		return c.step(fault.Moved(f, fault.Escalated, now, err.Error()+": a person is needed"))
	}
	kind, change, _ := c.step(fault.Moved(f, fault.Remediating, now, "runbook "+book.ID+", step "+book.Steps[run.Step].Name))
	change.Runs = []remedy.Run{run}
	return kind, change, true
}

// goOn follows the run of a fault to its end.
func (c *Controller) goOn(f fault.Fault, now time.Time) (string, Change, bool) {
	run, ok := c.lastRun(f.ID)
	switch {
	case !ok:
		return c.step(fault.Moved(f, fault.Escalated, now, "its repair is unknown: a person is needed"))
	case run.State == remedy.Failed:
		return c.step(fault.Moved(f, fault.Escalated, now, run.Why+" ("+run.Tried()+"): a person is needed"))
	case run.State == remedy.Done:
		f.Verifications = 0
		return c.step(fault.Moved(f, fault.Verifying, now, "the repair is done; a robot looks again"))
	}
	return "", Change{}, false
}

// takeBack takes back what the repair of an escalated fault did, where it did not help.
func (c *Controller) takeBack(f fault.Fault, now time.Time) (string, Change, bool) {
	run, ok := c.lastRun(f.ID)
	book, known := c.book(run.Runbook)
	if !ok || !known || !run.Follows(book) || run.State != remedy.Done {
		return "", Change{}, false
	}
	back := remedy.Unhelped(run, book, "the fault is still there", now)
	if back.State == remedy.Done {
		return "", Change{}, false
	}
	kind, change, _ := c.step(fault.Noted(f, now, "what the repair did is taken back ("+run.Tried()+")"))
	change.Runs = []remedy.Run{back}
	return kind, change, true
}

// verify sees to it that a robot looks again, from where the fault was seen, and that it is known within one revisit interval
// whether the repair helped: otherwise a person is called.
func (c *Controller) verify(f fault.Fault, now time.Time) (string, Change, bool) {
	var last Inspection
	for _, i := range c.inspections { // the order of ids is another when they grow a digit
		if i.FaultID == f.ID && cmp.Or(i.At.Compare(last.At), cmp.Compare(i.ID, last.ID)) > 0 {
			last = i
		}
	}
	v, ok := c.o.Site.Viewpoint(f.LastViewpoint())
	if ok && now.Sub(f.Since()) >= v.RevisitInterval {
		return c.step(fault.Moved(f, fault.Escalated, now, fmt.Sprintf("no look settled within %s, its revisit interval, whether the repair helped: a person must look", v.RevisitInterval)))
	}
	if last.Open() {
		return "", Change{}, false
	}
	if last.State == Failed && f.Verifications >= c.o.Rules.Fault.MaxVerifications {
		return c.step(fault.Moved(f, fault.Escalated, now, "no robot could verify it: a person is needed"))
	}
	if !ok {
		return c.step(fault.Moved(f, fault.Escalated, now, "viewpoint "+f.LastViewpoint()+" is gone: a person must look"))
	}
	f.Verifications++
	kind, change, _ := c.step(fault.Noted(f, now, fmt.Sprintf("verification %d asked for", f.Verifications)))
	look := c.lookFrom(v, 0, "verification", "", now)
	look.FaultID = f.ID
	change.Inspections = []Inspection{look}
	return kind, change, true
}

// step is the change that carries a fault on, with its ticket.
func (c *Controller) step(f fault.Fault) (string, Change, bool) {
	change := c.withTicket(f)
	change.Say = storyOf(f)
	return KindFault, change, true
}

// withTicket is a change with the fault, and with a new revision of its ticket where one is due: a fault that was
// never confirmed has none, and one look does not open a closed one.
func (c *Controller) withTicket(f fault.Fault) Change {
	change := Change{}
	if c.faults[f.ID].State != f.State || len(c.faults[f.ID].Timeline) != len(f.Timeline) {
		change.Faults = []fault.Fault{f}
	}
	had, exists := c.tickets[f.ID]
	if f.State == fault.Reopened || !exists && (f.State == fault.Suspected || !f.State.Open() || f.Parent != "") {
		return change
	}
	asset := ""
	if d, ok := c.o.Site.Device(f.Device); ok {
		asset = d.AssetTag
	}
	if t, isNew := ticket.Of(f, had, asset); isNew {
		change.Tickets = []ticket.Ticket{t}
	}
	return change
}

func (c *Controller) ticketText(change Change) string {
	if len(change.Tickets) == 0 {
		return "stands:"
	}
	t := change.Tickets[0]
	return fmt.Sprintf("%s %s (revision %d):", t.ID, t.State, t.Revision)
}

func (c *Controller) book(id string) (remedy.Runbook, bool) {
	i := slices.IndexFunc(c.repair.runbooks, func(b remedy.Runbook) bool { return b.ID == id })
	if i < 0 {
		return remedy.Runbook{}, false
	}
	return c.repair.runbooks[i], true
}

// lastRun is the run of a fault that began last, whatever the order of ids.
func (c *Controller) lastRun(faultID string) (last remedy.Run, ok bool) {
	for _, r := range c.runs {
		if r.FaultID == faultID && (!ok || cmp.Or(r.StartedAt.Compare(last.StartedAt), cmp.Compare(r.ID, last.ID)) > 0) {
			last, ok = r, true
		}
	}
	return last, ok
}

// lookFrom asks for a look from a viewpoint: the nth of those that are asked for at once.
func (c *Controller) lookFrom(v maps.Viewpoint, n int, class, by string, at time.Time) Inspection {
	return Inspection{ID: c.inspectionID(n), State: Waiting, Class: class, By: by, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, At: at}
}

// inspectionID is the id of the nth inspection after the last one.
func (c *Controller) inspectionID(n int) string {
	return fmt.Sprintf("I-%05d", len(c.inspections)+1+n)
}
