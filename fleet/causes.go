package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// KindExplained is the kind of journal record by which faults are folded into their cause.
const KindExplained = "fault.explained"

// kindInletWarm is a rise of a rack's inlet that is still within its class: a symptom of a cause, no finding of a robot.
const kindInletWarm = "inlet-warm"

// The limits of what is concluded without asking anybody.
const (
	sureOfCause  = 0.5 // a cause that several places share is named from this probability on,
	sureItIsReal = 0.9 // when it is this probable that anything in the hall is at fault
	fewInlets    = 3   // warm inlets make a fault of their own from this many on
	warmLooks    = 2   // or one inlet from this many looks on
	manyFaults   = 50  // out of order, from which causes are sought once a second, not at every observation
	askEvery     = 30 * time.Minute
	mostAsked    = 2 // looks for one doubt
)

// A Fold is what happens to many symptoms at once, small enough for a record of the journal.
type Fold struct {
	How    string    `json:"how"` // into, with (its parent was closed), free
	Parent string    `json:"parent"`
	Kids   []string  `json:"kids"`
	At     time.Time `json:"at"`
}

// folded is a symptom after a fold.
func folded(f, parent fault.Fault, d Fold) fault.Fault {
	switch d.How {
	case "into":
		return fault.FoldedInto(f, parent, d.At)
	case "with":
		return fault.ClosedWith(f, parent, d.At)
	}
	return fault.Freed(f, d.At)
}

// A puzzle is what the search for causes remembers between its turns. It is rebuilt from the state after a restart; what it
// concludes is in the journal.
type puzzle struct {
	topology *cause.Topology
	memory   *cause.Memory
	open     bool // something was heard since causes were last sought
	solved   time.Time
}

// recall rebuilds the memory from the newest looks and the looks that saw faults.
func (c *Controller) recall() {
	if c.puzzle.topology == nil {
		c.puzzle.topology = cause.NewTopology(c.o.Site, c.views)
	}
	c.puzzle.memory, c.puzzle.open = &cause.Memory{}, true
	for _, f := range sorted(c.faults) {
		if f.State.Open() || f.State == fault.Folded {
			for _, l := range f.Sightings {
				c.puzzle.memory.Hear(false, c.signOf(l)...)
			}
		}
	}
	looks := sorted(c.looks)
	slices.SortStableFunc(looks, func(a, b wire.Observation) int { return a.At.Compare(b.At) })
	for _, o := range looks {
		c.puzzle.memory.Hear(false, c.puzzle.topology.Read(o, c.usual[o.Rack])...)
	}
	for _, f := range sorted(c.faults) {
		c.drop(f)
	}
}

// signOf is what one look that saw a fault said.
func (c *Controller) signOf(l fault.Look) []cause.Sign {
	spot, symptom, ok := c.puzzle.topology.SignOf(l.Finding)
	if l.Finding.Kind == kindInletWarm {
		spot, symptom, ok = cause.Spot{Thing: cause.Inlet, Rack: l.Finding.Rack}, cause.WarmInlet, true
	}
	if !ok {
		return nil
	}
	s := cause.Sign{Spot: spot, Symptom: symptom, At: l.At, By: l.Robot.SerialNumber, Look: fmt.Sprintf("%s/%d", l.Robot.SerialNumber, l.Seq), Meaning: l.Finding.Meaning}
	if l.Finding.Kind == kindInletWarm {
		s.Value = l.Finding.Value
	}
	return []cause.Sign{s}
}

// listen takes an observation into the memory.
func (c *Controller) listen(o wire.Observation) {
	repaired := slices.ContainsFunc(c.index.racks[o.Rack], func(id string) bool {
		s := c.faults[id].State
		return s == fault.Verifying || s == fault.Remediating || s == fault.Ticketed || s == fault.Escalated
	})
	before := c.usual[o.Rack]
	c.puzzle.memory.Hear(repaired, c.puzzle.topology.Read(o, before)...)
	c.puzzle.open = true
}

// Heard takes what machines and the building say of themselves into the search for causes.
func (c *Controller) Heard(ctx context.Context, signs ...cause.Sign) error {
	return c.do(ctx, func(context.Context) error {
		c.puzzle.memory.Hear(false, signs...)
		c.puzzle.open, c.unsettled = true, true
		return nil
	})
}

// habit is what a rack's inlet usually has, °C, after one more look: a mean of about the last twenty that were usual.
func habit(usual map[string]float64, o wire.Observation) {
	if o.Air == nil || o.Face != maps.Front || o.Failed != "" {
		return
	}
	had, known := usual[o.Rack]
	switch t := o.Air.TemperatureC; {
	case !known:
		usual[o.Rack] = t
	case t-had < cause.InletK && had-t < cause.InletK:
		usual[o.Rack] = had + (t-had)/20
	}
}

