package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// begin serves until the returned function ends it.
func (n *night) begin(j fleet.Journal) (end func()) {
	ctx, cancel := context.WithCancel(n.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { n.serve(ctx, j) })
	return func() { cancel(); wg.Wait() }
}

// inAisles are the robots that are in an aisle, by their true places.
func (n *night) inAisles() map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	g, out := n.site.Halls[0].Graph, map[string]string{}
	for id, r := range n.robots {
		if g.AisleOf(r.from) != "" || r.to != "" && g.AisleOf(r.to) != "" {
			out[id] = r.from + " " + r.to
		}
	}
	return out
}

// crowd waits until so many robots are in aisles, and returns them.
func (n *night) crowd(robots int) []string {
	n.t.Helper()
	for range 3600 {
		time.Sleep(time.Second)
		if in := n.inAisles(); len(in) >= robots {
			return slices.Sorted(maps.Keys(in))
		}
	}
	n.t.Fatalf("never are %d robots in aisles", robots)
	return nil
}

func (n *night) alarms() []fleet.AlarmView {
	n.t.Helper()
	held, err := n.c.Alarms(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	return held
}

// safely checks that every robot but those that are excused stands at a safe place of its own.
func (n *night) safely(held []fleet.AlarmView, excused map[string]fleet.EvacueeState) {
	n.t.Helper()
	if len(held) != 1 || len(held[0].Robots) != len(n.robots) {
		n.t.Fatalf("alarms %+v, want one with all robots", held)
	}
	at := map[string]string{}
	for _, e := range held[0].Robots {
		if want, ok := excused[e.ID]; ok {
			if e.State != want {
				n.t.Errorf("%s is %s, want %s", e.ID, e.State, want)
			}
			continue
		}
		n.mu.Lock()
		from, to := n.robots[e.ID].body.Where()
		n.mu.Unlock()
		if e.State != fleet.Out || to != "" || e.Place != from || n.site.Halls[0].Graph.AisleOf(from) != "" || at[from] != "" {
			n.t.Errorf("%s is %s for the controller and stands at %s %s (%s does too), want it out at a safe place", e.ID, e.State, from, to, at[from])
		}
		at[from] = e.ID
	}
}

func TestOnAnAlarmRobotsLeaveTheAislesStayOutOverARestartAndGoOnWhenItIsCleared(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n, j := newNight(t, st, 6), &memory{}
		end := n.begin(j)
		n.crowd(4)
		if _, err := n.c.RaiseAlarm(t.Context(), alarm.Alarm{Kind: alarm.Fire, By: "Ada"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * time.Second)
		if len(n.inAisles()) == 0 {
			t.Fatal("all are out before the controller is stopped: the test shows nothing")
		}
		end()
		n.control()
		end = n.begin(j)
		time.Sleep(2 * time.Minute)
		n.safely(n.alarms(), nil)
		for range 60 {
			time.Sleep(time.Minute)
			if in := n.inAisles(); len(in) > 0 {
				t.Fatalf("%v are in aisles while the alarm lasts", in)
			}
		}
		n.safely(n.alarms(), nil)
		if _, err := n.c.ClearAlarm(t.Context(), "A-0001", "Bo"); err != nil {
			t.Fatal(err)
		}
		n.debtIsThe(t, "A-0001")
		n.crowd(4)
		if held := n.alarms(); len(held) != 0 {
			t.Errorf("%+v hold after they were cleared", held)
		}
		time.Sleep(2 * n.interval)
		if p, err := n.c.Patrol(t.Context()); err != nil || p.Coverage.Share < 0.95 {
			t.Errorf("the patrol has not caught up: %+v, %v", p.Coverage, err)
		}
		end()
	})
}

