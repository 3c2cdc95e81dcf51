package maps

import (
	"slices"
	"time"
)

// A PortalKind is what kind of thing stands on a robot's way and is not always open.
type PortalKind string

// The kinds of portal. In an airlock and in a lift is one robot at a time.
const (
	PortalDoor    PortalKind = "door"
	PortalLift    PortalKind = "lift"
	PortalAirlock PortalKind = "airlock"
)

// A Portal is a door on edges of a hall's route graph, with the control that opens it. An airlock, and a lift's car, has
// several, one for each of its doors, that name the same Room; where one control runs them all it may be a single Portal.
type Portal struct {
	ID    string // unique in the site
	Kind  PortalKind
	Room  string      // the airlock or car that it leads into; its own ID when it is all of it
	Edges [][2]string // the nodes at both ends; whichever way they lead
	// Inside is the node in the airlock or car, at which all edges of its Room meet; empty for a door, and where the room is
	// on its one edge.
	Inside   string
	OpensIn  time.Duration // from being asked until it is open
	Patience time.Duration // how long it may take before it counts as out of order
	// One of these is set.
	HTTP   *PortalHTTP
	MQTT   *PortalMQTT
	Modbus *PortalModbus
}

// Alone says whether one robot at a time may be in the portal.
func (p Portal) Alone() bool { return p.Kind == PortalLift || p.Kind == PortalAirlock }

// Leads says whether an edge leads through the portal.
func (p Portal) Leads(from, to string) bool {
	return slices.ContainsFunc(p.Edges, func(e [2]string) bool {
		return e == [2]string{from, to} || e == [2]string{to, from}
	})
}

// PortalHTTP is a control that is asked by a web service: {"open": true} by POST to Command, and a GET of State answers what it
// is, in JSON.
type PortalHTTP struct {
	Command, State string // addresses; State is Command's when not given
	PortalAnswer
	TokenEnv string // environment variable of the controller with the bearer token; empty: none is sent
}

// PortalMQTT is a control at the controller's own broker, which hears its own topic and says there what it is.
type PortalMQTT struct {
	PortalAnswer
}

// A PortalAnswer says how to read what a control answers.
type PortalAnswer struct {
	// Field names the member that says what the portal is, with dots into objects: "door.state"; empty: all of the answer.
	Field string
	// Values says what its values mean that are not open, closed, moving or fault themselves.
	Values map[string]string
}

// PortalModbus is a control that speaks Modbus TCP: a coil asks for it, discrete inputs say what it is.
type PortalModbus struct {
	Address string // tcp://host:port
	Unit    uint8
	Coil    uint16  // 1 asks for open
	IsOpen  uint16  // discrete input: open
	IsShut  *uint16 // discrete input: closed; nil: what is not open is closed
	IsFault *uint16 // discrete input: out of order; nil: it cannot tell
}
