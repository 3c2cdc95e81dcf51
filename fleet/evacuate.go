package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// refuge is a hall's floor as an alarm sees it.
func (c *Controller) refuge(h *maps.Hall) alarm.Floor {
	table := c.tables[h.ID]
	if table == nil {
		table = &traffic.Table{}
	}
	return alarm.Floor{
		Graph: h.Graph, Declared: h.SafePlaces, ClearanceM: c.o.Rules.ClearanceM, Shut: c.zonings[h.ID].effect.Shut,
		MayStay: func(node string) bool { return table.MayStay(h.Graph, node) },
		Doorway: func(node string) bool {
			return slices.ContainsFunc(h.Portals, func(p maps.Portal) bool {
				return slices.ContainsFunc(p.Edges, func(e [2]string) bool { return e[0] == node || e[1] == node })
			})
		},
	}
}

// evacuate carries an alarm on in a hall: missions are broken off, but for those that end at a safe place or make way, and
// robots that are free are sent to safe places. What cannot be now is tried again.
func (c *Controller) evacuate(ctx context.Context, h *maps.Hall, now time.Time) error {
	table := c.tables[h.ID]
	if table == nil {
		return nil
	}
	floor := c.refuge(h)
	first, more := floor.Safe()
	safe := slices.Concat(first, more)
	for _, m := range sorted(c.missions) {
		stays := m.Duty.Kind == patrol.Yield || len(m.Duty.Looks) == 0 && slices.Contains(safe, m.Duty.Node)
		if m.Phase != dispatch.Running || stays || c.robots[m.Duty.Robot].Hall != h.ID {
			continue
		}
		if err := c.abandon(ctx, m, c.alarmText(h.ID), now); err != nil {
			return err
		}
	}
	robots := c.fleeing(table, safe, now)
	return c.shelter(ctx, h, table, alarm.Assign(floor, robots), now)
}

// alarmText is why a hall's robots leave.
func (c *Controller) alarmText(hall string) string {
	var kinds []string
	for _, a := range sorted(c.alarms) {
		if a.Holds() && a.Covers(hall) && !slices.Contains(kinds, string(a.Kind)) {
			kinds = append(kinds, string(a.Kind))
		}
	}
	return strings.Join(kinds, " and ") + " alarm"
}

// fleeing are a hall's robots as the rule sees them.
func (c *Controller) fleeing(table *traffic.Table, safe []string, now time.Time) []alarm.Robot {
	var out []alarm.Robot
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		held, placed := table.Held[key]
		if !placed {
			continue
		}
		f := alarm.Robot{ID: key, Node: held.Nodes[0], Off: len(held.Beside) > 0}
		m, busy := c.missions[key]
		switch {
		case held.Still || !c.fresh(key, now):
			f.Still, f.Holds = true, append(slices.Clone(held.Nodes[:held.Base+1]), held.Beside...)
		case busy && len(m.Duty.Looks) == 0 && m.Phase == dispatch.Running && slices.Contains(safe, m.Duty.Node):
			f.Place = m.Duty.Node
		}
		out = append(out, f)
	}
	return out
}

// shelter sends the robots that are free to their places: all in one plan, or, where there is none, each by itself.
func (c *Controller) shelter(ctx context.Context, h *maps.Hall, table *traffic.Table, places map[string]string, now time.Time) error {
	goals, free := map[string]string{}, map[string]string{}
	for key, place := range places {
		held := table.Held[key]
		_, busy := c.missions[key]
		if held.Still || busy && held.Nodes[len(held.Nodes)-1] != place {
			continue
		}
		goals[key] = place
		if !busy && held.Nodes[0] != place && c.able(key, now) && !now.Before(c.live[key].content) {
			free[key] = place
		}
	}
	if len(free) == 0 {
		return nil
	}
	if len(free) > 1 {
		ways, err := table.Send(h.Graph, goals, now)
		if err == nil {
			return c.leave(ctx, h, table, free, ways, now)
		}
		c.o.Logger.Debug("no one plan for all to leave", "hall", h.ID, "why", err)
	}
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		place, ok := free[key]
		if _, busy := c.missions[key]; !ok || busy { // it may have been sent to make way for one before it
			continue
		}
		ways, err := table.Send(h.Graph, map[string]string{key: place}, now)
		if err != nil {
			c.o.Logger.Warn("no way out now; it is tried again", "robot", key, "place", place, "why", err)
			c.live[key].content = now.Add(contentFor)
			continue
		}
		if err := c.leave(ctx, h, table, map[string]string{key: place}, ways, now); err != nil {
			return err
		}
	}
	return nil
}

// leave starts the missions of robots to their places on the ways that traffic gave them. At a dock they charge: an alarm
// may last longer than a battery.
func (c *Controller) leave(ctx context.Context, h *maps.Hall, table *traffic.Table, places map[string]string, ways map[string][]string, now time.Time) error {
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		place, ok := places[key]
		if !ok {
			continue
		}
		delete(ways, key)
		d := patrol.Duty{Robot: key, Kind: patrol.Yield, Node: place, Why: c.alarmText(h.ID) + ": to " + place}
		if traffic.IsDock(h.Graph, place) {
			d.Kind = patrol.Charge
		}
		if err := c.depart(ctx, h, table, r.ID, d, now); err != nil {
			return err
		}
	}
	return c.reroute(ctx, h, table, ways, "others leave on an alarm", now)
}
