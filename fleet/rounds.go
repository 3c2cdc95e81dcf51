package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// tick lets time pass: what was not heard is sent again, idle robots get their next duty.
func (c *Controller) tick(ctx context.Context) error {
	now := c.o.Clock.Now()
	for _, h := range c.o.Site.Halls {
		if err := c.direct(ctx, h, now); err != nil {
			return err
		}
	}
	for _, m := range sorted(c.missions) {
		id := c.robots[m.Duty.Robot].ID
		m, fx := m.Tick(now)
		if err := c.carry(ctx, id, m, fx, now); err != nil {
			return err
		}
	}
	if err := c.byTheClock(ctx, now); err != nil {
		return err
	}
	for _, h := range c.o.Site.Halls {
		next := c.assign
		if c.alarmed(h.ID) {
			next = c.evacuate
		}
		if err := next(ctx, h, now); err != nil {
			return err
		}
	}
	c.tellFloor(now)
	c.tellPortals(now)
	return nil
}

// assign gives each idle robot of a hall what the patrol rule says is next for it.
func (c *Controller) assign(ctx context.Context, h *maps.Hall, now time.Time) error {
	table := c.tables[h.ID]
	if table == nil {
		return nil
	}
	if err := c.breakOff(ctx, h, table, now); err != nil {
		return err
	}
	robots := sorted(c.robots)
	slices.SortStableFunc(robots, func(a, b Robot) int { return cmp.Compare(a.Battery, b.Battery) }) // docks for those who need them
	for _, r := range robots {
		key := r.ID.String()
		c.askWhat(r.ID, now)
		if _, busy := c.missions[key]; busy || c.updateMap(r.ID, now) {
			continue
		}
		if _, placed := table.At(key); !placed || !c.able(key, now) {
			continue
		}
		if l := c.live[key]; now.Before(l.content) {
			continue
		}
		d, ok := patrol.Next(c.patrolInput(h, table, now), key)
		if !ok {
			c.live[key].content = now.Add(contentFor)
			continue
		}
		if err := c.start(ctx, h, table, r.ID, d, now); err != nil {
			return err
		}
	}
	return nil
}

// contentFor is how long a robot that has nothing to do is left alone, unless somebody asks for a look.
const contentFor = 5 * time.Second

// stir asks every robot anew at the next tick.
func (c *Controller) stir() {
	for _, l := range c.live {
		l.content = time.Time{}
	}
}

// start plans the way, and those of the robots that must make room, journals the mission and sends its order. That there
// is no way now is no error: the robot is asked anew after a while.
func (c *Controller) start(ctx context.Context, h *maps.Hall, table *traffic.Table, id wire.RobotID, d patrol.Duty, now time.Time) error {
	key := id.String()
	ways, err := table.Send(h.Graph, map[string]string{key: d.Node}, now)
	if err != nil {
		c.o.Logger.Debug("duty put off", "robot", key, "node", d.Node, "why", err)
		c.live[key].content = now.Add(contentFor)
		return nil
	}
	delete(ways, key)
	if err := c.depart(ctx, h, table, id, d, now); err != nil {
		return err
	}
	return c.reroute(ctx, h, table, ways, id.SerialNumber+" must pass", now)
}

// depart starts the mission of a robot on the way that it has in the table.
func (c *Controller) depart(ctx context.Context, h *maps.Hall, table *traffic.Table, id wire.RobotID, d patrol.Duty, now time.Time) error {
	key := id.String()
	m, fx, err := dispatch.Start(c.graph(h), dispatch.Plan{
		OrderID: fmt.Sprintf("O-%06d", c.orders+1), Hall: h.ID, Way: table.Way(key), Duty: d, Charging: c.live[key].state.PowerSupply.Charging,
	}, table.Grant(key, min(c.o.Rules.Dispatch.Window, c.through(h.ID, table, key, 0, now))), c.o.Rules.Dispatch, now)
	if err != nil {
		table.Stop(key)
		return fmt.Errorf("send %s to %s: %w", key, d.Node, err)
	}
	c.floor = true
	change := Change{Mission: &m, Inspections: c.assigned(d, key), Say: id.SerialNumber + ": " + d.Why}
	if err := c.commit(ctx, KindMission, now, change); err != nil {
		return err
	}
	return c.carry(ctx, id, m, fx, now)
}

// assigned are the inspections that a duty serves.
func (c *Controller) assigned(d patrol.Duty, robot string) []Inspection {
	var out []Inspection
	for _, l := range d.Looks {
		for _, id := range l.Inspections {
			if i, ok := c.inspections[id]; ok {
				i.State, i.Robot = Assigned, robot
				out = append(out, i)
			}
		}
	}
	return out
}

