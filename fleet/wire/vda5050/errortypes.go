package vda5050

// An ErrorType names an error; the enumeration is open, a maker may add his own.
type ErrorType string

// The predefined error types (table 9 of section 6.6.5.4, and section 7.8 for the last).
const (
	UnsupportedParameter       ErrorType = "UNSUPPORTED_PARAMETER"
	NoOrderToCancel            ErrorType = "NO_ORDER_TO_CANCEL"
	ValidationFailure          ErrorType = "VALIDATION_FAILURE"
	InvalidOrderAction         ErrorType = "INVALID_ORDER_ACTION"
	InvalidInstantAction       ErrorType = "INVALID_INSTANT_ACTION"
	OutdatedOrderUpdate        ErrorType = "OUTDATED_ORDER_UPDATE"
	SameOrderUpdateID          ErrorType = "SAME_ORDER_UPDATE_ID"
	OrderUpdateFollowingCancel ErrorType = "ORDER_UPDATE_FOLLOWING_CANCEL"
	OutsideOfCorridor          ErrorType = "OUTSIDE_OF_CORRIDOR"
	InsufficientMemory         ErrorType = "INSUFFICIENT_MEMORY"
	DuplicateMap               ErrorType = "DUPLICATE_MAP"
	BlockedZoneViolation       ErrorType = "BLOCKED_ZONE_VIOLATION"
	DuplicateZoneSet           ErrorType = "DUPLICATE_ZONE_SET"
	ReleaseLost                ErrorType = "RELEASE_LOST"
	ZoneActionConflict         ErrorType = "ZONE_ACTION_CONFLICT"
	NodeUnreachable            ErrorType = "NODE_UNREACHABLE"
	LocalizationError          ErrorType = "LOCALIZATION_ERROR"
	NoRouteToTarget            ErrorType = "NO_ROUTE_TO_TARGET"
	OtherOrderActive           ErrorType = "OTHER_ORDER_ACTIVE"
	StartNodeOutOfRange        ErrorType = "START_NODE_OUT_OF_RANGE"
	MobileRobotNotAvailable    ErrorType = "MOBILE_ROBOT_NOT_AVAILABLE"
	UnknownMapID               ErrorType = "UNKNOWN_MAP_ID"
	InstantActionStatesFull    ErrorType = "INSTANT_ACTION_STATES_FULL"
)

// Level is the level that table 9 gives a predefined error; ok is false for any other.
func (t ErrorType) Level() (l ErrorLevel, ok bool) {
	switch t {
	case UnsupportedParameter, OutsideOfCorridor, BlockedZoneViolation, ReleaseLost, ZoneActionConflict, NodeUnreachable:
		return LevelCritical, true
	case LocalizationError:
		return LevelFatal, true
	case InsufficientMemory, InstantActionStatesFull:
		return LevelUrgent, true
	case NoOrderToCancel, ValidationFailure, InvalidOrderAction, InvalidInstantAction, OutdatedOrderUpdate,
		SameOrderUpdateID, OrderUpdateFollowingCancel, DuplicateMap, DuplicateZoneSet, NoRouteToTarget,
		OtherOrderActive, StartNodeOutOfRange, MobileRobotNotAvailable, UnknownMapID:
		return LevelWarning, true
	}
	return "", false
}
