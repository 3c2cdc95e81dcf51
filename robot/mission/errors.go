package mission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// until says how long an error is reported (the last column of table 9, section 6.6.5.4).
type until string

const (
	untilOrder         until = "order"         // until a new order, or an update, is accepted
	untilInstantAction until = "instantAction" // until a new instant action is accepted
	untilMapAction     until = "mapAction"     // until a new map action is accepted
	untilMode          until = "mode"          // until the operating mode allows orders
	untilClear         until = "clear"         // until clearInstantActions
)

// held is an error with the end of its report.
type held struct {
	Error vda5050.Error `json:"error"`
	Until until         `json:"until"`
}

// ActionFailed is our own error type, level WARNING: an action of the order failed, the order goes on. It is reported
// until a new order is accepted, with the actionId.
const ActionFailed vda5050.ErrorType = "ACTION_FAILED"

// maxErrors bounds the list: the oldest go first. A fleet that sends nonsense must not fill the robot's memory.
const maxErrors = 32

// newError is an error of the level that the standard gives its type (WARNING for our own), with references given as
// key, value, key, value.
func newError(t vda5050.ErrorType, description string, refs ...string) vda5050.Error {
	level, ok := t.Level()
	if !ok {
		level = vda5050.LevelWarning
	}
	e := vda5050.Error{ErrorType: t, ErrorLevel: level, ErrorDescription: clip(description)}
	for i := 0; i+1 < len(refs); i += 2 {
		e.ErrorReferences = append(e.ErrorReferences, vda5050.ErrorReference{ReferenceKey: refs[i], ReferenceValue: clip(refs[i+1])})
	}
	return e
}

// clip bounds a text that may quote what somebody sent.
func clip(s string) string {
	if len(s) > 500 {
		s = s[:500]
	}
	return strings.ToValidUTF8(s, "?")
}

// raise reports an error; the same error again is not reported twice.
func (m *Machine) raise(h held) {
	same := func(x held) bool {
		return x.Error.ErrorType == h.Error.ErrorType && slices.Equal(x.Error.ErrorReferences, h.Error.ErrorReferences)
	}
	m.d.Errors = append(slices.DeleteFunc(m.d.Errors, same), h)
	if extra := len(m.d.Errors) - maxErrors; extra > 0 {
		m.d.Errors = slices.Delete(m.d.Errors, 0, extra)
	}
}

// lift ends the report of errors.
func (m *Machine) lift(u until) {
	m.d.Errors = slices.DeleteFunc(m.d.Errors, func(h held) bool { return h.Until == u })
}

// A refusal is why an order is not taken over; it is an error for the log and becomes one of the state.
type refusal struct {
	held
}

// Error is the type and the description.
func (r *refusal) Error() string {
	return fmt.Sprintf("order refused: %s: %s", r.held.Error.ErrorType, r.held.Error.ErrorDescription)
}

// errors are all active errors: the held ones, the body's, and a lost localization.
func (m *Machine) errors() []vda5050.Error {
	all := make([]vda5050.Error, 0, len(m.d.Errors)+len(m.sensors.Errors)+1)
	for _, h := range m.d.Errors {
		all = append(all, h.Error)
	}
	all = append(all, m.sensors.Errors...)
	if p := m.sensors.Position; p != nil && !p.Localized {
		all = append(all, newError(vda5050.LocalizationError, "the robot does not know where it is"))
	}
	return all
}

// mustStand is whether an active error forbids driving (section 6.6.5.1), and fatal whether it forbids a new order.
func (m *Machine) mustStand() (stand, fatal bool) {
	for _, e := range m.errors() {
		stand = stand || e.ErrorLevel == vda5050.LevelCritical || e.ErrorLevel == vda5050.LevelFatal
		fatal = fatal || e.ErrorLevel == vda5050.LevelFatal
	}
	return stand, fatal
}
