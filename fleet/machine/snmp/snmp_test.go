package snmp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
	"github.com/nightrounds/nightrounds/fleet/peertest"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func at() time.Time { return night }

func ptr[T any](v T) *T { return &v }

// The objects that both agents have: a temperature in tenths, a humidity as a text, and two outlets of an APC rPDU2, of which
// 5 is off (1) and 6 is on (2).
const (
	tenths  = ".1.3.6.1.4.1.8072.9999.1.0"
	asText  = ".1.3.6.1.4.1.8072.9999.2.0"
	absent  = ".1.3.6.1.4.1.8072.9999.3.0"
	outlet5 = ".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.5"
	outlet6 = ".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.6"
)

func agent(address string) machine.SNMP {
	return machine.SNMP{
		Source: machine.Source{ID: "pdu-a", Within: 5 * time.Second}, Address: address, Version: "2c", Community: machine.NewSecret(peertest.Community),
		Points: []machine.SNMPPoint{
			{Point: machine.Point{Subject: machine.Subject{Device: "srv-1"}, Quantity: "temperature", Unit: "°C", Scale: 0.1, High: ptr(40.0)}, OID: tenths},
			{Point: machine.Point{Subject: machine.Subject{Rack: "A01"}, Quantity: "humidity", Unit: "%", Scale: 1}, OID: asText},
			{Point: machine.Point{Subject: machine.Subject{Rack: "Z99"}, Quantity: "humidity", Scale: 1}, OID: absent},
		},
		PDU: "pdu-1", Table: "apc-rpdu2", Outlets: []machine.Outlet{{Index: "5", Device: "srv-1", Port: "psu1"}, {Index: "6", Device: "srv-2", Port: "psu1"}},
	}
}

// hold checks the answer to a question about srv-1 and rack A01.
func hold(t *testing.T, m machine.SNMP) {
	t.Helper()
	all, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Devices: []string{"srv-1"}, Racks: []string{"A01"}})
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	if e := all[0]; e.Value != 45.5 || e.Sign.Symptom != cause.Hot || e.Sign.By != "pdu-a" {
		t.Errorf("%+v", e)
	}
	if e := all[1]; e.Value != 41.5 || e.Rack != "A01" || e.Sign.Thing != "" {
		t.Errorf("%+v", e)
	}
	if e := all[2]; e.Sign.Symptom != cause.InputLight || e.Sign.Part != "psu1" || !strings.Contains(e.Says, "outlet 5") {
		t.Errorf("%+v", e)
	}
	if all, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Supplies: []string{"pdu-1"}}); err != nil || len(all) != 2 {
		t.Errorf("of the PDU: %+v, %v", all, err)
	}
	if all, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Racks: []string{"Z99"}}); err == nil || !strings.Contains(err.Error(), "no such object") || len(all) > 0 {
		t.Errorf("what is not there: %+v, %v", all, err)
	}
	if all, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Racks: []string{"B07"}}); err != nil || all != nil {
		t.Errorf("what it does not know of: %+v, %v", all, err)
	}
}

