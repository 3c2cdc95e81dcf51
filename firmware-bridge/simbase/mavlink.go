package simbase

import (
	"math"
	"time"

	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
	"github.com/bluenviron/gomavlib/v3/pkg/message"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
)

// Message ids of the telemetry.
const (
	heartbeatID uint32 = 0
	attitudeID  uint32 = 30
	positionID  uint32 = 32
	batteryID   uint32 = 147
	mastID      uint32 = 251 // NAMED_VALUE_FLOAT
)

// schedule is when a message is sent next, in time since the base was switched on.
type schedule struct{ every, next time.Duration }

func defaultIntervals() map[uint32]*schedule {
	return map[uint32]*schedule{
		heartbeatID: {every: 200 * time.Millisecond},
		attitudeID:  {every: 200 * time.Millisecond},
		positionID:  {every: 200 * time.Millisecond},
		mastID:      {every: 200 * time.Millisecond},
		batteryID:   {every: time.Second},
	}
}

// dueNow has a message sent with the next telemetry; b.mu is held.
func (b *Base) dueNow(id uint32) { b.intervals[id].next = 0 }

// telemetry is every message that is due. The attitude goes before the position that it turns.
func (b *Base) telemetry() []message.Message {
	var out []message.Message
	for _, id := range [...]uint32{heartbeatID, attitudeID, positionID, mastID, batteryID} {
		s := b.intervals[id]
		if b.uptime < s.next {
			continue
		}
		s.next = b.uptime + s.every
		out = append(out, b.report(id))
	}
	return out
}

func (b *Base) report(id uint32) message.Message {
	ms := uint32(b.uptime.Milliseconds() & math.MaxUint32)
	sin, cos := math.Sincos(b.body.odometry.ThetaRad)
	switch id {
	case attitudeID:
		return &common.MessageAttitude{TimeBootMs: ms,
			Yaw: float32(wrap(math.Pi/2 - b.body.odometry.ThetaRad)), Yawspeed: float32(-b.body.w)}
	case positionID:
		return &common.MessageLocalPositionNed{TimeBootMs: ms,
			X: float32(b.body.odometry.Y), Y: float32(b.body.odometry.X),
			Vx: float32(b.body.v * sin), Vy: float32(b.body.v * cos)}
	case mastID:
		return &common.MessageNamedValueFloat{TimeBootMs: ms, Name: "mast", Value: float32(b.body.mastM)}
	case batteryID:
		return b.battery()
	}
	m := &common.MessageHeartbeat{
		Type: common.MAV_TYPE_GROUND_ROVER, Autopilot: common.MAV_AUTOPILOT_ARDUPILOTMEGA,
		BaseMode:   common.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED,
		CustomMode: uint32(b.mode), SystemStatus: common.MAV_STATE_STANDBY, MavlinkVersion: 3,
	}
	if b.armed {
		m.BaseMode |= common.MAV_MODE_FLAG_SAFETY_ARMED
		m.SystemStatus = common.MAV_STATE_ACTIVE
	}
	if b.estop {
		m.SystemStatus = common.MAV_STATE_EMERGENCY
	}
	return m
}

func (b *Base) battery() message.Message {
	m := &common.MessageBatteryStatus{
		Temperature: math.MaxInt16, CurrentBattery: -1, CurrentConsumed: -1, EnergyConsumed: -1,
		BatteryRemaining: int8(math.Round(b.cells.percent())),
		ChargeState:      common.MAV_BATTERY_CHARGE_STATE_OK,
	}
	for i := range m.Voltages {
		m.Voltages[i] = math.MaxUint16
	}
	m.Voltages[0] = uint16(math.Round(1000 * b.cells.volts()))
	if b.charging {
		m.ChargeState = common.MAV_BATTERY_CHARGE_STATE_CHARGING
	}
	return m
}

func text(severity common.MAV_SEVERITY, s string) message.Message {
	return &common.MessageStatustext{Severity: severity, Text: s}
}

// hear does what the agent says and returns the answer.
func (b *Base) hear(m message.Message) []message.Message {
	switch m := m.(type) {
	case *common.MessageHeartbeat:
		b.mu.Lock()
		b.silence = 0
		b.mu.Unlock()
	case *common.MessageSetPositionTargetLocalNed:
		if m.TargetSystem == baseSystem {
			b.aim(m)
		}
	case *common.MessageCommandLong:
		if m.TargetSystem != baseSystem {
			break
		}
		return []message.Message{&common.MessageCommandAck{
			Command: m.Command, Result: b.obey(m), TargetSystem: agentSystem,
		}}
	}
	return nil
}

