package sht4x

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// Sensirion's checksum of known words; the first is the datasheet's.
func TestChecksumsAreSensirions(t *testing.T) {
	for word, want := range map[uint16]byte{0xBEEF: 0x92, 0x0000: 0x81, 0x6666: 0x93, 0x8000: 0xA2, 0x0300: 0xAC} {
		if got := crc8(binary.BigEndian.AppendUint16(nil, word)); got != want {
			t.Errorf("%04X: %02X, want %02X", word, got, want)
		}
	}
}

// Sensirion's fixed-point driver gives 24.998 and 43.999 for the first: within 5 m-units.
func TestSenseGivesTheGoldenNumbers(t *testing.T) {
	bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x44, W: []byte{0x94}},
		{Addr: 0x44, W: []byte{0x89}},
		{Addr: 0x44, R: []byte{0xBE, 0xEF, 0x92, 0x03, 0x00, 0xAC}},
		{Addr: 0x44, W: []byte{0xFD}},
		{Addr: 0x44, R: []byte{0x66, 0x66, 0x93, 0x66, 0x66, 0x93}},
		{Addr: 0x44, W: []byte{0xFD}},
		{Addr: 0x44, R: []byte{0x80, 0x00, 0xA2, 0x80, 0x00, 0xA2}},
		{Addr: 0x44, W: []byte{0xFD}},
		{Addr: 0x44, R: []byte{0x80, 0x00, 0xA2, 0x80, 0x00, 0xA3}},
	}}
	d, err := New(t.Context(), bus, &Opts{Clock: clock.Clock{Speed: 1e9}})
	if err != nil {
		t.Fatal(err)
	}
	if d.Serial() != 0xBEEF0300 {
		t.Errorf("serial %#x", d.Serial())
	}
	for _, want := range []Air{{25, 44}, {42.501, 56.501}} {
		got, err := d.Sense(t.Context())
		if err != nil || math.Abs(got.TempC-want.TempC) > 0.005 || math.Abs(got.RHPercent-want.RHPercent) > 0.005 {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := d.Sense(t.Context()); !errors.Is(err, ErrCRC) {
		t.Errorf("a wrong checksum gave %v", err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// Rounded values as psychrometric tables have them.
func TestDewPoint(t *testing.T) {
	for _, c := range []struct{ temp, rh, want float64 }{{25, 100, 25}, {25, 50, 13.9}, {20, 50, 9.3}, {30, 30, 10.5}} {
		if got := (Air{c.temp, c.rh}).DewPointC(); math.Abs(got-c.want) > 0.06 {
			t.Errorf("%v °C, %v %%: dew point %.2f, want %v", c.temp, c.rh, got, c.want)
		}
	}
	if got := (Air{20, 0}).DewPointC(); !math.IsInf(got, -1) {
		t.Errorf("dry air condenses at %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x66, 0x66, 0x93, 0x66, 0x66, 0x93})
	f.Fuzz(func(t *testing.T, data []byte) {
		var reply [6]byte
		copy(reply[:], data)
		first, second, err := parse(reply)
		if err != nil {
			return
		}
		a := convert(first, second)
		if !(a.TempC >= -45 && a.TempC <= 130 && a.RHPercent >= 0 && a.RHPercent <= 100) {
			t.Fatalf("%v is air of %+v", reply, a)
		}
	})
}
