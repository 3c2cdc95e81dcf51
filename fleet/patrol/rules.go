package patrol

import "time"

// Rules are the numbers that decisions rest on.
type Rules struct {
	// Reserve is the charge that no plan may go below, 0..1. All charging decisions derive from this one number, so
	// that they cannot disagree.
	Reserve float64
	// Full is the charge at which a robot has charged enough: above it the current falls and time is lost.
	Full float64
	// Model is what the patrol assumes of robots that have none of their own.
	Model Model
	// DueFrom is the ratio of idleness to interval from which a robot leaves its dock for its lap.
	DueFrom float64
	// Late is by how much a ratio elsewhere in its part must exceed the one ahead for a robot to leave its order.
	Late float64
	// Wait is the share of a lap for which a robot waits for the way ahead before it goes elsewhere in its part.
	Wait float64
	// MaxLooks bounds a visit, so that an urgent inspection need not wait long.
	MaxLooks int
	// Patience is how long an inspection waits before it counts as one class more urgent, and before an operator's is
	// worth any way to a robot that is busy with its lap.
	Patience time.Duration
	// Aside is the way that an operator's new inspection is worth to a robot that is busy with its lap, in m.
	Aside float64
	// Retry is how long a viewpoint is left alone after a look at it failed.
	Retry time.Duration
	// GoneAfter is how long a robot may be unable before the plan divides its part among the others.
	GoneAfter time.Duration
}

// A Model is what the patrol assumes of robots.
type Model struct {
	SpeedMPS     float64       // mean speed along a way
	Look         time.Duration // one look, with lifting
	Stop         time.Duration // of a visit beside its looks: turning and setting out, and the order's way to the robot
	DrivePerSec  float64       // charge used per second of driving, 1/s
	LookPerSec   float64       // charge used per second of looking or standing, 1/s
	ChargePerSec float64       // charge won per second at a dock below Rules.Full, 1/s
}

// DefaultRules suit the sample robots: 4 h of patrol on a battery, an hour to charge.
func DefaultRules() Rules {
	return Rules{
		Reserve: 0.2,
		Full:    0.8,
		Model: Model{
			SpeedMPS:     0.5,
			Look:         12 * time.Second,
			DrivePerSec:  1.0 / (4 * 3600),
			LookPerSec:   1.0 / (6 * 3600),
			ChargePerSec: 0.8 / (45 * 60),
		},
		DueFrom:   0.65,
		Late:      0.15,
		Wait:      0.1,
		MaxLooks:  4,
		Patience:  10 * time.Minute,
		Aside:     3,
		Retry:     2 * time.Minute,
		GoneAfter: 3 * time.Minute,
	}
}
