package patrol_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

func TestWhatNoRobotCanSeeIsNamedWithTheReason(t *testing.T) {
	h := fleettest.SampleHall(time.Hour)
	g, err := h.Graph()
	if err != nil {
		t.Fatal(err)
	}
	views := h.Viewpoints()
	views[0].Sensors, views[0].MastM = []string{"gas", "thermal"}, 1.6
	hall := patrol.NewHall(g, views)
	for _, c := range []struct {
		robots []patrol.Robot
		say    string
	}{
		{nil, ""},
		{[]patrol.Robot{{ID: "r1", Sensors: []string{"thermal"}}}, "has the sensor that it needs: gas"},
		{[]patrol.Robot{{ID: "r1", MastM: 1, Sensors: []string{"gas", "thermal"}}}, "must be 1.60 m high, and no robot's reaches above 1.00 m"},
		{[]patrol.Robot{{ID: "r1", Sensors: []string{"gas"}}, {ID: "r2", Sensors: []string{"thermal"}}}, "no one robot has all"},
		{[]patrol.Robot{{ID: "r1", Sensors: []string{"gas", "thermal"}, Gone: true}, {ID: "r2"}}, "gas, thermal"},
		{[]patrol.Robot{{ID: "r1"}, {ID: "r2", MastM: 1.6, Sensors: []string{"gas", "thermal"}}}, ""},
	} {
		got := hall.Unseen(c.robots, 0)
		if (c.say == "") != (got == "") || !strings.Contains(got, c.say) {
			t.Errorf("%+v: %q, want %q", c.robots, got, c.say)
		}
	}
}

func TestAPlanIsMadeAnewWhenARobotSaysWhatItIs(t *testing.T) {
	in := input(t, fleettest.SampleHall(time.Hour), 2)
	if !in.Plan.Fits(in.Robots) {
		t.Fatal("the plan does not fit the robots that it was made for")
	}
	in.Robots[1].Sensors = []string{"thermal"}
	if in.Plan.Fits(in.Robots) {
		t.Error("the plan still fits though a robot is made otherwise")
	}
}
