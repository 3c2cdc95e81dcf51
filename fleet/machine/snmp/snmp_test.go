package snmp_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func at() time.Time { return night }

func ptr[T any](v T) *T { return &v }

// The objects that both agents have: a temperature in tenths, a humidity as a text, and two outlets of an APC rPDU2, of which
// 5 is off (1) and 6 is on (2).
const (
	tenths   = ".1.3.6.1.4.1.8072.9999.1.0"
	asText   = ".1.3.6.1.4.1.8072.9999.2.0"
	absent   = ".1.3.6.1.4.1.8072.9999.3.0"
	outlet5  = ".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.5"
	outlet6  = ".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.6"
	password = "long-enough-1"
)

func agent(address string) machine.SNMP {
	return machine.SNMP{
		Source: machine.Source{ID: "pdu-a", Within: 5 * time.Second}, Address: address, Version: "2c", Community: machine.NewSecret("hush-hush"),
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
	if p.Community != "hush-hush" {
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

// TestNetSNMP reads Debian's snmpd over both versions.
func TestNetSNMP(t *testing.T) {
	snmpd, err := exec.LookPath("snmpd")
	if err != nil {
		if snmpd = "/usr/sbin/snmpd"; !exists(snmpd) {
			t.Skip("there is no snmpd here: install Debian's snmpd to read a real agent")
		}
	}
	dir := t.TempDir()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := conn.LocalAddr().String()
	conn.Close()
	// snmpd does not serve below 8072.9999 and 318 by itself: override gives it constants.
	config := "rocommunity hush-hush 127.0.0.1\nrouser watch authpriv\ncreateUser watch SHA-256 " + password + " AES " + password + "\n" +
		"override " + tenths + " integer 455\noverride " + asText + " octet_str \"41.5\"\noverride " + outlet5 + " integer 1\noverride " + outlet6 + " integer 2\n"
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), snmpd, "-f", "-Lo", "-C", "-c", file, "-p", filepath.Join(dir, "pid"), "udp:"+address)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "SNMPCONFPATH="+dir)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	m := agent(address)
	up := func() bool {
		_, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Racks: []string{"A01"}})
		return err == nil
	}
	for until := time.Now().Add(15 * time.Second); !up(); {
		if time.Now().After(until) {
			t.Fatalf("snmpd does not answer: %s", said.String())
		}
	}
	hold(t, m)
	m.Version, m.User, m.Auth, m.AuthKey, m.Privacy, m.PrivKey = "3", "watch", "sha256", machine.NewSecret(password), "aes", machine.NewSecret(password)
	hold(t, m)
	m.AuthKey = machine.NewSecret("wrong-but-long")
	if _, err := snmp.New(m, at).Ask(t.Context(), machine.Question{Racks: []string{"A01"}}); err == nil || strings.Contains(err.Error(), "wrong-but") {
		t.Errorf("a wrong key: %v", err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
