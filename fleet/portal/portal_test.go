package portal_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/portal"
)

var now = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func door() portal.Portal {
	return portal.Portal{
		ID: "door-2", Kind: portal.Door, Edges: [][2]string{{"a", "b"}},
		Ahead: portal.DefaultAhead, Patience: portal.DefaultPatience, Fresh: portal.DefaultFresh,
	}
}

func TestADoorIsAskedForBeforeARobotArrivesAndLetGoAfter(t *testing.T) {
	p := door()
	var s portal.State
	for _, c := range []struct {
		needs []portal.Need
		open  bool
	}{
		{nil, false},
		{[]portal.Need{{Robot: "r1", In: 2 * time.Minute}}, false},
		{[]portal.Need{{Robot: "r1", In: 15 * time.Second}}, true},
		{[]portal.Need{{Robot: "r1", Within: true}}, true},
		{nil, false},
	} {
		var open bool
		if s, open = p.Decide(s, c.needs, now); open != c.open {
			t.Errorf("with %+v it is wanted open: %t", c.needs, open)
		}
	}
}

func TestARobotIsLetInWhileTheDoorIsReportedOpenAndNotOnAnOldReport(t *testing.T) {
	p := door()
	s, _ := p.Decide(portal.State{}, []portal.Need{{Robot: "r1"}}, now)
	for _, c := range []struct {
		s    portal.State
		at   time.Time
		lets bool
	}{
		{s, now, false},
		{s.Heard(portal.Moving, "", now), now, false},
		{s.Heard(portal.Open, "", now), now, true},
		{s.Heard(portal.Open, "", now), now.Add(p.Fresh), true},
		{s.Heard(portal.Open, "", now), now.Add(p.Fresh + 1), false},
		{s.Heard(portal.Fault, "motor", now), now, false},
	} {
		if lets, why := p.Lets(c.s, "r1", c.at); lets != c.lets || lets == (why != "") {
			t.Errorf("%+v at %s: let in %t (%s)", c.s, c.at, lets, why)
		}
	}
}

func TestADoorThatDoesNotOpenIsOutOfOrderWhenItsPatienceIsOver(t *testing.T) {
	p := door()
	s, _ := p.Decide(portal.State{}, []portal.Need{{Robot: "r1"}}, now)
	s = s.Heard(portal.Closed, "", now)
	if out, _ := p.OutOfOrder(s, now.Add(p.Patience)); out {
		t.Error("out of order before its time")
	}
	if out, why := p.OutOfOrder(s, now.Add(p.Patience+1)); !out || why != "door door-2 was asked to open 60 s ago and is closed" {
		t.Errorf("%t: %s", out, why)
	}
	if out, _ := p.OutOfOrder(s.Heard(portal.Open, "", now.Add(p.Patience)), now.Add(p.Patience+1)); out {
		t.Error("an open door is out of order")
	}
	if out, why := p.OutOfOrder(portal.State{}.Heard(portal.Fault, "motor", now), now); !out || why == "" {
		t.Error("a fault is none")
	}
}

// Whoever comes when and in whatever order: in an airlock no other is let in while one is within, and each has its turn.
func TestInAnAirlockOneRobotAtATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := door()
		p.Kind = portal.Airlock
		in := map[string]time.Duration{}
		for _, r := range []string{"r1", "r2", "r3"} {
			in[r] = time.Duration(rapid.IntRange(0, 60).Draw(t, r)) * time.Second
		}
		within, passed := "", map[string]bool{}
		s := portal.State{}
		for at, tick := now, 0; tick < 600 && len(passed) < 3; at, tick = at.Add(time.Second), tick+1 {
			var needs []portal.Need
			for _, r := range rapid.Permutation([]string{"r1", "r2", "r3"}).Draw(t, "order") {
				if !passed[r] {
					needs = append(needs, portal.Need{Robot: r, In: max(0, in[r]-at.Sub(now)), Within: within == r})
				}
			}
			var open bool
			if s, open = p.Decide(s, needs, at); open {
				s = s.Heard(portal.Open, "", at)
			}
			for _, n := range needs {
				lets, _ := p.Lets(s, n.Robot, at)
				if lets && within != "" && n.Robot != within {
					t.Fatalf("%s is let in while %s is within", n.Robot, within)
				}
				if lets && within == "" && n.In == 0 {
					within = n.Robot
				}
			}
			if within != "" && rapid.IntRange(0, 9).Draw(t, "leaves") == 0 {
				passed[within], within = true, ""
			}
		}
		if len(passed) < 3 {
			t.Fatalf("only %v came through", passed)
		}
	})
}
