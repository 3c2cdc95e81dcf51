package snmp_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// A strip is a switched PDU of one make, with one outlet, 5.
type strip struct {
	mu     sync.Mutex
	table  machine.OutletTable
	maker  string
	name   string
	state  int64
	refuse bool
	dead   bool    // it takes commands, and does nothing
	told   []int64 // commands
	// switched is called after each command; nil: nobody cares.
	switched func()
}

func (s *strip) reply(p *gosnmp.SnmpPacket) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, v := range p.Variables {
		switch v.Name {
		case ".1.3.6.1.2.1.1.2.0":
			v.Type, v.Value = gosnmp.ObjectIdentifier, s.maker+".1.3"
		case s.table.Name + ".5":
			v.Type, v.Value = gosnmp.OctetString, []byte(s.name)
		case s.table.State + ".5":
			v.Type, v.Value = gosnmp.Integer, int(s.state)
		case s.table.Command + ".5":
			command := gosnmp.ToBigInt(v.Value).Int64()
			switch {
			case p.PDUType != gosnmp.SetRequest || s.refuse:
				p.Error, p.ErrorIndex = gosnmp.NotWritable, 1
			default:
				s.told = append(s.told, command)
				if !s.dead {
					s.state = map[int64]int64{s.table.SwitchOn: s.table.On, s.table.SwitchOff: s.table.Off}[command]
				}
				if s.switched != nil {
					s.switched()
				}
			}
		default:
			v.Type, v.Value = gosnmp.NoSuchInstance, nil
		}
		p.Variables[i] = v
	}
	p.PDUType = gosnmp.GetResponse
	b, err := p.MarshalMsg()
	if err != nil {
		return nil
	}
	return b
}

// pdu runs a strip and returns what machines.yaml says of it.
func pdu(t *testing.T, table string, s *strip) machine.SNMP {
	t.Helper()
	m := agent("")
	m.Table, m.OffFor = table, time.Millisecond
	s.table, _ = m.OutletTable()
	if s.maker == "" {
		s.maker = s.table.Maker
	}
	if s.state == 0 {
		s.state = s.table.On
	}
	m.Address = answering(t, s.reply)
	return m
}

func outletOrder(act string) remedy.Order {
	return remedy.Order{
		Step:   remedy.Step{Name: act, Kind: remedy.Outlet, Act: act},
		Target: remedy.Target{Device: "srv-1", Part: "psu1", AssetTag: "DC-0042", PDU: "pdu-1", Outlet: "5"},
	}
}

func TestOutletsOfEachMakeAreSwitchedAndReadBack(t *testing.T) {
	for _, table := range machine.OutletTables() {
		s := &strip{name: "srv-1 psu1"}
		d := snmp.New(pdu(t, table, s), at)
		id, err := d.Identify(t.Context(), outletOrder(remedy.SwitchOff))
		if err != nil || id.Name != "srv-1 psu1" {
			t.Fatalf("%s: %+v, %v", table, id, err)
		}
		steps := []struct {
			act   string
			state int64
			told  int // commands so far
		}{{remedy.SwitchOff, s.table.Off, 1}, {remedy.SwitchOff, s.table.Off, 1}, {remedy.SwitchOn, s.table.On, 2}, {remedy.Cycle, s.table.On, 4}}
		for _, c := range steps {
			out, err := d.Carry(t.Context(), outletOrder(c.act))
			if err != nil || s.state != c.state || len(s.told) != c.told {
				t.Errorf("%s, %s: %+v, %v; state %d after %v", table, c.act, out, err, s.state, s.told)
			}
		}
	}
}

func TestAnOutletThatIsAnotherOrCannotBeSwitchedIsLeft(t *testing.T) {
	elsewhere, onAnother, unplugged := outletOrder(remedy.SwitchOff), outletOrder(remedy.SwitchOff), outletOrder(remedy.SwitchOff)
	elsewhere.Target.Outlet, onAnother.Target.PDU, unplugged.Target.Part = "7", "pdu-2", "psu2"
	for name, c := range map[string]struct {
		s    *strip
		o    remedy.Order
		want string
	}{
		"another name":        {&strip{name: "srv-2"}, outletOrder(remedy.SwitchOff), "srv-2"},
		"no name":             {&strip{}, outletOrder(remedy.SwitchOff), "nothing is switched"},
		"another make":        {&strip{name: "srv-1", maker: ".1.3.6.1.4.1.8072"}, outletOrder(remedy.SwitchOff), "says that it is"},
		"make like a prefix":  {&strip{name: "srv-1", maker: ".1.3.6.1.4.1.3180"}, outletOrder(remedy.SwitchOff), "says that it is"},
		"a tripped breaker":   {&strip{name: "srv-1", state: 5}, outletOrder(remedy.SwitchOn), "neither on nor off"},
		"refused":             {&strip{name: "srv-1", refuse: true}, outletOrder(remedy.SwitchOff), "refuses"},
		"the record differs":  {&strip{name: "srv-1"}, elsewhere, "record"},
		"another PDU":         {&strip{name: "srv-1"}, onAnother, "pdu-2"},
		"no such power port":  {&strip{name: "srv-1"}, unplugged, "psu2"},
		"an act that is none": {&strip{name: "srv-1"}, outletOrder("reboot"), "reboot"},
	} {
		s := c.s
		_, err := snmp.New(pdu(t, "apc-rpdu2", s), at).Carry(t.Context(), c.o)
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), c.want) || len(s.told) != 0 {
			t.Errorf("%s: %v; told %v", name, err, s.told)
		}
	}
}

func TestAnOutletThatDoesNotSwitchIsToldOnceAndGivenUpInTime(t *testing.T) {
	s := &strip{name: "srv-1", dead: true}
	d := snmp.New(pdu(t, "apc-rpdu2", s), at)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := d.Carry(ctx, outletOrder(remedy.SwitchOff)); err == nil || len(s.told) != 1 {
		t.Errorf("%v; told %v", err, s.told)
	}
}

// TestACycleThatCannotBeEndedInTimeIsNotBegun: the outlet would stay off.
func TestACycleThatCannotBeEndedInTimeIsNotBegun(t *testing.T) {
	s := &strip{name: "srv-1 psu1"}
	m := pdu(t, machine.OutletTables()[0], s)
	m.OffFor = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := snmp.New(m, at).Carry(ctx, outletOrder(remedy.Cycle)); !errors.Is(err, remedy.ErrFinal) {
		t.Errorf("%v", err)
	}
	if len(s.told) > 0 {
		t.Errorf("it was told %v, and is in state %d", s.told, s.state)
	}
}

// TestACycleThatIsBegunIsEndedWhenTheControllerIsToldToEnd: what has switched off switches on.
func TestACycleThatIsBegunIsEndedWhenTheControllerIsToldToEnd(t *testing.T) {
	s := &strip{name: "srv-1 psu1"}
	m := pdu(t, machine.OutletTables()[0], s)
	ctx, cancel := context.WithCancel(t.Context())
	s.switched = cancel
	if _, err := snmp.New(m, at).Carry(ctx, outletOrder(remedy.Cycle)); err != nil || s.state != s.table.On {
		t.Errorf("state %d after %v, %v", s.state, s.told, err)
	}
}
