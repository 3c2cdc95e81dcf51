package registers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// Identify says which cooling unit answers, by the text that it keeps, and what its set-point is now.
func (d *Driver) Identify(ctx context.Context, _ remedy.Order) (remedy.Identity, error) {
	var id remedy.Identity
	err := d.holding(ctx, func(c *modbus.ModbusClient, p *machine.SetPoint) error {
		name, now, err := d.identify(c, p)
		id = remedy.Identity{Name: name, Value: &now, At: d.now()}
		return err
	})
	if err != nil {
		return remedy.Identity{}, err
	}
	return id, nil
}

// Carry sets the set-point once and reads it back; one that stands there already is not written again, for registers wear out.
func (d *Driver) Carry(ctx context.Context, o remedy.Order) (out remedy.Outcome, err error) {
	err = d.holding(ctx, func(c *modbus.ModbusClient, p *machine.SetPoint) error {
		want := o.Step.Point.Value
		if o.Restore != "" {
			v, err := strconv.ParseFloat(o.Restore, 64)
			if err != nil {
				return fmt.Errorf("what it was before is not known: %q: %w", o.Restore, remedy.ErrFinal)
			}
			want = v
		}
		if !(want >= p.Min && want <= p.Max) {
			return fmt.Errorf("%g is beyond what %s has for %s, %g to %g: %w", want, machine.FileName, p.Cooling, p.Min, p.Max, remedy.ErrFinal)
		}
		name, was, err := d.identify(c, p)
		if err != nil {
			return err
		}
		if name != p.Cooling || name != o.Target.Cooling {
			return fmt.Errorf("it says that it is %q, and not %s: nothing is written: %w", name, o.Target.Cooling, remedy.ErrFinal)
		}
		out.Was = strconv.FormatFloat(was, 'g', -1, 64)
		if math.Abs(was-want) <= resolution(p) {
			out.Said = fmt.Sprintf("the set-point is %g already", want)
			return nil
		}
		if err := write(c, p.Register, (want-p.Offset)/p.Scale); err != nil {
			return err
		}
		_, is, err := d.identify(c, p)
		if err != nil {
			return fmt.Errorf("it was set, and cannot be read back: %w", err)
		}
		if math.Abs(is-want) > resolution(p) {
			return fmt.Errorf("it was set to %g, and reads %g: the unit does not take it: %w", want, is, remedy.ErrFinal)
		}
		out.Said = fmt.Sprintf("the set-point went from %g to %g", was, is)
		return nil
	})
	return out, err
}

// identify reads the unit's name, as the site has it where the text is the one that is declared, and its set-point.
func (d *Driver) identify(c *modbus.ModbusClient, p *machine.SetPoint) (name string, value float64, err error) {
	text, err := c.ReadRawBytes(p.IdentityAt, 2*p.IdentityWords, modbus.HOLDING_REGISTER)
	if err != nil {
		return "", 0, fmt.Errorf("%s: its name in register %d: %w", d.m.Address, p.IdentityAt, err)
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	name = strings.ToValidUTF8(strings.TrimSpace(string(text)), "?")
	if name == strings.TrimSpace(p.IdentityText) {
		name = p.Cooling
	}
	raw, err := read(c, p.Register)
	if err != nil {
		return "", 0, fmt.Errorf("%s: its set-point in register %d: %w", d.m.Address, p.Register.Register, err)
	}
	return name, raw*p.Scale + p.Offset, nil
}

// resolution is by how much a set-point that was read may differ from the one that was written: half of what a register tells apart.
func resolution(p *machine.SetPoint) float64 {
	if p.Type == "float32" {
		return 1e-3
	}
	return math.Abs(p.Scale) / 2 * (1 + 1e-9)
}

// write puts a number into one register, or into two.
func write(c *modbus.ModbusClient, r machine.Register, raw float64) error {
	words := modbus.HIGH_WORD_FIRST
	if r.LowFirst {
		words = modbus.LOW_WORD_FIRST
	}
	if err := c.SetEncoding(modbus.BIG_ENDIAN, words); err != nil {
		return err
	}
	whole := math.Round(raw)
	within := func(low, high float64) error {
		if whole < low || whole > high {
			return fmt.Errorf("%g does not fit a register of type %s: %w", raw, r.Type, remedy.ErrFinal)
		}
		return nil
	}
	var err error
	switch r.Type {
	case "uint16":
		if err = within(0, math.MaxUint16); err == nil {
			err = c.WriteRegister(r.Register, uint16(whole))
		}
	case "int16":
		if err = within(math.MinInt16, math.MaxInt16); err == nil {
			err = c.WriteRegister(r.Register, uint16(int16(whole)))
		}
	case "uint32":
		if err = within(0, math.MaxUint32); err == nil {
			err = c.WriteUint32(r.Register, uint32(whole))
		}
	case "int32":
		if err = within(math.MinInt32, math.MaxInt32); err == nil {
			err = c.WriteUint32(r.Register, uint32(int32(whole)))
		}
	case "float32":
		err = c.WriteFloat32(r.Register, float32(raw))
	default:
		err = fmt.Errorf("type %q is not known: %w", r.Type, remedy.ErrFinal)
	}
	if errors.Is(err, modbus.ErrIllegalDataValue) || errors.Is(err, modbus.ErrIllegalDataAddress) || errors.Is(err, modbus.ErrIllegalFunction) {
		return fmt.Errorf("it refuses to have register %d written: %w: %w", r.Register, err, remedy.ErrFinal)
	}
	return err
}

// holding opens a connection for a device that has a set-point.
func (d *Driver) holding(ctx context.Context, do func(*modbus.ModbusClient, *machine.SetPoint) error) error {
	if d.m.SetPoint == nil {
		return fmt.Errorf("%s declares no set-point of %s: %w", machine.FileName, d.m.ID, remedy.ErrFinal)
	}
	c, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return do(c, d.m.SetPoint)
}
