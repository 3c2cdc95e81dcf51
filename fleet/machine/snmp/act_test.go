package snmp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// pdu runs a switched PDU with outlet 5 and returns what machines.yaml says of it.
func pdu(t *testing.T, table string, o snmptest.Outlet) (*snmptest.PDU, machine.SNMP) {
	t.Helper()
	m := agent("")
	m.Table, m.OffFor = table, time.Millisecond
	o.Table, _ = m.OutletTable()
	o.Index = "5"
	p := snmptest.NewPDU(t, o)
	m.Address = p.Address
	return p, m
}

// tableOf is where a PDU has its outlets.
func tableOf(t *testing.T, m machine.SNMP) machine.OutletTable {
	t.Helper()
	is, ok := m.OutletTable()
	if !ok {
		t.Fatalf("table %s is not known", m.Table)
	}
	return is
}

func outletOrder(act string) remedy.Order {
	return remedy.Order{
		Step:   remedy.Step{Name: act, Kind: remedy.Outlet, Act: act},
		Target: remedy.Target{Device: "srv-1", Part: "psu1", AssetTag: "DC-0042", PDU: "pdu-1", Outlet: "5"},
	}
}

func TestOutletsOfEachMakeAreSwitchedAndReadBack(t *testing.T) {
	for _, table := range machine.OutletTables() {
		s, m := pdu(t, table, snmptest.Outlet{Name: "srv-1 psu1"})
		d, is := snmp.New(m, at), tableOf(t, m)
		id, err := d.Identify(t.Context(), outletOrder(remedy.SwitchOff))
		if err != nil || id.Name != "srv-1 psu1" {
			t.Fatalf("%s: %+v, %v", table, id, err)
		}
		steps := []struct {
			act   string
			state int64
			told  int // commands so far
		}{{remedy.SwitchOff, is.Off, 1}, {remedy.SwitchOff, is.Off, 1}, {remedy.SwitchOn, is.On, 2}, {remedy.Cycle, is.On, 4}}
		for _, c := range steps {
			out, err := d.Carry(t.Context(), outletOrder(c.act))
			if err != nil || s.State() != c.state || len(s.Told()) != c.told {
				t.Errorf("%s, %s: %+v, %v; state %d after %v", table, c.act, out, err, s.State(), s.Told())
			}
		}
	}
}

func TestAnOutletThatIsAnotherOrCannotBeSwitchedIsLeft(t *testing.T) {
	elsewhere, onAnother, unplugged := outletOrder(remedy.SwitchOff), outletOrder(remedy.SwitchOff), outletOrder(remedy.SwitchOff)
	elsewhere.Target.Outlet, onAnother.Target.PDU, unplugged.Target.Part = "7", "pdu-2", "psu2"
	for name, c := range map[string]struct {
		s    snmptest.Outlet
		o    remedy.Order
		want string
	}{
		"another name":        {snmptest.Outlet{Name: "srv-2"}, outletOrder(remedy.SwitchOff), "srv-2"},
		"no name":             {snmptest.Outlet{}, outletOrder(remedy.SwitchOff), "nothing is switched"},
		"another make":        {snmptest.Outlet{Name: "srv-1", Maker: ".1.3.6.1.4.1.8072"}, outletOrder(remedy.SwitchOff), "says that it is"},
		"make like a prefix":  {snmptest.Outlet{Name: "srv-1", Maker: ".1.3.6.1.4.1.3180"}, outletOrder(remedy.SwitchOff), "says that it is"},
		"a tripped breaker":   {snmptest.Outlet{Name: "srv-1", State: 5}, outletOrder(remedy.SwitchOn), "neither on nor off"},
		"refused":             {snmptest.Outlet{Name: "srv-1", Refuse: true}, outletOrder(remedy.SwitchOff), "refuses"},
		"the record differs":  {snmptest.Outlet{Name: "srv-1"}, elsewhere, "record"},
		"another PDU":         {snmptest.Outlet{Name: "srv-1"}, onAnother, "pdu-2"},
		"no such power port":  {snmptest.Outlet{Name: "srv-1"}, unplugged, "psu2"},
		"an act that is none": {snmptest.Outlet{Name: "srv-1"}, outletOrder("reboot"), "reboot"},
	} {
		s, m := pdu(t, "apc-rpdu2", c.s)
		_, err := snmp.New(m, at).Carry(t.Context(), c.o)
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), c.want) || len(s.Told()) != 0 {
			t.Errorf("%s: %v; told %v", name, err, s.Told())
		}
	}
}

// A Sentry of the fourth generation has its outlets elsewhere than one of the third, and other numbers for their states.
func TestAnOutletIsNotSwitchedByTheTableOfAnotherGeneration(t *testing.T) {
	for table, maker := range map[string]string{"sentry3": ".1.3.6.1.4.1.1718.4", "sentry4": ".1.3.6.1.4.1.1718.3"} {
		s, m := pdu(t, table, snmptest.Outlet{Name: "srv-1", Maker: maker})
		_, err := snmp.New(m, at).Carry(t.Context(), outletOrder(remedy.SwitchOff))
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), "says that it is") || len(s.Told()) != 0 {
			t.Errorf("%s: %v; told %v", table, err, s.Told())
		}
	}
}

func TestAnOutletThatDoesNotSwitchIsToldOnceAndGivenUpInTime(t *testing.T) {
	s, m := pdu(t, "apc-rpdu2", snmptest.Outlet{Name: "srv-1", Dead: true})
	d := snmp.New(m, at)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := d.Carry(ctx, outletOrder(remedy.SwitchOff)); err == nil || len(s.Told()) != 1 {
		t.Errorf("%v; told %v", err, s.Told())
	}
}

// TestACycleThatCannotBeEndedInTimeIsNotBegun: the outlet would stay off.
func TestACycleThatCannotBeEndedInTimeIsNotBegun(t *testing.T) {
	s, m := pdu(t, machine.OutletTables()[0], snmptest.Outlet{Name: "srv-1 psu1"})
	m.OffFor = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := snmp.New(m, at).Carry(ctx, outletOrder(remedy.Cycle)); !errors.Is(err, remedy.ErrFinal) {
		t.Errorf("%v", err)
	}
	if len(s.Told()) > 0 {
		t.Errorf("it was told %v, and is in state %d", s.Told(), s.State())
	}
}

// TestACycleThatIsBegunIsEndedWhenTheControllerIsToldToEnd: what has switched off switches on.
func TestACycleThatIsBegunIsEndedWhenTheControllerIsToldToEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, m := pdu(t, machine.OutletTables()[0], snmptest.Outlet{Name: "srv-1 psu1", Switched: cancel})
	if _, err := snmp.New(m, at).Carry(ctx, outletOrder(remedy.Cycle)); err != nil || s.State() != tableOf(t, m).On {
		t.Errorf("state %d after %v, %v", s.State(), s.Told(), err)
	}
}
