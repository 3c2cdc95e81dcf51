package firmware

import (
	"math"

	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
	"github.com/bluenviron/gomavlib/v3/pkg/message"
)

// Who is who on the line. ArduPilot counts only heartbeats of system 255 (SYSID_MYGCS).
const (
	agentSystem    = 255
	agentComponent = 1
	baseSystem     = 1
	baseComponent  = 1
)

// Masks of SET_POSITION_TARGET_LOCAL_NED: set bits are ignored. Source: ardupilot.org, "Rover Commands in Guided Mode".
const (
	maskPosition        = 0x0DFC
	maskYaw             = 0x09FF
	maskVelocityYawRate = 0x05E7
)

const (
	relayCharger = 0
	nameMast     = "mast"
)

func heartbeat() message.Message {
	return &common.MessageHeartbeat{
		Type:           common.MAV_TYPE_ONBOARD_CONTROLLER,
		Autopilot:      common.MAV_AUTOPILOT_INVALID,
		SystemStatus:   common.MAV_STATE_ACTIVE,
		MavlinkVersion: 3,
	}
}

// velocityTarget is v m/s along the heading and w rad/s counter-clockwise.
func velocityTarget(v, w float64) message.Message {
	return &common.MessageSetPositionTargetLocalNed{
		TargetSystem: baseSystem, TargetComponent: baseComponent,
		CoordinateFrame: common.MAV_FRAME_BODY_NED,
		TypeMask:        maskVelocityYawRate,
		Vx:              float32(v),
		YawRate:         float32(-w),
	}
}

// positionTarget is a place of the odometry frame, whatever the heading.
func positionTarget(p Pose) message.Message {
	return &common.MessageSetPositionTargetLocalNed{
		TargetSystem: baseSystem, TargetComponent: baseComponent,
		CoordinateFrame: common.MAV_FRAME_LOCAL_NED,
		TypeMask:        maskPosition,
		X:               float32(p.Y), Y: float32(p.X),
	}
}

// yawTarget is a heading, wherever the base stands.
func yawTarget(thetaRad float64) message.Message {
	return &common.MessageSetPositionTargetLocalNed{
		TargetSystem: baseSystem, TargetComponent: baseComponent,
		CoordinateFrame: common.MAV_FRAME_LOCAL_NED,
		TypeMask:        maskYaw,
		Yaw:             float32(turnOf(thetaRad)),
	}
}

func command(c common.MAV_CMD, p1, p2 float64) *common.MessageCommandLong {
	return &common.MessageCommandLong{
		TargetSystem: baseSystem, TargetComponent: baseComponent, Command: c,
		Param1: float32(p1), Param2: float32(p2),
	}
}

// setMode asks for a ROVER_MODE; 1 in the first parameter says that the mode is the autopilot's own.
func setMode(m Mode) *common.MessageCommandLong {
	return command(common.MAV_CMD_DO_SET_MODE, float64(common.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED), float64(m))
}

// arm never forces: the base's own checks stand.
func arm() *common.MessageCommandLong { return command(common.MAV_CMD_COMPONENT_ARM_DISARM, 1, 0) }

// groundSpeed limits the speed of position targets, m/s.
func groundSpeed(v float64) *common.MessageCommandLong {
	return command(common.MAV_CMD_DO_CHANGE_SPEED, float64(common.SPEED_TYPE_GROUNDSPEED), v)
}

// interval asks for message id every us microseconds.
func interval(id uint32, us float64) *common.MessageCommandLong {
	return command(common.MAV_CMD_SET_MESSAGE_INTERVAL, float64(id), us)
}

func mastTarget(heightM float64) *common.MessageCommandLong {
	m := command(common.MAV_CMD_DO_SET_ACTUATOR, 2*(heightM-MastLowM)/(MastHighM-MastLowM)-1, math.NaN())
	nan := float32(math.NaN())
	m.Param3, m.Param4, m.Param5, m.Param6 = nan, nan, nan, nan // NaN leaves the other actuators alone
	return m
}

func charger(on float64) *common.MessageCommandLong {
	return command(common.MAV_CMD_DO_SET_RELAY, relayCharger, on)
}

// turnOf is theta of a yaw, and yaw of a theta: clockwise from north is counter-clockwise from east, mirrored.
func turnOf(rad float64) float64 { return wrap(math.Pi/2 - rad) }

// wrap is rad in (-pi, pi].
func wrap(rad float64) float64 {
	r := math.Remainder(rad, 2*math.Pi)
	if r <= -math.Pi {
		return math.Pi
	}
	return r
}
