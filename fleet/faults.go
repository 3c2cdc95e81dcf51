package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// observe takes an observation: once, in the robot's own order, and with all that follows for faults in one record.
func (c *Controller) observe(ctx context.Context, id wire.RobotID, o wire.Observation) error {
	r := c.robot(id)
	now := c.o.Clock.Now()
	l := c.alive(id)
	if o.Seq != r.Seq+1 && !l.gap.lasts(r.Seq, o.Seq) {
		c.receipt(id) // seen already, or one before it is missing: the receipt says from where
		return nil
	}
	change := Change{Observation: &o}
	if o.Seq > r.Seq+1 {
		change.Say = fmt.Sprintf("%s no longer has its observations %d to %d", id.SerialNumber, r.Seq+1, o.Seq-1)
	}
	l.gap = gap{}
	r.Seq, r.At = o.Seq, now
	change.Robots = []Robot{r}
	c.conclude(o, &change)
	c.listen(o)
	c.serve(o, now, &change)
	c.want(ctx, id, o.Evidence)
	if err := c.commit(ctx, KindObserved, o.At, change); err != nil {
		return err
	}
	c.receipt(id)
	return nil
}

// A gap is an observation that a robot sends although an earlier one is wanted.
type gap struct {
	first uint64
	told  int
}

// gapTold is how often a robot must have heard which observation is wanted, and still begin with a later one, before
// it is believed that it has the others no longer: after this controller was restored from an old backup.
const gapTold = 5

// lasts counts an observation that came instead of the one after durable, and says whether the gap is believed.
func (g *gap) lasts(durable, seq uint64) bool {
	if seq <= durable {
		return false
	}
	if g.first == 0 || seq < g.first {
		*g = gap{first: seq}
	}
	if seq == g.first {
		g.told++
	}
	return seq == g.first && g.told > gapTold
}

// conclude adds to a change what an observation means for the site's faults.
func (c *Controller) conclude(o wire.Observation, change *Change) {
	if o.Failed != "" {
		return
	}
	seen := map[string]bool{}
	for _, f := range o.Findings {
		next, ok := c.sighted(o, f, change.Faults)
		if !ok {
			continue
		}
		seen[next.ID] = true
		change.Faults = upsert(change.Faults, next)
	}
	for _, id := range c.index.racks[o.Rack] {
		f := c.faults[id]
		if !standing(f) || f.Shared || o.At.Before(f.UpdatedAt) || !f.Covers(o) {
			continue
		}
		if seen[f.ID] {
			if f.State == fault.Verifying {
				i := slices.IndexFunc(change.Faults, func(g fault.Fault) bool { return g.ID == f.ID })
				change.Faults[i] = fault.StillSeen(change.Faults[i], o, c.faultRules())
			}
			continue
		}
		if next := c.unseen(f, o); len(next.Timeline) != len(f.Timeline) {
			change.Faults = upsert(change.Faults, next)
		}
	}
	c.concludeShared(o, seen, change)
	for _, f := range change.Faults {
		if old := c.faults[f.ID]; old.State != f.State {
			change.Say = storyOf(f)
		}
	}
}

// storyOf is the last line of a fault's story, with its place.
func storyOf(f fault.Fault) string {
	return fmt.Sprintf("%s %s: %s", f.ID, f.Where(), f.Timeline[len(f.Timeline)-1].What)
}

// sighted is the fault that a finding belongs to, after it: an open one, one that reopens, a cause that explains it, or
// a new one. ok is false when it says nothing new: a note begins no fault, and reopens none.
func (c *Controller) sighted(o wire.Observation, f vision.Finding, changed []fault.Fault) (fault.Fault, bool) {
	key := fault.KeyOf(f)
	for _, id := range c.index.keys[key] {
		if known := c.faultIn(changed, id); standing(known) || f.Severity != vision.Info && known.Reopens(o.At, c.faultRules()) {
			next := fault.Seen(known, "", o, f, c.faultRules())
			if next.State == fault.Reopened && next.Parent != "" {
				next = fault.OnItsOwn(next, o.At)
			}
			return next, true
		}
	}
	fresh := newOnes(changed, c.faults)
	if i := slices.IndexFunc(fresh, func(g fault.Fault) bool { return g.Key == key }); i >= 0 {
		return fault.Seen(fresh[i], "", o, f, c.faultRules()), true
	}
	var open []fault.Fault
	for _, id := range c.index.racks[f.Rack] {
		open = append(open, c.faultIn(changed, id))
	}
	open = append(open, fresh...)
	if cause, ok := fault.CauseOf(f, open); ok {
		i := slices.IndexFunc(open, func(g fault.Fault) bool { return g.ID == cause })
		return fault.WithSymptom(open[i], f, o.At)
	}
	if f.Severity == vision.Info {
		return fault.Fault{}, false
	}
	id := fmt.Sprintf("F-%04d", len(c.faults)+len(fresh)+1)
	return fault.Seen(fault.Fault{}, id, o, f, c.faultRules()), true
}

