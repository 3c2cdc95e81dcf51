package portal_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/maps"
)

var now = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func door() maps.Portal {
	return maps.Portal{ID: "door-2", Kind: maps.PortalDoor, Edges: [][2]string{{"a", "b"}}, OpensIn: 15 * time.Second, Patience: time.Minute}
}

// one decides for a portal that is alone in its room.
func one(p maps.Portal, s portal.State, at time.Time, needs ...portal.Need) (portal.State, portal.Wish) {
	states, wishes := portal.Decide([]maps.Portal{p}, []portal.State{s}, [][]portal.Need{needs}, at)
	return states[0], wishes[0]
}

func report(s portal.Status, asked bool) portal.Report { return portal.Report{Status: s, Asked: asked} }

func TestADoorIsAskedForBeforeARobotArrivesAndLetGoAfter(t *testing.T) {
	p := door()
	var s portal.State
	for _, c := range []struct {
		needs []portal.Need
		want  portal.Wish
	}{
		{nil, portal.Rest},
		{[]portal.Need{{Robot: "r1", In: 2 * time.Minute}}, portal.Rest},
		{[]portal.Need{{Robot: "r1", In: p.OpensIn}}, portal.Opens},
		{[]portal.Need{{Robot: "r1", Within: true}}, portal.Holds},
		{[]portal.Need{{Robot: "r1", Within: true}, {Robot: "r2", In: time.Hour}}, portal.Holds},
		{nil, portal.Rest},
	} {
		var wish portal.Wish
		if s, wish = one(p, s, now, c.needs...); wish != c.want {
			t.Errorf("with %+v: %s, want %s", c.needs, wish, c.want)
		}
	}
}

func TestARobotIsLetInOnlyOnAFreshReportOfADoorThatWasAsked(t *testing.T) {
	p := door()
	s, _ := one(p, portal.State{}, now, portal.Need{Robot: "r1"})
	for _, c := range []struct {
		s    portal.State
		at   time.Time
		lets bool
	}{
		{s, now, false},
		{s.Heard(report(portal.Moving, true), now), now, false},
		{s.Heard(report(portal.Open, true), now), now, true},
		{s.Heard(report(portal.Open, false), now), now, false},
		{portal.State{}.Heard(report(portal.Open, true), now), now, false},
		{s.Heard(report(portal.Open, true), now), now.Add(portal.Fresh), true},
		{s.Heard(report(portal.Open, true), now), now.Add(portal.Fresh + 1), false},
		{s.Heard(portal.Report{Status: portal.Fault, Why: "motor", Asked: true}, now), now, false},
	} {
		if lets, why := portal.Lets(p, c.s, c.at); lets != c.lets || lets == (why != "") {
			t.Errorf("%+v at %s: let in %t (%s)", c.s, c.at, lets, why)
		}
	}
}

func TestADoorThatDoesNotOpenIsOutOfOrderWhenItsPatienceIsOver(t *testing.T) {
	p := door()
	s, _ := one(p, portal.State{}, now, portal.Need{Robot: "r1"})
	late := now.Add(p.Patience + 1)
	s = s.Heard(report(portal.Closed, true), late)
	if out, _ := portal.OutOfOrder(p, s, now.Add(p.Patience)); out {
		t.Error("out of order before its time")
	}
	if out, why := portal.OutOfOrder(p, s, late); !out || why != "door door-2 has been wanted for 60 s and is closed" {
		t.Errorf("%t: %s", out, why)
	}
	if out, _ := portal.OutOfOrder(p, s.Heard(report(portal.Open, true), late), late); out {
		t.Error("an open door is out of order")
	}
	if out, why := portal.OutOfOrder(p, portal.State{}.Heard(portal.Report{Status: portal.Fault, Why: "motor"}, now), now); !out || !strings.Contains(why, "motor") {
		t.Error("a fault is none")
	}
}

func TestARobotInADoorThatReportsClosedIsTold(t *testing.T) {
	needs := []portal.Need{{Robot: "r1", Within: true}, {Robot: "r2"}}
	for status, want := range map[portal.Status]int{portal.Open: 0, portal.Moving: 0, portal.Unknown: 0, portal.Closed: 1, portal.Fault: 1} {
		if got := portal.ShutOn(portal.State{}.Heard(report(status, true), now), needs); len(got) != want || want == 1 && got[0] != "r1" {
			t.Errorf("%s: shut on %v", status, got)
		}
	}
}

// lock is an airlock of two doors, "in" between a and m, "out" between m and b.
func lock() []maps.Portal {
	room := []maps.Portal{door(), door()}
	for i, id := range []string{"in", "out"} {
		room[i].ID, room[i].Kind, room[i].Room, room[i].Inside = id, maps.PortalAirlock, "lock", "m"
	}
	room[0].Edges, room[1].Edges = [][2]string{{"a", "m"}}, [][2]string{{"m", "b"}}
	return room
}

