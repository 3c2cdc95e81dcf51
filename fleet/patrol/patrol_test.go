package patrol_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)

// input is the sample hall, everything just seen, with robots r1.. at docks 1.. with full batteries.
func input(t testing.TB, h fleettest.Hall, robots int) patrol.Input {
	t.Helper()
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	in := patrol.Input{
		Now: now, Since: now.Add(-8 * time.Hour), Rules: patrol.DefaultRules(), Hall: patrol.NewHall(g, h.Viewpoints(), nil),
		Taken: map[string]bool{},
	}
	var table traffic.Table
	for i := range robots {
		id := fmt.Sprintf("r%d", i+1)
		if err := table.Place(g, id, g.Docks()[i].Node); err != nil {
			t.Fatal(err)
		}
	}
	for i := range robots {
		id := fmt.Sprintf("r%d", i+1)
		in.Robots = append(in.Robots, patrol.Robot{ID: id, Able: true, Node: g.Docks()[i].Node, Charge: 0.9, Reach: table.ReachOf(g, id, now)})
	}
	for i, d := range g.Docks() {
		dock := patrol.Dock{ID: d.ID, Node: d.Node}
		if i < robots {
			dock.Holder = in.Robots[i].ID
		}
		in.Docks = append(in.Docks, dock)
	}
	for _, v := range h.Viewpoints() {
		in.Viewpoints = append(in.Viewpoints, patrol.Viewpoint{Viewpoint: v, Looked: now.Add(-time.Minute)})
	}
	in.Plan = patrol.NewPlan(in.Hall, in.Robots, in.Rules)
	return in
}

func age(in patrol.Input, viewpoint string, d time.Duration) string {
	for i, v := range in.Viewpoints {
		if v.ID == viewpoint {
			in.Viewpoints[i].Looked = now.Add(-d)
			return v.Node
		}
	}
	return ""
}

func TestNext(t *testing.T) {
	cases := []struct {
		name   string
		change func(in *patrol.Input)
		kind   patrol.Kind // empty: nothing
		first  string      // viewpoint
	}{
		{"nothing is due", func(*patrol.Input) {}, "", ""},
		{"the overdue one", func(in *patrol.Input) { age(*in, "C05-rear-1", 70*time.Minute) }, patrol.Visit, "C05-rear-1"},
		{"the nearer of two alike", func(in *patrol.Input) {
			age(*in, "D05-rear-1", 70*time.Minute)
			age(*in, "A05-rear-1", 70*time.Minute)
		}, patrol.Visit, "A05-rear-1"},
		{"not what another looks at", func(in *patrol.Input) {
			age(*in, "C05-rear-1", 70*time.Minute)
			in.Taken["C05-rear-1"] = true
		}, "", ""},
		{"an inspection before the patrol", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 70*time.Minute)
			in.Inspections = []patrol.Inspection{{ID: "I-1", Viewpoint: "D01-front-1", Class: patrol.Operator, At: now}}
		}, patrol.Visit, "D01-front-1"},
		{"a verification before an inspection", func(in *patrol.Input) {
			in.Inspections = []patrol.Inspection{
				{ID: "I-1", Viewpoint: "D01-front-1", Class: patrol.Operator, At: now.Add(-time.Minute)},
				{ID: "V-1", Viewpoint: "B01-front-1", Class: patrol.Verification, At: now},
			}
		}, patrol.Visit, "B01-front-1"},
		{"an inspection that waited long before a verification", func(in *patrol.Input) {
			in.Inspections = []patrol.Inspection{
				{ID: "I-1", Viewpoint: "D01-front-1", Class: patrol.Operator, At: now.Add(-time.Hour)},
				{ID: "V-1", Viewpoint: "B01-front-1", Class: patrol.Verification, At: now},
			}
		}, patrol.Visit, "D01-front-1"},
		{"a patrol far behind before an inspection", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Inspections = []patrol.Inspection{{ID: "I-1", Viewpoint: "D01-front-1", Class: patrol.Operator, At: now}}
		}, patrol.Visit, "A05-rear-1"},
		{"charge when the battery is low", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Robots[0].Charge = 0.2
		}, patrol.Charge, ""},
		{"stay at the dock until there is enough", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Robots[0].Charge, in.Robots[0].Charging = 0.45, true
		}, "", ""},
		{"leave the dock early for an emergency only", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Robots[0].Charge, in.Robots[0].Charging = 0.6, true
			in.Inspections = []patrol.Inspection{{ID: "E-1", Viewpoint: "D01-front-1", Class: patrol.Emergency, At: now}}
		}, patrol.Visit, "D01-front-1"},
		{"leave the dock early when the lap is late", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Robots[0].Charge, in.Robots[0].Charging = 0.6, true
		}, patrol.Visit, "A05-rear-1"},
		{"nothing for a robot that cannot", func(in *patrol.Input) {
			age(*in, "A05-rear-1", 2*time.Hour)
			in.Robots[0].Able = false
		}, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := input(t, fleettest.SampleHall(time.Hour), 1)
			c.change(&in)
			d, _ := patrol.Next(in, "r1")
			if d.Kind != c.kind {
				t.Fatalf("got %+v, want %q", d, c.kind)
			}
			if c.first != "" && d.Looks[0].Viewpoint != c.first {
				t.Errorf("looks first at %s (%s), want %s", d.Looks[0].Viewpoint, d.Why, c.first)
			}
		})
	}
}

