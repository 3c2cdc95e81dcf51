package quiet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var night = time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)

func names(t testing.TB) quiet.Names {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return quiet.NamesOf(site, []string{vision.KindHotDevice, vision.KindDoorOpen})
}

func TestATargetCoversWhatItNamesAndNothingElse(t *testing.T) {
	disk := quiet.Place{Hall: "hall-1", Row: "A", Rack: "A02", Device: "A02-u15", Supply: "crac-1", Kinds: []string{"disk-failed"}}
	for name, c := range map[string]struct {
		target quiet.Target
		want   bool
	}{
		"the site":               {quiet.Target{Site: true}, true},
		"nothing":                {quiet.Target{}, false},
		"its hall":               {quiet.Target{Halls: []string{"hall-1"}}, true},
		"its row":                {quiet.Target{Rows: []string{"B", "A"}}, true},
		"another row":            {quiet.Target{Rows: []string{"B"}}, false},
		"another row, its rack":  {quiet.Target{Rows: []string{"B"}, Racks: []string{"A02"}}, true},
		"its device":             {quiet.Target{Devices: []string{"A02-u15"}}, true},
		"what cools it":          {quiet.Target{Supplies: []string{"crac-1"}}, true},
		"its kind":               {quiet.Target{Kinds: []string{"disk-failed"}}, true},
		"another kind":           {quiet.Target{Kinds: []string{"door-open"}}, false},
		"another kind at it":     {quiet.Target{Racks: []string{"A02"}, Kinds: []string{"door-open"}}, false},
		"its kind at it":         {quiet.Target{Racks: []string{"A02"}, Kinds: []string{"door-open", "disk-failed"}}, true},
		"its kind elsewhere":     {quiet.Target{Racks: []string{"A03"}, Kinds: []string{"disk-failed"}}, false},
		"another kind at a site": {quiet.Target{Site: true, Kinds: []string{"door-open"}}, false},
	} {
		if got := c.target.Covers(disk); got != c.want {
			t.Errorf("%s: covers %t, want %t", name, got, c.want)
		}
	}
	if (quiet.Target{Rows: []string{""}}).Covers(quiet.Place{Rack: "A02"}) {
		t.Error("an empty name covers what has no row")
	}
}

func TestBadSilencesAreRefusedAndSayWhatToDo(t *testing.T) {
	at := names(t)
	good := quiet.Silence{Why: "filters", Target: quiet.Target{Racks: []string{"A02"}}, From: night, Until: night.Add(time.Hour)}
	if flaws := good.Check(at); len(flaws) != 0 {
		t.Fatalf("a good silence: %v", flaws)
	}
	for want, spoil := range map[string]func(*quiet.Silence){
		"why: say why":                 func(s *quiet.Silence) { s.Why = "" },
		"racks: it names nothing":      func(s *quiet.Silence) { s.Racks = nil },
		"site: the whole site":         func(s *quiet.Silence) { s.Site = true },
		`racks: the site has no "Z9"`:  func(s *quiet.Silence) { s.Racks = []string{"Z9"} },
		`kinds: the site has no "hot"`: func(s *quiet.Silence) { s.Kinds = []string{"hot"} },
		"until: missing":               func(s *quiet.Silence) { s.Until = time.Time{} },
		"is not after":                 func(s *quiet.Silence) { s.Until = s.From },
		"a year at most":               func(s *quiet.Silence) { s.Until = s.From.AddDate(2, 0, 0) },
		"from: missing":                func(s *quiet.Silence) { s.From = time.Time{} },
		"from: it recurs": func(s *quiet.Silence) {
			s.Recurs = &quiet.Recurrence{Start: "2026-11-02T06:00", Rule: "FREQ=DAILY", WindowSeconds: 60}
		},
		"BYHOUR": func(s *quiet.Silence) {
			s.From, s.Until, s.Recurs = time.Time{}, time.Time{}, &quiet.Recurrence{Start: "2026-11-02T06:00", Rule: "FREQ=HOURLY", WindowSeconds: 60}
		},
		"a window of": func(s *quiet.Silence) {
			s.From, s.Until, s.Recurs = time.Time{}, time.Time{}, &quiet.Recurrence{Start: "2026-11-02T06:00", Rule: "FREQ=DAILY"}
		},
	} {
		s := good
		spoil(&s)
		if err := quiet.Joined(s.Check(at)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something of %q", err, want)
		}
	}
}

