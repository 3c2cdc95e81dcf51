package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/nightrounds/nightrounds/maps"
)

// sitePlan runs `nightrounds site plan` with arguments, as its user types them, and reads its JSON.
func sitePlan(t *testing.T, args ...string) (hallOutlook, string, error) {
	t.Helper()
	var c cli
	k, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := k.Parse(append([]string{"site", "plan", "-o", "json"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	parsed.BindTo(t.Context(), (*context.Context)(nil))
	var ran error
	out := printed(t, func() error { ran = parsed.Run(); return nil })
	if ran != nil {
		return hallOutlook{}, out, ran
	}
	var all []hallOutlook
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		t.Fatalf("%d halls, %v:\n%s", len(all), err, out)
	}
	return all[0], out, nil
}

func mustPlan(t *testing.T, args ...string) hallOutlook {
	t.Helper()
	o, _, err := sitePlan(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAPlanOfThreeRobotsAddsUpAndComesTwice(t *testing.T) {
	o, out, err := sitePlan(t, "sample", "--robots", "3", "--hours", "2")
	if err != nil {
		t.Fatal(err)
	}
	if !o.Kept || o.Robots != 3 || o.Hours != 2 || o.Worst > 1 || o.Worst < o.Bound || len(o.Debt) > 0 || len(o.Unseen) > 0 || o.Flat > 0 || len(o.Docks) != 3 {
		t.Errorf("got %+v", o)
	}
	if len(o.Classes) != 1 || o.Classes[0].Viewpoints != 192 || o.Classes[0].Mean > o.Classes[0].Worst || o.Classes[0].Worst > o.Classes[0].Interval {
		t.Errorf("classes %+v", o.Classes)
	}
	for _, r := range o.Time {
		var sum float64
		for _, s := range r.Shares {
			sum += s
		}
		if sum < 0.999 || sum > 1.001 || r.Shares["looking"] < 0.2 || r.Shares["dead"] > 0 {
			t.Errorf("%s: %v", r.Robot, r.Shares)
		}
	}
	if _, again, _ := sitePlan(t, "sample", "--robots", "3", "--hours", "2"); again != out {
		t.Error("the same plan comes out otherwise")
	}
}

func TestAutoFindsTheFewestRobots(t *testing.T) {
	o := mustPlan(t, "sample", "--robots", "auto", "--hours", "2")
	if !o.Kept || o.Fewest != o.Robots || o.Fewest < 2 {
		t.Fatalf("got %+v", o)
	}
	less := mustPlan(t, "sample", "--robots", "1", "--hours", "2")
	if less.Kept || len(less.Debt) == 0 || o.Fewest != 2 {
		t.Errorf("the fewest are said to be %d, with 1 %d viewpoints are late", o.Fewest, len(less.Debt))
	}
	if more := mustPlan(t, "sample", "--hours", "3", "--fail", "robot:NR-02@1h+2h"); more.Fewest <= o.Fewest {
		t.Errorf("%d robots are the fewest with one that dies, %d without", more.Fewest, o.Fewest)
	}
}

func TestFailuresShowInAPlan(t *testing.T) {
	well := mustPlan(t, "sample", "--robots", "2", "--hours", "3")
	dead := mustPlan(t, "sample", "--robots", "2", "--hours", "3", "--fail", "robot:NR-02@1h")
	if dead.Kept || dead.Worst <= well.Worst || dead.Time[1].Shares["dead"] < 0.5 || dead.Time[0].Shares["dead"] > 0 {
		t.Errorf("a robot that dies: worst %.2f (%.2f without), shares %v", dead.Worst, well.Worst, dead.Time)
	}
	shut := mustPlan(t, "sample", "--robots", "2", "--hours", "3", "--fail", "aisle:aisle-3@1h+2h")
	if shut.Kept || shut.Worst < 2 || len(shut.Debt) == 0 || len(shut.Debt) > 100 {
		t.Errorf("an aisle that is closed for two hours: worst %.2f, %d late", shut.Worst, len(shut.Debt))
	}
	for _, args := range [][]string{
		{"--robots", "2", "--fail", "robot:NR-09@1h"}, {"--robots", "2", "--fail", "aisle:nowhere@1h+1h"}, {"--robots", "0"}, {"--robots", "many"},
		{"--hours", "0"}, {"--from", "tonight"}, {"--robots", "100"}, {"--hall", "nowhere"}, {"--sensors", "none", "--mast", "0.2"},
	} {
		if _, out, err := sitePlan(t, append([]string{"sample"}, args...)...); !errors.Is(err, errUsage) || out != "" {
			t.Errorf("%v: error %v, printed %q", args, err, out)
		}
	}
}

func TestAPlanIsDrawn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "night.svg")
	mustPlan(t, "sample", "--robots", "3", "--hours", "2", "--fail", "robot:NR-03@30m", "--gantt", file)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var texts []string
	fills := map[string]int{}
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			for _, a := range e.Attr {
				if a.Name.Local == "fill" && e.Name.Local == "rect" {
					fills[a.Value]++
				}
			}
		case xml.CharData:
			texts = append(texts, strings.TrimSpace(string(e)))
		}
	}
	said := strings.Join(texts, " ")
	for _, want := range []string{"NR-01", "NR-02", "NR-03", "driving", "looking", "charging", "dead", "19:00"} {
		if !strings.Contains(said, want) {
			t.Errorf("the drawing does not say %q", want)
		}
	}
	if len(fills) < 6 { // the ground, and what robots did
		t.Errorf("bars by colour: %v", fills)
	}
}

