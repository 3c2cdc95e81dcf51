// Package patrolbench measures what the patrol claims: how near its worst idleness comes to what no schedule can
// undercut, how few robots keep a promise, whether what it foretells comes true, and how fast it decides. Sites are made
// from the seed alone, and the robots of a night obey the very rules of the controller.
//
// It drives no robot and speaks to no broker.
package patrolbench

import "time"

// Options of the bench.
type Options struct {
	// Seed makes the sites, the robots' delays and the requests: the same seed gives the same figures.
	Seed uint64
	// Data is the folder of published instances; rows that need it are not run without.
	Data string
	// Small shrinks sites and nights, for a test of the bench itself: its figures claim nothing.
	Small bool
	// Now is the clock by which speed is measured.
	Now func() time.Time
	// Progress hears how far a part has come.
	Progress func(what string, done, all int)
}
