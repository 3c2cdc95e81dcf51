package firmware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/bluenviron/gomavlib/v3"
	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
	"github.com/bluenviron/gomavlib/v3/pkg/message"
)

const (
	beatEvery  = 100 * time.Millisecond
	staleAfter = 2 * time.Second // without a heartbeat from the base
)

// Run speaks with the base until ctx ends, or the connection given in Options.Conn does; it then closes the
// connection, and the base stops by itself half a second later. An Endpoint that is not there, or goes away, is
// opened again for as long as it takes. Run it once.
func (b *Base) Run(ctx context.Context) error {
	node, err := b.start()
	if err != nil {
		return err
	}
	defer b.finish(node)
	// This one loop reads and beats: when it hangs, so does the heartbeat, and the base stops.
	tick := time.NewTicker(max(b.opt.Clock.Wall(beatEvery), time.Millisecond))
	defer tick.Stop()
	connected := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-node.Events():
			if err := b.hear(e); err != nil {
				return err
			}
		case <-tick.C:
			if err := b.tick(node); err != nil {
				return fmt.Errorf("firmware: send: %w", err)
			}
			connected = b.greet(node, connected)
		}
	}
}

func (b *Base) start() (*gomavlib.Node, error) {
	conn := b.opt.Conn
	if conn == nil {
		conn = newLine(b.open, func() time.Duration { return b.opt.Clock.Wall(reopenAfter) }, b.opt.Logger)
	}
	node := newNode(conn, agentSystem, agentComponent)
	if err := node.Initialize(); err != nil {
		return nil, errors.Join(fmt.Errorf("firmware: start MAVLink: %w", err), conn.Close())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.node = node
	return node, nil
}

// newNode is how this package sets a MAVLink node up: no heartbeat of its own, for gomavlib's ticker would go on
// beating while the agent hangs.
func newNode(conn io.ReadWriteCloser, system, component byte) *gomavlib.Node {
	return &gomavlib.Node{
		Endpoints:        []gomavlib.EndpointConf{gomavlib.EndpointCustom{ReadWriteCloser: conn}},
		Dialect:          common.Dialect,
		OutVersion:       gomavlib.V2,
		OutSystemID:      system,
		OutComponentID:   component,
		HeartbeatDisable: true,
	}
}

func (b *Base) finish(node *gomavlib.Node) {
	b.mu.Lock()
	b.node = nil
	b.velocity = nil
	b.announce()
	b.mu.Unlock()
	node.Close()
}

// greet asks a base that has just come (back) for its telemetry, and says when one has gone.
func (b *Base) greet(node *gomavlib.Node, before bool) bool {
	s := b.State()
	if s.Connected == before {
		return before
	}
	if !s.Connected {
		b.opt.Logger.Warn("base is silent", "for", staleAfter)
		b.mu.Lock()
		b.announce()
		b.mu.Unlock()
		return false
	}
	b.opt.Logger.Info("base answers", "mode", s.Mode.String(), "emergencyStop", s.EStop)
	for id, every := range map[uint32]time.Duration{
		(&common.MessageAttitude{}).GetID():         100 * time.Millisecond,
		(&common.MessageLocalPositionNed{}).GetID(): 100 * time.Millisecond,
		(&common.MessageBatteryStatus{}).GetID():    time.Second,
	} {
		if err := node.WriteMessageAll(interval(id, float64(every.Microseconds()))); err != nil {
			b.opt.Logger.Error("ask the base for telemetry", "message", id, "error", err)
		}
	}
	return true
}

// tick sends the heartbeat and repeats a velocity.
func (b *Base) tick(node *gomavlib.Node) error {
	if b.opt.Alive != nil && !b.opt.Alive() {
		return nil
	}
	if err := node.WriteMessageAll(heartbeat()); err != nil {
		return err
	}
	s, _ := b.watch()
	b.mu.Lock()
	vel := b.velocity
	standing := vel != nil && *vel == (velocity{}) && math.Abs(s.Speed) < 0.005 && math.Abs(s.TurnRate) < 0.005
	if vel != nil && (s.EStop || !s.Connected || standing) {
		b.velocity, vel = nil, nil // never to start again by itself
	}
	b.mu.Unlock()
	if vel == nil {
		return nil
	}
	if *vel != (velocity{}) && (s.Mode != ModeGuided || !s.Armed) {
		return errors.Join(node.WriteMessageAll(setMode(ModeGuided)), node.WriteMessageAll(arm()))
	}
	return node.WriteMessageAll(velocityTarget(vel.v, vel.w))
}

// send writes one message if Run runs.
func (b *Base) send(m message.Message) error {
	b.mu.Lock()
	node := b.node
	b.mu.Unlock()
	if node == nil {
		return ErrDisconnected
	}
	return node.WriteMessageAll(m)
}

// hear takes in what the base says.
func (b *Base) hear(e gomavlib.Event) error {
	switch e := e.(type) {
	case *gomavlib.EventChannelClose:
		return fmt.Errorf("firmware: connection to the base ended: %w", errors.Join(e.Error, ErrDisconnected))
	case *gomavlib.EventParseError:
		b.opt.Logger.Debug("base sent a broken frame", "error", e.Error)
	case *gomavlib.EventFrame:
		if e.SystemID() == baseSystem && e.ComponentID() == baseComponent {
			b.apply(e.Message())
		}
	}
	return nil
}

func (b *Base) apply(m message.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.state
	switch m := m.(type) {
	case *common.MessageHeartbeat:
		b.beat = b.opt.Clock.Now()
		s.Mode = Mode(m.CustomMode)
		s.Armed = m.BaseMode&common.MAV_MODE_FLAG_SAFETY_ARMED != 0
		s.EStop = m.SystemStatus == common.MAV_STATE_EMERGENCY
	case *common.MessageAttitude:
		if finite(m.Yaw, m.Yawspeed) {
			s.Odometry.ThetaRad = turnOf(float64(m.Yaw))
			s.TurnRate = -float64(m.Yawspeed)
		}
	case *common.MessageLocalPositionNed:
		if !finite(m.X, m.Y, m.Vx, m.Vy) {
			break
		}
		s.Odometry.X, s.Odometry.Y = float64(m.Y), float64(m.X)
		sin, cos := math.Sincos(s.Odometry.ThetaRad)
		s.Speed = float64(m.Vy)*cos + float64(m.Vx)*sin
		s.At = b.opt.Clock.Now()
	case *common.MessageBatteryStatus:
		b.applyBattery(m)
	case *common.MessageNamedValueFloat:
		if m.Name == nameMast && finite(m.Value) {
			s.MastM = float64(m.Value)
		}
	case *common.MessageCommandAck:
		select {
		case b.acks <- ack{command: m.Command, result: m.Result}:
		default: // nobody waits for it
		}
	case *common.MessageStatustext:
		b.opt.Logger.Info("base says", "text", m.Text, "severity", m.Severity.String())
	}
	b.announce()
}

func (b *Base) applyBattery(m *common.MessageBatteryStatus) {
	if m.BatteryRemaining >= 0 { // -1 says unknown
		b.state.BatteryPercent = math.Min(float64(m.BatteryRemaining), 100)
	}
	if m.Voltages[0] != math.MaxUint16 {
		b.state.BatteryVolts = float64(m.Voltages[0]) / 1000
	}
	b.state.Charging = m.ChargeState == common.MAV_BATTERY_CHARGE_STATE_CHARGING
}

// announce wakes all who wait for a change; b.mu is held.
func (b *Base) announce() {
	close(b.changed)
	b.changed = make(chan struct{})
}

func finite(values ...float32) bool {
	for _, v := range values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}