// patrolled is a copy of the sample whose patrol has more to say than its interval.
func patrolled(t *testing.T, more string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, maps.Sample()); err != nil {
		t.Fatal(err)
	}
	text := read(t, dir, "site.yaml")
	edited := strings.Replace(text, "revisit_interval: 30m", "revisit_interval: 30m, "+more, 1)
	if edited == text {
		t.Fatal("the sample's site.yaml has changed")
	}
	if err := os.WriteFile(filepath.Join(dir, "site.yaml"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRoundsByTheClockAreWalkedInAPlan(t *testing.T) {
	dir := patrolled(t, `rounds: [
    {id: cages, racks: [A01, A02, B01], face: front, start: 2026-07-01T19:00, recurrence: "FREQ=DAILY;BYHOUR=19,20,21", window: 30m},
    {id: hasty, rows: [D], start: 2026-07-01T20:00, recurrence: FREQ=DAILY, window: 1m}]`)
	rounds := mustPlan(t, dir, "--robots", "2", "--hours", "4", "--from", "2026-07-01T18:00").Rounds
	walked := map[string]int{}
	for _, r := range rounds {
		walked[r.Round]++
		whole := r.Done == r.Looks
		if r.Looks == 0 || whole != (r.Round == "cages") || r.Until.Sub(r.From) > 30*time.Minute {
			t.Errorf("%+v", r)
		}
	}
	if walked["cages"] < 3 || walked["hasty"] != 1 {
		t.Errorf("windows of each round in four hours: %v", walked)
	}
}

func TestQuietHoursHoldInAPlan(t *testing.T) {
	dir := patrolled(t, `quiet_hours: [{from: "18:00", to: "23:00", rows: [A, B, C, D]}]`)
	in := mustPlan(t, dir, "--robots", "2", "--hours", "2", "--from", "2026-07-01T18:00")
	for _, r := range in.Time {
		if r.Shares["looking"] > 0 {
			t.Errorf("%s looks for %.1f %% of the quiet hours", r.Robot, 100*r.Shares["looking"])
		}
	}
	if !in.Kept {
		t.Errorf("quiet hours count as late: %+v", in.Debt)
	}
	if after := mustPlan(t, dir, "--robots", "2", "--hours", "2", "--from", "2026-07-01T23:00"); !after.Kept || after.Time[0].Shares["looking"] < 0.2 {
		t.Errorf("after the quiet hours: %+v", after)
	}
}
