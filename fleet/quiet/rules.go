package quiet

import (
	"time"

	"github.com/nightrounds/nightrounds/vision"
)

// Rules are a site's limits of patience.
type Rules struct {
	// ReopenWindow is how long after its end a fault that is seen again is the same one.
	ReopenWindow time.Duration `json:"reopenWindowNs"`
	Flapping     Flapping      `json:"flapping"`
	Escalation   []Step        `json:"escalation"`
}

// Flapping says when a fault comes and goes: it came back so many times within a time. It then stays open until it was in
// order for as long as Steady.
type Flapping struct {
	Times  int           `json:"times"`
	Within time.Duration `json:"withinNs"`
	Steady time.Duration `json:"steadyNs"`
}

// A Step raises the ticket of a fault of a severity that stands open for so long.
type Step struct {
	Severity vision.Severity `json:"severity"`
	After    time.Duration   `json:"afterNs"`
}

// DefaultRules hold where a site says nothing.
func DefaultRules() Rules {
	return Rules{
		ReopenWindow: 24 * time.Hour,
		Flapping:     Flapping{Times: 3, Within: 24 * time.Hour, Steady: 4 * time.Hour},
		Escalation: []Step{
			{vision.Critical, time.Hour}, {vision.Critical, 4 * time.Hour},
			{vision.Warning, 24 * time.Hour}, {vision.Warning, 72 * time.Hour},
		},
	}
}

// Level is how often a fault of a severity that stands for an age has been raised.
func (r Rules) Level(severity vision.Severity, age time.Duration) int {
	n := 0
	for _, s := range r.Escalation {
		if s.Severity == severity && age >= s.After {
			n++
		}
	}
	return n
}

// Flaps says whether a fault that came back at some times comes and goes.
func (f Flapping) Flaps(back []time.Time, now time.Time) bool {
	n := 0
	for _, t := range back {
		if now.Sub(t) < f.Within {
			n++
		}
	}
	return f.Times > 0 && n >= f.Times
}

// Settled says whether a fault may be closed by a look at a time, that was in order in all looks since a time (the zero time:
// this is the first): at once, but for one that comes and goes.
func (f Flapping) Settled(back []time.Time, since, now time.Time) bool {
	return !f.Flaps(back, now) || !since.IsZero() && now.Sub(since) >= f.Steady
}
