package dispatch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	floor "github.com/nightrounds/nightrounds/maps"
)

// A Break is how a mission can be broken off at a node now.
type Break int

// The ways to break a mission off. What was released cannot be taken back (VDA 5050 3.0, section 6.1.2): so it goes on at
// the last released node.
const (
	NoBreak Break = iota // not now: a message is on its way, or the duty's node is released and ahead
	Turn                 // by an order update: Redirect
	Halt                 // by cancelOrder: the robot stands at its last released node, and ends the look that runs
)

// Break says how the mission can be broken off now.
func (m Mission) Break() Break {
	switch {
	case m.Phase != Running || !m.Taken || !m.Shown:
		return NoBreak
	case m.dutyStop() < 0 || m.dutyStop() > m.Base:
		return Turn
	case m.At == m.Base:
		return Halt
	}
	return NoBreak
}

// Committed are the nodes to which the robot is let go, from the one that it reported last, and whether it does its
// duty at one of them.
func (m Mission) Committed() (nodes []string, works bool) {
	for _, s := range m.Stops[max(m.At, 0) : m.Base+1] {
		nodes = append(nodes, s.Node.NodeID)
	}
	duty := m.dutyStop()
	return nodes, duty >= 0 && duty <= m.Base
}

// Undone reports whether the mission has looks that have not ended.
func (m Mission) Undone() bool {
	for _, s := range m.Stops {
		for _, a := range s.Actions {
			if a.Look != nil && m.Actions[a.ID] != vda5050.ActionFinished {
				return true
			}
		}
	}
	return false
}

// Redirect gives the robot another duty in place of its own, on a way from the node that it reported last
// (traffic.Table.Way): by an update of its order from where it was let go to. A duty with looks must end beyond that, since
// an update adds nothing to be done there. Break must be Turn; granted is as for Release.
func (m Mission) Redirect(g *floor.Graph, way []string, d patrol.Duty, granted int, now time.Time) (Mission, Effects, error) {
	if m.Break() != Turn {
		return m, Effects{}, fmt.Errorf("mission %s: redirect: it cannot be broken off by an update now", m.OrderID)
	}
	let, _ := m.Committed()
	shared := min(len(let), len(way))
	switch {
	case !slices.Equal(let[:shared], way[:shared]):
		return m, Effects{}, fmt.Errorf("mission %s: redirect: the way %v leaves what the robot was released to", m.OrderID, way)
	case len(way) < len(let):
		return m, Effects{}, fmt.Errorf("mission %s: redirect: the way %v ends before what the robot was released to", m.OrderID, way)
	}
	stops, err := lengthened(g, m.Stops[:m.Base+1], way[shared:])
	if err != nil {
		return m, Effects{}, fmt.Errorf("mission %s: redirect: %w", m.OrderID, err)
	}
	last := len(stops) - 1
	if len(d.Looks) > 0 && last == m.Base {
		return m, Effects{}, errors.New("mission " + m.OrderID + ": redirect: the way ends where the robot was released to: nothing can be added there")
	}
	for _, look := range d.Looks { // named apart from what the order asked for before
		stops[last].add(Act{ID: actionID(fmt.Sprintf("%s.%d", m.OrderID, m.Update+1), look), Type: vda5050.Inspect, Look: &look})
	}
	m.Stops, m.Detour, m.Duty, m.Actions = stops, nil, d, maps.Clone(m.Actions)
	maps.DeleteFunc(m.Actions, func(id string, _ vda5050.ActionStatus) bool {
		_, still := m.act(id)
		return !still
	})
	m, fx := m.update(m.reach(granted), now)
	return m, fx, nil
}
