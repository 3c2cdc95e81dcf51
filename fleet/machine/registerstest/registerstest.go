// Package registerstest has a cooling unit for tests that speaks Modbus TCP on the loopback, served by the same library as
// the client is of.
package registerstest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/simonvetter/modbus"
)

// Where a unit has its set-point, its supply air, both in tenths of a °C, and its name: two characters a register.
const (
	PointAt   = 40
	AirAt     = 50
	NameAt    = 100
	NameWords = 8
	ID        = 3 // unit identifier
)

// A Unit is a cooling unit.
type Unit struct {
	Address string // tcp://host:port
	mu      sync.Mutex
	o       Options
	writes  int
}

// Options are what a unit is made of.
type Options struct {
	Name  string
	Point uint16 // set-point
	Air   uint16 // supply air
	Stuck bool   // it takes what is written, and does nothing
	Fixed bool   // it refuses to be written
}

// New runs one until the test ends.
func New(t *testing.T, o Options) *Unit {
	t.Helper()
	u := &Unit{o: o}
	u.Address = Serve(t, u)
	return u
}

// Serve serves registers at an address of its own until the test ends.
func Serve(t *testing.T, h modbus.RequestHandler) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // the library listens by itself: it is told a port that is free
	if err != nil {
		t.Fatal(err)
	}
	address = "tcp://" + l.Addr().String()
	l.Close()
	s, err := modbus.NewServer(&modbus.ServerConfiguration{URL: address, MaxClients: 4, Timeout: time.Minute}, h)
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return address
}

// Point is the set-point now, in tenths of a °C.
func (u *Unit) Point() uint16 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.o.Point
}

// Writes is how often it was written.
func (u *Unit) Writes() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.writes
}

// HandleHoldingRegisters implements modbus.RequestHandler.
func (u *Unit) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r.UnitId != ID {
		return nil, modbus.ErrIllegalFunction
	}
	if !r.IsWrite {
		return u.read(r.Addr, r.Quantity)
	}
	if u.o.Fixed {
		return nil, modbus.ErrIllegalDataValue
	}
	if r.Addr != PointAt || len(r.Args) != 1 {
		return nil, modbus.ErrIllegalDataAddress
	}
	u.writes++
	if !u.o.Stuck {
		u.o.Point = r.Args[0]
	}
	return r.Args, nil
}

func (u *Unit) read(at, n uint16) ([]uint16, error) {
	text := append([]byte(u.o.Name), make([]byte, 2*NameWords)...)
	all := map[uint16]uint16{PointAt: u.o.Point, AirAt: u.o.Air}
	for i := range uint16(NameWords) {
		all[NameAt+i] = uint16(text[2*i])<<8 | uint16(text[2*i+1])
	}
	var out []uint16
	for i := range n {
		v, ok := all[at+i]
		if !ok {
			return nil, modbus.ErrIllegalDataAddress
		}
		out = append(out, v)
	}
	return out, nil
}

// HandleInputRegisters implements modbus.RequestHandler.
func (*Unit) HandleInputRegisters(*modbus.InputRegistersRequest) ([]uint16, error) {
	return nil, modbus.ErrIllegalFunction
}

// HandleCoils implements modbus.RequestHandler.
func (*Unit) HandleCoils(*modbus.CoilsRequest) ([]bool, error) { return nil, modbus.ErrIllegalFunction }

// HandleDiscreteInputs implements modbus.RequestHandler.
func (*Unit) HandleDiscreteInputs(*modbus.DiscreteInputsRequest) ([]bool, error) {
	return nil, modbus.ErrIllegalFunction
}
