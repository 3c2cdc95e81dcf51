package foresee

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// A doorway is a portal of a night, by the controller's own rule (portal.Decide), with a control that does as it is told: it
// is open, or closed, OpensIn after it was asked, or let go.
type doorway struct {
	maps.Portal
	state   portal.State
	asked   bool
	turns   time.Time // when it is open, or closed
	crossed int
	waited  time.Duration // of robots before it
}

// attendEvery is how often portals are attended, as the controller does.
const attendEvery = time.Second

// furnish puts a hall's portals into the night.
func (n *Night) furnish() {
	rooms := map[string]int{}
	for _, p := range n.o.Portals {
		d := &doorway{Portal: p}
		n.doors = append(n.doors, d)
		k, ok := rooms[p.Room]
		if !ok || !p.Alone() {
			k = len(n.rooms)
			rooms[p.Room] = k
			n.rooms = append(n.rooms, nil)
		}
		n.rooms[k] = append(n.rooms[k], d)
	}
	if len(n.doors) > 0 {
		n.attend()
	}
}

// attend has the portals do what robots need, and lets those on that waited.
func (n *Night) attend() {
	needs := n.needs()
	for _, room := range n.rooms {
		var portals []maps.Portal
		var states []portal.State
		var all [][]portal.Need
		for _, d := range room {
			portals, states, all = append(portals, d.Portal), append(states, d.state.Heard(d.report(n.now), n.now)), append(all, needs[d])
		}
		states, wishes := portal.Decide(portals, states, all, n.now)
		for i, d := range room {
			d.state = states[i]
			if open := wishes[i] == portal.Opens || wishes[i] == portal.Holds; open != d.asked {
				d.asked, d.turns = open, n.now.Add(d.OpensIn)
			}
		}
	}
	n.letGo()
	n.when(n.now.Add(attendEvery), n.attend)
}

// report is what the portal's control says.
func (d *doorway) report(now time.Time) portal.Report {
	switch {
	case now.Before(d.turns):
		return portal.Report{Status: portal.Moving, Asked: d.asked}
	case d.asked:
		return portal.Report{Status: portal.Open, Asked: true}
	}
	return portal.Report{Status: portal.Closed}
}

// door is the portal through which an edge leads; nil when none.
func (n *Night) door(from, to string) *doorway {
	for _, d := range n.doors {
		if d.Leads(from, to) {
			return d
		}
	}
	return nil
}

// needs are the robots that come to each portal, or are in it. Of one room only the first counts.
func (n *Night) needs() map[*doorway][]portal.Need {
	out := map[*doorway][]portal.Need{}
	for _, u := range n.units {
		seen := map[string]bool{}
		in, at, let := time.Duration(0), u.at, n.o.Floor.Ahead(u.ID)
		for i, next := range u.way {
			if d := n.door(at, next); d != nil && !seen[d.Room+d.ID] && !seen[d.Room] {
				seen[d.Room+d.ID] = true
				if d.Alone() {
					seen[d.Room] = true
				}
				need := portal.Need{Robot: u.ID, In: in, Within: i < let, Turn: n.o.Floor.Clear(u.ID) > i}
				if u.doing == Driving && i > 0 {
					need.In = max(0, in-n.now.Sub(u.left))
				}
				out[d] = append(out[d], need)
			}
			in += n.edgeTime(u, at, next)
			at = next
		}
	}
	return out
}

// edgeTime is how long a robot takes from a node to the next.
func (n *Night) edgeTime(u *unit, from, to string) time.Duration {
	e, _ := n.o.Hall.Graph.Edge(from, to)
	speed := u.Body.SpeedMPS
	if e.MaxSpeed > 0 {
		speed = min(speed, e.MaxSpeed)
	}
	return time.Duration(e.LengthM / speed * float64(time.Second))
}

// granted says whether a robot may drive on: as far as traffic goes, and portals.
func (n *Night) granted(u *unit) bool {
	ahead := len(u.way)
	at := u.at
	for i, next := range u.way {
		if d := n.door(at, next); i >= n.o.Floor.Ahead(u.ID) && d != nil {
			if lets, _ := portal.Lets(d.Portal, d.state, n.now); !lets {
				ahead = i
				break
			}
		}
		at = next
	}
	return n.o.Floor.Granted(u.ID, ahead)
}

// stopped notes that a robot waits, and for which portal if it is one.
func (n *Night) stopped(u *unit) {
	u.before, u.beforeAt = n.door(u.at, u.way[0]), n.now
}

// crosses notes that a robot sets out for the next node, through a portal or not.
func (n *Night) crosses(u *unit) {
	d := n.door(u.at, u.way[0])
	if d == nil {
		return
	}
	d.crossed++
	if u.before == d {
		d.waited += n.now.Sub(u.beforeAt)
	}
	u.before = nil
}

// A DoorOutlook is a portal in a night.
type DoorOutlook struct {
	ID      string        `json:"id"`
	OpensIn time.Duration `json:"opensInNs"` // counted with
	Crossed int           `json:"crossed"`   // times that robots went through
	Waited  time.Duration `json:"waitedNs"`  // by robots before it, in all: for it to open, or for others
}

func (n *Night) doorsOutlook() []DoorOutlook {
	out := []DoorOutlook{}
	for _, d := range n.doors {
		out = append(out, DoorOutlook{d.ID, d.OpensIn, d.crossed, d.waited})
	}
	return out
}

// bars are what portals mean for ways, as in the controller: one counts as longer by the time that it takes to open, and nobody
// stays in an airlock or a lift.
func (n *Night) bars() *traffic.Bars {
	if len(n.o.Portals) == 0 {
		return nil
	}
	inside := map[string]bool{}
	for _, p := range n.o.Portals {
		if p.Inside != "" {
			inside[p.Inside] = true
		}
	}
	first := &unit{Robot: n.o.Robots[0]}
	return &traffic.Bars{
		Shut:   func(_, _ string) bool { return false },
		Barred: func(node string) bool { return inside[node] },
		Weight: func(from, to string) float64 {
			if d := n.door(from, to); d != nil {
				if took := n.edgeTime(first, from, to); took > 0 {
					return 1 + d.OpensIn.Seconds()/took.Seconds()
				}
			}
			return 1
		},
	}
}
