package vda5050

// enumerated types know all values that the schemas allow.
type enumerated interface{ values() []string }

// A BlockingType says what may happen while an action runs (section 6.2.2).
type BlockingType string

// The values of BlockingType.
const (
	BlockingNone   BlockingType = "NONE"   // driving and other actions
	BlockingSoft   BlockingType = "SOFT"   // other actions, no driving
	BlockingSingle BlockingType = "SINGLE" // driving, no other action
	BlockingHard   BlockingType = "HARD"   // nothing else
)

func (BlockingType) values() []string {
	return []string{"NONE", "SOFT", "SINGLE", "HARD"}
}

// An OrientationType says against what an edge's orientation is measured.
type OrientationType string

// The values of OrientationType.
const (
	OrientationGlobal     OrientationType = "GLOBAL"     // the map
	OrientationTangential OrientationType = "TANGENTIAL" // the trajectory: 0 forwards, π backwards
)

func (OrientationType) values() []string {
	return []string{"GLOBAL", "TANGENTIAL"}
}

// A CorridorReferencePoint is what of the robot must stay in a corridor.
type CorridorReferencePoint string

// The values of CorridorReferencePoint.
const (
	CorridorKinematicCenter CorridorReferencePoint = "KINEMATIC_CENTER"
	CorridorContour         CorridorReferencePoint = "CONTOUR"
)

func (CorridorReferencePoint) values() []string {
	return []string{"KINEMATIC_CENTER", "CONTOUR"}
}

// A CorridorReleaseBehavior is what a robot does when its corridor is taken back.
type CorridorReleaseBehavior string

// The values of CorridorReleaseBehavior.
const (
	CorridorLossStop   CorridorReleaseBehavior = "STOP"
	CorridorLossReturn CorridorReleaseBehavior = "RETURN"
)

func (CorridorReleaseBehavior) values() []string {
	return []string{"STOP", "RETURN"}
}

// A ZoneReleaseBehavior is what a robot does when its RELEASE zone is taken back.
type ZoneReleaseBehavior string

// The values of ZoneReleaseBehavior.
const (
	ZoneLossStop     ZoneReleaseBehavior = "STOP"
	ZoneLossContinue ZoneReleaseBehavior = "CONTINUE"
	ZoneLossEvacuate ZoneReleaseBehavior = "EVACUATE"
)

func (ZoneReleaseBehavior) values() []string {
	return []string{"STOP", "CONTINUE", "EVACUATE"}
}

// A MapStatus of a map or zone set on a robot.
type MapStatus string

// The values of MapStatus.
const (
	MapEnabled  MapStatus = "ENABLED"
	MapDisabled MapStatus = "DISABLED"
)

func (MapStatus) values() []string {
	return []string{"ENABLED", "DISABLED"}
}

// An ActionStatus is the stage of an action (table 12).
type ActionStatus string

// The values of ActionStatus.
const (
	ActionWaiting      ActionStatus = "WAITING" // its node or edge is not reached yet
	ActionInitializing ActionStatus = "INITIALIZING"
	ActionRunning      ActionStatus = "RUNNING"
	ActionPaused       ActionStatus = "PAUSED"
	ActionRetriable    ActionStatus = "RETRIABLE" // failed, may be retried
	ActionFinished     ActionStatus = "FINISHED"
	ActionFailed       ActionStatus = "FAILED"
)

func (ActionStatus) values() []string {
	return []string{"WAITING", "INITIALIZING", "RUNNING", "PAUSED", "RETRIABLE", "FINISHED", "FAILED"}
}

// An OperatingMode says who is in control (section 6.6.6).
type OperatingMode string

// The values of OperatingMode.
const (
	ModeStartup       OperatingMode = "STARTUP"
	ModeAutomatic     OperatingMode = "AUTOMATIC"
	ModeSemiautomatic OperatingMode = "SEMIAUTOMATIC"
	ModeIntervened    OperatingMode = "INTERVENED"
	ModeManual        OperatingMode = "MANUAL"
	ModeService       OperatingMode = "SERVICE"
	ModeTeachIn       OperatingMode = "TEACH_IN"
)

func (OperatingMode) values() []string {
	return []string{"STARTUP", "AUTOMATIC", "SEMIAUTOMATIC", "INTERVENED", "MANUAL", "SERVICE", "TEACH_IN"}
}

// An ErrorLevel grades an error (section 6.6.5.1).
type ErrorLevel string

// The values of ErrorLevel.
const (
	LevelWarning  ErrorLevel = "WARNING"  // the order goes on
	LevelUrgent   ErrorLevel = "URGENT"   // the order goes on; look at once
	LevelCritical ErrorLevel = "CRITICAL" // the order cannot go on, a new one can
	LevelFatal    ErrorLevel = "FATAL"    // needs a person
)

func (ErrorLevel) values() []string {
	return []string{"WARNING", "URGENT", "CRITICAL", "FATAL"}
}

// An InfoLevel grades an information.
type InfoLevel string

// The values of InfoLevel.
const (
	InfoInfo  InfoLevel = "INFO"
	InfoDebug InfoLevel = "DEBUG"
)

func (InfoLevel) values() []string {
	return []string{"INFO", "DEBUG"}
}

// An EmergencyStop says where an emergency stop must be acknowledged.
type EmergencyStop string

// The values of EmergencyStop.
const (
	EStopManual EmergencyStop = "MANUAL" // on the robot
	EStopRemote EmergencyStop = "REMOTE" // at the facility
	EStopNone   EmergencyStop = "NONE"   // no stop is active
)