func objects(p *gosnmp.SnmpPacket) []byte {
	if p.Community != peertest.Community {
		return nil
	}
	for i, v := range p.Variables {
		switch v.Name {
		case tenths:
			v.Type, v.Value = gosnmp.Integer, 455
		case asText:
			v.Type, v.Value = gosnmp.OctetString, []byte("41.5")
		case outlet5:
			v.Type, v.Value = gosnmp.Integer, 1
		case outlet6:
			v.Type, v.Value = gosnmp.Integer, 2
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

func TestAnAgentIsRead(t *testing.T) { hold(t, agent(snmptest.Answering(t, objects))) }

func TestAnAgentThatRefusesOrTalksNonsenseIsQuotedWithoutItsCommunity(t *testing.T) {
	for name, c := range map[string]struct {
		reply func(*gosnmp.SnmpPacket) []byte
		want  string
	}{
		"refuses": {func(p *gosnmp.SnmpPacket) []byte {
			p.PDUType, p.Error, p.ErrorIndex = gosnmp.GetResponse, gosnmp.AuthorizationError, 1
			b, _ := p.MarshalMsg()
			return b
		}, "refuses object 1"},
		"nonsense": {func(*gosnmp.SnmpPacket) []byte { return []byte("\x30\x82\xff\xff hush-hush") }, "does not answer"},
		"other objects": {func(p *gosnmp.SnmpPacket) []byte {
			p.PDUType, p.Variables = gosnmp.GetResponse, []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.1.0", Type: gosnmp.OctetString, Value: []byte("x")}}
			b, _ := p.MarshalMsg()
			return b
		}, "is not in the answer"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		all, err := snmp.New(agent(snmptest.Answering(t, c.reply)), at).Ask(ctx, machine.Question{Racks: []string{"A01"}})
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") || len(all) > 0 {
			t.Errorf("%s: %+v, %v, want %q", name, all, err, c.want)
		}
	}
}

func TestASilentAgentIsLeftInTime(t *testing.T) {
	address := snmptest.Answering(t, func(*gosnmp.SnmpPacket) []byte { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := snmp.New(agent(address), at).Ask(ctx, machine.Question{Racks: []string{"A01"}}); err == nil || time.Since(began) > time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// snmpd does not serve below 8072.9999 by itself: override gives it constants (snmpd.conf(5)). Of the outlets it is the PDU
// behind it that has 5; 6 is one more constant.
func constants() []string {
	return []string{"override " + tenths + " integer 455", "override " + asText + ` octet_str "41.5"`, "override " + outlet6 + " integer 2"}
}

func TestARealAgentIsReadOverBothVersions(t *testing.T) {
	t.Parallel()
	m := agent("")
	a := peertest.NewAgent(t, snmptest.Outlet{Table: tableOf(t, m), Index: "5", Name: "srv-1 psu1", State: 1}, constants()...)
	m.Address = a.Address
	hold(t, m)
	secured(&m)
	hold(t, m)
	m.AuthKey = machine.NewSecret("wrong-but-long")
	if _, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Racks: []string{"A01"}}); err == nil || strings.Contains(err.Error(), "wrong-but") {
		t.Errorf("a wrong key: %v", err)
	}
}

// secured has an agent asked as the user of version 3.
func secured(m *machine.SNMP) {
	m.Version, m.User, m.Auth, m.AuthKey, m.Privacy, m.PrivKey = "3", peertest.User, "sha256", machine.NewSecret(peertest.Password), "aes", machine.NewSecret(peertest.Password)
}

func TestARealAgentSwitchesOutletsOfEachMakeOverBothVersions(t *testing.T) {
	t.Parallel()
	for _, table := range machine.OutletTables() {
		m := agent("")
		m.Table, m.OffFor = table, time.Millisecond
		is := tableOf(t, m)
		a := peertest.NewAgent(t, snmptest.Outlet{Table: is, Index: "5", Name: "srv-1 psu1"})
		m.Address = a.Address
		if out, err := snmp.New(m, at).Carry(t.Context(), outletOrder(remedy.SwitchOff)); err != nil || a.State() != is.Off {
			t.Errorf("%s, off: %+v, %v; state %d", table, out, err, a.State())
		}
		secured(&m)
		if out, err := snmp.New(m, at).Carry(t.Context(), outletOrder(remedy.SwitchOn)); err != nil || a.State() != is.On {
			t.Errorf("%s, on: %+v, %v; state %d", table, out, err, a.State())
		}
		if told := a.Told(); !slices.Equal(told, []int64{is.SwitchOff, is.SwitchOn}) {
			t.Errorf("%s: it was told %v", table, told)
		}
	}
}

func TestARealAgentThatRefusesOrIsAnotherIsLeft(t *testing.T) {
	t.Parallel()
	m := agent("")
	is := tableOf(t, m)
	for want, o := range map[string]snmptest.Outlet{
		"refuses":         {Name: "srv-1 psu1", Refuse: true},
		"says that it is": {Name: "srv-1 psu1", Maker: ".1.3.6.1.4.1.8072.3.2"},
		"srv-2":           {Name: "srv-2"},
	} {
		o.Table, o.Index = is, "5"
		a := peertest.NewAgent(t, o)
		m.Address = a.Address
		_, err := snmp.New(m, at).Carry(t.Context(), outletOrder(remedy.SwitchOff))
		if !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), want) || len(a.Told()) != 0 || a.State() != is.On {
			t.Errorf("%s: %v; told %v", want, err, a.Told())
		}
	}
}