// explain seeks the causes of what is out of order, and journals what follows for faults.
func (c *Controller) explain(ctx context.Context, now time.Time) error {
	p := &c.puzzle
	many := p.memory.Troubles() > manyFaults
	if !p.open || many && now.Sub(p.solved) < time.Second && !now.Before(p.solved) {
		return nil
	}
	p.open = false
	defer func() { p.solved = c.o.Clock.Now() }() // where a search takes long, there is time for others between two
	e := explanation{c: c, now: now, bySpot: c.spotted(), taken: map[string]bool{}}
	for _, g := range p.topology.Explain(p.memory) {
		if len(g.Ranked) > 0 {
			e.take(g)
		}
	}
	e.orphans()
	if len(e.change.Faults) == 0 && len(e.change.Folds) == 0 && len(e.change.Inspections) == 0 {
		return nil
	}
	return c.commit(ctx, KindExplained, now, e.change)
}

// spotted are the faults that are open or folded, by the spot that their first look is of.
func (c *Controller) spotted() map[cause.Spot][]string {
	out := map[cause.Spot][]string{}
	for id, f := range c.faults {
		if (f.State.Open() || f.State == fault.Folded) && !f.Shared && len(f.Sightings) > 0 {
			for _, s := range c.signOf(f.Sightings[0]) {
				out[s.Spot] = append(out[s.Spot], id)
			}
		}
	}
	for spot := range out {
		slices.Sort(out[spot])
	}
	return out
}

// An explanation is the change that a search for causes makes.
type explanation struct {
	c      *Controller
	now    time.Time
	bySpot map[cause.Spot][]string
	change Change
	taken  map[string]bool // faults that have their group
	fresh  int             // faults that the change adds
}

// current is a fault as the change has it so far.
func (e *explanation) current(id string) fault.Fault {
	if i := slices.IndexFunc(e.change.Faults, func(f fault.Fault) bool { return f.ID == id }); i >= 0 {
		return e.change.Faults[i]
	}
	return e.c.faults[id]
}

func (e *explanation) newID() string {
	e.fresh++
	return fmt.Sprintf("F-%04d", len(e.c.faults)+e.fresh)
}

// take is what a group means: its faults get its hypotheses, and are folded when they are several.
func (e *explanation) take(g cause.Group) {
	ids := e.members(g)
	best := g.Ranked[0]
	sure := best.Probability >= sureOfCause && g.Real >= sureItIsReal && !best.Artefact()
	inlets := warm(g)
	switch {
	case sure && best.Shared() && (len(ids) > 1 || len(inlets) >= fewInlets || e.known(g) != "" || ripe(g, inlets)):
		e.fold(g, ids, inlets)
	case sure && len(ids) > 1:
		e.gather(g, ids)
	default:
		for _, id := range ids {
			e.free(g, id)
		}
	}
	e.ask(g, ids)
}

// warm are the signs of a group that are warm inlets.
func warm(g cause.Group) []cause.Sign {
	var out []cause.Sign
	for _, s := range g.Symptoms {
		if s.Thing == cause.Inlet {
			out = append(out, s)
		}
	}
	return out
}

// ripe says whether one warm inlet was looked at often enough to be told.
func ripe(g cause.Group, inlets []cause.Sign) bool {
	return len(inlets) == len(g.Symptoms) && slices.ContainsFunc(inlets, func(s cause.Sign) bool { return s.Looks >= warmLooks })
}

