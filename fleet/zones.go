package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

// Zones lists the zones that hold or will hold, by their ids.
func (c *Controller) Zones(ctx context.Context) (out []zone.Zone, err error) {
	err = c.do(ctx, func(context.Context) error { out = sorted(c.zones); return nil })
	return out, err
}

// SetZone makes a zone hold; an empty From is now, and one without an end that lasts ends so long after it. One that would lock
// a robot in is refused.
func (c *Controller) SetZone(ctx context.Context, z zone.Zone, lasts time.Duration) (out zone.Zone, err error) {
	h, ok := c.o.Site.Hall(z.Hall)
	if !ok {
		return zone.Zone{}, fmt.Errorf("hall %q: %w", z.Hall, ErrUnknown)
	}
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		now := c.o.Clock.Now()
		z = c.proposed(z, lasts, now)
		if _, err := c.weigh(h, z, now); err != nil {
			wrong = fmt.Errorf("%w: %w", ErrRefused, err)
			return nil
		}
		out = z
		say := fmt.Sprintf("%s %s in %s: %s", z.ID, strings.ToLower(string(z.Kind)), z.Hall, z.Why)
		return c.commit(ctx, KindZone, now, Change{Zones: []zone.Zone{z}, Say: say})
	})
	return out, cmp.Or(wrong, err)
}

// A ZonePreview is what a zone would do if it were made now.
type ZonePreview struct {
	Nodes    int      `json:"nodes"`             // in it
	Edges    int      `json:"edges"`             // that touch it; none: it changes nothing
	Racks    []string `json:"racks"`             // that stand in it, by their middle
	CutOff   []string `json:"cutOff"`            // with a viewpoint to which a robot can drive now and could not while it holds
	LockedIn []string `json:"lockedIn"`          // robots that could come to no dock any more
	Refusal  string   `json:"refusal,omitempty"` // why it would be refused
}

// PreviewZone says what a zone would do, and whether SetZone would refuse it; it changes nothing.
func (c *Controller) PreviewZone(ctx context.Context, z zone.Zone, lasts time.Duration) (out ZonePreview, err error) {
	h, ok := c.o.Site.Hall(z.Hall)
	if !ok {
		return ZonePreview{}, fmt.Errorf("hall %q: %w", z.Hall, ErrUnknown)
	}
	err = c.do(ctx, func(context.Context) error {
		now := c.o.Clock.Now()
		z = c.proposed(z, lasts, now)
		traps, refusal := c.weigh(h, z, now)
		out = previewed(c.o.Site, h, z, zone.ReachOf(h.Graph, h.ID, sorted(c.zones), z, now))
		for _, t := range traps {
			out.LockedIn = append(out.LockedIn, t.Robot)
		}
		if refusal != nil {
			out.Refusal = refusal.Error()
		}
		return nil
	})
	return out, err
}

// previewed tells a zone's reach by the racks of its hall.
func previewed(site *maps.Site, h *maps.Hall, z zone.Zone, r zone.Reach) ZonePreview {
	out := ZonePreview{Nodes: len(r.Nodes), Edges: r.Edges, Racks: []string{}, CutOff: []string{}, LockedIn: []string{}}
	for _, rack := range site.Racks() {
		if rack.Hall == h.ID && z.Holds(rack.Pose.X, rack.Pose.Y) {
			out.Racks = append(out.Racks, rack.ID)
		}
	}
	lost := map[string]bool{}
	for _, n := range r.Lost {
		lost[n] = true
	}
	for _, v := range site.ViewpointsOf(h.ID) {
		if lost[v.Node] {
			out.CutOff = append(out.CutOff, v.Rack)
		}
	}
	slices.Sort(out.Racks)
	slices.Sort(out.CutOff)
	out.CutOff = slices.Compact(out.CutOff)
	return out
}

// proposed is a zone as it would be made now.
func (c *Controller) proposed(z zone.Zone, lasts time.Duration, now time.Time) zone.Zone {
	if z.From.IsZero() {
		z.From = now
	}
	if lasts > 0 && z.Until.IsZero() {
		z.Until = z.From.Add(lasts)
	}
	z.ID = fmt.Sprintf("Z-%04d", c.zoned+1)
	return z
}

