package maps

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps/calendar"
)

// A Round is a named set of racks that is looked at by the clock, beside the patrol: all of them within each window of its
// recurrence.
type Round struct {
	ID         string
	Name       string
	Racks      []string // each once, as the site lists them
	Face       Face     // empty: both
	Recurrence *calendar.Recurrence
}

// Wants says whether a viewpoint belongs to the round.
func (r Round) Wants(v Viewpoint) bool {
	return (r.Face == "" || r.Face == v.Face) && slices.Contains(r.Racks, v.Rack)
}

// QuietHours are times of the day in which the patrol keeps away from some racks: what an operator asks for and a
// verification are still done.
type QuietHours struct {
	Racks []string
	Hours calendar.Hours
}

// Zone is the site's time zone, UTC for a site that was not read with Load.
func (s *Site) Zone() *time.Location {
	if s.zone == nil {
		return time.UTC
	}
	return s.zone
}

// Quiet are the racks from which the patrol keeps away at a time.
func (s *Site) Quiet(at time.Time) map[string]bool {
	out := map[string]bool{}
	for _, q := range s.Patrol.QuietHours {
		if q.Hours.In(at, s.Zone()) {
			for _, rack := range q.Racks {
				out[rack] = true
			}
		}
	}
	return out
}

// QuietFor is for how much of the time from one moment to another the patrol kept away from a rack.
func (s *Site) QuietFor(rack string, from, to time.Time) time.Duration {
	var spans []calendar.Span
	for _, q := range s.Patrol.QuietHours {
		if slices.Contains(q.Racks, rack) {
			spans = append(spans, q.Hours.Spans(from, to, s.Zone())...)
		}
	}
	slices.SortFunc(spans, func(a, b calendar.Span) int { return a.Start.Compare(b.Start) })
	var quiet time.Duration
	counted := from
	for _, span := range spans {
		if span.Start.Before(counted) {
			span.Start = counted
		}
		if span.End.After(counted) {
			quiet, counted = quiet+span.End.Sub(span.Start), span.End
		}
	}
	return quiet
}
