package patrol

import "time"

// Rules are the numbers that decisions rest on.
type Rules struct {
	// Reserve is the charge that no plan may go below, 0..1. All charging decisions derive from this one number, so
	// that they cannot disagree.
	Reserve float64
	// Model is what the patrol assumes of robots.
	Model Model
	// DueFrom is the claim (Next) from which a full robot leaves its dock.
	DueFrom float64
	// AlongFrom is the claim from which a full robot that is out goes on, and the ratio of idleness to revisit interval
	// from which a viewpoint is looked at since the robot is at its node anyway.
	AlongFrom float64
	// Thrift is how much larger both claims must be for a robot at its reserve; between full and reserve, in proportion.
	Thrift float64
	// Detour is how many seconds of idleness a second of travel must be worth. Measured at 60 % of what robots can do,
	// worst ratio of 2 to 5 nights: 0.87 at 3, 0.88 at 5, 0.93 at 7, 1.01 at 12; at 80 % 3 is worse than 6.
	Detour float64
	// MaxLooks bounds a visit, so that an urgent inspection need not wait long.
	MaxLooks int
	// Patience is how long an inspection waits before it counts as one class more urgent.
	Patience time.Duration
	// Retry is how long a viewpoint is left alone after a look at it failed.
	Retry time.Duration
}

// A Model is what the patrol assumes of robots.
type Model struct {
	SpeedMPS    float64       // mean speed along a way
	Look        time.Duration // one look, with turning and lifting
	DrivePerSec float64       // charge used per second of driving, 1/s
	LookPerSec  float64       // charge used per second of looking or standing, 1/s
}

// DefaultRules suit the sample robots: 4 h of patrol on a battery, an hour to charge.
func DefaultRules() Rules {
	return Rules{
		Reserve: 0.2,
		Model: Model{
			SpeedMPS:    0.5,
			Look:        12 * time.Second,
			DrivePerSec: 1.0 / (4 * 3600),
			LookPerSec:  1.0 / (6 * 3600),
		},
		DueFrom:   0.65,
		AlongFrom: 0.5,
		Detour:    5,
		Thrift:    0.3,
		MaxLooks:  4,
		Patience:  10 * time.Minute,
		Retry:     2 * time.Minute,
	}
}
