package foresee

import (
	"maps"
	"time"
)

// quietEvery is how often quiet hours are looked at: they begin and end with minutes.
const quietEvery = time.Minute

// hush notes from which viewpoints the patrol keeps away from now on, and for how long it has kept away from them.
func (n *Night) hush() {
	racks := n.o.Quiet(n.now)
	for i := range n.views {
		v := &n.views[i]
		v.QuietFor = n.hushedFor(i)
		if v.Quiet = racks[v.Rack]; v.Quiet {
			n.quiet[v.ID] = true
		} else {
			delete(n.quiet, v.ID)
		}
	}
	n.hushedAt = n.now
	n.when(n.now.Truncate(quietEvery).Add(quietEvery), n.hush)
}

// away are the viewpoints at which the patrol does not look now: robots are at them, or they have quiet hours. What somebody
// asks for is looked at all the same.
func (n *Night) away() map[string]bool {
	if len(n.quiet) == 0 {
		return n.taken
	}
	all := maps.Clone(n.taken)
	maps.Copy(all, n.quiet)
	return all
}

// hushedFor is for how much of a viewpoint's wait it has had quiet hours.
func (n *Night) hushedFor(view int) time.Duration {
	v := &n.views[view]
	if v.Quiet {
		return v.QuietFor + n.now.Sub(n.hushedAt)
	}
	return v.QuietFor
}
