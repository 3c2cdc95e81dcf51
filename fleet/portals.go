package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// A doorway is one portal with its control and what is known of it. Nothing of it is kept: who needs it is worked out anew from
// the traffic tables, and what it is its control says.
type doorway struct {
	maps.Portal
	hall   string
	driver portal.Driver
	keeper *portal.Keeper
	state  portal.State
	needs  []portal.Need
	// fault is what was last wrong with it, since when; over is when it was in order again, zero while it is not.
	fault           string
	faultAt, overAt time.Time
	reported        bool // that its control says so itself
	// declared is the site's figure of how long it takes to open; OpensIn is the one to count with.
	declared time.Duration
	askedAt  time.Time // since when it could open, as it was asked
	timing   bool
	shut     bool // it is told that it shut on a robot
}

// broken says whether the portal is out of order as far as is known.
func (d *doorway) broken() bool { return d.fault != "" && d.overAt.IsZero() }

// doorways are the portals of a site.
type doorways struct {
	by    map[string][]*doorway             // by hall
	on    map[string]map[[2]string]*doorway // by hall, and edge in each direction
	rooms map[string][][]*doorway           // by hall: those of one room together, a door by itself
	told  []PortalView
	since time.Time // of this leadership
}

// newDoorways makes the drivers of a site's portals.
func newDoorways(o Options) (doorways, error) {
	all := doorways{by: map[string][]*doorway{}, on: map[string]map[[2]string]*doorway{}, rooms: map[string][][]*doorway{}}
	outside := portal.Outside{Site: o.Site.ID, Client: o.PortalClient, Publish: o.Out.Publish, Secret: o.Secret}
	if outside.Client == nil {
		outside.Client = &http.Client{Timeout: 5 * time.Second}
	}
	if outside.Secret == nil {
		outside.Secret = func(string) (string, bool) { return "", false }
	}
	var errs []error
	for _, h := range o.Site.Halls {
		all.on[h.ID] = map[[2]string]*doorway{}
		room := map[string]int{}
		for _, p := range h.Portals {
			driver, err := outside.Driver(p)
			errs = append(errs, err)
			d := &doorway{Portal: p, hall: h.ID, driver: driver, declared: p.OpensIn}
			all.by[h.ID] = append(all.by[h.ID], d)
			for _, e := range p.Edges {
				all.on[h.ID][e], all.on[h.ID][[2]string{e[1], e[0]}] = d, d
			}
			k, ok := room[p.Room]
			if !ok || !p.Alone() {
				k = len(all.rooms[h.ID])
				all.rooms[h.ID] = append(all.rooms[h.ID], nil)
				room[p.Room] = k
			}
			all.rooms[h.ID][k] = append(all.rooms[h.ID][k], d)
		}
	}
	return all, errors.Join(errs...)
}

// keepPortals runs a keeper for each portal until leave is called with what the loop ended with. What was known of them in an
// earlier leadership counts for nothing.
func (c *Controller) keepPortals(ctx context.Context, g *errgroup.Group) (leave func(error)) {
	keeping, end := context.WithCancel(context.WithoutCancel(ctx))
	c.doors.since, c.doors.told = c.o.Clock.Now(), nil
	for _, h := range c.o.Site.Halls {
		for _, d := range c.doors.by[h.ID] {
			d.state, d.needs, d.shut = portal.State{}, nil, false
			d.keeper = portal.NewKeeper(d.ID, d.driver, c.o.Clock, func(ctx context.Context, r portal.Report) {
				_ = c.do(ctx, func(context.Context) error { // it fails when the leadership ends: then nobody needs to know
					d.state = d.state.Heard(r, c.o.Clock.Now())
					return nil
				})
			}, c.o.Logger)
			g.Go(func() error { return d.keeper.Run(keeping) })
		}
	}
	return func(err error) {
		if errors.Is(err, context.Canceled) && !errors.Is(context.Cause(ctx), journal.ErrNotLeader) {
			c.leavePortals()
		}
		end()
	}
}

// leavePortals lets the portals go in which no robot is: whoever leads next asks for what is needed then. A controller that
// was overtaken by another leaves that to it.
func (c *Controller) leavePortals() {
	now := c.o.Clock.Now()
	for _, h := range c.o.Site.Halls {
		needs := c.portalNeeds(h, c.tables[h.ID], now)
		for _, d := range c.doors.by[h.ID] {
			w := portal.Rest
			if slices.ContainsFunc(needs[d], func(n portal.Need) bool { return n.Within }) {
				w = portal.Holds
			}
			d.keeper.Want(w)
		}
	}
}

