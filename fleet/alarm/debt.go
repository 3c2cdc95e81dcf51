package alarm

import (
	"slices"
	"time"
)

// Cause names the alarm to which it is due that a place is late, or is empty: the newest alarm since the place was last looked
// at, if without the time that alarms held there it would not be late by now. Alarms of other halls count for nothing.
func Cause(alarms []Alarm, hall string, looked time.Time, interval time.Duration, now time.Time) string {
	late := now.Sub(looked) - interval
	if late <= 0 {
		return ""
	}
	type span struct{ from, to time.Time }
	var spans []span
	newest, id := time.Time{}, ""
	for _, a := range alarms {
		from, to := a.At, now
		if !a.Holds() {
			to = a.ClearedAt
		}
		if from.Before(looked) {
			from = looked
		}
		if !a.Covers(hall) || !from.Before(to) {
			continue
		}
		spans = append(spans, span{from, to})
		if id == "" || !a.At.Before(newest) {
			newest, id = a.At, a.ID
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	var held time.Duration
	until := looked
	for _, s := range spans { // two alarms at one time hold the patrol up once
		if s.from.Before(until) {
			s.from = until
		}
		if s.from.Before(s.to) {
			held += s.to.Sub(s.from)
			until = s.to
		}
	}
	if late > held {
		return ""
	}
	return id
}