func (EmergencyStop) values() []string {
	return []string{"MANUAL", "REMOTE", "NONE"}
}

// A ConnectionState of a robot at its broker.
type ConnectionState string

// The values of ConnectionState.
const (
	ConnectionOnline      ConnectionState = "ONLINE"
	ConnectionOffline     ConnectionState = "OFFLINE"           // left in good order
	ConnectionHibernating ConnectionState = "HIBERNATING"       // there, but silent
	ConnectionBroken      ConnectionState = "CONNECTION_BROKEN" // the last will
)

func (ConnectionState) values() []string {
	return []string{"ONLINE", "OFFLINE", "HIBERNATING", "CONNECTION_BROKEN"}
}

// A RequestStatus of a zone or edge request.
type RequestStatus string

// The values of RequestStatus.
const (
	RequestRequested RequestStatus = "REQUESTED"
	RequestGranted   RequestStatus = "GRANTED"
	RequestRevoked   RequestStatus = "REVOKED"
	RequestExpired   RequestStatus = "EXPIRED"
)

func (RequestStatus) values() []string {
	return []string{"REQUESTED", "GRANTED", "REVOKED", "EXPIRED"}
}

// A ZoneRequestType is what a zone request asks for.
type ZoneRequestType string

// The values of ZoneRequestType.
const (
	ZoneRequestAccess     ZoneRequestType = "ACCESS"
	ZoneRequestReplanning ZoneRequestType = "REPLANNING"
)

func (ZoneRequestType) values() []string {
	return []string{"ACCESS", "REPLANNING"}
}

// An EdgeRequestType is what an edge request asks for.
type EdgeRequestType string

// The values of EdgeRequestType.
const (
	EdgeRequestCorridor EdgeRequestType = "CORRIDOR"
)

func (EdgeRequestType) values() []string {
	return []string{"CORRIDOR"}
}

// A GrantType answers a request.
type GrantType string

// The values of GrantType.
const (
	GrantGranted  GrantType = "GRANTED"
	GrantQueued   GrantType = "QUEUED"
	GrantRevoked  GrantType = "REVOKED"
	GrantRejected GrantType = "REJECTED"
)

func (GrantType) values() []string {
	return []string{"GRANTED", "QUEUED", "REVOKED", "REJECTED"}
}

// A ZoneType is what a zone does (section 6.4.1).
type ZoneType string

// The values of ZoneType.
const (
	ZoneTypeBlocked               ZoneType = "BLOCKED"
	ZoneTypeLineGuided            ZoneType = "LINE_GUIDED"
	ZoneTypeRelease               ZoneType = "RELEASE"
	ZoneTypeCoordinatedReplanning ZoneType = "COORDINATED_REPLANNING"
	ZoneTypeSpeedLimit            ZoneType = "SPEED_LIMIT"
	ZoneTypeAction                ZoneType = "ACTION"
	ZoneTypePriority              ZoneType = "PRIORITY"
	ZoneTypePenalty               ZoneType = "PENALTY"
	ZoneTypeDirected              ZoneType = "DIRECTED"
	ZoneTypeBidirected            ZoneType = "BIDIRECTED"
)

func (ZoneType) values() []string {
	return []string{"BLOCKED", "LINE_GUIDED", "RELEASE", "COORDINATED_REPLANNING", "SPEED_LIMIT", "ACTION", "PRIORITY", "PENALTY", "DIRECTED", "BIDIRECTED"}
}

// A DirectedLimitation is how strictly a DIRECTED zone holds.
type DirectedLimitation string

// The values of DirectedLimitation.
const (
	DirectedSoft       DirectedLimitation = "SOFT"
	DirectedRestricted DirectedLimitation = "RESTRICTED"
	DirectedStrict     DirectedLimitation = "STRICT"
)

func (DirectedLimitation) values() []string {
	return []string{"SOFT", "RESTRICTED", "STRICT"}
}

// A BidirectedLimitation is how strictly a BIDIRECTED zone holds.
type BidirectedLimitation string

// The values of BidirectedLimitation.
const (
	BidirectedSoft       BidirectedLimitation = "SOFT"
	BidirectedRestricted BidirectedLimitation = "RESTRICTED"
)

func (BidirectedLimitation) values() []string {
	return []string{"SOFT", "RESTRICTED"}
}

// A Support says how far a robot supports an optional parameter.
type Support string

// The values of Support.
const (
	SupportSupported Support = "SUPPORTED"
	SupportRequired  Support = "REQUIRED"
)

func (Support) values() []string {
	return []string{"SUPPORTED", "REQUIRED"}
}

// An ActionScope is where an action may be used.
type ActionScope string

// The values of ActionScope.
const (
	ScopeInstant ActionScope = "INSTANT"
	ScopeNode    ActionScope = "NODE"
	ScopeEdge    ActionScope = "EDGE"
	ScopeZone    ActionScope = "ZONE"
)

func (ActionScope) values() []string {
	return []string{"INSTANT", "NODE", "EDGE", "ZONE"}
}

// A ValueDataType of an action parameter.
type ValueDataType string

// The values of ValueDataType.
const (
	ValueBool    ValueDataType = "BOOL"
	ValueNumber  ValueDataType = "NUMBER"
	ValueInteger ValueDataType = "INTEGER"
	ValueString  ValueDataType = "STRING"
	ValueObject  ValueDataType = "OBJECT"
	ValueArray   ValueDataType = "ARRAY"
)

func (ValueDataType) values() []string {
	return []string{"BOOL", "NUMBER", "INTEGER", "STRING", "OBJECT", "ARRAY"}
}
