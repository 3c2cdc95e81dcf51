// Package sample holds what goes wrong in the sample site of package maps. It knows the devices by name only.
package sample

import _ "embed" // for the script

//go:embed incidents.yaml
var incidents string

// Incidents is the script, for sim.ParseIncidents.
func Incidents() []byte { return []byte(incidents) }