// weigh says whom a zone would lock in, and why it would be refused: for that, or for what is wrong with it by itself.
func (c *Controller) weigh(h *maps.Hall, z zone.Zone, now time.Time) (traps []zone.Trap, refusal error) {
	if err := z.Check(); err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	traps = zone.Traps(h.Graph, h.ID, sorted(c.zones), z, c.standing(h.ID), now)
	if len(traps) > 0 {
		refusal = traps[0]
	}
	return traps, refusal
}

// LiftZone ends a zone.
func (c *Controller) LiftZone(ctx context.Context, id, by string) (out zone.Zone, err error) {
	var wrong error
	err = c.do(ctx, func(ctx context.Context) error {
		z, ok := c.zones[id]
		if !ok {
			wrong = fmt.Errorf("zone %q: %w", id, ErrUnknown)
			return nil
		}
		out = z
		return c.commit(ctx, KindZone, c.o.Clock.Now(), Change{ZonesOver: []string{id}, Say: fmt.Sprintf("%s lifted by %s", id, by)})
	})
	return out, cmp.Or(wrong, err)
}

// standing is the node of each robot of a hall.
func (c *Controller) standing(hall string) map[string]string {
	where := map[string]string{}
	if table := c.tables[hall]; table != nil {
		for robot := range table.Held {
			where[robot], _ = table.At(robot)
		}
	}
	return where
}

// A zoning is what holds in a hall until a time.
type zoning struct {
	effect zone.Effect
	until  time.Time // the next time at which a zone begins or ends; zero: none
	zones  []zone.Zone
	graph  *maps.Graph // with the speed limits of the zones
}

// enforce brings a hall's traffic under the zones that hold now: what is over is forgotten, ways over what is shut are planned
// anew, and who has business in a blocked zone leaves it.
func (c *Controller) enforce(ctx context.Context, h *maps.Hall, table *traffic.Table, now time.Time) error {
	var over []string
	for _, z := range sorted(c.zones) {
		if z.Hall == h.ID && z.Over(now) {
			over = append(over, z.ID)
		}
	}
	if len(over) > 0 {
		if err := c.commit(ctx, KindZone, now, Change{ZonesOver: over, Say: strings.Join(over, ", ") + " over"}); err != nil {
			return err
		}
	}
	if !c.rezone(h, now) {
		return nil
	}
	effect := c.zonings[h.ID].effect
	table.SetBars(c.bars(h))
	c.floor = true
	c.stir()
	for _, m := range sorted(c.missions) {
		if m.Phase == dispatch.Running && c.robots[m.Duty.Robot].Hall == h.ID && effect.Barred(m.Duty.Node) {
			if err := c.abandon(ctx, m, "nobody may be at "+m.Duty.Node+" now", now); err != nil {
				return err
			}
		}
	}
	return nil
}

// rezone works out what holds now, when that may have changed, and says whether it did.
func (c *Controller) rezone(h *maps.Hall, now time.Time) bool {
	zones := slices.DeleteFunc(sorted(c.zones), func(z zone.Zone) bool { return z.Hall != h.ID })
	old := c.zonings[h.ID]
	same := slices.EqualFunc(old.zones, zones, func(a, b zone.Zone) bool { return a.ID == b.ID })
	if same && old.graph != nil && (old.until.IsZero() || now.Before(old.until)) {
		return false
	}
	next := zoning{effect: zone.Of(h.Graph, h.ID, zones, now), zones: zones}
	for _, z := range zones {
		for _, at := range []time.Time{z.From, z.Until} {
			if at.After(now) && (next.until.IsZero() || at.Before(next.until)) {
				next.until = at
			}
		}
	}
	next.graph = zone.Limited(h.Graph, next.effect)
	c.zonings[h.ID] = next
	return true
}

// graph is a hall's route graph with the speed limits that hold now.
func (c *Controller) graph(h *maps.Hall) *maps.Graph {
	if g := c.zonings[h.ID].graph; g != nil {
		return g
	}
	return h.Graph
}
