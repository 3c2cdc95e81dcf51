// Package vda5050 holds the messages of VDA 5050 version 3.0.0, the interface between mobile robots and a fleet
// control: every field of the official JSON schemas, the codec, and the checks that both ends owe each other.
//
// It is strict about what it sends: [Marshal] refuses a message that lacks a required field, leaves an enumeration
// or a range, or names a node twice in a way that the specification forbids. It is tolerant of what it gets:
// [Unmarshal] ignores unknown fields and takes null for an absent optional one; what it must refuse it refuses with
// the path of the field. It holds no state and opens no connection.
//
// Units and frames are the specification's: metres, seconds, kilograms, radians counter-clockwise in [-π, π],
// x right and y up in the project's coordinate system, times in UTC.
//
// Where the schemas and the text of 3.0.0 disagree, the schema wins: an edge's limit of rotation is
// maxRotationSpeed (the text says maximumRotationSpeed), a factsheet's limit is actions.actionsParameters.
//
// Optional scalars are pointers where zero means something, optional arrays are absent when nil and [] when empty,
// required arrays are never null.
package vda5050
