package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/vision"
)

// A SilenceView is a silence as people see it.
type SilenceView struct {
	quiet.Silence
	Holds  bool      `json:"holds"`           // now
	Ends   time.Time `json:"ends,omitzero"`   // when it holds: until then
	Begins time.Time `json:"begins,omitzero"` // when it does not: the next time
	Faults []string  `json:"faults"`          // whose tickets it holds back now
}

// A roll is what the silences mean now, as far as it was worked out.
type roll struct {
	quiet.Roll
	known       bool
	active      []quiet.Active
	over        []string  // that will never hold again
	from, until time.Time // in which both are so
}

// faultKinds are the kinds of fault beside those that lights tell.
func faultKinds() []string {
	kinds := []string{
		vision.KindHotDevice, vision.KindHotUnit, vision.KindInletHigh, vision.KindDoorOpen, vision.KindDoorAjar, vision.KindPanelMissing,
		vision.KindLiquid, vision.KindLightUnexpected, vision.KindDeviceMissing, vision.KindDeviceMoved, vision.KindReadingLow,
		vision.KindReadingHigh, vision.KindReadingRefused, vision.KindLightChanged, vision.KindLightUnknown, vision.KindPowerLost, kindInletWarm,
	}
	for _, k := range cause.Kinds() {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// Silences lists the silences that hold or will hold.
func (c *Controller) Silences(ctx context.Context) (out []SilenceView, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.silenceViews(c.o.Clock.Now()); return nil })
	return out, err
}

func (c *Controller) silenceViews(now time.Time) []SilenceView {
	out := []SilenceView{}
	all := sorted(c.silences)
	r := quiet.NewRoll(all, c.o.Site.Zone())
	active := r.At(now)
	for i, s := range all {
		v := SilenceView{Silence: s, Faults: []string{}}
		if k := slices.IndexFunc(active, func(a quiet.Active) bool { return a.ID == s.ID }); k >= 0 {
			v.Holds, v.Ends = true, active[k].Ends
		} else {
			v.Begins = r.Next(i, now)
		}
		for _, f := range sorted(c.faults) {
			if f.State.Open() && f.Held != nil && f.Held.By == s.ID && f.Held.Over == nil {
				v.Faults = append(v.Faults, f.ID)
			}
		}
		out = append(out, v)
	}
	return out
}

// SetSilence makes a silence hold; an empty From is now, and one without an end that lasts ends so long after it.
func (c *Controller) SetSilence(ctx context.Context, s quiet.Silence, lasts time.Duration) (out quiet.Silence, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		now := c.o.Clock.Now()
		s.At, s.File = now, ""
		if s.From.IsZero() && s.Recurs == nil {
			s.From = now
		}
		if lasts > 0 && s.Until.IsZero() {
			s.Until = s.From.Add(lasts)
		}
		s.ID = fmt.Sprintf("S-%04d", c.silenced+1)
		if err := quiet.Joined(s.Check(quiet.NamesOf(c.o.Site, faultKinds()))); err != nil {
			wrong = fmt.Errorf("%w: silence: %w", ErrRefused, err)
			return nil
		}
		if s.Recurs == nil && !now.Before(s.Until) {
			wrong = fmt.Errorf("%w: silence: until: %s is over", ErrRefused, s.Until.Format(time.RFC3339))
			return nil
		}
		out = s
		say := fmt.Sprintf("%s: no tickets of %s: %s", s.ID, s.Target, s.Why)
		return c.commit(ctx, KindSilence, now, Change{Silences: []quiet.Silence{s}, Say: say})
	})
	return out, cmp.Or(wrong, err)
}

// EndSilence ends a silence before its time.
func (c *Controller) EndSilence(ctx context.Context, id, by string) (out quiet.Silence, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		s, ok := c.silences[id]
		if !ok {
			wrong = fmt.Errorf("silence %q: %w", id, ErrUnknown)
			return nil
		}
		out = s
		return c.commit(ctx, KindSilence, c.o.Clock.Now(), Change{SilencesOver: []string{id}, Say: fmt.Sprintf("%s ended by %s", id, by)})
	})
	return out, cmp.Or(wrong, err)
}

// LoadSilences puts a file's rules and silences in place of those that a file brought before; those made by hand stay. A file
// with anything wrong in it is refused, and changes nothing.
func (c *Controller) LoadSilences(ctx context.Context, file string, text []byte, by string) (out []SilenceView, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		rules, all, err := quiet.Parse(file, text, quiet.NamesOf(c.o.Site, faultKinds()))
		if err != nil {
			wrong = fmt.Errorf("%w, what held before still holds:\n%w", ErrRefused, err)
			return nil
		}
		now := c.o.Clock.Now()
		change := Change{Quiet: &rules, Say: fmt.Sprintf("%s loaded by %s: %d silences", file, by, len(all))}
		for _, s := range sorted(c.silences) {
			if s.File != "" {
				change.SilencesOver = append(change.SilencesOver, s.ID)
			}
		}
		for _, s := range all {
			s.By, s.At = by, now
			change.Silences = append(change.Silences, s)
		}
		if err := c.commit(ctx, KindSilence, now, change); err != nil {
			return err
		}
		out = c.silenceViews(now)
		return nil
	})
	return out, cmp.Or(wrong, err)
}