func TestOneVisitSeesBothFacesWithOneTurn(t *testing.T) {
	in := input(t, fleettest.SampleHall(time.Hour), 1)
	for _, v := range []string{"A05-front-1", "A05-front-2", "B05-front-1", "B05-front-2"} {
		age(in, v, 50*time.Minute)
	}
	age(in, "B05-front-1", 55*time.Minute)
	d, _ := patrol.Next(in, "r1")
	var got []string
	for _, l := range d.Looks {
		got = append(got, l.Viewpoint)
	}
	want := []string{"B05-front-1", "B05-front-2", "A05-front-2", "A05-front-1"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("looks %v, want %v: up on one face, down on the other", got, want)
	}
}

func TestTheNearestRobotTakesAnInspection(t *testing.T) {
	in := input(t, fleettest.SampleHall(time.Hour), 3)
	in.Inspections = []patrol.Inspection{{ID: "I-1", Viewpoint: "B01-rear-1", Class: patrol.Operator, At: now}}
	takers := 0
	for _, r := range in.Robots {
		if _, ok := patrol.Next(in, r.ID); ok && r.ID != "r3" {
			d, _ := patrol.Next(in, r.ID)
			if d.Kind == patrol.Visit {
				t.Errorf("%s takes it, dock-3 is nearest", r.ID)
			}
		} else if ok {
			takers++
		}
	}
	if takers != 1 {
		t.Errorf("%d robots take the inspection, want 1", takers)
	}
}

func TestReports(t *testing.T) {
	in := input(t, fleettest.SampleHall(time.Hour), 1)
	age(in, "A05-rear-1", 90*time.Minute)
	report := patrol.Idle(in.Viewpoints, in.Since, now)
	if c := patrol.Cover(report); c.Viewpoints != 192 || c.Within != 191 || c.Worst != 1.5 {
		t.Errorf("got coverage %+v", c)
	}
	if d := patrol.Debt(report); len(d) != 1 || d[0].Viewpoint != "A05-rear-1" {
		t.Errorf("got debt %+v", d)
	}
}

// Whatever is asked, a duty never takes a robot below its reserve, and goes only where the robot may.
func TestADutyIsAlwaysAffordableAndInReach(t *testing.T) {
	base := input(t, fleettest.SampleHall(time.Hour), 3)
	rapid.Check(t, func(t *rapid.T) {
		in := base
		in.Robots = append([]patrol.Robot{}, base.Robots...)
		in.Viewpoints = append([]patrol.Viewpoint{}, base.Viewpoints...)
		for i := range in.Robots {
			in.Robots[i].Charge = rapid.Float64Range(0, 1).Draw(t, "charge")
			in.Robots[i].Charging = rapid.Bool().Draw(t, "charging")
		}
		for range rapid.IntRange(0, 20).Draw(t, "old") {
			i := rapid.IntRange(0, len(in.Viewpoints)-1).Draw(t, "viewpoint")
			in.Viewpoints[i].Looked = now.Add(-time.Duration(rapid.IntRange(0, 300).Draw(t, "min")) * time.Minute)
		}
		for _, r := range in.Robots {
			d, ok := patrol.Next(in, r.ID)
			if !ok {
				continue
			}
			if _, reach := r.Reach(d.Node); !reach {
				t.Fatalf("%+v is out of reach", d)
			}
			if d.Kind == patrol.Visit && (r.Charge < in.Rules.Reserve || len(d.Looks) == 0 || len(d.Looks) > in.Rules.MaxLooks) {
				t.Fatalf("%+v with charge %.2f", d, r.Charge)
			}
		}
	})
}

func BenchmarkNext(b *testing.B) {
	for _, rows := range []int{4, 42} {
		h := fleettest.SampleHall(time.Hour)
		h.Rows = rows
		in := input(b, h, 3)
		for i := range in.Viewpoints {
			in.Viewpoints[i].Looked = now.Add(-time.Duration(i%90) * time.Minute)
		}
		b.Run(fmt.Sprintf("%d-viewpoints", len(in.Viewpoints)), func(b *testing.B) {
			for b.Loop() {
				patrol.Next(in, "r1")
			}
		})
	}
}
