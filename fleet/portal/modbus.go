package portal

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/simonvetter/modbus"
)

// Modbus drives a portal by Modbus TCP: a coil asks for it, discrete inputs say what it is.
type Modbus struct {
	Address string // tcp://host:502
	Unit    uint8
	Coil    uint16  // 1 asks for open
	IsOpen  uint16  // discrete input: open
	IsShut  *uint16 // discrete input: closed; nil: what is not open is closed
	IsFault *uint16 // discrete input: out of order; nil: it cannot tell

	mu sync.Mutex // one exchange at a time: the portal's control may have but one connection
}

// Ask implements Driver.
func (m *Modbus) Ask(ctx context.Context, open bool) error {
	return m.exchange(ctx, func(c *modbus.ModbusClient) error {
		if err := c.WriteCoil(m.Coil, open); err != nil {
			return fmt.Errorf("write coil %d: %w", m.Coil, err)
		}
		return nil
	})
}

// Status implements Driver.
func (m *Modbus) Status(ctx context.Context) (s Status, why string, err error) {
	var open, shut, wrong bool
	err = m.exchange(ctx, func(c *modbus.ModbusClient) error {
		for _, in := range []struct {
			at   *uint16
			into *bool
		}{{&m.IsOpen, &open}, {m.IsShut, &shut}, {m.IsFault, &wrong}} {
			if in.at == nil {
				continue
			}
			v, err := c.ReadDiscreteInput(*in.at)
			if err != nil {
				return fmt.Errorf("read input %d: %w", *in.at, err)
			}
			*in.into = v
		}
		return nil
	})
	switch {
	case err != nil:
		return Unknown, "", err
	case wrong:
		return Fault, fmt.Sprintf("input %d is set", *m.IsFault), nil
	case open && shut:
		return Fault, fmt.Sprintf("inputs %d and %d both say that it is there", m.IsOpen, *m.IsShut), nil
	case open:
		return Open, "", nil
	case m.IsShut != nil && !shut:
		return Moving, "", nil
	}
	return Closed, "", nil
}

// exchange opens a connection for a few calls. The library has no contexts: its timeout is what is left of ours.
func (m *Modbus) exchange(ctx context.Context, calls func(*modbus.ModbusClient) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	timeout := askWithin
	if until, ok := ctx.Deadline(); ok {
		timeout = max(time.Millisecond, time.Until(until)) // of the wall clock, as the deadline is
	}
	c, err := modbus.NewClient(&modbus.ClientConfiguration{URL: m.Address, Timeout: timeout, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return fmt.Errorf("%s: %w", m.Address, err)
	}
	if err := c.SetUnitId(m.Unit); err != nil {
		return fmt.Errorf("%s: %w", m.Address, err)
	}
	if err := c.Open(); err != nil {
		return fmt.Errorf("%s: %w", m.Address, err)
	}
	defer func() { _ = c.Close() }()
	if err := calls(c); err != nil {
		return fmt.Errorf("%s: %w", m.Address, err)
	}
	return nil
}
