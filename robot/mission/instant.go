package mission

import (
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// maxInstants bounds instantActionStates where the factsheet names no limit.
const maxInstants = 500

// TakeInstantActions does, begins or refuses each action; the state says which. An actionId that is still in the
// state is a repetition and is passed over.
func (m *Machine) TakeInstantActions(ia vda5050.InstantActions) {
	m.out.stateDue = true
	h := ia.Header
	if h.Manufacturer != m.cfg.Factsheet.Manufacturer || h.SerialNumber != m.cfg.Factsheet.SerialNumber {
		m.raise(held{Until: untilInstantAction, Error: newError(vda5050.InvalidInstantAction,
			fmt.Sprintf("the actions are for %s/%s", h.Manufacturer, h.SerialNumber), "topic", vda5050.KindInstantActions)})
		return
	}
	if limit := m.cfg.Factsheet.ProtocolLimits.MaximumArrayLengths.InstantActions; limit > 0 && len(ia.Actions) > int(limit) {
		m.raise(held{Until: untilInstantAction, Error: newError(vda5050.InvalidInstantAction,
			fmt.Sprintf("%d actions in one message, the robot takes %d", len(ia.Actions), limit), "topic", vda5050.KindInstantActions)})
		return
	}
	for _, a := range ia.Actions {
		if find(m.d.Instants, a.ActionID) == nil {
			m.takeInstant(a)
			m.settle()
		}
	}
}

func (m *Machine) takeInstant(a vda5050.Action) {
	m.makeRoom()
	m.d.Instants = append(m.d.Instants, task{Action: a, Status: vda5050.ActionRunning, Released: true})
	t := &m.d.Instants[len(m.d.Instants)-1]
	if why := m.cannotInstant(a); why != "" {
		m.refuseInstant(t, vda5050.InvalidInstantAction, untilInstantAction, why)
		return
	}
	if t.Own = own(a.ActionType); t.Own {
		m.doOwn(t)
	} else {
		m.beginForBody(t)
	}
}

// refuseInstant ends an action that cannot be done, with an error that names it.
func (m *Machine) refuseInstant(t *task, e vda5050.ErrorType, u until, why string, refs ...string) {
	t.Own = true
	t.end(vda5050.ActionFailed, why)
	m.raise(held{Until: u, Error: newError(e, why, append([]string{"actionId", t.Action.ActionID}, refs...)...)})
}

// cannotInstant says why an instant action cannot be done: mode (table 11), support, parameters.
func (m *Machine) cannotInstant(a vda5050.Action) string {
	switch m.d.Mode {
	case vda5050.ModeAutomatic, vda5050.ModeSemiautomatic:
	case vda5050.ModeIntervened:
		if a.ActionType != vda5050.CancelOrder && !harmless(a.ActionType) {
			return "operating mode INTERVENED takes no instant action but cancelOrder"
		}
	default:
		if !harmless(a.ActionType) {
			return fmt.Sprintf("operating mode %s takes no instant actions", m.d.Mode)
		}
	}
	if own(a.ActionType) {
		return ""
	}
	if a.ActionType == vda5050.EnableMap || a.ActionType == vda5050.DownloadMap || a.ActionType == vda5050.DeleteMap {
		if id, version := mapOf(a); id == "" || version == "" {
			return a.ActionType + " needs mapId and mapVersion"
		}
	}
	return m.cannot(a, vda5050.ScopeInstant)
}

func own(actionType string) bool {
	switch actionType {
	case vda5050.CancelOrder, vda5050.StartPause, vda5050.StopPause, vda5050.StateRequest, vda5050.FactsheetRequest,
		vda5050.ClearInstantActions, vda5050.Retry, vda5050.SkipRetry:
		return true
	}
	return false
}

// harmless actions change nothing that moves; they are done in every mode.
func harmless(actionType string) bool {
	return actionType == vda5050.StateRequest || actionType == vda5050.FactsheetRequest || actionType == vda5050.ClearInstantActions
}

func (m *Machine) doOwn(t *task) {
	switch t.Action.ActionType {
	case vda5050.CancelOrder:
		m.cancelOrder(t)
	case vda5050.StartPause:
		m.d.PauseWanted = true
		m.overtake(vda5050.StopPause, t)
	case vda5050.StopPause:
		m.stopPause(t)
	case vda5050.StateRequest:
		t.end(vda5050.ActionFinished, "")
	case vda5050.FactsheetRequest:
		m.out.factsheet = true
		t.end(vda5050.ActionFinished, "")
	case vda5050.Retry, vda5050.SkipRetry:
		m.retry(t)
		return
	case vda5050.ClearInstantActions:
		t.end(vda5050.ActionFinished, "")
		id := t.Action.ActionID
		m.d.Instants = slices.DeleteFunc(m.d.Instants, func(x task) bool { return !x.alive() && x.Action.ActionID != id })
		m.lift(untilClear)
	}
	if last := m.d.Instants[len(m.d.Instants)-1]; last.Status != vda5050.ActionFailed {
		m.lift(untilInstantAction)
	}
}

// cancelOrder is section 6.1.3; settleClearing ends it.
func (m *Machine) cancelOrder(t *task) {
	want, named := t.Action.Parameter("orderId")
	switch {
	case named && want != m.d.OrderID:
		m.refuseInstant(t, vda5050.NoOrderToCancel, untilOrder, "the order named is not the active one")
	case m.Idle() && m.d.Clearing == nil:
		m.refuseInstant(t, vda5050.NoOrderToCancel, untilOrder, "the robot has no active order")
	case m.d.Clearing == nil:
		m.clear("")
	}
}

func (m *Machine) stopPause(t *task) {
	if m.sensors.HardwarePause {
		t.end(vda5050.ActionFailed, "the pause button on the robot is pressed")
		return
	}
	m.d.PauseWanted = false
	m.overtake(vda5050.StartPause, t)
}

// overtake fails the counter actions of by that are still on their way.
func (m *Machine) overtake(actionType string, by *task) {
	for i := range m.d.Instants {
		if t := &m.d.Instants[i]; t.alive() && t.Action.ActionType == actionType {
			t.end(vda5050.ActionFailed, by.Action.ActionType+" came first")
		}
	}
}

// retry and skipRetry move an action out of RETRIABLE (table 13).
func (m *Machine) retry(t *task) {
	id, _ := t.Action.Text("actionId")
	x := m.findAny(id)
	if x == nil || x.Status != vda5050.ActionRetriable {
		m.refuseInstant(t, vda5050.InvalidInstantAction, untilInstantAction, "the action named is not RETRIABLE")
		return
	}
	m.lift(untilInstantAction)
	t.end(vda5050.ActionFinished, "")
	if t.Action.ActionType == vda5050.Retry {
		x.Status, x.told = vda5050.ActionRunning, false
		return
	}
	skipped := x.Action
	skipped.Retriable = nil
	x.Action = skipped
	m.fail(x, x.Result)
}

// beginForBody starts an action that the body does, after the checks that only the machine can make.
func (m *Machine) beginForBody(t *task) {
	id, version := mapOf(t.Action)
	at := m.mapIndex(id, version)
	switch t.Action.ActionType {
	case vda5050.DownloadMap:
		if at >= 0 || m.downloading(t, id, version) {
			m.refuseInstant(t, vda5050.DuplicateMap, untilMapAction, "the map is on the robot already", "mapId", id, "mapVersion", version)
			return
		}
	case vda5050.EnableMap, vda5050.DeleteMap:
		if at < 0 {
			m.refuseInstant(t, vda5050.InvalidInstantAction, untilInstantAction, "no such map on the robot", "mapId", id, "mapVersion", version)
			return
		}
		if t.Action.ActionType == vda5050.DeleteMap && m.d.Maps[at].MapStatus == vda5050.MapEnabled {
			m.refuseInstant(t, vda5050.InvalidInstantAction, untilInstantAction, "the map is enabled", "mapId", id, "mapVersion", version)
			return
		}
	}
	m.lift(untilInstantAction)
	if id != "" {
		m.lift(untilMapAction)
	}
}

// downloading is whether another action already fetches that map.
func (m *Machine) downloading(t *task, id, version string) bool {
	return m.anyTask(func(x *task) bool {
		i, v := mapOf(x.Action)
		return x.Action.ActionID != t.Action.ActionID && x.Action.ActionType == vda5050.DownloadMap && x.alive() && i == id && v == version
	})
}

// effect is what a finished action changes in the state (section 6.3, table 4).
func (m *Machine) effect(a vda5050.Action) {
	id, version := mapOf(a)
	at := m.mapIndex(id, version)
	switch a.ActionType {
	case vda5050.DownloadMap:
		if at < 0 && id != "" {
			m.d.Maps = append(m.d.Maps, vda5050.Map{MapID: id, MapVersion: version, MapStatus: vda5050.MapDisabled})
		}
	case vda5050.EnableMap:
		for i := range m.d.Maps {
			if at >= 0 && m.d.Maps[i].MapID == id {
				m.d.Maps[i].MapStatus = vda5050.MapDisabled
			}
		}
		if at >= 0 {
			m.d.Maps[at].MapStatus = vda5050.MapEnabled
		}
	case vda5050.DeleteMap:
		if at >= 0 {
			m.d.Maps = slices.Delete(m.d.Maps, at, at+1)
		}
	case vda5050.InitializePosition:
		if node, ok := a.Text("lastNodeId"); ok && m.Idle() {
			m.d.LastNode, m.d.LastNodeAt = node, nil
		}
	}
}

func mapOf(a vda5050.Action) (id, version string) {
	id, _ = a.Text("mapId")
	version, _ = a.Text("mapVersion")
	return id, version
}

func (m *Machine) mapIndex(id, version string) int {
	return slices.IndexFunc(m.d.Maps, func(x vda5050.Map) bool { return x.MapID == id && x.MapVersion == version })
}

// makeRoom keeps instantActionStates bounded when the fleet never clears them: the oldest that has ended goes.
func (m *Machine) makeRoom() {
	limit := int(m.cfg.Factsheet.ProtocolLimits.MaximumArrayLengths.StateInstantActionStates)
	if limit == 0 {
		limit = maxInstants
	}
	if len(m.d.Instants) < limit {
		return
	}
	m.raise(held{Until: untilClear, Error: newError(vda5050.InstantActionStatesFull, "send clearInstantActions")})
	if i := slices.IndexFunc(m.d.Instants, func(t task) bool { return !t.alive() }); i >= 0 {
		m.d.Instants = slices.Delete(m.d.Instants, i, i+1)
	}
}
