// Package wire is what Nightrounds says across the broker beside VDA 5050: observations, the pictures that prove
// them, and the receipts that let a robot forget. Sub-package vda5050 holds the standard's own messages; schema/
// holds a JSON Schema for each message of ours, which the tests hold every message to.
//
// It decides nothing and connects to nothing.
package wire

import (
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// Version is the version of our own messages; it is a level of their topics.
const Version = "v1"

// MaxPayload is the largest MQTT payload that the site's broker takes, in bytes: a larger one costs the connection.
const MaxPayload = 8 << 20

// An Observation is what one look at one viewpoint measured. Topic: .../observation, QoS 1.
type Observation struct {
	Manufacturer string    `json:"manufacturer"`
	SerialNumber string    `json:"serialNumber"`
	Seq          uint64    `json:"seq"` // from 1, per robot, without gaps
	At           time.Time `json:"at"`  // of the look's middle
	OrderID      string    `json:"orderId"`
	ActionID     string    `json:"actionId"`
	SitePackage  string    `json:"sitePackage"` // content name of the site package it was judged by
	Hall         string    `json:"hall"`
	Viewpoint    string    `json:"viewpoint"`
	Rack         string    `json:"rack"`
	Face         maps.Face `json:"face"`
	// SecondLookOf is the seq of the look whose doubt this one settles; 0 for a first look.
	SecondLookOf uint64 `json:"secondLookOf,omitempty"`
	// Failed says why the look saw nothing ("vision process died", "2 of 6 tags: cannot tell the unit"); then only
	// the place and Air are set, and the viewpoint is not counted as looked at.
	Failed       string                      `json:"failed,omitempty"`
	Air          *vision.Air                 `json:"air,omitempty"`
	Registration vision.Registration         `json:"registration"`
	LEDs         []vision.LEDReading         `json:"leds"`
	Devices      []vision.TemperatureReading `json:"devices"`
	Units        []vision.TemperatureReading `json:"units"`
	Findings     []vision.Finding            `json:"findings"`
	Sightings    []vision.Sighting           `json:"sightings,omitempty"`
	Instruments  []vision.InstrumentReading  `json:"instruments,omitempty"`
	Evidence     []EvidenceRef               `json:"evidence"`
}

// An EvidenceRef names a picture by its content.
type EvidenceRef struct {
	SHA256    string `json:"sha256"` // lower-case hex
	Kind      string `json:"kind"`   // visual or thermal
	MediaType string `json:"mediaType"`
	Bytes     int    `json:"bytes"`
}

// A Receipt tells a robot what is safe. Topic: .../receipt, QoS 0, not retained.
type Receipt struct {
	At      time.Time `json:"at"`
	Seq     uint64    `json:"seq"`     // all observations up to and with it are durable
	Missing []string  `json:"missing"` // evidence named by durable observations that has not arrived
}
