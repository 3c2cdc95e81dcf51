package fleet

import (
	"context"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// breakOff has the robots that are nearest to emergencies break off what they do, at the next node at which they can. What
// they drop is the planner's again.
func (c *Controller) breakOff(ctx context.Context, h *maps.Hall, table *traffic.Table, now time.Time) error {
	if !c.emergency(h.ID) {
		return nil
	}
	for _, d := range patrol.BreakOff(c.patrolInput(h, table, now)) {
		m := c.missions[d.Robot]
		var err error
		switch m.Break() {
		case dispatch.Halt:
			c.live[d.Robot].halted = m.OrderID
			err = c.abandon(ctx, m, d.Why, now)
		case dispatch.Turn:
			err = c.redirect(ctx, h, table, d, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// emergency says whether an inspection of that class waits in a hall.
func (c *Controller) emergency(hall string) bool {
	for _, i := range c.inspections {
		if i.State == Waiting && i.class() == patrol.Emergency {
			if _, here := c.halls[hall].Index(i.Viewpoint); here {
				return true
			}
		}
	}
	return false
}

// breakAt is how a robot's mission can be broken off; nil when it is for an emergency itself, makes way for another robot, or
// cannot be.
func (c *Controller) breakAt(h *maps.Hall, table *traffic.Table, m dispatch.Mission, now time.Time) *patrol.Break {
	key := m.Duty.Robot
	if m.Phase != dispatch.Running || !m.Taken || m.Duty.Kind == patrol.Yield || m.Duty.Urgent() || !c.steerable(key, now) || now.Before(c.live[key].keeps) {
		return nil
	}
	nodes, works := m.Committed()
	if works && m.Duty.Kind == patrol.Charge {
		return nil
	}
	b, mps := &patrol.Break{Node: nodes[len(nodes)-1]}, c.model(key).SpeedMPS
	for i := 1; i < len(nodes); i++ {
		b.In += c.crossing(h, mps, nodes[i-1], nodes[i])
	}
	if works {
		b.In += c.o.Rules.Patrol.Model.Look
	}
	b.Reach = func(node string) (float64, bool) {
		turned := table.Clone()
		turned.Shorten(key, len(nodes)-1)
		b.Reach = turned.ReachOf(h.Graph, key, now)
		return b.Reach(node)
	}
	return b
}

// redirect gives a robot an emergency in place of its duty. Traffic plans its way on from where it was let go to; ways of
// others that led through there are planned anew. When there is none now, it keeps its duty for a while.
func (c *Controller) redirect(ctx context.Context, h *maps.Hall, table *traffic.Table, d patrol.Duty, now time.Time) error {
	key, old := d.Robot, c.missions[d.Robot]
	ahead := old.Base - max(old.At, 0)
	turned := table.Clone()
	turned.Shorten(key, ahead)
	ways, err := turned.Send(h.Graph, map[string]string{key: d.Node}, now)
	if err != nil {
		c.o.Logger.Debug("duty not broken off", "robot", key, "node", d.Node, "why", err)
		c.live[key].keeps = now.Add(contentFor)
		return nil
	}
	*table, c.floor = turned, true
	way := table.Way(key)
	if len(way) == ahead+1 { // it ends right where the emergency is; an order's update can add nothing there
		d = patrol.Duty{Robot: key, Kind: patrol.Yield, Node: d.Node, Why: d.Why}
	}
	open := c.through(h.ID, table, key, ahead, now)
	m, fx, err := old.Redirect(c.graph(h), way, d, min(table.Grant(key, min(old.Rules.Window, open)), open), now)
	if err != nil {
		return c.abandon(ctx, old, err.Error(), now)
	}
	id := c.robots[key].ID
	change := Change{Mission: &m, Inspections: c.exchanged(d, key), Laps: lapBack(old), Say: id.SerialNumber + " breaks off: " + d.Why}
	if err := c.commit(ctx, KindMission, now, change); err != nil {
		return err
	}
	if err := c.carry(ctx, id, m, fx, now); err != nil {
		return err
	}
	delete(ways, key)
	return c.reroute(ctx, h, table, ways, id.SerialNumber+" goes to an emergency", now)
}

// exchanged are the inspections that a robot hands back for those that its new duty serves, and those.
func (c *Controller) exchanged(d patrol.Duty, robot string) []Inspection {
	taken := c.assigned(d, robot)
	served := map[string]bool{}
	for _, i := range taken {
		served[i.ID] = true
	}
	for _, i := range c.given(robot) {
		if !served[i.ID] {
			taken = append(taken, i)
		}
	}
	return taken
}

// lapBack is where the lap of a robot goes on whose mission was broken off: where it was before it.
func lapBack(m dispatch.Mission) []Lap {
	if !m.Duty.Lap || !m.Undone() {
		return nil
	}
	return []Lap{{Robot: m.Duty.Robot, Node: m.Duty.After}}
}
