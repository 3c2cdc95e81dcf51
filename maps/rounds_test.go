package maps_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
)

const byTheClock = `patrol:
  revisit_interval: 30m
  rounds:
    - {id: morning, rows: [R], face: front, start: 2026-11-02T06:00, recurrence: FREQ=DAILY, window: 1h, except: [2026-12-24]}
    - {id: drip-trays, racks: [R2], start: 2026-11-02T06:00, recurrence: FREQ=WEEKLY;BYDAY=MO, window: 30m}
  quiet_hours:
    - {from: "22:00", to: "06:00", racks: [R1]}`

func TestRoundsAndQuietHoursAreOfTheSitesClock(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "site.yaml", "patrol: {revisit_interval: 30m}", byTheClock)
	s, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var due []string
	for _, r := range s.Patrol.Rounds {
		for _, v := range s.Viewpoints() {
			if r.Wants(v) {
				due = append(due, r.ID+" "+v.Rack+" "+string(v.Face))
			}
		}
	}
	if !slices.Contains(due, "morning R1 front") || slices.Contains(due, "morning R1 rear") || !slices.Contains(due, "drip-trays R2 rear") {
		t.Errorf("the rounds want %v", due)
	}
	night := time.Date(2026, 11, 27, 23, 0, 0, 0, s.Zone())
	q := s.Patrol.QuietHours[0]
	if !slices.Equal(q.Racks, []string{"R1"}) || !q.Hours.In(night, s.Zone()) || q.Hours.In(night.Add(12*time.Hour), s.Zone()) {
		t.Errorf("the wrong rack is quiet, or at the wrong time: %+v", q)
	}
}

func TestRoundsAtFaultAreToldWithTheirLines(t *testing.T) {
	files := folder(t, "testdata/small")
	wrong := strings.NewReplacer("FREQ=DAILY", "FREQ=HOURLY", "racks: [R2]", "racks: [R9]", `"22:00"`, `"25:00"`, "face: front", "face: top").Replace(byTheClock)
	edit(t, files, "site.yaml", "patrol: {revisit_interval: 30m}", wrong)
	_, err := maps.Load(files)
	var ps maps.Problems
	if !errors.As(err, &ps) || len(ps) != 4 {
		t.Fatalf("%v, want four faults", err)
	}
	for i, want := range []string{"face", "BYHOUR", "R9", "22:00"} {
		if !strings.Contains(ps.Error(), want) || ps[i].Line < 8 || ps[i].Line > 11 {
			t.Errorf("fault %d: %v, want something of %q", i, ps[i], want)
		}
	}
}

func TestTimeWithQuietHoursIsSummedOnce(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "site.yaml", "time_zone: UTC", "time_zone: Europe/Berlin")
	edit(t, files, "site.yaml", "patrol: {revisit_interval: 30m}", `patrol:
  revisit_interval: 30m
  quiet_hours:
    - {from: "22:00", to: "06:00", racks: [R1]}
    - {from: "05:00", to: "07:30", racks: [R1, R2], days: [mon, sun]}
    - {from: "12:00", to: "24:00", racks: [R2], days: [tue]}`)
	s, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		clocksGoForward := time.Date(2026, 3, 27, 0, 0, 0, 0, s.Zone()) // two days before, in Europe
		from := clocksGoForward.Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(t, "from")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "minutes")) * time.Minute)
		for _, rack := range []string{"R1", "R2"} {
			var minutes time.Duration
			for at := from; at.Before(to); at = at.Add(time.Minute) {
				if s.Quiet(at)[rack] {
					minutes += time.Minute
				}
			}
			if got := s.QuietFor(rack, from, to); got != minutes {
				t.Fatalf("%s is quiet for %v from %v to %v, counted by the minute %v", rack, got, from, to, minutes)
			}
		}
	})
}
