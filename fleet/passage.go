package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	floor "github.com/nightrounds/nightrounds/maps"
)

// direct lets time pass in a hall's traffic: closures end, robots that fell silent keep their place, and ways that were cut
// short are planned anew. A mission that cannot go on is cancelled.
func (c *Controller) direct(ctx context.Context, h *floor.Hall, now time.Time) error {
	table := c.tables[h.ID]
	if table != nil {
		table.Expire(now)
	}
	if err := c.attend(ctx, h, table, now); err != nil || table == nil {
		return err
	}
	if err := c.enforce(ctx, h, table, now); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(table.Held)) {
		if err := c.watch(ctx, table, key, now); err != nil {
			return err
		}
	}
	ways, stuck := table.Resume(h.Graph, now)
	for _, key := range stuck {
		if m, ok := c.missions[key]; ok {
			if err := c.abandon(ctx, m, fmt.Sprintf("the way to %s is blocked", m.Duty.Node), now); err != nil {
				return err
			}
		}
	}
	return c.reroute(ctx, h, table, ways, "the way was blocked", now)
}

// watch notes what has become of one robot: silent, stuck before something that stands in its way, or without the mission
// to which its way belonged.
func (c *Controller) watch(ctx context.Context, table *traffic.Table, key string, now time.Time) error {
	h := table.Held[key]
	still := !c.steerable(key, now)
	if still != h.Still {
		table.SetStill(key, still)
		c.floor = true
	}
	m, busy := c.missions[key]
	if !busy && !still && len(h.Nodes) > 1 {
		table.Stop(key)
		c.floor = true
	}
	if !busy || still || h.Base == 0 || !m.Stuck(now.Add(-c.o.Rules.Blocked)) {
		return nil
	}
	table.Close(h.Nodes[0], h.Nodes[1], now.Add(c.o.Rules.Closed))
	return c.abandon(ctx, m, fmt.Sprintf("something stands between %s and %s: closed for %s", h.Nodes[0], h.Nodes[1], c.o.Rules.Closed), now)
}

// steerable says whether a robot's way can be changed now: it takes orders, or follows one.
func (c *Controller) steerable(key string, now time.Time) bool {
	m, busy := c.missions[key]
	if !busy {
		return c.able(key, now)
	}
	return m.Phase == dispatch.Running && c.fresh(key, now) && c.robots[key].Connection == string(vda5050.ConnectionOnline) &&
		c.live[key].state.OperatingMode == vda5050.ModeAutomatic && c.live[key].state.SafetyState.ActiveEmergencyStop == vda5050.EStopNone
}

// reroute has robots follow the ways that traffic gave them: on their missions, or, when they have none, to make way.
func (c *Controller) reroute(ctx context.Context, h *floor.Hall, table *traffic.Table, ways map[string][]string, why string, now time.Time) error {
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		way := ways[key]
		if way == nil {
			continue
		}
		c.floor = true
		m, busy := c.missions[key]
		if !busy {
			d := patrol.Duty{Robot: key, Kind: patrol.Yield, Node: way[len(way)-1], Why: "makes way: " + why}
			if err := c.depart(ctx, h, table, r.ID, d, now); err != nil {
				return err
			}
			continue
		}
		m, err := m.Follow(way)
		if err != nil {
			if err := c.abandon(ctx, m, err.Error(), now); err != nil {
				return err
			}
			continue
		}
		if err := c.carry(ctx, r.ID, m, dispatch.Effects{}, now); err != nil {
			return err
		}
	}
	return nil
}

// abandon cancels a mission; its robot stops where it is.
func (c *Controller) abandon(ctx context.Context, m dispatch.Mission, why string, now time.Time) error {
	id := c.robots[m.Duty.Robot].ID
	m, fx := m.Cancel(why, now)
	return c.carry(ctx, id, m, fx, now)
}

// letOn lets the robot of a mission go on as far as traffic grants. A mission whose robot is in no table, since the store
// was lost, is cancelled: nobody knows what its robot holds.
func (c *Controller) letOn(hall string, table *traffic.Table, m dispatch.Mission, now time.Time) (dispatch.Mission, dispatch.Effects, error) {
	if m.Phase != dispatch.Running {
		return m, dispatch.Effects{}, nil
	}
	if table == nil {
		m, fx := m.Cancel("its place in the traffic was lost", now)
		return m, fx, nil
	}
	h, _ := c.o.Site.Hall(hall)
	before := table.Held[m.Duty.Robot].Base
	open := c.through(hall, table, m.Duty.Robot, m.Base-max(m.At, 0), now)
	granted := min(table.Grant(m.Duty.Robot, min(m.Rules.Window, open)), open)
	c.floor = c.floor || granted != before
	return m.Release(c.graph(h), granted, now)
}
