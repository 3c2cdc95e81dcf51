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
	signs = joint(signs)
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

// sure are the odds, for or against, from which no further look is asked for: 96 % of an alarm that was as likely true as not. A
// light tells that much at one look; heat, doors, panels and liquid are missed, or told wrongly, by a look in four to sixteen.
const sure = 25

// mostRounds is how often looks are made for one alarm.
const mostRounds = 3

// Again says whether robots should look once more before an alarm has its verdict: the looks so far do not say enough, and the last
// of them said something that those before had not.
func Again(a Alarm, v LookVerdict) bool {
	odds := max(v.Odds, 1/v.Odds)
	changed := a.Rounds == 0 || math.Abs(math.Log(v.Odds)-math.Log(a.Odds)) > 0.1
	return odds < sure && changed && a.Rounds+1 < mostRounds
}

// Bearing are the signs that bear on what an alarm may mean.
func Bearing(t *cause.Topology, a Alarm, signs []cause.Sign) []cause.Sign {
	spots := map[cause.Spot]bool{}
	for _, c := range a.Claims {
		for _, s := range t.Spots(c) {
			spots[s] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(signs), func(s cause.Sign) bool { return !spots[s.Spot] })
}

// joint makes one sign of those of each spot: how many looks saw it out of order, and how many robots did not.
func joint(signs []cause.Sign) []cause.Sign {
	var out []cause.Sign
	at := map[cause.Spot]int{}
	looks, fine := map[cause.Spot]int{}, map[cause.Spot]map[string]bool{}
	for _, s := range signs {
		i, known := at[s.Spot]
		if !known {
			i = len(out)
			at[s.Spot], fine[s.Spot] = i, map[string]bool{}
			out = append(out, s)
		}
		if s.Symptom == cause.InOrder {
			fine[s.Spot][s.By] = true
			continue
		}
		out[i] = s
		looks[s.Spot] += max(s.Looks, 1)
	}
	for i, s := range out {
		n := len(fine[s.Spot])
		if s.Symptom == cause.InOrder {
			out[i].Looks = n
		} else {
			out[i].Looks, out[i].Missed = looks[s.Spot], s.Missed+n
		}
	}
	return out
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
