package registers_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/registers"
	"github.com/nightrounds/nightrounds/fleet/machine/registerstest"
)

// A plant has one block of registers, holding and input alike.
type plant map[uint16]uint16

func (p plant) read(unit uint8, at, n uint16, write bool) ([]uint16, error) {
	if unit != 3 || write {
		return nil, modbus.ErrIllegalFunction
	}
	var out []uint16
	for i := range n {
		v, ok := p[at+i]
		if !ok {
			return nil, modbus.ErrIllegalDataAddress
		}
		out = append(out, v)
	}
	return out, nil
}

func (p plant) HandleInputRegisters(r *modbus.InputRegistersRequest) ([]uint16, error) {
	return p.read(r.UnitId, r.Addr+1000, r.Quantity, false)
}

func (p plant) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	return p.read(r.UnitId, r.Addr, r.Quantity, r.IsWrite)
}
func (plant) HandleCoils(*modbus.CoilsRequest) ([]bool, error) { return nil, modbus.ErrIllegalFunction }
func (plant) HandleDiscreteInputs(*modbus.DiscreteInputsRequest) ([]bool, error) {
	return nil, modbus.ErrIllegalFunction
}

func at() time.Time { return time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC) }

func TestRegistersOfEachTypeAreReadWithScaleAndOffset(t *testing.T) {
	address := registerstest.Serve(t, plant{1: 0xff38, 2: 0x0001, 3: 0x86a0, 4: 0xffff, 5: 0xfffe, 6: 0x0000, 7: 0x41c8, 1001: 225})
	for name, c := range map[string]struct {
		r    machine.Register
		want float64
	}{
		"signed":            {machine.Register{Register: 1, Type: "int16"}, -200},
		"unsigned":          {machine.Register{Register: 1, Type: "uint16"}, 65336},
		"scaled":            {machine.Register{Register: 1, Type: "int16", Point: machine.Point{Scale: 0.1, Offset: 50}}, 30},
		"two words":         {machine.Register{Register: 2, Type: "uint32"}, 100000},
		"two words, signed": {machine.Register{Register: 4, Type: "int32"}, -2},
		"float, low first":  {machine.Register{Register: 6, Type: "float32", LowFirst: true}, 25},
		"input":             {machine.Register{Register: 1, Type: "uint16", Input: true, Point: machine.Point{Scale: 0.1}}, 22.5},
	} {
		c.r.Supply, c.r.Quantity = "loop-1", "flow"
		if c.r.Scale == 0 {
			c.r.Scale = 1
		}
		d := registers.New(machine.Modbus{Source: machine.Source{ID: "cdu"}, Address: address, Unit: 3, Registers: []machine.Register{c.r}}, at)
		all, err := d.Ask(t.Context(), machine.Question{Supplies: []string{"loop-1"}})
		if err != nil || len(all) != 1 || all[0].Value < c.want-1e-9 || all[0].Value > c.want+1e-9 {
			t.Errorf("%s: %+v, %v, want %v", name, all, err, c.want)
		}
		if all, err := d.Ask(t.Context(), machine.Question{Supplies: []string{"loop-2"}}); all != nil || err != nil {
			t.Errorf("%s: of another loop: %+v, %v", name, all, err)
		}
	}
	d := registers.New(machine.Modbus{Address: address, Unit: 9, Registers: []machine.Register{{Register: 1, Type: "int16", Point: machine.Point{Subject: machine.Subject{Supply: "loop-1"}, Scale: 1}}}}, at)
	if _, err := d.Ask(t.Context(), machine.Question{Supplies: []string{"loop-1"}}); err == nil || !strings.Contains(err.Error(), "register 1") {
		t.Errorf("another unit: %v", err)
	}
}

func TestAPlantThatHangsIsLeftInTime(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var many []machine.Register
	for i := range 50 {
		many = append(many, machine.Register{Register: uint16(i), Type: "int16", Point: machine.Point{Subject: machine.Subject{Supply: "loop-1"}, Scale: 1}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = registers.New(machine.Modbus{Address: "tcp://" + l.Addr().String(), Unit: 3, Registers: many}, at).Ask(ctx, machine.Question{Supplies: []string{"loop-1"}})
	if err == nil || time.Since(began) > 2*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
