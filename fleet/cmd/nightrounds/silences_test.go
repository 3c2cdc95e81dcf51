package main

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/quiet"
)

func TestSilencesAreWrittenAsPeopleWriteThem(t *testing.T) {
	now := time.Date(2026, 11, 27, 13, 0, 0, 0, time.UTC)
	ask, err := (&addSilenceCmd{Why: "filters", Rack: []string{"A02"}, From: "23:00", Until: "01:00"}).ask(now)
	if err != nil {
		t.Fatal(err)
	}
	from, until := ask["from"].(time.Time), ask["until"].(time.Time)
	if until.Sub(from) != 2*time.Hour || from.Hour() != 23 || ask["halls"] != nil {
		t.Errorf("%v", ask)
	}
	ask, err = (&addSilenceCmd{Why: "filters", Supply: []string{"crac-1"}, Recurrence: "FREQ=WEEKLY", Start: "2026-11-02T06:00", For: time.Hour}).ask(now)
	if r, ok := ask["recurs"].(quiet.Recurrence); err != nil || !ok || r.WindowSeconds != 3600 || r.Start != "2026-11-02T06:00" {
		t.Errorf("%v (%v)", ask, err)
	}
	for want, c := range map[string]addSilenceCmd{
		"--for 2h":       {Why: "filters", Rack: []string{"A02"}},
		"--start":        {Why: "filters", Recurrence: "FREQ=DAILY", For: time.Hour},
		"--recurrence":   {Why: "filters", Start: "2026-11-02T06:00", For: time.Hour},
		`--from "soon"`:  {Why: "filters", From: "soon", For: time.Hour},
		`--until "soon"`: {Why: "filters", Until: "soon"},
	} {
		if _, err := c.ask(now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want something of %q", c, err, want)
		}
	}
}

func TestWhatIsHeldBackIsSaid(t *testing.T) {
	over := time.Now()
	f := fault.Fault{State: fault.Confirmed, Held: &quiet.Hold{By: "S-0001"}}
	if got := faultState(f); got != "confirmed (S-0001)" {
		t.Errorf("held back: %q", got)
	}
	f.Held.Over = &over
	if got := faultState(f); got != "confirmed" {
		t.Errorf("no longer held back: %q", got)
	}
	row := silenceRow(fleet.SilenceView{Silence: quiet.Silence{ID: "S-0001", Target: quiet.Target{Site: true, Kinds: []string{"door-open"}}}, Holds: true, Faults: []string{"F-0001"}})
	if row[2].(quiet.Target).String() != "only door-open at the whole site" || row[3] != "F-0001" || !strings.HasPrefix(row[1].(string), "until ") {
		t.Errorf("row %v", row)
	}
}
