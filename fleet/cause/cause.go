// Package cause finds the cause of findings: from what robots and others saw, what was looked at and found in order, and the
// site's topology, it ranks what may be behind it, says what speaks for and against each, and which look would tell the
// best two apart.
//
// The model is a Bayesian network of two layers, causes above and signs below, near to noisy-OR (Pearl, Probabilistic Reasoning
// in Intelligent Systems, 1988, section 4.3.2; Henrion's leak is the false alarm of the eyes): of several active causes, the
// one that explains a sign best is credited with it. A cause
// makes each of its symptoms with a probability that depends on the kinds of both and on how their places are related; the
// eyes then see a symptom, or not, as they were measured to. In order counts too: a sign that a cause would have made and
// that a look did not find speaks against the cause. All of it is pure: no clock, no network, no state.
package cause

import (
	"github.com/nightrounds/nightrounds/maps"
)

// A Kind is a kind of cause.
type Kind string

// The kinds of causes.
const (
	DriveFailed    Kind = "drive-failed"
	FanFailed      Kind = "fan-failed"
	PSUFailed      Kind = "psu-failed"
	PartFailed     Kind = "part-failed" // any other part that has a light of its own
	DeviceOff      Kind = "device-off"
	DeviceHot      Kind = "device-hot" // its own heat: load, dust, a blocked filter
	MachineAlarm   Kind = "machine-alarm"
	LightBroken    Kind = "light-broken"
	DeviceMoved    Kind = "device-moved"
	DeviceRemoved  Kind = "device-removed"
	Unrecorded     Kind = "device-unrecorded"
	OutletLost     Kind = "outlet-lost"
	PDULost        Kind = "pdu-lost"
	PhaseLost      Kind = "phase-lost"
	FeedLost       Kind = "feed-lost"
	UPSLost        Kind = "ups-lost"
	OnBattery      Kind = "ups-on-battery"
	CoolingFailed  Kind = "cooling-failed"
	CoolingWeak    Kind = "cooling-weak" // a fan or valve of a cooling unit
	LoopWarm       Kind = "loop-warm"    // the plant behind a loop
	LoopLeak       Kind = "loop-leak"
	LoopPump       Kind = "loop-pump" // pressure or flow without a leak
	PanelGone      Kind = "panel-missing"
	DoorOpen       Kind = "door-open"
	Recirculation  Kind = "recirculation"
	Spill          Kind = "spill" // liquid that comes from no loop: poured, dripped, or out of the air
	CableFault     Kind = "cable-fault"
	SwitchDown     Kind = "switch-down"
	UplinkLost     Kind = "uplink-lost"
	GaugeBroken    Kind = "gauge-broken"
	LensDirty      Kind = "lens-dirty"
	Misregistered  Kind = "look-misregistered"
	Reflection     Kind = "reflection"
	AirSensorDrift Kind = "air-sensor-drift"
)

// A Cause is a kind at a place; fields that its kind has no use for are empty. It is comparable: two equal causes are one.
type Cause struct {
	Kind   Kind      `json:"kind"`
	Hall   string    `json:"hall,omitempty"`
	Rack   string    `json:"rack,omitempty"`
	Face   maps.Face `json:"face,omitempty"`
	Unit   int       `json:"unit,omitempty"`
	Device string    `json:"device,omitempty"`
	Part   string    `json:"part,omitempty"`   // light or port of the device; of a phase: L1, L2, L3
	Supply string    `json:"supply,omitempty"` // PDU, feed, UPS, cooling unit or loop
	Robot  string    `json:"robot,omitempty"`
	Look   string    `json:"look,omitempty"` // of one robot, where one look is at fault
}

// Artefact says whether the cause lies in the eyes and not in the hall: nobody need be called to the racks for it.
func (c Cause) Artefact() bool {
	switch c.Kind {
	case LensDirty, Misregistered, Reflection, AirSensorDrift:
		return true
	}
	return false
}

// Shared says whether the cause may have symptoms at several devices.
func (c Cause) Shared() bool {
	return c.Supply != "" || c.Kind == SwitchDown || c.Kind == Recirculation || c.Robot != ""
}

// A Hypothesis is a cause with its probability, and what speaks for and against it, in sentences for an operator.
type Hypothesis struct {
	Cause
	Probability float64  `json:"probability"` // given that there is any cause: see Group.Real
	What        string   `json:"what"`        // the cause in words
	For         []string `json:"for"`
	Against     []string `json:"against"`
	Reports     int      `json:"reports,omitempty"` // of machines and the building that bear on it
}

// A Group is signs that have one cause, and what that may be, the most probable first.
type Group struct {
	Ranked []Hypothesis `json:"ranked"`
	// Symptoms are the signs that the best one explains.
	Symptoms []Sign `json:"symptoms"`
	// Real is the probability that there is a cause in the hall, and not in the eyes: neither a mistake nor a robot at fault.
	Real float64 `json:"real"`
}