// portalSaid takes a message of a portal's control at the broker.
func (c *Controller) portalSaid(m listen.Message) error {
	for _, h := range c.o.Site.Halls {
		for _, d := range c.doors.by[h.ID] {
			if driver, ok := d.driver.(*portal.MQTT); ok && d.ID == m.Robot.SerialNumber {
				driver.Hear(m.Payload)
				return nil
			}
		}
	}
	return fmt.Errorf("message of portal %q: the site has none such that is asked by mqtt", m.Robot.SerialNumber)
}

// attend has the portals of a hall do what its robots need. Without a table nobody is known to be there: robots that are have
// some time to say so before a portal is let go.
func (c *Controller) attend(ctx context.Context, h *maps.Hall, table *traffic.Table, now time.Time) error {
	if table == nil && now.Sub(c.doors.since) < c.o.Rules.Silent {
		return nil
	}
	needs := c.portalNeeds(h, table, now)
	for _, room := range c.doors.rooms[h.ID] {
		var portals []maps.Portal
		var states []portal.State
		var all [][]portal.Need
		for _, d := range room {
			d.needs = needs[d]
			d.OpensIn, _ = c.opensIn(d)
			portals, states, all = append(portals, d.Portal), append(states, d.state), append(all, d.needs)
		}
		states, wishes := portal.Decide(portals, states, all, now)
		for i, d := range room {
			if wishes[i] != portal.Rest && d.state.Wanted.IsZero() && !states[i].Wanted.IsZero() {
				c.o.Logger.Info("portal asked for", "portal", d.ID, "robots", robotsOf(d.needs))
			}
			d.state = states[i]
			d.keeper.Want(wishes[i])
			if o, ended := d.timed(now); ended {
				if err := c.commit(ctx, KindPortal, now, Change{Openings: []Opening{o}}); err != nil {
					return err
				}
			}
			if err := c.judge(ctx, d, table, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge closes the edges of a portal that is out of order for a while, and says so; ways round them are then planned. It tells
// loudly of one that shut on a robot.
func (c *Controller) judge(ctx context.Context, d *doorway, table *traffic.Table, now time.Time) error {
	on := portal.ShutOn(d.state, d.needs)
	if len(on) > 0 && !d.shut {
		d.shut = true
		why := fmt.Sprintf("%s %s reports %s while %s is in it", d.Kind, d.ID, d.state.Status, strings.Join(on, ", "))
		d.fails(why, now)
		c.o.Logger.Error(why, "portal", d.ID, "robots", on)
		return c.commit(ctx, KindPortal, now, Change{Say: why + ": look there"})
	}
	if out, why := portal.OutOfOrder(d.Portal, d.state, now); out {
		return c.closePortal(ctx, d, table, why, now)
	}
	d.shut = len(on) > 0
	works := d.state.Status == portal.Open && d.state.Asked || d.state.Status == portal.Closed && d.reported
	if !d.broken() || !works || d.shut {
		return nil
	}
	d.overAt = now
	for _, e := range d.Edges {
		table.Reopen(e[0], e[1])
	}
	c.floor = true
	c.stir()
	return c.commit(ctx, KindPortal, now, Change{Say: fmt.Sprintf("%s %s works again", d.Kind, d.ID)})
}

// fails notes what is wrong with the portal.
func (d *doorway) fails(why string, now time.Time) {
	d.fault, d.faultAt, d.overAt = why, now, time.Time{}
	d.reported = d.state.Status == portal.Fault || d.shut
}

// closedUntil is until when a table has the portal's edges closed; zero when it has not.
func (d *doorway) closedUntil(table *traffic.Table) time.Time {
	if len(d.Edges) == 0 {
		return time.Time{}
	}
	return table.Closed[traffic.EdgeResource(d.Edges[0][0], d.Edges[0][1])]
}

func (c *Controller) closePortal(ctx context.Context, d *doorway, table *traffic.Table, why string, now time.Time) error {
	if table == nil || len(d.Edges) == 0 || now.Before(d.closedUntil(table)) {
		return nil
	}
	for _, e := range d.Edges {
		table.Close(e[0], e[1], now.Add(c.o.Rules.Closed))
	}
	c.floor = true
	c.stir()
	known := d.broken() && !d.shut
	d.fails(why, now)
	d.state.Wanted = time.Time{} // who asks again when the edges are open again waits anew
	if known {
		c.o.Logger.Warn("a portal is still out of order", "portal", d.ID, "why", why)
		return nil
	}
	say := fmt.Sprintf("%s: robots go round it, and it is tried again in %s", why, c.o.Rules.Closed)
	return c.commit(ctx, KindPortal, now, Change{Say: say})
}

// portalNeeds lists the robots that come to each portal of a hall, or are in it.
func (c *Controller) portalNeeds(h *maps.Hall, table *traffic.Table, now time.Time) map[*doorway][]portal.Need {
	out := map[*doorway][]portal.Need{}
	if table == nil || len(c.doors.by[h.ID]) == 0 {
		return out
	}
	for _, r := range sorted(c.robots) {
		key := r.ID.String()
		held, ok := table.Held[key]
		if !ok {
			continue
		}
		for d, n := range c.robotNeeds(h, table, held, key, now) {
			out[d] = append(out[d], n)
		}
	}
	return out
}

// robotNeeds are the portals that one robot comes to or is in. Of one room only the first counts: the next is asked for when
// it is inside.
func (c *Controller) robotNeeds(h *maps.Hall, table *traffic.Table, held traffic.Holding, key string, now time.Time) map[*doorway]portal.Need {
	out, seen := map[*doorway]portal.Need{}, map[string]bool{}
	note := func(d *doorway, n portal.Need) {
		room := d.ID
		if d.Alone() {
			room = "room " + d.Room
		}
		if !seen[room] {
			seen[room] = true
			out[d] = n
		}
	}
	for _, n := range held.Beside {
		if d := c.doors.on[h.ID][[2]string{held.Nodes[0], n}]; d != nil {
			note(d, portal.Need{Robot: key, Within: true})
		}
	}
	gone := time.Duration(0) // since it left the node that it last reported
	if m, busy := c.missions[key]; busy {
		gone = now.Sub(m.MovedAt)
	}
	in, clear, mps := time.Duration(0), -1, c.model(key).SpeedMPS
	for i := 1; i < len(held.Nodes); i++ {
		from, to := held.Nodes[i-1], held.Nodes[i]
		if d := c.doors.on[h.ID][[2]string{from, to}]; d != nil {
			if clear < 0 {
				clear = table.Clear(key)
			}
			n := portal.Need{Robot: key, In: in, Within: i <= held.Base, Turn: clear >= i}
			if i-1 <= held.Base {
				n.In = max(0, in-gone)
			}
			note(d, n)
		}
		in += c.crossing(h, mps, from, to)
	}
	return out
}

// crossing is about how long a robot of a speed, in m/s, takes from one node to the next.
func (c *Controller) crossing(h *maps.Hall, mps float64, from, to string) time.Duration {
	e, ok := c.graph(h).Edge(from, to)
	if !ok {
		return 0
	}
	if e.MaxSpeed > 0 {
		mps = min(mps, e.MaxSpeed)
	}
	return time.Duration(e.LengthM / mps * float64(time.Second))
}

// through is how many nodes ahead a robot may be let go as far as portals go: up to the first that does not let it in. The
// first released nodes it was let go to already.
func (c *Controller) through(hall string, table *traffic.Table, robot string, released int, now time.Time) int {
	nodes := table.Held[robot].Nodes
	if len(c.doors.by[hall]) == 0 {
		return len(nodes)
	}
	for i := released + 1; i < len(nodes); i++ {
		if d := c.doors.on[hall][[2]string{nodes[i-1], nodes[i]}]; d != nil {
			if lets, _ := portal.Lets(d.Portal, d.state, now); !lets {
				return i - 1
			}
		}
	}
	return len(nodes)
}

// bars are what zones and portals mean for a hall's traffic; nil when nothing. A way through a portal counts as longer by the
// time that it takes to open, and nobody stays in an airlock or a lift.
func (c *Controller) bars(h *maps.Hall) *traffic.Bars {
	effect, doors := c.zonings[h.ID].effect, c.doors.on[h.ID]
	if effect.None() && len(doors) == 0 {
		return nil
	}
	inside := map[string]bool{}
	for _, d := range doors {
		if d.Inside != "" {
			inside[d.Inside] = true
		}
	}
	return &traffic.Bars{
		Shut:   effect.Shut,
		Barred: func(node string) bool { return inside[node] || effect.Barred(node) },
		Weight: func(from, to string) float64 {
			weight := effect.Weight(from, to)
			if d := doors[[2]string{from, to}]; d != nil {
				if took := c.crossing(h, c.o.Rules.Patrol.Model.SpeedMPS, from, to); took > 0 {
					weight += d.OpensIn.Seconds() / took.Seconds()
				}
			}
			return weight
		},
	}
}

func robotsOf(needs []portal.Need) []string {
	out := []string{}
	for _, n := range needs {
		out = append(out, n.Robot)
	}
	slices.Sort(out)
	return out
}
