package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
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
	manyFaults   = 50  // out of order, from which causes are sought after a rest, not at every observation
	restFor      = 4   // times as long as the last search took, and a second at the most: others have their turn
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
	// rested is from when on causes are sought again where many things are out of order, and wakes the loop then (wall clock).
	rested time.Time
	wake   <-chan time.Time
	groups []cause.Group // what the last search found
	// inquired is when machines were last asked about a fault, heeding the alarms about which they are being asked; inquiries are
	// all that are under way.
	inquired  map[string]time.Time
	heeding   map[string]bool
	inquiries int
	// unkept is what machines said that no change rests on yet, by who said it of what (saidKey): after a restart it is asked anew.
	unkept map[string]cause.Sign
}

// recall rebuilds the memory from the newest looks and the looks that saw faults.
func (c *Controller) recall() {
	if c.puzzle.topology == nil {
		c.puzzle.topology = cause.NewTopology(c.o.Site, c.views)
	}
	c.puzzle.memory, c.puzzle.open = &cause.Memory{}, true
	c.puzzle.groups, c.puzzle.inquired, c.puzzle.heeding, c.puzzle.inquiries, c.puzzle.unkept = nil, nil, map[string]bool{}, 0, nil
	for _, f := range sorted(c.faults) {
		if standing(f) {
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
	c.recallSaid()
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
	s := cause.Sign{Spot: spot, Symptom: symptom, At: l.At, By: l.Robot.SerialNumber, Look: fmt.Sprintf("%s/%d", l.Robot.SerialNumber, l.Seq), Meaning: l.Finding.Meaning, Limit: l.Finding.PastCritical}
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
		c.puzzle.unkept = noted(c.puzzle.unkept, signs)
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
	began := time.Now()
	if !p.open {
		return nil
	}
	if wait := p.rested.Sub(began); many && wait > 0 {
		p.wake = time.After(wait)
		return nil
	}
	p.open, p.wake = false, nil
	defer func() { // where a search takes long, there is time for others between two
		ended := time.Now()
		p.rested = ended.Add(min(restFor*ended.Sub(began), time.Second))
	}()
	e := explanation{c: c, now: now, bySpot: c.spotted(), taken: map[string]bool{}, led: map[string]bool{}}
	p.groups = p.topology.Explain(p.memory)
	for _, g := range p.groups {
		if len(g.Ranked) > 0 {
			e.resting(g, func() { e.take(g) }) //nolint:contextcheck // an inquiry lasts as long as the leadership, not the turn
		}
	}
	e.orphans()
	if len(e.change.Faults) == 0 && len(e.change.Folds) == 0 && len(e.change.Inspections) == 0 {
		return nil
	}
	if err := c.commit(ctx, KindExplained, now, e.change); err != nil {
		return err
	}
	for _, s := range e.change.Said {
		delete(p.unkept, saidKey(s))
	}
	return nil
}

// spotted are the faults that are open or folded, by the spot that their first look is of.
func (c *Controller) spotted() map[cause.Spot][]string {
	out := map[cause.Spot][]string{}
	for id, f := range c.faults {
		if standing(f) && !f.Shared && len(f.Sightings) > 0 {
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
	led    map[string]bool // faults of shared causes that have theirs
	fresh  int             // faults that the change adds
}

// current is a fault as the change has it so far.
func (e *explanation) current(id string) fault.Fault {
	return e.c.faultIn(e.change.Faults, id)
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
	e.inquire(g, ids)
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
		if f := e.current(id); f.State.Open() || f.Reopens(e.now, e.c.faultRules()) {
			return id
		}
	}
	return ""
}
