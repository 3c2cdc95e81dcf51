// Package linktest is a robot's link without a broker: what the robot publishes is handed to a function, and what the
// fleet says is put in. A test of a whole night runs on it.
package linktest

import (
	"context"
	"fmt"
	"sync"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/robot/link"
)

// A Memory is one robot's link in memory. It starts offline.
type Memory struct {
	sent   func(kind string, payload []byte)
	events chan link.Event

	mu     sync.Mutex
	online bool
	seen   int // announcements
}

// New returns a link that hands all that is published to sent, in the goroutine that publishes.
func New(sent func(kind string, payload []byte)) *Memory {
	return &Memory{sent: sent, events: make(chan link.Event, 1024)}
}

// Events is the robot's side.
func (m *Memory) Events() <-chan link.Event { return m.events }

// Publish is the robot's side; it refuses what a broker would.
func (m *Memory) Publish(ctx context.Context, kind string, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(payload) > wire.MaxPayload {
		return fmt.Errorf("publish %s: %w", kind, link.ErrTooLarge)
	}
	m.mu.Lock()
	online := m.online
	m.mu.Unlock()
	if !online {
		return fmt.Errorf("publish %s: %w", kind, link.ErrOffline)
	}
	m.sent(kind, payload)
	return nil
}

// Announce is the robot's side.
func (m *Memory) Announce() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen++
	return nil
}

// Announced counts the announcements.
func (m *Memory) Announced() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// Say sends a message of the fleet to the robot; offline it is lost.
func (m *Memory) Say(kind string, payload []byte) {
	m.mu.Lock()
	online := m.online
	m.mu.Unlock()
	if online {
		m.events <- link.Event{Kind: kind, Payload: payload}
	}
}

// Connect and Disconnect make and break the connection.
func (m *Memory) Connect() { m.set(true, link.Event{Kind: link.Online}) }

// Disconnect breaks the connection.
func (m *Memory) Disconnect() { m.set(false, link.Event{Kind: link.Offline, Err: link.ErrOffline}) }

func (m *Memory) set(online bool, e link.Event) {
	m.mu.Lock()
	m.online = online
	m.mu.Unlock()
	m.events <- e
}
