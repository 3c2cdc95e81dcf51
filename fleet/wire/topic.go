package wire

import (
	"fmt"
	"strings"
)

// A RobotID is a robot's identity as in VDA 5050; neither part holds '/', '+', '#', ' ' or is empty.
type RobotID struct {
	Manufacturer string `json:"manufacturer"`
	SerialNumber string `json:"serialNumber"`
}

// String is the identity as people and the API write it: manufacturer/serial.
func (r RobotID) String() string { return r.Manufacturer + "/" + r.SerialNumber }

// ClientID is the only MQTT client ID that the robot may use. A '.' is not allowed in one, so it becomes '_'.
func (r RobotID) ClientID() string {
	return strings.ReplaceAll(r.Manufacturer+"_"+r.SerialNumber, ".", "_")
}

// The kinds of our own messages.
const (
	KindObservation = "observation"
	KindReceipt     = "receipt"
	// KindAlarm is what a fire panel says; it stands where a robot does, with Panels as its manufacturer.
	KindAlarm = "alarm"
	// KindPortal is what a door's, lift's or airlock's control says it is, KindPortalAsk what it is asked: {"open": true}.
	KindPortal    = "portal"
	KindPortalAsk = "ask"
	// SensorPrefix and a path of the building's own make the kind of what the building says of itself; it stands where a robot
	// does, with Buildings as its manufacturer.
	SensorPrefix = "sensor/"
	// EvidencePrefix and the picture's SHA-256 make the kind of a picture.
	EvidencePrefix = "evidence/"
)

// Panels is the manufacturer under which fire panels, and whatever else raises alarms, have their topics and logins; no robot
// is enrolled with it.
const Panels = "nightrounds-panel"

// Panel is a panel of that name.
func Panel(name string) RobotID { return RobotID{Manufacturer: Panels, SerialNumber: name} }

// Buildings is the manufacturer under which the building's own sensors have their topics and logins; no robot is of it.
const Buildings = "nightrounds-building"

// Building is what speaks for the building's sensors, under that name.
func Building(name string) RobotID { return RobotID{Manufacturer: Buildings, SerialNumber: name} }

// PortalMaker is the manufacturer under which the controls of portals stand in topics and logins; no robot is of it.
const PortalMaker = "nightrounds-portal"

// Portal is the identity of a portal's control.
func Portal(id string) RobotID { return RobotID{Manufacturer: PortalMaker, SerialNumber: id} }

// VDATopic is the VDA 5050 topic of a message kind (order, state, ...; VDA 5050 3.0, section 6.2).
func VDATopic(site string, r RobotID, kind string) string {
	return fmt.Sprintf("%s/v3/%s/%s/%s", site, r.Manufacturer, r.SerialNumber, kind)
}

// Topic is the topic of one of our own messages: observation, evidence/{sha256}, receipt.
func Topic(site string, r RobotID, kind string) string {
	return fmt.Sprintf("%s/nightrounds/%s/%s/%s/%s", site, Version, r.Manufacturer, r.SerialNumber, kind)
}

// ParseTopic takes apart a topic of either family. Kind may hold a '/', as evidence/{sha256} does; vda is true for
// VDA 5050's own.
func ParseTopic(topic string) (site string, r RobotID, kind string, vda bool, err error) {
	p := strings.Split(topic, "/")
	switch {
	case len(p) >= 6 && p[1] == "nightrounds" && p[2] == Version:
		return p[0], RobotID{p[3], p[4]}, strings.Join(p[5:], "/"), false, nil
	case len(p) == 5 && p[1] == "v3":
		return p[0], RobotID{p[2], p[3]}, p[4], true, nil
	}
	return "", RobotID{}, "", false, fmt.Errorf("topic %q: neither {site}/v3/{manufacturer}/{serial}/{kind} nor {site}/nightrounds/%s/{manufacturer}/{serial}/{kind}", topic, Version)
}

// Check says why an identity cannot be part of a topic.
func (r RobotID) Check() error {
	for _, p := range []struct{ name, value string }{{"manufacturer", r.Manufacturer}, {"serialNumber", r.SerialNumber}} {
		if p.value == "" {
			return fmt.Errorf("%s: required, but empty", p.name)
		}
		if strings.ContainsAny(p.value, "/+# \x00") {
			return fmt.Errorf("%s: %.80q holds one of '/', '+', '#', ' ': not allowed in a topic", p.name, p.value)
		}
	}
	return nil
}
