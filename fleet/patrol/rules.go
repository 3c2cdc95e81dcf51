package patrol

import "time"

// Rules are the numbers that decisions rest on.
type Rules struct {
	// Reserve is the charge that no plan may go below, 0..1. All charging decisions derive from this one number, so
	// that they cannot disagree.
	Reserve float64
	// Model is what the patrol assumes of robots.
	Model Model
	// DueFrom is the ratio of idleness to revisit interval from which a viewpoint is worth a journey. Below it robots
	// rather charge: lower, and they all come to their reserve together (measured: worst ratio 1.04 at 0.5, 0.93 at 0.7).
	DueFrom float64
	// AlongFrom is the ratio from which a viewpoint is looked at since the robot is at its node anyway.
	AlongFrom float64
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
		DueFrom:   0.7,
		AlongFrom: 0.55,
		MaxLooks:  4,
		Patience:  10 * time.Minute,
		Retry:     2 * time.Minute,
	}
}
