package patrol

import (
	"cmp"
	"slices"
	"time"
)

// An Idleness is how one viewpoint stands.
type Idleness struct {
	Viewpoint string        `json:"viewpoint"`
	Age       time.Duration `json:"age"`      // since last looked at, or since the patrol began, quiet hours left out, in ns
	Interval  time.Duration `json:"interval"` // allowed, in ns
	Ratio     float64       `json:"ratio"`    // Age / Interval
}

// A Coverage sums up the patrol.
type Coverage struct {
	Viewpoints int     `json:"viewpoints"`
	Within     int     `json:"within"` // looked at within their interval
	Share      float64 `json:"share"`  // Within / Viewpoints; 1 when there are none
	Worst      float64 `json:"worst"`  // the largest ratio
	Mean       float64 `json:"mean"`   // mean ratio
}

// Idle reports every viewpoint, in the order given. A viewpoint that was never looked at is as old as the patrol,
// which began at since.
func Idle(vs []Viewpoint, since, now time.Time) []Idleness {
	report := make([]Idleness, len(vs))
	for i, v := range vs {
		age := v.waits(since, now)
		report[i] = Idleness{Viewpoint: v.ID, Age: age, Interval: v.RevisitInterval}
		if v.RevisitInterval > 0 {
			report[i].Ratio = float64(age) / float64(v.RevisitInterval)
		}
	}
	return report
}

// Cover sums up a report of Idle. What was never looked at counts as within while the patrol is younger than its
// interval.
func Cover(report []Idleness) Coverage {
	c := Coverage{Viewpoints: len(report), Share: 1}
	if len(report) == 0 {
		return c
	}
	for _, i := range report {
		if i.Ratio <= 1 {
			c.Within++
		}
		c.Worst = max(c.Worst, i.Ratio)
		c.Mean += i.Ratio / float64(len(report))
	}
	c.Share = float64(c.Within) / float64(len(report))
	return c
}

// Debt lists the viewpoints beyond their interval, worst first.
func Debt(report []Idleness) []Idleness {
	debt := slices.DeleteFunc(slices.Clone(report), func(i Idleness) bool { return i.Ratio <= 1 })
	slices.SortStableFunc(debt, func(a, b Idleness) int { return cmp.Compare(b.Ratio, a.Ratio) })
	return debt
}
