package foresee

import "time"

// quietEvery is how often quiet hours are looked at: they begin and end with minutes.
const quietEvery = time.Minute

// hush notes from which viewpoints the patrol keeps away from now on, and for how long it has kept away from them.
func (n *Night) hush() {
	racks := n.o.Quiet(n.now)
	for i := range n.views {
		v := &n.views[i]
		v.QuietFor = n.hushedFor(i)
		v.Quiet = racks[v.Rack]
	}
	n.hushedAt = n.now
	n.when(n.now.Truncate(quietEvery).Add(quietEvery), n.hush)
}

// hushedFor is for how much of a viewpoint's wait it has had quiet hours.
func (n *Night) hushedFor(view int) time.Duration {
	v := &n.views[view]
	if v.Quiet {
		return v.QuietFor + n.now.Sub(n.hushedAt)
	}
	return v.QuietFor
}
