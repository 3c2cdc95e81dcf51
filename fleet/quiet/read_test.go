package quiet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/vision"
)

const goodFile = `reopen_window: 12h
flapping: {times: 4, within: 12h, steady: 2h}
escalation:
  - {severity: critical, after: 30m}
silences:
  - id: filters
    why: the filters of crac-1 are changed on Mondays
    supplies: [crac-1]
    start: 2026-11-02T06:00
    recurrence: FREQ=WEEKLY;BYDAY=MO
    window: 2h
    except: [2026-11-09]
  - {id: A02, why: new disks, racks: [A02], kinds: [door-open], from: 2026-11-28T06:00, until: "2026-11-28T09:00:00+01:00"}
`

func TestAFileOfSilencesIsRead(t *testing.T) {
	rules, all, err := quiet.Parse("quiet.yaml", []byte(goodFile), names(t))
	if err != nil {
		t.Fatal(err)
	}
	if rules.ReopenWindow != 12*time.Hour || rules.Flapping.Times != 4 || rules.Flapping.Steady != 2*time.Hour || len(rules.Escalation) != 1 ||
		rules.Level(vision.Critical, time.Hour) != 1 {
		t.Errorf("rules %+v", rules)
	}
	if len(all) != 2 || all[0].Recurs == nil || all[0].Recurs.WindowSeconds != 7200 || all[0].File != "quiet.yaml" || all[1].Until.Hour() != 9 {
		t.Errorf("silences %+v", all)
	}
	if rules, none, err := quiet.Parse("quiet.yaml", nil, names(t)); err != nil || len(none) != 0 || rules.ReopenWindow != 24*time.Hour {
		t.Errorf("an empty file: %+v %v %v", rules, none, err)
	}
}

func TestABadFileIsRefusedWithFileAndLine(t *testing.T) {
	for _, c := range []struct{ old, bad, want string }{
		{"    window: 2h", "    windows: 2h", "quiet.yaml:11: silences[0].windows: unknown field"},
		{"[crac-1]", "[crac-9]", `quiet.yaml:8: silences[0].supplies: the site has no "crac-9"`},
		{"FREQ=WEEKLY;BYDAY=MO", "FREQ=HOURLY", "quiet.yaml:10: silences[0].recurrence:"},
		{"window: 2h", "window: soon", `quiet.yaml:11: silences[0].window: "soon" is no length of time`},
		{"except: [2026-11-09]", "except: [2026-11-10]", "quiet.yaml:10: silences[0].recurrence: except"},
		{"    why: the filters of crac-1 are changed on Mondays\n", "", "silences[0].why: say why"},
		{"id: filters", "id: A02", `quiet.yaml:13: silences[1].id: "A02" is taken`},
		{"id: filters", "id: S-0001", "made by hand"},
		{"times: 4", "times: many", "quiet.yaml:2: flapping.times: want a whole number"},
		{"critical", "awful", "quiet.yaml:4: escalation[0].severity"},
		{", after: 30m", "", "quiet.yaml:4: escalation[0].after: is missing"},
		{"reopen_window: 12h", "reopen_window: -1h", "quiet.yaml:1: reopen_window"},
		{"racks: [A02], ", "site: perhaps, ", "quiet.yaml:13: silences[1].site: want true or false"},
		{"from: 2026-11-28T06:00", "from: today", "quiet.yaml:13: silences[1].from"},
		{"flapping:", "reopen_window: 1h\nflapping:", "quiet.yaml:2: reopen_window: stands twice"},
		{goodFile, "- 1", "quiet.yaml:1: want a mapping"},
		{goodFile, "silences: [&a {id: x, why: *a}]", "quiet.yaml"},
		{goodFile, "\tx: [", "quiet.yaml"},
	} {
		text := strings.Replace(goodFile, c.old, c.bad, 1)
		if text == goodFile {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, all, err := quiet.Parse("quiet.yaml", []byte(text), names(t))
		if err == nil || !strings.Contains(err.Error(), c.want) || all != nil {
			t.Errorf("%q: %v, want something of %q", c.bad, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(goodFile)
	f.Add("silences: [&a {id: x, why: *a, racks: [*a]}]")
	f.Add("flapping: {times: 99999999999999999999}")
	f.Add("silences:\n- {id: x, why: y, site: true, start: 2026-11-02T06:00, recurrence: 'FREQ=DAILY;BYHOUR=25', window: 1h}")
	at := names(f)
	f.Fuzz(func(t *testing.T, text string) {
		rules, all, err := quiet.Parse("f.yaml", []byte(text), at)
		if err != nil {
			if len(all) != 0 {
				t.Fatalf("refused (%v), and yet %d silences", err, len(all))
			}
			return
		}
		if rules.ReopenWindow <= 0 || rules.Flapping.Times < 2 || rules.Flapping.Steady <= 0 {
			t.Fatalf("rules %+v", rules)
		}
		for _, s := range all {
			if flaws := s.Check(at); len(flaws) != 0 {
				t.Fatalf("%+v is taken: %v", s, flaws)
			}
		}
		quiet.NewRoll(all, time.UTC).Turns(night)
	})
}