// able says whether a robot takes orders now.
func (c *Controller) able(robot string, now time.Time) bool {
	l := c.live[robot]
	if l == nil || l.state == nil || now.Sub(l.heard) > c.o.Rules.Silent {
		return false
	}
	s := l.state
	if c.robots[robot].Connection != string(vda5050.ConnectionOnline) || s.OperatingMode != vda5050.ModeAutomatic || s.SafetyState.ActiveEmergencyStop != vda5050.EStopNone {
		return false
	}
	return dispatch.Idle(s)
}

func (c *Controller) patrolInput(h *maps.Hall, table *traffic.Table, now time.Time) patrol.Input {
	in := patrol.Input{Now: now, Since: c.began, Rules: c.o.Rules.Patrol, Hall: c.halls[h.ID], Taken: map[string]bool{}}
	quiet := c.o.Site.Quiet(now)
	for _, v := range in.Hall.Viewpoints {
		in.Viewpoints = append(in.Viewpoints, c.patrolViewpoint(v, quiet, now))
	}
	for _, i := range sorted(c.inspections) {
		if i.State == Waiting {
			in.Inspections = append(in.Inspections, patrol.Inspection{ID: i.ID, Viewpoint: i.Viewpoint, Class: i.class(), At: i.At, Tried: i.TriedAt, Moved: i.MovedAt, Not: i.Not})
		}
	}
	for _, m := range c.missions {
		for _, l := range m.Duty.Looks {
			in.Taken[l.Viewpoint] = true
		}
	}
	for _, d := range h.Graph.Docks() {
		holder, _ := table.Holder(traffic.NodeResource(d.Node))
		in.Docks = append(in.Docks, patrol.Dock{ID: d.ID, Node: d.Node, Holder: holder})
	}
	for _, r := range sorted(c.robots) {
		if key := r.ID.String(); r.Hall == h.ID {
			in.Robots = append(in.Robots, c.patrolRobot(h, table, key, now))
		}
	}
	in.Plan = c.plan(h.ID, in.Robots)
	if off := table.CutOff(h.Graph, now); off != nil {
		in.Shut = func(node string) bool { return off[node] }
	}
	return in
}

// patrolViewpoint is what the patrol must know of a viewpoint, with the racks that are quiet now.
func (c *Controller) patrolViewpoint(v maps.Viewpoint, quiet map[string]bool, now time.Time) patrol.Viewpoint {
	p := patrol.Viewpoint{Viewpoint: v, Looked: c.looked[v.ID], Tried: c.tried[v.ID], Quiet: quiet[v.Rack]}
	p.QuietFor = c.o.Site.QuietFor(v.Rack, p.WaitsFrom(c.began), now)
	return p
}

// plan is the plan for a hall's robots, made anew when one has come or is gone.
func (c *Controller) plan(hall string, robots []patrol.Robot) *patrol.Plan {
	if !c.plans[hall].Fits(robots) {
		delete(c.cures, c.plans[hall])
		c.plans[hall] = patrol.NewPlan(c.halls[hall], robots, c.o.Rules.Patrol)
		c.o.Logger.Info("patrol planned anew", "hall", hall, "robots", len(c.plans[hall].Parts), "ratio", c.plans[hall].Ratio())
	}
	return c.plans[hall]
}

func (c *Controller) patrolRobot(h *maps.Hall, table *traffic.Table, key string, now time.Time) patrol.Robot {
	made, model := c.robots[key].Made, c.model(key)
	r := patrol.Robot{
		ID: key, Able: c.able(key, now), Last: c.laps[key], Gone: true, MPS: model.SpeedMPS, MastM: made.MastM, Sensors: made.Sensors,
	}
	if l := c.live[key]; l != nil && l.state != nil {
		r.Charging, r.Charge = l.state.PowerSupply.Charging, l.state.PowerSupply.StateOfCharge/100
		r.Gone, r.Idle = now.Sub(l.heard) > c.o.Rules.Patrol.GoneAfter, now.Sub(l.free)
	}
	r.Node, _ = table.At(key)
	r.Astray = r.Node != "" && !table.MayStay(h.Graph, r.Node)
	if m, busy := c.missions[key]; busy {
		r.Able, r.Astray = c.fresh(key, now), false
		r.Node, _ = table.End(key)
		r.FreeIn, r.Break = left(h.Graph, m, model), c.breakAt(h, table, m, now)
	}
	r.Reach = table.ReachOf(h.Graph, key, now)
	return r
}

