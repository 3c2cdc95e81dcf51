package mission

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

func act(kind, id string, b vda5050.BlockingType) vda5050.Action {
	return vda5050.Action{ActionType: kind, ActionID: id, BlockingType: b}
}

// said is what Next says, in short: drive 2, drive 2 halt, stop, start a, cancel a, pause a, resume a, factsheet.
func said(m *Machine) []string {
	var out []string
	for _, c := range m.Next() {
		switch c := c.(type) {
		case DriveTo:
			s := fmt.Sprintf("drive %d", c.Node.SequenceID)
			if c.Halt {
				s += " halt"
			}
			out = append(out, s)
		case Stop:
			out = append(out, "stop")
		case StartAction:
			out = append(out, "start "+c.Action.ActionID)
		case CancelAction:
			out = append(out, "cancel "+c.ActionID)
		case PauseAction:
			out = append(out, "pause "+c.ActionID)
		case ResumeAction:
			out = append(out, "resume "+c.ActionID)
		case SendFactsheet:
			out = append(out, "factsheet")
		}
	}
	return out
}

func expect(t *testing.T, m *Machine, want ...string) {
	t.Helper()
	if got := said(m); !slices.Equal(got, want) {
		t.Errorf("Next says %q, want %q", got, want)
	}
}

func instant(m *Machine, actions ...vda5050.Action) {
	m.TakeInstantActions(vda5050.InstantActions{Header: head(), Actions: actions})
}

func status(m *Machine, id string) vda5050.ActionStatus {
	s := m.State(night)
	for _, a := range append(s.ActionStates, s.InstantActionStates...) {
		if a.ActionID == id {
			return a.ActionStatus
		}
	}
	return "none"
}

func wantStatus(t *testing.T, m *Machine, id string, want vda5050.ActionStatus) {
	t.Helper()
	if got := status(m, id); got != want {
		t.Errorf("action %s is %s, want %s", id, got, want)
	}
}

func tell(t *testing.T, m *Machine, id string, s vda5050.ActionStatus) {
	t.Helper()
	if err := m.ActionStatus(id, s, ""); err != nil {
		t.Error(err)
	}
}

func drive(m *Machine, driving bool) {
	s := ready()
	s.Driving = driving
	m.Sense(s)
}

// patrol is three released nodes and an inspection on the last.
func patrol() vda5050.Order {
	o := trip("o", 3, 3)
	o.Nodes[2].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	return o
}

func TestPatrolFromOrderToIdle(t *testing.T) {
	m := machine(t)
	take(t, m, patrol())
	expect(t, m, "drive 2")
	drive(m, true)
	expect(t, m)
	if err := m.Reached(4); err == nil {
		t.Error("a node was skipped")
	}
	if err := m.Reached(2); err != nil {
		t.Fatal(err)
	}
	expect(t, m, "drive 4 halt")
	if err := m.Reached(4); err != nil {
		t.Fatal(err)
	}
	expect(t, m) // HARD: the look begins when the robot stands
	drive(m, false)
	expect(t, m, "start look")
	tell(t, m, "look", vda5050.ActionFinished)
	s := m.State(night)
	if !m.Idle() || s.LastNodeID != "n2" || s.LastNodeSequenceID != 4 || s.OrderID != "o" || len(s.NodeStates)+len(s.EdgeStates) != 0 {
		t.Errorf("%+v", s)
	}
}

// "A disconnected robot goes on to the last released node": there is no command beyond the base, whatever happens.
func TestDrivesNoFurtherThanTheBase(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 4, 2))
	expect(t, m, "drive 2 halt")
	if err := m.Reached(2); err != nil {
		t.Fatal(err)
	}
	expect(t, m)
	if err := m.Reached(4); err == nil {
		t.Error("an unreleased node was reached")
	}
	if m.Idle() {
		t.Error("idle, though a horizon waits for its release")
	}
	take(t, m, update(trip("o", 4, 2), 1, 1, 4, 4))
	expect(t, m, "drive 4")
}

