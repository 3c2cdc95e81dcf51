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

// A Mission is one order on its way. Its fields are exported for JSON; only this package writes them.
type Mission struct {
	OrderID string      `json:"orderId"`
	Duty    patrol.Duty `json:"duty"`
	Rules   Rules       `json:"rules"`
	Phase   Phase       `json:"phase"`
	Stops   []Stop      `json:"stops"` // the way, with what is done on it

	// Base is the index of the last stop released to the robot, Stitch the one that the newest message begins with.
	Base   int `json:"base"`
	Stitch int `json:"stitch"`
	// Detour is the way in place of what comes after a stop. It is taken up when the robot has shown the newest message.
	Detour *Detour `json:"detour,omitempty"`
	Update uint32  `json:"update"` // orderUpdateId of the newest message
	// Taken is whether the robot's state has ever shown the order, Shown whether it has shown the newest update.
	Taken bool `json:"taken"`
	Shown bool `json:"shown"`

	At      int                             `json:"at"`      // index of the stop that the robot reported last; -1 before it took the order
	Actions map[string]vda5050.ActionStatus `json:"actions"` // as last told
	HeardAt time.Time                       `json:"heardAt"` // timestamp of the newest state
	SentAt  time.Time                       `json:"sentAt"`  // of the newest message of the phase
	Tries   int                             `json:"tries"`   // messages of the phase that the robot has not shown
	// MovedAt is when the robot last reported progress: another node, an action begun or ended.
	MovedAt time.Time `json:"movedAt"`
	Why     string    `json:"why,omitempty"` // of the cancelling
	// Drive is what the robot has driven without being held up; Rolling is whether it passed the stop At so, and PassedAt
	// when, by its own clock.
	Drive    Drive     `json:"drive,omitzero"`
	PassedAt time.Time `json:"passedAt,omitzero"`
	Rolling  bool      `json:"rolling,omitempty"`
}

// A Drive is a length driven and the time that it took.
type Drive struct {
	Metres float64       `json:"metres"`
	Took   time.Duration `json:"tookNs"`
}

// A Stop is one node of the way, the edge that leads to it and what is done there.
type Stop struct {
	Node    vda5050.Node  `json:"node"`
	Edge    *vda5050.Edge `json:"edge,omitempty"` // nil for the first
	Actions []Act         `json:"acts,omitempty"`
}

// An Act is one action of a stop. Look is set for a look.
type Act struct {
	ID   string       `json:"id"`
	Type string       `json:"type"`
	Look *patrol.Look `json:"look,omitempty"`
}

// Start makes the mission of a plan and its first order. The robot must be idle and stand at the way's first node.
// granted is how many nodes ahead of it the robot may be let go to (traffic.Table.Grant).
func Start(g *floor.Graph, p Plan, granted int, r Rules, now time.Time) (Mission, Effects, error) {
	if p.OrderID == "" || len(p.Way) == 0 {
		return Mission{}, Effects{}, errors.New("start a mission: it needs an order id and a way")
	}
	if r.Window < 1 || r.Resend <= 0 || r.Tries < 1 {
		return Mission{}, Effects{}, fmt.Errorf("start mission %s: rules %+v: each must be positive", p.OrderID, r)
	}
	stops, err := stops(g, p)
	if err != nil {
		return Mission{}, Effects{}, fmt.Errorf("start mission %s: %w", p.OrderID, err)
	}
	m := Mission{
		OrderID: p.OrderID, Duty: p.Duty, Rules: r, Phase: Running, Stops: stops,
		Base: min(r.Window, granted, len(stops)-1), At: -1, Actions: map[string]vda5050.ActionStatus{},
		SentAt: now, Tries: 1, MovedAt: now,
	}
	return m, Effects{Order: m.order()}, nil
}

// Cancel asks the robot to stop and to forget the order. The mission ends when the robot has confirmed it.
func (m Mission) Cancel(why string, now time.Time) (Mission, Effects) {
	if m.Phase != Running {
		return m, Effects{}
	}
	m.Phase, m.Why, m.SentAt, m.Tries = Cancelling, why, now, 1
	return m, Effects{Instant: m.cancelOrder()}
}

