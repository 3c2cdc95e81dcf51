package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/maps"
)

// ask asks for one look, and fails the test when it is not answered with one inspection and its promise.
func (n *night) ask(viewpoint, class string) fleet.Inspection {
	n.t.Helper()
	v, ok := n.site.Viewpoint(viewpoint)
	if !ok {
		n.t.Fatalf("no viewpoint %q", viewpoint)
	}
	unit := v.FromU // neighbours overlap: the lower one alone shows its first unit, the upper one its last
	if strings.HasSuffix(viewpoint, "-2") {
		unit = v.ToU
	}
	all, err := n.c.Inspect(n.t.Context(), fleet.Wish{Rack: v.Rack, Face: v.Face, Unit: unit, Class: class, By: "Ada"})
	if err != nil || len(all) != 1 || all[0].Promised == nil {
		n.t.Fatalf("got %+v, %v: want one inspection with a promise", all, err)
	}
	return all[0]
}

func (n *night) inspection(id string) fleet.Inspection {
	n.t.Helper()
	all, err := n.c.Inspections(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	for _, i := range all {
		if i.ID == id {
			return i
		}
	}
	n.t.Fatalf("no inspection %s", id)
	return fleet.Inspection{}
}

// done waits for the look of an inspection.
func (n *night) done(id string, within time.Duration) fleet.Inspection {
	n.t.Helper()
	for until := time.Now().Add(within); ; time.Sleep(time.Second) {
		if i := n.inspection(id); i.State == fleet.Looked {
			return i
		} else if !time.Now().Before(until) {
			n.t.Fatalf("%s is %s after %s", id, i.State, within)
		}
	}
}

// targets are where robots are on their ways to, or at work.
func (n *night) targets() map[string]string {
	n.t.Helper()
	robots, err := n.c.Robots(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range robots {
		out[r.ID] = r.Target
	}
	return out
}

// returns says whether a robot is on its way to a node within a time.
func (n *night) returns(robot, node string, within time.Duration) bool {
	for until := time.Now().Add(within); time.Now().Before(until); time.Sleep(time.Second) {
		if n.targets()[robot] == node {
			return true
		}
	}
	return false
}

// lines are those of the story that hold a text.
func (n *night) lines(text string) (lines []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.story {
		if strings.Contains(l, text) {
			lines = append(lines, l)
		}
	}
	return lines
}

// underWay waits for a robot that has a long way to its duty before it.
func (n *night) underWay() fleet.RobotView {
	n.t.Helper()
	for range 3600 {
		time.Sleep(time.Second)
		robots, err := n.c.Robots(n.t.Context())
		if err != nil {
			n.t.Fatal(err)
		}
		for _, r := range robots {
			if r.State == "driving" && len(r.Way) > 7 && !strings.Contains(r.Duty, "emergency") {
				return r
			}
		}
	}
	n.t.Fatal("no robot ever has a long way")
	return fleet.RobotView{}
}

// beside is the viewpoint that is nearest to a node, but for those of another.
func (n *night) beside(node, other string) string {
	away := n.site.Halls[0].Graph.Distances(node, func(maps.Edge) bool { return true })
	best := maps.Viewpoint{}
	for _, v := range n.site.Viewpoints() {
		if v.Node != other && (best.ID == "" || away[v.Node] < away[best.Node]) {
			best = v
		}
	}
	return best.ID
}

// A robot at its looks ends the one that runs; nobody meets another (night.apart), and what was dropped is not forgotten.
func TestTheNearestRobotBreaksOffForAnEmergencyAndNothingIsForgotten(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 4)
		end := n.begin(&n.journal)
		time.Sleep(2 * n.interval) // the first lap finds everything due
		n.mu.Lock()
		n.worst = 0
		n.mu.Unlock()
		views := n.site.Viewpoints()
		const asked = 12
		kept := 0
		for k := range asked {
			i := n.ask(views[(k*61)%len(views)].ID, "emergency")
			if served := n.done(i.ID, 3*time.Minute); served.DoneAt.Sub(i.At) <= i.Promised.P90 {
				kept++
			}
			time.Sleep(5 * time.Minute)
		}
		broke := len(n.lines("breaks off: ")) + len(n.lines("cancelled: "))
		t.Logf("%d emergencies: %d robots broke off, %d promises were kept", asked, broke, kept)
		if kept < asked-2 || broke < asked/2 {
			t.Error("want nearly all promises kept, most of them by robots that broke off")
		}
		time.Sleep(n.interval)
		end()
		if n.worst > 1.3 { // 1.1 where nobody asks for anything
			t.Errorf("%s waited %.2f of its revisit interval", n.worstAt, n.worst)
		}
	})
}

func TestARobotUnderWayTurnsForAnEmergencyAndGoesOnWithItsLapAfterwards(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		end := n.begin(&n.journal)
		const asked = 8
		turned, back := 0, 0
		for range asked {
			r := n.underWay()
			before := len(n.lines("breaks off: "))
			i := n.ask(n.beside(r.Way[4], r.Target), "emergency")
			served := n.done(i.ID, time.Minute)
			if len(n.lines("breaks off: ")) > before {
				turned++
				if served.Robot != r.ID {
					t.Logf("%s was asked for on the way of %s, and %s turned", i.ID, r.ID, served.Robot)
				} else if n.returns(r.ID, r.Target, time.Minute) {
					back++
				}
			}
		}
		end()
		if turned < asked-1 || back < turned-2 {
			t.Errorf("of %d emergencies on a robot's way it turned for %d, and went on with what it had dropped after %d", asked, turned, back)
		}
	})
}

// What a controller that ends has begun the next one knows: the look is made once, and the robot is believed.
func TestAnEmergencyOutlivesTheControllerThatTurnedTheRobot(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		end := n.begin(&n.journal)
		r := n.underWay()
		i := n.ask(n.beside(r.Way[4], r.Target), "emergency")
		for range 5 {
			time.Sleep(time.Second)
			if len(n.lines("breaks off: ")) > 0 {
				break
			}
		}
		if got := n.inspection(i.ID); got.State != fleet.Assigned || got.Robot != r.ID {
			t.Fatalf("got %+v, want %s on its way", got, r.ID)
		}
		end()
		n.control()
		end = n.begin(&n.journal)
		served := n.done(i.ID, 2*time.Minute)
		if served.Robot != r.ID || len(n.lines("emergency of "+i.Viewpoint)) != 1 {
			t.Errorf("served by %s: %v, want once by %s", served.Robot, n.lines(i.Viewpoint), r.ID)
		}
		if !n.returns(r.ID, r.Target, time.Minute) {
			t.Errorf("%s does not go on to %s", r.ID, r.Target)
		}
		end()
	})
}
