package vda5050

// A State is all that a robot says of itself (section 7.8). Robot to fleet, on every event and at least every 30 s.
type State struct {
	Header
	Maps                  []Map                `json:"maps,omitzero"`
	ZoneSets              []ZoneSetState       `json:"zoneSets,omitzero"`
	OrderID               string               `json:"orderId"` // kept until a new order; empty before the first
	OrderUpdateID         uint32               `json:"orderUpdateId"`
	LastNodeID            string               `json:"lastNodeId"`
	LastNodeSequenceID    uint32               `json:"lastNodeSequenceId"`
	NodeStates            []NodeState          `json:"nodeStates"`
	EdgeStates            []EdgeState          `json:"edgeStates"`
	PlannedPath           *PlannedPath         `json:"plannedPath,omitempty"`
	IntermediatePath      *IntermediatePath    `json:"intermediatePath,omitempty"`
	MobileRobotPosition   *MobileRobotPosition `json:"mobileRobotPosition,omitempty"`
	Velocity              *Velocity            `json:"velocity,omitempty"`
	Loads                 []Load               `json:"loads,omitzero"` // nil: cannot tell; empty: unloaded
	Driving               bool                 `json:"driving"`
	Paused                *bool                `json:"paused,omitempty"`
	NewBaseRequest        *bool                `json:"newBaseRequest,omitempty"`
	ZoneRequests          []ZoneRequest        `json:"zoneRequests,omitzero"`
	EdgeRequests          []EdgeRequest        `json:"edgeRequests,omitzero"`
	DistanceSinceLastNode *float64             `json:"distanceSinceLastNode,omitempty"` // m
	ActionStates          []ActionState        `json:"actionStates"`
	InstantActionStates   []ActionState        `json:"instantActionStates"`
	ZoneActionStates      []ActionState        `json:"zoneActionStates,omitzero"`
	PowerSupply           PowerSupply          `json:"powerSupply"`
	OperatingMode         OperatingMode        `json:"operatingMode"`
	Errors                []Error              `json:"errors"`
	Information           []Info               `json:"information,omitzero"`
	SafetyState           SafetyState          `json:"safetyState"`
}

// Kind is "state".
func (*State) Kind() string { return KindState }

// A Map that the robot keeps; of one id at most one version is enabled (section 6.3.2).
type Map struct {
	MapID         string    `json:"mapId" vda:"nonempty"`
	MapVersion    string    `json:"mapVersion"`
	MapDescriptor string    `json:"mapDescriptor,omitempty"`
	MapStatus     MapStatus `json:"mapStatus"`
}

// A ZoneSetState is a zone set that the robot keeps.
type ZoneSetState struct {
	ZoneSetID     string    `json:"zoneSetId"`
	MapID         string    `json:"mapId"`
	ZoneSetStatus MapStatus `json:"zoneSetStatus"`
}

// A NodeState is a node still to be reached.
type NodeState struct {
	NodeID         string             `json:"nodeId" vda:"nonempty"`
	SequenceID     uint32             `json:"sequenceId"`
	NodeDescriptor string             `json:"nodeDescriptor,omitempty"`
	Released       bool               `json:"released"`
	NodePosition   *NodeStatePosition `json:"nodePosition,omitempty"`
}

// A NodeStatePosition is a node's position without its tolerances.
type NodeStatePosition struct {
	X     float64  `json:"x"`                                                          // m
	Y     float64  `json:"y"`                                                          // m
	Theta *float64 `json:"theta,omitempty" vda:"min=-3.14159265359,max=3.14159265359"` // rad
	MapID string   `json:"mapId" vda:"nonempty"`
}

// An EdgeState is an edge still to be left.
type EdgeState struct {
	EdgeID         string      `json:"edgeId" vda:"nonempty"`
	SequenceID     uint32      `json:"sequenceId"`
	EdgeDescriptor string      `json:"edgeDescriptor,omitempty"`
	Released       bool        `json:"released"`
	Trajectory     *Trajectory `json:"trajectory,omitempty"`
}

// A PlannedPath is the way that a freely navigating robot means to take.
type PlannedPath struct {
	Trajectory     Trajectory `json:"trajectory"`
	TraversedNodes []string   `json:"traversedNodes,omitzero"`
}

// An IntermediatePath is when the robot expects to be where, as far as its sensors see.
type IntermediatePath struct {
	Polyline []Waypoint `json:"polyline"`
}

// A Waypoint ends a segment of an intermediate path.
type Waypoint struct {
	X     float64  `json:"x"`                                                          // m
	Y     float64  `json:"y"`                                                          // m
	Theta *float64 `json:"theta,omitempty" vda:"min=-3.14159265359,max=3.14159265359"` // rad
	ETA   Time     `json:"eta"`
}

// A MobileRobotPosition is the robot's pose on a map.
type MobileRobotPosition struct {
	X                 float64  `json:"x"`                                                // m
	Y                 float64  `json:"y"`                                                // m
	Theta             float64  `json:"theta" vda:"min=-3.14159265359,max=3.14159265359"` // rad
	MapID             string   `json:"mapId"`
	Localized         bool     `json:"localized"` // false: the pose cannot be trusted
	LocalizationScore *float64 `json:"localizationScore,omitempty" vda:"min=0,max=1"`
	DeviationRange    *float64 `json:"deviationRange,omitempty" vda:"min=0"` // m
}

// Velocity in the robot's own frame.
type Velocity struct {
	VX    *float64 `json:"vx,omitempty"`    // m/s
	VY    *float64 `json:"vy,omitempty"`    // m/s
	Omega *float64 `json:"omega,omitempty"` // rad/s
}