// aim follows a target, or drops it without a word, as ArduPilot does outside GUIDED mode and with other masks.
func (b *Base) aim(m *common.MessageSetPositionTargetLocalNed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mode != firmware.ModeGuided || !b.armed || b.estop || !finite(m.X, m.Y, m.Vx, m.Yaw, m.YawRate) {
		return
	}
	switch {
	case m.TypeMask == 0x0DFC && m.CoordinateFrame == common.MAV_FRAME_LOCAL_NED:
		b.body.aim(target{kind: toPlace, x: float64(m.Y), y: float64(m.X)})
	case m.TypeMask == 0x09FF && m.CoordinateFrame == common.MAV_FRAME_LOCAL_NED:
		b.body.aim(target{kind: toYaw, yaw: wrap(math.Pi/2 - float64(m.Yaw))})
	case m.TypeMask == 0x05E7 && m.CoordinateFrame == common.MAV_FRAME_BODY_NED:
		b.body.aim(target{kind: atVelocity, v: float64(m.Vx), w: -float64(m.YawRate)})
		b.since = 0
	}
}

// obey carries a command out. None waits for what it starts.
func (b *Base) obey(m *common.MessageCommandLong) common.MAV_RESULT {
	at := b.True()
	docked := m.Command == common.MAV_CMD_DO_SET_RELAY && b.atDock(at)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch m.Command {
	case common.MAV_CMD_DO_SET_MODE:
		return b.setMode(firmware.Mode(m.Param2))
	case common.MAV_CMD_COMPONENT_ARM_DISARM:
		return b.arm(m.Param1 == 1)
	case common.MAV_CMD_DO_CHANGE_SPEED:
		if !finite(m.Param2) || m.Param2 <= 0 {
			return common.MAV_RESULT_DENIED
		}
		b.body.limit = min(float64(m.Param2), topSpeed)
	case common.MAV_CMD_DO_SET_ACTUATOR:
		if !(m.Param1 >= -1 && m.Param1 <= 1) || b.estop || b.cells.empty() {
			return common.MAV_RESULT_DENIED
		}
		b.body.mastGoal = firmware.MastLowM + (float64(m.Param1)+1)/2*(firmware.MastHighM-firmware.MastLowM)
	case common.MAV_CMD_DO_SET_RELAY:
		on := m.Param2 != 0
		if m.Param1 != 0 || on && (!docked || at.Moving) {
			return common.MAV_RESULT_DENIED
		}
		b.contactor = on
		b.dueNow(batteryID)
	case common.MAV_CMD_SET_MESSAGE_INTERVAL:
		return b.setInterval(m.Param1, m.Param2)
	default:
		return common.MAV_RESULT_UNSUPPORTED
	}
	return common.MAV_RESULT_ACCEPTED
}

func (b *Base) setMode(mode firmware.Mode) common.MAV_RESULT {
	if mode != firmware.ModeHold && (b.estop || b.unheard()) {
		return common.MAV_RESULT_TEMPORARILY_REJECTED
	}
	switch mode {
	case firmware.ModeHold:
		b.hold()
	case firmware.ModeGuided:
		b.mode = mode
	default:
		return common.MAV_RESULT_DENIED
	}
	b.dueNow(heartbeatID)
	return common.MAV_RESULT_ACCEPTED
}

// unheard says that no living agent is there to drive for.
func (b *Base) unheard() bool { return b.silence < 0 || b.silence > deadman }

func (b *Base) arm(on bool) common.MAV_RESULT {
	if on && (b.estop || b.cells.empty()) {
		return common.MAV_RESULT_TEMPORARILY_REJECTED
	}
	if !on {
		b.hold()
	}
	b.armed = on
	b.dueNow(heartbeatID)
	return common.MAV_RESULT_ACCEPTED
}

func (b *Base) setInterval(id, us float32) common.MAV_RESULT {
	if !finite(id, us) || id < 0 || id > 1<<24 || us < 1000 || us > 1e7 {
		return common.MAV_RESULT_DENIED
	}
	s, ok := b.intervals[uint32(id)]
	if !ok {
		return common.MAV_RESULT_DENIED
	}
	s.every, s.next = time.Duration(us)*time.Microsecond, 0
	return common.MAV_RESULT_ACCEPTED
}

func finite(values ...float32) bool {
	for _, v := range values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}