// members are the faults of a group's signs.
func (e *explanation) members(g cause.Group) []string {
	var ids []string
	for _, s := range g.Symptoms {
		for _, id := range e.bySpot[s.Spot] {
			if !e.taken[id] {
				e.taken[id] = true
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// known is the open fault of a group's best cause, if there is one; or the one that most of its faults are folded into.
func (e *explanation) known(g cause.Group) string {
	for _, id := range e.c.index.keys[fault.CauseKey(g.Ranked[0].Cause)] {
		if f := e.current(id); f.State.Open() || f.Reopens(e.now, e.c.o.Rules.Fault) {
			return id
		}
	}
	return ""
}

// fold makes the faults of a group symptoms of one fault of their shared cause: the one that is known, the one they were
// folded into, the oldest that has a ticket, or else the oldest. Where there is none, the looks at warm inlets make one.
func (e *explanation) fold(g cause.Group, ids []string, inlets []cause.Sign) {
	severity := vision.Warning
	for _, id := range ids {
		if e.current(id).Severity == vision.Critical {
			severity = vision.Critical
		}
	}
	parent, isNew := e.parent(g, ids, inlets)
	if parent.ID == "" {
		return
	}
	if !parent.Shared && len(ids) > 0 { // it becomes the cause's; its own place goes on as a symptom
		kid := parent
		kid.ID, kid.Timeline, kid.Parent, kid.State = e.newID(), slices.Clone(parent.Timeline[:1]), "", fault.Suspected
		e.change.Faults = append(e.change.Faults, kid)
		ids = append(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == parent.ID }), kid.ID)
	}
	next := parent
	if !next.State.Open() {
		next.ResolvedAt, next.After, next.Verifications = nil, nil, 0
		next = fault.Moved(next, fault.Reopened, e.now, "there again: "+next.Cause)
		parent.Timeline = next.Timeline[:len(parent.Timeline)]
	}
	if !parent.Shared || parent.Key != fault.CauseKey(g.Ranked[0].Cause) {
		next = fault.AsCause(parent, g, severity, e.now)
	} else if told, ok := fault.Explained(parent, g, e.now); ok {
		next = told
	}
	next, grown := e.grow(next, g, ids)
	if grown || isNew || len(next.Timeline) != len(parent.Timeline) || next.Key != parent.Key {
		e.change.Faults = upsert(e.change.Faults, next)
		e.change.Say = storyOf(next)
	}
	if kids := e.strangers(ids, next.ID); len(kids) > 0 {
		e.change.Folds = append(e.change.Folds, Fold{How: "into", Parent: next.ID, Kids: kids, At: e.now})
	}
}

// strangers are those of some faults that are not yet folded into a parent.
func (e *explanation) strangers(ids []string, parent string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		f := e.current(id)
		return id == parent || f.State == fault.Folded && f.Parent == parent
	})
}

// parent is the fault that a group's cause takes.
func (e *explanation) parent(g cause.Group, ids []string, inlets []cause.Sign) (f fault.Fault, isNew bool) {
	if id := e.known(g); id != "" {
		return e.current(id), false
	}
	votes := map[string]int{}
	for _, id := range ids {
		if p := e.current(id).Parent; p != "" && e.current(p).State.Open() {
			votes[p]++
		}
	}
	if p := most(votes); p != "" && votes[p]*2 > len(ids) {
		return e.current(p), false
	}
	open := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !e.current(id).State.Open() })
	for _, id := range open {
		if _, ticketed := e.c.tickets[id]; ticketed {
			return e.current(id), false
		}
	}
	if len(open) > 0 {
		return e.current(open[0]), false
	}
	if len(inlets) == 0 {
		return fault.Fault{}, false
	}
	return e.ofInlets(inlets), true
}

func most(votes map[string]int) string {
	best := ""
	for id, n := range votes {
		if n > votes[best] || n == votes[best] && id < best {
			best = id
		}
	}
	return best
}

// ofInlets is a new fault that looks at warm inlets make.
func (e *explanation) ofInlets(inlets []cause.Sign) fault.Fault {
	var f fault.Fault
	inlets = slices.Clone(inlets)
	slices.SortStableFunc(inlets, func(a, b cause.Sign) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Rack, b.Rack)) })
	for _, s := range inlets[:min(len(inlets), e.c.o.Rules.Fault.MaxSightings)] {
		var o wire.Observation
		for _, v := range e.c.views {
			if look, ok := e.c.looks[v.ID]; ok && v.Rack == s.Rack && v.Face == maps.Front && look.SerialNumber == s.By {
				o = look
			}
		}
		if o.Viewpoint == "" {
			continue
		}
		o.At = s.At
		f = fault.Seen(f, cmp.Or(f.ID, "new"), o, vision.Finding{
			Kind: kindInletWarm, Severity: vision.Warning, Rack: s.Rack, Face: maps.Front, Value: s.Value, Confidence: 0.9, Meaning: s.Meaning,
		}, e.c.o.Rules.Fault)
		if s.Looks >= warmLooks && f.State == fault.Suspected {
			f = fault.Moved(f, fault.Confirmed, o.At, fmt.Sprintf("%d looks saw it", s.Looks))
		}
	}
	if f.ID != "" {
		f.ID = e.newID()
	}
	return f
}

// grow lists new symptoms on a fault, and confirms it when several looks saw them.
func (e *explanation) grow(f fault.Fault, g cause.Group, ids []string) (fault.Fault, bool) {
	grown := false
	for _, id := range ids {
		k := e.current(id)
		if id != f.ID && len(f.Symptoms) < mostSymptoms && !slices.Contains(f.Symptoms, k.Cause) {
			f.Symptoms, grown = append(slices.Clone(f.Symptoms), k.Cause), true
		}
	}
	for _, s := range g.Symptoms {
		if s.Thing == cause.Inlet && len(f.Symptoms) < mostSymptoms && !f.Shows(s.Rack) {
			f.Symptoms, grown = append(slices.Clone(f.Symptoms), s.Meaning), true
		}
	}
	looks := map[string]bool{}
	for _, s := range g.Symptoms {
		looks[s.Look] = true
	}
	if (f.State == fault.Suspected || f.State == fault.Reopened) && len(looks) > 1 {
		f, grown = fault.Moved(f, fault.Confirmed, e.now, fmt.Sprintf("%d looks saw %d symptoms of it", len(looks), len(g.Symptoms))), true
	}
	return f, grown
}

