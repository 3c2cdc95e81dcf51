package registers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/registers"
	"github.com/nightrounds/nightrounds/fleet/machine/registerstest"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// cooling is the driver of a unit.
func cooling(u *registerstest.Unit) *registers.Driver {
	return registers.New(machine.Modbus{Source: machine.Source{ID: "crac"}, Address: u.Address, Unit: registerstest.ID, SetPoint: &machine.SetPoint{
		Cooling: "crac-1", Register: machine.Register{Register: registerstest.PointAt, Type: "int16", Point: machine.Point{Scale: 0.1}}, Min: 16, Max: 27,
		IdentityAt: registerstest.NameAt, IdentityWords: registerstest.NameWords, IdentityText: "CRAC SN 0815",
	}}, at)
}

func setTo(v float64) remedy.Order {
	return remedy.Order{
		Step:   remedy.Step{Name: "cooler", Kind: remedy.SetPoint, Point: remedy.Point{Value: v, Min: 10, Max: 40, MaxStep: 30}},
		Target: remedy.Target{Cooling: "crac-1"},
	}
}

func TestASetPointIsReadWrittenReadBackAndPutBack(t *testing.T) {
	u := registerstest.New(t, registerstest.Options{Name: "CRAC SN 0815", Point: 220})
	d := cooling(u)
	id, err := d.Identify(t.Context(), setTo(20))
	if err != nil || id.Name != "crac-1" || id.Value == nil || *id.Value != 22 {
		t.Fatalf("%+v, %v", id, err)
	}
	out, err := d.Carry(t.Context(), setTo(20.5))
	if err != nil || u.Point() != 205 || out.Was != "22" {
		t.Fatalf("%+v, %v; the register has %d", out, err, u.Point())
	}
	if _, err := d.Carry(t.Context(), setTo(20.5)); err != nil || u.Writes() != 1 {
		t.Errorf("once more: %v, written %d times", err, u.Writes())
	}
	back := setTo(18)
	back.Restore = out.Was
	if _, err := d.Carry(t.Context(), back); err != nil || u.Point() != 220 {
		t.Errorf("put back: %v; the register has %d", err, u.Point())
	}
}

func TestASetPointOfAnotherUnitOrBeyondItsBoundsIsNotWritten(t *testing.T) {
	back := setTo(20)
	back.Restore = "warm"
	other := setTo(20)
	other.Target.Cooling = "crac-2"
	for name, c := range map[string]struct {
		u    registerstest.Options
		o    remedy.Order
		want string
	}{
		"another unit":        {registerstest.Options{Name: "CRAC SN 4711"}, setTo(20), "4711"},
		"no name":             {registerstest.Options{}, setTo(20), "nothing is written"},
		"aimed at another":    {registerstest.Options{Name: "CRAC SN 0815"}, other, "nothing is written"},
		"beyond":              {registerstest.Options{Name: "CRAC SN 0815"}, setTo(30), "16 to 27"},
		"put back to nothing": {registerstest.Options{Name: "CRAC SN 0815"}, back, "not known"},
		"refused":             {registerstest.Options{Name: "CRAC SN 0815", Fixed: true}, setTo(20), "refuses"},
	} {
		c.u.Point = 220
		u := registerstest.New(t, c.u)
		_, err := cooling(u).Carry(t.Context(), c.o)
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), c.want) || u.Writes() != 0 || u.Point() != 220 {
			t.Errorf("%s: %v; written %d times", name, err, u.Writes())
		}
	}
	stuck := registerstest.New(t, registerstest.Options{Name: "CRAC SN 0815", Point: 220, Stuck: true})
	if _, err := cooling(stuck).Carry(t.Context(), setTo(20)); !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), "does not take it") {
		t.Errorf("a unit that does nothing: %v", err)
	}
}
