package mission

import (
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// A task is an action with how far it has come.
type task struct {
	Action   vda5050.Action       `json:"action"`
	Status   vda5050.ActionStatus `json:"status"`
	Result   string               `json:"result,omitempty"`
	Released bool                 `json:"released"` // part of the base
	Edge     bool                 `json:"edge"`     // of an edge
	Own      bool                 `json:"own"`      // the machine does it itself
	Cancel   bool                 `json:"cancel"`   // it shall end

	// What the body was told; after a restart it knows nothing.
	told, cancelTold, pauseTold bool
}

func (t task) alive() bool {
	return t.Status != vda5050.ActionFinished && t.Status != vda5050.ActionFailed
}

// under is whether the body is, or shall be, busy with it.
func (t task) under() bool {
	return t.alive() && t.Status != vda5050.ActionWaiting && t.Status != vda5050.ActionRetriable
}

func (t *task) end(s vda5050.ActionStatus, result string) { t.Status, t.Result = s, clip(result) }

func (t task) state() vda5050.ActionState {
	return vda5050.ActionState{ActionID: t.Action.ActionID, ActionType: t.Action.ActionType,
		ActionDescriptor: t.Action.ActionDescriptor, ActionStatus: t.Status, ActionResult: t.Result}
}

func find(tasks []task, actionID string) *task {
	for i := range tasks {
		if tasks[i].Action.ActionID == actionID {
			return &tasks[i]
		}
	}
	return nil
}

// stops is whether an action forbids driving, alone whether it forbids other actions (table 3, section 6.2.2).
func stops(b vda5050.BlockingType) bool {
	return b == vda5050.BlockingSoft || b == vda5050.BlockingHard
}

func alone(b vda5050.BlockingType) bool {
	return b == vda5050.BlockingSingle || b == vda5050.BlockingHard
}

func anyStops(actions []vda5050.Action) bool {
	return slices.ContainsFunc(actions, func(a vda5050.Action) bool { return stops(a.BlockingType) })
}

// trigger enqueues actions in the sequence of their array.
func (m *Machine) trigger(actions []vda5050.Action) {
	for _, a := range actions {
		if t := find(m.d.Actions, a.ActionID); t != nil && t.Status == vda5050.ActionWaiting {
			m.d.Queue = append(m.d.Queue, a.ActionID)
		}
	}
}

// runQueue is figure 11: NONE and SOFT run side by side, SINGLE and HARD begin when all before them have ended, and
// nothing behind them begins until they have. What forbids driving begins when the robot stands.
func (m *Machine) runQueue() {
	m.d.Queue = slices.DeleteFunc(m.d.Queue, func(id string) bool {
		t := find(m.d.Actions, id)
		return t == nil || !t.alive()
	})
	if m.mustWait() {
		return
	}
	for i, id := range m.d.Queue {
		t := find(m.d.Actions, id)
		exclusive := alone(t.Action.BlockingType)
		if exclusive && i > 0 {
			return
		}
		if t.Status == vda5050.ActionWaiting {
			if stops(t.Action.BlockingType) && !m.standing() {
				return
			}
			t.Status = vda5050.ActionRunning
		}
		if exclusive {
			return
		}
	}
}

// enterEdge triggers the actions of the edge that the robot is about to drive (section 6.6.2).
func (m *Machine) enterEdge() {
	if m.d.OnEdge || !m.mayDrive() {
		return
	}
	m.d.OnEdge = true
	m.trigger(m.d.Edges[0].Actions)
	m.runQueue()
}

// leaveEdge ends what was active on the edge: "the actions that were active on the edge shall be finished".
func (m *Machine) leaveEdge() {
	for _, a := range m.d.Edges[0].Actions {
		t := find(m.d.Actions, a.ActionID)
		switch {
		case t == nil || !t.alive():
		case t.Status == vda5050.ActionWaiting:
			t.end(vda5050.ActionFailed, "the edge was left before the action could begin")
		default:
			t.Cancel = true
			t.end(vda5050.ActionFinished, "the edge was left")
		}
	}
	m.d.OnEdge = false
}

// ActionStatus takes the body's word on an action that StartAction began. An error says that the action is not
// running here, or cannot go to that status; nothing has then changed. A retriable action that FAILED waits as
// RETRIABLE for retry or skipRetry.
func (m *Machine) ActionStatus(actionID string, status vda5050.ActionStatus, result string) error {
	t := m.findAny(actionID)
	switch {
	case t == nil:
		return fmt.Errorf("action %.80q: not known here", actionID)
	case t.Own || !t.alive() || t.Status == vda5050.ActionWaiting:
		return fmt.Errorf("action %.80q: is %s, the body has no say in it", actionID, t.Status)
	}
	switch status {
	case vda5050.ActionRunning, vda5050.ActionPaused:
		t.Status = status
	case vda5050.ActionInitializing:
		if t.Status == vda5050.ActionRunning {
			return fmt.Errorf("action %.80q: cannot go from RUNNING to INITIALIZING", actionID)
		}
		t.Status = status
	case vda5050.ActionFinished:
		t.end(status, result)
		m.effect(t.Action)
	case vda5050.ActionFailed, vda5050.ActionRetriable:
		m.fail(t, result)
	default:
		return fmt.Errorf("action %.80q: the body cannot report %q", actionID, status)
	}
	m.settle()
	return nil
}

// fail ends a task as FAILED, or parks it as RETRIABLE. A failed action leaves the order as it is.
func (m *Machine) fail(t *task, result string) {
	if t.Action.Retriable != nil && *t.Action.Retriable && !t.Cancel && m.d.Clearing == nil {
		t.end(vda5050.ActionRetriable, result)
		return
	}
	t.end(vda5050.ActionFailed, result)
	if t.Cancel {
		return
	}
	h := held{Until: untilOrder, Error: newError(ActionFailed, result, "actionId", t.Action.ActionID, "actionType", t.Action.ActionType)}
	if find(m.d.Actions, t.Action.ActionID) == nil {
		h.Until = untilInstantAction
	}
	m.raise(h)
}

func (m *Machine) findAny(actionID string) *task {
	if t := find(m.d.Actions, actionID); t != nil && t.Status != vda5050.ActionWaiting {
		return t
	}
	if t := find(m.d.Instants, actionID); t != nil {
		return t
	}
	return find(m.d.Actions, actionID)
}

// tellTasks says what each action's body part should do that it was not yet told.
func (m *Machine) tellTasks(out []Command) []Command {
	for i := range m.d.Actions {
		out = m.tellTask(out, &m.d.Actions[i], m.d.OrderID)
	}
	for i := range m.d.Instants {
		out = m.tellTask(out, &m.d.Instants[i], "")
	}
	m.settle()
	return out
}

func (m *Machine) tellTask(out []Command, t *task, orderID string) []Command {
	id := t.Action.ActionID
	if t.Own {
		return out
	}
	if t.Cancel && !t.cancelTold {
		t.cancelTold = true
		if t.told {
			return append(out, CancelAction{id})
		}
		if t.alive() {
			t.end(vda5050.ActionFailed, "cancelled before it began")
		}
		return out
	}
	if t.Status == vda5050.ActionPaused && !t.told && !m.d.PauseWanted && !t.Cancel {
		t.Status = vda5050.ActionRunning
	}
	switch {
	case (t.Status == vda5050.ActionRunning || t.Status == vda5050.ActionInitializing) && !t.told:
		t.told, t.pauseTold = true, false
		return append(out, StartAction{Action: t.Action, Instant: orderID == "", OrderID: orderID})
	case m.d.PauseWanted && !t.pauseTold && m.pausable(t):
		t.pauseTold = true
		return append(out, PauseAction{id})
	case !m.d.PauseWanted && t.pauseTold && t.Status == vda5050.ActionPaused:
		t.pauseTold = false
		return append(out, ResumeAction{id})
	}
	return out
}

// pausable is whether a running action can be paused (pauseAllowed of the factsheet).
func (m *Machine) pausable(t *task) bool {
	spec := m.spec(t.Action.ActionType)
	return spec != nil && spec.PauseAllowed && !t.Own && !t.Cancel &&
		(t.Status == vda5050.ActionRunning || t.Status == vda5050.ActionInitializing)
}
