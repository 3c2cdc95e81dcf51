package dispatch

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	floor "github.com/nightrounds/nightrounds/maps"
)

// A Detour is a way in place of the stops after one.
type Detour struct {
	After int      `json:"after"` // index of the stop
	Nodes []string `json:"nodes"` // empty: the way ends there
}

// Follow takes up a way that traffic has planned anew, from the node that the robot reported last on
// (traffic.Table.Way). What the robot was let go to stays. What is to be done at the end of the duty goes along to the
// duty's node. It fails, and the mission must be cancelled, when the way does not come there any more, or leads on from
// where the robot is to charge.
func (m Mission) Follow(way []string) (Mission, error) {
	if m.Phase != Running {
		return m, fmt.Errorf("mission %s is %s", m.OrderID, m.Phase)
	}
	at, planned := max(m.At, 0), m.planned()
	same := 0
	for same < len(way) && at+same < len(planned) && planned[at+same] == way[same] {
		same++
	}
	if same == len(way) && at+same == len(planned) {
		return m, nil
	}
	after := at + same - 1
	if after < m.Base {
		return m, fmt.Errorf("mission %s: the new way %v leaves what the robot was released to at %d of %v", m.OrderID, way, same, planned[at:])
	}
	d := Detour{After: min(after, len(m.Stops)-1)}
	if m.Detour != nil {
		d.After = min(d.After, m.Detour.After)
	}
	d.Nodes = append(slices.Clone(planned[d.After+1:after+1]), way[same:]...)
	duty := m.dutyStop()
	if duty >= 0 && duty > d.After && !slices.Contains(d.Nodes, m.Stops[duty].Node.NodeID) {
		return m, fmt.Errorf("mission %s: the new way does not come to %s", m.OrderID, m.Stops[duty].Node.NodeID)
	}
	if duty >= 0 && duty <= d.After && len(d.Nodes) > 0 && m.Stops[duty].does(vda5050.StartCharging) {
		return m, fmt.Errorf("mission %s: the new way leads on from where the robot is to charge", m.OrderID)
	}
	m.Detour = &d
	return m, nil
}

// planned are the nodes of the way, with the detour.
func (m Mission) planned() []string {
	var nodes []string
	for i, s := range m.Stops {
		if m.Detour != nil && i > m.Detour.After {
			break
		}
		nodes = append(nodes, s.Node.NodeID)
	}
	if m.Detour != nil {
		nodes = append(nodes, m.Detour.Nodes...)
	}
	return nodes
}

// dutyStop is the index of the stop that has the duty's actions; -1 when there are none.
func (m Mission) dutyStop() int {
	for i := len(m.Stops) - 1; i >= 0; i-- {
		if slices.ContainsFunc(m.Stops[i].Actions, func(a Act) bool { return a.Type != vda5050.StopCharging }) {
			return i
		}
	}
	return -1
}

func (s Stop) does(action string) bool {
	return slices.ContainsFunc(s.Actions, func(a Act) bool { return a.Type == action })
}

// Release lets the robot go on, to at most granted nodes ahead of the one that it reported last, and tells it of a new
// way. Call it after each state and whenever traffic may grant more.
func (m Mission) Release(g *floor.Graph, granted int, now time.Time) (Mission, Effects, error) {
	if m.Phase != Running || !m.Taken || !m.Shown {
		return m, Effects{}, nil
	}
	changed := m.Detour != nil
	if changed {
		var err error
		if m, err = m.detoured(g); err != nil {
			return m, Effects{}, fmt.Errorf("mission %s: %w", m.OrderID, err)
		}
	}
	last, at := len(m.Stops)-1, max(m.At, 0)
	base := m.reach(granted)
	// An update costs a round trip: while the robot has half a window ahead it waits, unless it releases the rest.
	if !changed && (base == m.Base || base < last && m.Base-at > m.Rules.Window/2) {
		return m, Effects{}, nil
	}
	m, fx := m.update(base, now)
	return m, fx, nil
}

// reach is the stop up to which the robot may be let go, with at most granted nodes ahead of the one that it reported last.
func (m Mission) reach(granted int) int {
	return max(m.Base, min(max(m.At, 0)+min(m.Rules.Window, granted), len(m.Stops)-1))
}

// update tells the robot of its order as it is now, released up to a stop.
func (m Mission) update(base int, now time.Time) (Mission, Effects) {
	m.Stitch, m.Base, m.Update = m.Base, base, m.Update+1
	m.Shown, m.SentAt, m.Tries = false, now, 1
	return m, Effects{Order: m.order()}
}

// detoured lays the detour out.
func (m Mission) detoured(g *floor.Graph) (Mission, error) {
	d, duty := *m.Detour, m.dutyStop()
	stops, err := lengthened(g, m.Stops[:d.After+1], d.Nodes)
	if err != nil {
		return m, err
	}
	if duty > d.After {
		old := m.Stops[duty]
		for i := len(stops) - 1; i > d.After; i-- {
			if stops[i].Node.NodeID == old.Node.NodeID {
				stops[i].Actions, stops[i].Node.Actions = old.Actions, old.Node.Actions
				break
			}
		}
	}
	m.Stops, m.Detour = stops, nil
	return m, nil
}

// Stuck reports whether the robot could have gone on since a time, and has not: it was let go to a node ahead, it has
// nothing to do where it is, and it has shown no headway.
func (m Mission) Stuck(since time.Time) bool {
	at := max(m.At, 0)
	if m.Phase != Running || m.Base == at || !m.Shown || m.MovedAt.After(since) || m.SentAt.After(since) {
		return false
	}
	return !slices.ContainsFunc(m.Stops[at].Actions, func(a Act) bool { return !terminal(m.Actions[a.ID]) })
}
