package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// A Move is what a run is due, beside what changed in it.
type Move struct {
	Ask   bool // the target must be asked who it is
	Act   bool // the step may be carried out, now: the run with its permit is journaled first
	Order remedy.Order
	// Refused are the refusals that hold the step back, or that ended it.
	Refused []Refusal
}

// Next carries a run on as far as its runbook, the time and the guards allow. Of the case it reads what is known of the fault
// and the site; step, approval and key are the run's. Busy says that the step is being carried out: then only time passes.
func (g Guards) Next(r remedy.Run, b remedy.Runbook, c Case, busy bool) (remedy.Run, Move) {
	if !r.Active() {
		return r, Move{}
	}
	if !r.Follows(b) {
		return remedy.Lost(r, "its runbook "+r.Runbook+" says something else now", c.Now), Move{}
	}
	shown := Shown(c.Evidence, b, r.Step)
	r = remedy.Expired(remedy.Shown(r, shown, c.Now), g.Limits.ApprovalFor, c.Now)
	r = remedy.Tick(r, b, c.Now)
	s, ok := r.Now(b)
	if busy || !ok || r.State != remedy.Acting && r.State != remedy.Undoing {
		return r, Move{}
	}
	if r.Permit != nil && !s.Repeatable() {
		return remedy.Refused(r, b, fmt.Sprintf("step %q: nobody knows whether it was carried out, and it must not be twice", s.Name), c.Now), Move{}
	}
	c.Step, c.Run, c.Key, c.Evidence, c.Approval = s, r.ID, r.Key(), Shown(c.Evidence, b, r.Step), r.Approval
	c.Undo, c.Drained = r.State == remedy.Undoing, drained(r, b)
	if d, undoing := r.Undone(); undoing {
		c.Restore = d.Was
	}
	if c.FoundFor != r.Key() { // asked for a step that is over: the next one may have another target
		c.Found = nil
	}
	check := g.Check
	if s.Touches() && c.Found == nil {
		check = g.Before
	}
	target, refusals := check(c)
	if final, is := Final(refusals); is {
		return remedy.Refused(r, b, final.Error(), c.Now), Move{Refused: refusals}
	}
	if len(refusals) > 0 {
		return remedy.Waits(r, Text(refusals)), Move{Refused: refusals}
	}
	order := remedy.Order{Key: r.Key(), FaultID: r.FaultID, Kind: c.Fault.Kind, Step: s, Target: target, Restore: c.Restore}
	if s.Touches() && c.Found == nil {
		return r, Move{Ask: true, Order: order}
	}
	d := deed(s, target, c.Found)
	if r.Permit != nil { // tried again: what it found at first is what an undo puts back
		d.Was = r.Permit.Was
	}
	return remedy.Permitted(r, d, c.Now), Move{Act: true, Order: order}
}

// Shown names what a person is shown to approve a step: what is concluded of the fault, and the step with all it says.
func Shown(evidence string, b remedy.Runbook, step int) string {
	if evidence == "" || step < 0 || step >= len(b.Steps) {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", evidence, b.Hash(), step))
	return hex.EncodeToString(sum[:12])
}

func deed(s remedy.Step, t remedy.Target, found *remedy.Identity) remedy.Deed {
	d := remedy.Deed{
		Name: s.Name, Rack: t.Rack, Device: t.Device, Part: t.Part, Feeds: t.Feeds, Domain: t.Domain, Takes: s.Takes, Auto: s.Automatic(),
	}
	if found != nil && found.Value != nil {
		d.Was = strconv.FormatFloat(*found.Value, 'g', -1, 64)
	}
	return d
}

// drained says whether a run has drained its node, and has not given it back.
func drained(r remedy.Run, b remedy.Runbook) bool {
	is := false
	for _, d := range r.Did {
		if d.Step < len(b.Steps) && b.Steps[d.Step].Kind == remedy.Drain {
			is = b.Steps[d.Step].Act == remedy.DrainNode
		}
	}
	return is
}

// Acts are the steps that runs were permitted, newest run last; open says of a run that is over whether its repair is still
// to be verified.
func Acts(runs []remedy.Run, open func(remedy.Run) bool) []Act {
	var out []Act
	for _, r := range runs {
		all := slices.Clone(r.Did)
		if r.Permit != nil {
			all = append(all, *r.Permit)
		}
		for i, d := range all {
			out = append(out, Act{Deed: d, Run: r.ID, Open: r.Active() || open(r), Busy: r.Permit != nil && i == len(all)-1})
		}
	}
	return out
}
