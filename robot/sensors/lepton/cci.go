package lepton

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// The CCI's registers; software interface description, chapter 2.
const (
	regStatus  = 0x0002
	regCommand = 0x0004
	regLength  = 0x0006
	regData    = 0x0008

	statusBusy   = 0x0001
	statusBooted = 0x0004
	verbSet      = 1
)

// Commands, as their get; set is one more. RAD's need the OEM bit, 0x4000.
const (
	agcEnable         = 0x0100
	sysTelemetry      = 0x0218
	sysTelemetryPlace = 0x021C // 0 header, 1 footer
	radTLinear        = 0x4EC0
	radResolution     = 0x4EC4 // 0: 0.1 K, 1: 0.01 K
)

// A cci sets and gets attributes of 32 bits.
type cci struct {
	bus   i2c.Dev
	clock clock.Clock
}

// set writes an attribute.
func (c *cci) set(ctx context.Context, command uint16, value uint32) error {
	if _, err := c.wait(ctx); err != nil {
		return err
	}
	// Of numbers of 32 bits the lower word comes first.
	data := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{regData >> 8, regData}, uint16(value)), uint16(value>>16))
	if err := c.bus.Tx(data, nil); err != nil {
		return fmt.Errorf("write data: %w", err)
	}
	return c.run(ctx, command|verbSet)
}

// get reads an attribute.
func (c *cci) get(ctx context.Context, command uint16) (uint32, error) {
	if _, err := c.wait(ctx); err != nil {
		return 0, err
	}
	if err := c.run(ctx, command); err != nil {
		return 0, err
	}
	var data [4]byte
	if err := c.bus.Tx([]byte{regData >> 8, regData}, data[:]); err != nil {
		return 0, fmt.Errorf("read data: %w", err)
	}
	return uint32(binary.BigEndian.Uint16(data[:])) | uint32(binary.BigEndian.Uint16(data[2:]))<<16, nil
}

// run gives a command of two words and waits for its end.
func (c *cci) run(ctx context.Context, command uint16) error {
	if err := c.write(regLength, 2); err != nil {
		return fmt.Errorf("write length: %w", err)
	}
	if err := c.write(regCommand, command); err != nil {
		return fmt.Errorf("write command: %w", err)
	}
	status, err := c.wait(ctx)
	if err != nil {
		return err
	}
	if code := int8(status >> 8); code != 0 {
		return fmt.Errorf("command %#04x, code %d: %w", command, code, ErrRefused)
	}
	return nil
}

// wait polls until the camera has started and is not busy.
func (c *cci) wait(ctx context.Context) (status uint16, err error) {
	end := c.clock.Now().Add(readyTime)
	for {
		var raw [2]byte
		if err := c.bus.Tx([]byte{regStatus >> 8, regStatus}, raw[:]); err != nil {
			return 0, fmt.Errorf("read status: %w", err)
		}
		status = binary.BigEndian.Uint16(raw[:])
		if status&statusBusy == 0 && status&statusBooted != 0 {
			return status, nil
		}
		if c.clock.Now().After(end) {
			return 0, fmt.Errorf("waited %v: %w", readyTime, ErrBusy)
		}
		if err := c.clock.Sleep(ctx, pollTime); err != nil {
			return 0, fmt.Errorf("wait for the camera: %w", err)
		}
	}
}

func (c *cci) write(reg, value uint16) error {
	return c.bus.Tx([]byte{byte(reg >> 8), byte(reg), byte(value >> 8), byte(value)}, nil)
}