func TestAMaintenanceWindowHoldsInItsWindowOnly(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	r := quiet.NewRoll([]quiet.Silence{{ID: "filters", Target: quiet.Target{Supplies: []string{"crac-1"}}, Recurs: &quiet.Recurrence{
		Start: "2026-11-02T22:00", Rule: "FREQ=WEEKLY;BYDAY=MO;COUNT=3", WindowSeconds: 7200, Except: []string{"2026-11-09"},
	}}}, berlin)
	monday := time.Date(2026, 11, 2, 22, 0, 0, 0, berlin)
	for _, c := range []struct {
		at    time.Time
		holds bool
	}{
		{monday.Add(-time.Second), false}, {monday, true}, {monday.Add(2*time.Hour - time.Second), true}, {monday.Add(2 * time.Hour), false},
		{monday.AddDate(0, 0, 7).Add(time.Hour), false}, {monday.AddDate(0, 0, 14).Add(time.Hour), true},
	} {
		if got := len(r.At(c.at)) == 1; got != c.holds {
			t.Errorf("%s: holds %t, want %t", c.at, got, c.holds)
		}
	}
	if over := r.Over(monday.AddDate(0, 0, 14).Add(time.Hour)); len(over) != 0 {
		t.Errorf("%v over while the last one is open", over)
	}
	if over := r.Over(monday.AddDate(0, 0, 14).Add(2 * time.Hour)); len(over) != 1 {
		t.Errorf("%v over when none is to come", over)
	}
}

// some are silences that begin and end within some hours, and one that recurs.
func some(t *rapid.T) []quiet.Silence {
	var all []quiet.Silence
	for i := range rapid.IntRange(0, 5).Draw(t, "silences") {
		from := night.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "from")) * time.Minute)
		all = append(all, quiet.Silence{
			ID: fmt.Sprintf("S-%04d", i+1), Target: quiet.Target{Racks: []string{rapid.SampledFrom([]string{"A01", "A02"}).Draw(t, "rack")}},
			From: from, Until: from.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "minutes")) * time.Minute),
		})
	}
	if rapid.Bool().Draw(t, "recurring") {
		all = append(all, quiet.Silence{ID: "weekly", Target: quiet.Target{Site: true}, Recurs: &quiet.Recurrence{
			Start: "2026-11-28T03:00", Rule: "FREQ=DAILY;BYHOUR=3,5", WindowSeconds: float64(rapid.IntRange(60, 7200).Draw(t, "window")),
		}})
	}
	return all
}

// What holds changes at no time but those that are foretold.
func TestNothingBeginsOrEndsUnforetold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := quiet.NewRoll(some(t), time.UTC)
		now := night.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "now")) * time.Minute)
		turns := r.Turns(now)
		if !turns.After(now) {
			t.Fatalf("at %s it turns at %s", now, turns)
		}
		then := now.Add(time.Duration(rapid.Float64Range(0, 0.999999).Draw(t, "share") * float64(turns.Sub(now))))
		if a, b := held(r.At(now)), held(r.At(then)); a != b {
			t.Fatalf("%s at %s, %s at %s, though it turns at %s", a, now, b, then, turns)
		}
	})
}

func held(active []quiet.Active) string {
	out := ""
	for _, a := range active {
		out += a.ID + " "
	}
	return out
}

