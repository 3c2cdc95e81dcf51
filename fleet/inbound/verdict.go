package inbound

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// A LookVerdict is what looks, and machines that did not raise it, say of an alarm.
type LookVerdict struct {
	State State     `json:"state"` // confirmed, refuted or undecided
	At    time.Time `json:"at"`
	// Odds are by how much they made the likeliest of what the alarm may mean more probable, or, below 1, less.
	Odds float64  `json:"odds"`
	Says string   `json:"says"`
	Seen []string `json:"seen,omitempty"` // what the looks saw out of order, and what machines said, in sentences
}

// Looks are what looks at an alarm's place said.
type Looks struct {
	Signs  []cause.Sign
	Groups []cause.Group // what the search for causes makes of the site
	None   string        // why there are no signs, where there are none
}

// decisive are the odds from which an alarm is decided: one that was as likely true as not is then true, or false, at 80 %.
const decisive = 4

// Judge is the verdict on an alarm by what looks at its place said, and by its Reports. What looks say that something else
// explains, of which they show more, counts for as much as it is likelier with both.
func Judge(t *cause.Topology, a Alarm, looks Looks, at time.Time) LookVerdict {
	j := judging{t: t, a: a, groups: looks.Groups}
	seen := joint(slices.DeleteFunc(slices.Clone(looks.Signs), func(s cause.Sign) bool { return s.Thing == cause.Machine || s.Thing == cause.Plant }))
	said := joint(a.Reports)
	var here, beyond *weight
	for _, c := range a.Claims {
		w := j.weigh(c, seen, said)
		into := &here
		if a.Place.Rack != "" && c.Rack == "" {
			into = &beyond
		}
		if *into == nil || w.logs() > (*into).logs() {
			*into = &w
		}
	}
	// A loop may leak at any of its racks: that it may leak elsewhere speaks not for an alarm about one of them.
	best := here
	if beyond != nil && (here == nil || beyond.logs() > here.logs() && math.Exp(beyond.logs()) >= decisive) {
		best = beyond
	}
	v := LookVerdict{State: Undecided, At: at, Odds: 1}
	if best != nil {
		v.Odds = math.Exp(min(max(best.logs(), -20), 20))
	}
	switch {
	case v.Odds >= decisive:
		v.State = Confirmed
	case v.Odds <= 1.0/decisive:
		v.State = Refuted
	}
	v.Says = j.says(best, v.State, looks.None)
	v.Seen = slices.Concat(j.seen, j.agree, j.deny)
	return v
}

// A weight is what was seen and said of one claim: logarithms of likelihood ratios.
type weight struct{ looks, reports float64 }

func (w weight) logs() float64 { return w.looks + w.reports }

// judging is a verdict in the making.
type judging struct {
	t           *cause.Topology
	a           Alarm
	groups      []cause.Group
	things      int      // seen that bear on a claim, once for each
	seen        []string // out of order
	agree, deny []string // what machines said for, and against, a claim
	apart       string   // what explains what was seen, where it is not what the alarm means
}

// weigh holds what was seen and said against one claim.
func (j *judging) weigh(c cause.Cause, seen, said []cause.Sign) weight {
	var w weight
	spots := j.t.Spots(c)
	for _, s := range seen {
		if !slices.Contains(spots, s.Spot) {
			continue
		}
		ratio := j.t.Ratio(c, s)
		j.things++
		if s.Symptom != cause.InOrder && ratio > 1 {
			j.seen = noted(j.seen, s.Meaning)
			if other, ok := instead(j.t, j.a, c, s, j.groups); ok {
				ratio, j.apart = j.t.RatioBeside(c, other.Cause, s), other.What
			}
		}
		w.looks += math.Log(max(ratio, 1e-9))
	}
	for _, s := range said {
		ratio := j.t.Ratio(c, s)
		switch {
		case !slices.Contains(spots, s.Spot) || !bears(ratio):
			continue
		case ratio > 1:
			j.agree = noted(j.agree, s.Meaning)
		default:
			j.deny = noted(j.deny, s.Meaning)
		}
		w.reports += math.Log(max(ratio, 1e-9))
	}
	return w
}

// noted adds a sentence, once.
func noted(all []string, says string) []string {
	if says == "" || slices.Contains(all, says) {
		return all
	}
	return append(all, says)
}

// says is the verdict in words: what looks say by themselves, and then what machines say, those first that decided.
func (j *judging) says(best *weight, s State, none string) string {
	odds := 1.0
	if best != nil {
		odds = math.Exp(best.looks)
	}
	text := "a robot looked, and what it saw fits both"
	switch {
	case none != "":
		text = "no robot could look: " + none
	case j.things == 0:
		text = "the looks show nothing that would be otherwise if it were so"
	case odds >= decisive:
		text = "a robot looked and saw it: " + sentence(j.seen)
	case odds <= 1.0/decisive:
		text = fmt.Sprintf("a robot looked, and what it would change is in order (%d things seen)", j.things)
	case j.apart != "":
		text = fmt.Sprintf("a robot looked, and what it saw (%s) comes of something else: %s", sentence(j.seen), j.apart)
	}
	said := slices.Concat(j.deny, j.agree)
	if s == Confirmed {
		said = slices.Concat(j.agree, j.deny)
	}
	if len(said) > 0 {
		text += "; " + sentence(said)
	}
	return text
}

// sure are the odds, for or against, from which no further look is asked for: 96 % of an alarm that was as likely true as not. A
// light tells that much at one look; heat, doors, panels and liquid are missed, or told wrongly, by a look in four to sixteen.
const sure = 25

// mostRounds is how often looks are made for one alarm.
const mostRounds = 3

// Doubtful says whether the odds are such that more is asked for: another look, or the word of machines.
func (v LookVerdict) Doubtful() bool { return max(v.Odds, 1/v.Odds) < sure }

// Again says whether robots should look once more before an alarm has its verdict: it is in doubt, and the last look said something
// that those before had not, or was of a robot that had looked before, though there are others.
func Again(a Alarm, v LookVerdict, others bool) bool {
	changed := a.Rounds == 0 || math.Abs(math.Log(v.Odds)-math.Log(a.Odds)) > 0.1
	return v.Doubtful() && (changed || others) && a.Rounds+1 < mostRounds
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