// debtIsThe checks that viewpoints are late, and by which alarm.
func (n *night) debtIsThe(t *testing.T, cause string) {
	t.Helper()
	p, err := n.c.Patrol(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late, by := 0, 0
	for _, v := range p.Viewpoints {
		if v.State == "late" {
			late++
		}
		if v.Cause == cause {
			by++
		}
	}
	if late < 10 || by != late {
		t.Errorf("%d viewpoints are late, %d by alarm %s: want all of them, and many", late, by, cause)
	}
}

func TestARobotThatDoesNotAnswerIsNamedAndTheOthersLeaveAroundIt(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 5)
		end := n.begin(&memory{})
		dead := n.crowd(4)[0]
		n.robots[dead].killed <- struct{}{}
		s := alarm.Signal{Signal: alarm.Raise, Kind: alarm.Evacuation, Hall: n.site.Halls[0].ID, By: "fire panel 2"}
		for range 2 { // a panel says it again and again
			if err := n.c.SignalAlarm(t.Context(), s, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Minute)
		n.safely(n.alarms(), map[string]fleet.EvacueeState{dead: fleet.Unheard})
		end()
	})
}

func TestAPanelIsHeardAndNobodyElseOnItsTopic(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 1)
		end := n.begin(&memory{})
		for _, c := range []struct {
			from  wire.RobotID
			says  string
			holds int
		}{
			{robot, `{"signal":"raise","kind":"fire","by":"a robot"}`, 0}, {wire.Panel("lobby"), `{"signal":"raise","kind":"fire"}`, 0},
			{wire.Panel("lobby"), `{"signal":"raise","kind":"fire","by":"lobby"}`, 1}, {wire.Panel("lobby"), `{"signal":"raise","kind":"fire","by":"lobby"}`, 1},
			{wire.Panel("lobby"), `{"signal":"clear","kind":"fire","by":"lobby"}`, 0}, {wire.Panel("lobby"), `{"signal":"raise","kind":"fire","by":"lobby"}`, 1},
		} {
			n.c.Hear(t.Context(), listen.Message{Robot: c.from, Kind: wire.KindAlarm, Payload: []byte(c.says), QoS: 1})
			if held := n.alarms(); len(held) != c.holds {
				t.Errorf("after %s of %s: %d alarms hold, want %d", c.says, c.from, len(held), c.holds)
			}
		}
		end()
	})
}

func TestWhatAPersonRaisedOnlyAPersonClears(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 1)
		end := n.begin(&memory{})
		holds := func(want ...string) {
			t.Helper()
			got := []string{}
			for _, a := range n.alarms() {
				got = append(got, a.ID)
			}
			if !slices.Equal(got, append([]string{}, want...)) {
				t.Errorf("%v hold, want %v", got, want)
			}
		}
		signal := func(what string, at time.Time) {
			t.Helper()
			if err := n.c.SignalAlarm(t.Context(), alarm.Signal{Signal: what, Kind: alarm.Fire, By: "panel"}, at); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if a, err := n.c.RaiseAlarm(t.Context(), alarm.Alarm{Kind: alarm.Fire, By: "Ada"}); err != nil || a.ID != "A-0001" {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		at := time.Now()
		signal(alarm.Raise, at)
		holds("A-0001", "A-0002")
		signal(alarm.Clear, at.Add(-time.Second)) // a late message
		holds("A-0001", "A-0002")
		signal(alarm.Clear, at.Add(time.Second))
		holds("A-0001")
		signal(alarm.Raise, at) // said again from before it was cleared
		holds("A-0001")
		if _, err := n.c.ClearAlarm(t.Context(), "A-0002", "Bo"); !errors.Is(err, fleet.ErrUnknown) {
			t.Errorf("an alarm that is over is cleared: %v", err)
		}
		if _, err := n.c.ClearAlarm(t.Context(), "A-0001", "Bo"); err != nil {
			t.Fatal(err)
		}
		holds()
		for _, c := range []struct {
			a    alarm.Alarm
			want error
		}{{alarm.Alarm{Kind: "flood", By: "Ada"}, fleet.ErrRefused}, {alarm.Alarm{Kind: alarm.Fire}, fleet.ErrRefused}, {alarm.Alarm{Kind: alarm.Fire, By: "Ada", Hall: "attic"}, fleet.ErrUnknown}} {
			if _, err := n.c.RaiseAlarm(t.Context(), c.a); !errors.Is(err, c.want) {
				t.Error(fmt.Errorf("%+v: %w, want %w", c.a, err, c.want))
			}
		}
		end()
	})
}
