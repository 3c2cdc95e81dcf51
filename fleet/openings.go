package fleet

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/portal"
)

// An Opening is how long a portal took from being asked until a robot could be let in.
type Opening struct {
	Portal string        `json:"portal"`
	Took   time.Duration `json:"tookNs"`
}

const (
	// openingsKept is how many of its last openings tell how long a portal takes, openingsLeast how many that takes at least.
	openingsKept, openingsLeast = 15, 3
)

// timed measures, after each decision, how long the portal takes to open: from when it is asked, and nothing must close first.
func (d *doorway) timed(now time.Time) (o Opening, ended bool) {
	lets, _ := portal.Lets(d.Portal, d.state, now)
	switch {
	case d.state.Wanted.IsZero() || d.broken():
		d.askedAt, d.timing = time.Time{}, false
	case d.state.Behind != "":
		d.askedAt, d.timing = now, true
	case d.askedAt.IsZero():
		d.askedAt, d.timing = now, d.state.Status != portal.Open
	case lets && d.timing:
		d.timing = false
		return Opening{Portal: d.ID, Took: now.Sub(d.askedAt)}, true
	}
	return Opening{}, false
}

// opensIn is how long a portal takes to open: as measured, or else as declared.
func (c *Controller) opensIn(d *doorway) (took time.Duration, measured bool) {
	if took, measured = median(c.openings[d.ID], openingsLeast); measured {
		return took, true
	}
	return d.declared, false
}
