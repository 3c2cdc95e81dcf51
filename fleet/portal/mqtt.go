package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
)

// MQTT drives a portal over the broker: {"open": true} is published on Command, and what is published on State is heard.
type MQTT struct {
	Publish func(ctx context.Context, topic string, payload []byte) error
	Command string
	Field   string // as of HTTP
	Values  map[string]Status

	mu   sync.Mutex
	last []byte
}

// Hear takes a message of the state topic. A control should publish retained, or say what it is every second.
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
	if err := m.Publish(ctx, m.Command, payload); err != nil {
		return fmt.Errorf("publish on %s: %w", m.Command, err)
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
		return Unknown, "", fmt.Errorf("nothing was heard since the last time")
	}
	return read(last, m.Field, m.Values)
}
