package robot

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/mission"
)

// The robot's own error types, beside those of VDA 5050.
const (
	BaseDisconnected vda5050.ErrorType = "BASE_DISCONNECTED" // CRITICAL: nothing drives
	BatteryLow       vda5050.ErrorType = "BATTERY_LOW"       // WARNING below 20 %, URGENT below 8 %
)

// Speeds above which the wheels count as turning.
const (
	stillMPS  = 0.01
	stillRadS = 0.02
)

// sensors reads the body for the mission. The mode is AUTOMATIC always: a base that is away holds the robot by an
// error, for a mode of STARTUP would cost it its order at each restart.
func (a *Agent) sensors() mission.Sensors {
	s := a.opts.Base.State()
	if !s.At.IsZero() {
		a.where.sense(s.Odometry, s.At)
	}
	if !s.At.IsZero() && !math.IsNaN(s.BatteryPercent) {
		a.battery = s.BatteryPercent
	}
	hall, at, errM, known := a.where.pose()
	if hall == "" {
		hall = a.theSite().anyHall()
	}
	out := mission.Sensors{
		Position: &vda5050.MobileRobotPosition{
			X: at.X, Y: at.Y, Theta: at.ThetaRad, MapID: hall, Localized: known, DeviationRange: &errM,
		},
		Velocity: &vda5050.Velocity{VX: &s.Speed, Omega: &s.TurnRate},
		Driving:  a.driving() || math.Abs(s.Speed) > stillMPS || math.Abs(s.TurnRate) > stillRadS,
		Power:    vda5050.PowerSupply{StateOfCharge: a.battery, Charging: s.Charging},
		Mode:     vda5050.ModeAutomatic,
		Loads:    []vda5050.Load{},
	}
	if s.BatteryVolts > 0 {
		out.Power.BatteryVoltage = &s.BatteryVolts
	}
	if s.EStop {
		out.Safety.ActiveEmergencyStop = vda5050.EStopManual
	}
	if !s.Connected {
		out.Errors = append(out.Errors, bodyError(BaseDisconnected, vda5050.LevelCritical, "the base does not answer: check its power and its line"))
	}
	switch {
	case math.IsNaN(s.BatteryPercent) || s.Charging || s.At.IsZero():
	case s.BatteryPercent < emptyPercent:
		out.Errors = append(out.Errors, bodyError(BatteryLow, vda5050.LevelUrgent, "send the robot to a dock at once"))
	case s.BatteryPercent < lowPercent:
		out.Errors = append(out.Errors, bodyError(BatteryLow, vda5050.LevelWarning, "send the robot to a dock"))
	}
	return out
}

func bodyError(t vda5050.ErrorType, l vda5050.ErrorLevel, hint string) vda5050.Error {
	return vda5050.Error{ErrorType: t, ErrorLevel: l, ErrorHint: hint}
}

// driving is whether a leg, or a stop, is under way.
func (a *Agent) driving() bool {
	if a.leg == nil {
		return false
	}
	select {
	case <-a.leg.done:
		return false
	default:
		return true
	}
}

// report sends the state.
func (a *Agent) report(ctx context.Context) {
	s := a.machine.State(a.clock.Now())
	a.stateHeader = s.HeaderID
	a.say(ctx, &s)
}

// show sends where the robot is, while it moves.
func (a *Agent) show(ctx context.Context) {
	s := a.sensors()
	if !s.Driving {
		return
	}
	a.say(ctx, &vda5050.Visualization{
		Header: a.header(vda5050.KindVisualization), ReferenceStateHeaderID: a.stateHeader,
		MobileRobotPosition: s.Position, Velocity: s.Velocity,
	})
}

func (a *Agent) sendFactsheet(ctx context.Context) {
	f := a.declared()
	f.Header = a.header(vda5050.KindFactsheet)
	a.say(ctx, &f)
}

// say sends a message of VDA 5050. What cannot be sent now is not worth sending later.
func (a *Agent) say(ctx context.Context, m vda5050.Message) {
	payload, err := vda5050.Marshal(m)
	if err != nil {
		a.log.Error("cannot write a message", "kind", m.Kind(), "why", err)
		return
	}
	if err := a.opts.Link.Publish(ctx, m.Kind(), payload); err != nil && !errors.Is(err, link.ErrOffline) && ctx.Err() == nil {
		a.log.Warn("cannot send a message", "kind", m.Kind(), "why", err)
	}
}

// header opens a message of a kind that the mission does not write.
func (a *Agent) header(kind string) vda5050.Header {
	a.headers[kind]++
	return vda5050.Header{
		HeaderID: a.headers[kind], Timestamp: vda5050.At(a.clock.Now()), Version: vda5050.Version,
		Manufacturer: a.opts.ID.Manufacturer, SerialNumber: a.opts.ID.SerialNumber,
	}
}

// checkEdge says why the robot cannot drive an edge (for mission.Config): it drives only in the hall that it is in.
func (a *Agent) checkEdge(_, to vda5050.Node, _ vda5050.Edge) error {
	if to.NodePosition == nil {
		return fmt.Errorf("node %s has no position: this robot does not know nodes by name", to.NodeID)
	}
	return nil
}
