// Package registers reads the registers of cooling units and other plant by Modbus TCP, and sets the one
// set-point that a site declares for runbooks. Asking writes nothing.
package registers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// A Driver asks one device.
type Driver struct {
	m   machine.Modbus
	now func() time.Time
}

// New checks nothing and connects to nothing.
func New(m machine.Modbus, now func() time.Time) *Driver { return &Driver{m, now} }

// ID is the source's.
func (d *Driver) ID() string { return d.m.ID }

// oneTry is how long one register may take.
const oneTry = 2 * time.Second

// Ask asks what bears on a question. Evidence may come with an error: of the part of it that failed.
func (d *Driver) Ask(ctx context.Context, q machine.Question) ([]machine.Evidence, error) {
	var all []machine.Register
	for _, r := range d.m.Registers {
		if q.Of(r.Subject) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	c, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	var out []machine.Evidence
	var errs []error
	for _, r := range all {
		if ctx.Err() != nil {
			errs = append(errs, ctx.Err())
			break
		}
		raw, err := read(c, r)
		if err == nil {
			var e machine.Evidence
			now := d.now()
			if e, err = machine.Judge(r.Point, d.m.ID, raw, now, now); err == nil {
				out = append(out, e)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: register %d: %w", d.m.Address, r.Register, err))
		}
		if errors.Is(err, modbus.ErrRequestTimedOut) { // the rest would wait as long, each
			break
		}
	}
	return out, errors.Join(errs...)
}

// open connects. The library has no contexts: its timeout is what is left of ours.
func (d *Driver) open(ctx context.Context) (*modbus.ModbusClient, error) {
	timeout := oneTry
	if until, ok := ctx.Deadline(); ok {
		timeout = max(time.Millisecond, min(timeout, time.Until(until)))
	}
	c, err := modbus.NewClient(&modbus.ClientConfiguration{URL: d.m.Address, Timeout: timeout, Logger: log.New(io.Discard, "", 0)})
	if err == nil {
		err = c.SetUnitId(d.m.Unit)
	}
	if err == nil {
		err = c.Open()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.m.Address, err)
	}
	return c, nil
}

// read is the number in one register, or in two.
func read(c *modbus.ModbusClient, r machine.Register) (float64, error) {
	kind, words := modbus.HOLDING_REGISTER, modbus.HIGH_WORD_FIRST
	if r.Input {
		kind = modbus.INPUT_REGISTER
	}
	if r.LowFirst {
		words = modbus.LOW_WORD_FIRST
	}
	if err := c.SetEncoding(modbus.BIG_ENDIAN, words); err != nil {
		return 0, err
	}
	switch r.Type {
	case "uint16", "int16":
		v, err := c.ReadRegister(r.Register, kind)
		if r.Type == "int16" {
			return float64(int16(v)), err
		}
		return float64(v), err
	case "uint32", "int32":
		v, err := c.ReadUint32(r.Register, kind)
		if r.Type == "int32" {
			return float64(int32(v)), err
		}
		return float64(v), err
	case "float32":
		v, err := c.ReadFloat32(r.Register, kind)
		return float64(v), err
	}
	return 0, fmt.Errorf("type %q is not known", r.Type)
}
