// Package calendar says when a round of a patrol is due and when a place wants quiet: recurrences after RFC 5545 and hours
// of the day, both in the site's time zone, so that 06:00 stays 06:00 on the wall over the changes of daylight saving.
//
// It knows nothing of what a round looks at, and reads no clock.
package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// A Spec is a recurrence as it is written. Times are of the wall clock of the site, without a zone.
type Spec struct {
	Rule   string        // RECUR of RFC 5545, section 3.3.10: FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6
	Start  string        // 2026-11-02T06:00, the first occurrence (DTSTART)
	Window time.Duration // from an occurrence on, in which all of it must be done
	Except []string      // occurrences left out (EXDATE): 2026-12-24 or 2026-12-24T06:00
}

// A Recurrence is a Spec that holds.
type Recurrence struct {
	floating *rrule.RRule // in a zone without daylight saving: its hours are those of the wall
	except   map[time.Time]bool
	zone     *time.Location
	window   time.Duration
}

// An Occurrence is one time that a round is due: it may begin at From and must be done by Until.
type Occurrence struct{ From, Until time.Time }

// wall are the forms of a time of the wall clock, day those of a date.
const (
	wall = "2006-01-02T15:04"
	day  = "2006-01-02"
)

// most is how many occurrences are looked at to find windows that overlap, and how many days one may be skipped over.
const most = 400

// Years outside these are slips of the pen, and the library's tables do not hold for them.
const firstYear, lastYear = 1970, 2400

// New checks a recurrence. Frequencies below a day are refused: a round every six hours is FREQ=DAILY;BYHOUR=0,6,12,18, and
// what is due every few minutes is a revisit interval.
func New(s Spec, zone *time.Location) (*Recurrence, error) {
	if s.Window <= 0 {
		return nil, fmt.Errorf("window %s: it must be longer than nothing", s.Window)
	}
	start, err := time.ParseInLocation(wall, s.Start, time.UTC)
	if err != nil || start.Year() < firstYear || start.Year() > lastYear {
		return nil, fmt.Errorf("start %q is no time like 2026-11-02T06:00", s.Start)
	}
	option, err := rrule.StrToROption(strings.TrimPrefix(s.Rule, "RRULE:"))
	if err != nil {
		return nil, fmt.Errorf("recurrence %q: %w", s.Rule, err)
	}
	if option.Freq > rrule.DAILY {
		return nil, fmt.Errorf("recurrence %q: a round recurs daily at the most often; name the hours with BYHOUR, or set a revisit interval", s.Rule)
	}
	if option.Interval < 0 || option.Interval > most {
		return nil, fmt.Errorf("recurrence %q: an INTERVAL is 1 to %d", s.Rule, most)
	}
	if !option.Until.IsZero() {
		option.Until = floatingOf(option.Until, s.Rule, zone)
	}
	option.Dtstart = start
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, fmt.Errorf("recurrence %q: %w", s.Rule, err)
	}
	r := &Recurrence{floating: rule, zone: zone, window: s.Window, except: map[time.Time]bool{}}
	if err := r.leaveOut(s.Except); err != nil {
		return nil, err
	}
	return r, r.apart(start)
}

// floatingOf is an UNTIL on the wall: RFC 5545 has it in UTC where it ends in Z.
func floatingOf(until time.Time, rule string, zone *time.Location) time.Time {
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		if strings.HasPrefix(part, "UNTIL=") && strings.HasSuffix(part, "Z") {
			l := until.In(zone)
			return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)
		}
	}
	return until
}

// leaveOut notes the exceptions: a date is all occurrences of that day.
func (r *Recurrence) leaveOut(except []string) error {
	for _, e := range except {
		if t, err := time.ParseInLocation(wall, e, time.UTC); err == nil {
			if r.floating.After(t, true) != t {
				return fmt.Errorf("except %q: the round does not occur then", e)
			}
			r.except[t] = true
			continue
		}
		t, err := time.ParseInLocation(day, e, time.UTC)
		if err != nil {
			return fmt.Errorf("except %q is no date like 2026-12-24 and no time like 2026-12-24T06:00", e)
		}
		on := r.floating.Between(t, t.AddDate(0, 0, 1).Add(-time.Second), true)
		if len(on) == 0 {
			return fmt.Errorf("except %q: the round does not occur on that day", e)
		}
		for _, o := range on {
			r.except[o] = true
		}
	}
	return nil
}

// apart checks that no window reaches into the next one.
func (r *Recurrence) apart(start time.Time) error {
	last, n := time.Time{}, 0
	next := r.floating.Iterator()
	for t, ok := next(); ok && n < most; t, ok = next() {
		if n > 0 && t.Sub(last) < r.window {
			return fmt.Errorf("window %s: the round of %s would still be open when that of %s begins; shorten it, or let the round recur less often",
				r.window, last.Format(wall), t.Format(wall))
		}
		last, n = t, n+1
	}
	if n == 0 {
		return fmt.Errorf("the recurrence has no occurrence from %s on", start.Format(wall))
	}
	return nil
}

// At returns the occurrence whose window is open at a time: the one that began last, since clocks that leap can bring two of
// them nearer together than their window is long.
func (r *Recurrence) At(t time.Time) (Occurrence, bool) {
	for _, o := range slices.Backward(r.Between(t.Add(-r.window), t)) {
		if !t.Before(o.From) && t.Before(o.Until) {
			return o, true
		}
	}
	return Occurrence{}, false
}

// Next returns the first occurrence that begins after a time; ok is false when there is none any more.
func (r *Recurrence) Next(t time.Time) (Occurrence, bool) {
	from := onWall(t.In(r.zone)).Add(-slack)
	for range most {
		f := r.floating.After(from, false)
		if f.IsZero() {
			return Occurrence{}, false
		}
		if o := r.occurrence(f); o.From.After(t) && !r.except[f] {
			return o, true
		}
		from = f
	}
	return Occurrence{}, false
}

// slack is more than any zone turns its clocks by.
const slack = 3 * time.Hour

// Between returns the occurrences that begin within [from, to], in order.
func (r *Recurrence) Between(from, to time.Time) []Occurrence {
	var out []Occurrence
	for _, f := range r.floating.Between(onWall(from.In(r.zone)).Add(-slack), onWall(to.In(r.zone)).Add(slack), true) {
		if o := r.occurrence(f); !r.except[f] && !o.From.Before(from) && !o.From.After(to) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Occurrence) int { return a.From.Compare(b.From) })
	return slices.CompactFunc(out, func(a, b Occurrence) bool { return a.From.Equal(b.From) })
}

// occurrence is a floating time in the site's zone.
func (r *Recurrence) occurrence(f time.Time) Occurrence {
	from := inZone(f, r.zone)
	return Occurrence{From: from, Until: from.Add(r.window)}
}

// onWall is what the wall clock says, as a floating time.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// inZone is the time at which a wall clock of a zone says f. After RFC 5545, section 3.3.5, a time that comes twice means the
// first, and one that is leapt over is read with the offset before the leap: 02:30 is then 03:30.
func inZone(f time.Time, zone *time.Location) time.Time {
	_, before := f.Add(-26 * time.Hour).In(zone).Zone()
	_, after := f.Add(26 * time.Hour).In(zone).Zone()
	early := f.Add(-time.Duration(max(before, after)) * time.Second).In(zone)
	late := f.Add(-time.Duration(min(before, after)) * time.Second).In(zone)
	switch {
	case onWall(early).Equal(f):
		return early
	case onWall(late).Equal(f):
		return late
	default:
		return f.Add(-time.Duration(before) * time.Second).In(zone)
	}
}
