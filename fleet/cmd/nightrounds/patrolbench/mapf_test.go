package patrolbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func options(t testing.TB, small bool) Options {
	t.Helper()
	return Options{Seed: 1, Data: filepath.Join(os.Getenv("NIGHTROUNDS_DATA"), "sched"), Small: small, Now: time.Now, Progress: func(string, int, int) {}}
}

func TestInstancesOfOthersAreDriven(t *testing.T) {
	o := options(t, os.Getenv("NIGHTROUNDS_BENCH") == "")
	rows, err := mapf(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Logf("%+v", r)
		if strings.Contains(r.NotRun, "--data") {
			t.Skipf("the instances are not here: %s (set NIGHTROUNDS_DATA)", r.NotRun)
		}
		if r.Met != nil && !*r.Met && r.Name != "mapf.seconds_100" {
			t.Errorf("%s is %g, target %g", r.Name, r.Value, *r.Target)
		}
	}
}

func TestNoJamLocks(t *testing.T) {
	o := options(t, os.Getenv("NIGHTROUNDS_BENCH") == "")
	rows, err := jams(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Logf("%+v", r)
		if !*r.Met {
			t.Errorf("%s is %g: %s", r.Name, r.Value, r.Note)
		}
	}
}

func FuzzReadGrid(f *testing.F) {
	f.Add("type octile\nheight 2\nwidth 2\nmap\n..\n@.\n")
	f.Fuzz(func(t *testing.T, s string) {
		g, err := readGrid(strings.NewReader(s))
		if err == nil && len(g.Nodes()) == 0 {
			t.Error("a grid without a node")
		}
	})
}

func FuzzReadTrips(f *testing.F) {
	f.Add("version 1\n0\ttiny-tree.map\t3\t4\t1\t0\t0\t3\t4\n")
	f.Fuzz(func(t *testing.T, s string) {
		trips, err := readTrips(strings.NewReader(s))
		for _, r := range trips {
			if err == nil && (r.from == "" || r.to == "") {
				t.Error("a trip without an end")
			}
		}
	})
}

func FuzzReadTruth(f *testing.F) {
	f.Add("map,N,scen,solvable\ntiny-tree,2,tiny-tree-nr4c-1.scen,solvable\n")
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := readTruth(strings.NewReader(s))
		for _, r := range rows {
			if err == nil && r.robots < 1 {
				t.Error("an instance without a robot")
			}
		}
	})
}
