package vda5050

import (
	"fmt"
	"math"
)

// The predefined action types (table 4 of section 6.2.3.1).
const (
	StartPause          = "startPause"
	StopPause           = "stopPause"
	StartHibernation    = "startHibernation"
	StopHibernation     = "stopHibernation"
	Shutdown            = "shutdown"
	StartCharging       = "startCharging"
	StopCharging        = "stopCharging"
	InitializePosition  = "initializePosition"
	EnableMap           = "enableMap"
	DownloadMap         = "downloadMap"
	DeleteMap           = "deleteMap"
	DownloadZoneSet     = "downloadZoneSet"
	EnableZoneSet       = "enableZoneSet"
	DeleteZoneSet       = "deleteZoneSet"
	ClearInstantActions = "clearInstantActions"
	ClearZoneActions    = "clearZoneActions"
	StateRequest        = "stateRequest"
	LogReport           = "logReport"
	Pick                = "pick"
	Drop                = "drop"
	DetectObject        = "detectObject"
	FinePositioning     = "finePositioning"
	WaitForTrigger      = "waitForTrigger"
	Trigger             = "trigger"
	Retry               = "retry"
	SkipRetry           = "skipRetry"
	CancelOrder         = "cancelOrder"
	FactsheetRequest    = "factsheetRequest"
	UpdateCertificate   = "updateCertificate"
)

// Inspect is our own action: stand at a node, look at a rack face from one viewpoint of the site package.
const Inspect = "inspect"

// A Reason says why an inspection was asked for.
type Reason string

// The reasons of an inspection.
const (
	ReasonPatrol       Reason = "patrol"
	ReasonInspection   Reason = "inspection"
	ReasonVerification Reason = "verification"
	ReasonSecondLook   Reason = "second-look"
)

// InspectAction is an inspection of a viewpoint; nothing else may happen meanwhile. An empty reason is left out.
func InspectAction(actionID, viewpoint string, reason Reason) Action {
	a := Action{
		ActionType: Inspect, ActionID: actionID, BlockingType: BlockingHard,
		ActionParameters: []ActionParameter{{Key: "viewpoint", Value: viewpoint}},
	}
	if reason != "" {
		a.ActionParameters = append(a.ActionParameters, ActionParameter{Key: "reason", Value: string(reason)})
	}
	return a
}

// InspectParams reads what InspectAction wrote; without a reason it is a patrol.
func InspectParams(a Action) (viewpoint string, reason Reason, err error) {
	if a.ActionType != Inspect {
		return "", "", fmt.Errorf("action %s is %q, not %q", a.ActionID, a.ActionType, Inspect)
	}
	viewpoint, ok := a.Text("viewpoint")
	if !ok || viewpoint == "" {
		return "", "", fmt.Errorf("action %s: parameter viewpoint must be a string that names a viewpoint", a.ActionID)
	}
	if _, given := a.Parameter("reason"); !given {
		return viewpoint, ReasonPatrol, nil
	}
	text, _ := a.Text("reason")
	switch r := Reason(text); r {
	case ReasonPatrol, ReasonInspection, ReasonVerification, ReasonSecondLook:
		return viewpoint, r, nil
	}
	return "", "", fmt.Errorf("action %s: parameter reason %q is not patrol, inspection, verification or second-look", a.ActionID, text)
}

// InspectFactsheet declares the action in a robot's factsheet. A look can neither be paused nor cancelled: it is short.
func InspectFactsheet() MobileRobotAction {
	return MobileRobotAction{
		ActionType:        Inspect,
		ActionDescription: "Looks at a rack face from a viewpoint of the site package and sends an observation.",
		ActionScopes:      []ActionScope{ScopeNode},
		ActionParameters: []ActionParameterSpec{
			{Key: "viewpoint", ValueDataType: ValueString, Description: "id of the viewpoint in the site package"},
			{Key: "reason", ValueDataType: ValueString, Description: "patrol, inspection, verification or second-look", IsOptional: new(true)},
		},
		ActionResult:  "seq of the observation",
		BlockingTypes: []BlockingType{BlockingHard},
	}
}

// Instant is an instant action with text parameters, given as key, value, key, value.
func Instant(actionType, actionID string, keyValues ...string) Action {
	a := Action{ActionType: actionType, ActionID: actionID, BlockingType: BlockingNone}
	for i := 0; i+1 < len(keyValues); i += 2 {
		a.ActionParameters = append(a.ActionParameters, ActionParameter{Key: keyValues[i], Value: keyValues[i+1]})
	}
	return a
}

// Parameter is the value of the first parameter with that key.
func (a Action) Parameter(key string) (value any, ok bool) {
	for _, p := range a.ActionParameters {
		if p.Key == key {
			return p.Value, true
		}
	}
	return nil, false
}

// Text is a parameter that is a string; ok is false when it is absent or of another type.
func (a Action) Text(key string) (s string, ok bool) {
	v, _ := a.Parameter(key)
	s, ok = v.(string)
	return s, ok
}

// Number is a parameter that is a finite number; ok is false when it is absent or of another type.
func (a Action) Number(key string) (f float64, ok bool) {
	v, _ := a.Parameter(key)
	switch n := v.(type) {
	case float64:
		f, ok = n, true
	case int:
		f, ok = float64(n), true
	}
	return f, ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// Bool is a parameter that is true or false; ok is false when it is absent or of another type.
func (a Action) Bool(key string) (b, ok bool) {
	v, _ := a.Parameter(key)
	b, ok = v.(bool)
	return b, ok
}