// Tick goes on with time: it sends again what the robot has not shown in time. Call it about once a second.
func (m Mission) Tick(now time.Time) (Mission, Effects) {
	if now.Sub(m.SentAt) < m.Rules.Resend {
		return m, Effects{}
	}
	switch {
	case m.Phase == Cancelling:
		m.SentAt, m.Tries = now, m.Tries+1
		return m, Effects{Instant: m.cancelOrder()}
	case m.Phase == Running && !m.Shown:
		m.SentAt, m.Tries = now, m.Tries+1
		return m, Effects{Order: m.order()}
	}
	return m, Effects{}
}

// OnState goes on with what the robot says of itself. A state older than one already heard changes nothing.
func (m Mission) OnState(s *vda5050.State, now time.Time) (Mission, Effects) {
	if m.Phase == Ended || s.Timestamp.Before(m.HeardAt) {
		return m, Effects{}
	}
	m.HeardAt = s.Timestamp.Time
	if s.OrderID != m.OrderID {
		return m.onOtherOrder(s, now)
	}
	var fx Effects
	m = m.acknowledge(s)
	if end := m.progress(s, now, &fx); end != nil {
		return m.end(end, fx)
	}
	m = m.actions(s, now, &fx)
	switch {
	case m.Phase == Cancelling:
		if Idle(s) {
			return m.end(m.stopped(s, Cancelled, m.Why), fx)
		}
	case Idle(s) && m.Shown && m.complete():
		return m.end(&End{Outcome: Done, Node: s.LastNodeID}, fx)
	case Idle(s) && m.Shown && m.arrived():
		// The robot has done all that it knows of, and the way has been made longer.
	case Idle(s) && m.Shown:
		return m.end(m.stopped(s, Lost, "the robot cleared the order: mode "+string(s.OperatingMode)), fx)
	case !m.Shown:
		if e, ok := refusal(s, m.OrderID); ok && m.Tries >= m.Rules.Tries {
			m, fx.Instant = m.giveUp("the robot refuses order update: "+e, now)
		}
	}
	return m, fx
}

// onOtherOrder answers a state that shows another order than ours, or none.
func (m Mission) onOtherOrder(s *vda5050.State, now time.Time) (Mission, Effects) {
	if m.Taken {
		why := "the robot has forgotten the order"
		if s.OrderID != "" {
			why = "the robot works on order " + s.OrderID
		}
		return m.end(m.stopped(s, Lost, why), Effects{})
	}
	if m.Phase == Cancelling {
		if Idle(s) && cancelAnswered(s, m.OrderID) {
			return m.end(m.stopped(s, Cancelled, m.Why), Effects{})
		}
		return m, Effects{}
	}
	if why, ok := refusal(s, m.OrderID); ok {
		return m.end(m.stopped(s, Rejected, "the robot refused the order: "+why), Effects{})
	}
	var fx Effects
	if m.Tries >= m.Rules.Tries {
		m, fx.Instant = m.giveUp(fmt.Sprintf("the robot did not take the order, sent %d times", m.Tries), now)
	}
	return m, fx
}

// acknowledge notes which of our messages the robot has taken. A robot that shows a later update than we know of got
// it from us before a restart that lost our memory of it.
func (m Mission) acknowledge(s *vda5050.State) Mission {
	m.Taken = true
	if s.OrderUpdateID > m.Update {
		m.Update = s.OrderUpdateID
		m.Base = int(s.LastNodeSequenceID / 2)
		for _, n := range s.NodeStates {
			if n.Released {
				m.Base = max(m.Base, int(n.SequenceID/2))
			}
		}
		m.Base = min(m.Base, len(m.Stops)-1)
		m.Stitch = m.Base
	}
	if s.OrderUpdateID == m.Update && !m.Shown {
		m.Shown = true
		if m.Phase == Running {
			m.Tries = 0
		}
	}
	return m
}