// listenToSilences works out which silences hold now, and forgets those that never will again.
func (c *Controller) listenToSilences(ctx context.Context, now time.Time) error {
	if c.unroll(now); len(c.roll.over) == 0 {
		return nil
	}
	over := c.roll.over
	if err := c.commit(ctx, KindSilence, now, Change{SilencesOver: over, Say: strings.Join(over, ", ") + " over"}); err != nil {
		return err
	}
	c.unroll(now)
	return nil
}

// unroll works out what holds now, when that may have changed.
func (c *Controller) unroll(now time.Time) {
	if !c.roll.known {
		c.roll = roll{Roll: quiet.NewRoll(sorted(c.silences), c.o.Site.Zone()), known: true}
	} else if !now.Before(c.roll.from) && now.Before(c.roll.until) {
		return
	}
	r := &c.roll
	r.active, r.over, r.from, r.until = r.At(now), r.Over(now), now, r.Turns(now)
}

// patience are the rules that hold.
func (c *Controller) patience() quiet.Rules {
	if c.rules != nil {
		return *c.rules
	}
	return c.o.Rules.Quiet
}

// faultRules are the rules of faults, with the site's own window of reopening.
func (c *Controller) faultRules() fault.Rules {
	r := c.o.Rules.Fault
	if c.rules != nil {
		r.ReopenWindow = c.rules.ReopenWindow
	}
	return r
}

// placeOf is what a silence is held against.
func (c *Controller) placeOf(f fault.Fault) quiet.Place {
	p := c.placeAt(f.Hall, f.Rack, f.Device, f.Kind)
	if best := f.Best(); best.Probability >= sureOfCause {
		p.Supply = best.Supply
		p.Kinds = append(p.Kinds, string(best.Kind))
	}
	return p
}

// placeAt is a place with the hall and row that the record has of its rack.
func (c *Controller) placeAt(hall, rack, device, kind string) quiet.Place {
	p := quiet.Place{Hall: hall, Rack: rack, Device: device, Kinds: []string{kind}}
	if r, ok := c.o.Site.Rack(rack); ok {
		p.Hall, p.Row = r.Hall, r.Row
	}
	return p
}

// silencedBy is the silence that holds for a fault. One of a cause that has no rack of its own is silenced by what is meant for
// it, or when all its symptoms are silenced.
func (c *Controller) silencedBy(f fault.Fault) (quiet.Active, bool) {
	if len(c.roll.active) == 0 {
		return quiet.Active{}, false
	}
	s, ok := quiet.Of(c.roll.active, c.placeOf(f))
	if ok || f.Rack != "" {
		return s, ok
	}
	for _, l := range f.Sightings {
		p := c.placeAt(f.Hall, l.Finding.Rack, l.Finding.Device, l.Finding.Kind)
		if s, ok = quiet.Of(c.roll.active, p); !ok {
			return s, false
		}
	}
	for _, id := range c.index.kids[f.ID] {
		if k := c.faults[id]; k.State == fault.Folded {
			if s, ok = quiet.Of(c.roll.active, c.placeOf(k)); !ok {
				return s, false
			}
		}
	}
	return s, ok
}

// hold is a confirmed fault whose ticket is due, as silences have it, and whether a robot shall look again.
func (c *Controller) hold(f fault.Fault, now time.Time) (out fault.Fault, look bool, verdict quiet.Verdict) {
	by, covered := c.silencedBy(f)
	h, verdict := quiet.Decide(f.Held, by, covered, f.LastSeen(), now)
	if h != f.Held {
		f = fault.Silenced(f, h, now)
	}
	return f, verdict == quiet.Look, verdict
}

// keepBack is the change that a hold makes, if any.
func (c *Controller) keepBack(was, held fault.Fault, look bool) (string, Change, bool) {
	if held.Held == was.Held {
		return "", Change{}, false
	}
	change := Change{Faults: []fault.Fault{held}, Say: storyOf(held)}
	if v, ok := c.o.Site.Viewpoint(held.LastViewpoint()); ok && look {
		change.Inspections = []Inspection{c.lookFrom(v, 0, "operator", "end of "+held.Held.By, held.UpdatedAt)}
	}
	return KindFault, change, true
}

// overdue is the level that a fault with an open ticket is to be raised to, because nobody tends it.
func (c *Controller) overdue(f fault.Fault, now time.Time) (int, bool) {
	if f.State != fault.Ticketed && f.State != fault.Remediating && f.State != fault.Verifying && f.State != fault.Escalated {
		return 0, false
	}
	if _, silent := c.silencedBy(f); silent || f.ClearSince != nil {
		return 0, false
	}
	level := c.patience().Level(f.Severity, now.Sub(f.StandsSince()))
	return level, level > f.Level
}
