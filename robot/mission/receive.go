package mission

import (
	"encoding/json"
	"fmt"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// Receive takes a message as it came from the broker; kind is the last level of its topic. What is wrong with an
// order is reported in the state (VALIDATION_FAILURE and its like); the error is for the log, and names a kind that
// is not for a robot.
func (m *Machine) Receive(kind string, payload []byte) error {
	switch kind {
	case vda5050.KindOrder:
		var o vda5050.Order
		if err := vda5050.Unmarshal(payload, &o); err != nil {
			m.malformed("order", payload, err)
			return err
		}
		return m.TakeOrder(o)
	case vda5050.KindInstantActions:
		var ia vda5050.InstantActions
		if err := vda5050.Unmarshal(payload, &ia); err != nil {
			m.malformed("instantActions", payload, err)
			return err
		}
		m.TakeInstantActions(ia)
		return nil
	}
	return fmt.Errorf("message of kind %q is not for this robot", kind)
}

// malformed reports what could not be read, with the order's identity where that much can be made out (table 9).
func (m *Machine) malformed(topic string, payload []byte, err error) {
	m.out.stateDue = true
	var head struct {
		OrderID       json.RawMessage `json:"orderId"`
		OrderUpdateID json.RawMessage `json:"orderUpdateId"`
	}
	refs := []string{"topic", topic}
	if len(payload) <= vda5050.MaxSize && json.Unmarshal(payload, &head) == nil {
		var id string
		if json.Unmarshal(head.OrderID, &id) == nil && id != "" {
			refs = append(refs, "orderId", id)
		}
		var update uint32
		if json.Unmarshal(head.OrderUpdateID, &update) == nil {
			refs = append(refs, "orderUpdateId", fmt.Sprint(update))
		}
	}
	until := untilOrder
	errorType := vda5050.ValidationFailure
	if topic == vda5050.KindInstantActions {
		until, errorType = untilInstantAction, vda5050.InvalidInstantAction
	}
	m.raise(held{Until: until, Error: newError(errorType, err.Error(), refs...)})
}