// unseen is a fault after a look that read its place and found it in order. One that waits for a person has perhaps
// been repaired: the next look decides. One that comes and goes stays open until it was in order for long enough.
func (c *Controller) unseen(f fault.Fault, o wire.Observation) fault.Fault {
	if f.State != fault.Confirmed && f.State.Open() {
		var since time.Time
		if f.ClearSince != nil {
			since = *f.ClearSince
		}
		if rules := c.patience().Flapping; !rules.Settled(f.Back, since, o.At) {
			return fault.Kept(f, o, rules.Steady)
		}
	}
	switch f.State {
	case fault.Ticketed, fault.Escalated:
		return fault.Moved(f, fault.Verifying, o.At, "a look found it in order: somebody may have repaired it")
	default:
		return fault.NotSeen(f, o)
	}
}

// serve ends the inspection that an observation answers.
func (c *Controller) serve(o wire.Observation, now time.Time, change *Change) {
	i, ok := c.inspections[o.ActionID]
	if !ok || !i.Open() || o.SecondLookOf != 0 {
		return
	}
	i.Robot = wire.RobotID{Manufacturer: o.Manufacturer, SerialNumber: o.SerialNumber}.String()
	if o.Failed != "" {
		i = retried(i, now, o.Failed)
	} else {
		i.State, i.DoneAt, i.Result = Looked, &now, resultText(o)
	}
	change.Inspections = append(change.Inspections, i)
	if change.Say == "" {
		change.Say = fmt.Sprintf("%s: %s of %s: %s", o.SerialNumber, i.Class, o.Viewpoint, i.Result)
	}
}

func resultText(o wire.Observation) string {
	switch n := len(o.Findings); n {
	case 0:
		return "all in order"
	case 1:
		return o.Findings[0].Meaning
	default:
		return fmt.Sprintf("%s, and %d more", o.Findings[0].Meaning, n-1)
	}
}

// want notes which pictures of a robot are not here yet.
func (c *Controller) want(ctx context.Context, id wire.RobotID, pictures []wire.EvidenceRef) {
	for _, e := range pictures {
		if has, err := c.o.Pictures.Has(ctx, e.SHA256); err == nil && !has {
			c.alive(id).missing[e.SHA256] = true
		}
	}
}

// receipt tells a robot what is safe.
func (c *Controller) receipt(id wire.RobotID) {
	r := wire.Receipt{At: c.o.Clock.Now(), Seq: c.robots[id.String()].Seq}
	for sha := range c.alive(id).missing {
		r.Missing = append(r.Missing, sha)
	}
	slices.Sort(r.Missing)
	payload, err := wire.EncodeReceipt(r)
	if err != nil {
		c.o.Logger.Error("receipt not sent", "robot", id.String(), "error", err)
		return
	}
	c.post(wire.Topic(c.o.Site.ID, id, wire.KindReceipt), payload)
}

// faultIn is a fault as a change has it so far.
func (c *Controller) faultIn(changed []fault.Fault, id string) fault.Fault {
	if i := slices.IndexFunc(changed, func(f fault.Fault) bool { return f.ID == id }); i >= 0 {
		return changed[i]
	}
	return c.faults[id]
}

// ticketIn is a fault's ticket as a change has it so far.
func (c *Controller) ticketIn(changed []ticket.Ticket, faultID string) ticket.Ticket {
	if i := slices.IndexFunc(changed, func(t ticket.Ticket) bool { return t.FaultID == faultID }); i >= 0 {
		return changed[i]
	}
	return c.tickets[faultID]
}

func upsert(list []fault.Fault, f fault.Fault) []fault.Fault {
	return put(list, f, func(g fault.Fault) bool { return g.ID == f.ID })
}

func upsertTicket(list []ticket.Ticket, t ticket.Ticket) []ticket.Ticket {
	return put(list, t, func(g ticket.Ticket) bool { return g.ID == t.ID })
}

// put puts a value in place of the one that it replaces, or at the end.
func put[T any](list []T, v T, replaces func(T) bool) []T {
	if i := slices.IndexFunc(list, replaces); i >= 0 {
		list[i] = v
		return list
	}
	return append(list, v)
}

// newOnes are the changed faults that the state does not know yet.
func newOnes(changed []fault.Fault, known map[string]fault.Fault) []fault.Fault {
	var out []fault.Fault
	for _, f := range changed {
		if _, ok := known[f.ID]; !ok {
			out = append(out, f)
		}
	}
	return out
}