// A base that grows while the robot drives takes the halt away, so that it need not brake.
func TestGrowingBaseTakesTheHaltAway(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 3, 2))
	expect(t, m, "drive 2 halt")
	take(t, m, update(trip("o", 3, 2), 1, 1, 3, 3))
	expect(t, m, "drive 2")
}

// Section 6.2.2, table 3 and figure 11.
func TestBlockingTypes(t *testing.T) {
	n, s, one, h := vda5050.BlockingNone, vda5050.BlockingSoft, vda5050.BlockingSingle, vda5050.BlockingHard
	for _, c := range []struct {
		types []vda5050.BlockingType
		steps []string // what Next says after each action that began has finished, one after the other
	}{
		{[]vda5050.BlockingType{n, n}, []string{"start a, start b, drive 2 halt"}},
		{[]vda5050.BlockingType{one}, []string{"start a, drive 2 halt"}},
		{[]vda5050.BlockingType{one, n}, []string{"start a, drive 2 halt", "start b"}},
		{[]vda5050.BlockingType{n, one}, []string{"start a, drive 2 halt", "start b"}},
		{[]vda5050.BlockingType{s, n}, []string{"start a, start b", "drive 2 halt"}},
		{[]vda5050.BlockingType{n, s}, []string{"start a, start b", "", "drive 2 halt"}},
		{[]vda5050.BlockingType{h, n}, []string{"start a", "start b, drive 2 halt"}},
		{[]vda5050.BlockingType{n, h, n}, []string{"start a", "start b", "start c, drive 2 halt"}},
		{[]vda5050.BlockingType{s, h, s}, []string{"start a", "start b", "start c", "drive 2 halt"}},
	} {
		t.Run(fmt.Sprint(c.types), func(t *testing.T) {
			m := machine(t)
			o := trip("o", 2, 2)
			for i, b := range c.types {
				o.Nodes[0].Actions = append(o.Nodes[0].Actions, act("beep", string(rune('a'+i)), b))
			}
			take(t, m, o)
			for i, want := range c.steps {
				if got := strings.Join(said(m), ", "); got != want {
					t.Fatalf("step %d: %q, want %q", i, got, want)
				}
				if i < len(c.types) {
					tell(t, m, string(rune('a'+i)), vda5050.ActionFinished)
				}
			}
		})
	}
}

func TestEdgeActionsRunOnTheirEdge(t *testing.T) {
	m := machine(t)
	o := trip("o", 3, 3)
	o.Edges[0].Actions = []vda5050.Action{act("hum", "h1", vda5050.BlockingNone)}
	o.Edges[1].Actions = []vda5050.Action{act("hum", "h2", vda5050.BlockingNone)}
	take(t, m, o)
	expect(t, m, "start h1", "drive 2")
	wantStatus(t, m, "h2", vda5050.ActionWaiting)
	if err := m.Reached(2); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, m, "h1", vda5050.ActionFinished)
	expect(t, m, "cancel h1", "start h2", "drive 4 halt")
}

// A failed look is reported and the patrol goes on: an error never clears an order.
func TestFailedActionLeavesTheOrder(t *testing.T) {
	m := machine(t)
	o := trip("o", 2, 2)
	o.Nodes[0].Actions = []vda5050.Action{vda5050.InspectAction("look", "v", "")}
	take(t, m, o)
	expect(t, m, "start look")
	if err := m.ActionStatus("look", vda5050.ActionFailed, "vision process died"); err != nil {
		t.Fatal(err)
	}
	e := onlyError(t, m)
	if e.ErrorType != ActionFailed || e.ErrorLevel != vda5050.LevelWarning || reference(e, "actionId") != "look" {
		t.Errorf("%+v", e)
	}
	expect(t, m, "drive 2 halt")
	if err := m.ActionStatus("look", vda5050.ActionFinished, ""); err == nil {
		t.Error("a failed action finished")
	}
}

