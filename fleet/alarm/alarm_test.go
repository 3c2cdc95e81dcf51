package alarm_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	floor "github.com/nightrounds/nightrounds/maps"
)

func hallOf(t interface{ Fatal(...any) }, h fleettest.Hall) alarm.Floor {
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	return alarm.Floor{Graph: g, MayStay: func(n string) bool { return traffic.MayStay(g, n) }, ClearanceM: 1}
}

func TestSafePlacesAreDocksAndNodesOffTheAislesUnlessTheSiteNamesThem(t *testing.T) {
	f := hallOf(t, fleettest.SampleHall(time.Hour))
	first, more := f.Safe()
	if len(more) != 0 || !slices.Contains(first, "dock-1") || !slices.Contains(first, "e2") || slices.Contains(first, "w1") {
		t.Errorf("first %v, more %v: want docks and eastern mouths; w1 is a dock's only way", first, more)
	}
	for _, n := range first {
		if f.Graph.AisleOf(n) != "" {
			t.Errorf("%s lies in an aisle", n)
		}
	}
	f.Declared = []string{"e0", "e1"}
	f.Doorway = func(n string) bool { return n == "e1" }
	if first, more = f.Safe(); !slices.Equal(first, []string{"e0"}) || !slices.Contains(more, "dock-2") {
		t.Errorf("first %v, more %v: want e0, for e1 is a doorway, and then what there is", first, more)
	}
}

// Two robots of an aisle between two places: who is nearer to its mouth goes out there, whatever else is near.
func TestRobotsOfOneAisleDoNotChangeSides(t *testing.T) {
	f := hallOf(t, fleettest.SampleHall(time.Hour))
	f.Declared = []string{"e1", "dock-2"}
	got := alarm.Assign(f, []alarm.Robot{{ID: "r1", Node: "a1-03"}, {ID: "r2", Node: "a1-09"}})
	if got["r1"] != "dock-2" || got["r2"] != "e1" {
		t.Errorf("%v, want r1 out to the west, r2 to the east", got)
	}
}

func TestWhoStandsSafelyStaysAndWhoIsOnItsWayKeepsItsPlace(t *testing.T) {
	f := hallOf(t, fleettest.SampleHall(time.Hour))
	got := alarm.Assign(f, []alarm.Robot{{ID: "r1", Node: "dock-1"}, {ID: "r2", Node: "a4-01", Place: "e0"}, {ID: "r3", Node: "a0-01"}})
	if got["r1"] != "dock-1" || got["r2"] != "e0" || got["r3"] == "" || got["r3"] == "dock-1" || got["r3"] == "e0" {
		t.Errorf("%v", got)
	}
}

func TestWhoWasStoppedBesideASafePlaceGoesToAnother(t *testing.T) {
	f := hallOf(t, fleettest.SampleHall(time.Hour))
	got := alarm.Assign(f, []alarm.Robot{{ID: "r", Node: "e1", Off: true}})
	if got["r"] == "" || got["r"] == "e1" {
		t.Errorf("%v, want another place than e1: it may stand in the aisle", got)
	}
}

func TestNobodyIsSentPastASilentRobot(t *testing.T) {
	f := hallOf(t, fleettest.SampleHall(time.Hour))
	silent := alarm.Robot{ID: "s", Node: "a1-02", Still: true, Holds: []string{"a1-03"}}
	got := alarm.Assign(f, []alarm.Robot{silent, {ID: "r", Node: "a1-04"}})
	if _, ok := got["s"]; ok || !strings.HasPrefix(got["r"], "e") {
		t.Errorf("%v, want r out to the east, and the silent one nowhere", got)
	}
	other := alarm.Robot{ID: "t", Node: "a1-06", Still: true}
	if got := alarm.Assign(f, []alarm.Robot{silent, other, {ID: "r", Node: "a1-04"}}); len(got) != 0 {
		t.Errorf("%v, want nobody sent: r is between two that stay", got)
	}
}

// Whatever the robots' places: no two go to one place or nearer than they may be, nobody is left in an aisle while there is a
// place, and no other assignment's longest way is shorter.
func TestEveryRobotHasAPlaceOfItsOwnOutsideTheAisles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := hallOf(t, fleettest.Hall{Rows: rapid.IntRange(1, 4).Draw(t, "rows"), RacksPerRow: rapid.IntRange(2, 6).Draw(t, "racks"), Docks: 2, MastHeights: 1, RevisitEvery: time.Hour})
		nodes := f.Graph.Nodes()
		var robots []alarm.Robot
		for i, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(nodes)-1), 1, 5, rapid.ID[int]).Draw(t, "nodes") {
			robots = append(robots, alarm.Robot{ID: fmt.Sprintf("r%d", i), Node: nodes[n].ID, Still: rapid.IntRange(0, 5).Draw(t, "still") == 0})
		}
		got := alarm.Assign(f, robots)
		first, _ := f.Safe()
		for id, place := range got {
			if f.Graph.AisleOf(place) != "" || !slices.Contains(first, place) {
				t.Fatalf("%s goes to %s, no safe place", id, place)
			}
			for other, p := range got {
				if id != other && p == place {
					t.Fatalf("%s and %s both go to %s", id, other, place)
				}
			}
		}
		most, longest := search(f, robots, first)
		if len(got) != most {
			t.Fatalf("%d of the robots have places, %d could: %v", len(got), most, got)
		}
		if worst := worstOf(f, robots, got); worst > longest+1e-9 {
			t.Fatalf("the longest way is %.2f m, %.2f m could be: %v", worst, longest, got)
		}
	})
}

