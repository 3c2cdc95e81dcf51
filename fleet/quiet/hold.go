package quiet

import (
	"time"

	"github.com/nightrounds/nightrounds/maps/calendar"
)

// An Active silence holds now, until a time.
type Active struct {
	Silence
	Ends time.Time
}

// A Roll is a site's silences with their recurrences worked out.
type Roll struct {
	all   []Silence
	times []*calendar.Recurrence // nil where one does not recur
}

// NewRoll works out silences that were checked; one whose recurrence does not hold any more never holds.
func NewRoll(all []Silence, zone *time.Location) Roll {
	r := Roll{all: all, times: make([]*calendar.Recurrence, len(all))}
	for i, s := range all {
		if s.Recurs != nil {
			if times, err := s.Recurs.Times(zone); err == nil {
				r.times[i] = times
			}
		}
	}
	return r
}

// At are the silences that hold at a time, in their order.
func (r Roll) At(now time.Time) []Active {
	var out []Active
	for i, s := range r.all {
		if from, until, ok := r.span(i, now); ok && !now.Before(from) {
			out = append(out, Active{s, until})
		}
	}
	return out
}

// Next is when a silence next begins to hold after a time, or the zero time when it does so no more.
func (r Roll) Next(i int, now time.Time) time.Time {
	if s := r.all[i]; s.Recurs == nil {
		if now.Before(s.From) {
			return s.From
		}
	} else if r.times[i] != nil {
		o, _ := r.times[i].Next(now)
		return o.From
	}
	return time.Time{}
}

// Turns is when another silence begins or one ends next; a day later where none does so before.
func (r Roll) Turns(now time.Time) time.Time {
	next := now.Add(24 * time.Hour)
	for _, a := range r.At(now) {
		next = earlier(next, a.Ends)
	}
	for i := range r.all {
		if begins := r.Next(i, now); !begins.IsZero() {
			next = earlier(next, begins)
		}
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Over are the silences that will never hold again.
func (r Roll) Over(now time.Time) []string {
	var out []string
	for i, s := range r.all {
		if _, _, ok := r.span(i, now); !ok && r.Next(i, now).IsZero() {
			out = append(out, s.ID)
		}
	}
	return out
}

// span is the time of a silence around now; ok is false when it does not hold now.
func (r Roll) span(i int, now time.Time) (from, until time.Time, ok bool) {
	s := r.all[i]
	switch {
	case s.Recurs == nil:
		return s.From, s.Until, !now.Before(s.From) && now.Before(s.Until)
	case r.times[i] == nil:
		return from, until, false
	}
	o, open := r.times[i].At(now)
	return o.From, o.Until, open
}

// Of is the first silence that covers a place.
func Of(active []Active, p Place) (Active, bool) {
	for _, s := range active {
		if s.Covers(p) {
			return s, true
		}
	}
	return Active{}, false
}

// A Hold is a fault's ticket held back.
type Hold struct {
	By    string     `json:"by"` // id of the silence
	Why   string     `json:"why"`
	Since time.Time  `json:"since"`
	Over  *time.Time `json:"over,omitempty"` // the silence is over since then: a look decides
}

// A Verdict is what becomes of a ticket that is due.
type Verdict int

// The verdicts.
const (
	Open Verdict = iota // now
	Wait                // not now
	Look                // not now, and a robot looks again
)

// Recheck is how long a look is waited for after a silence, before the ticket opens without one: what was seen while people
// were at work may be their work, but robots may be away too.
const Recheck = 30 * time.Minute

// Decide says what becomes of a fault's ticket that is due: whether a silence covers it, how it was held before (nil: it
// was not), and when it was last seen. It returns how it is held from now on.
func Decide(had *Hold, by Active, covered bool, seen, now time.Time) (*Hold, Verdict) {
	switch {
	case covered && had != nil && had.Over == nil && had.By == by.ID:
		return had, Wait
	case covered && had != nil:
		return &Hold{By: by.ID, Why: by.Why, Since: had.Since}, Wait
	case covered:
		return &Hold{By: by.ID, Why: by.Why, Since: now}, Wait
	case had == nil:
		return nil, Open
	case had.Over == nil:
		next := *had
		next.Over = &now
		return &next, Look
	case seen.After(*had.Over) || now.Sub(*had.Over) >= Recheck:
		return nil, Open
	}
	return had, Wait
}
