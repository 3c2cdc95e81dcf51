// Package machine is what the machines and the building know of a suspicion: what a site declares of whom to ask
// (machines.yaml), what to ask for which suspicion, and what an answer says for or against which cause.
//
// It is rules and types only: no network, no clock. Its sub-packages speak the protocols, package ask asks them all at once.
package machine

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// A Question is a suspicion: whose machines are asked, and since when what they noted matters.
type Question struct {
	// Devices, Racks and Supplies (cooling units, loops, feeds, PDUs, UPS) are those that the causes would change.
	Devices  []string      `json:"devices,omitempty"`
	Racks    []string      `json:"racks,omitempty"`
	Supplies []string      `json:"supplies,omitempty"`
	Causes   []cause.Cause `json:"causes"` // that are weighed
	Since    time.Time     `json:"since"`  // what a log says of before is no news
}

// Evidence is one thing that one source says.
type Evidence struct {
	Source   string    `json:"source"`         // as machines.yaml names it
	At       time.Time `json:"at"`             // when it was so, as far as the source says; else when it was read
	Rack     string    `json:"rack,omitempty"` // that it is about, where it is about a rack
	Quantity string    `json:"quantity"`
	Value    float64   `json:"value"`
	Unit     string    `json:"unit,omitempty"`
	// Sign is what package cause takes; without a Thing it says nothing that a cause is weighed by.
	Sign cause.Sign `json:"sign"`
	Says string     `json:"says"` // a sentence for people
	// Via is the kind of source: redfish, snmp, modbus, prometheus or mqtt; empty of what follows from several.
	Via   string    `json:"via,omitempty"`
	Bears []Bearing `json:"bears,omitempty"`
}

// A Bearing is what a piece of evidence says of one cause. A Ratio above 1 speaks for it, one below 1 against: how much more
// probable the evidence is with the cause than without any.
type Bearing struct {
	Cause cause.Cause `json:"cause"`
	Ratio float64     `json:"ratio"`
}

// The kinds of sources.
const (
	ViaRedfish    = "redfish"
	ViaSNMP       = "snmp"
	ViaModbus     = "modbus"
	ViaPrometheus = "prometheus"
	ViaMQTT       = "mqtt"
)

// A Silence is a source that was asked and gave no answer.
type Silence struct {
	Source string `json:"source"`
	Why    string `json:"why"`
}

// An Answer is all that was learnt of a question.
type Answer struct {
	Question
	Evidence []Evidence `json:"evidence"`
	Silent   []Silence  `json:"silent,omitempty"`
}

// Signs are what of the answer package cause takes.
func (a Answer) Signs() []cause.Sign {
	var out []cause.Sign
	for _, e := range a.Evidence {
		if e.Sign.Thing != "" {
			out = append(out, e.Sign)
		}
	}
	return out
}

// Weighed is evidence with what it says of each of some causes, where it says anything.
func Weighed(t *cause.Topology, causes []cause.Cause, all []Evidence) []Evidence {
	out := make([]Evidence, len(all))
	for i, e := range all {
		e.Bears = nil
		for _, c := range causes {
			if r := t.Ratio(c, e.Sign); e.Sign.Thing != "" && (r < 0.99 || r > 1.01) {
				e.Bears = append(e.Bears, Bearing{c, r})
			}
		}
		out[i] = e
	}
	return out
}