// A Load that the robot carries.
type Load struct {
	LoadID               string                `json:"loadId,omitempty"`
	LoadType             string                `json:"loadType,omitempty"`
	LoadPosition         string                `json:"loadPosition,omitempty"`
	BoundingBoxReference *BoundingBoxReference `json:"boundingBoxReference,omitempty"`
	LoadDimensions       *LoadDimensions       `json:"loadDimensions,omitempty"`
	Weight               *float64              `json:"weight,omitempty" vda:"min=0"` // kg
}

// A BoundingBoxReference is the middle of a load's bottom in the robot's frame, m and rad.
type BoundingBoxReference struct {
	X     float64  `json:"x"`
	Y     float64  `json:"y"`
	Z     float64  `json:"z"`
	Theta *float64 `json:"theta,omitempty"`
}

// LoadDimensions of a bounding box, m.
type LoadDimensions struct {
	Length float64  `json:"length" vda:"min=0"`
	Width  float64  `json:"width" vda:"min=0"`
	Height *float64 `json:"height,omitempty" vda:"min=0"`
}

// A ZoneRequest asks the fleet to let the robot into a zone, or to replan in one (section 6.4.3).
type ZoneRequest struct {
	RequestID     string          `json:"requestId" vda:"nonempty"`
	RequestType   ZoneRequestType `json:"requestType"`
	ZoneID        string          `json:"zoneId" vda:"nonempty"`
	ZoneSetID     string          `json:"zoneSetId" vda:"nonempty"`
	RequestStatus RequestStatus   `json:"requestStatus"`
	Trajectory    *Trajectory     `json:"trajectory,omitempty"`
}

// An EdgeRequest asks the fleet for the use of an edge's corridor (section 6.6.10).
type EdgeRequest struct {
	RequestID     string          `json:"requestId" vda:"nonempty"`
	RequestType   EdgeRequestType `json:"requestType"`
	EdgeID        string          `json:"edgeId" vda:"nonempty"`
	SequenceID    uint32          `json:"sequenceId"`
	RequestStatus RequestStatus   `json:"requestStatus"`
}

// An ActionState is how far an action has come (section 6.6.9).
type ActionState struct {
	ActionID         string       `json:"actionId" vda:"nonempty"`
	ActionType       string       `json:"actionType,omitempty"`
	ActionDescriptor string       `json:"actionDescriptor,omitempty"`
	ActionStatus     ActionStatus `json:"actionStatus"`
	ActionResult     string       `json:"actionResult,omitempty"`
}

// A PowerSupply is the battery.
type PowerSupply struct {
	StateOfCharge  float64  `json:"stateOfCharge" vda:"min=0,max=100"`           // %
	BatteryVoltage *float64 `json:"batteryVoltage,omitempty"`                    // V
	BatteryCurrent *float64 `json:"batteryCurrent,omitempty"`                    // A
	BatteryHealth  *float64 `json:"batteryHealth,omitempty" vda:"min=0,max=100"` // %
	Charging       bool     `json:"charging"`
	Range          *float64 `json:"range,omitempty" vda:"min=0"` // m
}

// An Error is active as long as it is in the state (section 6.6.5).
type Error struct {
	ErrorType                    ErrorType        `json:"errorType" vda:"nonempty"`
	ErrorReferences              []ErrorReference `json:"errorReferences,omitzero"`
	ErrorDescription             string           `json:"errorDescription,omitempty"`
	ErrorDescriptionTranslations []Translation    `json:"errorDescriptionTranslations,omitzero"`
	ErrorHint                    string           `json:"errorHint,omitempty"`
	ErrorHintTranslations        []Translation    `json:"errorHintTranslations,omitzero"`
	ErrorLevel                   ErrorLevel       `json:"errorLevel"`
}

// An ErrorReference helps to find an error's cause: a node, an action, a field.
type ErrorReference struct {
	ReferenceKey   string `json:"referenceKey"`
	ReferenceValue string `json:"referenceValue"`
}

// A Translation of a text into the language of an ISO 639-1 code.
type Translation struct {
	TranslationKey   string `json:"translationKey"`
	TranslationValue string `json:"translationValue"`
}

// An Info is for people and for debugging, never for logic (section 6.6.4).
type Info struct {
	InfoType       string           `json:"infoType" vda:"nonempty"`
	InfoReferences []ErrorReference `json:"infoReferences,omitzero"`
	InfoDescriptor string           `json:"infoDescriptor,omitempty"`
	InfoLevel      InfoLevel        `json:"infoLevel"`
}

// A SafetyState is what the safety controller says.
type SafetyState struct {
	ActiveEmergencyStop EmergencyStop `json:"activeEmergencyStop"`
	FieldViolation      bool          `json:"fieldViolation"`
}

// A Visualization is the position more often than the state has it (section 7.9). Robot to fleet.
type Visualization struct {
	Header
	ReferenceStateHeaderID uint32               `json:"referenceStateHeaderId"`
	PlannedPath            *PlannedPath         `json:"plannedPath,omitempty"`
	IntermediatePath       *IntermediatePath    `json:"intermediatePath,omitempty"`
	MobileRobotPosition    *MobileRobotPosition `json:"mobileRobotPosition,omitempty"`
	Velocity               *Velocity            `json:"velocity,omitempty"`
}

// Kind is "visualization".
func (*Visualization) Kind() string { return KindVisualization }

// A Connection says whether the robot is there; QoS 1, retained, and the last will (section 6.5).
type Connection struct {
	Header
	ConnectionState ConnectionState `json:"connectionState"`
}

// Kind is "connection".
func (*Connection) Kind() string { return KindConnection }
