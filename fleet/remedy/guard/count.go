package guard

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// others are the acts of the site that are not this very step.
func (d *decision) others() []Act {
	return slices.DeleteFunc(slices.Clone(d.Acts), func(a Act) bool { return a.Run == d.Run && a.Key == d.Key })
}

// limits hold automatic steps back while too many are under way, or were begun within the hour. An undo is not counted
// against: what was begun must be ended.
func (d *decision) limits() {
	if d.Undo || !d.Step.Automatic() {
		return
	}
	l := d.g.Limits
	atOnce, rack, hour := 1, 1, 1
	feeds := map[string]int{}
	for _, a := range d.others() {
		if !a.Auto {
			continue
		}
		if a.At.After(d.Now.Add(-time.Hour)) {
			hour++
		}
		if !a.Busy {
			continue
		}
		atOnce++
		if a.Rack == d.target.Rack {
			rack++
		}
		for _, f := range a.Feeds {
			feeds[f]++
		}
	}
	const do = "wait for the others, or raise the limit in " + remedy.FileName
	if atOnce > l.AtOnce {
		d.refuse(Limit, true, do, "%d steps are under way, at most %d may be", atOnce-1, l.AtOnce)
	}
	if d.target.Rack != "" && rack > l.PerRack {
		d.refuse(Limit, true, do, "%d steps are under way at rack %s, at most %d may be", rack-1, d.target.Rack, l.PerRack)
	}
	for _, f := range d.target.Feeds {
		if feeds[f]+1 > l.PerFeed {
			d.refuse(Limit, true, do, "%d steps are under way on feed %s, at most %d may be", feeds[f], f, l.PerFeed)
		}
	}
	if hour > l.PerHour {
		d.refuse(Limit, true, "wait, or find out why so much is to be repaired", "%d steps were begun within an hour, at most %d may be", hour-1, l.PerHour)
	}
}

// coolDown keeps the repairs of one device apart: one that does not help must not be repeated at once.
func (d *decision) coolDown() {
	if d.Undo || !d.Step.Automatic() {
		return
	}
	for _, a := range d.others() {
		same := a.Device != "" && a.Device == d.target.Device || a.Device == "" && d.target.Device == "" && a.Rack == d.target.Rack
		if a.Auto && a.Run != d.Run && same && a.At.After(d.Now.Add(-d.g.Limits.CoolDown)) {
			d.refuse(CoolDown, true, "wait, or find out why the last repair did not help", "run %s did something there at %s, %s must pass", a.Run, a.At.Format(time.TimeOnly), d.g.Limits.CoolDown)
			return
		}
	}
}

// domain keeps what takes something away within one failure domain at a time, until its repair is verified.
func (d *decision) domain() {
	if d.target.Domain == "" || d.Undo {
		return
	}
	for _, a := range d.others() {
		if a.Open && a.Domain != "" && (a.Domain != d.target.Domain || a.Run != d.Run && a.Device != d.target.Device) {
			d.refuse(Domain, true, "wait until that repair is verified", "run %s has taken something away in %s and is not verified yet: one failure domain, and one thing in it, at a time", a.Run, a.Domain)
			return
		}
	}
}