// Whatever silences come and go, a ticket never opens under one; and one that is due does, at once where nothing held it, and
// soon after the silences otherwise.
func TestNoTicketOpensUnderASilenceAndNoneIsLost(t *testing.T) {
	place := quiet.Place{Rack: "A02", Kinds: []string{"disk-failed"}}
	rapid.Check(t, func(t *rapid.T) {
		r := quiet.NewRoll(some(t), time.UTC)
		looks := rapid.SliceOfN(rapid.IntRange(0, 600), 0, 10).Draw(t, "looks")
		begins := rapid.IntRange(0, 300).Draw(t, "confirmed")
		var hold *quiet.Hold
		seen := night.Add(time.Duration(begins) * time.Minute)
		free, ever := 0, false
		var covered bool
		for m := begins; ; m++ {
			now := night.Add(time.Duration(m) * time.Minute)
			for _, l := range looks {
				if l == m && now.After(seen) {
					seen = now
				}
			}
			var by quiet.Active
			if by, covered = quiet.Of(r.At(now), place); covered {
				free, ever = 0, true
			} else {
				free++
			}
			var v quiet.Verdict
			if hold, v = quiet.Decide(hold, by, covered, seen, now); v == quiet.Open {
				break
			}
			if !covered && !ever {
				t.Fatalf("at %s nothing was silent, and no ticket opens: %v", now, v)
			}
			if time.Duration(free)*time.Minute > quiet.Recheck+time.Minute {
				t.Fatalf("the ticket is lost: still %v, %d minutes after the silence", v, free)
			}
		}
		if covered {
			t.Fatal("a ticket opened under a silence")
		}
		if hold != nil {
			t.Fatalf("open, and still held: %+v", hold)
		}
	})
}

func TestAfterASilenceALookDecidesAtOnce(t *testing.T) {
	by := quiet.Active{Silence: quiet.Silence{ID: "S-0001", Why: "filters"}}
	hold, v := quiet.Decide(nil, by, true, night, night)
	if v != quiet.Wait || hold.By != "S-0001" {
		t.Fatalf("under a silence: %v %+v", v, hold)
	}
	ends := night.Add(time.Hour)
	if hold, v = quiet.Decide(hold, quiet.Active{}, false, night.Add(time.Minute), ends); v != quiet.Look || hold.Over == nil {
		t.Fatalf("when it ends: %v %+v, want a look", v, hold)
	}
	if _, v := quiet.Decide(hold, quiet.Active{}, false, night.Add(time.Minute), ends.Add(time.Minute)); v != quiet.Wait {
		t.Errorf("before the look: %v", v)
	}
	if h, v := quiet.Decide(hold, quiet.Active{}, false, ends.Add(time.Minute), ends.Add(time.Minute)); v != quiet.Open || h != nil {
		t.Errorf("after a look that saw it: %v %+v", v, h)
	}
	if _, v := quiet.Decide(hold, by, true, ends.Add(time.Minute), ends.Add(time.Minute)); v != quiet.Wait {
		t.Errorf("when another silence begins: %v", v)
	}
}

func TestWhatComesAndGoesSettlesOnlyWhenItWasInOrderForLong(t *testing.T) {
	f := quiet.DefaultRules().Flapping
	back := []time.Time{night, night.Add(time.Hour), night.Add(2 * time.Hour)}
	now := night.Add(3 * time.Hour)
	if !f.Settled(back[:2], time.Time{}, now) {
		t.Error("two returns keep a fault open")
	}
	if f.Settled(back, time.Time{}, now) || f.Settled(back, now.Add(-f.Steady+time.Second), now) {
		t.Error("one that came back three times is closed by its first looks in order")
	}
	if !f.Settled(back, now.Add(-f.Steady), now) {
		t.Error("it never closes")
	}
	if !f.Settled(back, time.Time{}, night.Add(24*time.Hour)) {
		t.Error("a return of a day ago still counts")
	}
}

func TestALevelRisesWithAgeAndSeverity(t *testing.T) {
	r := quiet.DefaultRules()
	rapid.Check(t, func(t *rapid.T) {
		age := time.Duration(rapid.IntRange(0, 100*60).Draw(t, "minutes")) * time.Minute
		more := age + time.Duration(rapid.IntRange(0, 60).Draw(t, "more"))*time.Minute
		if r.Level(vision.Critical, age) > r.Level(vision.Critical, more) {
			t.Fatalf("the level sinks from %s to %s", age, more)
		}
		if r.Level(vision.Critical, age) < r.Level(vision.Warning, age) {
			t.Fatalf("at %s a warning is louder than a critical fault", age)
		}
	})
	if l := r.Level(vision.Critical, time.Hour-time.Second); l != 0 {
		t.Errorf("level %d before an hour", l)
	}
	if l := r.Level(vision.Critical, time.Hour); l != 1 {
		t.Errorf("level %d after an hour", l)
	}
}
