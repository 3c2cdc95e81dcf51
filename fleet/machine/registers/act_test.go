package registers_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/registers"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// A unit is a cooling unit with its name in registers 100 to 107 and its set-point, in tenths of a °C, in register 40.
type unit struct {
	plant
	name   string
	stuck  bool // it takes what is written, and does nothing
	fixed  bool // it refuses to be written
	writes int
}

func (u *unit) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	if r.IsWrite && u.fixed {
		return nil, modbus.ErrIllegalDataValue
	}
	if r.IsWrite {
		u.writes++
		for i, v := range r.Args {
			if !u.stuck {
				u.plant[r.Addr+uint16(i)] = v
			}
		}
		return r.Args, nil
	}
	for i := range uint16(8) {
		text := append([]byte(u.name), make([]byte, 16)...)
		u.plant[100+i] = uint16(text[2*i])<<8 | uint16(text[2*i+1])
	}
	return u.plant.HandleHoldingRegisters(r)
}

// cooling runs a unit and returns the driver of it.
func cooling(t *testing.T, u *unit) *registers.Driver {
	t.Helper()
	free := httptest.NewServer(http.NotFoundHandler())
	address := "tcp://" + free.Listener.Addr().String()
	free.Close()
	u.plant = plant{40: 220}
	s, err := modbus.NewServer(&modbus.ServerConfiguration{URL: address, MaxClients: 4, Timeout: time.Minute}, u)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return registers.New(machine.Modbus{Source: machine.Source{ID: "crac"}, Address: address, Unit: 3, SetPoint: &machine.SetPoint{
		Cooling: "crac-1", Register: machine.Register{Register: 40, Type: "int16", Point: machine.Point{Scale: 0.1}}, Min: 16, Max: 27,
		IdentityAt: 100, IdentityWords: 8, IdentityText: "CRAC SN 0815",
	}}, at)
}

func setTo(v float64) remedy.Order {
	return remedy.Order{
		Step:   remedy.Step{Name: "cooler", Kind: remedy.SetPoint, Point: remedy.Point{Value: v, Min: 10, Max: 40, MaxStep: 30}},
		Target: remedy.Target{Cooling: "crac-1"},
	}
}

func TestASetPointIsReadWrittenReadBackAndPutBack(t *testing.T) {
	u := &unit{name: "CRAC SN 0815"}
	d := cooling(t, u)
	id, err := d.Identify(t.Context(), setTo(20))
	if err != nil || id.Name != "crac-1" || id.Value == nil || *id.Value != 22 {
		t.Fatalf("%+v, %v", id, err)
	}
	out, err := d.Carry(t.Context(), setTo(20.5))
	if err != nil || u.plant[40] != 205 || out.Was != "22" {
		t.Fatalf("%+v, %v; the register has %d", out, err, u.plant[40])
	}
	if _, err := d.Carry(t.Context(), setTo(20.5)); err != nil || u.writes != 1 {
		t.Errorf("once more: %v, written %d times", err, u.writes)
	}
	back := setTo(18)
	back.Restore = out.Was
	if _, err := d.Carry(t.Context(), back); err != nil || u.plant[40] != 220 {
		t.Errorf("put back: %v; the register has %d", err, u.plant[40])
	}
}

func TestASetPointOfAnotherUnitOrBeyondItsBoundsIsNotWritten(t *testing.T) {
	back := setTo(20)
	back.Restore = "warm"
	other := setTo(20)
	other.Target.Cooling = "crac-2"
	for name, c := range map[string]struct {
		u    unit
		o    remedy.Order
		want string
	}{
		"another unit":        {unit{name: "CRAC SN 4711"}, setTo(20), "4711"},
		"no name":             {unit{}, setTo(20), "nothing is written"},
		"aimed at another":    {unit{name: "CRAC SN 0815"}, other, "nothing is written"},
		"beyond":              {unit{name: "CRAC SN 0815"}, setTo(30), "16 to 27"},
		"put back to nothing": {unit{name: "CRAC SN 0815"}, back, "not known"},
		"refused":             {unit{name: "CRAC SN 0815", fixed: true}, setTo(20), "refuses"},
	} {
		u := c.u
		_, err := cooling(t, &u).Carry(t.Context(), c.o)
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), c.want) || u.writes != 0 || u.plant[40] != 220 {
			t.Errorf("%s: %v; written %d times", name, err, u.writes)
		}
	}
	stuck := unit{name: "CRAC SN 0815", stuck: true}
	if _, err := cooling(t, &stuck).Carry(t.Context(), setTo(20)); !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), "does not take it") {
		t.Errorf("a unit that does nothing: %v", err)
	}
}
