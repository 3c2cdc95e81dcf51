package fleet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// caseOf is what is known for a decision about a run's step, but for the site's troubles.
func (c *Controller) caseOf(r remedy.Run, s remedy.Step, now time.Time) guard.Case {
	f := c.faults[r.FaultID]
	k := guard.Case{
		Now: now, Fault: troubleOf(f), Severity: f.Severity, Real: f.Real, Sources: c.sources(f), Evidence: evidenceOf(f), Stop: c.stop, Cause: f.Best().Probability,
		Acts: guard.Acts(sorted(c.runs), func(r remedy.Run) bool { return standing(c.faults[r.FaultID]) }),
	}
	if s.Takes != remedy.Nothing {
		k.Parts = c.parts(c.repair.guards.Topology.Around(f.Device))
	}
	return k
}

// troubles are the faults that are open, or folded into another.
func (c *Controller) troubles() []guard.Trouble {
	var out []guard.Trouble
	for _, f := range c.faults {
		if standing(f) {
			out = append(out, troubleOf(f))
		}
	}
	slices.SortFunc(out, func(a, b guard.Trouble) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// standing says whether a fault is open, or folded into another: then it is as little verified as that one.
func standing(f fault.Fault) bool { return f.State.Open() || f.State == fault.Folded }

func troubleOf(f fault.Fault) guard.Trouble {
	t := guard.Trouble{ID: f.ID, Kind: f.Kind, Hall: f.Hall, Rack: f.Rack, Device: f.Device, Part: f.LED, Unit: f.Unit, Since: f.BeganAt()}
	if best := f.Best(); f.Shared && best.Kind != "" {
		t.Supply, t.Hall = best.Supply, cmp.Or(best.Hall, f.Hall)
		if best.Kind == cause.PhaseLost {
			t.Phase, t.Part = best.Part, ""
		}
	}
	return t
}

// sources are those who say that a fault is there: robots, unless a look has found it in order since, and what machines and
// the building say of its device or supply.
func (c *Controller) sources(f fault.Fault) []guard.Source {
	last := map[string]time.Time{}
	cleared := c.clearAt(f)
	for _, l := range f.Sightings {
		if by := l.Robot.String(); l.At.After(cleared) && l.At.After(last[by]) {
			last[by] = l.At
		}
	}
	for _, at := range []string{f.Device, troubleOf(f).Supply} {
		for _, s := range c.puzzle.memory.Witnesses(at) {
			if s.Said.After(last[s.By]) {
				last[s.By] = s.Said
			}
		}
	}
	out := make([]guard.Source, 0, len(last))
	for by, at := range last {
		out = append(out, guard.Source{By: by, At: at})
	}
	slices.SortFunc(out, func(a, b guard.Source) int { return cmp.Compare(a.By, b.By) })
	return out
}

// clearAt is when a look from where the fault was seen last found it in order; the zero time when none did.
func (c *Controller) clearAt(f fault.Fault) time.Time {
	var at time.Time
	for _, l := range f.Sightings {
		o, known := c.looks[l.Viewpoint]
		told := slices.ContainsFunc(o.Findings, func(g vision.Finding) bool { return fault.KeyOf(g) == f.Key })
		if known && o.At.After(at) && !told && f.Covers(o) {
			at = o.At
		}
	}
	return at
}

// evidenceOf names what is concluded of a fault and the pictures that opened it: an approval is for that alone. More looks
// that see the same do not change it.
func evidenceOf(f fault.Fault) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s|%s|%s|%s|%s|%s|%d|%s|%+v", f.ID, f.Key, f.Kind, f.Severity, f.Device, f.LED, f.Unit, f.Cause, f.Best().Cause)
	for _, e := range f.Before {
		fmt.Fprintf(h, "|%s", e.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// parts are what the newest looks read of the lights of some devices.
func (c *Controller) parts(devices []string) []guard.Part {
	types := map[string]*maps.DeviceType{}
	for _, id := range devices {
		if d, ok := c.o.Site.Device(id); ok {
			types[id] = d.Type
		}
	}
	newest := map[[2]string]guard.Part{}
	for _, o := range c.looks {
		for _, l := range o.LEDs {
			is, ok := types[l.Device]
			if !ok || l.Pattern == "unknown" || l.Confidence < sureOfLight {
				continue
			}
			key := [2]string{l.Device, l.LED}
			if had, known := newest[key]; known && had.At.After(o.At) {
				continue
			}
			good, says := inOrder(is, l)
			newest[key] = guard.Part{Device: l.Device, Name: l.LED, Good: good, Says: says, At: o.At}
		}
	}
	out := make([]guard.Part, 0, len(newest))
	for _, p := range newest {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b guard.Part) int { return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Name, b.Name)) })
	return out
}

// sureOfLight is the confidence from which a light that was read says that its part is in order.
const sureOfLight = 0.8

// inOrder says whether a light shows what its type declares to be normal.
func inOrder(t *maps.DeviceType, l vision.LEDReading) (good bool, says string) {
	says = "its light is " + l.Colour + " " + l.Pattern
	for _, led := range t.LEDs {
		if led.Name != l.LED {
			continue
		}
		is := func(s maps.LEDState) bool {
			return s.Pattern == l.Pattern && s.OtherColour == l.OtherColour && (s.Colour == l.Colour || s.Pattern == "off")
		}
		for _, m := range led.Meanings {
			if is(m.LEDState) {
				return false, m.Meaning
			}
		}
		return slices.ContainsFunc(led.Normal, is), says
	}
	return false, says
}
