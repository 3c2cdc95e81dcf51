package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
)

// MQTT drives a portal over the broker: {"open": true} is published, and what its control publishes is heard.
type MQTT struct {
	Publish func(ctx context.Context, payload []byte) error
	Field   string // as of HTTP
	Values  map[string]Status

	mu   sync.Mutex
	last []byte
}

// Hear takes a message of the control. It should say what it is whenever that changes, and in answer to each ask.
func (m *MQTT) Hear(payload []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = append([]byte{}, payload[:min(len(payload), longestAnswer)]...)
}

// Ask implements Driver.
func (m *MQTT) Ask(ctx context.Context, open bool) error {
	payload, err := json.Marshal(map[string]bool{"open": open})
	if err != nil {
		return err
	}
	if err := m.Publish(ctx, payload); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}

// Status implements Driver: each message is a report once, so that a control which fell silent is not believed for ever.
func (m *MQTT) Status(context.Context) (Status, string, error) {
	m.mu.Lock()
	last := m.last
	m.last = nil
	m.mu.Unlock()
	if last == nil {
		return Unknown, "", ErrSilent
	}
	return read(last, m.Field, m.Values)
}