// mostSymptoms is how many symptoms a fault lists; the rest name it as their parent.
const mostSymptoms = 40

// gather folds the faults of one cause at one place into the fault that is its own sign: the panel that is missing, not the
// heat above it.
func (e *explanation) gather(g cause.Group, ids []string) {
	best := g.Ranked[0]
	own := func(id string) int {
		f := e.current(id)
		switch {
		case best.Part != "" && f.LED == best.Part && f.Device == best.Device:
			return 0
		case best.Kind == cause.PanelGone && f.Kind == vision.KindPanelMissing, best.Kind == cause.DoorOpen && (f.Kind == vision.KindDoorOpen || f.Kind == vision.KindDoorAjar):
			return 1
		case best.Device != "" && f.Device == best.Device:
			return 2
		}
		return 3
	}
	first := slices.MinFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(own(a), own(b)), cmp.Compare(a, b))
	})
	lead := e.current(first)
	if lead.State == fault.Folded {
		lead = fault.Freed(lead, e.now)
	}
	next, told := fault.Explained(lead, g, e.now)
	next, grown := e.grow(next, g, ids)
	if told || grown || lead.State != e.c.faults[first].State {
		e.change.Faults = upsert(e.change.Faults, next)
	}
	if kids := e.strangers(ids, first); len(kids) > 0 {
		e.change.Folds = append(e.change.Folds, Fold{How: "into", Parent: first, Kids: kids, At: e.now})
	}
}

// free takes a fault out of its parent where that explains it no longer, and notes what may be behind it.
func (e *explanation) free(g cause.Group, id string) {
	f := e.current(id)
	if f.State == fault.Folded {
		parent := e.current(f.Parent)
		if !parent.Shared || g.Real < sureItIsReal || slices.ContainsFunc(g.Ranked, func(h cause.Hypothesis) bool {
			return fault.CauseKey(h.Cause) == parent.Key && h.Probability > 0.1
		}) {
			return
		}
		f = fault.Freed(f, e.now)
	}
	next, told := fault.Explained(f, g, e.now)
	if told || f.State != e.c.faults[id].State {
		e.change.Faults = upsert(e.change.Faults, next)
	}
}

// orphans dismisses faults of shared causes whose symptoms all have another cause now, and closes symptoms with their causes.
func (e *explanation) orphans() {
	moved := map[string]string{}
	for _, d := range e.change.Folds {
		for _, id := range d.Kids {
			moved[id] = d.Parent
		}
	}
	for _, f := range e.change.Faults {
		if f.Parent == "" {
			moved[f.ID] = "itself"
		}
	}
	for _, id := range slices.Sorted(keysOf(e.c.index.kids)) {
		p := e.current(id)
		if !p.State.Open() || !p.Shared {
			continue
		}
		kids := e.c.index.kids[id]
		gone := slices.IndexFunc(kids, func(k string) bool { return moved[k] != "" && moved[k] != id })
		if gone >= 0 && !slices.ContainsFunc(kids, func(k string) bool { return moved[k] == "" || moved[k] == id }) && !slices.ContainsFunc(e.change.Folds, func(d Fold) bool { return d.Parent == id }) {
			e.change.Faults = upsert(e.change.Faults, fault.Moved(p, fault.Dismissed, e.now, "its symptoms have another cause: "+moved[kids[gone]]))
		}
	}
}

// ask has a robot look where that would tell a group's two best causes apart.
func (e *explanation) ask(g cause.Group, ids []string) {
	if len(ids) == 0 {
		return
	}
	q, ok := e.c.puzzle.topology.Settle(g, e.c.puzzle.memory)
	v, seen := e.c.o.Site.Viewpoint(q.Viewpoint)
	if !ok || !seen {
		return
	}
	by, asked := "cause of "+ids[0], 0
	for _, i := range e.c.inspections {
		if i.By == by {
			if asked++; i.Open() || e.now.Sub(i.At) < askEvery {
				return
			}
		}
	}
	if asked >= mostAsked {
		return
	}
	e.change.Inspections = append(e.change.Inspections, Inspection{
		ID: e.c.inspectionID(len(e.change.Inspections)), State: Waiting, Class: "operator", By: by, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, At: e.now,
	})
}
