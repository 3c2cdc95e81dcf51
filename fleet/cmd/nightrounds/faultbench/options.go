// Package faultbench measures what the controller claims of faults: whether the right cause comes first, at the right rack and
// device, with a probability that holds, how many false tickets a month of mistaken looks makes, whether each cause has one ticket
// and how soon, and whether alarms from outside get the right verdict. Incidents of a library are played over a simulated site of
// 500 racks; robots look at it with the noise that the vision bench measured.
//
// The world and its looks are made here, from the seed alone, and share neither code nor numbers with fleet/cause: what
// a cause does is drawn anew for each incident, about figures of the bench's own.
package faultbench

import "time"

// Options of the bench.
type Options struct {
	// Seed makes the site, the incidents and the looks: the same seed gives the same figures.
	Seed uint64
	// Incidents is how many are played; 0 is 2,000.
	Incidents int
	// Small plays few incidents, for a test of the bench itself: its figures claim nothing.
	Small bool
	// Now is the clock by which speed is measured.
	Now func() time.Time
	// Progress hears how far a part has come.
	Progress func(what string, done, all int)
}

func (o Options) incidents() int {
	switch {
	case o.Small:
		return 40
	case o.Incidents > 0:
		return o.Incidents
	}
	return 2000
}
