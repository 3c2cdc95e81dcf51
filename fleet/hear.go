package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// locateWithinM is how near a robot must be to a node to be taken as standing there, in m.
const locateWithinM = 1.0

// A liveRobot is what is known of a robot now and not worth a journal.
type liveRobot struct {
	state     *vda5050.State
	heard     time.Time // when the state came, by our clock
	headers   map[string]uint32
	missing   map[string]bool // evidence that durable observations name and that is not here
	gap       gap
	factsheet *vda5050.Factsheet
	instant   time.Time // when an instant action was last sent outside a mission
	journaled time.Time // when its place last was
	content   time.Time // until when it is not asked for its next duty
	free      time.Time // since when it has no mission
}

// Hear takes a robot's message. It returns when the message's content is durable, or is of no use; only then may the
// broker forget it.
func (c *Controller) Hear(ctx context.Context, m listen.Message) {
	err := c.hear(ctx, m)
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		c.o.Logger.Warn("message refused", "topic", m.Topic, "error", err)
		m.Ack()
	default:
		m.Ack()
	}
}

// Greet sends every robot its receipt: the broker is reached again, and robots wait to hear what is safe.
func (c *Controller) Greet(ctx context.Context) {
	err := c.do(ctx, func(context.Context) error {
		for _, r := range sorted(c.robots) {
			c.receipt(r.ID)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		c.o.Logger.Warn("robots not greeted", "error", err)
	}
}

func (c *Controller) hear(ctx context.Context, m listen.Message) error {
	switch {
	case m.VDA && m.Kind == vda5050.KindState:
		return decoded(m, &vda5050.State{}, func(s *vda5050.State) error {
			return c.do(ctx, func(ctx context.Context) error { return c.reported(ctx, m.Robot, s) })
		})
	case m.VDA && m.Kind == vda5050.KindConnection:
		return decoded(m, &vda5050.Connection{}, func(s *vda5050.Connection) error {
			return c.do(ctx, func(ctx context.Context) error { return c.connected(ctx, m.Robot, string(s.ConnectionState)) })
		})
	case m.VDA && m.Kind == vda5050.KindFactsheet:
		return decoded(m, &vda5050.Factsheet{}, func(s *vda5050.Factsheet) error {
			return c.do(ctx, func(context.Context) error { c.alive(m.Robot).factsheet = s; return nil })
		})
	case !m.VDA && m.Robot.Manufacturer == wire.PortalMaker:
		return c.portalSaid(m)
	case !m.VDA && m.Kind == wire.KindObservation:
		o, err := wire.DecodeObservation(m.Payload)
		if err != nil {
			return err
		}
		if o.Manufacturer != m.Robot.Manufacturer || o.SerialNumber != m.Robot.SerialNumber {
			return fmt.Errorf("observation of %s/%s on another robot's topic", o.Manufacturer, o.SerialNumber)
		}
		return c.do(ctx, func(ctx context.Context) error { return c.observe(ctx, m.Robot, o) })
	case !m.VDA && m.Kind == wire.KindAlarm && m.Robot.Manufacturer == wire.Panels:
		s, err := alarm.ParseSignal(m.Payload)
		if err != nil {
			return err
		}
		return c.SignalAlarm(ctx, s, time.Time{}) // the broker keeps a panel's messages in order
	case !m.VDA && strings.HasPrefix(m.Kind, wire.EvidencePrefix):
		return c.picture(ctx, m)
	}
	return nil
}

// decoded parses a VDA 5050 message and hands it on.
func decoded[M vda5050.Message](m listen.Message, into M, then func(M) error) error {
	if err := vda5050.Unmarshal(m.Payload, into); err != nil {
		return err
	}
	return then(into)
}

// picture keeps evidence. What a full disk refuses stays with the robot: the receipts go on asking for it.
func (c *Controller) picture(ctx context.Context, m listen.Message) error {
	sha := strings.TrimPrefix(m.Kind, wire.EvidencePrefix)
	if err := c.o.Pictures.Put(ctx, sha, "", m.Payload); err != nil {
		return fmt.Errorf("keep evidence of %s: %w", m.Robot, err)
	}
	return c.do(ctx, func(context.Context) error {
		if l := c.alive(m.Robot); l.missing[sha] {
			delete(l.missing, sha)
			c.receipt(m.Robot)
		}
		return nil
	})
}

// connected notes that a robot came or went.
func (c *Controller) connected(ctx context.Context, id wire.RobotID, connection string) error {
	now := c.o.Clock.Now()
	if connection == string(vda5050.ConnectionOnline) {
		c.receipt(id)
	}
	r := c.robot(id)
	if r.Connection == connection {
		return nil
	}
	r.Connection, r.At = connection, now
	return c.commit(ctx, KindRobot, now, Change{Robots: []Robot{r}, Say: id.SerialNumber + " is " + strings.ToLower(connection)})
}

// reported takes a robot's state: its mission goes on, its place is known again.
func (c *Controller) reported(ctx context.Context, id wire.RobotID, s *vda5050.State) error {
	now := c.o.Clock.Now()
	l := c.alive(id)
	l.state, l.heard = s, now
	if err := c.follow(ctx, id, s, now); err != nil {
		return err
	}
	r := c.robot(id)
	if d := described(r, s, now); worthJournaling(r, d, now.Sub(l.journaled) >= c.o.Rules.PositionEvery) {
		l.journaled = now
		return c.commit(ctx, KindRobot, now, Change{Robots: []Robot{d}})
	}
	return nil
}

// follow carries a robot's mission on, or finds out where the robot stands when it has none.
func (c *Controller) follow(ctx context.Context, id wire.RobotID, s *vda5050.State, now time.Time) error {
	key := id.String()
	if m, ok := c.missions[key]; ok {
		m, fx := m.OnState(s, now)
		return c.carry(ctx, id, m, fx, now)
	}
	hall, table := c.table(s)
	if table == nil {
		return nil
	}
	if !dispatch.Idle(s) {
		if l := c.live[key]; now.Sub(l.instant) >= c.o.Rules.Dispatch.Resend {
			l.instant = now
			c.instantAction(id, dispatch.Stray(s, fmt.Sprintf("stray-%d", now.UnixMilli())))
		}
		return nil
	}
	h, _ := c.o.Site.Hall(hall)
	node, ok := dispatch.Locate(h.Graph, hall, s, locateWithinM)
	if at, placed := table.At(key); !ok || placed && at == node {
		return nil
	}
	if err := table.Place(h.Graph, key, node); err != nil && !errors.Is(err, traffic.ErrHeld) {
		return fmt.Errorf("place %s: %w", key, err)
	}
	c.floor = true
	return nil
}

// carry does what a mission asks for after a message or a tick.
func (c *Controller) carry(ctx context.Context, id wire.RobotID, m dispatch.Mission, fx dispatch.Effects, now time.Time) error {
	key := id.String()
	hall, table := c.tableOf(key)
	for _, node := range fx.Passed {
		if table != nil {
			table.Passed(key, node)
		}
		c.floor = true
	}
	m, more, err := c.letOn(hall, table, m, now)
	if err != nil {
		return err
	}
	fx.Order, fx.Instant = cmp.Or(more.Order, fx.Order), cmp.Or(more.Instant, fx.Instant)
	if fx.Order != nil {
		c.floor = true
		c.vda(id, fx.Order)
	}
	if fx.Instant != nil {
		c.instantAction(id, fx.Instant)
	}
	c.missions[key] = m
	if err := c.lookEnded(ctx, id, fx.Looked, now); err != nil {
		return err
	}
	if fx.End == nil {
		return nil
	}
	if table != nil && fx.End.Outcome != dispatch.Done {
		table.Stop(key)
		c.floor = true
	}
	c.alive(id).free = now
	change := Change{MissionOver: key, Inspections: c.given(key)}
	if fx.End.Outcome != dispatch.Done {
		change.Say = fmt.Sprintf("%s: order %s %s: %s", id.SerialNumber, m.OrderID, fx.End.Outcome, fx.End.Why)
	}
	return c.commit(ctx, KindMissionOver, now, change)
}

// lookEnded notes the looks that ended without an observation that serves them: they failed on the robot.
func (c *Controller) lookEnded(ctx context.Context, id wire.RobotID, looks []dispatch.Looked, now time.Time) error {
	for _, l := range looks {
		if l.OK {
			continue
		}
		c.tried[l.Look.Viewpoint] = now
		var change Change
		for _, insp := range l.Look.Inspections {
			if i, ok := c.inspections[insp]; ok && i.Open() {
				change.Inspections = append(change.Inspections, retried(i, now, l.Result))
			}
		}
		change.Say = fmt.Sprintf("%s could not look at %s: %s", id.SerialNumber, l.Look.Viewpoint, l.Result)
		if err := c.commit(ctx, KindInspection, now, change); err != nil {
			return err
		}
	}
	return nil
}

// maxTries is how often an inspection's look may fail before the inspection does.
const maxTries = 3

func retried(i Inspection, now time.Time, why string) Inspection {
	i.State, i.Robot, i.Result, i.TriedAt = Waiting, "", why, now
	if i.Tries++; i.Tries >= maxTries {
		i.State, i.DoneAt = Failed, &now
	}
	return i
}

// given are the inspections of a robot's mission that is over, handed back where their look never came.
func (c *Controller) given(robot string) []Inspection {
	var back []Inspection
	for _, i := range sorted(c.inspections) {
		if i.State == Assigned && i.Robot == robot {
			i.State, i.Robot = Waiting, ""
			back = append(back, i)
		}
	}
	return back
}

func (c *Controller) alive(id wire.RobotID) *liveRobot {
	l, ok := c.live[id.String()]
	if !ok {
		l = &liveRobot{headers: map[string]uint32{}, missing: map[string]bool{}}
		c.live[id.String()] = l
	}
	return l
}

func (c *Controller) robot(id wire.RobotID) Robot {
	r, ok := c.robots[id.String()]
	if !ok {
		r = Robot{ID: id, Errors: []string{}}
	}
	return r
}

// table is the traffic of the hall that a robot says it is in.
func (c *Controller) table(s *vda5050.State) (hall string, t *traffic.Table) {
	if s.MobileRobotPosition != nil {
		hall = s.MobileRobotPosition.MapID
	}
	h, ok := c.o.Site.Hall(hall)
	if !ok {
		return "", nil
	}
	if c.tables[hall] == nil {
		c.tables[hall] = &traffic.Table{}
		c.tables[hall].Space(h.Graph, c.o.Rules.ClearanceM)
	}
	return hall, c.tables[hall]
}

// tableOf is the traffic of the hall where a robot is placed.
func (c *Controller) tableOf(robot string) (hall string, t *traffic.Table) {
	for _, h := range c.o.Site.Halls {
		if t := c.tables[h.ID]; t != nil {
			if _, ok := t.At(robot); ok {
				return h.ID, t
			}
		}
	}
	return "", nil
}

// worthJournaling says whether a robot, journaled as r and now as d, has changed in what a replay of the night or a
// restart needs. Its place alone is worth it only when it is due.
func worthJournaling(r, d Robot, due bool) bool {
	moved := (d.X-r.X)*(d.X-r.X)+(d.Y-r.Y)*(d.Y-r.Y) > 0.01
	step := int(d.Battery*20) != int(r.Battery*20)
	return d.Charging != r.Charging || step || len(d.Errors) != len(r.Errors) || d.Hall != r.Hall || moved && due
}

func described(r Robot, s *vda5050.State, now time.Time) Robot {
	r.At, r.Node, r.Charging = now, s.LastNodeID, s.PowerSupply.Charging
	r.Battery = s.PowerSupply.StateOfCharge / 100
	if p := s.MobileRobotPosition; p != nil {
		r.Hall, r.X, r.Y, r.ThetaRad = p.MapID, p.X, p.Y, p.Theta
	}
	r.Errors = []string{}
	for _, e := range s.Errors {
		r.Errors = append(r.Errors, string(e.ErrorType))
	}
	return r
}