func TestRetriableActionWaitsForRetryOrSkip(t *testing.T) {
	m := machine(t)
	o := trip("o", 2, 2)
	a := vda5050.InspectAction("look", "v", "")
	a.Retriable = new(true)
	o.Nodes[0].Actions = []vda5050.Action{a}
	take(t, m, o)
	expect(t, m, "start look")
	tell(t, m, "look", vda5050.ActionFailed)
	wantStatus(t, m, "look", vda5050.ActionRetriable)
	expect(t, m)
	instant(m, vda5050.Instant(vda5050.Retry, "r", "actionId", "look"))
	wantStatus(t, m, "r", vda5050.ActionFinished)
	expect(t, m, "start look")
	tell(t, m, "look", vda5050.ActionFailed)
	instant(m, vda5050.Instant(vda5050.SkipRetry, "s", "actionId", "look"))
	wantStatus(t, m, "look", vda5050.ActionFailed)
	expect(t, m, "drive 2 halt")
	instant(m, vda5050.Instant(vda5050.Retry, "r2", "actionId", "look"))
	wantStatus(t, m, "r2", vda5050.ActionFailed)
}

// Section 6.6.5.1: CRITICAL and FATAL: "shall not continue driving"; WARNING and URGENT: the order goes on.
func TestErrorsHoldTheRobotButNeverItsOrder(t *testing.T) {
	for level, holds := range map[vda5050.ErrorLevel]bool{vda5050.LevelWarning: false, vda5050.LevelUrgent: false,
		vda5050.LevelCritical: true, vda5050.LevelFatal: true} {
		m := machine(t)
		take(t, m, trip("o", 3, 3))
		expect(t, m, "drive 2")
		s := ready()
		s.Errors = []vda5050.Error{{ErrorType: "MOTOR", ErrorLevel: level}}
		m.Sense(s)
		if got := slices.Equal(said(m), []string{"stop"}); got != holds {
			t.Errorf("%s: stopped %v", level, got)
		}
		if n := len(m.State(night).NodeStates); n != 2 {
			t.Errorf("%s: %d nodes left of the order", level, n)
		}
		m.Sense(ready())
		if holds {
			expect(t, m, "drive 2")
		}
	}
}

func TestLostLocalizationIsFatal(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 2, 2))
	s := ready()
	s.Position.Localized = false
	m.Sense(s)
	if e := onlyError(t, m); e.ErrorType != vda5050.LocalizationError || e.ErrorLevel != vda5050.LevelFatal {
		t.Errorf("%+v", e)
	}
	expect(t, m)
	m.Sense(ready())
	expect(t, m, "drive 2 halt")
}

func TestUnreachableNode(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 2, 2))
	expect(t, m, "drive 2 halt")
	if err := m.Unreachable(2, "a cart stands in the aisle"); err != nil {
		t.Fatal(err)
	}
	if e := onlyError(t, m); e.ErrorType != vda5050.NodeUnreachable || e.ErrorLevel != vda5050.LevelCritical || reference(e, "nodeId") != "n1" {
		t.Errorf("%+v", e)
	}
	expect(t, m, "stop")
	if err := m.Unreachable(4, ""); err == nil {
		t.Error("another node than the next")
	}
	m.Sense(ready())
	finish(t, m)
	take(t, m, trip("p", 2, 2))
	expect(t, m, "drive 2 halt")
}

func TestEmergencyStopHoldsTheDrive(t *testing.T) {
	m := machine(t)
	take(t, m, trip("o", 2, 2))
	expect(t, m, "drive 2 halt")
	s := ready()
	s.Safety.ActiveEmergencyStop = vda5050.EStopManual
	m.Sense(s)
	expect(t, m, "stop")
	m.Sense(ready())
	expect(t, m, "drive 2 halt")
}

func TestNewRefusesAFactsheetWithoutAName(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("taken")
	}
	c := config()
	c.StartToleranceM = -1
	if _, err := New(c); err == nil {
		t.Error("a negative tolerance was taken")
	}
	if _, err := Restore(config(), []byte("{")); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("%v", err)
	}
}
