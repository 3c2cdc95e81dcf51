package vda5050

import (
	"slices"
	"strings"
)

// A Factsheet says what a robot is and can do (section 7.10). Robot to fleet, retained, on factsheetRequest.
type Factsheet struct {
	Header
	TypeSpecification        TypeSpecification         `json:"typeSpecification"`
	PhysicalParameters       PhysicalParameters        `json:"physicalParameters"`
	ProtocolLimits           ProtocolLimits            `json:"protocolLimits"`
	ProtocolFeatures         ProtocolFeatures          `json:"protocolFeatures"`
	MobileRobotGeometry      MobileRobotGeometry       `json:"mobileRobotGeometry"`
	LoadSpecification        LoadSpecification         `json:"loadSpecification"`
	MobileRobotConfiguration *MobileRobotConfiguration `json:"mobileRobotConfiguration,omitempty"`
}

// Kind is "factsheet".
func (*Factsheet) Kind() string { return KindFactsheet }

// A TypeSpecification is the robot's series. The string lists and kinds are open enumerations.
type TypeSpecification struct {
	SeriesName            string     `json:"seriesName"`
	SeriesDescription     string     `json:"seriesDescription,omitempty"`
	MobileRobotKinematics string     `json:"mobileRobotKinematics"`       // DIFFERENTIAL, OMNIDIRECTIONAL, THREE_WHEEL, ...
	MobileRobotClass      string     `json:"mobileRobotClass"`            // FORKLIFT, CONVEYOR, TUGGER, CARRIER, ...
	MaximumLoadMass       float64    `json:"maximumLoadMass" vda:"min=0"` // kg
	LocalizationTypes     []string   `json:"localizationTypes"`           // NATURAL, REFLECTOR, RFID, DMC, SPOT, GRID, ...
	NavigationTypes       []string   `json:"navigationTypes"`             // PHYSICAL_LINE_GUIDED, VIRTUAL_LINE_GUIDED, FREELY_NAVIGATING, ...
	SupportedZones        []ZoneType `json:"supportedZones,omitzero"`
}

// PhysicalParameters in m, m/s, m/s², rad/s.
type PhysicalParameters struct {
	MinimumSpeed        float64  `json:"minimumSpeed" vda:"min=0"`
	MaximumSpeed        float64  `json:"maximumSpeed" vda:"min=0"`
	MinimumAngularSpeed *float64 `json:"minimumAngularSpeed,omitempty" vda:"min=0"`
	MaximumAngularSpeed *float64 `json:"maximumAngularSpeed,omitempty" vda:"min=0"`
	MaximumAcceleration float64  `json:"maximumAcceleration" vda:"min=0"`
	MaximumDeceleration float64  `json:"maximumDeceleration"`
	MinimumHeight       float64  `json:"minimumHeight"`
	MaximumHeight       float64  `json:"maximumHeight"`
	Width               float64  `json:"width"`
	Length              float64  `json:"length"`
}

// ProtocolLimits bound what the robot takes; a limit of 0 or none at all is no limit.
type ProtocolLimits struct {
	MaximumStringLengths MaximumStringLengths `json:"maximumStringLengths"`
	MaximumArrayLengths  MaximumArrayLengths  `json:"maximumArrayLengths"`
	Timing               Timing               `json:"timing"`
}

// MaximumStringLengths are in characters (MaximumMessageLength in bytes).
type MaximumStringLengths struct {
	MaximumMessageLength      uint32 `json:"maximumMessageLength,omitempty"`
	MaximumTopicSerialLength  uint32 `json:"maximumTopicSerialLength,omitempty"`
	MaximumTopicElementLength uint32 `json:"maximumTopicElementLength,omitempty"`
	MaximumIDLength           uint32 `json:"maximumIdLength,omitempty"`
	IDNumericalOnly           *bool  `json:"idNumericalOnly,omitempty"`
	MaximumLoadIDLength       uint32 `json:"maximumLoadIdLength,omitempty"`
}