// ahead are the nodes of a mission's way that the robot has not reported yet.
func ahead(m dispatch.Mission) []string {
	var nodes []string
	for _, s := range m.Stops[min(m.At+1, len(m.Stops)):] {
		nodes = append(nodes, s.Node.NodeID)
	}
	return nodes
}

// left is about how long a mission will still take. One that is cancelled ends with the look that runs.
func left(g *maps.Graph, m dispatch.Mission, model patrol.Model) time.Duration {
	if m.Phase != dispatch.Running {
		for _, l := range m.Duty.Looks {
			if m.Actions[actionOf(m, l)] == vda5050.ActionRunning {
				return model.Look
			}
		}
		return 0
	}
	var metres float64
	for i := max(m.At+1, 1); i < len(m.Stops); i++ {
		if e, ok := g.Edge(m.Stops[i-1].Node.NodeID, m.Stops[i].Node.NodeID); ok {
			metres += e.LengthM
		}
	}
	looks := 0
	for _, l := range m.Duty.Looks {
		if s := m.Actions[actionOf(m, l)]; s != vda5050.ActionFinished && s != vda5050.ActionFailed {
			looks++
		}
	}
	return time.Duration(metres/model.SpeedMPS*float64(time.Second)) + time.Duration(looks)*model.Look
}

// actionOf is the id of the action that carries a look out.
func actionOf(m dispatch.Mission, l patrol.Look) string {
	for _, s := range m.Stops {
		for _, a := range s.Actions {
			if a.Look != nil && a.Look.Viewpoint == l.Viewpoint {
				return a.ID
			}
		}
	}
	return ""
}

func (c *Controller) fresh(robot string, now time.Time) bool {
	l := c.live[robot]
	return l != nil && l.state != nil && now.Sub(l.heard) <= c.o.Rules.Silent
}

// updateMap brings an idle robot the site package, by VDA 5050's own map actions, and says whether it is at it.
func (c *Controller) updateMap(id wire.RobotID, now time.Time) bool {
	l := c.live[id.String()]
	if l == nil || l.state == nil || c.o.PackageName == "" {
		return false
	}
	for _, m := range l.state.Maps {
		if m.MapVersion != c.o.PackageName {
			continue
		}
		if m.MapStatus == vda5050.MapEnabled {
			return false
		}
		c.mapAction(id, l, now, vda5050.EnableMap, m.MapID)
		return true
	}
	for _, h := range c.o.Site.Halls {
		c.mapAction(id, l, now, vda5050.DownloadMap, h.ID)
	}
	return true
}

// mapEvery is how often a map action is asked for again while the robot's state does not show its effect.
const mapEvery = 20 * time.Second

func (c *Controller) mapAction(id wire.RobotID, l *liveRobot, now time.Time, action, mapID string) {
	if now.Sub(l.instant) < mapEvery {
		return
	}
	l.instant = now
	a := vda5050.Instant(action, fmt.Sprintf("%s-%d", action, now.UnixMilli()), "mapId", mapID, "mapVersion", c.o.PackageName)
	if action == vda5050.DownloadMap {
		a.ActionParameters = append(a.ActionParameters, vda5050.ActionParameter{Key: "mapDownloadLink", Value: c.o.Link + "/api/v1/packages/" + c.o.PackageName + ".zip"})
	}
	c.instantAction(id, &vda5050.InstantActions{Actions: []vda5050.Action{a}})
}

// instantAction sends an instant action, if there is one.
func (c *Controller) instantAction(id wire.RobotID, a *vda5050.InstantActions) {
	if a != nil {
		c.vda(id, a)
	}
}

// vda fills in the header and sends.
func (c *Controller) vda(id wire.RobotID, m vda5050.Message) {
	l := c.alive(id)
	*m.Head() = vda5050.Header{
		HeaderID: l.headers[m.Kind()], Timestamp: vda5050.At(c.o.Clock.Now()), Version: vda5050.Version,
		Manufacturer: id.Manufacturer, SerialNumber: id.SerialNumber,
	}
	l.headers[m.Kind()]++
	payload, err := vda5050.Marshal(m)
	if err != nil {
		c.o.Logger.Error("message not sent: it breaks the standard", "robot", id.String(), "kind", m.Kind(), "error", errors.Unwrap(err), "detail", err)
		return
	}
	c.post(wire.VDATopic(c.o.Site.ID, id, m.Kind()), payload)
}
