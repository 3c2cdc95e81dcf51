// Package snmptest has SNMP agents for tests, on the loopback: one that answers what a test says, and a switched PDU of each
// make that machines.yaml knows.
package snmptest

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// Answering runs an agent of version 2c that answers each datagram with what reply makes of it; nothing where that is nil.
func Answering(t *testing.T, reply func(*gosnmp.SnmpPacket) []byte) (address string) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			packet, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(buf[:n])
			if err != nil {
				continue
			}
			if b := reply(packet); b != nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// An Outlet is what a switched PDU is made of: one outlet of it is there.
type Outlet struct {
	Table  machine.OutletTable
	Index  string // of the table
	Name   string
	State  int64  // 0: it is on
	Maker  string // what its sysObjectID begins with; empty: the table's
	Refuse bool   // it takes no commands
	Dead   bool   // it takes commands, and does nothing
	// Switched is called after each command that it takes. It may be nil.
	Switched func()
}

// Filled is an outlet with what was left out.
func (o Outlet) Filled() Outlet {
	if o.Maker == "" {
		o.Maker = o.Table.Maker
	}
	if o.State == 0 {
		o.State = o.Table.On
	}
	return o
}

// A PDU is a switched PDU whose agent is this program.
type PDU struct {
	Address string
	mu      sync.Mutex
	o       Outlet
	told    []int64
}

// NewPDU runs one until the test ends.
func NewPDU(t *testing.T, o Outlet) *PDU {
	t.Helper()
	p := &PDU{o: o.Filled()}
	p.Address = Answering(t, p.reply)
	return p
}

// State is the outlet's, as the PDU has it.
func (p *PDU) State() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o.State
}

// Told are the commands that it took.
func (p *PDU) Told() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

func (p *PDU) reply(in *gosnmp.SnmpPacket) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.o.Table
	for i, v := range in.Variables {
		switch v.Name {
		case ".1.3.6.1.2.1.1.2.0":
			v.Type, v.Value = gosnmp.ObjectIdentifier, p.o.Maker+".1.3"
		case t.Name + "." + p.o.Index:
			v.Type, v.Value = gosnmp.OctetString, []byte(p.o.Name)
		case t.State + "." + p.o.Index:
			v.Type, v.Value = gosnmp.Integer, int(p.o.State)
		case t.Command + "." + p.o.Index:
			if in.PDUType != gosnmp.SetRequest || p.o.Refuse {
				in.Error, in.ErrorIndex = gosnmp.NotWritable, 1
				break
			}
			p.take(gosnmp.ToBigInt(v.Value).Int64())
		default:
			v.Type, v.Value = gosnmp.NoSuchInstance, nil
		}
		in.Variables[i] = v
	}
	in.PDUType = gosnmp.GetResponse
	b, err := in.MarshalMsg()
	if err != nil {
		return nil
	}
	return b
}

func (p *PDU) take(command int64) {
	p.told = append(p.told, command)
	if p.o.Switched != nil {
		defer p.o.Switched()
	}
	if p.o.Dead {
		return
	}
	switch command {
	case p.o.Table.SwitchOn:
		p.o.State = p.o.Table.On
	case p.o.Table.SwitchOff:
		p.o.State = p.o.Table.Off
	}
}
