package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are a part of the day on some days of the week, by the wall clock. To before From is over midnight: the hours then
// belong to the day on which they begin.
type Hours struct {
	from, to int // minutes of the day
	days     []time.Weekday
}

// NewHours reads "22:00", "06:00" and days as mon, tue; no days are all. 24:00 is the end of a day.
func NewHours(from, to string, days []string) (Hours, error) {
	var h Hours
	var err error
	if h.from, err = minutes(from); err != nil {
		return Hours{}, err
	}
	if h.to, err = minutes(to); err != nil {
		return Hours{}, err
	}
	if h.from == h.to || h.from == 24*60 {
		return Hours{}, fmt.Errorf("from %s to %s are no hours", from, to)
	}
	for _, d := range days {
		i := slices.Index(weekdays, strings.ToLower(d))
		if i < 0 {
			return Hours{}, fmt.Errorf("day %q is none of %s", d, strings.Join(weekdays, ", "))
		}
		h.days = append(h.days, time.Weekday(i))
	}
	return h, nil
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func minutes(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of the day like 22:00", s)
	}
	return 60*t.Hour() + t.Minute(), nil
}

// In says whether a time lies within the hours, by the wall clock of the zone.
func (h Hours) In(t time.Time, zone *time.Location) bool {
	l := t.In(zone)
	now := 60*l.Hour() + l.Minute()
	if h.from < h.to {
		return now >= h.from && now < h.to && h.on(l.Weekday())
	}
	return now >= h.from && h.on(l.Weekday()) || now < h.to && h.on((l.Weekday()+6)%7)
}

// A Span is the time from Start until End.
type Span struct{ Start, End time.Time }

// Spans are the hours that touch the time from one moment to another, one for each day on which they begin, cut to that time.
func (h Hours) Spans(from, to time.Time, zone *time.Location) []Span {
	var out []Span
	year, month, day := from.In(zone).Date()
	for d := day - 1; ; d++ {
		midnight := time.Date(year, month, d, 0, 0, 0, 0, zone)
		if !midnight.Before(to) {
			return out
		}
		s := Span{Start: time.Date(year, month, d, 0, h.from, 0, 0, zone), End: time.Date(year, month, d, 0, h.to, 0, 0, zone)}
		if h.to <= h.from {
			s.End = time.Date(year, month, d+1, 0, h.to, 0, 0, zone)
		}
		s.Start, s.End = later(s.Start, from), earlier(s.End, to)
		if h.on(midnight.Weekday()) && s.Start.Before(s.End) {
			out = append(out, s)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (h Hours) on(d time.Weekday) bool { return len(h.days) == 0 || slices.Contains(h.days, d) }