// MaximumArrayLengths are in elements.
type MaximumArrayLengths struct {
	OrderNodes               uint32 `json:"order.nodes,omitempty"`
	OrderEdges               uint32 `json:"order.edges,omitempty"`
	NodeActions              uint32 `json:"node.actions,omitempty"`
	EdgeActions              uint32 `json:"edge.actions,omitempty"`
	ActionsActionsParameters uint32 `json:"actions.actionsParameters,omitempty"`
	InstantActions           uint32 `json:"instantActions,omitempty"`
	TrajectoryKnotVector     uint32 `json:"trajectory.knotVector,omitempty"`
	TrajectoryControlPoints  uint32 `json:"trajectory.controlPoints,omitempty"`
	ZoneSetZones             uint32 `json:"zoneSet.zones,omitempty"`
	StateNodeStates          uint32 `json:"state.nodeStates,omitempty"`
	StateEdgeStates          uint32 `json:"state.edgeStates,omitempty"`
	StateLoads               uint32 `json:"state.loads,omitempty"`
	StateActionStates        uint32 `json:"state.actionStates,omitempty"`
	StateInstantActionStates uint32 `json:"state.instantActionStates,omitempty"`
	StateZoneActionStates    uint32 `json:"state.zoneActionStates,omitempty"`
	StateErrors              uint32 `json:"state.errors,omitempty"`
	StateInformation         uint32 `json:"state.information,omitempty"`
	ErrorErrorReferences     uint32 `json:"error.errorReferences,omitempty"`
	InformationReferences    uint32 `json:"information.infoReferences,omitempty"`
}

// Timing is in s.
type Timing struct {
	MinimumOrderInterval  float64  `json:"minimumOrderInterval" vda:"min=0"`
	MinimumStateInterval  float64  `json:"minimumStateInterval" vda:"min=0"`
	DefaultStateInterval  *float64 `json:"defaultStateInterval,omitempty" vda:"min=0"`
	VisualizationInterval *float64 `json:"visualizationInterval,omitempty" vda:"min=0"`
}

// ProtocolFeatures are what a robot supports of the protocol.
type ProtocolFeatures struct {
	OptionalParameters []OptionalParameter `json:"optionalParameters"` // what is not listed is not supported
	MobileRobotActions []MobileRobotAction `json:"mobileRobotActions"`
}

// An OptionalParameter by its full name, as order.nodes.nodePosition.allowedDeviationTheta.
type OptionalParameter struct {
	Parameter   string  `json:"parameter" vda:"nonempty"`
	Support     Support `json:"support"`
	Description string  `json:"description,omitempty"`
}

// A MobileRobotAction is an action that the robot can do.
type MobileRobotAction struct {
	ActionType        string                `json:"actionType" vda:"nonempty"`
	ActionDescription string                `json:"actionDescription,omitempty"`
	ActionScopes      []ActionScope         `json:"actionScopes"`
	ActionParameters  []ActionParameterSpec `json:"actionParameters,omitzero"`
	ActionResult      string                `json:"actionResult,omitempty"`
	BlockingTypes     []BlockingType        `json:"blockingTypes,omitzero"`
	PauseAllowed      bool                  `json:"pauseAllowed"`
	CancelAllowed     bool                  `json:"cancelAllowed"`
}

// An ActionParameterSpec describes a parameter of an action.
type ActionParameterSpec struct {
	Key           string        `json:"key" vda:"nonempty"`
	ValueDataType ValueDataType `json:"valueDataType"`
	Description   string        `json:"description,omitempty"`
	IsOptional    *bool         `json:"isOptional,omitempty"` // nil means false
}

// MobileRobotGeometry is the robot's shape.
type MobileRobotGeometry struct {
	WheelDefinitions []WheelDefinition `json:"wheelDefinitions,omitzero"`
	Envelopes2D      []Envelope2D      `json:"envelopes2d,omitzero"`
	Envelopes3D      []Envelope3D      `json:"envelopes3d,omitzero"`
}

// A WheelDefinition describes one wheel, in m and rad of the robot's frame.
type WheelDefinition struct {
	Type               string        `json:"type"` // DRIVE, CASTER, FIXED, MECANUM, ...
	IsActiveDriven     bool          `json:"isActiveDriven"`
	IsActiveSteered    bool          `json:"isActiveSteered"`
	Position           WheelPosition `json:"position"`
	Diameter           float64       `json:"diameter"`
	Width              float64       `json:"width"`
	CenterDisplacement *float64      `json:"centerDisplacement,omitempty"`
	Constraints        string        `json:"constraints,omitempty"`
}

// A WheelPosition in the robot's frame.
type WheelPosition struct {
	X     float64  `json:"x"`
	Y     float64  `json:"y"`
	Theta *float64 `json:"theta,omitempty"`
}

// An Envelope2D is an outline on the floor, m, robot's frame.
type Envelope2D struct {
	Envelope2DID string   `json:"envelope2dId"`
	Vertices     []Vertex `json:"vertices"`
	Description  string   `json:"description,omitempty"`
}

