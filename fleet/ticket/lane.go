package ticket

import (
	"slices"
	"time"
)

// A Rate is how many deliveries a sink is given in a stretch of time.
type Rate struct {
	Count int
	Per   time.Duration
}

// DefaultRate suits every system whose limits we know: the narrowest, PagerDuty's, is 120 a minute.
func DefaultRate() Rate { return Rate{Count: 60, Per: time.Minute} }

// atOnce is how many tickets are carried to one sink at the same time.
const atOnce = 4

// A Lane is the traffic to one sink: one delivery at a time for each ticket, few at once, no more than its rate, with
// growing pauses after what failed. When the sink itself does not answer, one delivery after another tries whether it is
// back; all others wait. Its times are handed in.
type Lane struct {
	rate  Rate
	rules Rules
	began []time.Time // of deliveries within the rate's stretch
	busy  map[string]bool
	held  map[string]hold
	down  hold // the sink as a whole
}

// A hold keeps something back until a time.
type hold struct {
	until time.Time
	last  time.Duration
}

// NewLane makes an empty lane of the default rate.
func NewLane(rules Rules) *Lane {
	return &Lane{rate: DefaultRate(), rules: rules, busy: map[string]bool{}, held: map[string]hold{}}
}

// Limit sets the rate.
func (l *Lane) Limit(rate Rate) { l.rate = rate }

// Take says whether the ticket may go now, and if so counts it as under way until End.
func (l *Lane) Take(ticket string, now time.Time) bool {
	if l.busy[ticket] || now.Before(l.held[ticket].until) || now.Before(l.down.until) || len(l.busy) >= atOnce {
		return false
	}
	if l.down.last > 0 && len(l.busy) > 0 {
		return false // one looks whether the sink is back
	}
	l.began = slices.DeleteFunc(l.began, func(t time.Time) bool { return now.Sub(t) >= l.rate.Per })
	if len(l.began) >= l.rate.Count {
		return false
	}
	l.began = append(l.began, now)
	l.busy[ticket] = true
	return true
}

// End counts a delivery as over. Luck, from 0 to 1, spreads the pauses: half to one and a half of their length.
func (l *Lane) End(ticket string, err error, now time.Time, luck float64) {
	delete(l.busy, ticket)
	if err == nil {
		delete(l.held, ticket)
		l.down = hold{}
		return
	}
	why := Judged(err)
	if why.Later {
		l.held[ticket], l.down = hold{until: now.Add(max(why.RetryAfter, l.rules.FirstPause))}, hold{}
		return
	}
	if why.Final {
		// What only a person can mend is tried again seldom: 6 times in about half an hour, by DefaultRules.
		l.held[ticket] = l.after(l.held[ticket], 60*l.rules.FirstPause, 12*l.rules.MaxPause, why.RetryAfter, now, luck)
		return
	}
	l.down = l.after(l.down, l.rules.FirstPause, l.rules.MaxPause, why.RetryAfter, now, luck)
	// The ticket itself waits longer, so that one which the sink cannot take does not keep all others waiting.
	l.held[ticket] = l.after(l.held[ticket], 2*l.rules.FirstPause, 2*l.rules.MaxPause, why.RetryAfter, now, luck)
}

// Pause holds one ticket back that needs nothing but time.
func (l *Lane) Pause(ticket string, until time.Time) { l.held[ticket] = hold{until: until} }

// Down says until when the sink is given time, and the zero time when it is not.
func (l *Lane) Down() time.Time { return l.down.until }

// after is the hold that follows one more failure.
func (l *Lane) after(h hold, first, most, asked time.Duration, now time.Time, luck float64) hold {
	wait := min(max(2*h.last, first), most)
	spread := max(time.Duration(float64(wait)*(0.5+luck)), asked)
	return hold{until: now.Add(spread), last: wait}
}
