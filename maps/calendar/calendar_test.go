package calendar_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func daily(rule string, start string, except ...string) calendar.Spec {
	return calendar.Spec{Rule: rule, Start: start, Window: time.Hour, Except: except}
}

func TestSixOClockStaysSixOnTheWallOverDaylightSaving(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		z := zone(t, name)
		r, err := calendar.New(daily("FREQ=DAILY", "2026-01-01T06:00"), z)
		if err != nil {
			t.Fatal(err)
		}
		year := r.Between(time.Date(2026, 1, 1, 0, 0, 0, 0, z), time.Date(2026, 12, 31, 23, 59, 0, 0, z))
		if len(year) != 365 {
			t.Errorf("%s: %d rounds in a year of days", name, len(year))
		}
		for _, o := range year {
			if l := o.From.In(z); l.Hour() != 6 || l.Minute() != 0 {
				t.Errorf("%s: a round at %s", name, l)
			}
		}
	}
}

// The examples of RFC 5545, section 3.3.5: 02:30 on 11 March 2007 in New York did not exist, 01:30 on 4 November came twice.
func TestATimeLeaptOverIsReadWithTheOffsetBefore(t *testing.T) {
	z := zone(t, "America/New_York")
	for _, c := range []struct{ start, want string }{
		{"2007-03-11T02:30", "2007-03-11T03:30:00-04:00"},
		{"2007-11-04T01:30", "2007-11-04T01:30:00-04:00"},
	} {
		r, err := calendar.New(daily("FREQ=YEARLY", c.start), z)
		if err != nil {
			t.Fatal(err)
		}
		o, ok := r.Next(time.Date(2007, 1, 1, 0, 0, 0, 0, z))
		if got := o.From.Format(time.RFC3339); !ok || got != c.want {
			t.Errorf("%s: %s, want %s", c.start, got, c.want)
		}
	}
}

func TestExceptionsAreLeftOut(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	r, err := calendar.New(daily("FREQ=DAILY;BYHOUR=6,18", "2026-12-23T06:00", "2026-12-24", "2026-12-25T06:00"), z)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range r.Between(time.Date(2026, 12, 23, 0, 0, 0, 0, z), time.Date(2026, 12, 26, 0, 0, 0, 0, z)) {
		got = append(got, o.From.Format("02 15"))
	}
	if want := "23 06,23 18,25 18"; strings.Join(got, ",") != want {
		t.Errorf("rounds at %v, want %s", got, want)
	}
	if _, open := r.At(time.Date(2026, 12, 24, 6, 30, 0, 0, z)); open {
		t.Error("a round that is left out is open")
	}
}

func TestARoundIsOpenForItsWindow(t *testing.T) {
	z := zone(t, "Europe/Berlin")
	r, err := calendar.New(daily("FREQ=WEEKLY;BYDAY=MO,TH", "2026-11-02T22:00"), z)
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 22, 0, 0, 0, z)
	for _, c := range []struct {
		at   time.Time
		open bool
	}{{monday.Add(-time.Second), false}, {monday, true}, {monday.Add(time.Hour - time.Second), true}, {monday.Add(time.Hour), false}} {
		if o, open := r.At(c.at); open != c.open || open && !o.From.Equal(monday) {
			t.Errorf("%s: %v %t", c.at, o, open)
		}
	}
	if o, ok := r.Next(monday); !ok || !o.From.Equal(monday.AddDate(0, 0, 3)) {
		t.Errorf("after Monday comes %v", o)
	}
}

func TestUntilEndsInUTC(t *testing.T) {
	z := zone(t, "Asia/Tokyo")
	r, err := calendar.New(daily("FREQ=DAILY;UNTIL=20261103T210000Z", "2026-11-02T06:00"), z)
	if err != nil {
		t.Fatal(err)
	}
	if all := r.Between(time.Date(2026, 11, 1, 0, 0, 0, 0, z), time.Date(2027, 1, 1, 0, 0, 0, 0, z)); len(all) != 3 {
		t.Errorf("%d rounds, want those of 2, 3 and 4 November: %v", len(all), all)
	}
	if _, ok := r.Next(time.Date(2027, 1, 1, 0, 0, 0, 0, z)); ok {
		t.Error("a recurrence that is over goes on")
	}
}

func TestBadRecurrencesSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		spec calendar.Spec
		want string
	}{
		{daily("FREQ=HOURLY", "2026-11-02T06:00"), "BYHOUR"},
		{daily("FREQ=NEVER", "2026-11-02T06:00"), "FREQ=NEVER"},
		{daily("FREQ=DAILY", "2026-11-02"), "2026-11-02T06:00"},
		{daily("FREQ=DAILY;UNTIL=20250101T000000Z", "2026-11-02T06:00"), "no occurrence"},
		{daily("FREQ=DAILY", "2026-11-02T06:00", "2026-11-01"), "does not occur"},
		{daily("FREQ=DAILY", "2026-11-02T06:00", "tomorrow"), "2026-12-24"},
		{calendar.Spec{Rule: "FREQ=DAILY", Start: "2026-11-02T06:00"}, "window"},
		{calendar.Spec{Rule: "FREQ=DAILY", Start: "2026-11-02T06:00", Window: 25 * time.Hour}, "shorten it"},
	} {
		if _, err := calendar.New(c.spec, time.UTC); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want something of %q", c.spec, err, c.want)
		}
	}
}

func TestQuietHoursOverMidnightBelongToTheirEvening(t *testing.T) {
	h, err := calendar.NewHours("22:00", "06:00", []string{"fri"})
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for hours, quiet := range map[float64]bool{5: false, 21.9: false, 22: true, 26: true, 29.9: true, 30: false, 46: false} {
		if got := h.In(friday.Add(time.Duration(hours*float64(time.Hour))), time.UTC); got != quiet {
			t.Errorf("%g h after Friday began: quiet %t", hours, got)
		}
	}
	for _, bad := range [][3]string{{"22", "06:00", ""}, {"06:00", "06:00", ""}, {"22:00", "06:00", "friday"}} {
		days := strings.Fields(bad[2])
		if _, err := calendar.NewHours(bad[0], bad[1], days); err == nil {
			t.Errorf("%v are taken for hours", bad)
		}
	}
}

// On Lord Howe clocks leap by half an hour: the round of 02:00 begins at 02:30 then, and that of 03:00 while it is still open.
func TestOfTwoWindowsThatALeapBringsTogetherTheLaterIsOpen(t *testing.T) {
	z := zone(t, "Australia/Lord_Howe")
	r, err := calendar.New(daily("FREQ=DAILY;BYHOUR=0,1,2,3", "2026-01-04T02:00"), z)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{"02:45": "02:30", "03:00": "03:00", "03:15": "03:00"} {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2026-10-04 "+at, z)
		if err != nil {
			t.Fatal(err)
		}
		if o, open := r.At(now); !open || o.From.In(z).Format("15:04") != want {
			t.Errorf("at %s the round of %s is open (%t), want that of %s", at, o.From.In(z).Format("15:04"), open, want)
		}
	}
}

// Whatever the zone and the time, Next and Between agree, and no occurrence comes twice.
func TestNextAndBetweenAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := load(t, rapid.SampledFrom([]string{"Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "UTC", "Africa/Casablanca"}).Draw(t, "zone"))
		rule := rapid.SampledFrom([]string{"FREQ=DAILY;BYHOUR=0,1,2,3", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30", "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYDAY=-1SU"}).Draw(t, "rule")
		r, err := calendar.New(daily(rule, "2026-01-04T02:00"), z)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, z).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "minute")) * time.Minute)
		all := r.Between(from, from.AddDate(0, 0, 40))
		at := from.Add(-time.Nanosecond)
		for _, o := range all {
			next, ok := r.Next(at)
			if !ok || !next.From.Equal(o.From) {
				t.Fatalf("after %s Next says %s, Between %s", at, next.From, o.From)
			}
			if now, open := r.At(o.From); !open || !now.From.Equal(o.From) {
				t.Fatalf("at %s the round is not open", o.From)
			}
			at = o.From
		}
	})
}

func FuzzRecurrence(f *testing.F) {
	f.Add("FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6", "2026-11-02T06:00", "2026-12-24")
	f.Add("RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "2026-11-02T06:00", "")
	f.Fuzz(func(t *testing.T, rule, start, except string) {
		spec := calendar.Spec{Rule: rule, Start: start, Window: time.Minute}
		if except != "" {
			spec.Except = []string{except}
		}
		r, err := calendar.New(spec, time.UTC)
		if err != nil {
			return
		}
		from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		for _, o := range r.Between(from, from.AddDate(0, 1, 0)) {
			if o.Until.Sub(o.From) != time.Minute {
				t.Errorf("an occurrence from %s to %s", o.From, o.Until)
			}
		}
	})
}

func load(t *rapid.T, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
