package simbase

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bluenviron/gomavlib/v3"
	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
	"github.com/bluenviron/gomavlib/v3/pkg/message"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
)

const (
	step = time.Duration(stepS * float64(time.Second))
	// deadman is how long the base drives without a heartbeat, and follows a velocity that is not repeated.
	deadman = 500 * time.Millisecond
	// longestGap is the most that one late tick adds to the age of the last heartbeat: a simulation that was not
	// scheduled for a while has heard nothing because it did not listen.
	longestGap = 5 * step
	// longestStall is the most that a simulation catches up on; a machine that slept all night does not.
	longestStall = 10 * time.Second

	agentSystem = 255 // the only one whose heartbeats count, as with ArduPilot's SYSID_MYGCS
	baseSystem  = 1
)

// Run simulates and speaks until ctx ends, or the connection given in Options.Conn does.
func (b *Base) Run(ctx context.Context) error {
	node := &gomavlib.Node{
		Endpoints:        []gomavlib.EndpointConf{gomavlib.EndpointCustom{ReadWriteCloser: b.conn}},
		Dialect:          common.Dialect,
		OutVersion:       gomavlib.V2,
		OutSystemID:      baseSystem,
		HeartbeatDisable: true,
	}
	if err := node.Initialize(); err != nil {
		return errors.Join(fmt.Errorf("simulated base: %w", err), b.conn.Close())
	}
	defer node.Close()
	tick := time.NewTicker(max(b.opt.Clock.Wall(step), time.Millisecond))
	defer tick.Stop()
	last, owed := b.opt.Clock.Now(), time.Duration(0)
	for {
		var out []message.Message
		select {
		case <-ctx.Done():
			return nil
		case e := <-node.Events():
			switch e := e.(type) {
			case *gomavlib.EventChannelClose:
				return fmt.Errorf("simulated base: connection ended: %w", errors.Join(e.Error, firmware.ErrDisconnected))
			case *gomavlib.EventFrame:
				if e.SystemID() == agentSystem {
					out = b.hear(e.Message())
				}
			}
		case <-tick.C:
			now := b.opt.Clock.Now()
			gap := min(max(now.Sub(last), 0), longestStall)
			last, owed = now, owed+gap
			steps := int(owed / step)
			owed -= time.Duration(steps) * step
			out = b.advance(steps, min(gap, longestGap))
		}
		for _, m := range out {
			if err := node.WriteMessageAll(m); err != nil {
				return fmt.Errorf("simulated base: send: %w", err)
			}
		}
	}
}

// advance moves the world by so many steps, and the age of the last heartbeat by gap; it returns what is to be said.
func (b *Base) advance(steps int, gap time.Duration) []message.Message {
	docked := b.docked()
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.watchdog(gap)
	charged := b.charging
	for range steps {
		b.body.step(b.estop || b.mode == firmware.ModeHold)
		b.charging = b.contactor && docked && math.Abs(b.body.v) < 1e-3
		b.contactor = b.charging // off the charger the contactor opens, and stays open
		b.cells.flow(step, b.loadW(), b.charging)
	}
	if b.charging != charged {
		b.dueNow(batteryID)
	}
	if b.cells.empty() && b.armed {
		b.hold()
		b.armed = false
		out = append(out, text(common.MAV_SEVERITY_EMERGENCY, "battery empty: disarmed"))
	}
	b.uptime += time.Duration(steps) * step
	return append(out, b.telemetry()...)
}

// docked asks without the lock, for the answer may be found with True.
func (b *Base) docked() bool {
	b.mu.Lock()
	ask, at := b.contactor, b.body.true()
	b.mu.Unlock()
	return ask && b.atDock(at)
}

// watchdog stops the base when the agent is silent, or has left a velocity unrepeated.
func (b *Base) watchdog(gap time.Duration) []message.Message {
	b.since += gap
	if b.body.target.kind == atVelocity && b.since > deadman {
		b.body.target = target{}
	}
	if b.silence < 0 {
		return nil
	}
	before := b.silence
	b.silence += gap
	if before > deadman || b.silence <= deadman {
		return nil
	}
	b.hold()
	b.body.freezeMast()
	b.opt.Logger.Warn("simulated base stops: no heartbeat", "for", deadman)
	b.dueNow(heartbeatID)
	return []message.Message{text(common.MAV_SEVERITY_CRITICAL, "no heartbeat for 500 ms: stopped")}
}

func (b *Base) loadW() float64 {
	w := b.cells.IdleW + b.cells.DriveW*math.Abs(b.body.v)/topSpeed + b.cells.TurnW*math.Abs(b.body.w)/topTurn
	if b.body.mastM != b.body.mastGoal {
		w += b.cells.MastW
	}
	return w
}
