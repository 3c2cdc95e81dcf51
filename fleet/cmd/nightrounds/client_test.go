package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// controller answers every path with its value.
func controller(t *testing.T, answers map[string]any) server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			v = map[string]string{"detail": `rack "Z99": unknown`}
		}
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return server{s.URL}
}

// printed is what f writes to the standard output.
func printed(t *testing.T, f func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = w
	err = f()
	os.Stdout = old
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestListsAreTablesForPeopleAndArraysForScripts(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
	s := controller(t, map[string]any{
		"GET robots":  []fleet.RobotView{{ID: "nightrounds/NR-01", State: "driving", Rack: "A03", Battery: 0.5}},
		"GET faults":  []fault.Fault{{ID: "F-0001", State: fault.Ticketed, Kind: "disk-failed", Rack: "A02", Unit: 15, Device: "A02-srv-15", Cause: "disk4 is amber", Timeline: []fault.Entry{{At: at, What: "suspected: once"}}}},
		"GET tickets": []ticket.Ticket{{ID: "T-0001", State: ticket.Open, Kind: "disk-failed", Rack: "A02", Unit: 15, Device: "A02-srv-15"}},
		"GET patrol": fleet.PatrolView{Viewpoints: []fleet.ViewpointView{
			{ID: "A01-front-1", State: "within", Rack: "A01", Ratio: 0.2}, {ID: "A02-front-1", State: "late", Rack: "A02", Ratio: 1.2},
		}},
		"POST inspections/I-00007/move-up": fleet.MovedUp{
			Inspection: fleet.Inspection{ID: "I-00007", State: fleet.Waiting, At: at, MovedAt: at.Add(time.Hour), Promised: &patrol.Promised{Robot: "nightrounds/NR-02", In: time.Minute, P90: 2 * time.Minute}},
			Before:     []string{"I-00003", "I-00005"},
		},
		"POST inspections/I-00007/cancel": fleet.Inspection{ID: "I-00007", State: fleet.Withdrawn},
		"POST inspections":                []fleet.Inspection{{ID: "I-00001", State: fleet.Waiting, Rack: "A03"}},
	})
	table, scripts := output{s, "table"}, output{s, "json"}
	for name, c := range map[string]struct {
		run  func() error
		want []string
	}{
		"robots":         {func() error { return (&robotsCmd{table}).Run(t.Context()) }, []string{"NR-01", "driving", "50 %"}},
		"faults":         {func() error { return (&listFaultsCmd{output: table}).Run(t.Context()) }, []string{"F-0001", "ticketed", "A02-srv-15", "disk4 is amber"}},
		"a fault":        {func() error { return (&listFaultsCmd{output: table, ID: "F-0001"}).Run(t.Context()) }, []string{"2026-11-23 03:12:00  suspected: once"}},
		"tickets":        {func() error { return (&listTicketsCmd{table}).Run(t.Context()) }, []string{"T-0001", "open"}},
		"patrol":         {func() error { return (&patrolCmd{output: table}).Run(t.Context()) }, []string{"A02-front-1", "late"}},
		"inspect":        {func() error { return (&inspectCmd{output: table, Rack: "A03"}).Run(t.Context()) }, []string{"I-00001", "waiting"}},
		"moving up":      {func() error { return (&inspectionsUpCmd{output: table, ID: "I-00007"}).Run(t.Context()) }, []string{"I-00007", "NR-02 04:13:00, by 04:14:00", "now before I-00003, I-00005"}},
		"taking back":    {func() error { return (&inspectionsCancelCmd{output: table, ID: "I-00007"}).Run(t.Context()) }, []string{"I-00007", "cancelled"}},
		"faults as JSON": {func() error { return (&listFaultsCmd{output: scripts}).Run(t.Context()) }, []string{`"id": "F-0001"`, `"state": "ticketed"`, `"rack": "A02"`, `"unit": 15`, `"device": "A02-srv-15"`, `"kind": "disk-failed"`}},
		"patrol as JSON": {func() error { return (&patrolCmd{output: scripts}).Run(t.Context()) }, []string{`"id": "A01-front-1"`, `"state": "late"`}},
	} {
		got := printed(t, c.run)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
		if strings.HasSuffix(name, "JSON") && !strings.HasPrefix(got, "[") {
			t.Errorf("%s: not an array:\n%s", name, got)
		}
	}
}

func TestRefusalsAreTheControllersOwnWords(t *testing.T) {
	s := controller(t, nil)
	err := (&inspectCmd{output: output{s, "table"}, Rack: "Z99"}).Run(t.Context())
	if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), `rack "Z99": unknown`) {
		t.Fatalf("error %v", err)
	}
	err = (&robotsCmd{output{server{"http://127.0.0.1:1"}, "table"}}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "nightrounds serve") {
		t.Fatalf("error %v: it does not say what to do", err)
	}
}

func TestDemosTimeGoesOnWhereItStood(t *testing.T) {
	now := time.Now()
	file := filepath.Join(t.TempDir(), "clock.json")
	first := &demoClock{file: file, speed: 6}
	if err := first.start(now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := first.save(); err != nil { // an hour of the wall: six of the hall
		t.Fatal(err)
	}
	second := &demoClock{file: file, speed: 6}
	if err := second.start(now.Add(24 * time.Hour)); err != nil { // a day later
		t.Fatal(err)
	}
	third := &demoClock{file: file, speed: 6}
	if err := third.start(time.Now()); err != nil { // at once
		t.Fatal(err)
	}
	ahead := clock.Clock{Epoch: third.epoch, Speed: 6}.Now().Sub(now)
	if ahead < 5*time.Hour-time.Minute || ahead > 5*time.Hour+time.Minute {
		t.Errorf("after a break of no time the hall is %s ahead of the wall, want 5 h", ahead)
	}
	if !second.epoch.Equal(now.Add(24 * time.Hour)) {
		t.Errorf("after a day the hall is behind the wall: its time begins anew, got epoch %s", second.epoch)
	}
}

func TestStorytellerSumsUpTheFloor(t *testing.T) {
	var lines []string
	s := &storyteller{out: func(l string) { lines = append(lines, l) }}
	s.hear("robots", []byte(`[{"id":"nightrounds/NR-01","state":"looking","rack":"A03","battery":0.5}]`))
	s.hear("coverage", []byte(`{"at":"2026-11-23T03:12:00Z","looked":40,"viewpoints":192,"within":190,"worst":1.5}`))
	s.hear("coverage", []byte(`{"at":"2026-11-23T03:12:10Z","looked":41,"viewpoints":192,"within":190}`))
	s.hear("story", []byte(`{"at":"2026-11-23T03:12:20Z","text":"F-0001 suspected"}`))
	want := []string{
		"03:12:00  == 40 of 192 viewpoints looked at, 2 late, the oldest at 150 % of its interval | NR-01 looking A03 50 %",
		"03:12:20  F-0001 suspected",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Fatalf("told\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}
