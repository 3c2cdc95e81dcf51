package inbound

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// A LookVerdict is what looks say of an alarm.
type LookVerdict struct {
	State State     `json:"state"` // confirmed, refuted or undecided
	At    time.Time `json:"at"`
	// Odds are by how much the looks made the likeliest of what the alarm may mean more probable, or, below 1, less.
	Odds float64  `json:"odds"`
	Says string   `json:"says"`
	Seen []string `json:"seen,omitempty"` // what the looks saw out of order, in sentences
}

// decisive are the odds from which looks decide: an alarm that was as likely true as not is then true, or false, at 80 %.
const decisive = 4

// Judge is the verdict on an alarm by what looks at its place said. What machines say is not asked: the alarm may be theirs.
func Judge(t *cause.Topology, a Alarm, signs []cause.Sign, at time.Time) LookVerdict {
	v := LookVerdict{State: Undecided, At: at, Odds: 1}
	here, beyond, all := math.Inf(-1), math.Inf(-1), 0
	for _, c := range a.Claims {
		spots := t.Spots(c)
		logs, told := 0.0, 0
		for _, s := range signs {
			if s.Thing == cause.Machine || s.Thing == cause.Plant || !slices.Contains(spots, s.Spot) {
				continue
			}
			logs += math.Log(max(t.Ratio(c, s), 1e-9))
			told++
			if s.Symptom != cause.InOrder && s.Meaning != "" && t.Ratio(c, s) > 1 && !slices.Contains(v.Seen, s.Meaning) {
				v.Seen = append(v.Seen, s.Meaning)
			}
		}
		if told == 0 {
			logs = 0 // not to be seen from here: neither for it nor against it
		}
		all += told
		if a.Place.Rack != "" && c.Rack == "" {
			beyond = max(beyond, logs)
		} else {
			here = max(here, logs)
		}
	}
	// A loop may leak at any of its racks: that it may leak elsewhere speaks not for an alarm about one of them.
	best := here
	if math.IsInf(here, -1) || math.Exp(beyond) >= decisive {
		best = max(here, beyond)
	}
	if all == 0 {
		v.Says = "the looks show nothing that would be otherwise if it were so"
		return v
	}
	v.Odds = math.Exp(min(max(best, -20), 20))
	switch {
	case v.Odds >= decisive:
		v.State, v.Says = Confirmed, fmt.Sprintf("a robot looked and saw it: %s", sentence(v.Seen))
	case v.Odds <= 1.0/decisive:
		v.State, v.Says = Refuted, fmt.Sprintf("a robot looked, and what it would change is in order (%d things seen)", all)
	default:
		v.Says = "a robot looked, and what it saw fits both"
	}
	return v
}

func sentence(seen []string) string {
	switch len(seen) {
	case 0:
		return "what was seen fits"
	case 1:
		return seen[0]
	}
	return fmt.Sprintf("%s, and %d more", seen[0], len(seen)-1)
}
