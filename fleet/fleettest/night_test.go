package fleettest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// interval is the revisit interval at which the work is a share of what so many robots can do.
func interval(h fleettest.Hall, robots int, share float64) time.Duration {
	b := fleettest.DefaultBody()
	return time.Duration(float64(h.Work(b)) / (share * float64(robots) * b.Available()))
}

func (n *night) report() {
	n.t.Helper()
	span := n.now.Sub(dusk)
	var worked, docked time.Duration
	for _, u := range n.units {
		worked, docked = worked+u.worked, docked+u.docked
	}
	all := float64(span) * float64(len(n.units))
	n.t.Logf("%d looks, worst ratio %.3f (%s), moving or looking %.1f %%, charging %.1f %%, least charge %.0f %%, orders %d, ends %v",
		n.looks, n.worst, n.worstOf, 100*float64(worked)/all, 100*float64(docked)/all, 100*n.least, n.orders, n.ends)
}

// The rules' numbers were chosen on other seeds, in a simpler model of the same robots. There, on 20 nights that nothing
// was chosen on, the worst ratio was 0.82 to 0.91; it is this night's that the test holds.
func TestNightKeepsEveryInterval(t *testing.T) {
	h := fleettest.SampleHall(0)
	h.RevisitEvery = interval(h, 3, 0.6)
	n := newNight(t, nightOptions{hall: h, robots: 3, seed: 7, charge: 0.8, delay: 50 * time.Millisecond})
	began := time.Now()
	n.run(dusk.Add(24 * time.Hour))
	t.Logf("interval %s; 24 h in %s", h.RevisitEvery.Round(time.Second), time.Since(began).Round(time.Millisecond))
	n.report()
	if n.worst > 0.95 {
		t.Errorf("worst ratio of idleness to interval is %.3f, at %s; want at most 0.95", n.worst, n.worstOf)
	}
}

func TestNightServesInspectionsAndKeepsThePatrol(t *testing.T) {
	h := fleettest.SampleHall(0)
	h.RevisitEvery = interval(h, 3, 0.5)
	n := newNight(t, nightOptions{hall: h, robots: 3, seed: 3, charge: 0.8, delay: 50 * time.Millisecond})
	for i := range 24 {
		n.asked = append(n.asked, patrol.Inspection{
			ID: fmt.Sprintf("I-%d", i), Viewpoint: n.views[(i*37)%len(n.views)].ID,
			Class: patrol.Class(i % 2), At: dusk.Add(time.Duration(10*i+5) * time.Minute),
		})
	}
	n.run(dusk.Add(5 * time.Hour))
	n.report()
	var longest time.Duration
	for _, i := range n.asked {
		at := n.served[i.ID]
		if at.IsZero() {
			t.Errorf("%s of %s was never served", i.ID, i.At.Format(time.TimeOnly))
			continue
		}
		longest = max(longest, at.Sub(i.At))
	}
	t.Logf("longest wait for an inspection %s", longest)
	if longest > 5*time.Minute || n.worst > 1 {
		t.Errorf("an inspection waited %s, want at most 5 min; worst ratio %.2f, want at most 1", longest, n.worst)
	}
}

func TestNightOverABadRadio(t *testing.T) {
	h := fleettest.SampleHall(0)
	h.RevisitEvery = interval(h, 3, 0.4)
	for seed := range uint64(2) {
		n := newNight(t, nightOptions{hall: h, robots: 3, seed: seed, charge: 0.8, loss: 0.2, delay: 400 * time.Millisecond})
		n.run(dusk.Add(6 * time.Hour))
		n.report()
		n.wantAlive()
	}
}

func TestNightGoesOnWithoutADeadRobot(t *testing.T) {
	h := fleettest.SampleHall(0)
	h.RevisitEvery = interval(h, 3, 0.4)
	for seed := range uint64(2) {
		n := newNight(t, nightOptions{hall: h, robots: 3, seed: seed, charge: 0.8, loss: 0.2, delay: 400 * time.Millisecond})
		n.units[seed].dies = dusk.Add(time.Hour + time.Duration(seed)*17*time.Minute)
		n.run(dusk.Add(6 * time.Hour))
		n.report()
		n.wantAlive()
	}
}

// wantAlive holds the night to this: what robots can still reach was looked at lately, and no mission hangs.
func (n *night) wantAlive() {
	n.t.Helper()
	reach := map[string]bool{}
	for _, u := range n.units {
		if u.mission != nil && u.dies.IsZero() && n.now.Sub(u.mission.MovedAt) > 10*time.Minute {
			n.t.Errorf("%s hangs in %s since %s", u.id, u.mission.OrderID, u.mission.MovedAt.Format(time.TimeOnly))
		}
		if !u.dies.IsZero() {
			continue
		}
		for node := range n.table.Reach(n.g, u.id, n.now) {
			reach[node] = true
		}
	}
	if len(reach) == 0 {
		n.t.Error("no robot can move")
	}
	for i, idle := range patrol.Idle(n.views, dusk, n.now) {
		if reach[n.views[i].Node] && idle.Ratio > 2 {
			n.t.Errorf("%s can be reached and is %.1f intervals old", idle.Viewpoint, idle.Ratio)
		}
	}
}