// An Envelope3D is a body in a named format, inline or by link.
type Envelope3D struct {
	Envelope3DID string         `json:"envelope3dId"`
	Format       string         `json:"format"`
	Data         map[string]any `json:"data,omitzero"`
	URL          string         `json:"url,omitempty"`
	Description  string         `json:"description,omitempty"`
}

// A LoadSpecification is what the robot can carry; empty for one that carries nothing.
type LoadSpecification struct {
	LoadPositions []string  `json:"loadPositions,omitzero"`
	LoadSets      []LoadSet `json:"loadSets,omitzero"`
}

// A LoadSet is a kind of load with its limits, in m, kg, s, rad.
type LoadSet struct {
	SetName                   string                `json:"setName"`
	LoadType                  string                `json:"loadType"`
	LoadPositions             []string              `json:"loadPositions,omitzero"`
	BoundingBoxReference      *BoundingBoxReference `json:"boundingBoxReference,omitempty"`
	LoadDimensions            *LoadDimensions       `json:"loadDimensions,omitempty"`
	MaximumWeight             *float64              `json:"maximumWeight,omitempty" vda:"min=0"`
	MinimumLoadhandlingHeight *float64              `json:"minimumLoadhandlingHeight,omitempty" vda:"min=0"`
	MaximumLoadhandlingHeight *float64              `json:"maximumLoadhandlingHeight,omitempty" vda:"min=0"`
	MinimumLoadhandlingDepth  *float64              `json:"minimumLoadhandlingDepth,omitempty"`
	MaximumLoadhandlingDepth  *float64              `json:"maximumLoadhandlingDepth,omitempty"`
	MinimumLoadhandlingTilt   *float64              `json:"minimumLoadhandlingTilt,omitempty"`
	MaximumLoadhandlingTilt   *float64              `json:"maximumLoadhandlingTilt,omitempty"`
	MaximumSpeed              *float64              `json:"maximumSpeed,omitempty" vda:"min=0"`
	MaximumAcceleration       *float64              `json:"maximumAcceleration,omitempty" vda:"min=0"`
	MaximumDeceleration       *float64              `json:"maximumDeceleration,omitempty"`
	PickTime                  *float64              `json:"pickTime,omitempty" vda:"min=0"`
	DropTime                  *float64              `json:"dropTime,omitempty" vda:"min=0"`
	Description               string                `json:"description,omitempty"`
}

// A MobileRobotConfiguration is what runs on the robot and how it is connected.
type MobileRobotConfiguration struct {
	Versions        []VersionEntry   `json:"versions,omitzero"`
	Network         *Network         `json:"network,omitempty"`
	BatteryCharging *BatteryCharging `json:"batteryCharging,omitempty"`
}

// sensorKey begins the keys of versions that name a sensor: sensor.thermal. The standard has no list of sensors.
const sensorKey = "sensor."

// Sensors are the sensors that the robot declares, by name, sorted.
func (f *Factsheet) Sensors() []string {
	var out []string
	if f.MobileRobotConfiguration != nil {
		for _, v := range f.MobileRobotConfiguration.Versions {
			if name, ok := strings.CutPrefix(v.Key, sensorKey); ok && name != "" {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// DeclareSensors adds sensors to what the robot declares.
func (f *Factsheet) DeclareSensors(names ...string) {
	if f.MobileRobotConfiguration == nil {
		f.MobileRobotConfiguration = &MobileRobotConfiguration{}
	}
	for _, name := range names {
		f.MobileRobotConfiguration.Versions = append(f.MobileRobotConfiguration.Versions, VersionEntry{Key: sensorKey + name, Value: "1"})
	}
}

// A VersionEntry names a part and its version.
type VersionEntry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A Network configuration.
type Network struct {
	DNSServers     []string `json:"dnsServers,omitzero"`
	NTPServers     []string `json:"ntpServers,omitzero"`
	LocalIPAddress string   `json:"localIpAddress,omitempty"`
	Netmask        string   `json:"netmask,omitempty"`
	DefaultGateway string   `json:"defaultGateway,omitempty"`
}

// BatteryCharging levels, in %, and the least time to charge, in s.
type BatteryCharging struct {
	CriticalLowChargingLevel    *float64 `json:"criticalLowChargingLevel,omitempty" vda:"min=0,max=100"`
	MinimumDesiredChargingLevel *float64 `json:"minimumDesiredChargingLevel,omitempty" vda:"min=0,max=100"`
	MaximumDesiredChargingLevel *float64 `json:"maximumDesiredChargingLevel,omitempty" vda:"min=0,max=100"`
	MinimumChargingTime         *float64 `json:"minimumChargingTime,omitempty" vda:"min=0"`
}
