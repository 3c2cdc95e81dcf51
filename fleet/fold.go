package fleet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

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
	e.led[parent.ID] = true
	if !parent.Shared && len(ids) > 0 { // it becomes the cause's; its own place goes on as a symptom
		kid := parent
		kid.ID, kid.Timeline, kid.Parent, kid.State = e.newID(), slices.Clone(parent.Timeline[:1]), "", fault.Suspected
		e.change.Faults = append(e.change.Faults, kid)
		ids = append(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == parent.ID }), kid.ID)
	}
	next := parent
	if !next.State.Open() {
		next = fault.Reopen(next, e.now, "there again: "+next.Cause)
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
		if !e.led[p] {
			return e.current(p), false
		}
		return fault.Freed(e.current(ids[0]), e.now), false // the cause fell apart, and another piece of it has its fault
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
		if s.Look != "" { // what a machine says is no look
			looks[s.Look] = true
		}
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

// free takes a fault out of its parent where that explains it no longer, be it that something else does or that nothing
// is sure of it, and notes what may be behind it.
func (e *explanation) free(g cause.Group, id string) {
	f := e.current(id)
	if f.State == fault.Folded {
		parent := e.current(f.Parent)
		if !parent.Shared || slices.ContainsFunc(g.Ranked, func(h cause.Hypothesis) bool {
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
	e.change.Inspections = append(e.change.Inspections, e.c.lookFrom(v, len(e.change.Inspections), "operator", by, e.now))
}
