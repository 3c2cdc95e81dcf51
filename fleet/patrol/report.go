package patrol

import "time"

// An Idleness is how one viewpoint stands.
type Idleness struct {
	Viewpoint string        `json:"viewpoint"`
	Age       time.Duration `json:"age"`      // since last looked at, or since the patrol began
	Interval  time.Duration `json:"interval"` // allowed
	Ratio     float64       `json:"ratio"`    // Age / Interval
}

// A Coverage sums up the patrol.
type Coverage struct {
	Viewpoints int     `json:"viewpoints"`
	Within     int     `json:"within"` // looked at within their interval
	Share      float64 `json:"share"`  // Within / Viewpoints
	Worst      float64 `json:"worst"`  // the largest ratio
	Mean       float64 `json:"mean"`   // mean ratio
}

// Idle reports every viewpoint, in the order given. A viewpoint that was never looked at is as old as the patrol,
// which began at since.
func Idle(vs []Viewpoint, since, now time.Time) []Idleness { return nil }

// Cover sums up a report of Idle.
func Cover(report []Idleness) Coverage { return Coverage{} }

// Debt lists the viewpoints beyond their interval, worst first.
func Debt(report []Idleness) []Idleness { return nil }