func TestTheOtherDoorOfAnAirlockMustReportClosedFirst(t *testing.T) {
	room := lock()
	states := []portal.State{portal.State{}.Heard(report(portal.Open, false), now), {}}
	needs := [][]portal.Need{nil, {{Robot: "r1", Turn: true}}}
	states, wishes := portal.Decide(room, states, needs, now)
	if wishes[0] != portal.Shut || wishes[1] != portal.Shut || states[1].Behind != "in" {
		t.Errorf("wishes %v, behind %q", wishes, states[1].Behind)
	}
	if out, why := portal.OutOfOrder(room[1], states[1], now.Add(2*time.Minute)); !out || !strings.Contains(why, "waits for in to close") {
		t.Errorf("%t %s", out, why)
	}
	states[0] = states[0].Heard(report(portal.Closed, false), now)
	if states, wishes = portal.Decide(room, states, needs, now); wishes[1] != portal.Opens || states[1].Behind != "" {
		t.Errorf("wishes %v, behind %q", wishes, states[1].Behind)
	}
	needs[1][0].Turn = false
	if _, wishes = portal.Decide(room, states, needs, now); wishes[1] != portal.Rest {
		t.Errorf("a robot before which others go has the door opened: %v", wishes)
	}
}

// A traveller goes through the airlock from side 0 or 1: it waits before the first door, is in it, inside, in the second, gone.
type traveller struct {
	in   time.Duration
	from int
	at   int // 0 before, 1 in the first door, 2 inside, 3 in the second, 4 gone
}

func (v traveller) door() int { return [2]int{v.from, 1 - v.from}[min(v.at/2, 1)] }

// Whoever comes when, and however slow and forgetful the doors are: both are never asked for, nobody is let in while another
// is inside, and all come through.
func TestAnAirlockNeverOpensBothDoorsAndAllComeThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room, states := lock(), make([]portal.State, 2)
		open := [2]bool{}
		var all []*traveller
		for range rapid.IntRange(1, 3).Draw(t, "robots") {
			all = append(all, &traveller{in: time.Duration(rapid.IntRange(0, 60).Draw(t, "in")) * time.Second, from: rapid.IntRange(0, 1).Draw(t, "from")})
		}
		gone := 0
		for at, tick := now, 0; tick < 2000 && gone < len(all); at, tick = at.Add(time.Second), tick+1 {
			needs := make([][]portal.Need, 2)
			free := !anyInside(all)
			first := true // traffic's order: as in the list
			for k, v := range all {
				if v.at == 4 {
					continue
				}
				turn := v.at > 0 || free && first
				first = false
				in := max(0, v.in-at.Sub(now))
				needs[v.door()] = append(needs[v.door()], portal.Need{Robot: string(rune('a' + k)), In: in, Within: v.at == 1 || v.at == 3, Turn: turn})
			}
			var wishes []portal.Wish
			states, wishes = portal.Decide(room, states, needs, at)
			if (wishes[0] == portal.Opens || wishes[0] == portal.Holds) && (wishes[1] == portal.Opens || wishes[1] == portal.Holds) {
				t.Fatal("both doors are asked for")
			}
			for i, w := range wishes {
				asked := w == portal.Opens || w == portal.Holds
				if rapid.IntRange(0, 3).Draw(t, "moves") == 0 {
					open[i] = asked
				}
				if rapid.IntRange(0, 3).Draw(t, "heard") > 0 {
					states[i] = states[i].Heard(report(map[bool]portal.Status{true: portal.Open, false: portal.Closed}[open[i]], asked), at)
				}
			}
			if open[0] && open[1] {
				t.Fatal("both doors are open")
			}
			for _, v := range all {
				move(t, v, all, room, states, max(0, v.in-at.Sub(now)) == 0, at)
			}
			gone = 0
			for _, v := range all {
				if v.at == 4 {
					gone++
				}
			}
		}
		if gone < len(all) {
			t.Fatalf("only %d of %d came through", gone, len(all))
		}
	})
}

func anyInside(all []*traveller) bool {
	for _, v := range all {
		if v.at > 0 && v.at < 4 {
			return true
		}
	}
	return false
}

// move lets a traveller go on, as the rule lets it and traffic's order has it.
func move(t *rapid.T, v *traveller, all []*traveller, room []maps.Portal, states []portal.State, arrived bool, at time.Time) {
	for _, o := range all {
		if o == v {
			break
		}
		if o.at < 4 && v.at == 0 {
			return // one before it in the order
		}
	}
	lets, _ := portal.Lets(room[v.door()], states[v.door()], at)
	switch {
	case v.at == 4:
	case v.at == 1 || v.at == 3:
		if rapid.IntRange(0, 3).Draw(t, "crosses") == 0 {
			v.at++
		}
	case lets && arrived:
		v.at++
	}
}
