package fault

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/vision"
)

// Folded is a fault that is a symptom of another, its Parent: it has no ticket of its own, is resolved with its parent, and
// is a fault of its own again when it stays after that.
const Folded State = "folded"

// FoldedInto is the fault as a symptom of another.
func FoldedInto(f, parent Fault, at time.Time) Fault {
	if f.State == Folded && f.Parent == parent.ID {
		return f
	}
	f.Parent = parent.ID
	return to(f, Folded, at, "a symptom of "+parent.ID+": "+parent.Cause)
}

// ClosedWith is a symptom after its cause was closed.
func ClosedWith(f, parent Fault, at time.Time) Fault {
	if f.State != Folded {
		return f
	}
	f.ResolvedAt = &at
	return to(f, Resolved, at, "with its cause "+parent.ID)
}

// Freed is a symptom that another cause no longer explains.
func Freed(f Fault, at time.Time) Fault {
	if f.State != Folded {
		return f
	}
	state, was := Suspected, f.Parent
	if len(f.Sightings) > 1 || slices.ContainsFunc(f.Sightings, func(l Look) bool { return l.Finding.PastCritical }) {
		state = Confirmed
	}
	f.Parent = ""
	return to(f, state, at, was+" does not explain it after all")
}

// OnItsOwn is a symptom that was seen again after its cause was closed.
func OnItsOwn(f Fault, at time.Time) Fault {
	was := f.Parent
	f.Parent = ""
	return note(f, at, "it stays after "+was+" was repaired: a fault of its own")
}

// CauseKey is the key of a cause that several places share.
func CauseKey(c cause.Cause) string {
	return fmt.Sprintf("cause/%s/%s/%s/%s/%s/%s%s", c.Kind, c.Hall, c.Supply, c.Rack, c.Device, c.Part, c.Robot)
}

// Best is the most probable of what may be behind the fault; the zero hypothesis where nothing is known.
func (f Fault) Best() cause.Hypothesis {
	if len(f.Hypotheses) == 0 {
		return cause.Hypothesis{}
	}
	return f.Hypotheses[0]
}

// Explained is the fault with what may be behind it; ok is false where that says nothing new: the same best cause, about as
// probable as before.
func Explained(f Fault, g cause.Group, at time.Time) (Fault, bool) {
	best, was := g.Ranked[0], f.Best()
	changed := was.Cause != best.Cause
	if !changed && near(was.Probability, best.Probability) && near(f.Real, g.Real) && was.Reports == best.Reports {
		return f, false
	}
	f.Hypotheses, f.Real = g.Ranked, g.Real
	if changed {
		f = note(f, at, fmt.Sprintf("cause, at %.0f %%: %s", 100*best.Probability, best.What))
	}
	return f, true
}

// Shows says whether one of the fault's looks was at a rack.
func (f Fault) Shows(rack string) bool {
	return slices.ContainsFunc(f.Sightings, func(l Look) bool { return l.Finding.Rack == rack })
}

func near(a, b float64) bool { return a-b < 0.1 && b-a < 0.1 }

// AsCause is the fault made the one of a shared cause: it keeps its looks, its ticket and its story.
func AsCause(f Fault, g cause.Group, severity vision.Severity, at time.Time) Fault {
	best := g.Ranked[0]
	f.Key, f.Kind, f.Cause = CauseKey(best.Cause), string(best.Kind), best.What
	f.Rack, f.Face, f.Unit, f.Device, f.LED = best.Rack, best.Face, best.Unit, best.Device, best.Part
	if best.Device == "" {
		f.LED = ""
	}
	f.Severity, f.Shared, f.Parent = severity, true, ""
	f, _ = Explained(f, g, at)
	return f
}
