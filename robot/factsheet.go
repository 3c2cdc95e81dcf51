package robot

import (
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// The robot's body as its factsheet declares it.
const (
	lengthM      = 0.60
	widthM       = 0.50
	maxHeightM   = 2.20 // with the mast up
	minHeightM   = 1.20
	maxSpeed     = 0.8 // m/s, in an aisle
	maxTurnRate  = 1.2 // rad/s
	acceleration = 0.5 // m/s²
)

// factsheet says what this robot is and can do (VDA 5050, 7.10). Orders are held to it.
func factsheet(id wire.RobotID) vda5050.Factsheet {
	return vda5050.Factsheet{
		Header: vda5050.Header{Version: vda5050.Version, Manufacturer: id.Manufacturer, SerialNumber: id.SerialNumber},
		TypeSpecification: vda5050.TypeSpecification{
			SeriesName: "nightrobot", SeriesDescription: "Inspection robot for data halls: camera, thermal camera and air sensor on a mast.",
			MobileRobotKinematics: "DIFFERENTIAL", MobileRobotClass: "CARRIER", MaximumLoadMass: 0,
			LocalizationTypes: []string{"SPOT"}, NavigationTypes: []string{"VIRTUAL_LINE_GUIDED"},
		},
		PhysicalParameters: vda5050.PhysicalParameters{
			MinimumSpeed: 0, MaximumSpeed: maxSpeed, MaximumAngularSpeed: new(maxTurnRate),
			MaximumAcceleration: acceleration, MaximumDeceleration: acceleration,
			MinimumHeight: minHeightM, MaximumHeight: maxHeightM, Width: widthM, Length: lengthM,
		},
		ProtocolLimits: vda5050.ProtocolLimits{
			MaximumStringLengths: vda5050.MaximumStringLengths{MaximumMessageLength: wire.MaxPayload},
			MaximumArrayLengths:  vda5050.MaximumArrayLengths{OrderNodes: 1000, OrderEdges: 999, NodeActions: 64, InstantActions: 64},
			Timing: vda5050.Timing{
				MinimumOrderInterval: 0.1, MinimumStateInterval: 0.1, DefaultStateInterval: new(stateInterval.Seconds()),
				VisualizationInterval: new(visualizationInterval.Seconds()),
			},
		},
		ProtocolFeatures: vda5050.ProtocolFeatures{
			OptionalParameters: []vda5050.OptionalParameter{
				{Parameter: "order.nodes.nodePosition", Support: vda5050.SupportSupported},
				{Parameter: "order.nodes.nodePosition.theta", Support: vda5050.SupportSupported},
				{Parameter: "order.nodes.nodePosition.allowedDeviationXY", Support: vda5050.SupportSupported},
				{Parameter: "order.nodes.nodePosition.allowedDeviationTheta", Support: vda5050.SupportSupported},
				{Parameter: "order.edges.maximumSpeed", Support: vda5050.SupportSupported},
				{Parameter: "order.edges.length", Support: vda5050.SupportSupported},
			},
			MobileRobotActions: actions(),
		},
		MobileRobotGeometry: geometry(),
		LoadSpecification:   vda5050.LoadSpecification{},
	}
}

// declared is the factsheet with the sensors that this robot carries.
func (a *Agent) declared() vda5050.Factsheet {
	f := factsheet(a.opts.ID)
	f.DeclareSensors("visual")
	if a.opts.Thermal != nil {
		f.DeclareSensors("thermal")
	}
	if a.opts.Air != nil {
		f.DeclareSensors("air")
	}
	return f
}

// actions are those that the agent does itself; mission adds its own.
func actions() []vda5050.MobileRobotAction {
	text := func(key, description string, optional bool) vda5050.ActionParameterSpec {
		return vda5050.ActionParameterSpec{Key: key, ValueDataType: vda5050.ValueString, Description: description, IsOptional: new(optional)}
	}
	number := func(key, description string) vda5050.ActionParameterSpec {
		return vda5050.ActionParameterSpec{Key: key, ValueDataType: vda5050.ValueNumber, Description: description}
	}
	mapID := text("mapId", "hall", false)
	version := text("mapVersion", "SHA-256 of the site package, lower-case hex", false)
	instant := []vda5050.ActionScope{vda5050.ScopeInstant}
	both := []vda5050.ActionScope{vda5050.ScopeInstant, vda5050.ScopeNode}
	hard := []vda5050.BlockingType{vda5050.BlockingNone, vda5050.BlockingSoft, vda5050.BlockingSingle, vda5050.BlockingHard}
	return []vda5050.MobileRobotAction{
		vda5050.InspectFactsheet(),
		{ActionType: vda5050.StartCharging, ActionScopes: both, BlockingTypes: hard, CancelAllowed: true,
			ActionDescription: "Closes the charger's contact; the robot stands at a dock."},
		{ActionType: vda5050.StopCharging, ActionScopes: both, BlockingTypes: hard, CancelAllowed: true},
		{ActionType: vda5050.DownloadMap, ActionScopes: instant, BlockingTypes: hard, CancelAllowed: true,
			ActionDescription: "Fetches a site package.",
			ActionParameters: []vda5050.ActionParameterSpec{mapID, version,
				text("mapDownloadLink", "http or https", false), text("mapHash", "the same SHA-256", true)}},
		{ActionType: vda5050.EnableMap, ActionScopes: both, BlockingTypes: hard, ActionParameters: []vda5050.ActionParameterSpec{mapID, version}},
		{ActionType: vda5050.DeleteMap, ActionScopes: instant, BlockingTypes: hard, ActionParameters: []vda5050.ActionParameterSpec{mapID, version}},
		{ActionType: vda5050.InitializePosition, ActionScopes: instant, BlockingTypes: hard,
			ActionParameters: []vda5050.ActionParameterSpec{number("x", "m"), number("y", "m"), number("theta", "rad"),
				mapID, text("lastNodeId", "node that the robot stands on", false)}},
	}
}

// geometry is the outline and the two driven wheels, in the robot's frame.
func geometry() vda5050.MobileRobotGeometry {
	wheel := func(y float64) vda5050.WheelDefinition {
		return vda5050.WheelDefinition{Type: "DRIVE", IsActiveDriven: true, Position: vda5050.WheelPosition{Y: y}, Diameter: 0.16, Width: 0.04}
	}
	const l, w = lengthM / 2, widthM / 2
	return vda5050.MobileRobotGeometry{
		WheelDefinitions: []vda5050.WheelDefinition{wheel(0.21), wheel(-0.21)},
		Envelopes2D: []vda5050.Envelope2D{{
			Envelope2DID: "body", Vertices: []vda5050.Vertex{{X: l, Y: w}, {X: -l, Y: w}, {X: -l, Y: -w}, {X: l, Y: -w}},
		}},
	}
}