func ways(f alarm.Floor, robots []alarm.Robot, r alarm.Robot) map[string]float64 {
	still := map[string]bool{}
	for _, o := range robots {
		still[o.Node] = still[o.Node] || o.Still
	}
	return f.Graph.Distances(r.Node, func(e floor.Edge) bool { return !still[e.End] })
}

func worstOf(f alarm.Floor, robots []alarm.Robot, got map[string]string) float64 {
	worst := 0.0
	for _, r := range robots {
		if place, ok := got[r.ID]; ok {
			worst = max(worst, ways(f, robots, r)[place])
		}
	}
	return worst
}

// search tries every assignment: how many robots can have a place, and how short the longest way can be then. Who stands at a
// place stays.
func search(f alarm.Floor, robots []alarm.Robot, places []string) (most int, longest float64) {
	free := map[string]bool{}
	for _, p := range places {
		free[p] = true
	}
	var moving []alarm.Robot
	fixed := 0
	for _, r := range robots {
		switch {
		case r.Still:
			delete(free, r.Node)
		case free[r.Node]:
			delete(free, r.Node)
			fixed++
		default:
			moving = append(moving, r)
		}
	}
	longest = math.Inf(1)
	var try func(i, placed int, worst float64)
	try = func(i, placed int, worst float64) {
		if placed+len(moving)-i < most || placed+len(moving)-i == most && worst >= longest {
			return
		}
		if i == len(moving) {
			most, longest = placed, worst
			return
		}
		far := ways(f, robots, moving[i])
		for _, p := range slices.Sorted(maps.Keys(free)) {
			if d, ok := far[p]; ok {
				delete(free, p)
				try(i+1, placed+1, max(worst, d))
				free[p] = true
			}
		}
		try(i+1, placed, worst)
	}
	most = -1
	try(0, 0, 0)
	return most + fixed, longest
}

func TestLateIsDueToTheAlarmOnlyAsFarAsItHeldThePatrolUp(t *testing.T) {
	at := func(m int) time.Time { return time.Date(2026, 11, 27, 3, m, 0, 0, time.UTC) }
	held := []alarm.Alarm{
		{ID: "A-0001", Hall: "hall-1", At: at(5), ClearedAt: at(15)},
		{ID: "A-0002", At: at(10), ClearedAt: at(20)}, // together with the first: from 5 to 20
	}
	for _, c := range []struct {
		hall   string
		looked time.Time
		now    time.Time
		want   string
	}{
		{"hall-1", at(0), at(29), ""},        // in time
		{"hall-1", at(0), at(40), "A-0002"},  // 10 min late, 15 held up
		{"hall-1", at(0), at(46), ""},        // 16 min late
		{"hall-2", at(0), at(40), "A-0002"},  // 10 min late, 10 held up
		{"hall-2", at(0), at(41), ""},        // 11 min late
		{"hall-1", at(12), at(50), "A-0002"}, // 8 min late, 8 held up since
		{"hall-1", at(20), at(51), ""},       // looked at after both
	} {
		if got := alarm.Cause(held, c.hall, c.looked, 30*time.Minute, c.now); got != c.want {
			t.Errorf("%s, looked at %s, now %s: due to %q, want %q", c.hall, c.looked.Format("15:04"), c.now.Format("15:04"), got, c.want)
		}
	}
}

func TestSignalsAreReadStrictlyAndInTheOrderInWhichTheyWereSent(t *testing.T) {
	s, err := alarm.ParseSignal([]byte(`{"signal":"raise","kind":"fire","hall":"hall-1","by":"fire panel 2"}`))
	if err != nil || s.Alarm() != (alarm.Alarm{Kind: alarm.Fire, Hall: "hall-1", By: "fire panel 2", Outside: true}) {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, bad := range []string{
		`{"signal":"raise","kind":"fire","hal":"hall-1","by":"p"}`, `{"signal":"off","kind":"fire","by":"p"}`, `{"signal":"raise","kind":"flood","by":"p"}`,
		`{"signal":"raise","kind":"fire"}`, ``, `[]`, `{"signal":"raise","kind":"fire","by":"p"} {}`,
	} {
		if _, err := alarm.ParseSignal([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	sent := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	known := []alarm.Alarm{{Kind: alarm.Fire, Hall: "hall-1", Outside: true, SentAt: sent}}
	if !s.Stale(known, sent.Add(-time.Second)) || s.Stale(known, sent) {
		t.Error("a signal is stale when it was sent before one that was obeyed, and only then")
	}
}

func FuzzSignal(f *testing.F) {
	f.Add([]byte(`{"signal":"clear","kind":"evacuation","by":"desk"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := alarm.ParseSignal(b)
		if err == nil && (s.Alarm().Check() != nil || s.Signal != alarm.Raise && s.Signal != alarm.Clear) {
			t.Errorf("%q is taken as %+v", b, s)
		}
	})
}