// progress notes how far along the way the robot is. It returns an end when the robot is not on it.
func (m *Mission) progress(s *vda5050.State, now time.Time, fx *Effects) *End {
	at := int(s.LastNodeSequenceID / 2)
	if at >= len(m.Stops) || m.Stops[at].Node.NodeID != s.LastNodeID {
		return m.stopped(s, Lost, fmt.Sprintf("the robot reports node %s as number %d of the order, where it has none such", s.LastNodeID, s.LastNodeSequenceID))
	}
	for i := m.At + 1; i <= at; i++ {
		fx.Passed = append(fx.Passed, m.Stops[i].Node.NodeID)
	}
	if at > m.At {
		m.measure(at, s.Timestamp.Time)
		m.At, m.MovedAt = at, now
	}
	return nil
}

// measure adds what the robot has driven since it passed the last stop, when it was let go on there and had nothing to do.
func (m *Mission) measure(at int, passed time.Time) {
	idle := func(s Stop) bool { return len(s.Actions) == 0 }
	if m.Rolling && m.At > 0 && passed.After(m.PassedAt) && !slices.ContainsFunc(m.Stops[m.At:at], func(s Stop) bool { return !idle(s) }) {
		for _, s := range m.Stops[m.At+1 : at+1] {
			m.Drive.Metres += *s.Edge.Length
		}
		m.Drive.Took += passed.Sub(m.PassedAt)
	}
	m.PassedAt, m.Rolling = passed, m.Base > at && idle(m.Stops[at])
}

// actions notes what has become of the actions. That a look failed while the order is cancelled says nothing of the look.
func (m Mission) actions(s *vda5050.State, now time.Time, fx *Effects) Mission {
	known := maps.Clone(m.Actions)
	for _, a := range s.ActionStates {
		act, ok := m.act(a.ActionID)
		if !ok || known[a.ActionID] == a.ActionStatus || terminal(known[a.ActionID]) {
			continue
		}
		known[a.ActionID] = a.ActionStatus
		m.MovedAt = now
		if act.Look != nil && terminal(a.ActionStatus) && (m.Phase != Cancelling || a.ActionStatus == vda5050.ActionFinished) {
			fx.Looked = append(fx.Looked, Looked{
				Look: *act.Look, ActionID: act.ID,
				OK: a.ActionStatus == vda5050.ActionFinished, Result: a.ActionResult,
			})
		}
	}
	m.Actions = known
	return m
}

// giveUp cancels an order that the robot does not take.
func (m Mission) giveUp(why string, now time.Time) (Mission, *vda5050.InstantActions) {
	m, fx := m.Cancel(why, now)
	return m, fx.Instant
}

func (m Mission) end(e *End, fx Effects) (Mission, Effects) {
	m.Phase, fx.End = Ended, e
	return m, fx
}

// stopped says where the robot stands that has stopped somewhere on its way.
func (m Mission) stopped(s *vda5050.State, o Outcome, why string) *End {
	moving := s.Driving || s.DistanceSinceLastNode == nil && s.OrderID == m.OrderID || s.DistanceSinceLastNode != nil && *s.DistanceSinceLastNode > 0
	return &End{Outcome: o, Node: s.LastNodeID, Between: moving && o != Rejected, Why: why}
}

// complete reports whether the robot is at the end of the way with all actions done.
func (m Mission) complete() bool { return m.arrived() && (m.Detour == nil || len(m.Detour.Nodes) == 0) }

// arrived reports whether the robot is at the end of what it was told, with all actions done.
func (m Mission) arrived() bool {
	if m.At < len(m.Stops)-1 {
		return false
	}
	for _, stop := range m.Stops {
		for _, a := range stop.Actions {
			if !terminal(m.Actions[a.ID]) {
				return false
			}
		}
	}
	return true
}

func (m Mission) act(id string) (Act, bool) {
	for _, stop := range m.Stops {
		for _, a := range stop.Actions {
			if a.ID == id {
				return a, true
			}
		}
	}
	return Act{}, false
}

func terminal(s vda5050.ActionStatus) bool {
	return s == vda5050.ActionFinished || s == vda5050.ActionFailed
}
