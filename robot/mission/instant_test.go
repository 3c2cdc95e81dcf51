package mission

import (
	"testing"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// Section 6.1.3, with the robot driving and an action that cannot be cancelled.
func TestCancelOrder(t *testing.T) {
	m := machine(t)
	o := trip("o", 3, 3)
	o.Nodes[0].Actions = []vda5050.Action{act("beep", "b", vda5050.BlockingNone), act("hum", "h", vda5050.BlockingNone)}
	o.Nodes[2].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	take(t, m, o)
	expect(t, m, "start b", "start h", "drive 2")
	drive(m, true)
	instant(m, vda5050.Instant(vda5050.CancelOrder, "c", "orderId", "o"))
	wantStatus(t, m, "look", vda5050.ActionFailed) // "actions scheduled shall be cancelled and report FAILED"
	wantStatus(t, m, "b", vda5050.ActionRunning)   // cancelAllowed = false "shall be finished"
	expect(t, m, "stop", "cancel h")
	tell(t, m, "h", vda5050.ActionFailed)
	tell(t, m, "b", vda5050.ActionFinished)
	wantStatus(t, m, "c", vda5050.ActionRunning) // still rolling
	drive(m, false)
	wantStatus(t, m, "c", vda5050.ActionFinished)
	s := m.State(night)
	if !m.Idle() || s.OrderID != "o" || len(s.NodeStates) != 0 || len(s.Errors) != 0 {
		t.Errorf("%+v", s) // "The orderId and orderUpdateId are kept."
	}
	// 6.1.3.1
	if err := m.TakeOrder(update(trip("o", 3, 3), 1, 2, 4, 4)); err == nil {
		t.Error("an update of a cancelled order was taken")
	}
	if e := onlyError(t, m); e.ErrorType != vda5050.OrderUpdateFollowingCancel || e.ErrorLevel != vda5050.LevelWarning {
		t.Errorf("%+v", e)
	}
	take(t, m, trip("p", 2, 2))
	expect(t, m, "drive 2 halt")
}

// Section 6.1.3.2.
func TestCancelOrderWithoutOne(t *testing.T) {
	for name, c := range map[string]struct {
		order  bool
		action vda5050.Action
	}{
		"idle":          {false, vda5050.Instant(vda5050.CancelOrder, "c")},
		"another order": {true, vda5050.Instant(vda5050.CancelOrder, "c", "orderId", "x")},
	} {
		m := machine(t)
		if c.order {
			take(t, m, trip("o", 2, 2))
		}
		instant(m, c.action)
		wantStatus(t, m, "c", vda5050.ActionFailed)
		e := onlyError(t, m)
		if e.ErrorType != vda5050.NoOrderToCancel || e.ErrorLevel != vda5050.LevelWarning || reference(e, "actionId") != "c" {
			t.Errorf("%s: %+v", name, e)
		}
		if c.order == m.Idle() {
			t.Errorf("%s: idle %v", name, m.Idle())
		}
	}
}

// Table 4: startPause: "No more automatic driving. Actions that can be paused shall be paused, other actions continue."
func TestPause(t *testing.T) {
	m := machine(t)
	o := trip("o", 2, 2)
	o.Nodes[0].Actions = []vda5050.Action{act("hum", "h", vda5050.BlockingNone), act("beep", "b", vda5050.BlockingNone)}
	take(t, m, o)
	expect(t, m, "start h", "start b", "drive 2 halt")
	drive(m, true)
	instant(m, vda5050.Instant(vda5050.StartPause, "p"))
	expect(t, m, "stop", "pause h")
	drive(m, false)
	wantStatus(t, m, "p", vda5050.ActionRunning)
	tell(t, m, "h", vda5050.ActionPaused)
	wantStatus(t, m, "p", vda5050.ActionFinished)
	wantStatus(t, m, "b", vda5050.ActionRunning)
	if s := m.State(night); !*s.Paused || s.Driving {
		t.Errorf("%+v", s)
	}
	expect(t, m)
	instant(m, vda5050.Instant(vda5050.StopPause, "q"))
	expect(t, m, "resume h", "drive 2 halt")
	tell(t, m, "h", vda5050.ActionRunning)
	wantStatus(t, m, "q", vda5050.ActionFinished)
	if *m.State(night).Paused {
		t.Error("still paused")
	}
}

func TestStopPauseCannotOverrideTheButton(t *testing.T) {
	m := machine(t)
	s := ready()
	s.HardwarePause = true
	m.Sense(s)
	if !*m.State(night).Paused {
		t.Error("the button is pressed and the state does not say so")
	}
	instant(m, vda5050.Instant(vda5050.StopPause, "q"))
	wantStatus(t, m, "q", vda5050.ActionFailed)
}

// Section 6.6.6 and 6.6.7: MANUAL clears the order, and is reported only when its actions have ended.
func TestManualModeClearsTheOrder(t *testing.T) {
	m := machine(t)
	o := trip("o", 2, 2)
	o.Nodes[0].Actions = []vda5050.Action{act("beep", "b", vda5050.BlockingNone)}
	o.Nodes[1].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	take(t, m, o)
	expect(t, m, "start b", "drive 2 halt")
	s := ready()
	s.Mode, s.Driving = vda5050.ModeManual, true
	m.Sense(s)
	expect(t, m, "stop")
	if st := m.State(night); st.OperatingMode != vda5050.ModeAutomatic || len(st.NodeStates) != 1 {
		t.Errorf("reported before its actions have ended: %+v", st)
	}
	tell(t, m, "b", vda5050.ActionFinished)
	st := m.State(night)
	if st.OperatingMode != vda5050.ModeManual || len(st.NodeStates) != 0 || st.LastNodeID != "n0" {
		t.Errorf("%+v", st)
	}
	s.Position = &vda5050.MobileRobotPosition{X: 5, MapID: "hall-1", Localized: true}
	m.Sense(s)
	if st := m.State(night); st.LastNodeID != "" {
		t.Errorf("moved by hand, lastNodeId is still %q", st.LastNodeID)
	}
}

// Table 11.
func TestOperatingModes(t *testing.T) {
	for mode, want := range map[vda5050.OperatingMode]struct{ order, keeps, pause bool }{
		vda5050.ModeAutomatic:     {true, true, true},
		vda5050.ModeSemiautomatic: {true, true, true},
		vda5050.ModeIntervened:    {true, true, false},
		vda5050.ModeManual:        {false, true, false},
		vda5050.ModeStartup:       {false, false, false},
		vda5050.ModeService:       {false, false, false},
		vda5050.ModeTeachIn:       {false, false, false},
	} {
		m := machine(t)
		take(t, m, trip("o", 1, 1))
		s := ready()
		s.Mode = mode
		m.Sense(s)
		if (m.State(night).LastNodeID != "") != want.keeps {
			t.Errorf("%s: lastNodeId %q", mode, m.State(night).LastNodeID)
		}
		instant(m, vda5050.Instant(vda5050.StartPause, "p"), vda5050.Instant(vda5050.StateRequest, "s"))
		if (status(m, "p") == vda5050.ActionFinished) != want.pause || status(m, "s") != vda5050.ActionFinished {
			t.Errorf("%s: startPause %s", mode, status(m, "p"))
		}
		if (m.TakeOrder(trip("p", 1, 1)) == nil) != want.order {
			t.Errorf("%s: takes orders: %v", mode, !want.order)
		}
	}
}

// Sections 6.3.3 to 6.3.5.
func TestMaps(t *testing.T) {
	m := machine(t)
	load := func(id string) vda5050.Action {
		return vda5050.Instant(vda5050.DownloadMap, id, "mapId", "hall-1", "mapVersion", "2", "mapDownloadLink", "http://c/2.zip")
	}
	instant(m, load("d"))
	expect(t, m, "start d")
	if len(m.Maps()) != 1 {
		t.Error("reported before it is there")
	}
	tell(t, m, "d", vda5050.ActionFinished)
	if maps := m.Maps(); len(maps) != 2 || maps[1].MapStatus != vda5050.MapDisabled {
		t.Errorf("%+v", maps)
	}
	instant(m, load("again"))
	wantStatus(t, m, "again", vda5050.ActionFailed)
	if e := onlyError(t, m); e.ErrorType != vda5050.DuplicateMap || reference(e, "mapVersion") != "2" {
		t.Errorf("%+v", e)
	}
	instant(m, vda5050.Instant(vda5050.EnableMap, "e", "mapId", "hall-1", "mapVersion", "2"))
	expect(t, m, "start e")
	tell(t, m, "e", vda5050.ActionFinished)
	if maps := m.Maps(); maps[0].MapStatus != vda5050.MapDisabled || maps[1].MapStatus != vda5050.MapEnabled {
		t.Errorf("%+v", maps)
	}
	if s := m.State(night); len(s.Errors) != 0 {
		t.Errorf("DUPLICATE_MAP outlives a map action: %+v", s.Errors)
	}
	instant(m, vda5050.Instant(vda5050.DeleteMap, "in-use", "mapId", "hall-1", "mapVersion", "2"),
		vda5050.Instant(vda5050.EnableMap, "unknown", "mapId", "hall-1", "mapVersion", "3"))
	wantStatus(t, m, "in-use", vda5050.ActionFailed)
	wantStatus(t, m, "unknown", vda5050.ActionFailed)
	instant(m, vda5050.Instant(vda5050.DeleteMap, "x", "mapId", "hall-1", "mapVersion", "1"))
	expect(t, m, "start x")
	tell(t, m, "x", vda5050.ActionFinished)
	if maps := m.Maps(); len(maps) != 1 || maps[0].MapVersion != "2" {
		t.Errorf("%+v", maps)
	}
}

// Section 6.2.1: "When the mobile robot receives an instantAction it cannot execute ..."
func TestInvalidInstantActions(t *testing.T) {
	for name, a := range map[string]vda5050.Action{
		"unknown":           vda5050.Instant("dance", "x"),
		"not instant":       vda5050.InspectAction("x", "v", ""),
		"without parameter": vda5050.Instant(vda5050.DownloadMap, "x", "mapId", "hall-1", "mapVersion", "2"),
		"without map":       vda5050.Instant(vda5050.EnableMap, "x"),
	} {
		m := machine(t)
		instant(m, a)
		e := onlyError(t, m)
		if e.ErrorType != vda5050.InvalidInstantAction || e.ErrorLevel != vda5050.LevelWarning || reference(e, "actionId") != "x" {
			t.Errorf("%s: %+v", name, e)
		}
		wantStatus(t, m, "x", vda5050.ActionFailed)
		instant(m, vda5050.Instant(vda5050.StateRequest, "s")) // "until new instant action is accepted"
		if s := m.State(night); len(s.Errors) != 0 {
			t.Errorf("%s: %+v", name, s.Errors)
		}
	}
}

func TestRequestsAndHousekeeping(t *testing.T) {
	m := machine(t)
	m.State(night)
	if m.Dirty() {
		t.Error("dirty at rest")
	}
	instant(m, vda5050.Instant(vda5050.FactsheetRequest, "f"), vda5050.Instant(vda5050.StateRequest, "s"),
		vda5050.Instant(vda5050.StartCharging, "c"))
	if !m.Dirty() {
		t.Error("stateRequest sends no state")
	}
	expect(t, m, "factsheet", "start c")
	instant(m, vda5050.Instant(vda5050.StartCharging, "c")) // a repetition
	expect(t, m)
	instant(m, vda5050.Instant(vda5050.ClearInstantActions, "x"))
	s := m.State(night)
	if len(s.InstantActionStates) != 2 || status(m, "c") != vda5050.ActionRunning || status(m, "x") != vda5050.ActionFinished {
		t.Errorf("%+v", s.InstantActionStates)
	}
}

func TestInstantActionStatesAreBounded(t *testing.T) {
	c := config()
	c.Factsheet.ProtocolLimits.MaximumArrayLengths.StateInstantActionStates = 3
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Sense(ready())
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		instant(m, vda5050.Instant(vda5050.StateRequest, id))
	}
	if s := m.State(night); len(s.InstantActionStates) != 3 || s.Errors[0].ErrorType != vda5050.InstantActionStatesFull {
		t.Errorf("%+v", s)
	}
	instant(m, vda5050.Instant(vda5050.ClearInstantActions, "x"))
	if s := m.State(night); len(s.Errors) != 0 {
		t.Errorf("%+v", s.Errors)
	}
}

// An agent killed in the middle goes on where it was: the leg is said again, the running action begins again.
func TestRestoreContinuesTheOrder(t *testing.T) {
	m := machine(t)
	o := trip("o", 3, 3)
	o.Nodes[1].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	take(t, m, o)
	expect(t, m, "drive 2 halt")
	m = restart(t, m)
	expect(t, m, "drive 2 halt")
	if err := m.Reached(2); err != nil {
		t.Fatal(err)
	}
	expect(t, m, "start look")
	m = restart(t, m)
	expect(t, m, "start look")
	take(t, m, o) // the fleet sends it again: the same content, so nothing happens
	tell(t, m, "look", vda5050.ActionFinished)
	m = restart(t, m)
	expect(t, m, "drive 4 halt")
	if s := m.State(night); len(s.Errors) != 0 || s.OrderID != "o" {
		t.Errorf("%+v", s)
	}
}

func restart(t *testing.T, m *Machine) *Machine {
	t.Helper()
	b, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	m, err = Restore(config(), b)
	if err != nil {
		t.Fatal(err)
	}
	m.Sense(ready())
	return m
}
